# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The answer to whether something matches: yes, no, or maybe. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Match(IntEnum):
    """A truth value of three. MAYBE means that the answer depends on something that is not known."""

    NO = 0
    MAYBE = 1
    YES = 2

    @property
    def negated(self) -> Match:
        """The answer to the opposite question."""
        return Match(Match.YES - self)


def match_of(value: bool) -> Match:
    """Return YES or NO."""
    return Match.YES if value else Match.NO


def any_of(matches: Iterable[Match]) -> Match:
    """Return whether at least one of them matches. Nothing matches an empty list."""
    best = Match.NO
    for match in matches:
        best = max(best, match)
        if best is Match.YES:
            break
    return best


def all_of(matches: Iterable[Match]) -> Match:
    """Return whether all of them match. An empty list has nothing that does not match."""
    worst = Match.YES
    for match in matches:
        worst = min(worst, match)
        if worst is Match.NO:
            break
    return worst
