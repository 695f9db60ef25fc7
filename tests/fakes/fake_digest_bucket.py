# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gateway to a bucket in memory, for tests of what is read there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._integrity.report import Integrity

from tests.fakes import fake_digests as chains
from tests.fakes import support

PAGE = 5  # keys in a page of a listing


class ArchiveGateway:
    """One bucket. C(keys) has the names of public keys by the role that may list them, C(failures) errors by key."""

    def __init__(self, objects: dict[str, chains.Thing], keys: Mapping[str, Iterable[str]] | None = None) -> None:
        self.objects = objects
        self.keys = {"": ["cloudtrail"]} if keys is None else keys
        self.failures: dict[str, AwsFailure] = {}
        self.since: dict[str, datetime] = {}  # the begin of a public key's validity
        self.account = support.ARCHIVE
        self.role, self.region = "", support.REGION
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def other(self, role_arn: str, external_id: str) -> ArchiveGateway:
        return self._like(role_arn, self.region)

    def in_region(self, region: str) -> ArchiveGateway:
        return self._like(self.role, region)

    def _like(self, role: str, region: str) -> ArchiveGateway:
        other = ArchiveGateway(self.objects, self.keys)
        other.failures, other.asked, other.since = self.failures, self.asked, self.since
        other.role, other.region = role, region
        return other

    pages = Gateway.pages

    def call(self, service: str, operation: str, **arguments: Any) -> Any:
        support.validate(service, operation, arguments)
        self.asked.append((operation, {**arguments, "role": self.role, "region": self.region}))
        if operation == "list_public_keys":
            if self.role not in self.keys:
                raise AwsFailure("ListPublicKeys", "AccessDeniedException", "You may not")
            last = arguments["EndTime"]
            names = [name for name in self.keys[self.role] if self.since.get(name, last) <= last]
            return {
                "PublicKeyList": [{"Fingerprint": chains.fingerprint(n), "Value": chains.public_key(n)} for n in names]
            }
        assert operation == "list_objects_v2" and arguments["ExpectedBucketOwner"] == self.account
        return self._listing(arguments)

    def _listing(self, arguments: dict[str, Any]) -> dict[str, Any]:
        prefix, delimiter = arguments["Prefix"], arguments.get("Delimiter")
        after = arguments.get("ContinuationToken") or arguments.get("StartAfter") or ""
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        if delimiter:
            folders = sorted({prefix + key[len(prefix) :].split("/")[0] + "/" for key in keys})
            return {"CommonPrefixes": [{"Prefix": folder} for folder in folders], "IsTruncated": False}
        page = {"Contents": [{"Key": key} for key in keys[:PAGE]], "IsTruncated": len(keys) > PAGE}
        return {**page, **({"NextContinuationToken": keys[PAGE - 1]} if len(keys) > PAGE else {})}

    def fetch(self, take: Callable[[Mapping[str, str], Iterator[bytes]], Any], **arguments: Any) -> Any:
        support.validate("s3", "get_object", arguments)
        self.asked.append(("get_object", arguments))
        assert arguments["ExpectedBucketOwner"] == self.account and arguments["Bucket"] == chains.BUCKET
        key = arguments["Key"]
        if key in self.failures:
            raise self.failures[key]
        if key not in self.objects:
            raise AwsFailure("GetObject", "NoSuchKey", "The specified key does not exist.")
        thing = self.objects[key]
        size = 1 << 16
        return take(thing.metadata, (thing.body[at : at + size] for at in range(0, len(thing.body), size)))


def options(**given: Any) -> dict[str, Any]:
    return support.module_options("cloudtrail_integrity_info", **{"bucket": chains.BUCKET, **given})


def reading(
    gateway: Any, now: datetime, say: Callable[[str], None] = lambda sentence: None, **given: Any
) -> dict[str, Any]:
    """What cloudtrail_integrity_info returns."""
    subject = Integrity(options(**{"connections": 8, **given}), support.REGION, lambda: now)
    result: dict[str, Any] = subject.read(gateway, say)
    return result


def read(trail: chains.CloudTrail, gateway: ArchiveGateway | None = None, **given: Any) -> dict[str, Any]:
    """The same for all that a trail has delivered until a little before now."""
    now = trail.at + timedelta(minutes=20)
    given = {"start_time": chains.START.strftime(chains.ISO), **given}
    return reading(gateway or ArchiveGateway(trail.objects), now, **given)


def found(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Kind and place of each finding."""
    return [(finding["kind"], finding["resource"]) for finding in result["findings"]]
