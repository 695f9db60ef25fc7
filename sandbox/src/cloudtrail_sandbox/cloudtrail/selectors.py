# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Event selectors: which are valid, and which events they select.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudtrail_sandbox.cloudtrail.advanced_selectors import check_advanced, matches
from cloudtrail_sandbox.cloudtrail.basic_selectors import ALL_OF_TYPE, check_basic
from cloudtrail_sandbox.errors import ApiError

KINDS = ("EventSelectors", "AdvancedEventSelectors")
Selectors = dict[str, list[dict[str, Any]]]


def default_selectors() -> Selectors:
    """The selectors of a new trail: all management events."""
    return {"EventSelectors": check_basic([{}])}


def selected(parameters: Mapping[str, Any]) -> Selectors:
    """The checked selectors of a PutEventSelectors, of one kind; they replace those of both kinds."""
    given = [kind for kind in KINDS if parameters.get(kind) is not None]
    if len(given) != 1 or not parameters[given[0]]:
        sentence = "Specify either EventSelectors or AdvancedEventSelectors, and at least one selector."
        raise ApiError("InvalidEventSelectorsException", sentence)
    check = check_basic if given[0] == "EventSelectors" else check_advanced
    return {given[0]: check(parameters[given[0]])}


def logs_management_event(selectors: Mapping[str, Any], source: str, name: str, read_only: bool) -> bool:
    """Whether a trail with these selectors logs the event."""
    record = {
        "eventCategory": "Management",
        "eventSource": source,
        "eventName": name,
        "eventType": "AwsApiCall",
        "readOnly": str(read_only).lower(),
    }
    if "AdvancedEventSelectors" in selectors:
        return any(matches(selector, record) for selector in selectors["AdvancedEventSelectors"])
    return any(_logs(selector, source, read_only) for selector in selectors["EventSelectors"])


def logs_object_written(selectors: Mapping[str, Any], name: str, arn: str) -> bool:
    """Whether a trail with these selectors logs a write to an S3 object by an AWS service, which has no ARN itself."""
    kind = "AWS::S3::Object"
    record = {
        "eventCategory": "Data",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "readOnly": "false",
        "resources.type": kind,
        "resources.ARN": arn,
    }
    if "AdvancedEventSelectors" in selectors:
        return any(matches(selector, record) for selector in selectors["AdvancedEventSelectors"])
    return any(
        value in ALL_OF_TYPE[kind] or arn.startswith(value)
        for selector in selectors["EventSelectors"]
        if selector["ReadWriteType"] != "ReadOnly"
        for resource in selector["DataResources"]
        if resource["Type"] == kind
        for value in resource["Values"]
    )


def _logs(basic: Mapping[str, Any], source: str, read_only: bool) -> bool:
    return (
        basic["IncludeManagementEvents"]
        and source not in basic["ExcludeManagementEventSources"]
        and basic["ReadWriteType"] in ("All", "ReadOnly" if read_only else "WriteOnly")
    )
