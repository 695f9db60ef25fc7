# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The permissions on key and bucket as the page lists them: statements with their principals. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .results import ACCOUNT_PRINCIPAL, ANYONE_PRINCIPAL, TRAILS_PRINCIPAL, AccessEntry, AccessResult

PRINCIPAL_LIMIT = 8  # principals of a statement that the page names
_FORMATS = {ACCOUNT_PRINCIPAL: "account {}", TRAILS_PRINCIPAL: "trails of {}", ANYONE_PRINCIPAL: "anyone"}


@dataclass(frozen=True, kw_only=True)
class StatementResult:
    """Statements that give one permission, and their principals: 300 accounts in one statement are one entry."""

    by: Sequence[str]  # Sids
    principals: Sequence[str]  # at most PRINCIPAL_LIMIT
    more: int  # principals beyond the limit
    conditions: Sequence[str]  # empty if they differ between the principals
    conditions_differ: bool
    certain: bool
    indirect: bool


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One permission and the statements that give it."""

    title: str
    statements: Sequence[StatementResult]


def permissions(access: AccessResult) -> list[Permission]:
    """The four permissions in the order of the page."""
    entries = {
        "Can encrypt with the key": access.encrypt,
        "Can decrypt with the key": access.decrypt,
        "Can read objects": access.read,
        "Can delete objects or shorten retention": access.delete,
    }
    return [Permission(title=title, statements=_statements(entries)) for title, entries in entries.items()]


def _statements(entries: Iterable[AccessEntry]) -> list[StatementResult]:
    """The entries that differ only in principal and conditions as one statement."""
    groups: dict[tuple[tuple[str, ...], str, bool, bool], list[AccessEntry]] = {}
    for entry in entries:
        groups.setdefault((entry.by, entry.kind, entry.certain, entry.indirect), []).append(entry)
    return [_statement(group) for group in groups.values()]


def _statement(entries: Sequence[AccessEntry]) -> StatementResult:
    first = entries[0]
    principals = list(dict.fromkeys(_FORMATS.get(entry.kind, "{}").format(entry.principal) for entry in entries))
    conditions = {entry.conditions for entry in entries}
    return StatementResult(
        by=first.by,
        principals=principals[:PRINCIPAL_LIMIT],
        more=max(len(principals) - PRINCIPAL_LIMIT, 0),
        conditions=first.conditions if len(conditions) == 1 else (),
        conditions_differ=len(conditions) > 1,
        certain=first.certain,
        indirect=first.indirect,
    )
