# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Digest files: their content, names and signatures.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cloudtrail_sandbox.cloudtrail.log_delivery import Delivery
from cloudtrail_sandbox.cloudtrail.requests import AES256, TrailRequests
from cloudtrail_sandbox.cloudtrail.signing_keys import SigningKey
from cloudtrail_sandbox.cloudtrail.store import Refused, store

ALGORITHM = "SHA256withRSA"
#: Digests were under SSE-S3 before (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html).
WITH_KEY_SINCE = datetime(2025, 5, 22, tzinfo=UTC)


@dataclass(frozen=True)
class LogFile:
    """The entry of a log file in a digest. Times are texts."""

    bucket: str
    key: str
    sha256: str
    newest: str
    oldest: str

    @classmethod
    def of(cls, delivery: Delivery) -> LogFile:
        times = [record["eventTime"] for record in json.loads(delivery.body)["Records"]]
        sha256 = hashlib.sha256(delivery.body).hexdigest()
        return cls(delivery.bucket, delivery.key, sha256, max(times), min(times))

    def as_result(self) -> dict[str, Any]:
        return {
            "s3Bucket": self.bucket,
            "s3Object": self.key,
            "hashValue": self.sha256,
            "hashAlgorithm": "SHA-256",
            "newestEventTime": self.newest,
            "oldestEventTime": self.oldest,
        }


@dataclass(frozen=True)
class Span:
    """The range of a digest: an account and Region, from `start` to `end`, whole seconds of UTC."""

    account: str
    region: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Digest:
    """A digest file as it was delivered, or refused with the code `error`."""

    span: Span
    trail: str
    bucket: str
    key: str
    encryption: str
    kms_key_arn: str | None
    files: int
    error: str
    signature: str = field(repr=False)
    body: bytes = field(repr=False)

    def as_result(self) -> dict[str, Any]:
        """The members of a log file's delivery, and those of a digest."""
        return {
            "account": self.span.account,
            "trail": self.trail,
            "region": self.span.region,
            "bucket": self.bucket,
            "key": self.key,
            "encryption": self.encryption,
            "kms_key_arn": self.kms_key_arn,
            "error": self.error,
            "start": as_text(self.span.start),
            "end": as_text(self.span.end),
            "log_files": self.files,
        }


def deliver_digest(
    requests: TrailRequests,
    span: Span,
    files: Sequence[LogFile],
    previous: Digest | None,
    key: SigningKey,
    backfill: bool = False,
) -> Digest:
    """Write, sign and store a digest; a starting digest has no previous one."""
    name = _name(requests, span, backfill)
    body = json.dumps(_content(requests, span, name, files, previous, key), separators=(",", ":")).encode()
    signature = key.sign(_string_to_sign(requests, span, name, body, previous))
    metadata = {"signature": signature, "signature-algorithm": ALGORITHM}
    now = requests.state.now()
    if backfill:
        metadata["backfill-generation-timestamp"] = as_text(now)
    with_key = bool(requests.trail.key) and now >= WITH_KEY_SINCE
    error = ""
    try:
        store(requests, name, body, with_key, metadata)
    except Refused as refused:
        error = str(refused)
    trail = requests.trail
    encryption, arn = ("aws:kms", trail.key) if with_key else (AES256, None)
    return Digest(span, trail.arn, trail.bucket, name, encryption, arn, len(files), error, signature, body)


def as_text(time: datetime) -> str:
    """A time in UTC in the extended form of ISO 8601, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _name(requests: TrailRequests, span: Span, backfill: bool) -> str:
    """The object key of a digest; the last Region in it is the trail's home Region."""
    trail = requests.trail
    folder = f"{requests.folder(span.account, trail.organization)}/CloudTrail-Digest/{span.region}/{span.end:%Y/%m/%d}"
    last = f"{span.end:%Y%m%dT%H%M%SZ}{'_backfill' if backfill else ''}.json.gz"
    return f"{folder}/{span.account}_CloudTrail-Digest_{span.region}_{trail.name}_{trail.home}_{last}"


def _content(
    requests: TrailRequests, span: Span, name: str, files: Sequence[LogFile], previous: Digest | None, key: SigningKey
) -> dict[str, Any]:
    return {
        "awsAccountId": span.account,
        "digestStartTime": as_text(span.start),
        "digestEndTime": as_text(span.end),
        "digestS3Bucket": requests.trail.bucket,
        "digestS3Object": name,
        "digestPublicKeyFingerprint": key.fingerprint,
        "digestSignatureAlgorithm": ALGORITHM,
        "newestEventTime": max((file.newest for file in files), default=None),
        "oldestEventTime": min((file.oldest for file in files), default=None),
        "previousDigestS3Bucket": previous.bucket if previous else None,
        "previousDigestS3Object": previous.key if previous else None,
        "previousDigestHashValue": hashlib.sha256(previous.body).hexdigest() if previous else None,
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "previousDigestSignature": previous.signature if previous else None,
        "logFiles": [file.as_result() for file in files],
    }


def _string_to_sign(requests: TrailRequests, span: Span, name: str, body: bytes, previous: Digest | None) -> str:
    """The string to sign; without a previous digest, its signature is the literal "null"."""
    lines = (
        as_text(span.end),
        f"{requests.trail.bucket}/{name}",
        hashlib.sha256(body).hexdigest(),
        previous.signature if previous else "null",
    )
    return "\n".join(lines)
