# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first digest after an interruption, if it is not known whether older digests existed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, FakeOriginalBucket, reported, validate
from tests.fakes.fake_digests import ACCOUNT, BUCKET, HOUR, ISO, REGION, START, TRAIL, FakeDelivery, FakeObject

ELSEWHERE, OPT_IN = "team-logs", "af-south-1"
MOMENT = timedelta(0)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Reader"
NAMED = [{"bucket": ELSEWHERE, "role_arn": ROLE}]


def interruption(begin: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    """An item of the suboption C(interruptions)."""
    times = {"begin": begin.strftime(ISO), "end": end.strftime(ISO)}
    return {**times, "event": "StopLogging", "certain": False, "place_known": False, "everywhere": True, **more}


def entry(begin: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    return {"id": ACCOUNT, "trail_name": TRAIL, "interruptions": [interruption(begin, end, **more)]}


def taken_over(pause: timedelta = MOMENT) -> tuple[FakeDelivery, dict[str, Any], dict[str, FakeObject]]:
    """A trail that was stopped, sent here and started again, its entry, and the objects of the other bucket."""
    there: dict[str, FakeObject] = {}
    trail = FakeDelivery().deliver_to(there, ELSEWHERE).hours(6)
    stopped = trail.at
    trail.deliver_to({}, BUCKET).off(pause)
    account = entry(stopped, trail.at)
    return trail.hours(4), account, there


def gateway_to(trail: FakeDelivery, there: dict[str, FakeObject]) -> FakeDigestBucket:
    gateway = FakeDigestBucket(trail.objects)
    gateway.originals[ELSEWHERE] = FakeOriginalBucket(objects=there, owner=ACCOUNT, role=ROLE)
    return gateway


def kinds(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["kind"], finding["status"]) for finding in result["findings"]]


@pytest.mark.parametrize("pause", [MOMENT, 2 * HOUR])
def test_e4a_whether_a_trail_delivered_here_before_is_one_finding(pause: timedelta) -> None:
    """The pause is part of it, because one cause is one problem."""
    trail, account, _there = taken_over(pause)
    result = validate(trail, accounts=[account])
    assert kinds(result) == [("unknown_start", "not_checked")]
    (finding,) = result["findings"]
    assert "the trail delivered to another place, or they were deleted" in finding["message"]
    assert "original_buckets" in finding["remediation"] and "called StopLogging" in finding["remediation"]
    assert "EnableRegion" not in finding["remediation"]
    assert [period["status"] for period in result["chains"][0]["timeline"]][0] == "unknown_start"


def test_e4a_what_is_not_known_is_not_valid() -> None:
    trail, account, _there = taken_over()
    result = validate(trail, accounts=[account])
    assert not result["valid"] and not result["chains"][0]["valid"]
    assert result["regions"][0]["covered_seconds"] < result["regions"][0]["range_seconds"]


def test_e4a_digests_in_the_original_bucket_settle_it() -> None:
    trail, account, there = taken_over()
    result = validate(trail, gateway_to(trail, there), accounts=[account], original_buckets=NAMED)
    assert result["findings"] == [] and result["valid"] and result["digests"] == 10


def test_e4a_the_original_bucket_shows_the_pause() -> None:
    trail, account, there = taken_over(2 * HOUR)
    result = validate(trail, gateway_to(trail, there), accounts=[account], original_buckets=NAMED)
    assert kinds(result) == [("gap", "failed")] and "(2:00:00)" in result["findings"][0]["message"]


def test_e4a_digests_that_end_before_the_interruption_do_not_settle_it() -> None:
    """Those of the last hours are neither there nor here."""
    trail, account, there = taken_over()
    for key in [key for key in there if "Digest" in key and key[-24:-8] > f"{START + 3 * HOUR:%Y%m%dT%H%M%SZ}"]:
        del there[key]
    result = validate(trail, gateway_to(trail, there), accounts=[account], original_buckets=NAMED)
    assert kinds(result) == [("missing", "failed")]


@pytest.mark.parametrize("other", ["empty", "of another trail"])
def test_e4a_an_original_bucket_without_the_digests_settles_nothing(other: str) -> None:
    trail, account, _there = taken_over()
    there = {} if other == "empty" else FakeDelivery(bucket=ELSEWHERE, trail="second").hours(6).objects
    result = validate(trail, gateway_to(trail, there), accounts=[account], original_buckets=NAMED)
    assert kinds(result) == [("unknown_start", "not_checked")]


def test_e4a_a_known_place_needs_no_other_bucket() -> None:
    trail, account, there = taken_over()
    account["interruptions"][0]["place_known"] = True
    result = validate(trail, gateway_to(trail, there), accounts=[account], original_buckets=NAMED)
    assert kinds(result) == [("missing", "failed")]


def test_e4a_an_older_digest_shows_that_the_trail_delivered_here() -> None:
    trail = FakeDelivery().hours(6)
    stopped, last = trail.at, trail.digests[3:]
    trail.off(MOMENT)
    for key in last:
        for named in fake_digests.unpacked(trail.objects.pop(key))["logFiles"]:
            del trail.objects[named["s3Object"]]
    trail.hours(4)
    assert kinds(validate(trail, accounts=[entry(stopped, stopped)])) == [("missing", "failed")]


@pytest.mark.parametrize(("until", "found"), [(5, "missing"), (8, "unknown_start")])
def test_e4a_an_earlier_evidence_shows_that_the_trail_delivered_here(until: int, found: str) -> None:
    """Unless it has only a digest from after the interruption."""
    trail, account, _there = taken_over()
    account["verified_digests"] = [{"region": REGION, "until": (START + until * HOUR).strftime(ISO)}]
    assert [kind for kind, _status in kinds(validate(trail, accounts=[account]))] == [found]


def test_e4a_a_pause_from_before_the_range_is_a_gap_wherever_the_trail_delivered() -> None:
    trail, account, _there = taken_over(8 * HOUR)
    result = validate(trail, accounts=[account], start_time=(START + 9 * HOUR).strftime(ISO))
    assert kinds(result) == [("gap", "failed")]


def test_e4a_log_files_from_before_are_reported() -> None:
    """They show that something delivered here, and no digest names them."""
    trail, account, there = taken_over()
    key = next(key for key in there if "Digest" not in key)
    trail.objects[key] = there[key]
    assert sorted(kinds(validate(trail, accounts=[account]))) == [
        ("not_covered", "failed"),
        ("unknown_start", "not_checked"),
    ]


@pytest.mark.parametrize(("hours", "found"), [(1, ("unknown_start", "not_checked")), (5, ("empty", "failed"))])
def test_e4a_a_trail_that_was_just_taken_over_has_delivered_nothing(hours: int, found: tuple[str, str]) -> None:
    trail, account, _there = taken_over()
    trail.objects.clear()
    account["delivering_since"] = (trail.at - hours * HOUR).strftime(ISO)
    result = validate(trail, accounts=[account])
    assert kinds(result) == [found] and not result["valid"]


# opt-in Regions


def enabled_later(region: str = OPT_IN, home: str = "us-east-1", **given: Any) -> list[tuple[str, str]]:
    """The findings about a Region whose first digest follows a restart."""
    trail = FakeDelivery(region=region, home_region=home, at=START + 6 * HOUR).hours(4)
    stop = START + 5 * HOUR
    account = entry(stop, stop, certain=True, place_known=True) | {"region": home, **given}
    result = validate(trail, accounts=[account], regions=[region])
    assert not result["valid"]
    return kinds(result)


def test_whether_an_account_enabled_an_opt_in_region_later_is_not_known() -> None:
    assert enabled_later() == [("unknown_start", "not_checked")]


@pytest.mark.parametrize(("region", "home"), [("eu-west-1", "us-east-1"), (OPT_IN, OPT_IN)])
def test_other_regions_delivered_before(region: str, home: str) -> None:
    """No account can disable a default Region, and a trail delivers from its home Region."""
    assert ("missing", "failed") in enabled_later(region, home)


def test_an_earlier_evidence_shows_that_an_opt_in_region_delivered_before() -> None:
    known = [{"region": OPT_IN, "until": (START + 4 * HOUR).strftime(ISO)}]
    assert ("missing", "failed") in enabled_later(verified_digests=known)


def test_both_reasons_are_named() -> None:
    trail = FakeDelivery(region=OPT_IN, home_region="us-east-1", at=START + 6 * HOUR).hours(4)
    account = entry(START + 5 * HOUR, START + 5 * HOUR)
    (finding,) = validate(trail, accounts=[account], regions=[OPT_IN])["findings"]
    assert "enabled the Region later, the trail delivered to another place, or they were deleted" in finding["message"]
    assert "EnableRegion" in finding["remediation"] and "original_buckets" in finding["remediation"]
    assert reported({"findings": [finding]})[0][1].endswith(f"/{OPT_IN}/")
