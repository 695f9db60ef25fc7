# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A trail as it is or should be, to and from AWS's form. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from . import selectors as _selectors
from .selectors import Selector

# attribute of TrailState: member of GetTrail's reply, parameter of CreateTrail and UpdateTrail
ATTRIBUTES = {
    "bucket": ("S3BucketName", "S3BucketName"),
    "key_prefix": ("S3KeyPrefix", "S3KeyPrefix"),
    "kms_key": ("KmsKeyId", "KmsKeyId"),
    "sns_topic": ("SnsTopicARN", "SnsTopicName"),
    "multi_region": ("IsMultiRegionTrail", "IsMultiRegionTrail"),
    "include_global_service_events": ("IncludeGlobalServiceEvents", "IncludeGlobalServiceEvents"),
    "log_file_validation": ("LogFileValidationEnabled", "EnableLogFileValidation"),
    "is_organization_trail": ("IsOrganizationTrail", "IsOrganizationTrail"),
    "cloudwatch_logs_group_arn": ("CloudWatchLogsLogGroupArn", "CloudWatchLogsLogGroupArn"),
    "cloudwatch_logs_role_arn": ("CloudWatchLogsRoleArn", "CloudWatchLogsRoleArn"),
}
Insight = tuple[str, tuple[str, ...]]  # type, event categories


@dataclass(frozen=True)
class TrailState:
    """One trail; C(exists) false where there is none. Text is empty and flags are false where AWS has nothing set."""

    name: str
    exists: bool = False
    arn: str = ""
    home_region: str = ""
    bucket: str = ""
    key_prefix: str = ""
    kms_key: str = ""  # the key's ARN
    sns_topic: str = ""  # the topic's ARN
    multi_region: bool = False
    include_global_service_events: bool = False
    log_file_validation: bool = False
    is_organization_trail: bool = False
    cloudwatch_logs_group_arn: str = ""
    cloudwatch_logs_role_arn: str = ""
    logging: bool = False
    selectors: tuple[Selector, ...] = ()
    insights: tuple[Insight, ...] | None = None  # None: not read
    tags: Mapping[str, str] | None = None  # None: not read
    latest_delivery_time: str = field(default="", compare=False)  # ISO 8601, as AWS tells it in the home Region
    latest_delivery_error: str = field(default="", compare=False)
    reference: str = field(default="", compare=False)  # name or ARN by which calls after CreateTrail find it
    not_replaced: str = field(default="", compare=False)  # why the trail that is to replace it cannot do so yet
    wanted_key: str = field(default="", compare=False)  # the kms_key option as a key's ARN, where it could be found out
    key_missing: bool = field(default=False, compare=False)

    def updated(self, reply: Mapping[str, Any]) -> TrailState:
        """With what a reply of GetTrail, CreateTrail or UpdateTrail says."""
        known: dict[str, Any] = {}
        for attribute, (member, _parameter) in ATTRIBUTES.items():
            empty = type(getattr(TrailState("x"), attribute))()
            known[attribute] = reply.get(member) or empty
        arn = reply.get("TrailARN", "")
        home = reply.get("HomeRegion") or self.home_region or (arn.split(":")[3] if arn else "")
        return replace(self, exists=True, arn=arn, home_region=home, **known)

    def as_result(self) -> dict[str, Any]:
        """For the return value."""
        hidden = ("exists", "wanted_key", "key_missing", "reference", "not_replaced", "selectors", "insights", "tags")
        result = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in hidden}
        result["event_selectors"] = [selector.as_aws() for selector in self.selectors]
        if self.insights is not None:
            result["insights"] = [kind for kind, _categories in self.insights]
        if self.tags is not None:
            result["tags"] = dict(self.tags)
        return result

    def as_diff(self) -> dict[str, Any]:
        """For the diff: what is set, with a line for each event selector."""
        if not self.exists:
            return {}
        lines = {f"{number} {item.name}".strip(): str(item) for number, item in enumerate(self.selectors, 1)}
        shown = {**self.as_result(), "event_selectors": lines, "latest_delivery_time": "", "latest_delivery_error": ""}
        return {key: value for key, value in shown.items() if value != ""}


def insights_of(reply: Mapping[str, Any] | None) -> tuple[Insight, ...]:
    """What GetInsightSelectors answers; nothing where Insights are not enabled."""
    found = (reply or {}).get("InsightSelectors") or []
    return tuple(sorted((item["InsightType"], tuple(sorted(item.get("EventCategories") or ()))) for item in found))


def weakenings(before: TrailState, desired: TrailState) -> list[str]:
    """In words, what a change would take away from the logging."""
    log_bucket = f"arn:{(desired.arn or before.arn).split(':')[1]}:s3:::{desired.bucket}/" if before.arn else ""
    losses = [
        (before.multi_region and not desired.multi_region, "it would record one Region only (multi_region)"),
        (
            before.log_file_validation and not desired.log_file_validation,
            "no digests would be written (log_file_validation)",
        ),
        (
            before.include_global_service_events and not desired.include_global_service_events,
            "global services would not be recorded (include_global_service_events)",
        ),
        (
            before.is_organization_trail and not desired.is_organization_trail,
            "the members of the organization would lose it",
        ),
        (bool(before.kms_key) and not desired.kms_key, "logs would not be encrypted with a KMS key (kms_key)"),
        (before.logging and not desired.logging, "it would stop logging (logging)"),
        (
            bool(before.cloudwatch_logs_group_arn) and not desired.cloudwatch_logs_group_arn,
            "nothing would go to CloudWatch Logs (cloudwatch_logs_group_arn)",
        ),
        (bool(before.sns_topic) and not desired.sns_topic, "nobody would be notified (sns_topic)"),
        (_lost_insights(before, desired), "it would record fewer Insights events (insights)"),
    ]
    sentences = [sentence for is_lost, sentence in losses if is_lost]
    for selector in _selectors.lost(before.selectors, desired.selectors, log_bucket):
        sentences.append(
            f"it would no longer record every event of selector {selector.name or 'without a name'} ({selector})"
        )
    return sentences


def _lost_insights(before: TrailState, desired: TrailState) -> bool:
    there, wanted = before.insights or (), desired.insights or ()
    return bool({kind for kind, _categories in there} - {kind for kind, _categories in wanted})
