# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""When two statements say the same. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

AWS hands a policy back in a spelling of its own: lists of one element as strings, lists in another order, an account id
as its root ARN. None of that is a change.
"""

from __future__ import annotations

import re
from typing import Any

from .document import StatementValue

Canonical = tuple[Any, ...]

_ROOT = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):root")


def statement(value: StatementValue) -> Canonical:
    """A value that is equal for statements of equal meaning.

    Actions, condition operators and condition keys are compared without regard to case, resources and values with it:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html and
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
    """
    parts: list[tuple[str, Any]] = []
    for element, content in value.items():
        if element in ("Principal", "NotPrincipal"):
            parts.append((element, _principal(content)))
        elif element in ("Action", "NotAction"):
            parts.append((element, frozenset(item.lower() for item in strings(content))))
        elif element == "Condition":
            parts.append((element, _condition(content)))
        else:
            parts.append((element, frozenset(strings(content))))
    return tuple(sorted(parts, key=lambda part: part[0]))


def same(one: StatementValue, other: StatementValue) -> bool:
    """Whether two statements have the same meaning."""
    return statement(one) == statement(other)


def strings(content: Any) -> tuple[str, ...]:
    """A string or a list of strings as a tuple; booleans and numbers in JSON's spelling."""
    items = content if isinstance(content, list) else [content]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def condition_values(value: StatementValue, key: str) -> list[str]:
    """The values of one condition key under any operator; condition keys have no case."""
    return [
        item
        for keys in value.get("Condition", {}).values()
        for name, values in keys.items()
        if name.lower() == key.lower()
        for item in strings(values)
    ]


def _principal(content: Any) -> frozenset[tuple[str, str]]:
    if isinstance(content, str):
        content = {"AWS": content}
    return frozenset((kind, _account(name)) for kind, names in content.items() for name in strings(names))


def _account(name: str) -> str:
    root = _ROOT.fullmatch(name)
    if root:
        return root.group(1)
    return name


def _condition(content: dict[str, dict[str, Any]]) -> frozenset[tuple[str, str, frozenset[str]]]:
    return frozenset(
        (operator.lower(), key.lower(), frozenset(strings(values)))
        for operator, keys in content.items()
        for key, values in keys.items()
    )
