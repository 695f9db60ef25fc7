# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Advanced event selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html (fields, operators, values)
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html (how conditions are evaluated)
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
Known deviations: a resources.type that AWS introduced after the list of resource_types.py is refused; ARNs and names of
services and events are not checked, apart from wildcards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from cloudtrail_sandbox.cloudtrail.basic_selectors import EXCLUDABLE, invalid
from cloudtrail_sandbox.cloudtrail.resource_types import DATA_RESOURCE_TYPES

MAX_VALUES = 500
MAX_VALUE_LENGTH = 2048
MAX_NAME_LENGTH = 1000
Comparison = Callable[[str, Sequence[str]], bool]
#: Operators that select. Those of one field are alternatives.
SELECT: dict[str, Comparison] = {
    "Equals": lambda value, given: value in given,
    "StartsWith": lambda value, given: value.startswith(tuple(given)),
    "EndsWith": lambda value, given: value.endswith(tuple(given)),
}
#: Operators that deselect: an event that meets any of these conditions is not logged. Here by what must hold.
DESELECT: dict[str, Comparison] = {
    "NotEquals": lambda value, given: value not in given,
    "NotStartsWith": lambda value, given: not value.startswith(tuple(given)),
    "NotEndsWith": lambda value, given: not value.endswith(tuple(given)),
}
OPERATORS = SELECT | DESELECT


class Field(NamedTuple):
    """What a field of a selector may have."""

    operators: tuple[str, ...] = tuple(OPERATORS)
    values: frozenset[str] = frozenset()  # empty: any
    several: bool = True  # whether it may have more than one value
    required: bool = False


ANY = Field()
READ_ONLY = Field(("Equals",), frozenset({"true", "false"}))
#: Category of events -> the fields that the selectors of a trail may have (event data stores may have more).
FIELDS = {
    "Management": {
        "eventCategory": Field(("Equals",), several=False, required=True),
        "eventSource": Field(("NotEquals",), frozenset(EXCLUDABLE)),
        "readOnly": READ_ONLY,
    },
    "Data": {
        "eventCategory": Field(("Equals",), several=False, required=True),
        "eventName": ANY,
        "eventSource": ANY,
        "eventType": ANY,
        "readOnly": READ_ONLY,
        "resources.ARN": ANY,
        "resources.type": Field(("Equals",), DATA_RESOURCE_TYPES, several=False, required=True),
        "sessionCredentialFromConsole": Field(("Equals", "NotEquals"), frozenset({"true"})),
        "userIdentity.arn": ANY,
    },
    "NetworkActivity": {
        "errorCode": Field(("Equals",), frozenset({"VpceAccessDenied"})),
        "eventCategory": Field(("Equals",), several=False, required=True),
        "eventName": ANY,
        "eventSource": Field(("Equals",), several=False, required=True),
        "userIdentity.arn": ANY,
        "vpcEndpointId": ANY,
    },
}


def check_advanced(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The selectors, or InvalidEventSelectorsException."""
    values = 0
    for selector in given:
        if len(selector.get("Name") or "") > MAX_NAME_LENGTH:
            raise invalid("The name of an advanced event selector is too long.")
        values += _checked_fields(selector["FieldSelectors"])
    if values > MAX_VALUES:
        raise invalid(f"A trail can have up to {MAX_VALUES} values in all its advanced event selectors.")
    return [dict(selector) for selector in given]


def _checked_fields(fields: Sequence[Mapping[str, Any]]) -> int:
    """The number of values of a selector, after a check of its fields."""
    by_name = {field["Field"]: field for field in fields}
    if len(by_name) != len(fields):
        raise invalid("A field can be used only once in an advanced event selector.")
    category = by_name.get("eventCategory", {}).get("Equals") or [""]
    allowed = FIELDS.get(category[0])
    if len(category) != 1 or allowed is None:
        raise invalid("An advanced event selector needs eventCategory Equals Management, Data or NetworkActivity.")
    missing = sorted(name for name, rule in allowed.items() if rule.required and name not in by_name)
    if missing:
        raise invalid(f"A selector of {category[0]} events needs {missing[0]}.")
    return sum(_checked_field(name, field, allowed.get(name), category[0]) for name, field in by_name.items())


def _checked_field(name: str, field: Mapping[str, Any], rule: Field | None, category: str) -> int:
    """The number of values of a field selector, after a check of its operators and values."""
    if rule is None:
        raise invalid(f"Field {name} is not valid for events of category {category}.")
    used = {operator: field[operator] for operator in OPERATORS if field.get(operator)}
    if not used:
        raise invalid(f"Field {name} has no operator.")
    if not set(used) <= set(rule.operators):
        raise invalid(f"Field {name} supports {', '.join(rule.operators)} only.")
    values = [value for given in used.values() for value in given]
    if len(values) > 1 and not rule.several:
        raise invalid(f"Field {name} supports one value only.")
    for value in values:
        _check_value(name, value, rule)
    return len(values)


def _check_value(name: str, value: str, rule: Field) -> None:
    """ "Selectors don't support the use of wildcards like *" (API_AdvancedFieldSelector)."""
    if len(value) > MAX_VALUE_LENGTH:
        raise invalid(f"A value of field {name} is too long.")
    if "*" in value:
        raise invalid(f"Value {value} of field {name} is not valid: wildcards are not supported.")
    if rule.values and value not in rule.values:
        raise invalid(f"{name} field value is not valid: {value}")


def matches(selector: Mapping[str, Any], record: Mapping[str, str]) -> bool:
    """Whether all fields of the selector match the record; a missing field counts as empty."""
    return all(_field_matches(field, record.get(field["Field"], "")) for field in selector["FieldSelectors"])


def _field_matches(field: Mapping[str, Any], value: str) -> bool:
    selecting = [name for name in SELECT if field.get(name)]
    return (not selecting or any(SELECT[name](value, field[name]) for name in selecting)) and all(
        DESELECT[name](value, field[name]) for name in DESELECT if field.get(name)
    )
