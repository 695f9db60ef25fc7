# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A time in which a trail did not deliver digests to the archive, although it did before. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

After it, CloudTrail begins a new chain with a starting digest. So the bucket does not show that older digests existed:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from . import timestamps

# A digest covers an hour, and a last one is delivered when logging stops. Whether a trail that delivered for less than
# an hour has left one when it was deleted or changed is not documented.
_DIGEST, _LAST_DIGEST = timedelta(hours=1), timedelta(minutes=15)
_STOP = "StopLogging"
_RESTART = timedelta(hours=2)  # the first digest after an interruption starts within that time


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """An interruption of a trail, as the event history shows it."""

    since: datetime | None  # when the trail had begun to deliver; None if that is not known
    begin: datetime
    end: datetime | None  # None if the trail does not deliver to the archive yet
    event: str  # the call that began it
    certain: bool  # False if it is not known whether the trail delivered digests to the archive before
    place_known: bool = True  # False if it is not known to which bucket and prefix the trail delivered before
    everywhere: bool  # False if the home Region of the trail was not concerned

    @classmethod
    def from_result(cls, entry: Mapping[str, Any]) -> Interruption:
        """The interruption of C(as_result). Times that cannot be read are the earliest, or None."""
        since, begin, end = (timestamps.parse(str(entry.get(name) or "")) for name in ("since", "begin", "end"))
        return cls(
            since=since,
            begin=begin or datetime.min.replace(tzinfo=timezone.utc),
            end=end,
            event=str(entry.get("event") or ""),
            certain=bool(entry.get("certain")),
            place_known=bool(entry.get("place_known", True)),
            everywhere=bool(entry.get("everywhere", True)),
        )

    def ends_with(self, start: datetime) -> bool:
        """True if a chain that starts at that time is the first one after the interruption."""
        return self.end is not None and self.begin <= start and abs(start - self.end) <= _RESTART

    @property
    def has_digests_before(self) -> bool:
        """True if the trail had delivered for so long that there must be digests."""
        least = _LAST_DIGEST if self.event == _STOP else _DIGEST
        return self.since is None or self.begin - self.since >= least

    def explanation(self, trail: str) -> str:
        """What is known of the digests from before, a sentence."""
        reason = "they were deleted"
        if not self.place_known:
            reason += ", or the trail delivered to another place"
        elif not self.certain:
            reason += ", or the trail did not deliver digests before"
        return (
            f"Trail {trail} was logging until {self._begin}, and the last digests of that time are not in this folder:"
            f" {reason}."
        )

    def lacks_last_digest(self, covered_until: datetime) -> bool:
        """True if only the last digest is absent, which CloudTrail delivers when logging stops."""
        return self.event == _STOP and _LAST_DIGEST < self.begin - covered_until <= _DIGEST

    def last_digest_explanation(self, trail: str) -> str:
        """That only the last digest is absent, in sentences."""
        return (
            f"Trail {trail} was logging until {self._begin}. CloudTrail delivers a last digest when logging stops, and"
            f" that digest does not exist: it was deleted."
        )

    @property
    def _begin(self) -> str:
        return f"{timestamps.text(self.begin)} ({self.event})"

    def as_result(self) -> dict[str, Any]:
        """One item of the return value C(interruptions) of cloudtrail_central_info."""
        return {
            "since": timestamps.optional_text(self.since) or None,
            "begin": timestamps.text(self.begin),
            "end": timestamps.optional_text(self.end) or None,
            "event": self.event,
            "certain": self.certain,
            "place_known": self.place_known,
            "everywhere": self.everywhere,
        }


def before(interruptions: Collection[Interruption], start: datetime) -> Interruption | None:
    """The last one before which there must be digests of a chain that starts at that time; None if none is known.

    The chain starts after an interruption. Several short times of delivery must not hide a long one before. C(since) is
    that of the first one.
    """
    ended = max((entry.begin for entry in interruptions if entry.ends_with(start)), default=None)
    if ended is None:
        return None
    earlier = [entry for entry in interruptions if entry.begin <= ended and entry.has_digests_before]
    last = max(earlier, key=lambda entry: entry.begin, default=None)
    if last is None:
        return None
    times = [entry.since for entry in earlier if entry.certain or entry is last]
    known = [time for time in times if time]
    return replace(last, since=min(known) if len(known) == len(times) else None)


def deleted_with(
    interruptions: Collection[Interruption], last: Interruption, after: datetime
) -> Sequence[Interruption]:
    """The interruptions between C(after) and the C(last) one before which there must be digests too, oldest first."""
    earlier = (entry for entry in interruptions if after + _DIGEST < entry.begin < last.begin)
    by_begin = {entry.begin: entry for entry in earlier if entry.has_digests_before and entry.certain}
    return [by_begin[begin] for begin in sorted(by_begin)]
