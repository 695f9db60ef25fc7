# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lease of a log bucket: who has it, how it ends, and what a run says that could not take it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure
from ansible_collections.central_logging.aws.plugins.module_utils._core.resource import NoLease
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import lease as _lease
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.lease import (
    LEASE_SECONDS,
    OBJECT_KEY,
    BucketLease,
)

from tests.fakes.support import ARCHIVE, BUCKET, FakeGateway, bucket_options, failure, key_options

START = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)


class FakeS3(FakeGateway):
    """One object in a bucket. Time passes in pauses only; C(during) runs at each pause."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stored: dict[str, Any] | None = None
        self.during: list[Callable[[], Any]] = []
        self.lost: list[str] = []  # codes that puts return although they take effect
        super().__init__({("s3", "head_object"): self._head_object, ("s3", "put_object"): self._put_object})

    def _head_object(self, **_: Any) -> Any:
        date = format_datetime(START + timedelta(seconds=self.now), usegmt=True)
        return {**self.stored, "ResponseMetadata": {"HTTPHeaders": {"date": date}}} if self.stored else failure("404")

    def _put_object(self, Body: bytes, Metadata: dict[str, str], **more: Any) -> Any:
        assert more["Key"] == OBJECT_KEY and more["ExpectedBucketOwner"] == ARCHIVE
        etag = self.stored["ETag"] if self.stored else None
        if (more.get("IfNoneMatch") == "*" and etag) or more.get("IfMatch", etag) != etag:
            return failure("PreconditionFailed")
        assert {"IfNoneMatch", "IfMatch"} & set(more)
        modified = (START + timedelta(seconds=self.now)).replace(microsecond=0)
        new = f'"{hashlib.md5(Body).hexdigest()}"'
        assert new != etag, "the ETag of an object without KMS is the digest of its body"
        self.stored = {"ETag": new, "Metadata": Metadata, "LastModified": modified}
        return failure(self.lost.pop()) if self.lost else {"ETag": new}

    def pause(self, seconds: float) -> None:
        self.now += seconds
        if self.during:
            self.during.pop(0)()

    def lease(self) -> BucketLease:
        return BucketLease(gateway_of(self), BUCKET, self.pause, lambda: self.now)


def gateway_of(gateway: Any) -> Any:
    return gateway


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


def test_a5_a_lease_is_taken_and_released_and_taken_by_the_next_run(s3: FakeS3) -> None:
    first, second = s3.lease(), s3.lease()
    first.take()
    assert s3.stored and s3.stored["Metadata"]["seconds"] == str(LEASE_SECONDS)
    first.release()
    second.take()
    second.release()
    assert s3.operations == ["head_object", "put_object", "put_object"] * 2
    assert (s3.now, first.problem, second.problem) == (0, "", "")
    assert s3.stored["Metadata"]["seconds"] == "0"


def test_a5_a_run_waits_until_the_other_run_releases_the_lease(s3: FakeS3) -> None:
    first, second = s3.lease(), s3.lease()
    first.take()
    s3.during = [lambda: None, lambda: None, first.release]
    second.take()
    assert (s3.now, second.problem) == (4.5, "")
    third = s3.lease()
    s3.during = [second.release]
    third.take()
    assert (s3.now, third.problem) == (6, "")


def test_a5_the_lease_of_a_run_that_was_killed_expires(s3: FakeS3) -> None:
    s3.lease().take()
    second = s3.lease()
    second.take()
    assert LEASE_SECONDS <= s3.now < LEASE_SECONDS + 3
    assert second.problem == ""


def test_a5_a_run_warns_if_the_other_runs_do_not_end(s3: FakeS3) -> None:
    other = s3.lease()
    other.take()
    s3.during = [other.keep] * 1000
    waiting = s3.lease()
    waiting.take()
    assert "other runs had it for 300 seconds" in waiting.problem
    assert "only one job at a time" in waiting.problem
    before = s3.stored
    waiting.keep()
    waiting.release()
    assert s3.stored == before, "the lease of the other run is untouched"


def test_a5_two_runs_that_see_a_free_lease_do_not_both_take_it(s3: FakeS3) -> None:
    first, second = s3.lease(), s3.lease()
    first.take()
    first.release()
    head, overtaken = s3.replies["s3", "head_object"], s3.lease()

    def seen_and_then_taken(**arguments: Any) -> Any:
        found = head(**arguments)
        s3.replies["s3", "head_object"] = head
        overtaken.take()
        s3.during = [overtaken.release]
        return found

    s3.replies["s3", "head_object"] = seen_and_then_taken
    second.take()
    assert (s3.now, second.problem, overtaken.problem) == (1.5, "", "")


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a5_a_lease_whose_answer_was_lost_is_recognised(s3: FakeS3, code: str) -> None:
    """The gateway repeats the call, and the second attempt finds the object that the first one has written."""
    s3.lost = [code]
    lease = s3.lease()
    lease.take()
    assert (s3.now, lease.problem) == (0, "")
    lease.release()
    assert s3.stored and s3.stored["Metadata"]["seconds"] == "0"


def test_a5_the_lease_is_extended_before_a_write_that_could_outlast_it(s3: FakeS3) -> None:
    lease, writes = s3.lease(), ["put_object"]
    lease.take()
    s3.now += 40
    lease.keep()
    assert s3.operations.count("put_object") == len(writes)
    s3.now += 10
    lease.keep()
    assert s3.operations.count("put_object") == 2
    other = s3.lease()
    s3.during = [lambda: None] * 60 + [lease.release]
    other.take()
    assert s3.now > LEASE_SECONDS, "not taken over although the first lease would have expired"


def test_a5_a_run_warns_if_its_lease_was_taken_over(s3: FakeS3) -> None:
    slow, other = s3.lease(), s3.lease()
    slow.take()
    s3.now += LEASE_SECONDS
    other.take()
    slow.release()
    assert "another run has taken it over" in slow.problem
    s3.now += LEASE_SECONDS
    slow = s3.lease()
    slow.take()
    other.keep()
    assert "another run has taken it over" in other.problem
    slow.release()
    assert slow.problem == ""


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        ("head_object", "403", "The role needs s3:GetObject and s3:PutObject on the object"),
        ("put_object", "AccessDenied", "kms:GenerateDataKey"),
        ("put_object", "NoSuchBucket", "NoSuchBucket"),
        ("put_object", "ParamValidationError", r"newer boto3 and botocore \(1\.35\.69"),
    ],
)
def test_a5_a_run_that_cannot_take_the_lease_says_so(s3: FakeS3, operation: str, code: str, words: str) -> None:
    s3.replies["s3", operation] = failure(code)
    lease = s3.lease()
    lease.take()
    lease.keep()
    lease.release()
    assert s3.operations.count("put_object") == (operation == "put_object")
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(lease.problem)
    assert lease.problem.startswith(f"The policy was changed without a lease, the object {OBJECT_KEY} of bucket")


def test_a5_a_lease_that_cannot_be_released_in_time_is_no_problem(s3: FakeS3) -> None:
    lease = s3.lease()
    lease.take()
    s3.replies["s3", "put_object"] = failure("SlowDown")
    lease.release()
    assert lease.problem == ""


def test_a5_an_object_of_somebody_else_is_taken_over_after_a_while(s3: FakeS3) -> None:
    s3.stored = {"ETag": '"theirs"', "Metadata": {}, "LastModified": START}
    lease = s3.lease()
    lease.take()
    assert (LEASE_SECONDS <= s3.now < LEASE_SECONDS + 3, lease.problem) == (True, "")


def test_a5_the_object_has_the_encryption_of_the_bucket_and_lies_outside_of_the_log_folders(s3: FakeS3) -> None:
    s3.lease().take()
    ((_service, _operation, arguments),) = [call for call in s3.calls if call[1] == "put_object"]
    assert not [name for name in arguments if name.startswith(("ServerSide", "SSE", "ACL"))]
    assert "AWSLogs" not in OBJECT_KEY
    assert not [name for _service, operation, _arguments in s3.calls for name in [operation] if name == "get_object"]


@pytest.mark.parametrize(
    ("make", "options", "problem"),
    [
        (_lease.for_bucket_policy, bucket_options(lease=False), ""),
        (_lease.for_key_policy, key_options(), "because lease_bucket is not set"),
        (_lease.for_key_policy, key_options(lease_bucket=""), ""),
    ],
)
def test_a5_a_run_without_the_option_says_so_unless_no_lease_is_wanted(make: Any, options: Any, problem: str) -> None:
    made = make(options, FakeS3())
    assert isinstance(made, NoLease)
    assert problem in made.problem and bool(made.problem) == bool(problem)


@pytest.mark.parametrize(
    ("make", "options"),
    [(_lease.for_bucket_policy, bucket_options()), (_lease.for_key_policy, key_options(lease_bucket=BUCKET))],
)
def test_a5_both_modules_take_the_same_lease(make: Any, options: Any) -> None:
    s3 = FakeS3()
    make(options, s3).take()
    assert s3.stored and [arguments["Bucket"] for _service, _operation, arguments in s3.calls] == [BUCKET] * 2


def test_a5_an_error_of_the_credentials_does_not_hide(s3: FakeS3) -> None:
    s3.replies["s3", "head_object"] = AwsFailure("HeadObject", "ExpiredToken", "expired")
    lease = s3.lease()
    lease.take()
    assert "ExpiredToken" in lease.problem
