# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Search a folder of the log bucket for its newest objects, with few requests however many objects it has.

Note that this module util is PRIVATE to the collection: it can change at any time.

The keys of a folder sort by day. If the newest object is recent, it is the last one after a key of some minutes ago.
Only if no object is that recent, the folders of years, months and days are listed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
_AHEAD = timedelta(hours=1)  # CloudTrail writes no names that are further ahead of S3's clock
_DAYS = 5  # days with other objects only that are passed over


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
    future: str = ""  # the key of an object whose name is ahead of the clock


def find_newest(bucket: LogBucket, folder: SearchFolder, now: datetime) -> Newest:
    """The newest log file, or the newest digest of each trail.

    Takes one request for each of the WINDOWS until there is an object. If there is none, it takes three requests and
    one for each 1,000 objects of the day. Backfill digests do not count, because they cover hours that are past.
    """
    end = now + _AHEAD
    newest = Newest()
    for window in WINDOWS[folder.kind]:
        starts = folder.location.start_keys(folder.kind, now - window, folder.trail, folder.home_region)
        for start in starts:
            newest = _newest_below(bucket, folder, end, folder.location.folder(folder.kind), start)
            if newest.by_trail:
                return newest
    last_day = folder.location.day_folder(folder.kind, end)
    days = _day_folders(bucket, folder.location.folder(folder.kind), last_day, levels=3)
    for day in itertools.islice(days, _DAYS):
        older = _newest_below(bucket, folder, end, day)
        if older.by_trail:
            return replace(older, future=newest.future)
    return newest


def _newest_below(bucket: LogBucket, folder: SearchFolder, end: datetime, prefix: str, after: str = "") -> Newest:
    by_trail: dict[tuple[str, str], LogObject] = {}
    future, next_day = "", folder.location.day_folder(folder.kind, end + timedelta(days=1))
    for entry in bucket.objects(prefix, after=after):
        key = entry["Key"]
        candidate = folder.location.parse(folder.kind, key, entry["LastModified"])
        if candidate and not candidate.backfill:
            if candidate.time > end:
                future = future or key
            else:
                trail = (candidate.trail, candidate.home_region)
                by_trail[trail] = max(candidate, by_trail.get(trail, candidate), key=lambda item: item.age_order)
        # log files of one day sort by time: all that follow are ahead of the clock too
        if key >= next_day or (future and folder.kind is LOG):
            break
    return Newest(by_trail=by_trail, future=future)


def _day_folders(bucket: LogBucket, path: str, last: str, levels: int) -> Iterator[str]:
    """The folders that many levels below, the newest first, up to and including C(last)."""
    if not levels:
        yield path
        return
    dated = (f"{path}{name}/" for name in bucket.folders(path) if name.isascii() and name.isdigit())
    for folder in sorted((folder for folder in dated if folder <= last), reverse=True):
        yield from _day_folders(bucket, folder, last, levels - 1)
