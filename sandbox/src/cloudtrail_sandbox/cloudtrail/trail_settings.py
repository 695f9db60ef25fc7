# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of CreateTrail and UpdateTrail, and how responses show them.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from cloudtrail_sandbox.cloudtrail.input_checks import (
    check_bucket_name,
    check_key_reference,
    check_prefix,
    check_topic_name,
)
from cloudtrail_sandbox.cloudtrail.selectors import default_selectors
from cloudtrail_sandbox.cloudtrail.trails import PARTITION, Trail
from cloudtrail_sandbox.errors import ApiError

#: Request member -> field of the trail.
MEMBERS = {
    "S3BucketName": "bucket",
    "S3KeyPrefix": "prefix",
    "SnsTopicName": "topic_name",
    "IncludeGlobalServiceEvents": "global_events",
    "IsMultiRegionTrail": "multi_region",
    "EnableLogFileValidation": "validation",
    "CloudWatchLogsLogGroupArn": "log_group",
    "CloudWatchLogsRoleArn": "log_role",
    "KmsKeyId": "key",
    "IsOrganizationTrail": "organization",
    "RecursiveLogging": "recursive_logging",
}


def with_settings(trail: Trail, parameters: Mapping[str, Any]) -> Trail:
    """A copy of the trail with the settings of the request; all other settings stay.

    Only the form of the input is checked. The key stays as the request names it.
    """
    given = {MEMBERS[name]: value for name, value in parameters.items() if name in MEMBERS and value is not None}
    changed = replace(trail, **given)
    _check(changed, given)
    changed.topic_arn = _topic_arn(changed)
    return changed


def adopt(trail: Trail, changed: Trail) -> None:
    """Give the trail all settings of its checked copy."""
    for field in fields(Trail):
        setattr(trail, field.name, getattr(changed, field.name))


def _check(trail: Trail, given: Mapping[str, Any]) -> None:
    check_bucket_name(trail.bucket)
    check_prefix(trail.prefix)
    if given.get("topic_name"):
        check_topic_name(trail.topic_name)
    if given.get("key"):
        check_key_reference(trail.key)
    if given.get("log_group") and not given.get("log_role"):
        # Even if the trail has a role: https://github.com/hashicorp/terraform-provider-aws/issues/148
        sentence = "You must specify a role ARN as well as a log group."
        raise ApiError("InvalidCloudWatchLogsRoleArnException", sentence)
    if trail.multi_region and not trail.global_events:
        raise ApiError("InvalidParameterCombinationException", "Multi-Region trail must include global service events.")


def _topic_arn(trail: Trail) -> str:
    """The ARN of the topic; a name means one in the trail's own account and home Region."""
    if not trail.topic_name or trail.topic_name.startswith("arn:"):
        return trail.topic_name
    return f"arn:{PARTITION}:sns:{trail.home}:{trail.account}:{trail.topic_name}"


def settings_of(trail: Trail) -> dict[str, Any]:
    """The members that CreateTrail, UpdateTrail, GetTrail and DescribeTrails have in common."""
    members = {
        "Name": trail.name,
        "S3BucketName": trail.bucket,
        "S3KeyPrefix": trail.prefix,
        "SnsTopicName": trail.topic_name.rpartition(":")[2],
        "SnsTopicARN": trail.topic_arn,
        "IncludeGlobalServiceEvents": trail.global_events,
        "IsMultiRegionTrail": trail.multi_region,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": trail.validation,
        "CloudWatchLogsLogGroupArn": trail.log_group,
        "CloudWatchLogsRoleArn": trail.log_role,
        "KmsKeyId": trail.key,
        "IsOrganizationTrail": trail.organization,
        "RecursiveLogging": trail.recursive_logging,
    }
    return {name: value for name, value in members.items() if isinstance(value, bool) or value}


def description_of(trail: Trail) -> dict[str, Any]:
    """The members of a trail in GetTrail and DescribeTrails."""
    return settings_of(trail) | {
        "HomeRegion": trail.home,
        "HasCustomEventSelectors": trail.selectors not in ({}, default_selectors()),
        "HasInsightSelectors": bool(trail.insights),
    }
