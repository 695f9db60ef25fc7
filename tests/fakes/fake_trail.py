# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gateway to an AWS account with at most one trail, held in memory."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import Outcome, reconcile
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource import TrailResource

from tests.fakes.support import KEY, KEY_ID, PRODUCTION, REGION, FakeGateway, failure, trail_options

NAME = "sectrailprod"
ARN = f"arn:aws:cloudtrail:{REGION}:{PRODUCTION}:trail/{NAME}"
TIME = datetime(2026, 11, 25, tzinfo=timezone.utc)
DEFAULT = [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]
# parameter of CreateTrail and UpdateTrail: member of GetTrail's reply
_MEMBERS = {"EnableLogFileValidation": "LogFileValidationEnabled", "SnsTopicName": "SnsTopicARN"}


class FakeCloudTrail(FakeGateway):
    """The operations of CloudTrail that one trail needs, in one account and Region."""

    def __init__(self, trail: dict[str, Any] | None = None, **details: Any) -> None:
        operations = {
            name[1:]: getattr(self, name) for name in dir(type(self)) if name.startswith("_") and name[1] != "_"
        }
        super().__init__({("cloudtrail", name): method for name, method in operations.items()}, PRODUCTION)
        metadata = {"Arn": KEY, "AWSAccountId": "111122223333", "KeyState": "Enabled"}
        self.replies["kms", "describe_key"] = {"KeyMetadata": metadata}
        self.trail = {"Name": NAME, "TrailARN": ARN, "HomeRegion": REGION, **trail} if trail else None
        self.selectors: dict[str, Any] = details.get("selectors", {"EventSelectors": DEFAULT})
        self.insights: list[dict[str, Any]] | None = details.get("insights")
        self.tags: dict[str, str] = details.get("tags", {})
        self.logging: bool = details.get("logging", bool(trail))
        self.started: bool = details.get("started", bool(trail))  # whether StartLogging was ever called
        self.delivered: bool = details.get("delivered", bool(trail))

    @property
    def writes(self) -> list[str]:
        return [name for name in self.operations if not name.startswith(("get_", "list_", "describe_"))]

    def _get_trail(self, Name: str) -> Any:
        return {"Trail": dict(self.trail)} if self.trail else failure("TrailNotFoundException")

    def _get_event_selectors(self, TrailName: str) -> Any:
        return {"TrailARN": ARN, **self.selectors}

    def _get_trail_status(self, Name: str) -> Any:
        times = {"StartLoggingTime": self.started, "LatestDeliveryTime": self.delivered}
        return {"IsLogging": self.logging, **{name: TIME for name, reached in times.items() if reached}}

    def _get_insight_selectors(self, TrailName: str) -> Any:
        return failure("InsightNotEnabledException") if not self.insights else {"InsightSelectors": self.insights}

    def _list_tags(self, ResourceIdList: list[str]) -> Any:
        tags = [{"Key": key, "Value": value} for key, value in self.tags.items()]
        return {"ResourceTagList": [{"ResourceId": ResourceIdList[0], "TagsList": tags}]}

    def _create_trail(self, Name: str, TagsList: list[dict[str, str]] | None = None, **parameters: Any) -> Any:
        if self.trail:
            return failure("TrailAlreadyExistsException")
        self.trail = {"Name": Name, "TrailARN": ARN, "HomeRegion": REGION, "IncludeGlobalServiceEvents": True}
        self.tags = {tag["Key"]: tag["Value"] for tag in TagsList or []}
        return self._update_trail(ARN, **parameters)

    def _update_trail(self, Name: str, **parameters: Any) -> Any:
        assert self.trail is not None
        self.trail.update({_MEMBERS.get(name, name): value for name, value in parameters.items()})
        topic = self.trail.get("SnsTopicARN", "")
        if topic and not topic.startswith("arn:"):
            self.trail["SnsTopicARN"] = f"arn:aws:sns:{REGION}:{PRODUCTION}:{topic}"
        if self.trail.get("KmsKeyId") in (KEY_ID, "alias/central"):
            self.trail["KmsKeyId"] = KEY
        self.trail = {name: value for name, value in self.trail.items() if value != ""}
        return {name: value for name, value in self.trail.items() if name != "HomeRegion"}

    def _delete_trail(self, Name: str) -> Any:
        self.trail = None
        return {}

    def _put_event_selectors(self, TrailName: str, AdvancedEventSelectors: list[dict[str, Any]]) -> Any:
        assert AdvancedEventSelectors, "CloudTrail refuses an empty list"
        self.selectors = {"AdvancedEventSelectors": AdvancedEventSelectors}
        return {"TrailARN": ARN, **self.selectors}

    def _put_insight_selectors(self, TrailName: str, InsightSelectors: list[dict[str, Any]]) -> Any:
        self.insights = InsightSelectors
        return {"TrailARN": ARN, "InsightSelectors": InsightSelectors}

    def _add_tags(self, ResourceId: str, TagsList: list[dict[str, str]]) -> Any:
        self.tags.update({tag["Key"]: tag["Value"] for tag in TagsList})
        return {}

    def _remove_tags(self, ResourceId: str, TagsList: list[dict[str, str]]) -> Any:
        for tag in TagsList:
            del self.tags[tag["Key"]]
        return {}

    def _start_logging(self, Name: str) -> Any:
        self.logging = self.started = True
        return {}

    def _stop_logging(self, Name: str) -> Any:
        self.logging = False
        return {}


def trail(**options: Any) -> TrailResource:
    return TrailResource(trail_options(**options), REGION)


def run(gateway: FakeCloudTrail, *, dry_run: bool = False, **options: Any) -> Outcome:
    """Reconcile without pauses."""
    return reconcile(trail(**options), gateway, dry_run=dry_run, pause=lambda _seconds: None)


def refused_by(code: str, *operations: str) -> dict[tuple[str, str], AwsFailure]:
    """Replies with which these operations fail."""
    return {("cloudtrail", operation): failure(code) for operation in operations}
