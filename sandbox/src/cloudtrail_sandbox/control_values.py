# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Members of a control request, checked: each function returns the value or raises ValueError with a sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

Body = Mapping[str, Any]
MOST_SECONDS = 100 * 366 * 24 * 3600  # the clock must stay within the years of Python's datetime


def members_of(query: str, body: bytes) -> dict[str, Any]:
    """The members of a request: those of its query, and those of its JSON object."""
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise ValueError(f"The body is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise ValueError(f"The body must be a JSON object, not {document!r}.")
    return {name: values[0] for name, values in parse_qs(query).items()} | document


def check_names(body: Body, known: Iterable[str]) -> None:
    """Reject members that the request does not have."""
    unknown = sorted(set(body) - set(known))
    if unknown:
        raise ValueError(f"Unknown members {unknown}. Use {sorted(known)}.")


def text(body: Body, name: str) -> str:
    """A string that must be there and not be empty."""
    value = body.get(name)
    if value is None:
        raise ValueError(f"{name!r} is missing.")
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a string that is not empty, not {value!r}.")
    return value


def mapping(body: Body, name: str) -> dict[str, Any]:
    """An object, {} if it is missing."""
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a JSON object, not {value!r}.")
    return value


def whole_number(body: Body, name: str, default: int, least: int = 0, most: int = 10**7) -> int:
    """A whole number. A query has it as text."""
    value = body.get(name, default)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return value


def seconds(body: Body, name: str, least: float = 0) -> float:
    """A number of seconds."""
    value = body[name]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not least <= value <= MOST_SECONDS:
        raise ValueError(f"{name} must be a number of seconds from {least:.0f} to {MOST_SECONDS}, not {value!r}.")
    return float(value)


def flag(body: Body, name: str) -> bool:
    """A boolean, False if it is missing."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {value!r}.")
    return value


def names(body: Body, name: str, known: Collection[str]) -> tuple[str, ...]:
    """A list of known strings, () if it is missing."""
    value = body.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list of strings, not {value!r}.")
    unknown = [element for element in value if not isinstance(element, str) or element not in known]
    if unknown:
        raise ValueError(f"{name} contains {unknown[0]!r}. Use some of {sorted(known)}.")
    return tuple(value)


def whole_numbers(body: Body, name: str) -> tuple[int, ...]:
    """A list of whole numbers, () if it is missing."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(element, int) for element in value):
        raise ValueError(f"{name} must be a list of whole numbers, not {value!r}.")
    return tuple(value)


def document(body: Body, name: str) -> str:
    """A string that contains a JSON object, such as a policy."""
    value = text(body, name)
    try:
        is_object = isinstance(json.loads(value), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise ValueError(f"{name} must be a string that contains a JSON object, not {value!r}.")
    return value
