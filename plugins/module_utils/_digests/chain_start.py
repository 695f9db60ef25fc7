# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is known of the time before the first digest of a chain in the time range. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail delivers a starting digest when logging or log file validation starts, and a final one when logging stops:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .._core import timestamps
from .._core.finding import INFO
from .._core.interruption import Interruption
from .._log_files.object_keys import DIGEST, LogLocation, parse_key
from .digest import PreviousDigest
from .problems import CONTINUES_ELSEWHERE, LOCATION_CHANGED, MISSING, Problem
from .timeline import OlderDigests, StoredDigest, TimeRange

# Lifecycle rules count to midnight UTC, so the digest of the hour before expires a day earlier at most:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
_EXPIRY = timedelta(days=2)
_HOUR = timedelta(hours=1)
_MOMENT = timedelta(minutes=1)  # an interruption that is not reported in addition to what was deleted before it


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A time before an interruption of the trail, of which digests do not exist."""

    start: datetime
    end: datetime
    explanation: str  # in sentences


def hole_before(
    before: Interruption, trail: str, begin: datetime, start: datetime, time_range: TimeRange
) -> Hole | None:
    """The time from C(begin) to an interruption of the trail, which a chain follows that starts at C(start).

    C(begin) is the end of the newest digest from before, or the start of the range. None if that time has its digests.
    """
    if begin > time_range.start and before.lacks_last_digest(begin):
        return Hole(start=begin, end=start, explanation=before.last_digest_explanation(trail))
    if before.begin <= max(begin + _HOUR, time_range.start):
        return None
    return Hole(
        start=max(begin, before.since or begin),
        end=start if start - before.begin <= _MOMENT else before.begin,
        explanation=before.explanation(trail),
    )


def deleted_before(
    first: StoredDigest, previous: PreviousDigest, location: LogLocation, older: OlderDigests, time_range: TimeRange
) -> Problem | None:
    """The problem that the digest before the first one of the range does not exist; None if it exists.

    It is before the range, so its content is not read. It may be absent if it has expired, and a copy of a chain may
    begin with any digest.
    """
    key, named = previous.key, parse_key(DIGEST, previous.key)
    is_here = first.delivered_here and first.digest and first.digest.bucket == previous.bucket
    if not is_here or not key.startswith(location.folder(DIGEST)) or named is None or older.listed_from is None:
        return None
    if not older.listed_from <= named.time < time_range.start or key in older.keys:
        return None
    if first.expires is not None and first.expires - time_range.now <= _EXPIRY:
        return None
    message = (
        "The digest before the first one of the time range does not exist, although that digest names it. It is not"
        " known which log files it named."
    )
    return Problem(kind=MISSING, resource=key, message=message, since=timestamps.text(named.time))


def deleted_since(location: LogLocation, until: datetime) -> Problem:
    """The problem that a digest was validated before, and does not exist any more. C(until) is the end of its time."""
    time = timestamps.text(until)
    message = (
        f"An earlier evidence has a verified digest of the time until {time}, and this digest no longer exists. It is"
        f" not known which digests and log files from before were deleted with it."
    )
    return Problem(kind=MISSING, resource=location.day_folder(DIGEST, until), message=message, since=time)


def delivered_elsewhere(trail: str, folder: str, place: str, first: datetime, start: datetime) -> Problem:
    """That a trail delivers to the folder since C(start), and before to another place, which was not read."""
    since = timestamps.text(start)
    message = (
        f"Trail {trail} delivers here since {since}. Before, it delivered its digests to {place}, which was not read."
        f" The time from {timestamps.text(first)} to {since} ({start - first}) is not checked here."
    )
    return Problem(
        kind=CONTINUES_ELSEWHERE, resource=folder, message=message, since=since, status=INFO, cause=LOCATION_CHANGED
    )


def deleted_earlier(interruptions: Sequence[Interruption]) -> str:
    """A sentence about earlier interruptions whose digests from before were deleted too; empty without any."""
    if not interruptions:
        return ""
    first = interruptions[0]
    began = f"{first.event} at {timestamps.text(first.begin)}"
    if len(interruptions) == 1:
        return f" The digests from before an earlier interruption ({began}) are not in this folder either."
    return (
        f" The digests from before {len(interruptions)} earlier interruptions are not in this folder either. The first"
        f" of them began with {began}."
    )


def gap_reason(trail: str, before: Interruption | None, begin: datetime) -> str:
    """Why a chain that starts anew has no digests since C(begin), as far as the interruption C(before) shows it."""
    if before is None or before.begin < begin - _MOMENT:
        return "Logging or log file validation was off, or the last digests from before were deleted"
    time = timestamps.text(before.begin)
    if before.begin > begin + _MOMENT:
        return (
            f"Trail {trail} was logging until {time} ({before.event}), and CloudTrail delivered no last digest, or the"
            f" digest was deleted"
        )
    return f"Trail {trail} did not deliver to this folder after {before.event} at {time}"
