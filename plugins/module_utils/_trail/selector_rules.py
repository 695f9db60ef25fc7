# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The event selectors that a trail cannot have: fields, operators and values of each category, and limits. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The tables are those for trails; event data stores have more fields:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html,
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
The limits of basic selectors (5 selectors, 250 resources) do not apply, because only advanced selectors are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .._core.errors import Refused
from .selectors import OPERATORS, Selector

# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html (ExcludeManagementEventSources)
EXCLUDABLE_SOURCES = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
MAX_VALUES = 500  # over all selectors of a trail
_MAX_NAME, _MAX_VALUE = 1000, 2048  # characters
_BOOLEANS = ("True", "False")  # as Ansible passes a boolean of YAML to an option that is text


class FieldRule(NamedTuple):
    """What a condition about a field may have."""

    operators: Sequence[str] = OPERATORS
    values: frozenset[str] = frozenset()  # empty: any
    is_single: bool = False  # has exactly one value
    is_required: bool = False


_FREE = FieldRule()
_READ_ONLY = FieldRule(operators=("Equals",), values=frozenset({"true", "false"}))
_ONE_REQUIRED = FieldRule(operators=("Equals",), is_single=True, is_required=True)
_RULES: dict[str, dict[str, FieldRule]] = {
    "Data": {
        "eventCategory": _ONE_REQUIRED,
        "resources.type": _ONE_REQUIRED,
        "readOnly": _READ_ONLY,
        "eventName": _FREE,
        "eventSource": _FREE,
        "eventType": _FREE,
        "resources.ARN": _FREE,
        "sessionCredentialFromConsole": FieldRule(operators=("Equals", "NotEquals"), values=frozenset({"true"})),
        "userIdentity.arn": _FREE,
    },
    "Management": {
        "eventCategory": _ONE_REQUIRED,
        "readOnly": _READ_ONLY,
        "eventSource": FieldRule(operators=("NotEquals",), values=EXCLUDABLE_SOURCES),
    },
    "NetworkActivity": {
        "eventCategory": _ONE_REQUIRED,
        "eventSource": _ONE_REQUIRED,
        "eventName": _FREE,
        "errorCode": FieldRule(operators=("Equals",), values=frozenset({"VpceAccessDenied"})),
        "userIdentity.arn": _FREE,
        "vpcEndpointId": _FREE,
    },
}
# required field of _RULES: its value
_NEEDED = {
    "resources.type": "type for data events, such as AWS::S3::Object",
    "eventSource": "service for network activity events, such as ec2.amazonaws.com",
}


def refuse_name(name: str, label: str) -> None:
    """Raises Refused for a name of a selector that CloudTrail would refuse."""
    if len(name) > _MAX_NAME:
        raise Refused(f"{label} has a name of {len(name)} characters. CloudTrail accepts {_MAX_NAME}.")
    if name.splitlines() != [name] and name:
        raise Refused(f"{label} has a name of several lines. Use a single line.")


def refuse_values(values: Iterable[str], label: str) -> None:
    """Raises Refused for a value that no field can have, or that CloudTrail understands in another way."""
    for value in values:
        if value in _BOOLEANS:
            raise Refused(
                f"{label} contains the boolean {value}, because YAML does not read an unquoted true, false, yes, no, on"
                f" or off as text. Use quotes, such as {_quoted('true')}."
            )
        if value.splitlines() != [value]:
            raise Refused(f"{label} contains a value that is empty or has several lines. Use a single line.")
        if len(value) > _MAX_VALUE:
            raise Refused(f"{label} contains a value of {len(value)} characters. CloudTrail accepts {_MAX_VALUE}.")
        if "*" in value:
            raise Refused(
                f"{label} contains a wildcard, which CloudTrail does not support. Use starts_with or ends_with."
            )


def refuse_sources(sources: Iterable[str], label: str) -> None:
    """Raises Refused for a service whose management events cannot be excluded."""
    for source in sources:
        if source not in EXCLUDABLE_SOURCES:
            raise Refused(
                f"{label}: the management events of {source!r} cannot be excluded. CloudTrail can exclude"
                f" {_listed(EXCLUDABLE_SOURCES, 'and')}."
            )


def refuse_fields(selector: Selector, label: str) -> None:
    """Raises Refused for a selector whose fields, operators or values do not belong to its category of events."""
    for field, operator, _values in selector.conditions:
        if field == "eventCategory" and operator != "Equals":
            raise Refused(f"{label}: field eventCategory does not support {operator}. Use equals.")
    category = next(iter(sorted(selector.values("eventCategory", "Equals"))), "")
    rules = _RULES.get(category)
    if rules is None or len(selector.values("eventCategory", "Equals")) != 1:
        raise Refused(f"{label}: field eventCategory must equal one of {', '.join(_RULES)}.")
    for field, operator, values in sorted(selector.conditions, key=lambda condition: condition[:2]):
        if field not in rules:
            raise Refused(
                f"{label}: field {field} is not valid for {category} events of a trail. Use {_listed(rules, 'or')}."
            )
        _refuse_condition(f"{label}: field {field}", rules[field], operator, values)
    for field, rule in rules.items():
        if rule.is_required and len(selector.values(field, "Equals")) != 1:
            raise Refused(f"{label}: field {field} must equal one {_NEEDED[field]}. Use a selector for each.")


def _refuse_condition(label: str, rule: FieldRule, operator: str, values: Iterable[str]) -> None:
    if operator not in rule.operators:
        options = (_option(name) for name in rule.operators)
        raise Refused(f"{label} does not support {operator}. Use {_listed(options, 'or')}.")
    unknown = sorted(set(values) - rule.values)
    if rule.values and unknown:
        raise Refused(f"{label} does not accept {unknown[0]!r}. Use {_listed(map(_quoted, rule.values), 'or')}.")


def refuse_count(selectors: Iterable[Selector]) -> None:
    """Raises Refused for more values than a trail can have."""
    count = sum(len(condition.values) for selector in selectors for condition in selector.conditions)
    if count > MAX_VALUES:
        raise Refused(
            f"The event selectors contain {count} values. CloudTrail accepts {MAX_VALUES} over all selectors of a"
            f" trail. Select by prefix, or record all events and filter when you read them."
        )


def _option(operator: str) -> str:
    """The option of an operator: C(not_equals) for C(NotEquals)."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operator).lstrip("_")


def _quoted(value: str) -> str:
    return f'"{value}"'


def _listed(names: Iterable[str], last: str) -> str:
    *first, final = sorted(names)
    return f"{', '.join(first)} {last} {final}" if first else final
