# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Validate single objects: a digest by its signature, a log file by the hash in its digest.

Note that this module util is PRIVATE to the collection: it can change at any time.

Whatever an object contains, the result is a problem, not an error. Only the places that the options name are read, and
only below the account's folder: a key in a digest that is outside is not read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .._core import timestamps
from .._core.errors import AwsFailure
from .._core.finding import FAILED, INFO
from .._digests import digest as digest_file
from .._digests import signature
from .._digests.digest import Digest, LogFileEntry
from .._digests.problems import (
    CONTINUES_ELSEWHERE,
    DIGEST_INVALID,
    LOCATION_CHANGED,
    MALFORMED,
    MISPLACED,
    MOVED,
    REPLACED,
    TAMPERED,
    UNVERIFIED,
    VALID,
    Problem,
)
from .._digests.timeline import StoredDigest, TimeRange
from .._log_files import gzip_stream
from .._log_files.bucket import expires_at
from .._log_files.object_keys import LogLocation, LogObject
from . import encryption
from .encryption import AppliedEncryption
from .failed_reads import FailedReads
from .places import Located, Place, Places, is_same_name, prefix_of
from .public_keys import KeyNotFound, PublicKeys

# CloudTrail's log files have at most 50 MB before compression:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
_LOG_LIMIT = 256 << 20  # bytes
_HOUR = timedelta(hours=1)
_METADATA_YEARS = 2013, 9000  # CloudTrail exists since 2013
_PROVES_NOTHING = "The digest proves nothing about the log files of its hour."


class _InvalidSignature(Exception):
    """The digest was changed. The text is how this is known."""


@dataclass(frozen=True, kw_only=True)
class ReadResult:
    """What is known of an object after it was read."""

    problem: Problem | None = None
    encryption: AppliedEncryption | None = None  # None if the object was not read
    located: Located | None = None  # where the object lies; None for a digest that has no valid content


class ObjectValidator:
    """Validates objects of the permitted places. Threads share it."""

    def __init__(self, places: Places, keys: PublicKeys, time_range: TimeRange, lookback: timedelta) -> None:
        """C(lookback) is the time before the range whose digests are read too."""
        self.places = places
        self._keys, self._range, self._lookback = keys, time_range, lookback
        self._failed_reads = FailedReads()
        self._parsing = threading.Lock()

    def digest(self, place: Place, listed: LogObject) -> tuple[StoredDigest, ReadResult]:
        """A digest in the bucket, and its own problem if it has one."""
        since, applied = timestamps.text(listed.time - _HOUR), None
        try:
            reply, packed = place.bucket.fetch(listed.key, _whole)
            applied = encryption.applied(reply)
            with self._parsing:  # one at a time, because hostile digests need much memory
                digest = digest_file.parse(gzip_stream.unpacked([packed], digest_file.LARGEST_DIGEST))
        except AwsFailure as failure:
            problem = self._failed_reads.of_object(place.bucket, place.location, listed.key, failure, since)
            stored = StoredDigest(object=listed, status=problem.kind)
        except (gzip_stream.Damaged, digest_file.Malformed) as damage:
            message = f"The object is not a valid digest: it {damage}. {_PROVES_NOTHING}"
            problem = _invalid_digest(MALFORMED, listed, message)
            stored = StoredDigest(object=listed, status=MALFORMED)
        else:
            stored, judged = self._judge(place, listed, digest, reply.get("Metadata", {}))
            stored = replace(stored, expires=expires_at(reply))
            located = Located(bucket=place.bucket, key=listed.key)
            return stored, ReadResult(problem=judged, encryption=applied, located=located)
        return stored, ReadResult(problem=problem, encryption=applied)

    def _judge(
        self, place: Place, listed: LogObject, digest: Digest, metadata: Mapping[str, str]
    ) -> tuple[StoredDigest, Problem | None]:
        """Validates the signature, and that the digest is the one that belongs here."""
        try:
            not_verified = self._verify(place.location, digest, metadata)
        except _InvalidSignature as reason:
            message = f"The digest was changed: {reason}. {_PROVES_NOTHING}"
            return StoredDigest(object=listed, status=TAMPERED), _invalid_digest(TAMPERED, listed, message)
        if not is_same_name(place, listed, digest):
            what = "The digest names another key:" if not_verified else "The object is a copy of another digest,"
            message = f"{what} {digest.key[:300]!r}. {_PROVES_NOTHING}"
            return StoredDigest(object=listed, status=REPLACED), _invalid_digest(REPLACED, listed, message)
        if not_verified:
            stored = StoredDigest(object=listed, status=UNVERIFIED, digest=digest)
            return stored, _unverified(listed, digest, not_verified)
        stored = StoredDigest(object=listed, status=VALID, digest=digest, signature=metadata.get("signature", ""))
        if (digest.bucket, digest.key) == (place.bucket.name, listed.key):
            return replace(stored, delivered_here=place.bucket is self.places.here), None
        if self.places.is_original(digest.bucket, prefix_of(digest.key)):
            return stored, _moved(listed, digest)
        return StoredDigest(object=listed, status=MISPLACED), _misplaced(listed, digest)

    def _verify(self, location: LogLocation, digest: Digest, metadata: Mapping[str, str]) -> str:
        """Why the signature cannot be verified; empty if it is valid. Raises _InvalidSignature.

        The signature is in the object's metadata:
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
        """
        if metadata.get("signature-algorithm") != digest_file.ALGORITHM:
            raise _InvalidSignature(f"its metadata has no signature with {digest_file.ALGORITHM}")
        try:  # CloudTrail writes lower case; both are hexadecimal
            signed = bytes.fromhex(metadata.get("signature", ""))
        except ValueError:
            raise _InvalidSignature("its signature is not hexadecimal") from None
        try:
            key = self._keys.find(location.account, location.region, digest.fingerprint, self._key_times(metadata))
            valid = signature.is_valid(key, digest.to_sign, signed)
        except KeyNotFound as reason:
            return str(reason)
        except ValueError:
            return "The key that CloudTrail lists is not a valid RSA key."
        if not valid:
            raise _InvalidSignature("its signature does not match")
        return ""

    def _key_times(self, metadata: Mapping[str, str]) -> Iterator[tuple[datetime, datetime]]:
        """Times in which the key was valid, as C(aws cloudtrail validate-logs) has them. Backfills are signed later.

        https://github.com/aws/aws-cli/blob/develop/awscli/customizations/cloudtrail/validation.py
        """
        yield self._range.start - self._lookback - _HOUR, self._range.end + 2 * _HOUR
        generated = timestamps.parse(metadata.get("backfill-generation-timestamp", ""))
        if generated and _METADATA_YEARS[0] <= generated.year < _METADATA_YEARS[1]:  # anybody may write metadata
            yield generated - _HOUR, generated + _HOUR

    def log_file(self, place: Place, digest: Digest, entry: LogFileEntry) -> ReadResult:
        """What is known of a log file that a verified digest names.

        The hash is the SHA-256 of the uncompressed content:
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
        """
        since, location = timestamps.text(digest.start), place.location
        try:
            located = self.places.locate(place, digest, entry)
        except ValueError:
            message = f"The digest {digest.key[:300]!r} names {entry.key[:300]!r}, outside of the account's folder."
            problem = Problem(kind=MALFORMED, resource=location.account_folder, message=message, since=since)
            return ReadResult(problem=problem)
        if located is None:
            return ReadResult(problem=_elsewhere(digest, entry))
        key = located.key
        try:
            content_hash, applied = located.bucket.fetch(key, _content_hash)
        except AwsFailure as failure:
            problem = self._failed_reads.of_object(located.bucket, location, key, failure, since)
            return ReadResult(problem=problem, located=located)
        except gzip_stream.Damaged as damage:
            message = f"The log file was changed: it {damage}."
            problem = Problem(kind=MALFORMED, resource=key, message=message, since=since)
            return ReadResult(problem=problem, located=located)
        if content_hash == entry.hash:
            return ReadResult(encryption=applied, located=located)
        message = "The log file was changed: its content does not have the hash that the digest names."
        problem = Problem(kind=TAMPERED, resource=key, message=message, since=since)
        return ReadResult(problem=problem, encryption=applied, located=located)


def _content_hash(reply: Mapping[str, Any], packed: Iterable[bytes]) -> tuple[str, AppliedEncryption]:
    return gzip_stream.sha256(packed, _LOG_LIMIT), encryption.applied(reply)


def _whole(reply: Mapping[str, Any], packed: Iterable[bytes]) -> tuple[Mapping[str, Any], bytes]:
    """GetObject's reply and the compressed content of a digest. Raises Damaged."""
    content = bytearray()
    for chunk in packed:
        content += chunk
        if len(content) > digest_file.PACKED_LIMIT:
            limit = digest_file.PACKED_LIMIT >> 20
            raise gzip_stream.Damaged(f"has more than {limit} MiB, which CloudTrail never writes")
    return reply, bytes(content)


def _invalid_digest(kind: str, listed: LogObject, message: str, group: str = "") -> Problem:
    since = timestamps.text(listed.time - _HOUR)
    return Problem(kind=kind, resource=listed.key, message=message, since=since, group=group, cause=DIGEST_INVALID)


def _unverified(listed: LogObject, digest: Digest, reason: str) -> Problem:
    message = f"The signature cannot be verified with key {digest.fingerprint[:64]!r}. {reason} {_PROVES_NOTHING}"
    return _invalid_digest(UNVERIFIED, listed, message, group=f"{digest.fingerprint} {reason}")


def _misplaced(listed: LogObject, digest: Digest) -> Problem:
    prefix = prefix_of(digest.key)[:300]
    place = f"bucket {digest.bucket[:63]}" + (f" with prefix {prefix}" if prefix else "")
    message = (
        f"CloudTrail signed this digest for {place}, and original_buckets does not name that place. It is not a digest"
        f" of this folder. {_PROVES_NOTHING}"
    )
    return _invalid_digest(MISPLACED, listed, message, group=place)


def _moved(listed: LogObject, digest: Digest) -> Problem:
    return Problem(
        kind=MOVED,
        resource=listed.key,
        message=(
            f"CloudTrail delivered this digest as s3://{digest.bucket[:63]}/{digest.key[:300]}. This object is a copy,"
            f" and the copy was validated."
        ),
        since=timestamps.text(digest.start),
        status=INFO,
        group=f"{digest.bucket} {prefix_of(digest.key)}",
    )


def _elsewhere(digest: Digest, entry: LogFileEntry) -> Problem:
    """In order only in the hour in which the trail was changed from there to here."""
    previous, there = digest.previous, (entry.bucket, prefix_of(entry.key))
    changed = previous is not None and (previous.bucket, prefix_of(previous.key)) == there
    return Problem(
        kind=CONTINUES_ELSEWHERE,
        resource=digest.key,
        message=(
            f"The digest names a log file in bucket {entry.bucket[:63]!r}, {entry.key[:300]!r}, which was not read. The"
            f" log file is not checked here."
        ),
        since=timestamps.text(digest.start),
        status=INFO if changed else FAILED,
        group=f"log files in {entry.bucket}",
        cause=LOCATION_CHANGED,
    )
