# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files and signed digests as CloudTrail writes them, for tests that then change them.

Written from AWS's description of the format, and independent of the code that reads it:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ACCOUNT, REGION, TRAIL, BUCKET = "444455556666", "eu-west-1", "sectrail_prod-1", "secprod-multiaccount-logs"
START = datetime(2026, 11, 24, 20, 1, 31, tzinfo=timezone.utc)  # eight hours from here go past midnight
HOUR = timedelta(hours=1)
ISO, COMPACT, MINUTE = "%Y-%m-%dT%H:%M:%SZ", "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%MZ"


@dataclass
class FakeObject:
    """An object of the bucket."""

    body: bytes
    metadata: dict[str, str] = field(default_factory=dict)
    encryption: dict[str, Any] = field(default_factory=dict)  # of GetObject's reply, and its LastModified
    modified: datetime | None = None  # LastModified in listings; START if it is not set


@functools.cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair of CloudTrail or of a forger; the same one for the same name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(name: str) -> bytes:
    pkcs1 = serialization.PublicFormat.PKCS1
    return private_key(name).public_key().public_bytes(serialization.Encoding.DER, pkcs1)


def fingerprint(name: str) -> str:
    return hashlib.md5(public_key(name), usedforsecurity=False).hexdigest()


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def unpacked(stored: FakeObject) -> Any:
    return json.loads(gzip.decompress(stored.body))


@dataclass
class FakeDelivery:
    """One trail in one account and Region, and what it delivers."""

    objects: dict[str, FakeObject] = field(default_factory=dict)
    account: str = ACCOUNT
    region: str = REGION
    trail: str = TRAIL
    home_region: str = REGION
    bucket: str = BUCKET
    root: str = ""  # the prefix with a slash at its end
    organization: str = ""
    key: str = "cloudtrail"
    at: datetime = START
    digests: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    payload: int = 0  # bytes of each log file that do not compress
    _previous: dict[str, str | None] = field(default_factory=dict)

    def folder(self, kind: str, moment: datetime) -> str:
        organization = f"{self.organization}/" if self.organization else ""
        day = moment.strftime("%Y/%m/%d")
        return f"{self.root}AWSLogs/{organization}{self.account}/{kind}/{self.region}/{day}/"

    def log(self, moment: datetime) -> dict[str, str]:
        """Delivers a log file. Returns its entry for a digest."""
        number = len(self.logs)
        unique = hashlib.sha256(f"{self.trail} {moment} {number}".encode()).hexdigest()[:16]
        name = f"{self.account}_CloudTrail_{self.region}_{moment.strftime(MINUTE)}_{unique}.json.gz"
        key = self.folder("CloudTrail", moment) + name
        noise = hashlib.shake_256(key.encode()).hexdigest(self.payload // 2)
        content = json.dumps({"Records": [{"eventID": unique, "eventTime": moment.strftime(ISO), "x": noise}]}).encode()
        self.objects[key] = FakeObject(packed(content))
        self.logs.append(key)
        return {
            "s3Bucket": self.bucket,
            "s3Object": key,
            "hashValue": hashlib.sha256(content).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": moment.strftime(ISO),
            "oldestEventTime": moment.strftime(ISO),
        }

    def hour(self, logs: int = 2, length: timedelta = HOUR) -> str:
        """Delivers the log files of an hour and their digest. Returns the key of the digest."""
        moments = [self.at + length * (number + 1) / (logs + 1) for number in range(logs)]
        key = self.sign([self.log(moment) for moment in moments], self.at, self.at + length)
        self.at += length
        return key

    def hours(self, count: int, logs: int = 2) -> FakeDelivery:
        for _hour in range(count):
            self.hour(logs)
        return self

    def deliver_to(self, objects: dict[str, FakeObject], bucket: str, root: str = "") -> FakeDelivery:
        """Changes the bucket or the prefix of the trail (UpdateTrail). The chain goes on."""
        self.objects, self.bucket, self.root = objects, bucket, root
        return self

    def off(self, length: timedelta) -> None:
        """Stops logging for that time."""
        self.at += length
        self._previous = {}

    def backfill(self, key: str, logs: int = 1) -> str:
        """Delivers log files that are too late for the digest of their hour, and a backfill digest for them."""
        end = datetime.strptime(key[-24:-8], COMPACT).replace(tzinfo=timezone.utc)
        previous, self._previous = self._previous, {}
        entries = [self.log(end - HOUR / (number + 3)) for number in range(logs)]
        made = self.sign(entries, end - HOUR, end, backfill=True)
        self._previous = previous
        return made

    def sign(self, entries: list[dict[str, str]], start: datetime, end: datetime, backfill: bool = False) -> str:
        suffix = "_backfill" if backfill else ""
        name = f"{self.account}_CloudTrail-Digest_{self.region}_{self.trail}_{self.home_region}_"
        key = f"{self.folder('CloudTrail-Digest', end)}{name}{end.strftime(COMPACT)}{suffix}.json.gz"
        document = {
            "awsAccountId": self.account,
            "digestStartTime": start.strftime(ISO),
            "digestEndTime": end.strftime(ISO),
            "digestS3Bucket": self.bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": fingerprint(self.key),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": end.strftime(ISO),
            "oldestEventTime": start.strftime(ISO),
            "previousDigestS3Bucket": self._previous.get("bucket"),
            "previousDigestS3Object": self._previous.get("key"),
            "previousDigestHashValue": self._previous.get("hash"),
            "previousDigestHashAlgorithm": "SHA-256" if self._previous else None,
            "previousDigestSignature": self._previous.get("signature"),
            "logFiles": entries,
        }
        self.objects[key] = signed(document, self.key)
        if backfill:
            self.objects[key].metadata["backfill-generation-timestamp"] = (end + 5 * HOUR).strftime(ISO)
        content = gzip.decompress(self.objects[key].body)
        self._previous = {
            "bucket": self.bucket,
            "key": key,
            "hash": hashlib.sha256(content).hexdigest(),
            "signature": self.objects[key].metadata["signature"],
        }
        self.digests.append(key)
        return key


def signed(document: dict[str, Any], key: str) -> FakeObject:
    content = json.dumps(document).encode()
    own = hashlib.sha256(content).hexdigest()
    place = f"{document['digestS3Bucket']}/{document['digestS3Object']}"
    text = f"{document['digestEndTime']}\n{place}\n{own}\n{document['previousDigestSignature'] or 'null'}"
    signature = private_key(key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return FakeObject(packed(content), {"signature": signature.hex(), "signature-algorithm": "SHA256withRSA"})


def delete(trail: FakeDelivery, *digests: str) -> None:
    """Delete the digests with these keys, and their log files."""
    for key in digests:
        for entry in unpacked(trail.objects.pop(key))["logFiles"]:
            del trail.objects[entry["s3Object"]]
