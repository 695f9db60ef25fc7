# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of cloudtrail_integrity_info, validated. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .._aws import arn, validators
from .._core import timestamps
from .._core.errors import Refused
from .._digests.chain import TimeRange
from .._log_files.object_keys import LogLocation


@dataclass(frozen=True, kw_only=True)
class IntegrityOptions:
    """What to validate."""

    bucket: str
    owner: str  # of the bucket; empty for the account of the credentials
    prefix: str
    organization: str
    accounts: tuple[str, ...]  # empty for all accounts in the bucket
    own_trails: frozenset[str]  # accounts that the organization trail does not record
    roles: Mapping[str, tuple[str, str]]  # role ARN and external id by account
    regions: tuple[str, ...]  # empty for all Regions in the bucket
    time_range: TimeRange
    connections: int

    def location(self, account: str, region: str = "") -> LogLocation:
        organization = "" if account in self.own_trails else self.organization
        return LogLocation(account=account, region=region, prefix=self.prefix, organization=organization)


def parse(params: Mapping[str, Any], now: datetime) -> IntegrityOptions:
    """The options from the module's parameters. Raises Refused, with the option and what to do."""
    accounts, regions = params["accounts"] or [], tuple(params["regions"] or ())
    ids = tuple(validators.account_id(entry["id"], "accounts") for entry in accounts)
    validators.distinct(ids, "accounts")
    for region in regions:
        validators.region(region, "regions")
    if not 1 <= params["connections"] <= 256:
        raise Refused(f"connections: {params['connections']} is not between 1 and 256.")
    if params["max_digest_age"] < 60:
        raise Refused(
            f"max_digest_age: {params['max_digest_age']} is less than 60. Digests are delivered every hour: use 60"
            f" minutes or more."
        )
    return IntegrityOptions(
        bucket=validators.bucket_name(params["bucket"], "bucket"),
        owner=validators.account_id(params["bucket_owner"], "bucket_owner") if params["bucket_owner"] else "",
        prefix=validators.key_prefix(params["key_prefix"] or "", "key_prefix"),
        organization=_organization(params["organization_id"]),
        accounts=ids,
        own_trails=frozenset(entry["id"] for entry in accounts if not entry.get("organization_trail", True)),
        roles={entry["id"]: _role(entry) for entry in accounts if entry.get("role_arn")},
        regions=tuple(dict.fromkeys(regions)),
        time_range=_time_range(params, now),
        connections=params["connections"],
    )


def _organization(value: str | None) -> str:
    return validators.organization_id(value, "organization_id") if value else ""


def _role(entry: Mapping[str, Any]) -> tuple[str, str]:
    role_arn = validators.role_arn(entry["role_arn"], "accounts")
    role = arn.parse(role_arn)
    if role and role.account != entry["id"]:
        raise Refused(f"accounts: {role_arn} is a role of account {role.account}, not of account {entry['id']}.")
    return role_arn, entry.get("external_id") or ""


def _time_range(params: Mapping[str, Any], now: datetime) -> TimeRange:
    end = timestamps.option(params["end_time"], "end_time") if params["end_time"] else now
    start = timestamps.option(params["start_time"], "start_time") if params["start_time"] else end - timedelta(hours=24)
    if start >= end:
        raise Refused(f"start_time: {timestamps.text(start)} is not before end_time, {timestamps.text(end)}.")
    if start >= now:
        raise Refused(f"start_time: {timestamps.text(start)} is in the future.")
    return TimeRange(start=start, end=end, now=now, max_digest_age=timedelta(minutes=params["max_digest_age"]))
