# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Find objects outside of the folders YYYY/MM/DD of a Region, with a few requests however many objects there are.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail delivers to such folders only, so nobody who reads the logs by day would notice other objects:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from .._digests.timeline import TimeRange
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import Kind, LogLocation

_LEVELS = (re.compile(r"[0-9]{4}"), re.compile(r"0[1-9]|1[0-2]"), re.compile(r"0[1-9]|[12][0-9]|3[01]"))
_FOLDERS = 100  # unexpected folders of one Region that are looked into
_DAY = timedelta(days=1)


def find_strays(bucket: LogBucket, location: LogLocation, kind: Kind, time_range: TimeRange) -> Iterator[str]:
    """The keys of objects beside the folders of days, and the first key in each folder that is not that of a day.

    Looked at are the folder of the Region, and its years and months that the time range touches. A day in the future
    is not a valid day either.
    """
    root = location.folder(kind)
    last = f"{time_range.now + _DAY:%Y/%m/%d}/"
    for path in _paths(time_range):
        level = path.count("/")
        keys, folders = bucket.level(root + path)
        yield from keys
        other = [name for name in folders if not _LEVELS[level].fullmatch(name) or f"{path}{name}/" > last]
        for name in other[:_FOLDERS]:
            first = next(bucket.objects(f"{root}{path}{name}/"), None)
            if first:
                yield first["Key"]
        if level == 0 and not folders:
            return


def _paths(time_range: TimeRange) -> list[str]:
    """The folder of the Region, the years and the months, relative to the Region's folder."""
    days = (time_range.until - time_range.start).days + 2
    dates = [min(time_range.start + _DAY * number, time_range.until) for number in range(days)]
    return sorted({"", *(f"{date:%Y}/" for date in dates), *(f"{date:%Y/%m}/" for date in dates)})
