# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Log files that no verified digest names: late, added, or beside a digest that proves nothing. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

If CloudTrail could not name a log file in the digest of its hour, it names it in a backfill digest later:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
AWS documents no limit of that delay. Therefore the limit is an option.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .._core import timestamps
from .._core.finding import FAILED, WAITING
from .._digests.problems import CONTINUES_ELSEWHERE, NOT_COVERED, UNEXPECTED, WAITING_FOR_DIGEST, Problem
from .._digests.timeline import Span, TimeRange
from .._log_files.object_keys import LogObject

# The name of a log file has the minute of its delivery. Either of two neighbouring digests may name the file.
BORDER = timedelta(minutes=15)
_KEYS = 60  # keys that are kept for each minute; the others are counted


@dataclass(kw_only=True)
class _Minute:
    """The log files whose names have the same minute."""

    count: int = 0
    keys: list[str] = field(default_factory=list)


class UnnamedLogFiles:
    """The log files of one account and Region. Kept by minute, because their number is not limited."""

    def __init__(self, time_range: TimeRange, backfill_timeout: timedelta) -> None:
        self._range, self._timeout = time_range, backfill_timeout
        self._minutes: dict[datetime, _Minute] = {}

    def add(self, log_file: LogObject) -> None:
        minute = self._minutes.setdefault(log_file.time, _Minute())
        minute.count += 1
        if len(minute.keys) < _KEYS:
            minute.keys.append(log_file.key)

    def _times(self) -> Iterator[datetime]:
        """The minutes of the range; those before it are only judged."""
        return (time for time in self._minutes if self._range.start <= time < self._range.until)

    @property
    def count(self) -> int:
        return sum(self._minutes[time].count for time in self._times())

    @property
    def oldest(self) -> datetime | None:
        return min(self._times(), default=None)

    @property
    def newest(self) -> datetime | None:
        return max(self._times(), default=None)

    def needs(self, span: Span) -> bool:
        """True if log files from before the range may have been named in the digest of that period."""
        return any(time < self._range.start and _is_near(span, time) for time in self._minutes)

    def problems(self, spans: Sequence[Span]) -> Iterator[tuple[Problem, int]]:
        """Each problem and the number of log files that have it. C(spans) are the periods of all digests.

        Log files from before the range fail only if digests cover their time and do not name them, or if such a digest
        does not exist any more: when the range before was validated, they may have been waiting for a backfill digest.
        """
        for time in sorted(self._minutes):
            minute = self._minutes[time]
            problem = self._judge(time, minute.keys[0], spans)
            if problem and problem.kind != UNEXPECTED and time < self._range.start:
                problem = self._before_range(problem, time, spans)
            if problem is None:
                continue
            if problem.group:
                yield problem, minute.count
                continue
            for key in minute.keys:
                yield Problem(kind=problem.kind, resource=key, message=problem.message, since=problem.since), 1
            if minute.count > len(minute.keys):
                yield problem, minute.count - len(minute.keys)

    def _before_range(self, problem: Problem, time: datetime, spans: Sequence[Span]) -> Problem | None:
        """None unless digests cover the time before: log files from before the first digest are not judged again."""
        if problem.kind != NOT_COVERED or problem.status != FAILED:
            return None
        if not any(span.covered and span.end <= time for span in spans):
            return None
        message = (
            "No digest covers the time of this log file, although digests cover the time before: log file validation"
            " was off, or the digest was deleted."
        )
        return replace(problem, message=message, group="not covered any more")

    def _judge(self, time: datetime, key: str, spans: Sequence[Span]) -> Problem | None:
        """The problem of log files of that minute; None if a problem of the digests explains it."""
        near = [span for span in spans if _is_near(span, time)]
        covered = [span for span in near if span.covered]
        others = {span.status for span in near if not span.covered and span.failed} - {NOT_COVERED, CONTINUES_ELSEWHERE}
        since = timestamps.text(time)
        if others:
            return None
        if covered and any(span.start <= time < span.end for span in covered):
            return self._late_or_added(time, key, since)
        if not spans and self._range.now - time <= self._range.max_digest_age:
            message = "Log files wait for their first digest. This is the first of them."
            return Problem(
                kind=WAITING_FOR_DIGEST, resource=key, message=message, since=since, status=WAITING, group="waiting"
            )
        message = "No digest covers the time of this log file: log file validation was off when it was delivered."
        return Problem(kind=NOT_COVERED, resource=key, message=message, since=since, group="not covered")

    def _late_or_added(self, time: datetime, key: str, since: str) -> Problem:
        age = self._range.now - time
        if age <= self._timeout:
            limit = timestamps.text(time + self._timeout)
            message = (
                f"No digest names this log file, although digests cover its time. It waits until {limit} for a backfill"
                f" digest, in which CloudTrail names late log files. Until then, it is not known who wrote it."
            )
            return Problem(kind=NOT_COVERED, resource=key, message=message, since=since, status=WAITING, group="late")
        message = "No digest names this log file, although digests cover its time: it was added, renamed or moved here."
        return Problem(kind=UNEXPECTED, resource=key, message=message, since=since)


def _is_near(span: Span, time: datetime) -> bool:
    return span.start < time + BORDER and span.end > time - BORDER
