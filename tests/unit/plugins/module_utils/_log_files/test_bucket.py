# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the reader of the bucket requests and returns."""

from __future__ import annotations

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.bucket import LogBucket

from tests.fakes.fake_log_bucket import AES256, CENTRAL, NOW, FakeLogBucket
from tests.fakes.support import ARCHIVE, BUCKET, KEY, failure

ROOT = "AWSLogs/"
KEYS = ["a/1", "a/2", "a/3", "a/3/", "a/4", "b/1"]


def reader(gateway: FakeLogBucket) -> LogBucket:
    return LogBucket(gateway, BUCKET)  # type: ignore[arg-type]


def test_folders_over_several_pages() -> None:
    keys = [f"AWSLogs/{number:012d}/CloudTrail/x" for number in range(25)]
    bucket = reader(FakeLogBucket(dict.fromkeys(keys, AES256), page=10))
    assert bucket.folders(ROOT) == [f"{number:012d}" for number in range(25)]
    assert bucket.requests == 3


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        ({}, ["a/1", "a/2", "a/3", "a/4"]),
        ({"after": "a/2"}, ["a/3", "a/4"]),
        ({"before": "a/3"}, ["a/1", "a/2"]),
        ({"after": "a/1", "before": "a/4"}, ["a/2", "a/3"]),
    ],
)
def test_objects_between_two_keys(arguments: dict[str, str], keys: list[str]) -> None:
    """The empty object that stands for a folder is left out."""
    bucket = reader(FakeLogBucket(dict.fromkeys(KEYS, AES256), page=2))
    listed = list(bucket.objects("a/", **arguments))
    assert [entry["Key"] for entry in listed] == keys
    assert {entry["LastModified"] for entry in listed} == {NOW}


def test_only_the_pages_that_are_needed_are_requested() -> None:
    bucket = reader(FakeLogBucket(dict.fromkeys(KEYS, AES256), page=2))
    assert list(bucket.objects("a/", before="a/2"))
    assert bucket.requests == 1


def test_whether_there_are_objects() -> None:
    gateway = FakeLogBucket(dict.fromkeys(KEYS, AES256))
    bucket = reader(gateway)
    assert (bucket.has_objects("a/"), bucket.has_objects("c/")) == (True, False)
    assert [arguments["MaxKeys"] for _service, _operation, arguments in gateway.calls] == [1, 1]
    assert bucket.requests == 2


def test_the_time_is_that_of_s3() -> None:
    assert reader(FakeLogBucket()).now(ROOT) == NOW.replace(microsecond=0)


def test_the_head_of_an_object() -> None:
    bucket = reader(FakeLogBucket({"key": CENTRAL}))
    assert bucket.head("key")["SSEKMSKeyId"] == KEY
    assert bucket.requests == 1


def test_the_owner_of_the_bucket_is_in_every_request() -> None:
    assert reader(FakeLogBucket()).owner == ARCHIVE, "the account of the credentials"
    gateway = FakeLogBucket()
    gateway.replies["s3", "list_objects_v2"] = {}
    LogBucket(gateway, BUCKET, "444455556666").folders(ROOT)  # type: ignore[arg-type]
    assert gateway.calls[0][2]["ExpectedBucketOwner"] == "444455556666"


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        ("NoSuchBucket", ["there is no bucket"]),
        ("AccessDenied", [f"belongs to account {ARCHIVE}", "s3:ListBucket", "log-archive account"]),
    ],
)
def test_a_bucket_that_cannot_be_listed(code: str, sentences: list[str]) -> None:
    gateway = FakeLogBucket()
    gateway.replies["s3", "list_objects_v2"] = failure(code)
    with pytest.raises(AwsFailure) as raised:
        reader(gateway).now(ROOT)
    for sentence in sentences:
        assert sentence in str(raised.value)
