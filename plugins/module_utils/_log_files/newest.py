# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Search a folder of the log bucket for its newest objects, with few requests however many objects it has.

Note that this module util is PRIVATE to the collection: it can change at any time.

The keys of a folder sort by day. If the newest object is recent, it is the last one after a key of some minutes ago.
Only if no object is that recent, the folders of years, months and days are listed.

CloudTrail puts the time of the delivery into the name of a log file, and the end of the hour into that of a digest:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
S3 sets the time of an object itself, and no user can change it:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
So an object that is older than the time in its name was put there in advance, and CloudTrail did not deliver it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .bucket import LogBucket
from .object_keys import DIGEST, LOG, Kind, LogLocation, LogObject

# How far back to search before the folders of years are listed. CloudTrail delivers log files "on average within about
# 5 minutes": https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
# It delivers a digest every hour, also if there are no events:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
WINDOWS = {
    LOG: (timedelta(minutes=15), timedelta(hours=3), timedelta(days=1)),
    DIGEST: (timedelta(hours=3),),
}
_SKEW = timedelta(minutes=5)  # by which the clocks of CloudTrail and S3 may differ
_DAYS = 5  # days with other objects only that are passed over
# why an object is not a delivery of CloudTrail
FUTURE, OTHER_DAY = "future", "other_day"


@dataclass(frozen=True, kw_only=True)
class SearchFolder:
    """The log files or the digests of one account and Region."""

    location: LogLocation
    kind: Kind
    trail: str = ""  # whose digests are searched for first, if its name and home Region are known
    home_region: str = ""


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest objects of a folder."""

    by_trail: dict[tuple[str, str], LogObject] = field(default_factory=dict)  # by name and home Region of the trail
    refused: dict[str, str] = field(default_factory=dict)  # FUTURE or OTHER_DAY: the first such key that was listed


def find_newest(bucket: LogBucket, folder: SearchFolder, now: datetime, *, is_past: bool = False) -> Newest:
    """The newest log file, or the newest digest of each trail.

    C(is_past) is for a time in the past: younger objects do not count. For the present, they may be ahead of this
    machine's clock, and S3's clock decides.

    Takes one request for each of the WINDOWS until there is an object. If there is none, it takes three requests and
    one for each 1,000 objects of the day. Backfill digests do not count, because they cover hours that are past.
    """
    refused: dict[str, str] = {}
    for prefix, after in _listings(bucket, folder, now):
        newest = _newest_below(bucket, folder, now + _SKEW, prefix, after, is_past=is_past)
        refused = {**newest.refused, **refused}
        if newest.by_trail:
            return Newest(by_trail=newest.by_trail, refused=refused)
    return Newest(refused=refused)


def _listings(bucket: LogBucket, folder: SearchFolder, now: datetime) -> Iterator[tuple[str, str]]:
    """The prefixes to list and the keys to list after, the most recent first."""
    root = folder.location.folder(folder.kind)
    for window in WINDOWS[folder.kind]:
        for start in folder.location.start_keys(folder.kind, now - window, folder.trail, folder.home_region):
            yield root, start
    last_day = folder.location.day_folder(folder.kind, now + _SKEW)
    for day in itertools.islice(_day_folders(bucket, root, last_day, levels=3), _DAYS):
        yield day, ""


def _newest_below(
    bucket: LogBucket, folder: SearchFolder, end: datetime, prefix: str, after: str, *, is_past: bool
) -> Newest:
    newest, next_day = Newest(), folder.location.day_folder(folder.kind, end + timedelta(days=1))
    for entry in bucket.objects(prefix, after=after):
        key = entry["Key"]
        candidate = folder.location.parse(folder.kind, key, entry["LastModified"])
        in_its_day = candidate is not None and folder.location.is_in_its_day(folder.kind, candidate)
        if candidate and not candidate.backfill and not (is_past and candidate.time > end):
            _add(newest, candidate, in_its_day)
        # log files of one day sort by time: all that follow are ahead of the clock too
        is_ahead = candidate is not None and in_its_day and candidate.time > end
        if key >= next_day or (is_ahead and folder.kind is LOG):
            break
    return newest


def _add(newest: Newest, candidate: LogObject, in_its_day: bool) -> None:
    trail = (candidate.trail, candidate.home_region)
    if candidate.time > candidate.modified + _SKEW:
        newest.refused.setdefault(FUTURE, candidate.key)
    elif not in_its_day:
        newest.refused.setdefault(OTHER_DAY, candidate.key)
    else:
        known = newest.by_trail.get(trail, candidate)
        newest.by_trail[trail] = max(candidate, known, key=lambda item: item.age_order)


def _day_folders(bucket: LogBucket, path: str, last: str, levels: int) -> Iterator[str]:
    """The folders that many levels below, the newest first, up to and including C(last)."""
    if not levels:
        yield path
        return
    dated = (f"{path}{name}/" for name in bucket.folders(path) if name.isascii() and name.isdigit())
    for folder in sorted((folder for folder in dated if folder <= last), reverse=True):
        yield from _day_folders(bucket, folder, last, levels - 1)
