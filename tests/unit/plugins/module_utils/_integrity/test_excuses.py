# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that an attacker leaves or adds as an excuse for what is missing or was added."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, FakeOriginalBucket, reported, run, validate
from tests.fakes.fake_digests import ACCOUNT, BUCKET, HOUR, ISO, START, TRAIL, FakeDelivery, FakeObject

DAY = timedelta(days=1)
EXPECTED = [{"id": ACCOUNT, "trail_name": TRAIL, "region": fake_digests.REGION}]
GARBAGE = FakeObject(b"x")


def digest_key(time: datetime, trail: str = TRAIL, suffix: str = "") -> str:
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{fake_digests.REGION}/{time:%Y/%m/%d}/"
    return (
        f"{folder}{ACCOUNT}_CloudTrail-Digest_{fake_digests.REGION}_{trail}_{fake_digests.REGION}_{time:%Y%m%dT%H%M%SZ}"
        f"{suffix}.json.gz"
    )


@pytest.mark.parametrize("accounts", [None, [{"id": ACCOUNT}], EXPECTED])
@pytest.mark.parametrize("excuse", ["backfill", "garbage"])
def test_e5_a_backfill_digest_does_not_hide_that_a_trail_fell_silent(excuse: str, accounts: Any) -> None:
    silent = FakeDelivery(at=START - 10 * DAY).hours(2)
    trail = FakeDelivery(silent.objects).hours(4)
    backfill = trail.backfill(trail.digests[1])
    for key in [*trail.digests[:4], *trail.logs[:8]]:
        del trail.objects[key]
    if excuse == "garbage":
        del trail.objects[backfill], trail.objects[trail.logs[8]]
        trail.objects[digest_key(START - 1.5 * DAY, suffix="_backfill")] = GARBAGE
    FakeDelivery(trail.objects, region="us-west-2").hours(4)
    result = validate(trail, accounts=accounts)
    assert not result["valid"] and ("missing", silent.digests[-1]) in reported(result)


def test_e5_a_newer_digest_of_another_trail_does_not_hide_that_the_expected_trail_fell_silent() -> None:
    trail = FakeDelivery(region="us-west-2").hours(4)
    silent = FakeDelivery(trail.objects, at=START - 30 * DAY).hours(2)
    trail.objects[digest_key(START - 10 * DAY, trail="zzz")] = GARBAGE
    result = validate(trail, accounts=EXPECTED)
    assert not result["valid"] and ("missing", silent.digests[-1]) in reported(result)


@pytest.mark.parametrize("garbage", [False, True])
def test_e7_the_end_of_another_trail_excuses_no_log_file(garbage: bool) -> None:
    trail = FakeDelivery().hours(4)
    if garbage:
        trail.objects[digest_key(START - 1.5 * DAY, trail="zzz")] = GARBAGE
    else:
        FakeDelivery(trail.objects, at=START - 2 * DAY, trail="ended").hours(2)
    added = trail.log(START + timedelta(minutes=90))["s3Object"]
    result = validate(trail, accounts=EXPECTED, backfill_timeout=0)
    assert not result["valid"] and ("unexpected", added) in reported(result)


@pytest.mark.parametrize("excuse", ["garbage", "deleted"])
def test_e7_a_digest_from_before_the_range_excuses_no_added_log_file_silently(excuse: str) -> None:
    """The log file waited for a backfill digest when the range before was validated."""
    trail = FakeDelivery(at=START - 30 * HOUR).hours(34)
    time = START - 20 * HOUR + timedelta(minutes=30)
    trail.log(time)
    garbage = digest_key(time, trail="zzz")
    if excuse == "garbage":
        trail.objects[garbage] = GARBAGE
    else:
        del trail.objects[trail.digests[10]]
    now, start = trail.at + HOUR, (START - timedelta(minutes=10)).strftime(ISO)
    result = run(FakeDigestBucket(trail.objects), now, start_time=start, accounts=EXPECTED)
    assert not result["valid"]
    if excuse == "garbage":
        assert ("malformed", garbage) in reported(result)
    else:
        (finding,) = result["findings"]
        assert finding["kind"] == "not_covered" and "The same applies to 2 more objects." in finding["message"]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_metadata_with_an_impossible_time_is_a_digest_that_is_not_verified(time: str) -> None:
    trail = FakeDelivery(key="forger").hours(1)
    trail.objects[trail.digests[0]].metadata["backfill-generation-timestamp"] = time
    assert ("unverified", trail.digests[0]) in reported(validate(trail))


@pytest.mark.parametrize("option", ["start_time", "end_time"])
@pytest.mark.parametrize("time", ["0001-01-01", "9999-12-31"])
def test_a_range_beyond_all_time_is_refused(option: str, time: str) -> None:
    with pytest.raises(Refused, match=f"{option}: "):
        validate(FakeDelivery().hours(1), **{option: time})


def test_e4_a_digest_that_lies_in_both_buckets_is_read_once() -> None:
    here: dict[str, FakeObject] = {}
    there: dict[str, FakeObject] = {}
    trail = FakeDelivery(here, at=START - 2 * HOUR).hours(3)
    trail.deliver_to(there, "team-logs").hours(2)
    trail.deliver_to(here, BUCKET).hours(2)
    there[trail.digests[2]] = here[trail.digests[2]]
    gateway = FakeDigestBucket(here)
    gateway.originals["team-logs"] = FakeOriginalBucket(there)
    result = validate(trail, gateway, accounts=EXPECTED, original_buckets=[{"bucket": "team-logs"}])
    assert result["valid"] and result["findings"] == []


@pytest.mark.parametrize("folder", ["CloudTrail", "CloudTrail-Digest"])
@pytest.mark.parametrize(("content", "reports"), [(b"evil", True), (b"", False)])
def test_an_object_whose_key_ends_with_a_slash_is_reported_unless_it_is_empty(
    content: bytes, reports: bool, folder: str
) -> None:
    trail = FakeDelivery().hours(4)
    key = f"AWSLogs/{ACCOUNT}/{folder}/{fake_digests.REGION}/2026/11/24/x/"
    trail.objects[key] = FakeObject(content)
    assert reported(validate(trail, accounts=EXPECTED)) == ([("unexpected", key)] if reports else [])
