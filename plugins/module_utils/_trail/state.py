# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A trail's current or desired state, and what a change would no longer record. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .recorded_events import lost_selectors
from .selectors import Selector, from_aws, same_events

# what a trail records if PutEventSelectors was never called
_CLOUDTRAIL_DEFAULT = from_aws({"EventSelectors": [{}]})
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
# attribute of TrailState: what happens if it becomes false or empty
_LOSSES = {
    "multi_region": "it would record one Region only",
    "log_file_validation": "it would write no digests",
    "include_global_service_events": "it would not record global services",
    "is_organization_trail": "it would not record the members of the organization",
    "kms_key": "its log files would not be encrypted with a KMS key",
    "logging": "it would stop logging",
    "cloudwatch_logs_group_arn": "it would not send events to CloudWatch Logs",
    "sns_topic": "it would not send notifications",
}
# attribute of TrailState that says where log files are and who can read them: what another value changes
_DESTINATION = {
    "bucket": "it would deliver to bucket {wanted} instead of bucket {current}",
    "key_prefix": "it would deliver with {wanted} instead of {current}",
    "kms_key": "its log files would be encrypted with key {wanted} instead of key {current}",
}
Insight = tuple[str, tuple[str, ...]]  # type, event categories


@dataclass(frozen=True, kw_only=True)
class TrailState:
    """One trail. Text is empty and a flag is false if AWS has no value for it."""

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
    recursive_logging: bool | None = field(default=None, compare=False)  # None: not returned
    logging: bool = False
    has_logged: bool = False  # false: StartLogging was never called
    selectors: tuple[Selector, ...] = ()
    advanced: bool = field(default=False, compare=False)  # whether AWS has returned advanced selectors
    insights: tuple[Insight, ...] | None = None  # None: not read
    tags: Mapping[str, str] | None = None  # None: not read
    latest_delivery_time: str = field(default="", compare=False)  # ISO 8601, of the home Region
    latest_delivery_error: str = field(default="", compare=False)

    @property
    def is_new(self) -> bool:
        """True if the trail does not exist, or if it is the remains of a run that ended before StartLogging."""
        return not (self.exists and self.has_logged)

    @property
    def has_default_selectors(self) -> bool:
        """True if the trail records what CloudTrail records by default: all management events."""
        return same_events(self.selectors, _CLOUDTRAIL_DEFAULT)

    @property
    def has_delivered(self) -> bool:
        """True if CloudTrail has delivered a log file or has failed to."""
        return bool(self.latest_delivery_time or self.latest_delivery_error)

    def updated(self, reply: Mapping[str, Any]) -> TrailState:
        """The state with the values of a reply of GetTrail, CreateTrail, UpdateTrail or DescribeTrails."""
        # a reply leaves out what is not set
        unset: dict[str, Any] = {item.name: item.default for item in fields(self)}
        settings = {
            attribute: reply.get(member) or unset[attribute] for attribute, (member, _argument) in ATTRIBUTES.items()
        }
        arn = reply.get("TrailARN", "")
        home = reply.get("HomeRegion") or self.home_region or (arn.split(":")[3] if arn else "")
        recursive = reply.get("RecursiveLogging", self.recursive_logging)
        return replace(self, exists=True, arn=arn, home_region=home, recursive_logging=recursive, **settings)

    def settings(self) -> dict[str, Any]:
        """Name, ARN, home Region, ATTRIBUTES and recursive logging, by the names of the return values."""
        names = ("name", "arn", "home_region", *ATTRIBUTES, "recursive_logging")
        return {name: getattr(self, name) for name in names}

    def as_result(self) -> dict[str, Any]:
        """The return value C(trail). Insights and tags are left out if they were not read."""
        result = {
            **self.settings(),
            "logging": self.logging,
            "latest_delivery_time": self.latest_delivery_time,
            "latest_delivery_error": self.latest_delivery_error,
            "event_selectors": [selector.as_aws() for selector in self.selectors],
        }
        return result | self._insights_and_tags()

    def as_diff(self) -> dict[str, Any]:
        """One side of the diff: what is set, with a line for each event selector. Empty if there is no trail."""
        if not self.exists:
            return {}
        lines = {
            f"{number} {selector.name}".strip(): str(selector) for number, selector in enumerate(self.selectors, 1)
        }
        shown = {**self.settings(), "logging": self.logging, "event_selectors": lines, **self._insights_and_tags()}
        return {key: value for key, value in shown.items() if value not in ("", None)}

    def _insights_and_tags(self) -> dict[str, Any]:
        insights = {} if self.insights is None else {"insights": [kind for kind, _categories in self.insights]}
        return insights | ({} if self.tags is None else {"tags": dict(self.tags)})


@dataclass(frozen=True, kw_only=True)
class WantedKey:
    """The key that option kms_key names."""

    identifier: str = ""  # its ARN; the option's value if AWS does not show the key; empty without a value
    exists: bool = True  # false if KMS has no such key


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """What AWS knows about the options, in addition to the trail itself."""

    reference: str  # the name or ARN that finds the trail in calls after CreateTrail
    key: WantedKey = field(default_factory=WantedKey)
    unfinished: bool = False  # a run was interrupted before it put the event selectors
    not_replaceable: str = ""  # why the trail of option replaced_by cannot replace this trail yet


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A trail's state with the lookups of the same read. Two snapshots are equal if the states are."""

    state: TrailState
    lookup: Lookup = field(compare=False)


def insights_of(reply: Mapping[str, Any] | None) -> tuple[Insight, ...]:
    """The Insights in a reply of GetInsightSelectors; none if the reply is None, because they are not enabled."""
    selectors = (reply or {}).get("InsightSelectors") or []
    return tuple(sorted((item["InsightType"], tuple(sorted(item.get("EventCategories") or ()))) for item in selectors))


def moves(before: TrailState, desired: TrailState) -> list[str]:
    """Where log files would be delivered to instead, and with which other key, as clauses of a sentence.

    To add a key is not a loss. To remove it is in C(_LOSSES).
    """
    clauses = []
    for attribute, clause in _DESTINATION.items():
        current, wanted = getattr(before, attribute), getattr(desired, attribute)
        if attribute == "key_prefix":
            current, wanted = (f"prefix {value}" if value else "no prefix" for value in (current, wanted))
        if current != wanted and current and wanted:
            clauses.append(f"{clause.format(current=current, wanted=wanted)} ({attribute})")
    return clauses


def weakenings(before: TrailState, desired: TrailState) -> list[str]:
    """What the trail would no longer do after the change, as clauses of a sentence about the trail.

    A trail that has never logged loses nothing.
    """
    if before.is_new:
        return []
    clauses = moves(before, desired)
    clauses += [
        f"{clause} ({attribute})"
        for attribute, clause in _LOSSES.items()
        if getattr(before, attribute) and not getattr(desired, attribute)
    ]
    if {insight[0] for insight in before.insights or ()} - {insight[0] for insight in desired.insights or ()}:
        clauses.append("it would record fewer Insights events (insights)")
    log_bucket = f"arn:{before.arn.split(':')[1]}:s3:::{desired.bucket}/" if before.arn else ""
    return clauses + [
        f"it would no longer record every event of selector {selector.name or 'without a name'} ({selector})"
        for selector in lost_selectors(before.selectors, desired.selectors, log_bucket)
    ]
