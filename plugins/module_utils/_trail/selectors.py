# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Event selectors: one form for both of AWS's, what they record, and whether a change records less. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html and
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MANAGEMENT, S3, LAMBDA, OTHER = "management", "AWS::S3::Object", "AWS::Lambda::Function", "other"
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")

Condition = tuple[str, str, frozenset[str]]  # field, operator, values


@dataclass(frozen=True)
class Selector:
    """One advanced event selector; all its conditions have to hold, of each any one value."""

    name: str
    conditions: frozenset[Condition]

    @property
    def kind(self) -> str:
        """What it selects: management events, S3 objects, Lambda functions, or something else."""
        if ("eventCategory", "Equals", frozenset({"Management"})) in self.conditions:
            return MANAGEMENT
        types = self.values("resources.type", "Equals")
        return next(iter(types)) if types in ({S3}, {LAMBDA}) else OTHER

    def values(self, field: str, operator: str) -> frozenset[str]:
        return next((v for f, o, v in self.conditions if (f, o) == (field, operator)), frozenset())

    def as_aws(self) -> dict[str, Any]:
        fields: dict[str, dict[str, Any]] = {}
        for field, operator, values in sorted(self.conditions, key=lambda c: (c[0] != "eventCategory", c[0], c[1])):
            fields.setdefault(field, {"Field": field})[operator] = sorted(values)
        selector: dict[str, Any] = {"Name": self.name} if self.name else {}
        return {**selector, "FieldSelectors": list(fields.values())}

    def __str__(self) -> str:
        words = [
            f"{field} {operator} {', '.join(sorted(values))}" for field, operator, values in sorted(self.conditions)
        ]
        return "; ".join(words)


def selector(name: str, *conditions: tuple[str, str, Iterable[str]]) -> Selector:
    return Selector(name, frozenset((field, operator, frozenset(values)) for field, operator, values in conditions))


def from_aws(reply: Mapping[str, Any]) -> tuple[Selector, ...]:
    """What GetEventSelectors answers, of either form."""
    advanced = reply.get("AdvancedEventSelectors") or []
    if advanced:
        return tuple(from_advanced(item) for item in advanced)
    return tuple(found for item in reply.get("EventSelectors") or [] for found in _from_basic(item))


def from_advanced(item: Mapping[str, Any]) -> Selector:
    conditions = [
        (field["Field"], operator, field[operator])
        for field in item["FieldSelectors"]
        for operator in OPERATORS
        if field.get(operator)
    ]
    return selector(item.get("Name", ""), *conditions)


def _from_basic(item: Mapping[str, Any]) -> Iterable[Selector]:
    """Advanced selectors that record the same events as a basic one."""
    only = {"ReadOnly": "true", "WriteOnly": "false"}.get(item.get("ReadWriteType", "All"))
    read_only = [("readOnly", "Equals", (only,))] if only else []
    if item.get("IncludeManagementEvents", True):
        sources = item.get("ExcludeManagementEventSources") or []
        excluded = [("eventSource", "NotEquals", sources)] if sources else []
        yield selector(
            "Management events selector", ("eventCategory", "Equals", ("Management",)), *read_only, *excluded
        )
    for resource in item.get("DataResources") or []:
        if not resource.get("Values"):
            continue
        data = (("eventCategory", "Equals", ("Data",)), ("resources.type", "Equals", (resource["Type"],)))
        yield selector("", *data, *read_only, *arn_condition(resource["Type"], resource["Values"]))


def arn_condition(kind: str, arns: Sequence[str]) -> list[tuple[str, str, Sequence[str]]]:
    """The condition for a list of ARNs; none where one of them means all.

    S3 ARNs are prefixes, those of Lambda functions exact:
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
    """
    if any(means_all(arn) for arn in arns):
        return []
    return [("resources.ARN", "StartsWith" if kind == S3 else "Equals", arns)]


def means_all(arn: str) -> bool:
    """C(arn:aws:s3), C(arn:aws:s3:::), C(arn:aws:lambda): every resource of the service."""
    parts = arn.split(":")
    return len(parts) >= 3 and not any(parts[3:])


def group(selectors: Iterable[Selector]) -> dict[str, list[Selector]]:
    """By kind, in their order."""
    groups: dict[str, list[Selector]] = {}
    for item in selectors:
        groups.setdefault(item.kind, []).append(item)
    return groups


def same(one: Iterable[Selector], other: Iterable[Selector], *, names: bool = False) -> bool:
    """Whether both record the same events."""
    if names:
        return set(one) == set(other)
    return {item.conditions for item in one} == {item.conditions for item in other}


def lost(before: Iterable[Selector], after: Sequence[Selector], harmless: str) -> list[Selector]:
    """The selectors of which C(after) does not record every event.

    In doubt one is listed: each has to be contained in a single one of C(after). To leave out the resources whose ARN
    starts with C(harmless), the log bucket, is no loss that counts.
    """
    return [item for item in before if not any(_contains(wide, item, harmless) for wide in after)]


def overlap(one: Selector, other: Selector) -> bool:
    """Whether some event may meet both; in doubt it may."""
    return not any(_disjoint(given, wanted) for given in one.conditions for wanted in other.conditions)


def _disjoint(given: Condition, other: Condition) -> bool:
    """Whether no event can meet both conditions."""
    if given[0] != other[0]:
        return False
    pairs = ((given, other), (other, given))
    if {given[1], other[1]} == {"StartsWith"}:
        return not any(a.startswith(b) or b.startswith(a) for a in given[2] for b in other[2])
    return any(
        (operator == "Equals" and not any(_meets(value, wanted, against) for value in values))
        or (
            (operator, wanted) == ("StartsWith", "NotStartsWith")
            and all(_meets(value, "StartsWith", against) for value in values)
        )
        for (_field, operator, values), (_other, wanted, against) in pairs
    )


def _contains(wide: Selector, narrow: Selector, harmless: str) -> bool:
    leaves_out = ("resources.ARN", "NotStartsWith", frozenset({harmless}))
    return all(
        condition == leaves_out or any(_implies(given, condition) for given in narrow.conditions)
        for condition in wide.conditions
    )


def _implies(given: Condition, wanted: Condition) -> bool:
    """Whether every event that meets one condition meets the other."""
    field, operator, values = given
    wanted_field, wanted_operator, wanted_values = wanted
    if field != wanted_field:
        return False
    if operator == "Equals":
        return all(_meets(value, wanted_operator, wanted_values) for value in values)
    if operator == "StartsWith" and wanted_operator == "StartsWith":
        return all(_meets(value, "StartsWith", wanted_values) for value in values)
    if operator == "StartsWith" and wanted_operator == "NotStartsWith":
        return not any(a.startswith(b) or b.startswith(a) for a in values for b in wanted_values)
    return operator == wanted_operator and (
        values >= wanted_values if operator.startswith("Not") else values <= wanted_values
    )


def _meets(value: str, operator: str, values: frozenset[str]) -> bool:
    return any(_MEETS[operator.removeprefix("Not")](value, other) for other in values) != operator.startswith("Not")


_MEETS: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, other: value == other,
    "StartsWith": lambda value, other: value.startswith(other),
    "EndsWith": lambda value, other: value.endswith(other),
}
