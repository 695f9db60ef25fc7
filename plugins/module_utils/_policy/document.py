# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A policy document whose foreign statements stay byte for byte. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

We own statements, not policies. The text of every statement that is not ours is carried through unparsed, so that
neither white space nor escapes nor the order of its members change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.errors import Refused

StatementValue = dict[str, Any]

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


@dataclass(frozen=True)
class Statement:
    """One statement: the text as it was read, and what it says."""

    text: str
    value: StatementValue

    @property
    def sid(self) -> str:
        return str(self.value.get("Sid", ""))

    @classmethod
    def of(cls, value: StatementValue) -> Statement:
        return cls(json.dumps(value, separators=(",", ":")), value)


@dataclass(frozen=True)
class Document:
    """A policy: its members other than C(Statement) as raw text, and its statements, both in their order."""

    members: tuple[tuple[str, str], ...] = (("Version", '"2012-10-17"'),)
    statements: tuple[Statement, ...] = ()

    @property
    def text(self) -> str:
        """The document as it is sent."""
        parts = [f"{json.dumps(name)}:{raw}" for name, raw in self.members]
        parts.append('"Statement":[' + ",".join(statement.text for statement in self.statements) + "]")
        return "{" + ",".join(parts) + "}"

    @property
    def size(self) -> int:
        """Bytes, as AWS is sent them."""
        return len(self.text.encode())

    @property
    def value(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded

    def split(self, is_ours: Callable[[str], bool]) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        """Our statements and the foreign ones, told apart by Sid."""
        ours = tuple(statement for statement in self.statements if is_ours(statement.sid))
        foreign = tuple(statement for statement in self.statements if not is_ours(statement.sid))
        return ours, foreign

    def with_owned(self, owned: Sequence[StatementValue], is_ours: Callable[[str], bool]) -> Document:
        """The same document with our statements replaced by C(owned), each where its predecessor stood."""
        waiting = {str(value["Sid"]): Statement.of(value) for value in owned}
        kept: list[Statement] = []
        for statement in self.statements:
            if not is_ours(statement.sid):
                kept.append(statement)
            elif statement.sid in waiting:
                kept.append(waiting.pop(statement.sid))
        return Document(self.members, (*kept, *waiting.values()))


def parse(text: str, what: str) -> Document:
    """The document in C(text).

    Raises Refused, naming C(what), where it is no policy: to write over what cannot be read would lose it.
    """
    try:
        json.loads(text)  # the scanner below relies on it being JSON
        members = list(_members(text))
        statements: tuple[Statement, ...] = ()
        others: list[tuple[str, str]] = []
        for name, start, end in members:
            if name == "Statement":
                statements = tuple(_statements(text[start:end]))
            else:
                others.append((name, text[start:end]))
    except (ValueError, TypeError, IndexError) as error:
        raise Refused(f"{what} cannot be read as a policy document ({error}).") from error
    return Document(tuple(others), statements)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _expect(text: str, position: int, character: str) -> int:
    position = _skip(text, position)
    if text[position] != character:
        raise ValueError(f"expected {character!r} at character {position}")
    return _skip(text, position + 1)


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of the value, for each member of the JSON object in C(text)."""
    position = _expect(text, 0, "{")
    while text[position] != "}":
        name, position = _DECODER.raw_decode(text, position)
        start = _expect(text, position, ":")
        _value, end = _DECODER.raw_decode(text, start)
        yield str(name), start, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _statements(text: str) -> Iterator[Statement]:
    """Each statement of a list, or the only one where the element is a single object."""
    if text[0] == "{":
        yield Statement(text, json.loads(text))
        return
    position = _expect(text, 0, "[")
    while text[position] != "]":
        value, end = _DECODER.raw_decode(text, position)
        if not isinstance(value, dict):
            raise ValueError(f"statement {value!r} is no object")
        yield Statement(text[position:end], value)
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)
