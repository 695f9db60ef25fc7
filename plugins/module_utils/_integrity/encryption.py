# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether the objects of a chain are encrypted with the expected key, by the headers that GetObject returns. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The encryption is a hint about who wrote an object. It can fail an object, and never makes it valid. Headers:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax
Before 22 May 2025, CloudTrail encrypted digests with the key of S3 (SSE-S3), also if the trail has a key:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-document-history.html
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._core import timestamps
from .._core.finding import FAILED, INFO
from .._core.numbers import agree, counted
from .._digests.problems import WRONG_ENCRYPTION, WRONG_KEY, Problem
from .._digests.timeline import TimeRange

_DIGESTS_WITH_KEY = datetime(2025, 5, 23, tzinfo=timezone.utc)
_WITH_KMS = ("aws:kms", "aws:kms:dsse")


@dataclass(frozen=True, kw_only=True)
class AppliedEncryption:
    """How S3 encrypted an object, and when it was written."""

    algorithm: str  # such as aws:kms or AES256; empty if the object is not encrypted
    key: str  # the ARN of the KMS key; empty without one
    modified: datetime | None = None  # LastModified, if the reply has it


def applied(reply: Mapping[str, Any]) -> AppliedEncryption:
    """The encryption in GetObject's reply."""
    return AppliedEncryption(
        algorithm=str(reply.get("ServerSideEncryption") or ""),
        key=sys.intern(str(reply.get("SSEKMSKeyId") or "")),  # the same text for all objects
        modified=reply.get("LastModified"),
    )


class EncryptionTally:
    """Counts the objects of one chain that are encrypted otherwise, before and after the first one with the key."""

    def __init__(self, kms_key: str, trail: str, time_range: TimeRange, changed: datetime | None) -> None:
        """C(changed) is the last change of the trail, if it is known: older objects may have another encryption."""
        self._kms_key, self._trail, self._range, self._changed = kms_key, trail, time_range, changed
        self._first_right: datetime | None = None
        self._wrong: dict[str, Counter[datetime]] = {}  # by kind; log files have times of whole minutes
        self._newest: dict[str, tuple[datetime, str, str]] = {}  # by kind: time, key and encryption

    def add(self, key: str, time: datetime, encryption: AppliedEncryption, *, digest: bool = False) -> None:
        """An object that was read. C(time) is the one in its name."""
        if digest and encryption.algorithm == "AES256" and time < _DIGESTS_WITH_KEY:
            return
        with_kms = encryption.algorithm in _WITH_KMS
        if with_kms and encryption.key == self._kms_key:
            self._first_right = min(time, self._first_right or time)
            return
        kind = WRONG_KEY if with_kms else WRONG_ENCRYPTION
        what = f"key {encryption.key or 'unknown'}" if with_kms else encryption.algorithm or "nothing"
        self._wrong.setdefault(kind, Counter())[time] += 1
        self._newest[kind] = max((time, key, what), self._newest.get(kind, (time, key, what)))

    def problems(self) -> Iterator[Problem]:
        """Objects with another encryption: after the first right one a failure, before it informational.

        If no object has the key and the range reaches until now, the trail does not encrypt with it: a failure. It is
        informational if all objects are older than the last change of the trail, because the next one may have the key.
        It is informational for a range in the past too: not all changes since the range are known, so the trail may
        have had another key then.
        """
        first = self._first_right
        for kind, times in self._wrong.items():
            newest, key, what = self._newest[kind]
            if first is None:
                before_change = self._changed is not None and newest < self._changed
                status = FAILED if self._range.end >= self._range.now and not before_change else INFO
                message = f"{_objects(sum(times.values()))} encrypted with {what}, and none is"
                yield self._problem(kind, status, key, min(times), message)
                continue
            after = {time: count for time, count in times.items() if time > first}
            before = sum(times.values()) - sum(after.values())
            if after:
                reason = f"although objects since {timestamps.text(first)} are"
                message = f"{_objects(sum(after.values()))} encrypted with {what}, {reason}"
                yield self._problem(kind, FAILED, key, min(after), message)
            if before:
                message = f"{_objects(before)} encrypted otherwise, from before the first one that is"
                yield self._problem(kind, INFO, self._trail if after else key, min(times), message)

    def _problem(self, kind: str, status: str, key: str, since: datetime, what: str) -> Problem:
        return Problem(
            kind=kind,
            resource=key,
            message=f"Trail {self._trail}: {what} encrypted with key {self._kms_key}.",
            since=timestamps.text(since),
            status=status,
            check="encryption",
            group=f"{self._trail} {status}",
        )


def _objects(count: int) -> str:
    return f"{counted(count, 'object')} {agree(count, 'is', 'are')}"
