# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A log bucket for tests: keys with their encryption, listed as S3 does, and the names that CloudTrail gives."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo

from tests.fakes.support import ARCHIVE, BUCKET, KEY, PRODUCTION, REGION, FakeGateway, delivery_options, failure

NOW = datetime(2026, 11, 25, 14, 2, 30, tzinfo=timezone.utc)
AES256 = {"ServerSideEncryption": "AES256"}
CENTRAL = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY}


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def log(
    time: datetime, account: str = PRODUCTION, region: str = REGION, root: str = "AWSLogs/", unique: str = "a"
) -> str:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html"""
    return (
        f"{root}{account}/CloudTrail/{region}/{time:%Y/%m/%d}/"
        f"{account}_CloudTrail_{region}_{time:%Y%m%dT%H%M}Z_{unique}.json.gz"
    )


def digest(
    time: datetime,
    account: str = PRODUCTION,
    region: str = REGION,
    root: str = "AWSLogs/",
    trail: str = "sectrailprod",
    home: str = REGION,
    suffix: str = "",
) -> str:
    """.../userguide/cloudtrail-log-file-validation-digest-file-structure.html"""
    return (
        f"{root}{account}/CloudTrail-Digest/{region}/{time:%Y/%m/%d}/"
        f"{account}_CloudTrail-Digest_{region}_{trail}_{home}_{time:%Y%m%dT%H%M%S}Z{suffix}.json.gz"
    )


class FakeLogBucket(FakeGateway):
    """A gateway to one bucket. The values are the replies to HeadObject, or the error codes."""

    def __init__(self, objects: dict[str, Any] | None = None, account: str = ARCHIVE, page: int = 1000) -> None:
        super().__init__({("s3", "list_objects_v2"): self._list, ("s3", "head_object"): self._head}, account=account)
        self.objects = dict(objects or {})
        self.page = page
        self.modified: dict[str, datetime] = {}  # LastModified, if it matters
        self.refused: dict[str, str] = {}  # error codes of lists, by prefix
        self.clock = NOW  # of S3

    @property
    def requests(self) -> Counter[str]:
        return Counter(self.operations)

    def _list(self, **arguments: Any) -> Any:
        assert (arguments["Bucket"], arguments["ExpectedBucketOwner"]) == (BUCKET, ARCHIVE)
        prefix, delimiter = arguments.get("Prefix", ""), arguments.get("Delimiter", "")
        if prefix in self.refused:
            return failure(self.refused[prefix], "Access Denied")
        after = arguments.get("ContinuationToken") or arguments.get("StartAfter", "")
        items: list[tuple[str, bool]] = []  # the second: it is a folder
        for key in sorted(key for key in self.objects if key.startswith(prefix)):
            folder, cut, _rest = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            item = (f"{prefix}{folder}{cut}" if cut else key, bool(cut))
            if item[0] > after and not (cut and after.startswith(item[0])) and item not in items[-1:]:
                items.append(item)
        size = min(self.page, arguments.get("MaxKeys", 1000))
        shown = items[:size]
        reply: dict[str, Any] = {
            "IsTruncated": len(items) > size,
            "Contents": [
                {"Key": item, "LastModified": self.modified.get(item, self.clock)}
                for item, is_folder in shown
                if not is_folder
            ],
            "CommonPrefixes": [{"Prefix": item} for item, is_folder in shown if is_folder],
            "ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(self.clock, usegmt=True)}},
        }
        if reply["IsTruncated"]:
            reply["NextContinuationToken"] = shown[-1][0]
        return {name: value for name, value in reply.items() if value != []}

    def _head(self, **arguments: Any) -> Any:
        assert (arguments["Bucket"], arguments["ExpectedBucketOwner"]) == (BUCKET, ARCHIVE)
        assert "ChecksumMode" not in arguments, "would need kms:Decrypt"
        reply = self.objects[arguments["Key"]]
        return failure(reply, "Forbidden") if isinstance(reply, str) else reply


def account(
    identity: str, trail: str | None = None, region: str | None = None, since: str | None = None, **facts: Any
) -> Any:
    return {
        "id": identity,
        "trail_name": trail,
        "region": region,
        "logging_since": since,
        "delivering_since": None,
        "change": None,
        "logging": None,
        "log_file_validation": None,
        **facts,
    }


def both(identity: str, region: str = REGION, root: str = "AWSLogs/", head: Any = None, **more: str) -> dict[str, Any]:
    """A log file and a digest of today, and some of the years before."""
    past = [ago(days=days) for days in range(1, 800, 60)]
    keys = [log(ago(minutes=5), identity, region, root), digest(ago(minutes=45), identity, region, root, **more)]
    keys += [log(time, identity, region, root) for time in past]
    keys += [digest(time, identity, region, root, **more) for time in past]
    return dict.fromkeys(keys, CENTRAL if head is None else head)


def run(gateway: FakeLogBucket, **options: Any) -> dict[str, Any]:
    return DeliveryInfo(delivery_options(**options), REGION).read(gateway, lambda _sentence: None)


def kinds(result: dict[str, Any], *statuses: str) -> list[tuple[str, str]]:
    wanted = statuses or ("failed", "waiting", "info")
    return [(finding["account"], finding["kind"]) for finding in result["findings"] if finding["status"] in wanted]
