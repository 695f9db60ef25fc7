# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Basic event selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudtrail_sandbox.errors import ApiError

MAX_SELECTORS = 5
MAX_DATA_RESOURCES = 250
READ_WRITE_TYPES = ("All", "ReadOnly", "WriteOnly")
EXCLUDABLE = {"kms.amazonaws.com", "rdsdata.amazonaws.com"}
#: Type of data resource -> the values that mean all of them, which the limit on data resources does not count.
ALL_OF_TYPE = {
    "AWS::S3::Object": ("arn:aws:s3", "arn:aws:s3:::"),
    "AWS::Lambda::Function": ("arn:aws:lambda",),
    "AWS::DynamoDB::Table": ("arn:aws:dynamodb",),
}


def check_basic(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selectors with defaults for missing members. Raises InvalidEventSelectorsException."""
    if len(given) > MAX_SELECTORS:
        raise invalid(f"A trail can have up to {MAX_SELECTORS} event selectors.")
    complete = [_complete(selector) for selector in given]
    for selector in complete:
        _check(selector)
    resources = [resource for selector in complete for resource in selector["DataResources"]]
    counted = sum(value not in ALL_OF_TYPE[resource["Type"]] for resource in resources for value in resource["Values"])
    if counted > MAX_DATA_RESOURCES:
        raise invalid(f"A trail is limited to {MAX_DATA_RESOURCES} data resources.")
    return complete


def _complete(selector: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ReadWriteType": selector.get("ReadWriteType", "All"),
        "IncludeManagementEvents": selector.get("IncludeManagementEvents", True),
        "DataResources": [dict(resource) for resource in selector.get("DataResources") or []],
        "ExcludeManagementEventSources": list(selector.get("ExcludeManagementEventSources") or []),
    }


def _check(selector: Mapping[str, Any]) -> None:
    if selector["ReadWriteType"] not in READ_WRITE_TYPES:
        raise invalid(f"ReadWriteType is not valid: {selector['ReadWriteType']}")
    unknown = set(selector["ExcludeManagementEventSources"]) - EXCLUDABLE
    if unknown:
        raise invalid(f"ExcludeManagementEventSources cannot have {', '.join(sorted(unknown))}.")
    if not selector["IncludeManagementEvents"] and not selector["DataResources"]:
        raise invalid("An event selector must include management events or data resources.")
    for resource in selector["DataResources"]:
        _check_resource(resource)


def _check_resource(resource: Mapping[str, Any]) -> None:
    kind, values = resource.get("Type"), resource.get("Values")
    if kind not in ALL_OF_TYPE:
        raise invalid(f"The type of a data resource is not valid: {kind}")
    if not values:
        raise invalid(f"The data resource of type {kind} has no values.")
    service = ALL_OF_TYPE[kind][0]
    for value in values:
        if value != service and not value.startswith(f"{service}:"):
            raise invalid(f"Value {value} for DataResources.Values is not valid.")
        if value.startswith(f"{service}:") and "*" in value:
            raise invalid(f"Value {value} for DataResources.Values is not valid: wildcards are not supported.")


def invalid(sentence: str) -> ApiError:
    return ApiError("InvalidEventSelectorsException", sentence)
