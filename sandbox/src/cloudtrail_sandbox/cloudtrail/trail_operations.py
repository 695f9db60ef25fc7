# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations on trails and on their logging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cloudtrail_sandbox.cloudtrail.digest_chains import Chains
from cloudtrail_sandbox.cloudtrail.input_checks import check_trail_name
from cloudtrail_sandbox.cloudtrail.preflight import preflight
from cloudtrail_sandbox.cloudtrail.signing_keys import SigningKeys
from cloudtrail_sandbox.cloudtrail.tags import with_tags
from cloudtrail_sandbox.cloudtrail.trail_settings import adopt, description_of, settings_of, with_settings
from cloudtrail_sandbox.cloudtrail.trails import Delivered, Trail, Trails
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.state import State

Parameters = Mapping[str, Any]
Result = dict[str, Any]
#: (parameters, account, region) -> body of the response.
Operation = Callable[[Parameters, str, str], Result]
MAX_TRAILS = 5


class TrailOperations:
    def __init__(self, state: State, trails: Trails, chains: Chains, keys: SigningKeys) -> None:
        self._state = state
        self._trails = trails
        self._chains = chains
        self._keys = keys
        self.table: dict[str, Operation] = {
            "CreateTrail": self._create,
            "UpdateTrail": self._update,
            "GetTrail": self._get,
            "DescribeTrails": self._describe,
            "ListTrails": self._list,
            "DeleteTrail": self._delete,
            "StartLogging": self._start,
            "StopLogging": self._stop,
            "GetTrailStatus": self._status,
            "ListPublicKeys": self._public_keys,
        }

    def _create(self, parameters: Parameters, account: str, region: str) -> Result:
        check_trail_name(parameters["Name"])
        owner = self._owner(parameters, account)
        trail = with_settings(Trail(parameters["Name"], owner, region, parameters["S3BucketName"]), parameters)
        trail.tags = with_tags({}, parameters.get("TagsList") or [])
        if self._trails.by_arn(trail.arn):
            sentence = f"Trail {trail.name} already exists for customer: {account}"
            raise ApiError("TrailAlreadyExistsException", sentence)
        self._check_count(trail)
        preflight(self._state, trail)
        self._trails.put(trail)
        return settings_of(trail)

    def _owner(self, parameters: Parameters, account: str) -> str:
        """The owner of a new trail: the management account for an organization trail of a delegated administrator.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
        """
        organization = self._state.organization_of(account)
        if parameters.get("IsOrganizationTrail") and organization and self._state.is_administrator(account):
            return organization[1]
        return account

    def _update(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.write(parameters["Name"], account, region)
        changed = with_settings(trail, parameters)
        if changed.organization != trail.organization and account != trail.account:
            # "Only the management account can convert": cloudtrail-delegated-administrator.html
            sentence = "The account is not the management account of its organization."
            raise ApiError("NotOrganizationMasterAccountException", sentence)
        if changed.multi_region and not trail.multi_region:
            self._check_count(changed)
        preflight(self._state, changed)
        disabled = trail.validation and not changed.validation
        adopt(trail, changed)
        if disabled:
            self._chains.disable(trail)
        self._chains.open(trail)
        return settings_of(trail)

    def _check_count(self, trail: Trail) -> None:
        """Refuse a sixth trail in a Region; shadow trails count.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
        """
        for region in self._state.enabled_regions() if trail.multi_region else (trail.home,):
            others = [other for other in self._trails.visible(trail.account, region) if other.arn != trail.arn]
            if len(others) >= MAX_TRAILS:
                sentence = f"User: {trail.account} already has {len(others)} trails in {region}."
                raise ApiError("MaximumNumberOfTrailsExceededException", sentence)

    def _get(self, parameters: Parameters, account: str, region: str) -> Result:
        return {"Trail": description_of(self._trails.read(parameters["Name"], account, region))}

    def _describe(self, parameters: Parameters, account: str, region: str) -> Result:
        """DescribeTrails: unknown names are left out; an ARN is looked up in every Region.

        https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
        """
        names = parameters.get("trailNameList") or []
        named = [self._trails.find(name, account, region) for name in names]
        seen = [trail for trail in named if trail] if names else self._trails.visible(account, region)
        if parameters.get("includeShadowTrails") is False:
            seen = [trail for trail in seen if trail.home == region and trail.account == account]
        return {"trailList": [description_of(trail) for trail in seen]}

    def _list(self, parameters: Parameters, account: str, region: str) -> Result:
        """ListTrails: all trails of the account in all Regions, and that of its organization.

        https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
        """
        seen = sorted(
            (trail for trail in self._trails if self._trails.seen_by(trail, account)), key=lambda trail: trail.arn
        )
        return {"Trails": [{"TrailARN": trail.arn, "Name": trail.name, "HomeRegion": trail.home} for trail in seen]}

    def _delete(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.write(parameters["Name"], account, region)
        self._chains.finish(trail)
        self._trails.remove(trail)
        return {}

    def _start(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.write(parameters["Name"], account, region)
        if not trail.logging:
            trail.logging, trail.started = True, self._state.now()
            self._chains.open(trail)
        return {}

    def _stop(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.write(parameters["Name"], account, region)
        if trail.logging:
            self._chains.finish(trail)
            trail.logging, trail.stopped = False, self._state.now()
        return {}

    def _status(self, parameters: Parameters, account: str, region: str) -> Result:
        trail = self._trails.read(parameters["Name"], account, region)
        return status(trail, trail.delivered.get(region, Delivered()))

    def _public_keys(self, parameters: Parameters, account: str, region: str) -> Result:
        """ListPublicKeys, without pages: NextToken is "reserved for future use"."""
        start, end = (_time(parameters.get(name)) for name in ("StartTime", "EndTime"))
        return {"PublicKeyList": self._keys.valid_keys(region, self._state.now(), start, end)}


def status(trail: Trail, delivered: Delivered) -> Result:
    """The response of GetTrailStatus for one Region, without members that have no value.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
    """
    members = {
        "StartLoggingTime": trail.started,
        "StopLoggingTime": trail.stopped,
        "LatestDeliveryTime": delivered.delivered,
        "LatestDeliveryError": delivered.error,
        "LatestDigestDeliveryTime": delivered.digest_delivered,
        "LatestDigestDeliveryError": delivered.digest_error,
        "LatestDeliveryAttemptTime": _text(delivered.attempted),
        "LatestDeliveryAttemptSucceeded": _text(delivered.delivered),
        "TimeLoggingStarted": _text(trail.started),
        "TimeLoggingStopped": _text(trail.stopped),
    }
    return {"IsLogging": trail.logging, **{name: value for name, value in members.items() if value}}


def _time(value: Any) -> datetime | None:
    """The time of a request's seconds since 1970."""
    return None if value is None else datetime.fromtimestamp(float(value), UTC)


def _text(time: datetime | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""
