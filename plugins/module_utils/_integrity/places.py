# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The buckets and folders that may be read, and where the objects that a digest names lie. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A digest contains the bucket and the key with which CloudTrail delivered it, and those of each log file:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
A digest that lies elsewhere was copied. That is in order only if the operator names the place where it was delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .._digests.digest import Digest, LogFileEntry
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import LogLocation, LogObject

BucketAndPrefix = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The digests and log files of one account and Region in one bucket."""

    bucket: LogBucket
    location: LogLocation


@dataclass(frozen=True, kw_only=True)
class Located:
    """An object that a digest names, and where it is read."""

    bucket: LogBucket
    key: str


class Places:
    """The log bucket, and the buckets and prefixes where digests were delivered before."""

    def __init__(self, here: LogBucket, originals: Mapping[BucketAndPrefix, LogBucket]) -> None:
        self.here = here
        self._originals = originals

    @property
    def requests(self) -> int:
        """The number of requests to all buckets."""
        return sum(bucket.requests for bucket in {id(item): item for item in self._all()}.values())

    def _all(self) -> tuple[LogBucket, ...]:
        return self.here, *self._originals.values()

    def readable(self, name: str, prefix: str) -> LogBucket | None:
        """The bucket of that name, if its objects below the prefix may be read."""
        return self.here if name == self.here.name else self._originals.get((name, prefix))

    def is_original(self, name: str, prefix: str) -> bool:
        """True if the operator names the place as one where CloudTrail delivered digests that were then copied."""
        return (name, prefix) in self._originals

    def locate(self, place: Place, digest: Digest, entry: LogFileEntry) -> Located | None:
        """Where the log file lies; None if it is in a bucket that is not read. Raises ValueError.

        A log file that was delivered to the same bucket and prefix as its digest lies beside the digest, also if both
        were copied. Around a change of the trail's bucket or prefix, a digest names log files in the former place.
        ValueError: the key is outside of the account's folder.
        """
        key = place.location.resolve(entry.key)
        if key is None:
            raise ValueError(entry.key)
        prefix = prefix_of(entry.key)
        if (entry.bucket, prefix) == (digest.bucket, prefix_of(digest.key)):
            return Located(bucket=place.bucket, key=key)
        bucket = self.readable(entry.bucket, prefix)
        return Located(bucket=bucket, key=entry.key) if bucket else None

    def named(self, place: Place, digest: Digest) -> Iterator[Located]:
        """Where the log files lie that the digest names, as far as that place may be read."""
        for entry in digest.log_files:
            try:
                located = self.locate(place, digest, entry)
            except ValueError:
                continue  # the log file is reported when it is to be read
            if located:
                yield located


def prefix_of(key: str) -> str:
    """The prefix before C(AWSLogs/), without the slash at its end."""
    head, _match, _rest = key.partition("AWSLogs/")
    return head.removesuffix("/")


def is_same_name(place: Place, listed: LogObject, digest: Digest) -> bool:
    """True if the digest was delivered with the key that the object has, except for the bucket and the prefix."""
    return place.location.resolve(digest.key) == listed.key and digest.end == listed.time
