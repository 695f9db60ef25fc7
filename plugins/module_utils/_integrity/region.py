# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The validation of one account and Region: the chains of its trails, and log files that no digest names. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._core.finding import FAILED, WAITING, Finding
from .._digests.chain import Chain, Span, StoredDigest, TimeRange
from .._digests.problems import NOT_COVERED, UNEXPECTED, WAITING_FOR_DIGEST, FindingLimiter, Problem
from .._log_files.object_keys import LOG, LogLocation, LogObject
from .key_set import KeySet

# The name of a log file has the minute of its delivery. Either of two neighbouring digests may name the file.
_BORDER = timedelta(minutes=15)
_DAY = timedelta(days=1)
_LAST_DIGEST = timedelta(hours=2)  # after the end of a day, the digests that name its last log files end
_LIMIT = 1000  # unnamed log files that are judged


class RegionValidation:
    """Takes the digests of one account and Region in the order of time, and what was read of their log files."""

    def __init__(self, location: LogLocation, time_range: TimeRange) -> None:
        self.location = location
        self.unnamed = 0  # log files of the time range that no digest names
        self._range = time_range
        self._chains: dict[tuple[str, str, bool], Chain] = {}
        self._failed: set[tuple[str, str, bool]] = set()  # chains
        self._named: dict[str, KeySet] = {}  # the log files that digests name, by day
        self._first_unnamed: list[LogObject] = []
        self._findings = FindingLimiter(location.account, location.region)
        self._day = time_range.start.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def digests(self) -> int:
        return sum(chain.digests for chain in self._chains.values())

    def add_digest(self, stored: StoredDigest, problem: Problem | None) -> Span:
        """The period of the digest."""
        name = stored.object.chain
        chain = self._chains.setdefault(name, Chain(self.location, stored.object, self._range))
        span = chain.add(stored)
        if problem:
            self._add_problem(name, problem)
        for entry in stored.digest.log_files if stored.digest else ():
            chain.log_files += 1
            self._add_named(self.location.resolve(entry.key) or "")
        return span

    def _add_named(self, key: str) -> None:
        folder = self.location.folder(LOG)
        if key.startswith(folder):
            day = key[len(folder) :][: len("YYYY/MM/DD")]
            self._named.setdefault(day, KeySet()).add(key)

    def add_log_file(self, digest: LogObject, span: Span, problem: Problem | None) -> None:
        """The result of a log file that the digest names."""
        if problem:
            span.worsen(problem.kind)
            self._add_problem(digest.chain, problem)

    def add_foreign_object(self, key: str) -> None:
        """An object among the digests that is not a digest of this account and Region."""
        message = "This object among the digests does not have the name of a digest of this account and Region."
        self._findings.add(Problem(kind=UNEXPECTED, resource=key, message=message, group="digests"))

    def complete_days(self, until: datetime | None = None) -> Iterator[datetime]:
        """Each day of the range once, as soon as the digests up to C(until) name all its log files."""
        while self._day < self._range.until and (until is None or self._day + _DAY + _LAST_DIGEST <= until):
            yield self._day
            self._day += _DAY

    def take_named(self, day: datetime) -> KeySet:
        """The keys of the day's log files that digests name. They are released here."""
        return self._named.pop(f"{day:%Y/%m/%d}", KeySet())

    def add_unnamed(self, keys: Iterable[str]) -> None:
        """Objects among the log files that no digest names."""
        for key in keys:
            log_file = self.location.parse(LOG, key)
            if log_file is None:
                message = "The name of this object is not that of a log file."
                self._findings.add(Problem(kind=UNEXPECTED, resource=key, message=message, group="names"))
            elif self._range.start <= log_file.time < self._range.until:
                self.unnamed += 1
                if len(self._first_unnamed) < _LIMIT:
                    self._first_unnamed.append(log_file)

    def _add_problem(self, chain: tuple[str, str, bool], problem: Problem) -> None:
        self._findings.add(problem)
        if problem.status == FAILED:
            self._failed.add(chain)

    def finish(self) -> None:
        """Call it after the last digest and the last log file."""
        for name, chain in self._chains.items():
            chain.finish()
            for problem in chain.problems:
                self._add_problem(name, problem)
            if not any(span.covered for span in chain.spans):
                self._failed.add(name)
        spans = [span for chain in self._chains.values() if not chain.backfill for span in chain.spans]
        for log_file in self._first_unnamed:
            unnamed = self._judge_unnamed(log_file, spans)
            if unnamed:
                self._findings.add(unnamed)

    def _judge_unnamed(self, log_file: LogObject, spans: Sequence[Span]) -> Problem | None:
        """The problem of a log file that no digest names; None if a problem of the digests explains it."""
        key, since = log_file.key, timestamps.text(log_file.time)
        start, end = log_file.time - _BORDER, log_file.time + _BORDER
        near = [span for span in spans if span.start < end and span.end > start]
        covered = [span for span in near if span.covered]
        others = {span.status for span in near if not span.covered}
        if not others and covered:
            inside = min(span.start for span in covered) <= start and end <= max(span.end for span in covered)
            message = (
                "No digest names this log file, although digests cover its time: it was added, renamed or moved here."
            )
            return Problem(kind=UNEXPECTED, resource=key, message=message, since=since) if inside else None
        if others - {NOT_COVERED}:
            return None
        if not spans and self._range.now - log_file.time <= self._range.max_digest_age:
            message = "Log files wait for their first digest. This is the first of them."
            return Problem(
                kind=WAITING_FOR_DIGEST, resource=key, message=message, since=since, status=WAITING, group="waiting"
            )
        message = "No digest covers the time of this log file: log file validation was off when it was delivered."
        return Problem(kind=NOT_COVERED, resource=key, message=message, since=since, group="not covered")

    def chains(self) -> Iterator[dict[str, Any]]:
        """The result of each chain, for the module's return value."""
        for name in sorted(self._chains):
            yield self._chains[name].as_result(valid=name not in self._failed)

    def findings(self) -> Iterator[Finding]:
        return self._findings.findings()
