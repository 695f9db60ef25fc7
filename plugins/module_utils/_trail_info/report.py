# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The trails that act in an account: what they are, what they cost twice, which controls they meet, what is wrong.

Note that this module util is PRIVATE to the collection: it can change at any time.

Calls: ListTrails and DescribeTrails once, DescribeTrails once more where a trail is at home in another Region and has
no shadow here; for each trail of the account GetTrailStatus and GetEventSelectors, and GetInsightSelectors where it has
Insights; ListTags once for each home Region; for each trail of another account GetTrailStatus.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws import validators
from .._aws.gateway import Gateway
from .._core import finding, parallel, security_controls
from .._core.errors import AwsFailure
from . import controls as _trail_controls
from . import duplicates
from . import findings as _trail_findings
from .findings import Expected
from .observed_trail import ORGANIZATION, TrailFacts, detailed, seen

PERMISSIONS = (
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetInsightSelectors",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags",
    "cloudtrail:ListTrails",
)
_GONE = ("TrailNotFoundException",)


class TrailsReport:
    """A reading in the sense of C(_module)."""

    connections = 5

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        name, bucket, prefix = params["trail_name"], params["bucket"], params["key_prefix"]
        self.region = region
        self.expected = Expected(
            name="" if name is None else validators.trail_name(name, "trail_name"),
            bucket="" if bucket is None else validators.bucket_name(bucket, "bucket"),
            key=_trail_findings.key("" if params["kms_key"] is None else params["kms_key"], "kms_key"),
            prefix=None if prefix is None else validators.key_prefix(prefix, "key_prefix"),
        )

    def read(self, gateway: Gateway, say: Callable[[str], None]) -> dict[str, Any]:
        account = gateway.account
        found = [seen(item, account, self.region) for item in self._described(gateway)]
        tags = self._tags(gateway, [trail for trail in found if trail.relation != ORGANIZATION])
        read = parallel.each(lambda trail: self._detailed(gateway, trail, tags), found, self.connections)
        trails = sorted((trail for trail in read if trail), key=lambda trail: trail.arn)
        twice = duplicates.duplicates(trails)
        controls = _trail_controls.controls(trails)
        findings = [
            *_trail_findings.of_trails(trails, self.expected, account, self.region),
            *_trail_findings.of_duplicates(twice, account),
            *security_controls.as_findings(controls, account, self.region, "controls"),
        ]
        return {
            "trails": [trail.as_result() for trail in trails],
            "duplicates": [one.as_result() for one in twice],
            "controls": security_controls.as_results(controls),
            "findings": finding.as_results(findings),
        }

    def _described(self, gateway: Gateway) -> list[Mapping[str, Any]]:
        """All trails, those included that DescribeTrails does not show here because they are in another Region only."""
        here = list(gateway.call("cloudtrail", "describe_trails", includeShadowTrails=True)["trailList"])
        known = {item["TrailARN"] for item in here}
        listed = [item for page in gateway.pages("cloudtrail", "list_trails") for item in page["Trails"]]
        elsewhere = [item["TrailARN"] for item in listed if item["TrailARN"] not in known]
        if elsewhere:
            here += gateway.call("cloudtrail", "describe_trails", trailNameList=elsewhere)["trailList"]
        return here

    def _tags(self, gateway: Gateway, trails: Sequence[TrailFacts]) -> dict[str, dict[str, str]]:
        """ARN: tags. ListTags answers for the Region it is asked in; a Region has five trails, and a call takes 20."""
        homes: dict[str, list[str]] = {}
        for trail in trails:
            homes.setdefault(trail.state.home_region, []).append(trail.arn)
        found: dict[str, dict[str, str]] = {}
        for region, arns in homes.items():
            reply = gateway.in_region(region).call("cloudtrail", "list_tags", absent=_GONE, ResourceIdList=arns)
            for item in (reply or {"ResourceTagList": []})["ResourceTagList"]:
                found[item["ResourceId"]] = {tag["Key"]: tag.get("Value", "") for tag in item.get("TagsList", [])}
        return found

    def _detailed(
        self, gateway: Gateway, trail: TrailFacts, tags: Mapping[str, Mapping[str, str]]
    ) -> TrailFacts | None:
        """With status, selectors and Insights, asked for by ARN in the home Region; None where it is gone by now."""
        if trail.relation == ORGANIZATION:
            return self._foreign(gateway, trail)
        home = gateway.in_region(trail.state.home_region)
        status = home.call("cloudtrail", "get_trail_status", absent=_GONE, Name=trail.arn)
        selectors = home.call("cloudtrail", "get_event_selectors", absent=_GONE, TrailName=trail.arn)
        if status is None or selectors is None:
            return None
        insights = None
        if trail.has_insights:
            absent = (*_GONE, "InsightNotEnabledException")
            insights = home.call("cloudtrail", "get_insight_selectors", absent=absent, TrailName=trail.arn)
        return detailed(trail, status, selectors, insights, tags.get(trail.arn, {}))

    def _foreign(self, gateway: Gateway, trail: TrailFacts) -> TrailFacts:
        """The owner alone may read selectors, Insights and tags; the status is told by ARN, in a Region it covers."""
        because = f"CloudTrail shows event selectors, Insights and tags to account {trail.owner} only, which owns it."
        try:
            asked = gateway if trail.state.multi_region else gateway.in_region(trail.state.home_region)
            status = asked.call("cloudtrail", "get_trail_status", Name=trail.arn)
        except AwsFailure as failure:
            return replace(trail, unreadable_because=f"{because} Its status could not be read: {failure.code}.")
        return replace(trail, status=status, unreadable_because=because)
