# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of an accounts file, checked: each function returns the value or raises AccountsError with a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ACCOUNT_ID = re.compile(r"\d{12}")


class AccountsError(ValueError):
    """The accounts file, or a policy file that it names, is not valid. str() is a sentence."""


def read_text(path: Path, advice: str = "") -> str:
    """The text of a file. `advice` is a sentence for the error if the file cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AccountsError(f"Cannot read {path}: {error.strerror}. {advice}".rstrip()) from error
    except UnicodeDecodeError as error:
        raise AccountsError(f"{path} is not UTF-8.") from error


def mapping(
    value: Any, place: str, required: Iterable[str] = (), optional: Iterable[str] | None = None
) -> Mapping[Any, Any]:
    """The mapping at a place of the file, {} if nothing is there. Without `optional`, any member is allowed."""
    value = {} if value is None else value
    if not isinstance(value, Mapping):
        raise AccountsError(f"{place} must be a mapping, not {value!r}.")
    missing = [name for name in required if value.get(name) is None]
    if missing:
        raise AccountsError(f"{place} lacks {', '.join(missing)}.")
    unknown = sorted(map(str, set(value) - {*required, *optional})) if optional is not None else []
    if unknown:
        raise AccountsError(f"{place} has unknown members {', '.join(unknown)}.")
    return value


def list_of(parent: Mapping[Any, Any], name: Any) -> list[Any]:
    value = parent.get(name)
    if value is not None and not isinstance(value, list):
        raise AccountsError(f"{name} must be a list, not {value!r}.")
    return value or []


def texts_of(parent: Mapping[Any, Any], name: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in mapping(parent.get(name), str(name)).items()}


def account_id(value: Any) -> str:
    if not isinstance(value, str) or not ACCOUNT_ID.fullmatch(value):
        raise AccountsError(f"Account id {value!r} is not a string of 12 digits: quote it.")
    return value
