# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read the objects of a log archive and say what each is worth. Whatever they hold, the answer is a problem at worst.

Note that this module util is PRIVATE to the collection: it can change at any time.

Only the one bucket is ever read, and of it only what lies in the folder in question: what a digest names is not
followed anywhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from .._aws.gateway import Gateway
from .._core import timestamps
from .._core.errors import AwsFailure
from .._core.finding import INFO
from .._digests import digest as _digest
from .._digests import signature as _signature
from .._digests.chain import Piece, Range
from .._digests.digest import Digest, LogFile
from .._digests.problems import MALFORMED, MISSING, MOVED, REPLACED, TAMPERED, UNREADABLE, UNVERIFIED, VALID, Problem
from .._digests.public_keys import PublicKeys
from .._log_files import gzip_stream
from .._log_files.layout import DIGESTS, LOGS, Folder, Name

PERMISSIONS = ("s3:GetObject", "s3:ListBucket", "kms:Decrypt")
# CloudTrail's log files have 50 MB before compression:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
_LOG_LIMIT = 256 << 20  # bytes
_HOUR = timedelta(hours=1)
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and a body that breaks off again and again
_OF_THE_OBJECT = ("AccessDenied", "InvalidObjectState", "MethodNotAllowed", "InvalidRequest")
_BROKEN_OFF = ("IncompleteReadError", "ResponseStreamingError", "ReadTimeoutError", "FlexibleChecksumError")
Taken = TypeVar("Taken")


@dataclass
class Archive:
    """The bucket. Threads share it."""

    gateway: Gateway
    bucket: str
    owner: str
    keys: PublicKeys
    range: Range
    requests: int = 0
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    # listing

    def folders(self, prefix: str) -> Iterator[str]:
        """The names of the folders right below a prefix that ends with a slash."""
        for page in self._pages(Prefix=prefix, Delimiter="/"):
            for folder in page.get("CommonPrefixes", []):
                yield folder["Prefix"][len(prefix) :].rstrip("/")

    def digests(self, folder: Folder) -> tuple[list[tuple[Name, str]], list[str]]:
        """Name and key of the digests of the range, backfills first and then by time; and keys that are no digest's.

        The first digest that counts ends when the range starts or later, the last at most an hour after its end, as
        for C(aws cloudtrail validate-logs).
        """
        first, last = self.range.start, self.range.end + _HOUR
        start_after, stop = folder.day(DIGESTS, first - _HOUR), folder.day(DIGESTS, last + timedelta(days=1))
        found, strange = [], []
        for key in self._keys(folder.of(DIGESTS), start_after, stop):
            name = folder.digest_name(key)
            if name is None:
                strange.append(key)
            elif first <= name.end <= last:
                found.append((name, key))
        return sorted(found, key=lambda one: (not one[0].backfill, one[0].end, one[1])), strange

    def unclaimed(self, folder: Folder, day: datetime, claimed: Collection[int]) -> list[str]:
        """The keys of a day's log files that nobody claims."""
        prefix = folder.day(LOGS, day)
        return [key for key in self._keys(prefix, "", "") if hash(key) not in claimed]

    def _keys(self, prefix: str, start_after: str, stop: str) -> Iterator[str]:
        for page in self._pages(Prefix=prefix, StartAfter=start_after):
            for entry in page.get("Contents", []):
                if stop and entry["Key"] >= stop:
                    return
                if not entry["Key"].endswith("/"):  # a folder as the console makes it
                    yield entry["Key"]

    def _pages(self, **arguments: str) -> Iterator[Mapping[str, Any]]:
        more: dict[str, str] = {}
        while True:
            self._count()
            given = {name: value for name, value in arguments.items() if value}
            asked = {"Bucket": self.bucket, "ExpectedBucketOwner": self.owner, **given, **more}
            page = self.gateway.call("s3", "list_objects_v2", **asked)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    # reading

    def digest(self, folder: Folder, name: Name, key: str) -> tuple[Piece, Problem | None]:
        """A digest as it lies in the folder, and what is wrong with it alone."""
        try:
            metadata, packed = self._fetch(key, _whole)
            with self._one_at_a_time:  # so that hostile ones do not add up in memory
                digest = _digest.parse(gzip_stream.unpacked([packed], _digest.LIMIT))
        except AwsFailure as failure:
            problem = _failed(
                key, failure, f"digest {folder.account} {folder.region}", timestamps.text(name.end - _HOUR)
            )
        except (gzip_stream.Damaged, _digest.Malformed) as damage:
            message = f"The object is no digest: it {damage}."
            problem = Problem(MALFORMED, key, message, timestamps.text(name.end - _HOUR))
        else:
            return self._judged(folder, name, key, digest, metadata)
        return Piece(key, name, problem.kind), problem

    def _judged(
        self, folder: Folder, name: Name, key: str, digest: Digest, metadata: Mapping[str, str]
    ) -> tuple[Piece, Problem | None]:
        since, signature = timestamps.text(digest.start), metadata.get("signature", "")
        unknown, wrong = self._verified(folder, digest, metadata)
        if wrong:
            problem = Problem(TAMPERED, key, f"The digest was changed: {wrong}.", timestamps.text(name.end - _HOUR))
            return Piece(key, name, TAMPERED), problem
        if folder.place(digest.key) != key or digest.end != name.end:
            what = "A copy of another digest lies here, which" if not unknown else "The digest"
            message = f"{what} says that it is {digest.key[:300]!r}."
            return Piece(key, name, REPLACED), Problem(REPLACED, key, message, timestamps.text(name.end - _HOUR))
        if unknown:
            message = f"The signature could not be verified with key {digest.fingerprint[:64]!r}. {unknown}"
            group = f"{digest.fingerprint} {unknown}"
            return Piece(key, name, UNVERIFIED, digest), Problem(UNVERIFIED, key, message, since, group=group)
        moved = None
        if (digest.bucket, digest.key) != (self.bucket, key):
            message = (
                f"CloudTrail delivered this digest as s3://{digest.bucket[:63]}/{digest.key[:300]}. It is a copy, which"
                f" was validated here."
            )
            moved = Problem(MOVED, key, message, since, INFO, "moved")
        return Piece(key, name, VALID, digest, signature), moved

    def _verified(self, folder: Folder, digest: Digest, metadata: Mapping[str, str]) -> tuple[str, str]:
        """Why the signature cannot be verified, and what is wrong with it; both empty where it is valid."""
        if metadata.get("signature-algorithm") != _digest.ALGORITHM:
            return "", f"its metadata names no signature by {_digest.ALGORITHM}"
        try:
            signature = bytes.fromhex(metadata.get("signature", ""))
        except ValueError:
            return "", "its signature is not hexadecimal"
        key = self.keys.find(folder.account, folder.region, digest.fingerprint, self._key_times(metadata))
        if isinstance(key, str):
            return key, ""
        try:
            valid = _signature.is_valid(key, digest.to_sign, signature)
        except ValueError:
            return "CloudTrail lists a key that is none.", ""
        return "", "" if valid else "its signature does not match"

    def _key_times(self, metadata: Mapping[str, str]) -> Iterator[tuple[datetime, datetime]]:
        """When the key was in use, as C(aws cloudtrail validate-logs) asks for it. Backfills were signed later."""
        yield self.range.start - _HOUR, self.range.end + 2 * _HOUR
        signed = timestamps.parse(metadata.get("backfill-generation-timestamp", ""))
        if signed:
            yield signed - _HOUR, signed + _HOUR

    def log_file(self, folder: Folder, digest: Digest, named: LogFile) -> Problem | None:
        """What is wrong with a log file that a digest names."""
        since, key = timestamps.text(digest.start), folder.place(named.key)
        if key is None:
            message = f"The digest {digest.key[:300]!r} names {named.key[:300]!r}, outside of the account's folder."
            return Problem(MALFORMED, folder.home, message, since)
        try:
            found = self._fetch(key, lambda _metadata, packed: gzip_stream.sha256(packed, _LOG_LIMIT))
        except AwsFailure as failure:
            return _failed(key, failure, f"log {folder.account} {folder.region}", since)
        except gzip_stream.Damaged as damage:
            return Problem(MALFORMED, key, f"The log file was changed: it {damage}.", since)
        if found != named.hash:
            message = "The log file was changed: its content does not have the hash that the digest names."
            return Problem(TAMPERED, key, message, since)
        return None

    def _fetch(self, key: str, take: Callable[[Mapping[str, str], Iterator[bytes]], Taken]) -> Taken:
        self._count()
        return self.gateway.fetch(take, Bucket=self.bucket, Key=key, ExpectedBucketOwner=self.owner)

    def _count(self) -> None:
        with self._counting:
            self.requests += 1


def _whole(metadata: Mapping[str, str], packed: Iterable[bytes]) -> tuple[Mapping[str, str], bytes]:
    """A digest as it lies in the bucket."""
    content = bytearray()
    for chunk in packed:
        content += chunk
        if len(content) > _digest.PACKED_LIMIT:
            raise gzip_stream.Damaged(f"has more than {_digest.PACKED_LIMIT >> 20} MiB, which CloudTrail never writes")
    return metadata, bytes(content)


def _failed(key: str, failure: AwsFailure, what: str, since: str) -> Problem:
    """An object that is not there or that AWS does not give; raises what does not concern the one object."""
    if failure.code == "NoSuchKey":
        message = "The object is not there, although a digest names it or it has just been listed."
        return Problem(MISSING, key, message, since)
    if failure.code in _OF_THE_OBJECT + _BROKEN_OFF or failure.code.startswith("KMS."):
        message = f"AWS does not give the object out: {failure.code}: {failure.message}."
        return Problem(UNREADABLE, key, message, since, group=f"{what} {failure.code}")
    raise failure
