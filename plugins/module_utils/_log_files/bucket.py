# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The log bucket, looked into with as few requests as its size allows: the newest files, never whole accounts.

Note that this module util is PRIVATE to the collection: it can change at any time.

Keys sort by their bytes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html), and those of
one folder by day. So the newest file is the last one that is listed behind a key of some minutes ago. Only where
nothing is there, the folders of years, months and days lead to it. Few keys are listed: boto3 reads each date.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .._aws import gateway as _gateway
from .._aws.gateway import Gateway
from .._core.errors import AwsFailure
from .objects import Folder, Named

PERMISSIONS = ("s3:GetObject", "s3:ListBucket")

_AHEAD = timedelta(hours=1)  # what lies further ahead of the clock was not written by CloudTrail
_DAYS = 5  # days full of other things that are passed over
# A HEAD request has no body, so that there is nothing but the status:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
_OF_ONE_OBJECT = frozenset({"400", "403", "404", "405", "AccessDenied"})


@dataclass(frozen=True)
class Newest:
    """The newest files of a folder, of each trail where their names tell it."""

    by_trail: dict[tuple[str, str], Named] = field(default_factory=dict)
    future: str = ""  # the key of a file that claims to be from the future


@dataclass(frozen=True)
class Encryption:
    """How an object is encrypted, as S3 tells it, or the status with which it did not."""

    algorithm: str = ""
    kms_key: str = ""
    refused: str = ""


class LogArchive:
    """One bucket. Threads may share it; C(requests) counts what was asked of S3."""

    def __init__(self, gateway: Gateway, bucket: str) -> None:
        self._gateway = gateway
        self._bucket = {"Bucket": bucket, "ExpectedBucketOwner": gateway.account}
        self._lock = threading.Lock()
        self.requests = 0

    def now(self, root: str) -> datetime:
        """The time by S3's own clock."""
        return _gateway.answered_at(self._list(Prefix=root, MaxKeys=1))

    def folders(self, path: str) -> list[str]:
        """The names of the folders in one folder."""
        pages = self._pages(Prefix=path, Delimiter="/")
        return [item["Prefix"][len(path) : -1] for page in pages for item in page.get("CommonPrefixes", [])]

    def holds(self, prefix: str) -> bool:
        """Whether there is any key with that prefix."""
        return bool(self._list(Prefix=prefix, MaxKeys=1).get("Contents"))

    def newest(self, folder: Folder, now: datetime) -> Newest:
        """One request for each start until there is something; then three, and one for each 1,000 files of the day."""
        end = now + _AHEAD
        found = Newest()
        for start in folder.starts(now):
            found = self._newest(folder, end, folder.path, StartAfter=start)
            if found.by_trail:
                return found
        for day in itertools.islice(self._dated(folder.path, folder.day(end), levels=3), _DAYS):
            older = self._newest(folder, end, day)
            if older.by_trail:
                return Newest(older.by_trail, found.future)
        return found

    def encryption(self, key: str) -> Encryption:
        """Needs no permission to decrypt, because no checksum is asked for.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (ChecksumMode)
        """
        try:
            head = self._call("head_object", Key=key)
        except AwsFailure as failure:
            if failure.code not in _OF_ONE_OBJECT:
                raise
            return Encryption(refused=failure.code)
        return Encryption(head.get("ServerSideEncryption", ""), head.get("SSEKMSKeyId", ""))

    def _newest(self, folder: Folder, end: datetime, prefix: str, **start: str) -> Newest:
        by_trail: dict[tuple[str, str], Named] = {}
        future, behind = "", folder.day(end + timedelta(days=1))
        for key, written in self._keys(prefix, **start):
            file = folder.named(key, written)
            if file and file.time > end:
                future = future or key
            elif file:
                same = (file.trail, file.home)
                by_trail[same] = max(file, by_trail.get(same, file), key=lambda one: one.order)
            if key >= behind or (future and folder.kind.by_time):
                break
        return Newest(by_trail, future)

    def _dated(self, path: str, last: str, levels: int) -> Iterator[str]:
        """The folders so many levels below, the newest first, none behind the last."""
        if not levels:
            yield path
            return
        below = (f"{path}{name}/" for name in self.folders(path) if name.isascii() and name.isdigit())
        for folder in sorted((one for one in below if one <= last), reverse=True):
            yield from self._dated(folder, last, levels - 1)

    def _keys(self, prefix: str, **start: str) -> Iterator[tuple[str, datetime]]:
        """Each key, and when it was written."""
        for page in self._pages(Prefix=prefix, **start):
            for item in page.get("Contents", []):
                yield item["Key"], item["LastModified"]

    def _pages(self, **arguments: Any) -> Iterator[Any]:
        """The replies, each asked for when it is needed."""
        more: dict[str, str] = {}
        while True:
            page = self._list(**arguments, **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _list(self, **arguments: Any) -> Any:
        try:
            return self._call("list_objects_v2", **arguments)
        except AwsFailure as failure:
            bucket, owner = self._bucket["Bucket"], self._bucket["ExpectedBucketOwner"]
            advice = {
                "NoSuchBucket": f"Check the name of the bucket: there is no bucket {bucket}.",
                "AccessDenied": (
                    f"Either bucket {bucket} belongs to another account than {owner}, the account of the credentials,"
                    f" or they lack s3:ListBucket on it. Check its name, and run in the log-archive account."
                ),
            }
            raise failure.with_advice(advice.get(failure.code, failure.advice)) from None

    def _call(self, operation: str, **arguments: Any) -> Any:
        with self._lock:
            self.requests += 1
        return self._gateway.call("s3", operation, **self._bucket, **arguments)
