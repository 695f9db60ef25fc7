# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One digest file of CloudTrail: what it says, and what its signature is made over. Pure.

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
LIMIT = 16 << 20  # bytes of content, some 30,000 log files in an hour
PACKED_LIMIT = 4 << 20  # bytes as it lies in the bucket
_SEPARATORS = 500_000  # of JSON values; bounds what a hostile document of that size can blow up to in memory
_HASH = re.compile(r"[0-9a-f]{64}")


class Malformed(Exception):
    """The content is no digest. The text completes C(it ...)."""


@dataclass(frozen=True)
class LogFile:
    bucket: str
    key: str
    hash: str


@dataclass(frozen=True)
class Previous:
    """The digest before, as the next one knows it."""

    bucket: str
    key: str
    hash: str
    signature: str


@dataclass(frozen=True)
class Digest:
    start: datetime
    end: datetime
    bucket: str  # where it says that it lies
    key: str
    fingerprint: str  # of the public key
    previous: Previous | None  # None in the first digest, and in the first after a break
    log_files: tuple[LogFile, ...]
    hash: str  # of its own content
    to_sign: bytes


def parse(content: bytes) -> Digest:
    """The digest that the uncompressed content is. Raises Malformed."""
    document = _document(content)
    end, own_hash = _text(document, "digestEndTime"), hashlib.sha256(content).hexdigest()
    bucket, key = _text(document, "digestS3Bucket"), _text(document, "digestS3Object")
    if _text(document, "digestSignatureAlgorithm") != ALGORITHM:
        raise Malformed(f"is not signed with {ALGORITHM}")
    previous = _previous(document)
    before = previous.signature if previous else "null"
    digest = Digest(
        start=_moment(document, "digestStartTime"),
        end=_moment(document, "digestEndTime"),
        bucket=bucket,
        key=key,
        fingerprint=_text(document, "digestPublicKeyFingerprint"),
        previous=previous,
        log_files=tuple(_log_files(document)),
        hash=own_hash,
        to_sign="\n".join((end, f"{bucket}/{key}", own_hash, before)).encode("utf-8", "surrogatepass"),
    )
    if digest.start > digest.end:
        raise Malformed("ends before it starts")
    return digest


def _document(content: bytes) -> Mapping[str, Any]:
    if sum(content.count(separator) for separator in b",:[{") > _SEPARATORS:
        raise Malformed("holds more values than CloudTrail writes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):  # of deep JSON
        raise Malformed("is not JSON") from None
    return _mapping(document, "the document")


def _previous(document: Mapping[str, Any]) -> Previous | None:
    names = ("S3Bucket", "S3Object", "HashValue", "Signature")
    if all(document.get(f"previousDigest{name}") is None for name in names):
        return None
    _algorithm(document, "previousDigestHashAlgorithm")
    return Previous(*(_text(document, f"previousDigest{name}") for name in names))


def _log_files(document: Mapping[str, Any]) -> Iterator[LogFile]:
    entries = document.get("logFiles", "")
    if entries is None:  # the CLI of AWS takes null for none, too
        return
    if not isinstance(entries, list):
        raise Malformed("has no list logFiles")
    for entry in entries:
        log_file = _mapping(entry, "an entry of logFiles")
        _algorithm(log_file, "hashAlgorithm")
        found = LogFile(*(_text(log_file, name) for name in ("s3Bucket", "s3Object", "hashValue")))
        if not _HASH.fullmatch(found.hash):
            raise Malformed("has a hashValue that is no SHA-256")
        yield found


def _algorithm(document: Mapping[str, Any], name: str) -> None:
    if document.get(name) != "SHA-256":
        raise Malformed(f"has another {name} than SHA-256")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"is no digest: {what} is no JSON object")
    return value


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise Malformed(f"has no text {name}")
    return value


def _moment(document: Mapping[str, Any], name: str) -> datetime:
    moment = timestamps.parse(_text(document, name))
    if moment is None:
        raise Malformed(f"has no point in time {name}")
    return moment
