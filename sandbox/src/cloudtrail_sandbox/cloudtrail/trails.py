# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The trails of all accounts and Regions, and the look-up by name or ARN.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudtrail_sandbox.cloudtrail.input_checks import check_trail_name
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.state import State

PARTITION = "aws"
TRAIL_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):cloudtrail:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):trail/(?P<name>.+)"
)


@dataclass
class Delivered:
    """The deliveries of one Region so far. Times are aware UTC; an error is the last one's code, "" if it succeeded."""

    attempted: datetime | None = None
    delivered: datetime | None = None
    error: str = ""
    digest_delivered: datetime | None = None
    digest_error: str = ""


@dataclass
class Trail:
    """A trail. An empty string is a setting that is not set."""

    name: str
    account: str
    home: str
    bucket: str
    prefix: str = ""
    topic_name: str = ""
    topic_arn: str = ""
    global_events: bool = True
    multi_region: bool = False
    validation: bool = False
    log_group: str = ""
    log_role: str = ""
    key: str = ""
    organization: bool = False
    recursive_logging: bool | None = None
    selectors: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    insights: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    delivered: dict[str, Delivered] = field(default_factory=dict)
    #: Account and Region -> the events of CloudTrail's own deliveries that the next log file has.
    recursive_events: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    logging: bool = False
    started: datetime | None = None
    stopped: datetime | None = None

    @property
    def arn(self) -> str:
        return trail_arn(self.account, self.home, self.name)

    def covers(self, region: str) -> bool:
        """Whether the trail, or a shadow of it, is in the Region."""
        return self.multi_region or self.home == region


def trail_arn(account: str, region: str, name: str) -> str:
    return f"arn:{PARTITION}:cloudtrail:{region}:{account}:trail/{name}"


class Trails:
    """All trails."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._trails: dict[str, Trail] = {}

    def __iter__(self) -> Iterator[Trail]:
        return iter(list(self._trails.values()))

    def put(self, trail: Trail) -> None:
        self._trails[trail.arn] = trail

    def remove(self, trail: Trail) -> None:
        del self._trails[trail.arn]

    def by_arn(self, arn: str) -> Trail | None:
        return self._trails.get(arn)

    def seen_by(self, trail: Trail, account: str) -> bool:
        """Whether an account sees the trail: its own account, and for an organization trail all members."""
        if trail.account == account:
            return True
        organization = self._state.organization_of(account)
        return trail.organization and organization is not None and organization[1] == trail.account

    def managed_by(self, trail: Trail | None, account: str) -> bool:
        """Whether an account manages the trail: its own, or a delegated administrator for an organization trail.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
        """
        if trail is None:
            return False
        return trail.account == account or (self.seen_by(trail, account) and self._state.is_administrator(account))

    def visible(self, account: str, region: str) -> list[Trail]:
        """The trails and shadow trails that an account has in a Region, ordered by ARN."""
        seen = (trail for trail in self if trail.covers(region) and self.seen_by(trail, account))
        return sorted(seen, key=lambda trail: trail.arn)

    def read(self, reference: str, account: str, region: str) -> Trail:
        """The trail of an operation that reads.

        A name is one in the current Region and account; a shadow trail and the trail of an organization are only
        found by ARN (https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html).
        """
        parts = parse_reference(reference, account, region)
        arn = trail_arn(parts["account"], parts["region"], parts["name"])
        trail = self._trails.get(arn)
        if trail is None or not self.seen_by(trail, account):
            _refuse_foreign(parts, account)
            raise unknown_trail(arn)
        if not trail.covers(region):
            raise wrong_region(region)
        return trail

    def find(self, reference: str, account: str, region: str) -> Trail | None:
        """The trail of a name in this Region and account, or of an ARN in any, if the account sees it."""
        parts = parse_reference(reference, account, region)
        trail = self._trails.get(trail_arn(parts["account"], parts["region"], parts["name"]))
        return trail if trail and self.seen_by(trail, account) else None

    def write(self, reference: str, account: str, region: str) -> Trail:
        """The trail of an operation that writes: only for an account that manages it, and in its home Region."""
        parts = parse_reference(reference, account, region)
        arn = trail_arn(parts["account"], parts["region"], parts["name"])
        known = self._trails.get(arn)
        if not self.managed_by(known, account):
            _refuse_foreign(parts, account)
        trail = known or self._shadow(reference, account, region)
        if trail is None:
            raise unknown_trail(arn)
        if trail.home != region:
            raise ApiError(
                "InvalidHomeRegionException",
                f"Trail with ARN {trail.arn} can be updated only in its home Region: {trail.home}",
            )
        return trail

    def _shadow(self, name: str, account: str, region: str) -> Trail | None:
        """The account's trail of that name that is only a shadow in the Region."""
        return next(
            (trail for trail in self if trail.account == account and trail.name == name and trail.covers(region)), None
        )


def parse_reference(reference: str, account: str, region: str) -> dict[str, str]:
    """The account, region and name of a trail that is given as name or ARN."""
    if not reference.startswith("arn:"):
        check_trail_name(reference)
        return {"account": account, "region": region, "name": reference}
    match = TRAIL_ARN.fullmatch(reference)
    if match is None or match["partition"] != PARTITION:
        raise ApiError("CloudTrailARNInvalidException", f"ARN {reference} is not a valid trail ARN.")
    return match.groupdict()


def unknown_trail(arn: str) -> ApiError:
    account = arn.split(":")[4]
    return ApiError("TrailNotFoundException", f"Unknown trail: {arn} for the user: {account}")


def wrong_region(region: str) -> ApiError:
    sentence = f"Region in ARN is wrong, you can only access resources in region {region}."
    return ApiError("CloudTrailARNInvalidException", sentence)


def _refuse_foreign(parts: dict[str, str], account: str) -> None:
    if parts["account"] != account:
        raise ApiError("CloudTrailARNInvalidException", "AccountID in ARN is wrong.")
