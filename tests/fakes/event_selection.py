# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Events, and which selectors record them, written from AWS's documentation and independent of the plugins.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html,
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html and
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._trail.event_options import EventOptions
from ansible_collections.central_logging.aws.plugins.module_utils._trail.selectors import Selector

from tests.fakes.support import BUCKET, trail_options, validate

LOG_BUCKET = f"arn:aws:s3:::{BUCKET}"
Event = dict[str, str]

_HOLDS: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "Equals": (True, lambda value, given: value == given),
    "StartsWith": (True, lambda value, given: value.startswith(given)),
    "EndsWith": (True, lambda value, given: value.endswith(given)),
    "NotEquals": (False, lambda value, given: value == given),
    "NotStartsWith": (False, lambda value, given: value.startswith(given)),
    "NotEndsWith": (False, lambda value, given: value.endswith(given)),
}


def recorded_by_advanced(selectors: Iterable[Mapping[str, Any]], event: Event) -> bool:
    """True if the event meets all conditions of one of the selectors."""
    return any(all(_met(field, event) for field in selector["FieldSelectors"]) for selector in selectors)


def _met(field: Mapping[str, Any], event: Event) -> bool:
    """Operators that select are alternatives; an event that meets one that deselects is not recorded."""
    value = event.get(field["Field"], "")
    selected, selecting = False, False
    for operator, (selects, holds) in _HOLDS.items():
        holding = any(holds(value, given) for given in field.get(operator, []))
        if holding and not selects:
            return False
        selecting = selecting or (selects and operator in field)
        selected = selected or (selects and holding)
    return selected or not selecting


def recorded_by_basic(selectors: Iterable[Mapping[str, Any]], event: Event) -> bool:
    return any(_basic(selector, event) for selector in selectors)


def _basic(selector: Mapping[str, Any], event: Event) -> bool:
    kind = selector.get("ReadWriteType", "All")
    if kind != "All" and event["readOnly"] != {"ReadOnly": "true", "WriteOnly": "false"}[kind]:
        return False
    if event["eventCategory"] == "Management":
        excluded = selector.get("ExcludeManagementEventSources", [])
        return selector.get("IncludeManagementEvents", True) and event["eventSource"] not in excluded
    return any(_resource(resource, event) for resource in selector.get("DataResources", []))


def _resource(resource: Mapping[str, Any], event: Event) -> bool:
    if resource["Type"] != event["resources.type"]:
        return False
    everything = ("arn:aws:s3", "arn:aws:s3:::", "arn:aws:lambda")
    arn = event["resources.ARN"]
    if resource["Type"] == "AWS::S3::Object":
        return any(value in everything or arn.startswith(value) for value in resource["Values"])
    return any(value in everything or arn == value for value in resource["Values"])


ARNS = {
    "AWS::S3::Object": [
        "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/x",
        "arn:aws:s3:::customers/a/1",
        "arn:aws:s3:::customers/b/1",
        "arn:aws:s3:::customers-more/a/1",
    ],
    "AWS::Lambda::Function": [
        "arn:aws:lambda:us-east-1:111122223333:function:one",
        "arn:aws:lambda:us-east-1:111122223333:function:one-more",
    ],
    "AWS::DynamoDB::Table": ["arn:aws:dynamodb:us-east-1:111122223333:table/t"],
}

EVENTS: list[Event] = [
    *(
        {"eventCategory": "Management", "readOnly": read, "eventSource": source}
        for read, source in itertools.product(
            ("true", "false"), ("iam.amazonaws.com", "kms.amazonaws.com", "rdsdata.amazonaws.com")
        )
    ),
    *(
        {"eventCategory": "Data", "readOnly": read, "eventSource": "x", "resources.type": kind, "resources.ARN": arn}
        for read in ("true", "false")
        for kind, arns in ARNS.items()
        for arn in arns
    ),
]


def options(**given: Any) -> EventOptions:
    if "data_events" in given:
        given["data_events"] = {"s3": None, "lambda": None, **(given["data_events"] or {})}
    return EventOptions.from_params(trail_options(**given))


def compose(current: Sequence[Selector] | None, **given: Any) -> list[dict[str, Any]]:
    """The composed selectors as AWS receives them, checked against its model."""
    selectors = [selector.as_aws() for selector in options(**given).compose(current, LOG_BUCKET)]
    validate("cloudtrail", "put_event_selectors", {"TrailName": "trail", "AdvancedEventSelectors": selectors})
    return selectors
