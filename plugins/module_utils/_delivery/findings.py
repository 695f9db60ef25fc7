# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Compare what accounts delivered with what is expected. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Digests show that a trail is logging, because CloudTrail delivers one every hour, also if there are no events:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
The age of a log file counts only if activity is expected, or if there are no digests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone

from .._aws import kms
from .._core import timestamps
from .._core.finding import FAILED, INFO, NO_ACTION_BEFORE, WAITING, Finding
from . import drafts
from .drafts import DELIVERY, AccountRegion, Draft
from .model import ExpectedAccount, NewestObject, RegionDelivery, Rules

# Digests are encrypted with the trail's key since then. Before, they were encrypted with SSE-S3:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html
_DIGESTS_WITH_KEY = datetime(2025, 5, 23, tzinfo=timezone.utc)
_SHOWN = 10  # names in one message
_NO_DELIVERY = frozenset({"silent", "missing_log", "missing_digest", "other_trail", "stale_log", "stale_digest"})


def account_findings(
    rules: Rules, expected: ExpectedAccount, deliveries: Sequence[RegionDelivery], folder: str
) -> list[Finding]:
    """All findings about one expected account. C(folder) is the account's folder."""
    silent = all(delivery.empty for delivery in deliveries)
    account = AccountRegion(account=expected.account)
    reported = [drafts.silent(account, folder)] if silent else []
    for delivery in deliveries:
        if delivery.error_code:
            continue
        place = AccountRegion(account=expected.account, region=delivery.region)
        if not delivery.empty:
            reported += _about_ages(rules, expected, delivery, place)
            reported += _about_encryption(rules, expected, delivery, place)
        elif not silent:
            reported.append(drafts.silent(place, delivery.folder))
        reported += [drafts.REFUSED[reason](place, key) for reason, key in delivery.refused]
    return [_finding(rules, expected, draft) for draft in reported]


def _finding(rules: Rules, expected: ExpectedAccount, draft: Draft) -> Finding:
    status, message, remediation, cause = FAILED, draft.message, draft.remediation, ""
    change = expected.delivering_since if draft.kind in _NO_DELIVERY else expected.logging_since
    deadline = rules.deadline(change, draft.since) if draft.can_wait else None
    if expected.logging is False and draft.kind in _NO_DELIVERY:
        cause, message = "not_logging", f"{message} The cause: {expected.description} is stopped."
        remediation = "Start the trail: set logging of cloudtrail_central to true, or run aws cloudtrail start-logging."
    elif draft.optional:
        status = INFO
    elif deadline:
        status, end = WAITING, timestamps.text(deadline)
        cause = "location_changed" if draft.kind in _NO_DELIVERY and _moved(expected) else ""
        after = " after the change" if expected.change else ""
        remediation = f"{NO_ACTION_BEFORE} {end}: wait for the first delivery{after}. After that: {remediation}"
    if expected.precedes_change(draft.since) and (deadline or expected.change):
        message = f"{message} {expected.last_change}"
    return Finding(
        account=draft.place.account,
        region=draft.place.region,
        check=draft.check,
        kind=draft.kind,
        resource=draft.resource,
        status=status,
        message=message,
        remediation=remediation,
        since=timestamps.optional_text(draft.since or expected.logging_since),
        cause=cause,
    )


def _moved(expected: ExpectedAccount) -> bool:
    """True if the last change of the trail was another bucket or prefix."""
    return any(option in expected.change for option in ("bucket", "key_prefix"))


def _about_ages(
    rules: Rules, expected: ExpectedAccount, delivery: RegionDelivery, place: AccountRegion
) -> Iterator[Draft]:
    log, digest, required = delivery.log, delivery.digest, delivery.region in rules.regions
    optional = not rules.requires(delivery.region)
    if digest is None:
        draft = drafts.missing_digest(place, delivery.folder, expected)
        if delivery.other_trails:
            draft = drafts.other_trail(place, delivery.folder, expected, delivery.other_trails)
        yield replace(draft, optional=optional)
    elif rules.now - digest.object.time > rules.max_digest_age:
        draft = drafts.stale_digest(place, digest, rules.now, rules.max_digest_age)
        yield replace(draft, optional=optional, can_wait=delivery.own_trail)
    if log is None:
        if required:
            yield drafts.missing_log(place, delivery.folder)
    elif (required or digest is None) and rules.now - log.object.time > rules.max_log_age:
        draft = drafts.stale_log(place, log, rules.now, rules.max_log_age)
        yield replace(draft, optional=optional, can_wait=digest is None or delivery.own_trail)


def _about_encryption(
    rules: Rules, expected: ExpectedAccount, delivery: RegionDelivery, place: AccountRegion
) -> Iterator[Draft]:
    """Old objects of a Region that is no longer required are informational. Recent objects count.

    So are log files from before a change of the trail, if its newest digest is from after the change and right.
    """
    if not rules.kms_key:
        return
    optional = not rules.requires(delivery.region) and not _is_recent(rules, delivery)
    digest, log = (
        _wrong_draft(rules, delivery.digest, "digest", place),
        _wrong_draft(rules, delivery.log, "log file", place),
    )
    if digest and digest.since and digest.since >= _DIGESTS_WITH_KEY:
        yield replace(digest, optional=optional)
    if log:
        right_now = digest is None and _is_read_since_change(expected, delivery.digest)
        yield replace(log, optional=optional or (right_now and expected.precedes_change(log.since)))


def _is_read_since_change(expected: ExpectedAccount, newest: NewestObject | None) -> bool:
    return newest is not None and not newest.error_code and not expected.precedes_change(newest.object.time)


def _wrong_draft(rules: Rules, newest: NewestObject | None, noun: str, place: AccountRegion) -> Draft | None:
    """What is wrong with the encryption of the object; None if it is right, or if S3 does not return it."""
    if newest is None or newest.error_code:
        return None
    if not newest.algorithm.startswith("aws:kms"):
        return drafts.wrong_encryption(place, noun, newest, rules.kms_key)
    if not kms.is_same_key(rules.kms_key, newest.kms_key):  # S3 may return a key id
        return drafts.wrong_key(place, noun, newest, rules.kms_key)
    return None


def _is_recent(rules: Rules, delivery: RegionDelivery) -> bool:
    limits = ((delivery.log, rules.max_log_age), (delivery.digest, rules.max_digest_age))
    return any(newest is not None and rules.now - newest.object.time <= limit for newest, limit in limits)


def bucket_findings(
    root: str, unexpected: Iterable[str], organizations: Sequence[str], names: Sequence[str]
) -> list[Finding]:
    """Findings about folders that are not expected: accounts, organizations, and other names below C(root)."""
    findings = [_unexpected(root, account) for account in unexpected]
    findings += [_organization(root, organization) for organization in organizations]
    return findings + ([_other_names(root, names)] if names else [])


def _unexpected(root: str, account: str) -> Finding:
    return _informational(
        account=account,
        kind="unexpected",
        resource=f"{root}{account}/",
        message=f"Account {account} has CloudTrail files in the bucket, but is not among the expected accounts.",
        remediation=(
            "No action is needed if the account was removed on purpose: its files stay. Otherwise, add the account to"
            " the expected accounts, or remove it from the policies of bucket and key."
        ),
    )


def _organization(root: str, organization: str) -> Finding:
    return _informational(
        kind="organization",
        resource=f"{root}{organization}/",
        message=f"The bucket has logs of organization {organization}, which were not checked.",
        remediation="Set organization_id to have the logs checked.",
    )


def _other_names(root: str, names: Sequence[str]) -> Finding:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return _informational(
        kind="other_names",
        resource=root,
        message=f"The bucket has {shown}{more} under {root}. These are not accounts, and they were not checked.",
        remediation="Find out who wrote them. CloudTrail writes to folders of accounts and organizations only.",
    )


def _informational(*, kind: str, resource: str, message: str, remediation: str, account: str = "") -> Finding:
    return Finding(
        account=account,
        region="",
        check=DELIVERY,
        kind=kind,
        resource=resource,
        status=INFO,
        message=message,
        remediation=remediation,
    )
