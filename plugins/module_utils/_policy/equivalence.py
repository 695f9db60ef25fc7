# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether two statements have the same meaning. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

AWS returns a policy in a normalized form: lists of one element as strings, lists in another order, an account id as its
root ARN. Such a difference is not a change.
"""

from __future__ import annotations

from typing import Any

from .document import StatementValue
from .principal import whole_account

Canonical = tuple[Any, ...]


def canonical(value: StatementValue) -> Canonical:
    """Return a hashable value that is equal for statements of equal meaning.

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


def shown(content: Any) -> Any:
    """Return a statement or a part of it in a form that is the same for many spellings of AWS, to compare as text.

    Lists are sorted, and a list of one element is that element.
    """
    if isinstance(content, dict):
        return {name: shown(value) for name, value in content.items()}
    if isinstance(content, list):
        items = sorted((shown(item) for item in content), key=str)
        return items[0] if len(items) == 1 else items
    return content


def strings(content: Any) -> tuple[str, ...]:
    """Return a string or a list of strings as a tuple, with booleans and numbers spelled as in JSON."""
    items = content if isinstance(content, list) else [content]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def condition_values(value: StatementValue, key: str) -> list[str]:
    """Return the values of one condition key under any operator. AWS ignores the case of condition keys.

    A Condition that is not valid has no values.
    """
    condition = value.get("Condition")
    operators = condition.values() if isinstance(condition, dict) else ()
    return [
        item
        for keys in operators
        if isinstance(keys, dict)
        for name, values in keys.items()
        if name.lower() == key.lower()
        for item in strings(values)
    ]


def principals(value: StatementValue) -> tuple[str, ...]:
    """Return the names under C(AWS) of a statement's Principal or NotPrincipal; none for C(*) and other forms."""
    content = value.get("Principal", value.get("NotPrincipal"))
    return strings(content.get("AWS", [])) if isinstance(content, dict) else ()


def _principal(content: Any) -> frozenset[tuple[str, str]]:
    if isinstance(content, str):
        content = {"AWS": content}
    return frozenset((kind, whole_account(name) or name) for kind, names in content.items() for name in strings(names))


def _condition(content: dict[str, dict[str, Any]]) -> frozenset[tuple[str, str, frozenset[str]]]:
    return frozenset(
        (operator.lower(), key.lower(), frozenset(strings(values)))
        for operator, keys in content.items()
        for key, values in keys.items()
    )
