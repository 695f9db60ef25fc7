# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The keys of CloudTrail's log files and digests: folders of the log bucket, and names of the objects. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Every key is C([prefix/]AWSLogs/[organization id/]account/kind/Region/YYYY/MM/DD/name). The keys of one folder therefore
sort by day. Within a day, log files sort by time, and digests sort by trail and then by time.

Folders: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
Log file names: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
Digest names: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
Backfill digests: https://docs.amazonaws.cn/en_us/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone

from .._aws import validators
from .._core import timestamps

_NEVER = datetime.min.replace(tzinfo=timezone.utc)
# Other folders of the account have other files of CloudTrail, such as CloudTrail-Insight.
_BELOW_ACCOUNT = re.compile(r"CloudTrail[A-Za-z-]*(?:/[\w.=-]+)+", re.ASCII)
_FOLDER = re.compile(
    r"(?:(?P<prefix>.+)/)?AWSLogs/(?:(?P<organization>o-[a-z0-9]{10,32})/)?(?P<account>[0-9]{12})/CloudTrail-Digest/"
    r"(?P<region>[a-z0-9-]+)/[0-9]{4}/[0-9]{2}/[0-9]{2}/[^/]+"
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The kind of an object: LOG or DIGEST."""

    folder: str
    name: re.Pattern[str]  # the whole file name; the groups are fields of LogObject


LOG = Kind(
    folder="CloudTrail",
    name=re.compile(
        r"(?P<account>[0-9]{12})_CloudTrail_(?P<region>[a-z0-9-]+)_(?P<time>[0-9]{8}T[0-9]{4}Z)_[A-Za-z0-9]+\.json\.gz"
    ),
)
# The name of a trail may have underscores, a Region has none.
DIGEST = Kind(
    folder="CloudTrail-Digest",
    name=re.compile(
        r"(?P<account>[0-9]{12})_CloudTrail-Digest_(?P<region>[a-z0-9-]+)_(?P<trail>.+)_(?P<home_region>[a-z0-9-]+)"
        r"_(?P<time>[0-9]{8}T[0-9]{6}Z)(?P<backfill>_backfill)?\.json\.gz"
    ),
)


@dataclass(frozen=True, kw_only=True)
class LogObject:
    """A log file or digest, as its key describes it."""

    key: str
    account: str
    region: str  # of the events
    time: datetime  # the minute in which the log file was delivered, or the end of the digest's period
    trail: str = ""  # empty for a log file: its name does not have the trail
    home_region: str = ""  # of the trail
    backfill: bool = False
    modified: datetime = field(default=_NEVER, compare=False)  # LastModified, if S3 listed the object

    @property
    def chain(self) -> tuple[str, str, bool]:
        """The chain of a digest. A trail has one chain in each Region, and one more for its backfill digests."""
        return self.trail, self.home_region, self.backfill

    @property
    def age_order(self) -> tuple[datetime, datetime, str]:
        """A sort key: the newest object is the greatest. LastModified decides between names of the same minute."""
        return self.time, self.modified, self.key


def parse_key(kind: Kind, key: str, modified: datetime = _NEVER) -> LogObject | None:
    """The object with that key; None if the name is not that of a log file or digest. The folder is not checked."""
    match = kind.name.fullmatch(key.rpartition("/")[2])
    if match is None:
        return None
    parts = match.groupdict("")
    time, home_region = timestamps.parse_compact(parts["time"]), parts.get("home_region", "")
    if time is None or not all(map(validators.is_region, filter(None, (parts["region"], home_region)))):
        return None
    return LogObject(
        key=key,
        account=parts["account"],
        region=parts["region"],
        time=time,
        trail=parts.get("trail", ""),
        home_region=home_region,
        backfill=bool(parts.get("backfill")),
        modified=modified,
    )


def log_root(prefix: str, owner: str = "") -> str:
    """The folder of an organization or account, such as C(prefix/AWSLogs/o-a1b2c3d4e5/). Both parts may be empty.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
    """
    return "".join(f"{part}/" for part in (prefix, "AWSLogs", owner) if part)


@dataclass(frozen=True, kw_only=True)
class LogLocation:
    """The place of one account's log files and digests of one Region in the bucket."""

    account: str
    region: str = ""  # may be empty if only the account's folder is of interest
    prefix: str = ""
    organization: str = ""  # the organization id, if an organization trail delivers here

    @property
    def account_folder(self) -> str:
        return f"{log_root(self.prefix, self.organization)}{self.account}/"

    def regions_folder(self, kind: Kind) -> str:
        """The folder whose folders are the Regions of the account."""
        return f"{self.account_folder}{kind.folder}/"

    def folder(self, kind: Kind) -> str:
        return f"{self.regions_folder(kind)}{self.region}/"

    def day_folder(self, kind: Kind, day: datetime) -> str:
        return f"{self.folder(kind)}{day:%Y/%m/%d}/"

    def start_keys(self, kind: Kind, time: datetime, trail: str = "", home_region: str = "") -> Iterator[str]:
        """Keys to list after, one of which sorts before every object of that time or later. The closest comes first.

        The first one for digests counts only for the trail, and needs the trail's name and home Region.
        """
        stem = f"{self.day_folder(kind, time)}{self.account}_{kind.folder}_{self.region}_"
        if kind is LOG:
            yield f"{stem}{time:%Y%m%dT%H%M}"
            return
        if trail and home_region:
            yield f"{stem}{trail}_{home_region}_{time:%Y%m%dT%H%M}"
        yield self.day_folder(kind, time)

    def parse(self, kind: Kind, key: str, modified: datetime = _NEVER) -> LogObject | None:
        """The object with that key; None if it is not one of this account and Region."""
        parsed = parse_key(kind, key, modified) if key.startswith(self.folder(kind)) else None
        return parsed if parsed and (parsed.account, parsed.region) == (self.account, self.region) else None

    def is_in_its_day(self, kind: Kind, item: LogObject) -> bool:
        """True if the object lies directly in the folder of the day that its name has, as CloudTrail delivers it."""
        return item.key.rpartition("/")[0] + "/" == self.day_folder(kind, item.time)

    def resolve(self, key: str) -> str | None:
        """The key that an object has here, from the key that it had where CloudTrail delivered it.

        The prefix may be another one there. None if the key is outside of the account's folder.
        """
        segment = "".join(f"{part}/" for part in ("AWSLogs", self.organization, self.account) if part)
        head, match, rest = key.partition(segment)
        dots = any(part.strip(".") == "" for part in rest.split("/"))
        if not match or (head and not head.endswith("/")) or dots or not _BELOW_ACCOUNT.fullmatch(rest):
            return None
        return self.account_folder + rest


def digest_location(key: str) -> LogLocation | None:
    """The location of the digest with that key; None if CloudTrail delivers no digest with such a key."""
    match = _FOLDER.fullmatch(key)
    if match is None:
        return None
    location = LogLocation(**match.groupdict(""))
    digest = location.parse(DIGEST, key)
    return location if digest and location.is_in_its_day(DIGEST, digest) else None


def file_name(key: str) -> str:
    """The last part of the key."""
    return key.rpartition("/")[2]


def region_folder(key: str) -> str:
    """The folder of the Region: the key without year, month, day and name."""
    return "/".join(key.split("/")[:-4]) + "/"
