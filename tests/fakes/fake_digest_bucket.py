# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Buckets with digests in memory, and public keys, for tests of cloudtrail_integrity_info."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._integrity.report import IntegrityInfo

from tests.fakes import fake_digests, support
from tests.fakes.fake_digests import FakeDelivery, FakeObject

PAGE = 5  # keys in a page of a listing
DENIED = AwsFailure("ListObjectsV2", "AccessDenied", "Access Denied")


@dataclass
class FakeOriginalBucket:
    """Another bucket, which only one role of its owner may read."""

    objects: dict[str, FakeObject] = field(default_factory=dict)
    owner: str = support.ARCHIVE
    role: str = ""


class FakeDigestBucket:
    """A gateway to the log bucket, and to other buckets.

    C(keys) has the names of public keys by the role that may list them. C(failures) has errors of GetObject by object
    key, C(list_failures) errors of ListObjectsV2 by prefix, and C(head_failures) errors of HeadObject by object key.
    """

    def __init__(self, objects: dict[str, FakeObject], keys: Mapping[str, Iterable[str]] | None = None) -> None:
        self.objects = objects
        self.keys = {"": ["cloudtrail"]} if keys is None else keys
        self.failures: dict[str, AwsFailure] = {}
        self.list_failures: dict[str, AwsFailure] = {}
        self.head_failures: dict[str, AwsFailure] = {}
        self.key_failures: dict[str, AwsFailure] = {}  # of ListPublicKeys, by Region
        self.originals: dict[str, FakeOriginalBucket] = {}
        self.since: dict[str, datetime] = {}  # the begin of a public key's validity
        self.clock: datetime | None = None  # the date of S3's replies
        self.account = support.ARCHIVE
        self.role, self.region = "", support.REGION
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def other(self, role_arn: str, external_id: str) -> FakeDigestBucket:
        return self._like(role_arn, self.region)

    def in_region(self, region: str) -> FakeDigestBucket:
        return self._like(self.role, region)

    def _like(self, role: str, region: str) -> FakeDigestBucket:
        other = FakeDigestBucket(self.objects)
        other.__dict__.update(self.__dict__)  # what is changed later is changed in both
        other.role, other.region = role, region
        other.account = role.split(":")[4] if role else self.account
        return other

    pages = Gateway.pages

    def call(self, service: str, operation: str, **arguments: Any) -> Any:
        support.validate(service, operation, arguments)
        self.requests.append((operation, {**arguments, "role": self.role, "region": self.region}))
        if operation == "list_public_keys":
            return self._public_keys(arguments)
        stored = self._bucket(arguments)
        if operation == "head_object":
            if arguments["Key"] in self.head_failures:
                raise self.head_failures[arguments["Key"]]
            assert arguments["Key"] in stored
            return {}
        assert operation == "list_objects_v2"
        for prefix, failure in self.list_failures.items():
            if arguments["Prefix"].startswith(prefix):
                raise failure
        return self._listing(stored, arguments)

    def _bucket(self, arguments: Mapping[str, Any]) -> dict[str, FakeObject]:
        """The objects of the bucket that a request names. Raises what S3 returns to a role that may not read it."""
        name, owner = arguments["Bucket"], arguments["ExpectedBucketOwner"]
        if name == fake_digests.BUCKET:
            assert owner == support.ARCHIVE
            return self.objects
        original = self.originals.get(name)
        if original is None:
            raise AwsFailure("ListObjectsV2", "NoSuchBucket", "The specified bucket does not exist")
        if (owner, self.role) != (original.owner, original.role):
            raise DENIED
        return original.objects

    def _public_keys(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if self.region in self.key_failures:
            raise self.key_failures[self.region]
        if self.role not in self.keys:
            raise AwsFailure("ListPublicKeys", "AccessDeniedException", "You may not")
        last = arguments["EndTime"]
        names = [name for name in self.keys[self.role] if self.since.get(name, last) <= last]
        return {
            "PublicKeyList": [
                {"Fingerprint": fake_digests.fingerprint(name), "Value": fake_digests.public_key(name)}
                for name in names
            ]
        }

    def _listing(self, stored: Mapping[str, FakeObject], arguments: Mapping[str, Any]) -> dict[str, Any]:
        prefix, delimiter = arguments["Prefix"], arguments.get("Delimiter")
        after = arguments.get("ContinuationToken") or arguments.get("StartAfter") or ""
        keys = sorted(key for key in stored if key.startswith(prefix) and key > after)
        folders: set[str] = set()
        if delimiter:
            below = [key for key in keys if "/" in key[len(prefix) :]]
            folders = {prefix + key[len(prefix) :].split("/")[0] + "/" for key in below}
            keys = [key for key in keys if key not in below]
        contents = [
            {
                "Key": key,
                "LastModified": stored[key].modified or fake_digests.START,
                "Size": len(stored[key].body),
            }
            for key in keys[:PAGE]
        ]
        page = {
            "Contents": contents,
            "CommonPrefixes": [{"Prefix": folder} for folder in sorted(folders)],
            "IsTruncated": len(keys) > PAGE,
        }
        if self.clock:
            page["ResponseMetadata"] = {"HTTPHeaders": {"date": format_datetime(self.clock, usegmt=True)}}
        return {**page, **({"NextContinuationToken": keys[PAGE - 1]} if len(keys) > PAGE else {})}

    def fetch(self, take: Callable[[Mapping[str, Any], Iterator[bytes]], Any], **arguments: Any) -> Any:
        support.validate("s3", "get_object", arguments)
        self.requests.append(("get_object", arguments))
        stored = self._bucket(arguments)
        key = arguments["Key"]
        if key in self.failures:
            raise self.failures[key]
        if key not in stored:
            raise AwsFailure("GetObject", "NoSuchKey", "The specified key does not exist.")
        item, size = stored[key], 1 << 16
        chunks = (item.body[at : at + size] for at in range(0, len(item.body), size))
        return take({"Metadata": item.metadata, **item.encryption}, chunks)


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


def interruption(begin: datetime, end: datetime, event: str = "StopLogging") -> dict[str, Any]:
    """An item of the suboption C(interruptions)."""
    times = {"begin": begin.strftime(fake_digests.ISO), "end": end.strftime(fake_digests.ISO)}
    return {**times, "event": event, "certain": False, "place_known": True, "everywhere": True}


def wipe(trail: FakeDelivery, digests: int) -> None:
    """Delete the first digests, and their log files."""
    fake_digests.delete(trail, *trail.digests[:digests])
