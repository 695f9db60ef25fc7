# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rows of the table of states: a function that changes a fleet, and what verify.yml must report about it.

A row is a function with the decorator C(broken) or C(sound). The function's name states the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.states.fleet import Fleet

Change = Callable[[Fleet], "Mapping[str, object] | None"]
Kinds = frozenset[tuple[str, str]]  # check and kind of findings


@dataclass(frozen=True, kw_only=True)
class Row:
    """A state of the sandbox, and the outcome of verify.yml."""

    name: str
    change: Change  # returns extra variables of the run, or None
    base: str  # the state that C(change) begins with
    fails: Mapping[str, Kinds]  # host: all its failed findings
    waits: Mapping[str, Kinds]  # host: all its waiting findings
    informs: Kinds  # among the findings of status info
    absent: Kinds  # not among the findings of any status
    remedy: tuple[str, ...]  # words of the remediations of what fails or waits
    message: tuple[str, ...]  # words of the messages of what fails or waits, or of C(informs)
    never: tuple[str, ...]  # words that no problem of the evidence contains
    cause: str  # of the only problem of the evidence
    problems: int  # how many problems of the evidence fail or wait: one cause is one problem
    not_checked: Kinds  # host and check that the run could not decide
    fault: str = field(default="")  # why the row fails today; empty if it passes


TABLE: list[Row] = []
_FAULTS: dict[str, str] = {}


def fault(reason: str) -> Callable[[Change], Change]:
    """Mark a row that the product does not pass yet. Write the decorator below C(broken) or C(sound)."""

    def mark(change: Change) -> Change:
        _FAULTS[change.__name__] = reason
        return change

    return mark


def broken(
    *,
    base: str = "fleet",
    remedy: str | tuple[str, ...] = (),
    message: str | tuple[str, ...] = (),
    never: str | tuple[str, ...] = (),
    cause: str = "",
    problems: int = 1,
    waits: Mapping[str, str] | None = None,
    informs: str = "",
    absent: str = "",
    not_checked: Mapping[str, str] | None = None,
    **fails: str,
) -> Callable[[Change], Change]:
    """A state that fails exactly the hosts in C(fails), each with exactly these findings: "check:kind check:kind".

    A host without any fails because of what was not checked.
    """
    assert fails, "a broken state fails a host"
    return _row(base, fails, waits or {}, (informs, absent), remedy, message, never, cause, not_checked or {}, problems)


def sound(
    *,
    base: str = "fleet",
    informs: str = "",
    absent: str = "",
    message: str | tuple[str, ...] = (),
    remedy: str | tuple[str, ...] = (),
    never: str | tuple[str, ...] = (),
    waits: Mapping[str, str] | None = None,
    not_checked: Mapping[str, str] | None = None,
) -> Callable[[Change], Change]:
    """A state in which every host passes, or waits if C(waits) names it."""
    problems = 1 if waits else 0
    return _row(base, {}, waits or {}, (informs, absent), remedy, message, never, "", not_checked or {}, problems)


def _row(
    base: str,
    fails: Mapping[str, str],
    waits: Mapping[str, str],
    informs_and_absent: tuple[str, str],
    remedy: str | tuple[str, ...],
    message: str | tuple[str, ...],
    never: str | tuple[str, ...],
    cause: str,
    not_checked: Mapping[str, str],
    problems: int,
) -> Callable[[Change], Change]:
    def add(change: Change) -> Change:
        assert change.__name__ not in {row.name for row in TABLE}, change.__name__
        row = Row(
            name=change.__name__,
            change=change,
            base=base,
            fails={host: _kinds(text) for host, text in fails.items()},
            waits={host: _kinds(text) for host, text in waits.items()},
            informs=_kinds(informs_and_absent[0]),
            absent=_kinds(informs_and_absent[1]),
            remedy=_words(remedy),
            message=_words(message),
            never=_words(never),
            cause=cause,
            problems=problems,
            not_checked=frozenset((host, check) for host, text in not_checked.items() for check in text.split()),
            fault=_FAULTS.get(change.__name__, ""),
        )
        TABLE.append(row)
        return change

    return add


def _kinds(text: str) -> Kinds:
    pairs = [word.split(":") for word in text.split()]
    return frozenset((check, kind) for check, kind in pairs)


def _words(words: str | tuple[str, ...]) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else words
