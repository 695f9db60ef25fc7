# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The newest digest and log file in the result: only what is verified, and how it is encrypted."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo

from tests.fakes import fake_digests, support
from tests.fakes.fake_digest_bucket import FakeDigestBucket, FakeOriginalBucket, validate
from tests.fakes.fake_digests import HOUR, FakeDelivery, FakeObject
from tests.fakes.fake_log_bucket import FakeLogBucket

CENTRAL = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": support.KEY}
OTHER = {"ServerSideEncryption": "AES256"}
MODIFIED = datetime(2026, 11, 25, 0, 14, 2, tzinfo=timezone.utc)


def encrypted(trail: FakeDelivery) -> FakeDelivery:
    for stored in trail.objects.values():
        stored.encryption = {**CENTRAL, "LastModified": MODIFIED}
    return trail


def newest(trail: FakeDelivery, gateway: FakeDigestBucket | None = None, **given: Any) -> dict[str, Any]:
    """The key of the newest log file and digest in the result."""
    (region,) = validate(trail, gateway, **given)["regions"]
    return {kind: region[kind] and region[kind]["key"] for kind in ("log", "digest")}


def test_the_newest_objects_with_their_encryption() -> None:
    trail = encrypted(FakeDelivery().hours(4))
    (region,) = validate(trail)["regions"]
    how = {"last_modified": "2026-11-25T00:14:02Z", "encryption": "aws:kms", "kms_key": support.KEY}
    assert region["digest"] == {"key": trail.digests[-1], "time": "2026-11-25T00:01:31Z", **how}
    assert region["log"] == {"key": trail.logs[-1], "time": "2026-11-24T23:41:00Z", **how}


def test_nothing_was_read() -> None:
    trail = FakeDelivery().hours(2, logs=0)
    assert newest(trail) == {"log": None, "digest": trail.digests[-1]}
    trail = FakeDelivery()
    trail.log(fake_digests.START)
    trail.at += HOUR
    assert newest(trail) == {"log": None, "digest": None}


@pytest.mark.parametrize("status", ["tampered", "unverified", "malformed", "replaced"])
def test_a_digest_that_does_not_verify_is_not_the_newest(status: str) -> None:
    trail = encrypted(FakeDelivery().hours(4))
    keys, last = trail.digests, trail.objects[trail.digests[-1]]
    if status == "tampered":
        last.metadata["signature"] = "00"
    elif status == "unverified":
        trail.key = "stranger"
        del trail.objects[keys[-1]]
        trail.sign([], trail.at - HOUR, trail.at)
    elif status == "malformed":
        last.body = b"x"
    else:
        trail.objects[keys[-1]] = trail.objects[keys[0]]
    assert newest(trail) == {"log": trail.logs[-3], "digest": keys[2]}


def test_a_log_file_that_was_changed_is_not_the_newest() -> None:
    trail = FakeDelivery().hours(2)
    trail.objects[trail.logs[-1]] = FakeObject(fake_digests.packed(b"{}"))
    (region,) = validate(trail)["regions"]
    assert region["log"]["key"] == trail.logs[-2]
    assert region["newest_log_file"] > region["log"]["time"], "it is the newest log file all the same"


def test_a_log_file_that_no_digest_names_is_not_the_newest() -> None:
    trail = FakeDelivery().hours(2)
    trail.log(trail.at + timedelta(minutes=5))
    assert newest(trail)["log"] == trail.logs[-2]


def test_only_digests_of_the_expected_trail_count() -> None:
    first = FakeDelivery().hours(2)
    second = FakeDelivery(first.objects, trail="second-trail").hours(3)
    first.at = second.at
    named = [{"id": first.account, "trail_name": first.trail}]
    assert newest(first, accounts=named)["digest"] == first.digests[-1]
    assert newest(first)["digest"] == second.digests[-1]


def test_a_backfill_digest_is_not_the_newest() -> None:
    trail = FakeDelivery().hours(3)
    trail.backfill(trail.digests[2])
    assert newest(trail)["digest"] == trail.digests[2]
    trail.objects[trail.digests[2]].metadata["signature"] = "00"
    assert newest(trail)["digest"] == trail.digests[1], "and does not take the place of one that was changed"


def test_objects_of_an_original_bucket_are_not_the_newest_of_this_one() -> None:
    """The same key in this bucket can be another object."""
    former: dict[str, FakeObject] = {}
    trail = FakeDelivery(former, bucket="the-original").hours(4)
    here = trail.deliver_to({}, fake_digests.BUCKET)
    here.sign([], here.at, here.at + HOUR)
    here.at += HOUR
    gateway = FakeDigestBucket(here.objects)
    gateway.originals["the-original"] = FakeOriginalBucket(former)
    original = [{"bucket": "the-original"}]
    (region,) = validate(here, gateway, original_buckets=original)["regions"]
    assert region["verified_log_files"] == 8
    assert (region["log"], region["digest"]["key"]) == (None, here.digests[-1])


# what cloudtrail_delivery_info does with it


def delivered(trail: FakeDelivery, regions: Any) -> tuple[dict[str, Any], FakeLogBucket]:
    """What cloudtrail_delivery_info returns for the same bucket, and its requests."""
    gateway = FakeLogBucket({key: stored.encryption for key, stored in trail.objects.items()})
    gateway.clock = trail.at + timedelta(minutes=20)
    gateway.modified = dict.fromkeys(trail.objects, MODIFIED)
    options = support.delivery_options(bucket=support.BUCKET, kms_key=support.KEY, newest=regions)
    result: dict[str, Any] = DeliveryInfo(options, support.REGION).read(gateway, lambda _sentence: None)
    return result, gateway


@pytest.mark.parametrize("late", [False, True])
def test_a_region_costs_no_head_request_after_the_validation(late: bool) -> None:
    trail = encrypted(FakeDelivery().hours(4))
    if late:  # no digest names it yet
        trail.log(trail.at + timedelta(minutes=5))
        encrypted(trail)
    alone, before = delivered(trail, None)
    result, after = delivered(trail, validate(trail)["regions"])
    assert {**result, "requests": 0} == {**alone, "requests": 0}
    assert (before.requests["head_object"], after.requests["head_object"]) == (2, 1 if late else 0)
    assert before.requests["list_objects_v2"] == after.requests["list_objects_v2"]


def test_a_forged_object_is_looked_at_as_before() -> None:
    trail = encrypted(FakeDelivery().hours(4))
    forged = trail.digests[-1]
    trail.objects[forged].metadata["signature"] = "00"
    trail.objects[forged].encryption = {**OTHER, "LastModified": MODIFIED}
    regions = validate(trail)["regions"]
    alone, _before = delivered(trail, None)
    result, after = delivered(trail, regions)
    assert {**result, "requests": 0} == {**alone, "requests": 0}
    assert [finding["kind"] for finding in result["findings"]] == ["wrong_encryption"]


def test_an_object_that_was_written_again_is_looked_at() -> None:
    trail = encrypted(FakeDelivery().hours(4))
    regions = validate(trail)["regions"]
    trail.objects[trail.digests[-1]].encryption = OTHER
    gateway = FakeLogBucket({key: stored.encryption for key, stored in trail.objects.items()})
    gateway.clock = trail.at + timedelta(minutes=20)
    gateway.modified = {**dict.fromkeys(trail.objects, MODIFIED), trail.digests[-1]: MODIFIED + timedelta(seconds=1)}
    options = support.delivery_options(bucket=support.BUCKET, kms_key=support.KEY, newest=regions)
    result = DeliveryInfo(options, support.REGION).read(gateway, lambda _sentence: None)
    assert [finding["kind"] for finding in result["findings"]] == ["wrong_encryption"]


def test_the_memory_for_a_region_stays_small() -> None:
    """5,000 accounts with 17 Regions are 85,000 entries. All of them have the same key."""
    trail = encrypted(FakeDelivery().hours(1))
    for stored in trail.objects.values():
        stored.encryption["SSEKMSKeyId"] = "".join(support.KEY)  # another text, as in each reply
    (region,) = validate(trail)["regions"]
    log, digest = region["log"], region["digest"]
    assert log["kms_key"] is digest["kms_key"]
    size = sum(sys.getsizeof(item) + sum(map(sys.getsizeof, item.values())) for item in (log, digest))
    assert size - 4 * sys.getsizeof(support.KEY) < 1400, "bytes"
