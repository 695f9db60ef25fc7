# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Log files that no verified digest names: late, added, or beside a digest that proves nothing. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

If CloudTrail could not name a log file in the digest of its hour, it names it in a backfill digest later:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
AWS documents no limit of that delay. Therefore the limit is an option.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._core.finding import FAILED, WAITING
from .._digests.problems import CONTINUES_ELSEWHERE, NOT_COVERED, UNEXPECTED, WAITING_FOR_DIGEST, Problem
from .._digests.timeline import Span, TimeRange
from .._log_files.object_keys import LOG, LogLocation, LogObject

# The name of a log file has the minute of its delivery. Either of two neighbouring digests may name the file.
BORDER = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_KEPT = 60  # log files that are kept for each minute; the others are counted


@dataclass(kw_only=True)
class _Minute:
    """The log files whose names have the same minute."""

    count: int = 0
    log_files: list[LogObject] = field(default_factory=list)


class UnnamedLogFiles:
    """The log files of one account and Region. Kept by minute, because their number is not limited."""

    def __init__(self, time_range: TimeRange, backfill_timeout: timedelta, delivering: datetime | None = None) -> None:
        """C(delivering) is when the trail began to deliver, or None if that is not known or no reason to wait."""
        self._range, self._timeout = time_range, backfill_timeout
        self._has_begun = delivering is not None and self._is_recent(delivering)
        self._minutes: dict[datetime, _Minute] = {}

    def add(self, log_file: LogObject) -> None:
        minute = self._minutes.setdefault(log_file.time, _Minute())
        minute.count += 1
        if len(minute.log_files) < _KEPT:
            minute.log_files.append(log_file)

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

    def _is_recent(self, time: datetime) -> bool:
        return self._range.now - time <= self._range.max_digest_age

    @property
    def _waits(self) -> bool:
        """True if the first digest is not due yet. With older log files it is, unless the trail began later."""
        return self._has_begun or all(map(self._is_recent, self._minutes))

    def needs(self, span: Span) -> bool:
        """True if log files may have been named in the digest of that period, which is before the range."""
        return any(_is_near(span, time) for time in self._minutes)

    def needs_in_range(self, span: Span) -> bool:
        """True if log files of the range itself may have been named there."""
        return any(_is_near(span, time) for time in self._times())

    def problems(self, spans: Sequence[Span]) -> Iterator[tuple[Problem, int]]:
        """Each problem and the number of log files that have it. C(spans) are the periods of all digests.

        Log files from before the range fail only if digests cover their time and do not name them, or if such a digest
        does not exist any more: when the range before was validated, they may have been waiting for a backfill digest.
        """
        waits = not spans and self._waits
        for time in sorted(self._minutes):
            minute, near = self._minutes[time], [span for span in spans if _is_near(span, time)]
            for log_file in minute.log_files:
                problem = self._judge(log_file, near, waits=waits)
                if problem and problem.kind != UNEXPECTED and time < self._range.start:
                    problem = self._before_range(problem, time, spans)
                if problem:
                    others = minute.count - len(minute.log_files) if log_file is minute.log_files[-1] else 0
                    yield problem, 1 + others

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

    def _judge(self, log_file: LogObject, near: Sequence[Span], *, waits: bool) -> Problem | None:
        """The problem of the log file; None if a problem of the digests near it explains it."""
        time, key = log_file.time, log_file.key
        covered = [span for span in near if span.covered]
        others = {span.status for span in near if not span.covered and span.failed} - {NOT_COVERED, CONTINUES_ELSEWHERE}
        since = timestamps.text(time)
        if others:
            return None
        if covered and any(span.start <= time < span.end for span in covered):
            return self._late_or_added(log_file, since)
        if waits and self._is_recent(time):
            message = "Log files wait for their first digest. This is the first of them."
            return Problem(
                kind=WAITING_FOR_DIGEST, resource=key, message=message, since=since, status=WAITING, group="waiting"
            )
        message = (
            "No digest covers the time of this log file: log file validation was off when it was delivered, or the"
            " digest was deleted."
        )
        return Problem(kind=NOT_COVERED, resource=key, message=message, since=since, group="not covered")

    def _late_or_added(self, log_file: LogObject, since: str) -> Problem:
        time, key, written = log_file.time, log_file.key, _written_later(log_file)
        if self._range.now - time <= self._timeout:
            limit = timestamps.text(time + self._timeout)
            message = (
                f"No digest names this log file, although digests cover its time. It waits until {limit} for a backfill"
                f" digest, in which CloudTrail names late log files. Until then, it is not known who wrote it.{written}"
            )
            group = "late, written later" if written else "late"
            return Problem(
                kind=NOT_COVERED,
                resource=key,
                message=message,
                since=since,
                status=WAITING,
                group=group,
                remediation=(
                    "If this is not a late delivery of CloudTrail, find out who wrote the object. Validate again after"
                    f" {limit}."
                ),
            )
        message = (
            f"No digest names this log file, although digests cover its time: it was added, renamed or moved"
            f" here.{written}"
        )
        return Problem(kind=UNEXPECTED, resource=key, message=message, since=since)


def by_name(location: LogLocation, entry: Mapping[str, Any], now: datetime) -> LogObject | Problem:
    """The log file in S3's entry of an object among the log files, or the problem if CloudTrail uses no such name."""
    key = entry["Key"]
    log_file = location.parse(LOG, key, entry["LastModified"])
    if log_file is None:
        message = "The name of this object is not that of a log file of this account and Region."
        return Problem(kind=UNEXPECTED, resource=key, message=message, group="names")
    if not location.is_in_its_day(LOG, log_file):
        message = "This log file lies in the folder of another day than the one in its name: it was moved here."
        return Problem(kind=UNEXPECTED, resource=key, message=message)
    if log_file.time > now + _HOUR:
        message = "The name of this log file has a time in the future, which CloudTrail does not write."
        return Problem(kind=UNEXPECTED, resource=key, message=message)
    return log_file


def _written_later(log_file: LogObject) -> str:
    """A sentence with the time at which S3 stored the object, if its name has a much earlier time; else nothing.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html (LastModified)
    """
    if log_file.modified - log_file.time <= _HOUR:
        return ""
    name, written = timestamps.text(log_file.time), timestamps.text(log_file.modified)
    return f" S3 stored the object at {written}, and its name has the time {name}."


def _is_near(span: Span, time: datetime) -> bool:
    return span.start < time + BORDER and span.end > time - BORDER
