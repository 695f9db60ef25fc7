# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Event selectors in one form, and which events can meet them. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html and
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

MANAGEMENT, S3, LAMBDA, OTHER = "management", "AWS::S3::Object", "AWS::Lambda::Function", "other"
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")


class FieldCondition(NamedTuple):
    """One condition of a field selector: a value must match, or with an operator that starts with Not, none may."""

    field: str
    operator: str  # one of OPERATORS
    values: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Selector:
    """One advanced event selector. It records the events that meet its conditions, see C(alternatives)."""

    name: str
    conditions: frozenset[FieldCondition]

    @classmethod
    def of(cls, name: str, *conditions: tuple[str, str, Iterable[str]]) -> Selector:
        """The selector with conditions of field, operator and values."""
        given = (FieldCondition(field, operator, frozenset(values)) for field, operator, values in conditions)
        return cls(name=name, conditions=frozenset(given))

    @property
    def kind(self) -> str:
        """MANAGEMENT, S3 or LAMBDA if it selects only such events, otherwise OTHER."""
        if ("eventCategory", "Equals", frozenset({"Management"})) in self.conditions:
            return MANAGEMENT
        types = self.values("resources.type", "Equals")
        return next(iter(types)) if types in ({S3}, {LAMBDA}) else OTHER

    def values(self, field: str, operator: str) -> frozenset[str]:
        """The values of that condition; empty if the selector has no such condition."""
        return next(
            (given.values for given in self.conditions if (given.field, given.operator) == (field, operator)),
            frozenset(),
        )

    def as_aws(self) -> dict[str, Any]:
        """The member of AdvancedEventSelectors, in a stable order."""
        fields: dict[str, dict[str, Any]] = {}
        category_first = sorted(self.conditions, key=lambda given: (given.field != "eventCategory", given[:2]))
        for field, operator, values in category_first:
            fields.setdefault(field, {"Field": field})[operator] = sorted(values)
        selector: dict[str, Any] = {"Name": self.name} if self.name else {}
        return {**selector, "FieldSelectors": list(fields.values())}

    def __str__(self) -> str:
        return "; ".join(
            f"{field} {operator} {', '.join(sorted(values))}" for field, operator, values in sorted(self.conditions)
        )


def from_aws(reply: Mapping[str, Any]) -> tuple[Selector, ...]:
    """The selectors in a reply of GetEventSelectors. Basic ones become advanced ones that record the same events."""
    advanced = reply.get("AdvancedEventSelectors") or []
    if advanced:
        return tuple(_from_advanced(item) for item in advanced)
    return tuple(selector for item in reply.get("EventSelectors") or [] for selector in _from_basic(item))


def _from_advanced(item: Mapping[str, Any]) -> Selector:
    conditions = [
        (field["Field"], operator, field[operator])
        for field in item["FieldSelectors"]
        for operator in OPERATORS
        if field.get(operator)
    ]
    return Selector.of(item.get("Name", ""), *conditions)


def _from_basic(item: Mapping[str, Any]) -> Iterable[Selector]:
    access = {"ReadOnly": "true", "WriteOnly": "false"}.get(item.get("ReadWriteType", "All"))
    read_only = [("readOnly", "Equals", (access,))] if access else []
    if item.get("IncludeManagementEvents", True):
        sources = item.get("ExcludeManagementEventSources") or []
        excluded = [("eventSource", "NotEquals", sources)] if sources else []
        category = ("eventCategory", "Equals", ("Management",))
        yield Selector.of("Management events selector", category, *read_only, *excluded)
    for resource in item.get("DataResources") or []:
        if not resource.get("Values"):
            continue
        data = (("eventCategory", "Equals", ("Data",)), ("resources.type", "Equals", (resource["Type"],)))
        yield Selector.of("", *data, *read_only, *arn_condition(resource["Type"], resource["Values"]))


def arn_condition(kind: str, arns: Sequence[str]) -> list[tuple[str, str, Sequence[str]]]:
    """The condition for a list of ARNs; empty if one of them means all resources.

    S3 ARNs are prefixes, ARNs of Lambda functions are exact:
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
    """
    if any(means_all(arn) for arn in arns):
        return []
    return [("resources.ARN", "StartsWith" if kind == S3 else "Equals", arns)]


def means_all(arn: str) -> bool:
    """True for C(arn:aws:s3), C(arn:aws:s3:::) and C(arn:aws:lambda): every resource of the service."""
    parts = arn.split(":")
    return len(parts) >= 3 and not any(parts[3:])


def by_kind(selectors: Iterable[Selector]) -> dict[str, list[Selector]]:
    """The selectors of each kind, in their order."""
    groups: dict[str, list[Selector]] = {}
    for selector in selectors:
        groups.setdefault(selector.kind, []).append(selector)
    return groups


def same_events(before: Iterable[Selector], after: Iterable[Selector], *, names: bool = False) -> bool:
    """True if both consist of the same conditions and, with C(names), of the same names."""
    if names:
        return set(before) == set(after)
    return {selector.conditions for selector in before} == {selector.conditions for selector in after}


def may_share_events(first: Selector, second: Selector) -> bool:
    """False only if no event can meet both selectors."""
    return any(compatible(left, right) for left in alternatives(first) for right in alternatives(second))


def alternatives(selector: Selector) -> Iterator[Selector]:
    """Selectors that together record the same events, each with one selecting operator of a field.

    Equals, StartsWith and EndsWith of one field are alternatives. All other conditions must be met:
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html
    """
    excluding = {given for given in selector.conditions if given.operator.startswith("Not")}
    by_field: dict[str, list[FieldCondition]] = {}
    for given in sorted(selector.conditions - excluding, key=lambda given: (*given[:2], sorted(given.values))):
        by_field.setdefault(given.field, []).append(given)
    choices: list[tuple[FieldCondition, ...]] = [()]
    for given_of_field in by_field.values():
        choices = [(*chosen, given) for chosen in choices for given in given_of_field]
    yield from (Selector(name=selector.name, conditions=frozenset({*chosen, *excluding})) for chosen in choices)


def compatible(first: Selector, second: Selector) -> bool:
    """False only if no event can meet every condition of both."""
    return not any(disjoint(left, right) for left in first.conditions for right in second.conditions)


def disjoint(left: FieldCondition, right: FieldCondition) -> bool:
    """True if certainly no event meets both conditions."""
    if left.field != right.field:
        return False
    if left.operator == right.operator and left.operator in _PARTIAL:
        return not _share_text(left.operator, left.values, right.values)
    return _excludes(left, right) or _excludes(right, left)


def _excludes(given: FieldCondition, other: FieldCondition) -> bool:
    """True if no value that meets C(given) meets C(other)."""
    if given.operator == "Equals":
        return not any(_meets(value, other.operator, other.values) for value in given.values)
    if given.operator in _PARTIAL and other.operator == f"Not{given.operator}":
        return all(_meets(value, given.operator, other.values) for value in given.values)
    return False


def implies(given: FieldCondition, wanted: FieldCondition) -> bool:
    """True if every event that meets C(given) meets C(wanted)."""
    if given.field != wanted.field:
        return False
    if given.operator == "Equals":
        return all(_meets(value, wanted.operator, wanted.values) for value in given.values)
    if given.operator == wanted.operator and given.operator in _PARTIAL:
        return all(_meets(value, given.operator, wanted.values) for value in given.values)
    if given.operator in _PARTIAL and wanted.operator == f"Not{given.operator}":
        return not _share_text(given.operator, given.values, wanted.values)
    return given.operator == wanted.operator and (
        given.values >= wanted.values if given.operator.startswith("Not") else given.values <= wanted.values
    )


def _share_text(operator: str, left: Iterable[str], right: frozenset[str]) -> bool:
    """True if some text can start, or end, with a value of each."""
    compare = _COMPARE[operator]
    return any(compare(a, b) or compare(b, a) for a in left for b in right)


def _meets(value: str, operator: str, values: frozenset[str]) -> bool:
    compare = _COMPARE[operator.removeprefix("Not")]
    return any(compare(value, other) for other in values) != operator.startswith("Not")


_PARTIAL = ("StartsWith", "EndsWith")
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}
