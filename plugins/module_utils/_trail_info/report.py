# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trails that an account sees, their duplicate costs, the controls that they meet, and the findings.

Note that this module util is PRIVATE to the collection: it can change at any time.

Calls: ListTrails and DescribeTrails once; DescribeTrails once more if a trail has its home in another Region and no
shadow in this one. For each trail of the account GetTrailStatus and GetEventSelectors, and GetInsightSelectors if the
trail has Insights. ListTags once for each home Region. For each trail of another account GetTrailStatus. LookupEvents
once if the expected trail exists, and four times more if it started to log within the change period. For a trail of
the organization, LookupEvents also in the accounts of C(history_roles), and ListDelegatedAdministrators once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from .._aws import validators
from .._aws.gateway import Gateway
from .._core import finding, parallel, security_controls
from .._core.errors import AwsFailure, Refused
from .controls import controls
from .duplicates import duplicates
from .expected_trail import ExpectedTrail
from .findings import of_duplicates, of_history, of_trails
from .history_search import HistorySearch
from .loops import of_loops
from .observed_trail import ORGANIZATION_TRAIL, ObservedTrail
from .trail_history import TrailHistory

PERMISSIONS = (
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetInsightSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
    "cloudtrail:ListTrails",
    "cloudtrail:LookupEvents",
    "organizations:ListDelegatedAdministrators",
)
_GONE = ("TrailNotFoundException",)


class TrailsReport:
    """The query of cloudtrail_central_info."""

    connections = 5

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.region = region
        self.expected = ExpectedTrail.from_params(params)
        role = params["owner_role_arn"] or ""
        self.owner_role = (
            validators.role_arn(role, "owner_role_arn") if role else "",
            params["owner_external_id"] or "",
        )
        self.search = HistorySearch(
            owner_role=self.owner_role,
            roles=tuple(map(_history_role, params["history_roles"] or ())),
            period=_seconds(params["change_period"]),
        )

    def read(self, gateway: Gateway, progress: Callable[[str], None]) -> dict[str, Any]:
        """The module's return values. Nothing is reported to C(progress)."""
        account = gateway.account
        described = [ObservedTrail.described(item, account, self.region) for item in self._descriptions(gateway)]
        tags = self._tags(gateway, [trail for trail in described if trail.relation != ORGANIZATION_TRAIL])
        detailed = parallel.each(lambda trail: self._with_details(gateway, trail, tags), described, self.connections)
        trails = sorted((trail for trail in detailed if trail), key=lambda trail: trail.arn)
        recorded_twice = duplicates(trails)
        evaluated = controls(trails)
        history = self._history(gateway, trails)
        findings = [
            *of_trails(trails, self.expected, account, self.region),
            *of_history(history, account),
            *of_duplicates(recorded_twice, account),
            *of_loops(trails, account),
            *security_controls.as_findings(evaluated, account, self.region, "controls"),
        ]
        return {
            "trails": [trail.as_result() for trail in trails],
            "last_changed": _last_change(history, of_key=True),
            "last_moved": _last_change(history, of_key=False),
            "interruptions": self._interruptions(history),
            "duplicates": [duplicate.as_result() for duplicate in recorded_twice],
            "controls": security_controls.as_results(evaluated),
            "findings": finding.as_results(findings),
        }

    def _descriptions(self, gateway: Gateway) -> list[Mapping[str, Any]]:
        """DescribeTrails for all trails, including those of other Regions that have no shadow in this one."""
        descriptions = list(gateway.call("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"])
        known = {description["TrailARN"] for description in descriptions}
        listed = [trail["TrailARN"] for page in gateway.pages("cloudtrail", "list_trails") for trail in page["Trails"]]
        elsewhere = [arn for arn in listed if arn not in known]
        if elsewhere:
            descriptions += gateway.call("cloudtrail", "describe_trails", trailNameList=elsewhere)["trailList"]
        return descriptions

    def _tags(self, gateway: Gateway, trails: Sequence[ObservedTrail]) -> dict[str, dict[str, str]]:
        """The tags by the trail's ARN. ListTags works in the trail's Region only, for 20 trails; a Region has five."""
        by_region: dict[str, list[str]] = {}
        for trail in trails:
            by_region.setdefault(trail.state.home_region, []).append(trail.arn)
        tags: dict[str, dict[str, str]] = {}
        for region, arns in by_region.items():
            reply = gateway.in_region(region).call("cloudtrail", "list_tags", absent=_GONE, ResourceIdList=arns)
            tags |= _by_trail(reply)
        return tags

    def _with_details(
        self, gateway: Gateway, trail: ObservedTrail, tags: Mapping[str, Mapping[str, str]]
    ) -> ObservedTrail | None:
        """The trail with status, selectors and Insights of its home Region; None if it has been deleted meanwhile."""
        if trail.relation == ORGANIZATION_TRAIL:
            return self._of_another_account(gateway, trail)
        home = gateway.in_region(trail.state.home_region)
        status = home.call("cloudtrail", "get_trail_status", absent=_GONE, Name=trail.arn)
        selectors = home.call("cloudtrail", "get_event_selectors", absent=_GONE, TrailName=trail.arn)
        if status is None or selectors is None:
            return None
        insights = self._insights(home, trail)
        return trail.with_details(status=status, selectors=selectors, insights=insights, tags=tags.get(trail.arn, {}))

    def _insights(self, home: Gateway, trail: ObservedTrail) -> Any:
        if not trail.has_insights:
            return None
        absent = (*_GONE, "InsightNotEnabledException")
        return home.call("cloudtrail", "get_insight_selectors", absent=absent, TrailName=trail.arn)

    def _of_another_account(self, gateway: Gateway, trail: ObservedTrail) -> ObservedTrail:
        """The trail of another account with its status, and with its selectors if the owner's role reads them."""
        with_status = self._with_status(gateway, trail)
        if not (self.owner_role[0] and self.expected.has_name_of(trail)):
            return with_status
        try:
            home = gateway.other(*self.owner_role).in_region(trail.state.home_region)
            selectors = home.call("cloudtrail", "get_event_selectors", TrailName=trail.arn)
            reply = home.call("cloudtrail", "list_tags", ResourceIdList=[trail.arn])
            insights = self._insights(home, trail)
        except (AwsFailure, Refused) as error:
            reason = f"{with_status.unreadable_because} Role {self.owner_role[0]} cannot read them: {error}"
            return replace(with_status, unreadable_because=reason)
        status = with_status.status or {}
        detailed = trail.with_details(
            status=status, selectors=selectors, insights=insights, tags=_by_trail(reply).get(trail.arn, {})
        )
        return replace(detailed, status=with_status.status)

    def _with_status(self, gateway: Gateway, trail: ObservedTrail) -> ObservedTrail:
        """The trail of another account with its status, which is read by ARN in a Region that the trail covers."""
        because = f"CloudTrail shows event selectors, Insights and tags only to the owner, account {trail.owner}."
        try:
            covered = gateway if trail.state.multi_region else gateway.in_region(trail.state.home_region)
            status = covered.call("cloudtrail", "get_trail_status", Name=trail.arn)
        except AwsFailure as failure:
            return replace(trail, unreadable_because=f"{because} Its status could not be read: {failure.code}.")
        return replace(trail, status=status, unreadable_because=because)

    def _history(self, gateway: Gateway, trails: Sequence[ObservedTrail]) -> TrailHistory | None:
        """The calls for the expected trail in the period; None without a trail."""
        expected = next(iter(self.expected.among(trails, self.region)), None)
        return self.search.history(gateway, expected) if expected else None

    def _interruptions(self, history: TrailHistory | None) -> list[dict[str, Any]]:
        """The return value. What is not expected of the trail is as it is now."""
        if history is None:
            return []
        state, prefix = history.trail.state, self.expected.prefix
        place = {
            "bucket": self.expected.bucket or state.bucket,
            "key_prefix": state.key_prefix if prefix is None else prefix,
        }
        return [interruption.as_result() for interruption in history.interruptions(place)]


def _by_trail(reply: Mapping[str, Any] | None) -> dict[str, dict[str, str]]:
    """The tags in a reply of ListTags by the trail's ARN."""
    listed = (reply or {}).get("ResourceTagList") or []
    return {
        item["ResourceId"]: {tag["Key"]: tag.get("Value", "") for tag in item.get("TagsList", [])} for item in listed
    }


def _last_change(history: TrailHistory | None, *, of_key: bool) -> dict[str, Any] | None:
    change = history.last_change(of_key=of_key) if history else None
    return change.as_result() if change else None


def _history_role(entry: Mapping[str, Any]) -> tuple[str, str]:
    return validators.role_arn(entry["role_arn"], "history_roles"), entry.get("external_id") or ""


def _seconds(value: int) -> timedelta:
    if value < 0:
        raise Refused(f"change_period: {value} is less than 0. Use a number of seconds, or 0 to read no event history.")
    return timedelta(seconds=value)
