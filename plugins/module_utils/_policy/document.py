# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A policy document as text: statements of others stay byte for byte. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The collection owns statements, not policies. The text of every statement of others is kept as it was read, because
parsing and writing it again could change white space, escapes, and the order of its members.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .variables import WITHOUT_VARIABLES

StatementValue = dict[str, Any]

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


class MalformedPolicy(ValueError):
    """A text that is not a policy document. The message is a sentence that names the policy."""


@dataclass(frozen=True, kw_only=True)
class StatementText:
    """One statement: its text as it was read, and the JSON object that the text holds."""

    text: str
    value: StatementValue

    @property
    def sid(self) -> str:
        return str(self.value.get("Sid", ""))

    @classmethod
    def of(cls, value: StatementValue) -> StatementText:
        return cls(text=json.dumps(value, separators=(",", ":")), value=value)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy: its members other than C(Statement) as names and raw texts, and its statements, both in their order."""

    members: tuple[tuple[str, str], ...] = (("Version", '"2012-10-17"'),)
    statements: tuple[StatementText, ...] = ()

    @property
    def text(self) -> str:
        """The document as the collection sends it to AWS."""
        parts = [f"{json.dumps(name)}:{raw}" for name, raw in self.members]
        parts.append('"Statement":[' + ",".join(statement.text for statement in self.statements) + "]")
        return "{" + ",".join(parts) + "}"

    @property
    def size(self) -> int:
        """The number of bytes that the collection sends to AWS."""
        return len(self.text.encode())

    @property
    def names(self) -> list[str]:
        """The Sid of each statement. A statement without a unique Sid has its position, which counts from 1."""
        sids = [statement.sid for statement in self.statements]
        return [
            sid if sid and sids.count(sid) == 1 else f"{sid} #{number}".strip() for number, sid in enumerate(sids, 1)
        ]

    @property
    def version(self) -> str:
        """The Version; AWS reads a policy without one as C(2008-10-17)."""
        return next((str(json.loads(raw)) for name, raw in self.members if name == "Version"), WITHOUT_VARIABLES)

    @property
    def value(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded

    def with_owned(self, owned: Sequence[StatementValue], is_ours: Callable[[StatementText], bool]) -> Document:
        """Return the document with our statements replaced by C(owned), each in the position of the one with its Sid.

        New statements follow at the end. A Sid that a foreign statement has gets a number, because IAM documents Sids
        as unique: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
        """
        ours = [is_ours(statement) for statement in self.statements]
        used = {statement.sid for statement, is_owned in zip(self.statements, ours, strict=True) if not is_owned}
        waiting: dict[str, StatementText] = {}
        for value in owned:
            sid = _unused(str(value["Sid"]), used)
            used.add(sid)
            waiting[sid] = StatementText.of({**value, "Sid": sid})
        kept: list[StatementText] = []
        for statement, is_owned in zip(self.statements, ours, strict=True):
            if not is_owned:
                kept.append(statement)
            elif statement.sid in waiting:
                kept.append(waiting.pop(statement.sid))
        return Document(members=self.members, statements=(*kept, *waiting.values()))


def unnumbered(sid: str) -> str:
    """Return a Sid without the number at its end."""
    return sid.rstrip("0123456789")


def _unused(sid: str, used: Collection[str]) -> str:
    """Return the Sid, with a number if it is used."""
    numbered = (f"{sid}{number}" if number > 1 else sid for number in range(1, len(used) + 2))
    return next(candidate for candidate in numbered if candidate not in used)


def parse(text: str, what: str) -> Document:
    """Return the document in C(text), the policy that C(what) names in messages.

    Raises MalformedPolicy if the text is not a policy document, because replacing such a text would lose its content.
    """
    try:
        json.loads(text)  # the scanner below reads valid JSON only
        members = list(_members(text))
        statements: tuple[StatementText, ...] = ()
        others: list[tuple[str, str]] = []
        for name, start, end in members:
            if name == "Statement":
                statements = tuple(_statements(text[start:end]))
            else:
                others.append((name, text[start:end]))
    except (ValueError, TypeError, IndexError, RecursionError) as error:
        raise MalformedPolicy(f"{what} cannot be read as a policy document ({error}).") from error
    return Document(members=tuple(others), statements=statements)


def oddity(text: str, what: str) -> str:
    """Return why AWS may read the policy that C(what) names in another way, as a sentence; empty if it does not.

    AWS accepts one Statement element: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
    """
    names = [name for name, _start, _end in _members(text)]
    if len(set(names)) < len(names):
        return f"{what} cannot be read for certain, because one of its elements stands twice."
    return "" if "Statement" in names else f"{what} has no Statement."


def repeated(text: str) -> list[str]:
    """Return the names that stand twice in one JSON object. AWS does not document which of the two counts."""
    twice: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _value in pairs]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    json.loads(text, object_pairs_hook=collect)
    return twice


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
    """Return the name, and the start and end of the value, of each member of the JSON object in C(text)."""
    position = _expect(text, 0, "{")
    while text[position] != "}":
        name, position = _DECODER.raw_decode(text, position)
        start = _expect(text, position, ":")
        _value, end = _DECODER.raw_decode(text, start)
        yield str(name), start, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _statements(text: str) -> Iterator[StatementText]:
    """Return each statement of a list, or the only one if the element is a single object."""
    if text[0] == "{":
        yield StatementText(text=text, value=json.loads(text))
        return
    position = _expect(text, 0, "[")
    while text[position] != "]":
        value, end = _DECODER.raw_decode(text, position)
        if not isinstance(value, dict):
            raise ValueError(f"statement {value!r} is not a JSON object")
        yield StatementText(text=text[position:end], value=value)
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)
