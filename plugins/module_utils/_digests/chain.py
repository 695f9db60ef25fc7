# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Validate one chain of digests: each digest is linked to the one before, and together they cover all time. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each digest has the key, hash and signature of the one before. If two neighbouring digests are missing, no digest
names both. Therefore the time that the digests cover is validated as well: each starts when the one before ended.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
Only a digest whose signature is valid proves what it contains. The others only explain why a period is not covered.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from .._core import interruption, timestamps
from .._core.finding import FAILED, INFO
from .._log_files.object_keys import DIGEST, LogLocation, LogObject, file_name, parse_key, region_folder
from . import doubt
from .chain_start import deleted_before, deleted_earlier, delivered_elsewhere, gap_reason, hole_before
from .digest import Digest, PreviousDigest
from .problems import (
    CONTINUES_ELSEWHERE,
    GAP,
    MISSING,
    NOT_COVERED,
    REPLACED,
    UNKNOWN_START,
    WAITING_FOR_DIGEST,
    Problem,
)
from .timeline import OlderDigests, Span, StoredDigest, TimeRange, merged_spans

_HOUR = timedelta(hours=1)
_READ_ELSEWHERE = (
    "Add that bucket and its prefix to original_buckets, with a role that is allowed to read it, and validate again. If"
    " the digests are not there either, find out who deleted them."
)


class Chain:
    """The digests of one chain, which are added one by one in the order of time."""

    def __init__(self, location: LogLocation, first: LogObject, time_range: TimeRange, expected: bool = True) -> None:
        """C(first) is any digest of the chain. The end of a chain that is not C(expected) is not a failure."""
        self.trail, self.home_region, self.backfill = first.chain
        self.digests = 0
        self.log_files = 0
        self.spans: list[Span] = []
        self.problems: list[Problem] = []
        self.older = OlderDigests()
        self.interruptions: Collection[interruption.Interruption] = ()  # of the trail, as far as they are known
        self.may_be_new = False  # True if the account may have enabled the Region in the time range
        self.verified_until: datetime | None = None  # the end of a digest of the Region that was validated before
        self.places_read: Collection[tuple[str, str]] = ()  # other buckets and folders whose digests were added too
        self.expected = expected
        self._location = location
        self._range = time_range
        self._covered_until: datetime | None = None
        self._recent: dict[str, StoredDigest] = {}  # by name: the last verified digest, and those after it
        self._all: dict[str, StoredDigest] = {}  # of a backfill chain, whose order is not that of time
        self._last_key = ""
        self._last_covered: Span | None = None

    def add(self, stored: StoredDigest) -> Span:
        """The period of the digest. The results of its log files may still make its status worse."""
        start, key = self._start(stored), stored.object.key
        if self.backfill:
            self._all[file_name(key)] = stored
        elif stored.digest is not None:
            self._link(stored, stored.digest, start)
        elif self._covered_until is not None and start > self._covered_until:
            self._hole(kind=MISSING, start=self._covered_until, end=start, resource=self._last_key, what="No digest")
        end = max(stored.object.time, start)
        span = Span(start=start, end=end, status=stored.status, covered=stored.verified)
        self.spans.append(span)
        self._covered_until = max(span.end, self._covered_until or span.end)
        self._last_key = key
        if stored.verified:
            self._recent, self._last_covered = {}, span
        self._recent[file_name(key)] = stored
        self.digests += 1
        return span

    def add_silent(self, older: LogObject) -> None:
        """Call it instead of C(add) if the range has no digest: C(older) is the newest one from before the range."""
        self._last_key, self._covered_until = older.key, older.time

    def finish(self) -> None:
        """Call it after the last digest: adds the time that no digest covers yet, or any more."""
        if self.backfill:
            self._link_backfills()
            return
        start, until = self._covered_until, self._range.until
        if start is None or start >= until:
            return
        if self._range.now - start <= self._range.max_digest_age:
            self.spans.append(Span(start=start, end=until, status=WAITING_FOR_DIGEST))
            return
        what = (
            f"No digest of trail {self.trail} follows: logging or log file validation was disabled, or the digests"
            f" were deleted. No digest"
        )
        status = FAILED if self.expected else INFO
        self._hole(kind=MISSING, start=start, end=until, resource=self._last_key, what=what, status=status)

    def _start(self, stored: StoredDigest) -> datetime:
        """The start of the period. If the content is not verified, it is the hour before the end, at most."""
        end, digest = stored.object.time, stored.digest
        if digest is not None and stored.verified:
            return digest.start
        earliest = end - _HOUR
        if digest is not None:
            return max(earliest, min(digest.start, end))
        return max(earliest, min(self._covered_until, end)) if self._covered_until else earliest

    def _link(self, stored: StoredDigest, digest: Digest, start: datetime) -> None:
        """Compare the digest with the one before."""
        previous, covered_until = digest.previous, self._covered_until
        if previous is None:
            self._add_starting_digest(start)
        elif file_name(previous.key) in self._recent:
            self._compare(self._recent[file_name(previous.key)], stored)
            if covered_until is not None and start > covered_until:
                what = "CloudTrail itself left out a period: no digest"
                self._hole(kind=GAP, start=covered_until, end=start, resource=self._last_key, what=what)
        elif stored.verified and self._is_unread_elsewhere(digest, previous):
            self._continue_elsewhere(previous, start)
        elif stored.verified and (covered_until is not None or self._in_range(previous.key)):
            begin, key = covered_until or min(self._range.start, start), self._location.resolve(previous.key)
            self._hole(kind=MISSING, start=begin, end=start, resource=key or "", what="No digest")
        elif stored.verified:
            deleted = deleted_before(stored, previous, self._location, self.older, self._range)
            self.problems += [deleted] if deleted else []
            if start > self._range.start:
                what, begin = "CloudTrail itself left out a period: no digest", self._range.start
                self._hole(kind=GAP, start=begin, end=start, resource=stored.object.key, what=what)
        elif covered_until is not None and start > covered_until:
            self._hole(kind=MISSING, start=covered_until, end=start, resource=self._last_key, what="No digest")

    def _add_starting_digest(self, start: datetime) -> None:
        """A starting digest is the first one of a trail, or the first one after logging or validation was disabled.

        If it is the first one after a known interruption of the trail, the trail delivered digests before.
        """
        older, before = self._older, interruption.before(self.interruptions, start)
        begin, key = (
            self._covered_until or (older.time if older else None),
            self._last_key or (older.key if older else ""),
        )
        if begin is None and before is None:
            if start > self._range.start:
                self.spans.append(Span(start=self._range.start, end=start, status=NOT_COVERED))
            return
        if before and begin is None and self._is_doubted(before, start):
            return
        begin = begin or self._range.start
        if before:
            begin = self._add_deleted(before, begin, start, key)
        if start > max(begin, self._range.start):
            what = f"{gap_reason(self.trail, before, begin)}: no digest"
            self._hole(kind=GAP, start=begin, end=start, resource=key, what=what)

    def _is_doubted(self, before: interruption.Interruption, start: datetime) -> bool:
        """Add a problem if nothing shows that digests from before existed here. Returns whether one was added."""
        begin, folder = self._range.start, self._location.folder(DIGEST)
        if start <= begin or (self.verified_until and self.verified_until <= start):
            return False
        problem = doubt.about(before, self.trail, folder, (begin, start), new_region=self.may_be_new)
        if problem:
            self.spans.append(Span(start=begin, end=start, status=UNKNOWN_START, failed=False))
            self.problems.append(problem)
        return problem is not None

    def _add_deleted(self, before: interruption.Interruption, begin: datetime, start: datetime, key: str) -> datetime:
        """Add the time from C(begin) to the interruption, if it has no digests. Returns since when more are missing."""
        hole = hole_before(before, self.trail, begin, start, self._range)
        if hole is None:
            return begin
        earlier = interruption.deleted_with(self.interruptions, before, max(begin, self._range.start))
        what = f"{hole.explanation}{deleted_earlier(earlier)} No digest"
        self._hole(kind=MISSING, start=hole.start, end=hole.end, resource=key, what=what)
        return hole.end

    @property
    def _older(self) -> LogObject | None:
        """The newest digest of the chain in this folder from before the range, if it is known."""
        return self.older.newest.get((self.trail, self.home_region, self.backfill))

    def _is_unread_elsewhere(self, digest: Digest, previous: PreviousDigest) -> bool:
        """True if CloudTrail delivered the digest before to another place, and its digests were not read."""
        there = (previous.bucket, region_folder(previous.key))
        return there != (digest.bucket, region_folder(digest.key)) and there not in self.places_read

    def _continue_elsewhere(self, previous: PreviousDigest, start: datetime) -> None:
        """The trail delivered elsewhere before. That is a fault only if it delivered here even earlier.

        Otherwise a trail that is sent elsewhere for some hours, and back, would hide these hours.
        """
        place = f"s3://{previous.bucket[:63]}/{region_folder(previous.key)[:300]}"
        if self._covered_until is not None or self._older:
            what = (
                f"The trail delivered here, then to {place}, then here again, and the digests there were not read. No"
                f" digest in this bucket"
            )
            begin = self._covered_until or self._range.start
            self._hole(
                kind=MISSING,
                start=begin,
                end=start,
                resource=self._last_key or (self._older.key if self._older else ""),
                what=what,
                remediation=_READ_ELSEWHERE,
            )
        elif start > self._range.start:
            begin, before = self._range.start, interruption.before(self.interruptions, start)
            if before:
                begin = self._add_deleted(before, begin, start, "")
            self.spans.append(Span(start=begin, end=start, status=CONTINUES_ELSEWHERE))
            folder = self._location.folder(DIGEST)
            self.problems.append(delivered_elsewhere(self.trail, folder, place, begin, start))

    def _compare(self, before: StoredDigest, stored: StoredDigest) -> None:
        """Add a problem if the digest before is verified, but is not the one that this verified digest names."""
        previous = stored.digest.previous if stored.digest else None
        if before.digest is None or previous is None or not (before.verified and stored.verified):
            return  # one of the two has a problem of its own
        if (before.digest.hash, before.signature.lower()) == (previous.hash, previous.signature.lower()):
            return
        if self._last_covered and not self.backfill:
            self._last_covered.worsen(REPLACED)
        message = "The digest is signed, but it is not the one that the next digest of the chain names."
        since = timestamps.text(before.digest.start)
        self.problems.append(Problem(kind=REPLACED, resource=before.object.key, message=message, since=since))

    def _link_backfills(self) -> None:
        """Compare each backfill digest with the one before, which may cover a later hour, because it was late too."""
        for stored in self._all.values():
            previous = stored.digest.previous if stored.digest and stored.verified else None
            if previous is None:
                continue
            before = self._all.get(file_name(previous.key))
            if before is not None:
                self._compare(before, stored)
            elif self._in_range(previous.key) and not (
                stored.digest and self._is_unread_elsewhere(stored.digest, previous)
            ):
                message = "The backfill digest does not exist, although the next one of its chain names it."
                key = self._location.resolve(previous.key) or self._location.folder(DIGEST)
                self.problems.append(Problem(kind=MISSING, resource=key, message=message))

    def _in_range(self, key: str) -> bool:
        """True if a digest before the first one must be in the bucket too."""
        named = parse_key(DIGEST, key)
        return named is None or named.time >= self._range.start

    def _hole(
        self,
        *,
        kind: str,
        start: datetime,
        end: datetime,
        resource: str,
        what: str,
        status: str = FAILED,
        remediation: str = "",
    ) -> None:
        """Add a period without digests. C(what) is the start of the message."""
        start = min(start, end)
        visible = max(start, self._range.start)
        if visible < end:
            self.spans.append(Span(start=visible, end=end, status=kind, failed=status == FAILED))
        since, until = timestamps.text(start), timestamps.text(end)
        message = f"{what} covers the time from {since} to {until} ({end - start})."
        resource = resource or self._location.folder(DIGEST)
        self.problems.append(
            Problem(kind=kind, resource=resource, message=message, since=since, status=status, remediation=remediation)
        )

    def as_result(self, *, valid: bool) -> dict[str, Any]:
        timeline: list[dict[str, str]] = [
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
