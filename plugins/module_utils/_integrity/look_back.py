# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Digests from before the time range, which are read only because they may name late log files. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from .._core.finding import INFO
from .._digests.problems import Problem
from .._digests.timeline import Span, StoredDigest
from .failed_reads import ARCHIVED
from .unnamed import UnnamedLogFiles

_HOUR = timedelta(hours=1)


class LookBack:
    """The periods of these digests, with the problem of each one that has one."""

    def __init__(self) -> None:
        self._digests: list[tuple[Span, Problem | None]] = []

    @property
    def spans(self) -> list[Span]:
        return [span for span, _problem in self._digests]

    def add(self, stored: StoredDigest, problem: Problem | None) -> None:
        end, verified = stored.object.time, stored.digest if stored.verified else None
        start = verified.start if verified else end - _HOUR
        if not stored.object.backfill:
            span = Span(start=start, end=end, status=stored.status, covered=stored.verified)
            self._digests.append((span, problem))

    def problems(self, unnamed: UnnamedLogFiles) -> Iterator[Problem]:
        """Problems of digests that would excuse log files. No other finding reports these digests.

        Archived digests are no failure of this range if it does not need them: they were not archived when the range
        before was validated.
        """
        for span, problem in self._digests:
            if problem is None or not unnamed.needs(span):
                continue
            if problem.cause == ARCHIVED and not unnamed.needs_in_range(span):
                message = f"{problem.message} Log files of its hour, which is before the time range, are not validated."
                problem = replace(problem, status=INFO, message=message)
            yield problem
