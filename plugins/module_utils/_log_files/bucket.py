# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The reader of the log bucket: lists folders and objects, and reads objects.

Note that this module util is PRIVATE to the collection: it can change at any time.

Every request has C(ExpectedBucketOwner), so a bucket that another account has taken over is not read:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from .._aws.gateway import Gateway, answered_at
from .._core import timestamps
from .._core.errors import AwsFailure

PERMISSIONS = ("s3:GetObject", "s3:ListBucket")
Taken = TypeVar("Taken")
_EXPIRY_DATE = re.compile(r'expiry-date="([^"]+)"')


def expires_at(reply: Mapping[str, Any]) -> datetime | None:
    """When a lifecycle rule deletes the object, according to GetObject; None if no rule does.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_ResponseSyntax (x-amz-expiration)
    """
    match = _EXPIRY_DATE.search(str(reply.get("Expiration") or ""))
    return timestamps.parse_http(match[1]) if match else None


# These concern the credentials or the whole bucket, and every other request would fail too.
_OF_EVERY_REQUEST = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "CredentialRetrievalError",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "NoCredentialsError",
        "NoSuchBucket",
        "PartialCredentialsError",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)


def is_of_every_request(failure: AwsFailure) -> bool:
    """True if the failure concerns the credentials or the whole bucket, and not one object or folder."""
    return failure.code in _OF_EVERY_REQUEST


class LogBucket:
    """One bucket. Threads may share it; C(requests) counts the requests to S3."""

    def __init__(self, gateway: Gateway, name: str, owner: str = "") -> None:
        """C(owner) is the account that must own the bucket; by default, the account of the credentials."""
        self.name = name
        self.owner = owner or gateway.account
        self.requests = 0
        self._gateway = gateway
        self._address = {"Bucket": name, "ExpectedBucketOwner": self.owner}
        self._lock = threading.Lock()

    def pages(self, **arguments: Any) -> Iterator[Mapping[str, Any]]:
        """The replies to ListObjectsV2, each requested when it is needed. C(Prefix) must be one of the arguments.

        A failure has the prefix as its C(resource).
        Keys sort by their bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html
        """
        try:
            for page in self._gateway.pages("s3", "list_objects_v2", **self._address, **arguments):
                self._count()
                yield page
        except AwsFailure as failure:
            raise failure.with_advice(self._advice(failure)).about(arguments["Prefix"]) from None

    def objects(self, prefix: str, *, after: str = "", before: str = "") -> Iterator[Mapping[str, Any]]:
        """S3's entries (C(Key), C(LastModified)) in the order of the keys, after C(after) and before C(before).

        The empty objects that the console creates as folders are left out:
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-folders.html
        """
        start = {"StartAfter": after} if after else {}
        for page in self.pages(Prefix=prefix, **start):
            for entry in page.get("Contents", []):
                if before and entry["Key"] >= before:
                    return
                if not entry["Key"].endswith("/") or entry.get("Size"):
                    yield entry

    def folders(self, path: str) -> list[str]:
        """The names of the folders in a folder. C(path) ends with a slash."""
        return [name[:-1] for name in self.names(path) if name.endswith("/")]

    def names(self, path: str) -> Iterator[str]:
        """The names of the folders in a folder, each with a slash at its end, and of the objects."""
        for page in self.pages(Prefix=path, Delimiter="/"):
            yield from (entry["Prefix"][len(path) :] for entry in page.get("CommonPrefixes", []))
            yield from (entry["Key"][len(path) :] for entry in page.get("Contents", []) if entry["Key"] != path)

    def level(self, path: str) -> tuple[list[str], list[str]]:
        """The keys of the objects directly in a folder, and the names of its folders. C(path) ends with a slash."""
        names = list(self.names(path))
        keys = [path + name for name in names if not name.endswith("/")]
        return keys, [name[:-1] for name in names if name.endswith("/")]

    def has_objects(self, prefix: str) -> bool:
        """True if a key begins with the prefix."""
        return bool(self._first_page(prefix).get("Contents"))

    def now(self, prefix: str, default: datetime | None = None) -> datetime:
        """The time by S3's clock. C(default) counts if the reply has no date."""
        return answered_at(self._first_page(prefix), default)

    def head(self, key: str) -> Mapping[str, Any]:
        """The reply to HeadObject. Needs no kms:Decrypt, because it does not request the checksum.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (ChecksumMode)
        """
        self._count()
        reply: Mapping[str, Any] = self._gateway.call("s3", "head_object", **self._address, Key=key)
        return reply

    def fetch(self, key: str, take: Callable[[Mapping[str, Any], Iterator[bytes]], Taken]) -> Taken:
        """What C(take) returns for GetObject's reply and the object's body. The body comes in chunks."""
        self._count()
        return self._gateway.fetch(take, **self._address, Key=key)

    def _first_page(self, prefix: str) -> Mapping[str, Any]:
        return next(self.pages(Prefix=prefix, MaxKeys=1))

    def _count(self) -> None:
        with self._lock:
            self.requests += 1

    def _advice(self, failure: AwsFailure) -> str:
        """What to do about a failure of ListObjectsV2, or of AssumeRole before it."""
        if failure.operation == "AssumeRole":
            return failure.advice
        advice = {
            "NoSuchBucket": f"Check the name of the bucket: there is no bucket {self.name}.",
            "AccessDenied": (
                f"Check the name of the bucket, that bucket {self.name} belongs to account {self.owner}, and that the"
                f" credentials have s3:ListBucket on it. By default, the bucket must belong to the account of the"
                f" credentials, which is the log-archive account."
            ),
        }
        return advice.get(failure.code, failure.advice)
