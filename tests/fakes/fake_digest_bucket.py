# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bucket with digests in memory, and public keys, for tests of cloudtrail_integrity_info."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._integrity.report import IntegrityInfo

from tests.fakes import fake_digests, support
from tests.fakes.fake_digests import FakeDelivery, FakeObject

PAGE = 5  # keys in a page of a listing


class FakeDigestBucket:
    """A gateway to one bucket.

    C(keys) has the names of public keys by the role that may list them, and C(failures) has errors by object key.
    """

    def __init__(self, objects: dict[str, FakeObject], keys: Mapping[str, Iterable[str]] | None = None) -> None:
        self.objects = objects
        self.keys = {"": ["cloudtrail"]} if keys is None else keys
        self.failures: dict[str, AwsFailure] = {}
        self.since: dict[str, datetime] = {}  # the begin of a public key's validity
        self.account = support.ARCHIVE
        self.role, self.region = "", support.REGION
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def other(self, role_arn: str, external_id: str) -> FakeDigestBucket:
        return self._like(role_arn, self.region)

    def in_region(self, region: str) -> FakeDigestBucket:
        return self._like(self.role, region)

    def _like(self, role: str, region: str) -> FakeDigestBucket:
        other = FakeDigestBucket(self.objects, self.keys)
        other.failures, other.requests, other.since = self.failures, self.requests, self.since
        other.role, other.region = role, region
        return other

    pages = Gateway.pages

    def call(self, service: str, operation: str, **arguments: Any) -> Any:
        support.validate(service, operation, arguments)
        self.requests.append((operation, {**arguments, "role": self.role, "region": self.region}))
        if operation == "list_public_keys":
            if self.role not in self.keys:
                raise AwsFailure("ListPublicKeys", "AccessDeniedException", "You may not")
            last = arguments["EndTime"]
            names = [name for name in self.keys[self.role] if self.since.get(name, last) <= last]
            return {
                "PublicKeyList": [
                    {"Fingerprint": fake_digests.fingerprint(n), "Value": fake_digests.public_key(n)} for n in names
                ]
            }
        assert operation == "list_objects_v2" and arguments["ExpectedBucketOwner"] == self.account
        return self._listing(arguments)

    def _listed(self, name: str) -> dict[str, Any]:
        return {"Fingerprint": fake_digests.fingerprint(name), "Value": fake_digests.public_key(name)}

    def _listing(self, arguments: dict[str, Any]) -> dict[str, Any]:
        prefix, delimiter = arguments["Prefix"], arguments.get("Delimiter")
        after = arguments.get("ContinuationToken") or arguments.get("StartAfter") or ""
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        if delimiter:
            folders = sorted({prefix + key[len(prefix) :].split("/")[0] + "/" for key in keys})
            return {"CommonPrefixes": [{"Prefix": folder} for folder in folders], "IsTruncated": False}
        contents = [{"Key": key, "LastModified": fake_digests.START} for key in keys[:PAGE]]
        page = {"Contents": contents, "IsTruncated": len(keys) > PAGE}
        return {**page, **({"NextContinuationToken": keys[PAGE - 1]} if len(keys) > PAGE else {})}

    def fetch(self, take: Callable[[Mapping[str, str], Iterator[bytes]], Any], **arguments: Any) -> Any:
        support.validate("s3", "get_object", arguments)
        self.requests.append(("get_object", arguments))
        assert arguments["ExpectedBucketOwner"] == self.account and arguments["Bucket"] == fake_digests.BUCKET
        key = arguments["Key"]
        if key in self.failures:
            raise self.failures[key]
        if key not in self.objects:
            raise AwsFailure("GetObject", "NoSuchKey", "The specified key does not exist.")
        stored = self.objects[key]
        size = 1 << 16
        return take(stored.metadata, (stored.body[at : at + size] for at in range(0, len(stored.body), size)))


def options(**given: Any) -> dict[str, Any]:
    return support.module_options("cloudtrail_integrity_info", **{"bucket": fake_digests.BUCKET, **given})


def run(
    gateway: Any, now: datetime, progress: Callable[[str], None] = lambda sentence: None, **given: Any
) -> dict[str, Any]:
    """What cloudtrail_integrity_info returns."""
    info = IntegrityInfo(options(**{"connections": 8, **given}), support.REGION, lambda: now)
    result: dict[str, Any] = info.read(gateway, progress)
    return result


def validate(trail: FakeDelivery, gateway: FakeDigestBucket | None = None, **given: Any) -> dict[str, Any]:
    """The same, 20 minutes after the last delivery of a trail, for all that it delivered."""
    now = trail.at + timedelta(minutes=20)
    given = {"start_time": fake_digests.START.strftime(fake_digests.ISO), **given}
    return run(gateway or FakeDigestBucket(trail.objects), now, **given)


def reported(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Kind and resource of each finding."""
    return [(finding["kind"], finding["resource"]) for finding in result["findings"]]
