# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The events that a trail's event selectors do not record, compared by meaning. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A trail records an event that meets any of its selectors. Within a selector, the operators Equals, StartsWith and
EndsWith of one field are alternatives, and all other conditions must be met:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/filtering-data-events.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from .selectors import OPERATORS, S3, FieldCondition, Selector, alternatives, compatible, disjoint, implies

_MAX_SPLITS = 500  # after that, an event whose recording is not decided counts as not recorded
_SHOWN = 5  # parts in one sentence
_ACCESS = {"true": "read ", "false": "write "}  # value of readOnly
_CATEGORIES = {"Management": "management events", "NetworkActivity": "network activity events"}
_VERBS = {
    "Equals": "is",
    "StartsWith": "starts with",
    "EndsWith": "ends with",
    "NotEquals": "is not",
    "NotStartsWith": "does not start with",
    "NotEndsWith": "does not end with",
}
_READ_WRITE_TYPES = ("All", "ReadOnly", "WriteOnly")


def readable_selectors(reply: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A reply of GetEventSelectors with the selectors that can be understood, and the names of the others.

    A field without an operator has one that this version does not know. To ignore it would widen the selector.
    """
    advanced, basic = reply.get("AdvancedEventSelectors") or [], reply.get("EventSelectors") or []
    known = {
        "AdvancedEventSelectors": [item for item in advanced if _is_readable(item)],
        "EventSelectors": [item for item in basic if item.get("ReadWriteType", "All") in _READ_WRITE_TYPES],
    }
    names = [
        str(item.get("Name") or f"number {number}")
        for kind, items in (("AdvancedEventSelectors", advanced), ("EventSelectors", basic))
        for number, item in enumerate(items, 1)
        if item not in known[kind]
    ]
    # the basic selectors of a reply do not count beside advanced ones
    return known if not advanced else {**known, "EventSelectors": []}, tuple(names)


def _is_readable(item: Mapping[str, Any]) -> bool:
    fields = item.get("FieldSelectors") or []
    return bool(fields) and all(
        field.get("Field") and any(field.get(operator) for operator in OPERATORS) for field in fields
    )


def unrecorded(wanted: Sequence[Selector], recorded: Sequence[Selector]) -> list[Selector]:
    """The parts of the wanted events that no selector records. A part may be larger than the loss."""
    recording = [alternative for selector in recorded for alternative in alternatives(selector)]
    undecided = [part for selector in wanted for part in alternatives(selector) if compatible(part, part)]
    lost = []
    for _split in range(_MAX_SPLITS):
        if not undecided:
            break
        part = undecided.pop(0)
        condition = _first_unmet(part, recording)
        if condition:
            halves = [_and(part, condition), _and(part, _negated(condition))]
            undecided[:0] = [half for half in halves if compatible(half, half)]
        elif not any(_contains(selector, part) for selector in recording):
            lost.append(part)
    return [*lost, *undecided]


def lost_selectors(before: Iterable[Selector], after: Sequence[Selector], log_bucket: str) -> list[Selector]:
    """The selectors of C(before) of which C(after), all selectors together, may not record every event.

    Leaving out the objects whose ARN starts with C(log_bucket) is not a loss.
    """
    same = {selector.conditions for selector in after}
    changed = (selector for selector in before if selector.conditions not in same)
    return [selector for selector in changed if unrecorded(without_buckets([selector], {log_bucket}), after)]


def without_buckets(selectors: Iterable[Selector], log_buckets: Set[str]) -> list[Selector]:
    """The selectors without the objects whose ARN starts with one of C(log_buckets). Empty text is not a bucket."""
    parts = [part for selector in selectors for part in alternatives(selector)]
    condition = FieldCondition("resources.ARN", "NotStartsWith", frozenset(log_buckets) - {""})
    return [_and(part, condition) if part.kind == S3 and condition.values else part for part in parts]


def _contains(wide: Selector, narrow: Selector) -> bool:
    return all(any(implies(given, condition) for given in narrow.conditions) for condition in wide.conditions)


def _first_unmet(part: Selector, recording: Sequence[Selector]) -> FieldCondition | None:
    """A condition that only some events of the part meet; None if a selector records the whole part, or none of it."""
    unmet = []
    for selector in recording:
        if compatible(selector, part):
            more = [
                condition
                for condition in sorted(selector.conditions, key=_order)
                if not any(implies(given, condition) for given in part.conditions)
            ]
            if not more:
                return None
            unmet.append(more)
    return min(unmet, key=len)[0] if unmet else None


def _order(condition: FieldCondition) -> tuple[str, str, list[str]]:
    return condition.field, condition.operator, sorted(condition.values)


def _negated(condition: FieldCondition) -> FieldCondition:
    if condition.field == "readOnly":  # has two values
        return condition._replace(values=frozenset(_ACCESS) - condition.values)
    operator = condition.operator
    return condition._replace(operator=operator[3:] if operator.startswith("Not") else f"Not{operator}")


def _and(selector: Selector, condition: FieldCondition) -> Selector:
    """The selector of the events that meet the condition too. Values that no event can have any more are left out."""
    same = {given for given in selector.conditions if given[:2] == condition[:2]}
    if condition.operator.startswith("Not"):
        condition = condition._replace(values=condition.values.union(*(given.values for given in same)))
    else:
        same = set()
    conditions = (selector.conditions - same) | {condition}
    return replace(selector, conditions=frozenset(_possible(given, conditions) for given in conditions))


def _possible(given: FieldCondition, conditions: frozenset[FieldCondition]) -> FieldCondition:
    if given.operator.startswith("Not"):
        return given
    others = conditions - {given}
    possible = [
        value
        for value in given.values
        if not any(disjoint(given._replace(values=frozenset({value})), other) for other in others)
    ]
    return given._replace(values=frozenset(possible))


def described(parts: Sequence[Selector], log_buckets: Set[str]) -> str:
    """The parts as a list for a sentence. The exclusion of C(log_buckets), the starts of ARNs, is not mentioned."""
    shown = list(dict.fromkeys(_words(part, log_buckets) for part in parts))
    more = f"; and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return "; ".join(shown[:_SHOWN]) + more


def _words(part: Selector, log_buckets: Set[str]) -> str:
    (category,) = part.values("eventCategory", "Equals") or {"all"}
    types = ", ".join(sorted(part.values("resources.type", "Equals")))
    events = _CATEGORIES.get(category, f"{category.lower()} events" + (f" of {types}" if types else ""))
    access = part.values("readOnly", "Equals")
    clauses = [
        f"{given.field} {_VERBS[given.operator]} {' or '.join(sorted(given.values - log_buckets))}"
        for given in sorted(part.conditions, key=_order)
        if given.field not in ("eventCategory", "resources.type", "readOnly") and given.values - log_buckets
    ]
    prefix = _ACCESS[next(iter(access))] if len(access) == 1 else ""
    return f"{prefix}{events}" + (f" if {' and '.join(clauses)}" if clauses else "")
