# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gateway to an AWS account with several trails, held in memory, and observed trails without a gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.observed_trail import ObservedTrail
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info.report import TrailsReport

from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, REGION, FakeGateway, failure, module_options

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
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]},
            ]
        },
    ]
}


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
) -> ObservedTrail:
    """A readable trail of the account. C(of) is its status. It records all management events."""
    return ObservedTrail.described(described(name, **more), PRODUCTION, REGION).with_details(
        status=status() if of is None else of,
        selectors=ALL_MANAGEMENT if selectors is None else selectors,
        insights=None,
        tags=tags or {},
    )


def organization_trail(**more: Any) -> ObservedTrail:
    """A trail of the management account, as a member sees it."""
    return ObservedTrail.described(described("org", ARCHIVE, IsOrganizationTrail=True, **more), PRODUCTION, REGION)


def advanced(*fields: Mapping[str, Any]) -> dict[str, Any]:
    """A reply of GetEventSelectors with one advanced selector."""
    return {"AdvancedEventSelectors": [{"FieldSelectors": list(fields)}]}


def data(*arn_conditions: Mapping[str, Any], kind: str = "AWS::S3::Object") -> dict[str, Any]:
    """A reply of GetEventSelectors with one advanced selector of data events."""
    category = {"Field": "eventCategory", "Equals": ["Data"]}
    conditions = [{"Field": "resources.ARN", **condition} for condition in arn_conditions]
    return advanced(category, {"Field": "resources.type", "Equals": [kind]}, *conditions)


class FakeAccount(FakeGateway):
    """CloudTrail in one account and Region. C(regions): the Regions to which C(in_region) was called.

    C(others) has the roles that were assumed. Their calls go to the item of C(accounts) by ARN, or to C(owner).
    C(administrators) are the delegated administrators for CloudTrail.
    """

    def __init__(self, trails: Sequence[dict[str, Any]], **details: Any) -> None:
        super().__init__({}, details.get("account", PRODUCTION))
        self.trails = list(trails)
        self.statuses: dict[str, Any] = details.get("statuses", {})
        self.selectors: dict[str, Any] = details.get("selectors", {})
        self.tags: dict[str, dict[str, str]] = details.get("tags", {})
        self.events: list[dict[str, Any]] = details.get("events", [])
        self.regions: list[str] = []
        self.owner: Any = details.get("owner")
        self.accounts: dict[str, Any] = details.get("accounts", {})
        administrators = [{"Id": account} for account in details.get("administrators", ())]
        self.replies = {
            ("cloudtrail", "describe_trails"): self._describe,
            ("cloudtrail", "list_trails"): self._list,
            ("cloudtrail", "get_trail_status"): lambda Name: self.statuses.get(Name, status()),
            ("cloudtrail", "get_event_selectors"): lambda TrailName: self.selectors.get(TrailName, ALL_MANAGEMENT),
            ("cloudtrail", "get_insight_selectors"): {"InsightSelectors": [{"InsightType": "ApiErrorRateInsight"}]},
            ("cloudtrail", "list_tags"): self._tags,
            ("cloudtrail", "lookup_events"): details.get("history", self._lookup),
            ("organizations", "list_delegated_administrators"): details.get(
                "organization", {"DelegatedAdministrators": administrators}
            ),
        }

    def other(self, role_arn: str, external_id: str) -> Any:
        self.others.append((role_arn, external_id))
        return self.accounts.get(role_arn, self.owner)

    def in_region(self, region: str) -> FakeAccount:
        self.regions.append(region)
        return self

    def _describe(self, trailNameList: Sequence[str] = (), includeShadowTrails: bool = True) -> Any:
        if trailNameList:
            return {"trailList": [trail for trail in self.trails if trail["TrailARN"] in trailNameList]}
        visible = [trail for trail in self.trails if trail["HomeRegion"] == REGION or trail["IsMultiRegionTrail"]]
        return {"trailList": visible}

    def _list(self, NextToken: str = "") -> Any:
        """Pages of one trail each."""
        page = int(NextToken or 0)
        keys = ("TrailARN", "Name", "HomeRegion")
        listed = [{key: trail[key] for key in keys} for trail in self.trails[page : page + 1]]
        return {"Trails": listed, **({"NextToken": str(page + 1)} if page + 1 < len(self.trails) else {})}

    def _lookup(self, LookupAttributes: Any, StartTime: datetime, NextToken: str = "") -> Any:
        """Pages of one event each, the newest first."""
        (attribute,) = LookupAttributes
        named = [event for event in self.events if event.get("EventName") == attribute["AttributeValue"]]
        matching = sorted(named, key=lambda event: str(event.get("EventTime")), reverse=True)
        page = int(NextToken or 0)
        more = {"NextToken": str(page + 1)} if page + 1 < len(matching) else {}
        return {"Events": matching[page : page + 1], **more}

    def _tags(self, ResourceIdList: Sequence[str]) -> Any:
        if any(arn.split(":")[4] != PRODUCTION for arn in ResourceIdList):
            return failure("CloudTrailARNInvalidException")
        return {
            "ResourceTagList": [
                {"ResourceId": arn, "TagsList": [{"Key": k, "Value": v} for k, v in self.tags.get(arn, {}).items()]}
                for arn in ResourceIdList
            ]
        }


def updated(
    *, name: str = "sectrailprod", at: datetime = DELIVERED, event: str = "UpdateTrail", error: str = "", **request: Any
) -> dict[str, Any]:
    """One event as LookupEvents returns it, of a call with these request parameters."""
    record = {"eventName": event, "requestParameters": {"name": name, **request}}
    if error:
        record["errorCode"] = error
    return {"EventName": event, "EventTime": at, "CloudTrailEvent": json.dumps(record)}


def report(gateway: Any, **options: Any) -> dict[str, Any]:
    return TrailsReport(module_options("cloudtrail_central_info", **options), REGION).read(
        gateway, lambda _sentence: None
    )


def kinds(findings: Sequence[Any]) -> dict[str, str]:
    """The status of each kind, for findings as objects or as results."""
    results = [finding if isinstance(finding, dict) else vars(finding) for finding in findings]
    return {result["kind"]: result["status"] for result in results}
