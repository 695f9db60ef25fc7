# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Periods of time, the range to validate, and the digests that cover it. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .._log_files.object_keys import LogObject
from .digest import Digest
from .problems import VALID, WORST_FIRST

ChainName = tuple[str, str, bool]  # trail, home Region, and whether these are backfill digests


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
    digest: Digest | None = None  # None if its content is not what CloudTrail delivered to this place
    signature: str = ""
    delivered_here: bool = False  # to the log bucket with this key, according to its valid signature
    expires: datetime | None = None  # when a lifecycle rule deletes it; None if no rule does

    @property
    def verified(self) -> bool:
        """True if the signature is valid, and the digest belongs here. Only then its content is proved."""
        return self.status == VALID


# not frozen: it is filled while the folder is listed
@dataclass(kw_only=True)
class OlderDigests:
    """The digests from before the range in the folder of one account and Region."""

    newest: dict[ChainName, LogObject] = field(default_factory=dict)  # of each chain, as far as they are known
    keys: set[str] = field(default_factory=set)  # of all since C(listed_from)
    listed_from: datetime | None = None  # None if the folder was not listed

    def add(self, digest: LogObject) -> None:
        newest = self.newest.get(digest.chain, digest)
        self.newest[digest.chain] = max(digest, newest, key=lambda item: item.age_order)
        self.keys.add(digest.key)


# not frozen: the results of the log files arrive later and make the status worse
@dataclass(kw_only=True)
class Span:
    """A period of the timeline."""

    start: datetime
    end: datetime
    status: str
    covered: bool = False  # a verified digest names all log files of the period, whatever their status
    failed: bool = True  # False if no failed finding reports the status: then the period excuses no log file

    def worsen(self, status: str) -> None:
        self.status = min(self.status, status, key=WORST_FIRST.index)


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


def total(spans: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> timedelta:
    """The time between C(start) and C(end) that is in at least one of the periods."""
    covered, reached = timedelta(0), start
    for first, last in sorted(spans):
        first, last = max(first, reached), min(last, end)
        if first < last:
            covered, reached = covered + (last - first), last
    return covered
