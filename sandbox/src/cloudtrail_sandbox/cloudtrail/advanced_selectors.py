# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Advanced event selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
Known deviations: any resources.type is accepted for data events; the form of the values is not checked, apart from
wildcards and the fixed values of eventCategory and readOnly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudtrail_sandbox.cloudtrail.basic_selectors import invalid

MAX_VALUES = 500
MAX_VALUE_LENGTH = 2048
MAX_NAME_LENGTH = 1000
OPERATORS: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "Equals": lambda value, given: value in given,
    "StartsWith": lambda value, given: value.startswith(tuple(given)),
    "EndsWith": lambda value, given: value.endswith(tuple(given)),
    "NotEquals": lambda value, given: value not in given,
    "NotStartsWith": lambda value, given: not value.startswith(tuple(given)),
    "NotEndsWith": lambda value, given: not value.endswith(tuple(given)),
}
EQUALS_ONLY = {"eventCategory", "readOnly", "resources.type"}
#: Category of events -> the fields that the selectors of a trail may have (event data stores may have more).
FIELDS = {
    "Management": {"eventCategory", "eventSource", "readOnly"},
    "Data": {
        "eventCategory", "eventName", "eventSource", "eventType", "readOnly", "resources.ARN", "resources.type",
        "sessionCredentialFromConsole", "userIdentity.arn",
    },
    "NetworkActivity": {"errorCode", "eventCategory", "eventName", "eventSource", "userIdentity.arn", "vpcEndpointId"},
}  # fmt: skip


def check_advanced(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selectors, or InvalidEventSelectorsException."""
    values = 0
    for selector in given:
        if len(selector.get("Name") or "") > MAX_NAME_LENGTH:
            raise invalid("The name of an advanced event selector is too long.")
        fields = selector["FieldSelectors"]
        for field in fields:
            values += _checked_field(field)
        _check_fields(fields)
    if values > MAX_VALUES:
        raise invalid(f"A trail can have up to {MAX_VALUES} values in all its advanced event selectors.")
    return [dict(selector) for selector in given]


def _checked_field(field: Mapping[str, Any]) -> int:
    """The number of values of a field selector, after a check of its operators."""
    used = {name: field[name] for name in OPERATORS if field.get(name)}
    if not used:
        raise invalid(f"Field {field['Field']} has no operator.")
    if field["Field"] in EQUALS_ONLY and set(used) != {"Equals"}:
        raise invalid(f"Field {field['Field']} supports Equals only.")
    values = [value for given in used.values() for value in given]
    for value in values:
        _check_value(field["Field"], value)
    return len(values)


def _check_value(field: str, value: str) -> None:
    """ "Selectors don't support the use of wildcards like *" (API_AdvancedFieldSelector)."""
    if len(value) > MAX_VALUE_LENGTH:
        raise invalid(f"A value of field {field} is too long.")
    if "*" in value:
        raise invalid(f"Value {value} of field {field} is not valid: wildcards are not supported.")


def _check_fields(fields: Sequence[Mapping[str, Any]]) -> None:
    by_name = {field["Field"]: field for field in fields}
    if len(by_name) != len(fields):
        raise invalid("A field can be used only once in an advanced event selector.")
    category = by_name.get("eventCategory", {}).get("Equals", [])
    if len(category) != 1 or category[0] not in FIELDS:
        raise invalid("An advanced event selector needs eventCategory Equals Management, Data or NetworkActivity.")
    unknown = sorted(set(by_name) - FIELDS[category[0]])
    if unknown:
        raise invalid(f"Field {unknown[0]} is not valid for events of category {category[0]}.")
    if category[0] == "Data" and len(by_name.get("resources.type", {}).get("Equals", [])) != 1:
        raise invalid("A selector of data events needs resources.type with one value.")
    if category[0] == "NetworkActivity" and "eventSource" not in by_name:
        raise invalid("A selector of network activity events needs eventSource.")
    if not set(by_name.get("readOnly", {}).get("Equals", [])) <= {"true", "false"}:
        raise invalid("readOnly is true or false.")


def matches(selector: Mapping[str, Any], record: Mapping[str, str]) -> bool:
    """Whether all fields of the selector match the record; a missing field counts as empty."""
    return all(
        OPERATORS[name](record.get(field["Field"], ""), field[name])
        for field in selector["FieldSelectors"]
        for name in OPERATORS
        if field.get(name)
    )
