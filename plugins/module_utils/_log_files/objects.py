# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Where CloudTrail puts log files and digests in the bucket, and what their names say. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html (names of log files) and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html

Every key begins with C([prefix/]AWSLogs/[organization/]account/kind/region/year/month/day/), so that the keys of one
folder sort by day. Within a day log files sort by time, and digests by trail first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

_NEVER = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Kind:
    """Log files or digests."""

    folder: str
    name: re.Pattern[str]  # what follows account, kind and Region in a file's name
    time: str  # the form of the time in it
    by_time: bool  # whether the names of one day sort by time
    windows: tuple[timedelta, ...]  # how far back the newest is looked for before the folders of years are


# "On average within about 5 minutes", https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
LOG = Kind(
    "CloudTrail",
    re.compile(r"(?P<time>[0-9]{8}T[0-9]{4}Z)_[A-Za-z0-9]+\.json\.gz"),
    "%Y%m%dT%H%MZ",
    True,
    (timedelta(minutes=15), timedelta(hours=3), timedelta(days=1)),
)
# Every hour, also an hour without events. Backfill digests do not count: they are of hours that have passed.
DIGEST = Kind(
    "CloudTrail-Digest",
    re.compile(r"(?P<trail>.+)_(?P<home>[a-z0-9-]+)_(?P<time>[0-9]{8}T[0-9]{6}Z)\.json\.gz"),
    "%Y%m%dT%H%M%SZ",
    False,
    (timedelta(hours=3),),
)


@dataclass(frozen=True)
class Named:
    """One file by its name: when a log file was delivered, or when the hour of a digest ended."""

    key: str
    time: datetime
    trail: str = ""  # name and home Region of the trail; the names of log files do not tell them
    home: str = ""
    written: datetime = field(default=_NEVER, compare=False)  # by S3, which decides between names of one minute

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """The newest is the greatest."""
        return self.time, self.written, self.key


@dataclass(frozen=True)
class Folder:
    """The files of one kind, account and Region."""

    root: str  # [prefix/]AWSLogs/[organization/]
    account: str
    region: str
    kind: Kind
    trail: str = ""  # the trail whose digests are looked for, and its home Region, where both are known
    home: str = ""

    @property
    def path(self) -> str:
        return f"{self.root}{self.account}/{self.kind.folder}/{self.region}/"

    @property
    def _stem(self) -> str:
        return f"{self.account}_{self.kind.folder}_{self.region}_"

    def day(self, time: datetime) -> str:
        """The folder of a day."""
        return f"{self.path}{time:%Y/%m/%d}/"

    def starts(self, now: datetime) -> Iterator[str]:
        """Keys to list behind, one after the other until something is there, the closest to now first.

        Each sorts before all files of its time and later: of the trail, where that is known, or else of all.
        """
        for window in self.kind.windows:
            time = now - window
            if self.kind.by_time:
                yield f"{self.day(time)}{self._stem}{time:%Y%m%dT%H%M}"
                continue
            if self.trail and self.home:
                yield f"{self.day(time)}{self._stem}{self.trail}_{self.home}_{time:%Y%m%dT%H%M}"
            yield self.day(time)

    def named(self, key: str, written: datetime = _NEVER) -> Named | None:
        """The file of that key, or None where it is none that CloudTrail writes here."""
        name = key.rpartition("/")[2]
        parts = self.kind.name.fullmatch(name.removeprefix(self._stem)) if name.startswith(self._stem) else None
        if parts is None:
            return None
        try:
            time = datetime.strptime(parts["time"], self.kind.time).replace(tzinfo=timezone.utc)
        except ValueError:
            return None
        told = parts.groupdict()
        return Named(key, time, told.get("trail", ""), told.get("home", ""), written)


def iso(time: datetime) -> str:
    """As results have it: 2026-11-25T14:00:00Z."""
    return f"{time.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
