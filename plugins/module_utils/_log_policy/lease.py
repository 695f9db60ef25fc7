# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The lease that lets one run of this collection at a time change a policy: a small object in the log bucket.

Note that this module util is PRIVATE to the collection: it can change at any time.

PutBucketPolicy and PutKeyPolicy are not conditional, but PutObject is:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
The object is never deleted, because the bucket policy denies that. Its metadata has the content, so that HeadObject is
enough, which needs no permission to decrypt: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
Its body is different in each version, because otherwise the ETag could be the same:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
The age of a lease is the time since the object was written, by the clock of S3. The clocks of two machines can differ.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .._aws import validators
from .._aws.gateway import Gateway, answered_at
from .._core.call import Call
from .._core.errors import AwsFailure
from .._core.resource import Lease, NoLease

PERMISSIONS = ("kms:GenerateDataKey", "s3:GetObject", "s3:ListBucket", "s3:PutObject")
OBJECT_KEY = "central-logging/policy-lease"  # outside of AWSLogs/, where the log folders are
LEASE_SECONDS = 120  # then a lease that was not released, because its run was killed, expires
_LEFT = 75.0  # before a write, a lease with less time left is extended: botocore waits 60 seconds for an answer
_LONGEST_WAIT = 300.0  # seconds to wait for the lease of other runs
_PAUSE = 1.5  # seconds
# another run has written the object, is writing it, or (a lifecycle rule) it is gone; NoSuchBucket must not be repeated
_NOT_WRITTEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "412"})
_FINAL = frozenset({*_NOT_WRITTEN, "NoSuchBucket"})
_UNSAFE = (
    "Another run at the same time can overwrite the change. Make sure that only one job at a time changes the policies."
)


def for_bucket_policy(params: Mapping[str, Any], gateway: Gateway) -> Lease:
    """The lease of s3_log_bucket_policy. The option C(lease) turns it off."""
    return BucketLease(gateway, params["bucket"]) if params["lease"] else NoLease()


def for_key_policy(params: Mapping[str, Any], gateway: Gateway) -> Lease:
    """The lease of kms_key_grant_accounts, which C(lease_bucket) turns on. An empty value turns it off knowingly."""
    bucket = params["lease_bucket"]
    if bucket:
        return BucketLease(gateway, validators.bucket_name(bucket, "lease_bucket"))
    unset = f"The key policy was changed without a lease, because lease_bucket is not set. {_UNSAFE}"
    return NoLease(unset if bucket is None else "")


class BucketLease:
    """A lease in one bucket."""

    def __init__(
        self,
        gateway: Gateway,
        bucket: str,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gateway, self._bucket, self._pause, self._clock = gateway, bucket, pause, clock
        self._run = uuid.uuid4().hex
        self._writes = 0  # how often this run has written the object
        self._etag = ""  # of the object as this run has written it; empty: this run does not have the lease
        self._until = 0.0  # when the lease of this run expires, by its own clock
        self.problem = ""

    def take(self) -> None:
        """Wait until no other run has the lease, and take it."""
        deadline = self._clock() + _LONGEST_WAIT
        try:
            while not self._try_to_take():
                if self._clock() >= deadline:
                    self._report(f"other runs had it for {_LONGEST_WAIT:.0f} seconds.")
                    return
                self._pause(_PAUSE)
        except AwsFailure as failure:
            self._report(f"{failure} {_advice(failure)}".strip())

    def keep(self) -> None:
        """Extend the lease if it would expire during the next write."""
        if self._etag and self._until - self._clock() < _LEFT:
            self._write_own(LEASE_SECONDS)

    def release(self) -> None:
        """Let other runs take the lease."""
        if self._etag:
            expired = self._clock() >= self._until
            self._write_own(0, must_succeed=expired)
            self._etag = ""

    def _write_own(self, seconds: int, *, must_succeed: bool = True) -> None:
        """Write the lease again. Reports if another run has taken it over, which it can do after it has expired."""
        try:
            written = self._write(seconds, IfMatch=self._etag)
        except AwsFailure as failure:
            if must_succeed:
                self._report(str(failure))
            return
        if not written:
            self._report("another run has taken it over, because it was not extended in time.")
            self._etag = ""

    def _try_to_take(self) -> bool:
        current = self._head()
        if current is None:
            return self._write(LEASE_SECONDS, IfNoneMatch="*")
        return _is_free(current) and self._write(LEASE_SECONDS, IfMatch=current["ETag"])

    def _write(self, seconds: int, **condition: str) -> bool:
        """Write the object if the condition holds, and return True if it did. Raises AwsFailure."""
        self._writes += 1
        content = {"run": self._run, "write": str(self._writes), "seconds": str(seconds)}
        since = self._clock()
        try:
            etag = self._gateway.send(self._put(content, **condition))["ETag"]
        except AwsFailure as failure:
            if failure.code not in _NOT_WRITTEN:
                raise
            etag = self._etag_of(content)  # S3 may have carried out an attempt whose answer was lost
        if etag:
            self._etag, self._until = etag, since + seconds
        return bool(etag)

    def _put(self, content: Mapping[str, str], **condition: str) -> Call:
        return Call(
            service="s3",
            operation="put_object",
            arguments={
                **self._address(),
                "Body": json.dumps(content).encode(),
                "Metadata": content,
                "ContentType": "application/json",
                "ChecksumAlgorithm": "CRC32",  # Object Lock needs a checksum
                **condition,
            },
            summary=f"write the lease of bucket {self._bucket}",
            conflict_codes=_FINAL,
        )

    def _etag_of(self, content: Mapping[str, str]) -> str:
        current = self._head()
        return str(current["ETag"]) if current and current.get("Metadata") == content else ""

    def _head(self) -> Mapping[str, Any] | None:
        """The object, without its body; None if it does not exist."""
        reply: Mapping[str, Any] | None = self._gateway.call("s3", "head_object", absent=("404",), **self._address())
        return reply

    def _address(self) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": OBJECT_KEY, "ExpectedBucketOwner": self._gateway.account}

    def _report(self, reason: str) -> None:
        lease = f"a lease, the object {OBJECT_KEY} of bucket {self._bucket}"
        self.problem = self.problem or f"The policy was changed without {lease}: {reason} {_UNSAFE}"


def _is_free(current: Mapping[str, Any]) -> bool:
    """True if the lease was released, or has expired by the clock of S3."""
    text = str(current.get("Metadata", {}).get("seconds", ""))
    last_modified: datetime = current["LastModified"]
    seconds = int(text) if text.isdecimal() else LEASE_SECONDS
    return (answered_at(current) - last_modified).total_seconds() >= seconds


def _advice(failure: AwsFailure) -> str:
    if failure.code in ("403", "AccessDenied"):
        return (
            "The role needs s3:GetObject and s3:PutObject on the object, s3:ListBucket on the bucket, and"
            " kms:GenerateDataKey on the key that encrypts the bucket."
        )
    if failure.code == "ParamValidationError":
        return "Conditional writes need a newer boto3 and botocore (1.35.69 or later)."
    return ""
