# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An account with several trails, behind the gateway's interface, and trails to judge without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import (
    TrailFacts,
    detailed,
    seen,
)
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.report import TrailsReport

from tests.fakes.support import ARCHIVE, BUCKET, CONNECTION, KEY, PRODUCTION, REGION, FakeGateway, failure

STARTED = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)
DELIVERED = datetime(2026, 11, 25, 14, 5, 6, tzinfo=timezone.utc)
ALL_MANAGEMENT = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]}
EVERYTHING = {
    "AdvancedEventSelectors": [
        {"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                {"Field": "resources.ARN", "NotStartsWith": [f"arn:aws:s3:::{BUCKET}/"]},
            ]
        },
    ]
}


def report_options(**options: Any) -> dict[str, Any]:
    """The options of cloudtrail_central_info as Ansible hands them over."""
    info = {name: value for name, value in CONNECTION.items() if name != "allow_missing_in_check_mode"}
    defaults = {**info, "trail_name": None, "bucket": None, "key_prefix": None, "kms_key": None}
    assert not set(options) - set(defaults)
    return {**defaults, **options}


def described(
    name: str = "sectrailprod", account: str = PRODUCTION, region: str = REGION, **more: Any
) -> dict[str, Any]:
    """One trail as DescribeTrails shows it: the one that this collection would make."""
    return {
        "Name": name,
        "TrailARN": f"arn:aws:cloudtrail:{region}:{account}:trail/{name}",
        "HomeRegion": region,
        "S3BucketName": BUCKET,
        "KmsKeyId": KEY,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": False,
        **more,
    }


def status(**more: Any) -> dict[str, Any]:
    return {"IsLogging": True, "StartLoggingTime": STARTED, **more}


def trail(
    name: str = "sectrailprod",
    *,
    selectors: Mapping[str, Any] | None = None,
    of: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    **more: Any,
) -> TrailFacts:
    """A trail of the account, read in full; C(of) is its status. It records all management events."""
    facts = seen(described(name, **more), PRODUCTION, REGION)
    recorded = ALL_MANAGEMENT if selectors is None else selectors
    return detailed(facts, status() if of is None else of, recorded, None, tags or {})


def organization_trail(**more: Any) -> TrailFacts:
    """A trail of the management account, as a member sees it."""
    return seen(described("org", ARCHIVE, IsOrganizationTrail=True, **more), PRODUCTION, REGION)


def advanced(*fields: Mapping[str, Any]) -> dict[str, Any]:
    """A reply of GetEventSelectors with one advanced selector."""
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


def data(*arn_conditions: Mapping[str, Any], kind: str = "AWS::S3::Object") -> dict[str, Any]:
    category = {"Field": "eventCategory", "Equals": ["Data"]}
    conditions = [{"Field": "resources.ARN", **one} for one in arn_conditions]
    return advanced(category, {"Field": "resources.type", "Equals": [kind]}, *conditions)


class Account(FakeGateway):
    """CloudTrail of one account, asked in one Region; C(in_region) is recorded with the calls."""

    def __init__(self, trails: Sequence[dict[str, Any]], **details: Any) -> None:
        super().__init__({}, PRODUCTION)
        self.trails = list(trails)
        self.statuses: dict[str, Any] = details.get("statuses", {})
        self.selectors: dict[str, Any] = details.get("selectors", {})
        self.tags: dict[str, dict[str, str]] = details.get("tags", {})
        self.regions: list[tuple[str, str]] = []
        self.replies = {
            ("cloudtrail", "describe_trails"): self._describe,
            ("cloudtrail", "list_trails"): self._list,
            ("cloudtrail", "get_trail_status"): lambda Name: self.statuses.get(Name, status()),
            ("cloudtrail", "get_event_selectors"): lambda TrailName: self.selectors.get(TrailName, ALL_MANAGEMENT),
            ("cloudtrail", "get_insight_selectors"): {"InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]},
            ("cloudtrail", "list_tags"): self._tags,
        }

    def in_region(self, region: str) -> Account:
        self.regions.append((region, "asked"))
        return self

    def _describe(self, trailNameList: Sequence[str] = (), includeShadowTrails: bool = True) -> Any:
        shown = [one for one in self.trails if one["HomeRegion"] == REGION or one["IsMultiRegionTrail"]]
        if trailNameList:
            shown = [one for one in self.trails if one["TrailARN"] in trailNameList]
        return {"trailList": shown}

    def _list(self, NextToken: str = "") -> Any:
        """One trail a page."""
        page = int(NextToken or 0)
        keys = ("TrailARN", "Name", "HomeRegion")
        shown = [{key: one[key] for key in keys} for one in self.trails[page : page + 1]]
        return {"Trails": shown, **({"NextToken": str(page + 1)} if page + 1 < len(self.trails) else {})}

    def _tags(self, ResourceIdList: Sequence[str]) -> Any:
        if any(arn.split(":")[4] != PRODUCTION for arn in ResourceIdList):
            return failure("CloudTrailARNInvalidException")
        return {
            "ResourceTagList": [
                {"ResourceId": arn, "TagsList": [{"Key": k, "Value": v} for k, v in self.tags.get(arn, {}).items()]}
                for arn in ResourceIdList
            ]
        }


def report(gateway: Any, **options: Any) -> dict[str, Any]:
    return TrailsReport(report_options(**options), REGION).read(gateway, lambda _sentence: None)


def kinds(findings: Sequence[Any]) -> dict[str, str]:
    """Kind: status, of findings as objects or results."""
    shown = [one if isinstance(one, dict) else vars(one) for one in findings]
    return {one["kind"]: one["status"] for one in shown}
