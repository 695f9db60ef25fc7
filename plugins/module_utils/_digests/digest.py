# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parse one digest file of CloudTrail, and build the text that its signature is for. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Format: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
Signature: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._core import timestamps

ALGORITHM = "SHA256withRSA"
LARGEST_DIGEST = 16 << 20  # bytes of content, which are some 30,000 log files in an hour
PACKED_LIMIT = 4 << 20  # bytes of the compressed object
_SEPARATORS = 500_000  # of JSON values: limits the memory that a hostile document needs
_HASH = re.compile(r"[0-9a-fA-F]{64}")


class Malformed(Exception):
    """The content is not a valid digest. The text completes C(it ...)."""


@dataclass(frozen=True, kw_only=True)
class LogFileEntry:
    """An entry of C(logFiles): a log file, and the SHA-256 of its uncompressed content in hexadecimal."""

    bucket: str
    key: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class PreviousDigest:
    """The digest before, as the next one describes it."""

    bucket: str
    key: str
    hash: str
    signature: str


@dataclass(frozen=True, kw_only=True)
class Digest:
    """The content of a digest."""

    start: datetime
    end: datetime
    bucket: str  # where CloudTrail delivered it
    key: str
    fingerprint: str  # of the public key
    previous: PreviousDigest | None  # None in a starting digest: the first one, and the first one after a break
    log_files: tuple[LogFileEntry, ...]  # without repetitions
    hash: str  # of its own content
    to_sign: bytes


def parse(content: bytes) -> Digest:
    """The digest from its uncompressed content. Raises Malformed."""
    document = _document(content)
    end, own_hash = _text(document, "digestEndTime"), hashlib.sha256(content).hexdigest()
    bucket, key = _text(document, "digestS3Bucket"), _text(document, "digestS3Object")
    if _text(document, "digestSignatureAlgorithm") != ALGORITHM:
        raise Malformed(f"is not signed with {ALGORITHM}")
    previous = _previous(document)
    previous_signature = previous.signature if previous else "null"
    digest = Digest(
        start=_time(document, "digestStartTime"),
        end=_time(document, "digestEndTime"),
        bucket=bucket,
        key=key,
        fingerprint=_text(document, "digestPublicKeyFingerprint"),
        previous=previous,
        log_files=tuple(dict.fromkeys(_log_files(document))),
        hash=own_hash,
        to_sign="\n".join((end, f"{bucket}/{key}", own_hash, previous_signature)).encode("utf-8", "surrogatepass"),
    )
    if digest.start > digest.end:
        raise Malformed("ends before it starts")
    return digest


def _document(content: bytes) -> Mapping[str, Any]:
    if sum(content.count(separator) for separator in b",:[{") > _SEPARATORS:
        raise Malformed("has more values than CloudTrail writes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):  # deep JSON raises RecursionError
        raise Malformed("is not JSON") from None
    return _mapping(document, "the document")


def _previous(document: Mapping[str, Any]) -> PreviousDigest | None:
    names = ("S3Bucket", "S3Object", "HashValue", "Signature")
    if all(document.get(f"previousDigest{name}") is None for name in names):
        return None
    _require_sha256(document, "previousDigestHashAlgorithm")
    return PreviousDigest(
        bucket=_text(document, "previousDigestS3Bucket"),
        key=_text(document, "previousDigestS3Object"),
        hash=_text(document, "previousDigestHashValue").lower(),
        signature=_text(document, "previousDigestSignature"),
    )


def _log_files(document: Mapping[str, Any]) -> Iterator[LogFileEntry]:
    entries = document.get("logFiles", "")
    if entries is None:  # the AWS CLI accepts null as an empty list, too
        return
    if not isinstance(entries, list):
        raise Malformed("has no list logFiles")
    for value in entries:
        entry = _mapping(value, "an entry of logFiles")
        _require_sha256(entry, "hashAlgorithm")
        log_file = LogFileEntry(
            bucket=_text(entry, "s3Bucket"), key=_text(entry, "s3Object"), hash=_text(entry, "hashValue").lower()
        )
        if not _HASH.fullmatch(log_file.hash):
            raise Malformed("has a hashValue that is not a valid SHA-256")
        yield log_file


def _require_sha256(document: Mapping[str, Any], name: str) -> None:
    if document.get(name) != "SHA-256":
        raise Malformed(f"has a {name} other than SHA-256")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"is not a valid digest: {what} is not a JSON object")
    return value


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise Malformed(f"has no text {name}")
    return value


def _time(document: Mapping[str, Any], name: str) -> datetime:
    time = timestamps.parse(_text(document, name))
    if time is None:
        raise Malformed(f"has no valid time {name}")
    return time
