# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What was delivered beside what is expected: the findings, each with what to do next. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Digests are the proof of life, because CloudTrail delivers one every hour also where nothing happened:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
The age of a log file says something only where activity is expected, or where there are no digests to go by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .._core.finding import FAILED, INFO, WAITING, Finding
from .._log_files.objects import Named, iso

DELIVERY, ENCRYPTION = "delivery", "encryption"
# Digests are encrypted with the trail's key since then, before with SSE-S3:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html
_DIGESTS_WITH_KEY = datetime(2025, 5, 23, tzinfo=timezone.utc)
_NEVER_WAITS = ("future", "unreadable")
_SHOWN = 10

_LOOK = (
    "Look at its trail with cloudtrail_central_info: status, delivery error, bucket and prefix; and at the policies of"
    " bucket and key."
)
_RECENT = " If that was done after {time}, wait for the next delivery: an object stays as it was written."
# kind -> what was found, what to do
_SENTENCES = {
    "silent": ("Account {account} has delivered nothing{place}.", _LOOK),
    "missing_log": (
        "Account {account} has delivered digests, but no log file{place}.",
        "See that the trail selects management events, and that something happens there.",
    ),
    "missing_digest": (
        "Account {account} has delivered log files, but no digest{place}.",
        "Turn log file validation on, log_file_validation of cloudtrail_central.",
    ),
    "other_trail": (
        "The newest digests of account {account}{place} are of {others}, and none of {trail}.",
        "See that {trail} is logging, or correct trail_name and region. Names of log files do not tell their trail.",
    ),
    "stale_log": ("The newest log file of account {account}{place} is {age} old, more than {limit}.", _LOOK),
    "stale_digest": ("The newest digest of account {account}{place} is {age} old, more than {limit}.", _LOOK),
    "future": (
        "A file of account {account}{place} claims to be from the future, which CloudTrail does not write.",
        "Find out who wrote it and who else than CloudTrail may write to the bucket.",
    ),
    "wrong_encryption": (
        "The newest {what} of account {account}{place} is encrypted with {found}, and not with key {key}.",
        "Admit the account with kms_key_grant_accounts, and give its trail the key with kms_key of cloudtrail_central."
        + _RECENT,
    ),
    "wrong_key": (
        "The newest {what} of account {account}{place} is encrypted with key {found}, and not with key {key}.",
        "Give the account's trail the right key with kms_key of cloudtrail_central." + _RECENT,
    ),
    "unreadable": (
        "S3 does not tell the encryption of the newest {what} of account {account}{place}: HeadObject answers {found}.",
        "Allow s3:GetObject on the objects of the bucket; kms:Decrypt is not needed for that. With 404 the object has"
        " just been deleted: find out by whom.",
    ),
    "unexpected": (
        "Account {account} has CloudTrail files in the bucket, but is not among the accounts expected.",
        "If it has left, nothing has to be done: its files stay. Otherwise add it, or take it out of the policies.",
    ),
    "organization": (
        "The logs of organization {account} are in the bucket and were not looked at.",
        "Give organization_id to have them looked at.",
    ),
    "other_names": (
        "The bucket holds {found}, which is no account's and was not looked at.",
        "Find out who wrote it: CloudTrail writes into folders of accounts and organizations only.",
    ),
}


@dataclass(frozen=True)
class Expected:
    """One account that should deliver."""

    account: str
    trail: str = ""  # empty for any
    home: str = ""  # its home Region, empty for any
    logging_since: datetime | None = None

    def wrote(self, digest: Named) -> bool:
        """Whether the digest is of the trail that is expected."""
        return self.trail in ("", digest.trail) and self.home in ("", digest.home)

    @property
    def trail_in_words(self) -> str:
        return (f"trail {self.trail}" if self.trail else "a trail") + (f" of {self.home}" if self.home else "")


@dataclass(frozen=True)
class Rules:
    """What is expected of every account, at a point in time."""

    now: datetime
    kms_key: str = ""  # the ARN; empty for any
    regions: frozenset[str] = frozenset()  # that have to show activity; empty for those that are found
    max_log_age: timedelta = timedelta(days=1)
    max_digest_age: timedelta = timedelta(hours=3)
    first_delivery_timeout: timedelta = timedelta(hours=2)

    def deadline(self, expected: Expected, since: datetime | None) -> datetime | None:
        """Until when a failure is a wait, where what there is, if anything, is older than the logging."""
        start = expected.logging_since
        if start is None or (since is not None and since >= start):
            return None
        end = start + self.first_delivery_timeout
        return end if self.now < end else None

    def wants(self, region: str) -> bool:
        return not self.regions or region in self.regions


@dataclass(frozen=True)
class Seen:
    """The newest log file or digest, and how it is encrypted."""

    file: Named
    algorithm: str = ""
    kms_key: str = ""
    refused: str = ""

    def as_result(self, now: datetime) -> dict[str, Any]:
        return {
            "key": self.file.key,
            "time": iso(self.file.time),
            "age": max(0, int((now - self.file.time).total_seconds())),
            "trail": self.file.trail or None,
            "encryption": self.algorithm or None,
            "kms_key": self.kms_key or None,
        }


@dataclass(frozen=True)
class Delivery:
    """What there is of one account and Region."""

    account: str
    region: str
    log: Seen | None = None
    digest: Seen | None = None
    other_trails: tuple[str, ...] = ()  # that have digests here and are not expected
    future: tuple[str, ...] = ()  # keys
    folder: str = ""

    @property
    def empty(self) -> bool:
        return self.log is None and self.digest is None and not self.other_trails

    def as_result(self, now: datetime) -> dict[str, Any]:
        log, digest = (seen.as_result(now) if seen else None for seen in (self.log, self.digest))
        return {"account": self.account, "region": self.region, "log": log, "digest": digest}


def of_account(rules: Rules, expected: Expected, deliveries: Sequence[Delivery], folder: str) -> Iterator[Finding]:
    """Everything about one expected account."""
    if all(delivery.empty for delivery in deliveries):
        yield _finding(rules, expected, "", "silent", folder)
    for delivery in deliveries:
        if not delivery.empty:
            yield from _of_region(rules, expected, delivery)
            yield from _of_encryption(rules, expected, delivery)
        elif not all(other.empty for other in deliveries):
            yield _finding(rules, expected, delivery.region, "silent", delivery.folder)
        for key in delivery.future:
            yield _finding(rules, expected, delivery.region, "future", key)


def of_archive(
    root: str, unexpected: Iterable[str], organizations: Sequence[str], names: Sequence[str]
) -> list[Finding]:
    """About what nobody asked for."""
    found = [_noted(account, "unexpected", f"{root}{account}/", account) for account in unexpected]
    found += [_noted("", "organization", f"{root}{name}/", name) for name in organizations]
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = ", ".join(repr(name) for name in names[:_SHOWN])
        found.append(_noted("", "other_names", root, "", found=f"{shown}{more} under {root}"))
    return found


def _of_region(rules: Rules, expected: Expected, delivery: Delivery) -> Iterator[Finding]:
    log, digest, region = delivery.log, delivery.digest, delivery.region
    if digest is None:
        kind = "other_trail" if delivery.other_trails else "missing_digest"
        others = ", ".join(f"trail {name}" for name in delivery.other_trails)
        optional = not rules.wants(region)
        yield _finding(rules, expected, region, kind, delivery.folder, optional=optional, others=others)
    elif rules.now - digest.file.time > rules.max_digest_age:
        yield _stale(rules, expected, region, "stale_digest", digest.file, rules.max_digest_age)
    if log is None:
        if region in rules.regions:
            yield _finding(rules, expected, region, "missing_log", delivery.folder)
    elif (region in rules.regions or digest is None) and rules.now - log.file.time > rules.max_log_age:
        yield _stale(rules, expected, region, "stale_log", log.file, rules.max_log_age)


def _of_encryption(rules: Rules, expected: Expected, delivery: Delivery) -> Iterator[Finding]:
    """What a Region left behind that is not asked for any more is worth a note; what arrives there now counts."""
    optional = not rules.wants(delivery.region) and not _alive(rules, delivery)
    for what, seen in (("log file", delivery.log), ("digest", delivery.digest)):
        if seen is None:
            continue
        if seen.refused:
            kind, found = "unreadable", seen.refused
        elif not rules.kms_key or (what == "digest" and seen.file.time < _DIGESTS_WITH_KEY):
            continue
        elif not seen.algorithm.startswith("aws:kms"):
            kind, found = "wrong_encryption", seen.algorithm or "nothing"
        elif not _same_key(seen.kms_key, rules.kms_key):
            kind, found = "wrong_key", seen.kms_key or "unknown"
        else:
            continue
        words = {"what": what, "found": found, "key": rules.kms_key, "time": iso(seen.file.time)}
        where, since = seen.file.key, seen.file.time
        yield _finding(rules, expected, delivery.region, kind, where, since, ENCRYPTION, optional, **words)


def _alive(rules: Rules, delivery: Delivery) -> bool:
    limits = ((delivery.log, rules.max_log_age), (delivery.digest, rules.max_digest_age))
    return any(seen is not None and rules.now - seen.file.time <= limit for seen, limit in limits)


def _same_key(found: str, expected: str) -> bool:
    """S3 tells the ARN; a bare id is one of the bucket owner's account."""
    return bool(found) and (found == expected or expected.endswith(f":key/{found}"))


def _stale(rules: Rules, expected: Expected, region: str, kind: str, file: Named, limit: timedelta) -> Finding:
    words = {"age": span(rules.now - file.time), "limit": span(limit)}
    return _finding(rules, expected, region, kind, file.key, file.time, optional=not rules.wants(region), **words)


def _finding(
    rules: Rules,
    expected: Expected,
    region: str,
    kind: str,
    where: str,
    since: datetime | None = None,
    check: str = DELIVERY,
    optional: bool = False,
    **words: str,
) -> Finding:
    place = f" in {region}" if region else ""
    words = {"account": expected.account, "place": place, "trail": expected.trail_in_words, **words}
    message, remediation = (sentence.format(**words) for sentence in _SENTENCES[kind])
    deadline = None if kind in _NEVER_WAITS else rules.deadline(expected, since)
    status = WAITING if deadline else INFO if optional else FAILED
    if deadline:
        later = f"the first delivery takes a while. After that: {remediation}"
        remediation = f"Nothing has to be done before {iso(deadline)}, {later}"
    begun = since or expected.logging_since
    return Finding(
        expected.account, region, check, kind, where, status, message, remediation, iso(begun) if begun else ""
    )


def _noted(account: str, kind: str, where: str, name: str, **words: str) -> Finding:
    message, remediation = (sentence.format(account=name, **words) for sentence in _SENTENCES[kind])
    return Finding(account, "", DELIVERY, kind, where, INFO, message, remediation)


def span(time: timedelta) -> str:
    """In the two largest units, such as 3 h 20 min."""
    minutes = int(time.total_seconds()) // 60
    units = (("d", minutes // 1440), ("h", minutes // 60 % 24), ("min", minutes % 60))
    parts = [f"{number} {unit}" for unit, number in units if number]
    return " ".join(parts[:2]) or f"{int(time.total_seconds())} s"
