# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is proved about the files of one account and Region: the chains of its trails, and files that none names. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._core.finding import FAILED, WAITING, Finding
from .._digests.chain import Chain, Piece, Range, Span
from .._digests.problems import NOT_COVERED, UNEXPECTED, WAITING_FOR_DIGEST, Problem, Tally
from .._log_files.layout import LOGS, Folder, Name

# A file's name tells the minute of its delivery; which of two neighbouring digests names it is not certain.
_BORDER = timedelta(minutes=15)
_DAY, _AFTER = timedelta(days=1), timedelta(hours=2)  # the last files of a day are in a digest of the next
_STRAYS = 1000


@dataclass
class FolderProof:
    folder: Folder
    range: Range
    strays: int = 0  # log files that no digest names
    _chains: dict[tuple[str, str, bool], Chain] = field(default_factory=dict)
    _claims: dict[str, set[int]] = field(default_factory=dict)  # hashes of the keys that digests name, by day
    _first_strays: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tally = Tally(self.folder.account, self.folder.region)
        self._failed: set[tuple[str, str, bool]] = set()
        self._day = self.range.start.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def digests(self) -> int:
        return sum(chain.digests for chain in self._chains.values())

    def add(self, piece: Piece, problem: Problem | None) -> Span:
        """The next digest of the folder in the order of time."""
        chain = self._chains.setdefault(piece.name.chain, Chain(self.folder, piece.name, self.range))
        span = chain.add(piece)
        if problem:
            self.blame(piece.name, problem)
        return span

    def claim(self, name: Name, key: str) -> None:
        """A digest names this log file."""
        self._chains[name.chain].log_files += 1
        logs = self.folder.of(LOGS)
        if key.startswith(logs):
            self._claims.setdefault(key[len(logs) :][:10], set()).add(hash(key))

    def days(self, until: datetime | None = None) -> Iterator[datetime]:
        """The days of the range, each once, that digests up to a point in time have told all log files of."""
        while self._day < self.range.until and (until is None or self._day + _DAY + _AFTER <= until):
            yield self._day
            self._day += _DAY

    def claimed(self, day: datetime) -> Collection[int]:
        """The hashes of the keys that are claimed for a day, which are forgotten here."""
        return self._claims.pop(f"{day:%Y/%m/%d}", set())

    def blame(self, name: Name | None, problem: Problem) -> None:
        """A problem of the folder, or of one of its chains."""
        self._tally.add(problem)
        if name and problem.status == FAILED:
            self._failed.add(name.chain)

    def stray(self, keys: Iterable[str]) -> None:
        """Log files that no digest names."""
        for key in keys:
            self._stray(key)

    def _stray(self, key: str) -> None:
        moment = self.folder.log_time(key)
        if moment is None:
            self._tally.add(
                Problem(UNEXPECTED, key, "The name of this object is not that of a log file.", group="names")
            )
        elif self.range.start <= moment < self.range.until:
            self.strays += 1
            if len(self._first_strays) < _STRAYS:
                self._first_strays.append((moment, key))

    def finish(self) -> None:
        """After the last digest and the last stray."""
        for name, chain in self._chains.items():
            chain.finish()
            for problem in chain.problems:
                self.blame(chain.name, problem)
            if not any(span.proved for span in chain.spans):
                self._failed.add(name)
        spans = [span for chain in self._chains.values() if not chain.name.backfill for span in chain.spans]
        for moment, key in self._first_strays:
            judged = self._judged(moment, key, spans)
            if judged:
                self._tally.add(judged)

    def _judged(self, moment: datetime, key: str, spans: list[Span]) -> Problem | None:
        """What a file is that no digest names; None where a problem of the digests explains it."""
        since = timestamps.text(moment)
        near = [span for span in spans if span.start < moment + _BORDER and span.end > moment - _BORDER]
        proved = [span for span in near if span.proved]
        others = {span.status for span in near if not span.proved}
        if not others and proved:
            inside = min(span.start for span in proved) <= moment - _BORDER
            inside = inside and moment + _BORDER <= max(span.end for span in proved)
            message = (
                "No digest names this log file, although digests cover its time: it was added, renamed or moved here."
            )
            return Problem(UNEXPECTED, key, message, since) if inside else None
        if others - {NOT_COVERED}:
            return None
        if not spans and self.range.now - moment <= self.range.patience:
            message = "Log files wait for their first digest. This is the first of them."
            return Problem(WAITING_FOR_DIGEST, key, message, since, WAITING, "waiting")
        message = "No digest covers the time of this log file: log file validation was off when it was delivered."
        return Problem(NOT_COVERED, key, message, since, FAILED, "not covered")

    def results(self) -> Iterator[dict[str, Any]]:
        for name in sorted(self._chains):
            yield self._chains[name].as_result(name not in self._failed)

    def findings(self) -> Iterator[Finding]:
        yield from self._tally.findings()
