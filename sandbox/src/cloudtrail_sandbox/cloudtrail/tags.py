# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tags of trails.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html
Known deviation: the characters of keys and values are not checked, only their lengths and the reserved "aws:".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudtrail_sandbox.cloudtrail.trails import Trail, Trails, parse_reference, wrong_region
from cloudtrail_sandbox.errors import ApiError

MAX_TAGS = 50
MAX_KEY = 128
MAX_VALUE = 256


def with_tags(have: Mapping[str, str], given: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The tags of a trail after the addition of others."""
    keys = [str(tag["Key"]) for tag in given]
    if len(set(keys)) != len(keys):
        raise ApiError("InvalidTagParameterException", "Duplicate tag keys are not allowed.")
    for tag in given:
        _check(str(tag["Key"]), str(tag.get("Value") or ""))
    tags = {**have, **{str(tag["Key"]): str(tag.get("Value") or "") for tag in given}}
    if len(tags) > MAX_TAGS:
        raise ApiError("TagsLimitExceededException", f"The number of tags exceeds the limit of {MAX_TAGS}.")
    return tags


def _check(key: str, value: str) -> None:
    if not 1 <= len(key) <= MAX_KEY or len(value) > MAX_VALUE:
        raise ApiError("InvalidTagParameterException", f"The key or value of tag {key!r} is too long.")
    if key.lower().startswith("aws:"):
        raise ApiError("InvalidTagParameterException", 'Tag keys cannot start with "aws:".')


def tagged_trail(trails: Trails, arn: str, account: str, region: str) -> Trail:
    """The trail of an ARN, in its own account and home Region only.

    The operations on tags have no InvalidHomeRegionException: another Region makes the ARN invalid.
    """
    if not arn.startswith("arn:"):
        raise ApiError("CloudTrailARNInvalidException", f"ARN {arn} is not a valid trail ARN.")
    parts = parse_reference(arn, account, region)
    trail = trails.by_arn(arn)
    if parts["account"] != account and not trails.managed_by(trail, account):
        raise ApiError("CloudTrailARNInvalidException", "AccountID in ARN is wrong.")
    if parts["region"] != region:
        raise wrong_region(region)
    if trail is None:
        raise ApiError("ResourceNotFoundException", f"Resource not found: {arn}")
    return trail


def listed(trail: Trail) -> dict[str, Any]:
    """One entry of ListTags."""
    tags = [{"Key": key, "Value": value} if value else {"Key": key} for key, value in trail.tags.items()]
    return {"ResourceId": trail.arn, "TagsList": tags}
