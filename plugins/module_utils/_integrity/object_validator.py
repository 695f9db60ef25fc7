# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Validate single objects: a digest by its signature, a log file by the hash in its digest.

Note that this module util is PRIVATE to the collection: it can change at any time.

Whatever an object contains, the result is a problem, not an error. Only the one bucket is read, and only below the
account's folder: a key in a digest that is outside is not read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from .._core import timestamps
from .._core.errors import AwsFailure
from .._core.finding import INFO
from .._digests import digest as digest_file
from .._digests import signature
from .._digests.chain import StoredDigest, TimeRange
from .._digests.digest import Digest, LogFileEntry
from .._digests.problems import MALFORMED, MISSING, MOVED, REPLACED, TAMPERED, UNREADABLE, UNVERIFIED, VALID, Problem
from .._log_files import gzip_stream
from .._log_files.bucket import LogBucket
from .._log_files.object_keys import LogLocation, LogObject
from .public_keys import KeyNotFound, PublicKeys

# CloudTrail's log files have at most 50 MB before compression:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
_LOG_LIMIT = 256 << 20  # bytes
_HOUR = timedelta(hours=1)
# errors that concern the one object: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_OBJECT_ERRORS = ("AccessDenied", "InvalidObjectState", "MethodNotAllowed", "InvalidRequest")
# botocore's errors for a body that ends too early or is not the one that was sent
_BODY_ERRORS = ("IncompleteReadError", "ResponseStreamingError", "ReadTimeoutError", "FlexibleChecksumError")


class _InvalidSignature(Exception):
    """The digest was changed. The text is how this is known."""


class ObjectValidator:
    """Validates objects of one bucket. Threads share it."""

    def __init__(self, bucket: LogBucket, keys: PublicKeys, time_range: TimeRange) -> None:
        self._bucket, self._keys, self._range = bucket, keys, time_range
        self._parsing = threading.Lock()

    def digest(self, location: LogLocation, listed: LogObject) -> tuple[StoredDigest, Problem | None]:
        """A digest in the bucket, and its own problem if it has one."""
        since = timestamps.text(listed.time - _HOUR)
        try:
            metadata, packed = self._bucket.fetch(listed.key, _whole)
            with self._parsing:  # one at a time, because hostile digests need much memory
                digest = digest_file.parse(gzip_stream.unpacked([packed], digest_file.LARGEST_DIGEST))
        except AwsFailure as failure:
            problem = _failed_read(listed.key, failure, f"digest {location.account} {location.region}", since)
        except (gzip_stream.Damaged, digest_file.Malformed) as damage:
            message = f"The object is not a valid digest: it {damage}."
            problem = Problem(kind=MALFORMED, resource=listed.key, message=message, since=since)
        else:
            return self._judge(location, listed, digest, metadata)
        return StoredDigest(object=listed, status=problem.kind), problem

    def _judge(
        self, location: LogLocation, listed: LogObject, digest: Digest, metadata: Mapping[str, str]
    ) -> tuple[StoredDigest, Problem | None]:
        """Validates the signature, and that the digest is the one that belongs here."""
        key, hour_before = listed.key, timestamps.text(listed.time - _HOUR)
        try:
            not_verified = self._verify(location, digest, metadata)
        except _InvalidSignature as reason:
            message = f"The digest was changed: {reason}."
            problem = Problem(kind=TAMPERED, resource=key, message=message, since=hour_before)
            return StoredDigest(object=listed, status=TAMPERED), problem
        if location.resolve(digest.key) != key or digest.end != listed.time:
            what = "The digest names another key:" if not_verified else "The object is a copy of another digest,"
            message = f"{what} {digest.key[:300]!r}."
            problem = Problem(kind=REPLACED, resource=key, message=message, since=hour_before)
            return StoredDigest(object=listed, status=REPLACED), problem
        if not_verified:
            return StoredDigest(object=listed, status=UNVERIFIED, digest=digest), _unverified(key, digest, not_verified)
        stored = StoredDigest(object=listed, status=VALID, digest=digest, signature=metadata.get("signature", ""))
        return stored, None if (digest.bucket, digest.key) == (self._bucket.name, key) else _moved(key, digest)

    def _verify(self, location: LogLocation, digest: Digest, metadata: Mapping[str, str]) -> str:
        """Why the signature cannot be verified; empty if it is valid. Raises _InvalidSignature.

        The signature is in the object's metadata:
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
        """
        if metadata.get("signature-algorithm") != digest_file.ALGORITHM:
            raise _InvalidSignature(f"its metadata has no signature with {digest_file.ALGORITHM}")
        try:
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
        yield self._range.start - _HOUR, self._range.end + 2 * _HOUR
        generated = timestamps.parse(metadata.get("backfill-generation-timestamp", ""))
        if generated:
            yield generated - _HOUR, generated + _HOUR

    def log_file(self, location: LogLocation, digest: Digest, entry: LogFileEntry) -> Problem | None:
        """The problem of a log file that a digest names, if it has one.

        The hash is the SHA-256 of the uncompressed content:
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
        """
        since, key = timestamps.text(digest.start), location.resolve(entry.key)
        if key is None:
            message = f"The digest {digest.key[:300]!r} names {entry.key[:300]!r}, outside of the account's folder."
            return Problem(kind=MALFORMED, resource=location.account_folder, message=message, since=since)
        try:
            content_hash = self._bucket.fetch(key, _content_hash)
        except AwsFailure as failure:
            return _failed_read(key, failure, f"log {location.account} {location.region}", since)
        except gzip_stream.Damaged as damage:
            return Problem(kind=MALFORMED, resource=key, message=f"The log file was changed: it {damage}.", since=since)
        if content_hash != entry.hash:
            message = "The log file was changed: its content does not have the hash that the digest names."
            return Problem(kind=TAMPERED, resource=key, message=message, since=since)
        return None


def _content_hash(_metadata: Mapping[str, str], packed: Iterable[bytes]) -> str:
    return gzip_stream.sha256(packed, _LOG_LIMIT)


def _whole(metadata: Mapping[str, str], packed: Iterable[bytes]) -> tuple[Mapping[str, str], bytes]:
    """The metadata and the compressed content of a digest. Raises Damaged."""
    content = bytearray()
    for chunk in packed:
        content += chunk
        if len(content) > digest_file.PACKED_LIMIT:
            limit = digest_file.PACKED_LIMIT >> 20
            raise gzip_stream.Damaged(f"has more than {limit} MiB, which CloudTrail never writes")
    return metadata, bytes(content)


def _unverified(key: str, digest: Digest, reason: str) -> Problem:
    return Problem(
        kind=UNVERIFIED,
        resource=key,
        message=f"The signature cannot be verified with key {digest.fingerprint[:64]!r}. {reason}",
        since=timestamps.text(digest.start),
        group=f"{digest.fingerprint} {reason}",
    )


def _moved(key: str, digest: Digest) -> Problem:
    return Problem(
        kind=MOVED,
        resource=key,
        message=(
            f"CloudTrail delivered this digest as s3://{digest.bucket[:63]}/{digest.key[:300]}. This object is a copy,"
            f" and the copy was validated."
        ),
        since=timestamps.text(digest.start),
        status=INFO,
        group="moved",
    )


def _failed_read(key: str, failure: AwsFailure, what: str, since: str) -> Problem:
    """The problem of an object that is missing or cannot be read. Raises a failure that concerns more than the object.

    Problems of the same C(what) and error code become one finding.
    """
    if failure.code == "NoSuchKey":
        message = "The object does not exist, although a digest names it or it has just been listed."
        return Problem(kind=MISSING, resource=key, message=message, since=since)
    if failure.code in _OBJECT_ERRORS + _BODY_ERRORS or failure.code.startswith("KMS."):
        message = f"AWS does not return the object: {failure.code}: {failure.message}."
        return Problem(kind=UNREADABLE, resource=key, message=message, since=since, group=f"{what} {failure.code}")
    raise failure
