# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of cloudtrail_integrity_info, validated. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from .._aws import arn, kms, validators
from .._core import timestamps
from .._core.errors import Refused
from .._core.interruption import Interruption
from .._digests.timeline import TimeRange
from .._log_files.object_keys import LogLocation, LogObject

_MONTH = 30 * 24 * 60  # minutes
# CloudTrail exists since November 2013: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html
_EARLIEST, _LATEST = datetime(2013, 1, 1, tzinfo=timezone.utc), datetime(9000, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True)
class NamedTrail:
    """The trail of an account whose digests must not end. Empty parts are not compared."""

    name: str = ""
    home_region: str = ""
    changed: datetime | None = None  # the last start or change of the trail; None if it is not known
    delivering: datetime | None = None  # the same without changes of the key; None if the trail has delivered before
    interruptions: tuple[Interruption, ...] = ()  # that are known and have ended
    multi_region: bool = False  # records all Regions now
    verified: Mapping[str, datetime | None] = field(default_factory=dict)  # Region: end of a digest validated before

    def includes(self, digest: LogObject) -> bool:
        """True if the digest is of that trail."""
        return self.name in ("", digest.trail) and self.home_region in ("", digest.home_region)

    def delivered_in(self, time_range: TimeRange, region: str = "") -> str:
        """How it is known that the trail delivered digests in the range, a sentence; empty if that is not known."""
        verified, interruption = self.verified_in(time_range, region), self.interrupted_in(time_range, region)
        if verified:
            return f"An earlier evidence has a verified digest of the time until {timestamps.text(verified)}."
        return interruption.explanation(self.name) if interruption and interruption.place_known else ""

    def may_have_delivered_in(self, time_range: TimeRange) -> str:
        """A sentence, if the trail delivers here since a short time, and where it delivered before is not known."""
        interruption, since = self.interrupted_in(time_range), self.delivering
        recent = since and since <= time_range.until <= since + time_range.max_digest_age
        return interruption.explanation(self.name) if interruption and recent and not interruption.place_known else ""

    def verified_in(self, time_range: TimeRange, region: str = "") -> datetime | None:
        """The end of the newest digest of the range that was validated before, of the Region or of any; or None."""
        ends = (end for name, end in self.verified.items() if region in ("", name))
        return max((end for end in ends if end and time_range.start < end <= time_range.until), default=None)

    def interrupted_in(self, time_range: TimeRange, region: str = "") -> Interruption | None:
        """The last interruption that shows that the trail delivered digests in the range; None without one.

        Empty C(region) is the home Region.
        """
        entries = (entry for entry in self.in_region(region or self.home_region) if entry.has_digests_before)
        delivered = (
            entry
            for entry in entries
            if entry.begin > time_range.start and (entry.since is None or entry.since < time_range.until)
        )
        return max(delivered, key=lambda entry: entry.begin, default=None)

    def in_region(self, region: str) -> tuple[Interruption, ...]:
        """The interruptions that concerned the Region."""
        is_home = region == self.home_region
        return tuple(entry for entry in self.interruptions if entry.everywhere or not is_home)


@dataclass(frozen=True, kw_only=True)
class OriginalBucket:
    """A bucket and prefix where CloudTrail delivered digests that are here now, or that come before those here."""

    name: str
    prefix: str
    owner: str  # empty for the account of the credentials
    role: tuple[str, str] | None  # role ARN and external id; None for the credentials of the module


@dataclass(frozen=True, kw_only=True)
class IntegrityOptions:
    """What to validate."""

    bucket: str
    owner: str  # of the bucket; empty for the account of the credentials
    prefix: str
    organization: str
    originals: tuple[OriginalBucket, ...]
    accounts: tuple[str, ...]  # empty for all accounts in the bucket
    own_trails: frozenset[str]  # accounts that the organization trail does not record
    roles: Mapping[str, tuple[str, str]]  # role ARN and external id by account
    trails: Mapping[str, NamedTrail]  # by account
    regions: tuple[str, ...]  # empty for all Regions in the bucket
    kms_key: str  # empty if the encryption is not compared
    time_range: TimeRange
    backfill_timeout: timedelta
    connections: int

    def location(self, account: str, region: str = "") -> LogLocation:
        organization = "" if account in self.own_trails else self.organization
        return LogLocation(account=account, region=region, prefix=self.prefix, organization=organization)

    def trail(self, account: str) -> NamedTrail:
        return self.trails.get(account, NamedTrail())


def parse(params: Mapping[str, Any], now: datetime) -> IntegrityOptions:
    """The options from the module's parameters. Raises Refused, with the option and what to do."""
    accounts, regions = params["accounts"] or [], tuple(params["regions"] or ())
    ids = tuple(
        validators.account_id(entry["id"], f"{validators.entry('accounts', position)}: id")
        for position, entry in enumerate(accounts, start=1)
    )
    validators.distinct(ids, "accounts")
    places = {
        identity: validators.entry("accounts", position, identity) for position, identity in enumerate(ids, start=1)
    }
    for region in regions:
        validators.region(region, "regions")
    _require_limits(params)
    prefix = validators.key_prefix(params["key_prefix"] or "", "key_prefix")
    return IntegrityOptions(
        bucket=validators.bucket_name(params["bucket"], "bucket"),
        owner=_owner(params["bucket_owner"], "bucket_owner"),
        prefix=prefix,
        organization=_organization(params["organization_id"]),
        originals=tuple(
            _original(entry, position, prefix)
            for position, entry in enumerate(params["original_buckets"] or (), start=1)
        ),
        accounts=ids,
        own_trails=frozenset(entry["id"] for entry in accounts if not entry.get("organization_trail", True)),
        roles={entry["id"]: _role(entry, places[entry["id"]]) for entry in accounts if entry.get("role_arn")},
        trails={entry["id"]: _trail(entry, places[entry["id"]]) for entry in accounts},
        regions=tuple(dict.fromkeys(regions)),
        kms_key=kms.key_arn(params["kms_key"] or "", "kms_key"),
        time_range=_time_range(params, now),
        backfill_timeout=timedelta(minutes=params["backfill_timeout"]),
        connections=params["connections"],
    )


def _require_limits(params: Mapping[str, Any]) -> None:
    if not 1 <= params["connections"] <= 256:
        raise Refused(f"connections: {params['connections']} is not between 1 and 256.")
    if params["max_digest_age"] < 60:
        raise Refused(
            f"max_digest_age: {params['max_digest_age']} is less than 60. Digests are delivered every hour: use 60"
            f" minutes or more."
        )
    if not 0 <= params["backfill_timeout"] <= _MONTH:
        raise Refused(f"backfill_timeout: {params['backfill_timeout']} is not between 0 and {_MONTH} minutes.")


def _owner(value: str | None, option: str) -> str:
    return validators.account_id(value, option) if value else ""


def _organization(value: str | None) -> str:
    return validators.organization_id(value, "organization_id") if value else ""


def _original(entry: Mapping[str, Any], position: int, default_prefix: str) -> OriginalBucket:
    option, prefix, role_arn = (
        validators.entry("original_buckets", position),
        entry.get("key_prefix"),
        entry.get("role_arn"),
    )
    role = (validators.role_arn(role_arn, option), entry.get("external_id") or "") if role_arn else None
    return OriginalBucket(
        name=validators.bucket_name(entry["bucket"], option),
        prefix=default_prefix if prefix is None else validators.key_prefix(prefix, option),
        owner=_owner(entry.get("bucket_owner"), option),
        role=role,
    )


def _trail(entry: Mapping[str, Any], place: str) -> NamedTrail:
    home_region = entry.get("region") or ""
    if home_region:
        validators.region(home_region, f"{place}: region")
    return NamedTrail(
        name=entry.get("trail_name") or "",
        home_region=home_region,
        changed=_account_time(entry, "logging_since", place),
        delivering=_account_time(
            entry, "logging_since" if entry.get("delivering_since") is None else "delivering_since", place
        ),
        interruptions=tuple(_interruption(item, place) for item in entry.get("interruptions") or ()),
        multi_region=bool(entry.get("multi_region")),
        verified=dict(_verified(item, place) for item in entry.get("verified_digests") or ()),
    )


def _interruption(entry: Mapping[str, Any], place: str) -> Interruption:
    """Raises Refused."""
    begin, end = _account_time(entry, "begin", place), _account_time(entry, "end", place)
    if begin is None:
        raise Refused(f"{place}: an interruption needs begin. Use ISO 8601: 2026-11-25T14:00:00Z.")
    return Interruption(
        since=_account_time(entry, "since", place),
        begin=begin,
        end=end,
        event=entry["event"],
        certain=entry["certain"],
        place_known=entry["place_known"],
        everywhere=entry["everywhere"],
    )


def _verified(entry: Mapping[str, Any], place: str) -> tuple[str, datetime | None]:
    """The Region, and the end of a digest of it that was validated before. Raises Refused."""
    return validators.region(entry["region"], f"{place}: verified_digests"), _account_time(entry, "until", place)


def _account_time(entry: Mapping[str, Any], name: str, place: str) -> datetime | None:
    """The time in a suboption of an account; None if it is not set. Raises Refused."""
    text = entry.get(name) or ""
    time = timestamps.parse_with_offset(text) if text else None
    if text and time is None:
        raise Refused(f"{place}: {name}: {text!r} is not a valid time. Use ISO 8601: 2026-11-25T14:00:00Z.")
    return time


def _role(entry: Mapping[str, Any], place: str) -> tuple[str, str]:
    role_arn = validators.role_arn(entry["role_arn"], f"{place}: role_arn")
    role = arn.parse(role_arn)
    if role and role.account != entry["id"]:
        raise Refused(f"{place}: {role_arn} is a role of account {role.account}, not of account {entry['id']}.")
    return role_arn, entry.get("external_id") or ""


def _time_range(params: Mapping[str, Any], now: datetime) -> TimeRange:
    end = _time(params, "end_time") or now
    start = _time(params, "start_time") or end - timedelta(hours=24)
    if start >= end:
        raise Refused(f"start_time: {timestamps.text(start)} is not before end_time, {timestamps.text(end)}.")
    if start >= now:
        raise Refused(f"start_time: {timestamps.text(start)} is in the future.")
    return TimeRange(start=start, end=end, now=now, max_digest_age=timedelta(minutes=params["max_digest_age"]))


def _time(params: Mapping[str, Any], name: str) -> datetime | None:
    """The time in the option; None if it is not set. Raises Refused."""
    if not params[name]:
        return None
    time = timestamps.option(params[name], name)
    if not _EARLIEST <= time < _LATEST:
        raise Refused(f"{name}: {timestamps.text(time)} is not between the years {_EARLIEST:%Y} and {_LATEST:%Y}.")
    return time
