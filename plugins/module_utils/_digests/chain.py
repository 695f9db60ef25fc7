# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Validate one chain of digests: each digest is linked to the one before, and together they cover all time. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each digest has the key, hash and signature of the one before. If two neighbouring digests are missing, no digest
names both. Therefore the time that the digests cover is validated as well: each starts when the one before ended.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._log_files.object_keys import DIGEST, LogLocation, LogObject
from .digest import Digest
from .problems import GAP, MISSING, NOT_COVERED, REPLACED, VALID, WAITING_FOR_DIGEST, WORST_FIRST, Problem

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class TimeRange:
    """The time to validate. C(max_digest_age) is the age of the newest digest at which the next one is missing."""

    start: datetime
    end: datetime
    now: datetime
    max_digest_age: timedelta

    @property
    def until(self) -> datetime:
        """The end of the time in which objects can exist."""
        return min(self.end, self.now)


@dataclass(frozen=True, kw_only=True)
class StoredDigest:
    """A digest in the bucket."""

    object: LogObject
    status: str  # VALID, or the kind of its problem
    digest: Digest | None = None  # None if its content is not what CloudTrail delivered
    signature: str = ""


# not frozen: the results of the log files arrive later and make the status worse
@dataclass(kw_only=True)
class Span:
    """A period of the timeline."""

    start: datetime
    end: datetime
    status: str
    covered: bool = False  # a digest names all log files of the period, whatever their status

    def worsen(self, status: str) -> None:
        self.status = min(self.status, status, key=WORST_FIRST.index)


class Chain:
    """The digests of one chain, which are added one by one in the order of time."""

    def __init__(self, location: LogLocation, first: LogObject, time_range: TimeRange) -> None:
        """C(first) is any digest of the chain."""
        self.trail, self.home_region, self.backfill = first.chain
        self.digests = 0
        self.log_files = 0
        self.spans: list[Span] = []
        self.problems: list[Problem] = []
        self._location = location
        self._range = time_range
        self._covered_until: datetime | None = None
        self._recent: dict[str, StoredDigest] = {}  # by key: the last digest with content, and those after it
        self._last_key = ""
        self._last_covered: Span | None = None

    def add(self, stored: StoredDigest) -> Span:
        """The period of the digest. The results of its log files may still make its status worse."""
        start, digest, key = self._start(stored), stored.digest, stored.object.key
        if digest is not None:
            self._link(digest, start)
        elif self._covered_until is not None and start > self._covered_until:
            self._hole(kind=MISSING, start=self._covered_until, end=start, resource=self._last_key, what="No digest")
        end = max(stored.object.time, start)
        span = Span(start=start, end=end, status=stored.status, covered=digest is not None)
        self.spans.append(span)
        self._covered_until = max(span.end, self._covered_until or span.end)
        self._last_key = key
        if digest is not None:
            self._recent, self._last_covered = {}, span
        self._recent[key] = stored
        self.digests += 1
        return span

    def finish(self) -> None:
        """Call it after the last digest: adds the time that no digest covers yet, or any more."""
        start, until = self._covered_until, self._range.until
        if self.backfill or start is None or start >= until:
            return
        if self._range.now - start <= self._range.max_digest_age:
            self.spans.append(Span(start=start, end=until, status=WAITING_FOR_DIGEST))
            return
        what = (
            f"No digest of trail {self.trail} follows: logging or log file validation was disabled, or the digests"
            f" were deleted. No digest"
        )
        self._hole(kind=MISSING, start=start, end=until, resource=self._last_key, what=what)

    def _start(self, stored: StoredDigest) -> datetime:
        """The start of the period. If the content does not count, it is the hour before the end, at most."""
        end = stored.object.time
        if stored.digest is not None:
            return stored.digest.start
        earliest = end - _HOUR
        return max(earliest, min(self._covered_until, end)) if self._covered_until else earliest

    def _link(self, digest: Digest, start: datetime) -> None:
        """Compare the digest with the one before."""
        previous, covered_until = digest.previous, self._covered_until
        if previous is None:
            self._add_starting_digest(start)
            return
        key = self._location.resolve(previous.key)
        if key in self._recent:
            self._compare(self._recent[key], digest)
            if covered_until is not None and start > covered_until and not self.backfill:
                what = "CloudTrail itself left out a period: no digest"
                self._hole(kind=GAP, start=covered_until, end=start, resource=self._last_key, what=what)
        elif covered_until is not None or self._in_range(key):
            what = "No digest"
            if previous.bucket != digest.bucket:
                what = (
                    f"The digest before was delivered to another bucket, {previous.bucket[:63]!r}. No digest in this"
                    f" bucket"
                )
            begin = covered_until or min(self._range.start, start)
            self._hole(kind=MISSING, start=begin, end=start, resource=key or "", what=what)

    def _add_starting_digest(self, start: datetime) -> None:
        """A starting digest is the first one of a trail, or the first one after logging or validation was disabled."""
        if self.backfill:
            return
        if self._covered_until is not None:
            what = "Logging or log file validation was off: no digest"
            self._hole(kind=GAP, start=self._covered_until, end=start, resource=self._last_key, what=what)
        elif start > self._range.start:
            self.spans.append(Span(start=self._range.start, end=start, status=NOT_COVERED))

    def _compare(self, before: StoredDigest, digest: Digest) -> None:
        if before.digest is None or digest.previous is None or before.status != VALID:
            return  # the digest before has a problem of its own
        if (before.digest.hash, before.signature) == (digest.previous.hash, digest.previous.signature):
            return
        if self._last_covered:
            self._last_covered.worsen(REPLACED)
        message = "The digest is signed, but it is not the one that the next digest of the chain names."
        since = timestamps.text(before.digest.start)
        self.problems.append(Problem(kind=REPLACED, resource=before.object.key, message=message, since=since))

    def _in_range(self, key: str | None) -> bool:
        """True if a digest before the first one must be in the bucket too."""
        named = self._location.parse(DIGEST, key) if key else None
        return named is None or named.time >= self._range.start

    def _hole(self, *, kind: str, start: datetime, end: datetime, resource: str, what: str) -> None:
        """Add a period without digests. C(what) is the start of the message."""
        start = min(start, end)
        if start < end and not self.backfill:
            self.spans.append(Span(start=start, end=end, status=kind))
        since, until = timestamps.text(start), timestamps.text(end)
        message = f"{what} covers the time from {since} to {until} ({end - start})."
        folder = self._location.folder(DIGEST)
        self.problems.append(Problem(kind=kind, resource=resource or folder, message=message, since=since))

    def as_result(self, *, valid: bool) -> dict[str, Any]:
        timeline = [
            {"start": timestamps.text(span.start), "end": timestamps.text(span.end), "status": span.status}
            for span in merged_spans(self.spans)
        ]
        return {
            "account": self._location.account,
            "region": self._location.region,
            "trail": self.trail,
            "home_region": self.home_region,
            "backfill": self.backfill,
            "start": timeline[0]["start"],
            "end": timeline[-1]["end"],
            "digests": self.digests,
            "log_files": self.log_files,
            "valid": valid,
            "timeline": timeline,
        }


def merged_spans(spans: Iterable[Span]) -> Iterator[Span]:
    """The same periods, with neighbours of the same status as one."""
    current: Span | None = None
    for span in spans:
        if current and current.status == span.status and current.end >= span.start:
            current.end = max(current.end, span.end)
            continue
        if current:
            yield current
        current = Span(start=span.start, end=span.end, status=span.status)
    if current:
        yield current
