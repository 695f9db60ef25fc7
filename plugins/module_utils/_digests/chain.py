# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Walk one trail's digests in the order of time: is each linked to the one before, and is no time left out? Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each digest names the one before it, with its hash and signature. Two digests that are missing side by side leave
nothing behind that names them both, so the time that they covered is looked at as well: each begins when the one
before ended. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._log_files.layout import DIGESTS, Folder, Name
from .digest import Digest
from .problems import GAP, MISSING, NOT_COVERED, REPLACED, VALID, WAITING_FOR_DIGEST, WORST_FIRST, Problem

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Range:
    """What is asked for. C(patience) is the age of the newest digest at which the next one counts as missing."""

    start: datetime
    end: datetime
    now: datetime
    patience: timedelta

    @property
    def until(self) -> datetime:
        """Nothing can lie behind it yet."""
        return min(self.end, self.now)


@dataclass(frozen=True)
class Piece:
    """A digest as it lies in the folder."""

    key: str
    name: Name
    status: str  # VALID, or the kind of its problem
    digest: Digest | None = None  # None where its content counts for nothing
    signature: str = ""


@dataclass
class Span:
    """A period of the timeline."""

    start: datetime
    end: datetime
    status: str
    proved: bool = False  # a digest names all log files of it, whatever became of them

    def worsen(self, status: str) -> None:
        self.status = min(self.status, status, key=WORST_FIRST.index)


@dataclass
class Chain:
    """Takes the pieces of one chain one by one."""

    folder: Folder
    name: Name  # of any of its digests
    range: Range
    digests: int = 0
    log_files: int = 0
    spans: list[Span] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _at: datetime | None = None  # covered until then
    _recent: dict[str, Piece] = field(default_factory=dict)  # the last valid piece and those after it
    _last_key: str = ""
    _last_valid: Span | None = None

    def add(self, piece: Piece) -> Span:
        """The period of the digest, whose status the results of its log files may still worsen."""
        start, digest = self._start(piece), piece.digest
        if digest is not None:
            self._link(digest, start)
        elif self._at is not None and start > self._at:
            self._hole(MISSING, self._at, start, self._last_key, "No digest")
        span = Span(start, max(piece.name.end, start), piece.status, digest is not None)
        self.spans.append(span)
        self._at = max(span.end, self._at or span.end)
        self._last_key = piece.key
        if digest is not None:
            self._recent, self._last_valid = {}, span
        self._recent[piece.key] = piece
        self.digests += 1
        return span

    def finish(self) -> None:
        """After the last piece: is there to be another one?"""
        until = self.range.until
        if self.name.backfill or self._at is None or self._at >= until:
            return
        if self.range.now - self._at <= self.range.patience:
            self.spans.append(Span(self._at, until, WAITING_FOR_DIGEST))
            return
        self._hole(
            *(MISSING, self._at, until, self._last_key),
            f"After this one there is no digest of trail {self.name.trail}: logging or log file validation was stopped,"
            f" or the digests were deleted, and none",
        )

    def _start(self, piece: Piece) -> datetime:
        """A digest without content that counts is taken to cover the hour that digests cover, and no more."""
        if piece.digest is not None:
            return piece.digest.start
        earliest = piece.name.end - _HOUR
        return max(earliest, min(self._at, piece.name.end)) if self._at else earliest

    def _link(self, digest: Digest, start: datetime) -> None:
        previous = digest.previous
        before = self.folder.place(previous.key) if previous else None
        at = self._at
        if previous is None:
            self._begins(start)
        elif before in self._recent:
            self._compare(self._recent[before], digest)
            if at is not None and start > at and not self.name.backfill:
                self._hole(GAP, at, start, self._last_key, "CloudTrail itself left out a time: no digest")
        elif at is not None or self._in_range(before):
            what = "No digest"
            if previous.bucket != digest.bucket:
                what = f"The digest before was delivered to another bucket, {previous.bucket[:63]!r}, and none here"
            self._hole(MISSING, at or min(self.range.start, start), start, before or "", what)

    def _begins(self, start: datetime) -> None:
        """A first digest: of the trail, or after logging or validation had been off."""
        if self.name.backfill:
            return
        if self._at is not None:
            self._hole(GAP, self._at, start, self._last_key, "Logging or log file validation was off: no digest")
        elif start > self.range.start:
            self.spans.append(Span(self.range.start, start, NOT_COVERED))

    def _compare(self, before: Piece, digest: Digest) -> None:
        if before.digest is None or digest.previous is None or before.status != VALID:
            return  # told already
        if (before.digest.hash, before.signature) != (digest.previous.hash, digest.previous.signature):
            if self._last_valid:
                self._last_valid.worsen(REPLACED)
            since = timestamps.text(before.digest.start)
            message = "The digest is signed, but it is not the one that the next digest of the chain names."
            self.problems.append(Problem(REPLACED, before.key, message, since))

    def _in_range(self, key: str | None) -> bool:
        """Whether a digest that lies before the first one had to be found as well."""
        name = self.folder.digest_name(key) if key else None
        return name is None or name.end >= self.range.start

    def _hole(self, kind: str, start: datetime, end: datetime, where: str, what: str) -> None:
        start = min(start, end)
        if start < end and not self.name.backfill:
            self.spans.append(Span(start, end, kind))
        since, until = timestamps.text(start), timestamps.text(end)
        message = f"{what} covers the time from {since} to {until} ({end - start})."
        self.problems.append(Problem(kind, where or self.folder.of(DIGESTS), message, since))

    def timeline(self) -> Iterator[dict[str, str]]:
        """The periods, neighbours of the same status as one. The first and last digest may reach beyond the range."""
        merged: list[Span] = []
        for span in self.spans:
            if merged and merged[-1].status == span.status and merged[-1].end >= span.start:
                merged[-1].end = max(merged[-1].end, span.end)
            else:
                merged.append(Span(span.start, span.end, span.status))
        for span in merged:
            yield {"start": timestamps.text(span.start), "end": timestamps.text(span.end), "status": span.status}

    def as_result(self, valid: bool) -> dict[str, Any]:
        timeline = list(self.timeline())
        return {
            "account": self.folder.account,
            "region": self.folder.region,
            "trail": self.name.trail,
            "home_region": self.name.home_region,
            "backfill": self.name.backfill,
            "start": timeline[0]["start"],
            "end": timeline[-1]["end"],
            "digests": self.digests,
            "log_files": self.log_files,
            "valid": valid,
            "timeline": timeline,
        }
