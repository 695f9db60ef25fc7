# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regions that must have digests, although nothing in the bucket shows that they had any."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, run, validate
from tests.fakes.fake_digests import ACCOUNT, HOUR, ISO, REGION, START, TRAIL, FakeDelivery

OTHER, DAY = "012345678901", timedelta(days=1)


def fleet(regions: tuple[str, ...] = (REGION, "us-west-2"), hours: int = 4, **given: Any) -> FakeDelivery:
    """Another account with digests of the Regions, and ACCOUNT with digests of its home Region only."""
    trail = FakeDelivery(**given).hours(hours)
    for region in regions:
        FakeDelivery(trail.objects, account=OTHER, region=region).hours(hours)
    return trail


def accounts(**given: Any) -> list[dict[str, Any]]:
    return [{"id": ACCOUNT, "trail_name": TRAIL, "region": REGION, **given}, {"id": OTHER, "region": REGION}]


def found(result: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    findings = result["findings"]
    return [(entry["account"], entry["region"], entry["kind"], entry["status"]) for entry in findings]


# the home Region


def test_r1_the_home_region_of_a_trail_must_have_digests() -> None:
    trail = fleet(region="us-west-2")
    result = validate(trail, accounts=accounts())
    assert found(result) == [(ACCOUNT, REGION, "empty", "failed")] and not result["valid"]
    (finding,) = result["findings"]
    assert "home Region" in finding["message"] and "delete markers" in finding["remediation"]
    assert finding["resource"] == f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/"
    (region,) = [entry for entry in result["regions"] if (entry["account"], entry["region"]) == (ACCOUNT, REGION)]
    assert region["covered_seconds"] == 0 and region["range_seconds"] > 0


def test_r1_digests_of_another_trail_and_backfill_digests_do_not_count() -> None:
    trail = fleet(region="us-west-2")
    FakeDelivery(trail.objects, trail="second").hours(4)
    late = FakeDelivery(trail.objects).hours(4)
    backfill = late.backfill(late.digests[1])
    for key in (*late.digests[:4], *late.logs[:8]):
        del trail.objects[key]
    assert backfill in trail.objects
    result = validate(trail, accounts=accounts())
    assert found(result) == [(ACCOUNT, REGION, "empty", "failed")]
    assert f"no digest of trail {TRAIL}" in result["findings"][0]["message"]


def test_r1_the_home_region_is_not_required_beside_other_regions_that_are_named() -> None:
    trail = fleet(region="us-west-2")
    result = validate(trail, accounts=accounts(), regions=["us-west-2"])
    assert result["valid"], found(result)


@pytest.mark.parametrize(("hours", "status"), [(1, "waiting"), (3, "failed")])
def test_r1_the_first_digest_of_a_new_trail_is_waited_for(hours: int, status: str) -> None:
    trail = FakeDelivery(region="us-west-2").hours(hours, logs=0)
    result = validate(trail, accounts=accounts()[:1])
    assert found(result) == [(ACCOUNT, REGION, "empty", status)] and result["valid"] is (status == "waiting")


@pytest.mark.parametrize(("hours", "status"), [(1, "waiting"), (3, "failed")])
def test_r1_a_trail_that_has_just_been_changed_is_waited_for(hours: int, status: str) -> None:
    trail = fleet(region="us-west-2", hours=8)
    changed = (trail.at - hours * HOUR).strftime(ISO)
    assert found(validate(trail, accounts=accounts(logging_since=changed))) == [(ACCOUNT, REGION, "empty", status)]


def test_r1_a_trail_that_began_after_the_range_is_not_required() -> None:
    trail = FakeDelivery(trail="former").hours(4)
    later = (trail.at + DAY).strftime(ISO)
    given = {"start_time": START.strftime(ISO), "end_time": trail.at.strftime(ISO)}
    for since, status in ((later, []), (START.strftime(ISO), ["failed"])):
        result = run(
            FakeDigestBucket(trail.objects), trail.at + 2 * DAY, **given, accounts=accounts(logging_since=since)[:1]
        )
        assert [entry["status"] for entry in result["findings"] if entry["kind"] == "empty"] == status


# Regions of which other accounts have digests


def test_r1_a_region_that_is_enabled_everywhere_must_have_digests_if_others_have_them() -> None:
    trail = fleet()
    result = validate(trail, accounts=accounts(multi_region=True))
    assert found(result) == [(ACCOUNT, "us-west-2", "empty", "failed")] and not result["valid"]
    assert "other accounts have digests of it" in result["findings"][0]["message"]


def test_r1_an_opt_in_region_is_not_required() -> None:
    trail = fleet((REGION, "af-south-1"))
    result = validate(trail, accounts=accounts(multi_region=True))
    assert result["valid"] and result["findings"] == []


def test_r1_a_trail_of_one_region_delivers_no_others() -> None:
    trail = fleet()
    assert validate(trail, accounts=accounts())["valid"]


def test_r1_digests_of_other_regions_show_that_the_trail_records_all() -> None:
    """Also in a range in the past, about which the present setting says nothing."""
    trail = fleet((REGION, "us-west-2", "us-east-1"))
    past = {"start_time": START.strftime(ISO), "end_time": (START + 4 * HOUR).strftime(ISO)}
    later = trail.at + 5 * DAY
    assert run(FakeDigestBucket(trail.objects), later, **past, accounts=accounts(multi_region=True))["valid"]
    FakeDelivery(trail.objects, region="us-east-1").hours(4)
    result = run(FakeDigestBucket(trail.objects), later, **past, accounts=accounts())
    assert found(result) == [(ACCOUNT, "us-west-2", "empty", "failed")]


def test_r1_accounts_that_are_not_expected_require_nothing() -> None:
    trail = fleet((REGION, "us-west-2", "us-east-1"))
    FakeDelivery(trail.objects, region="us-east-1").hours(4)
    assert validate(trail)["valid"]


def test_r1_a_region_with_a_finding_of_its_own_has_no_second_one() -> None:
    trail = fleet()
    FakeDelivery(trail.objects, region="us-west-2").log(START + HOUR)
    result = validate(trail, accounts=accounts(multi_region=True))
    assert found(result) == [(ACCOUNT, "us-west-2", "not_covered", "failed")]


def test_r1_an_empty_account_is_one_finding() -> None:
    trail = fleet()
    for key in [key for key in trail.objects if f"/{ACCOUNT}/" in key]:
        del trail.objects[key]
    assert found(validate(trail, accounts=accounts(multi_region=True))) == [(ACCOUNT, "", "empty", "failed")]


# Regions that were seen before


def test_r1_a_region_whose_digests_were_validated_before_must_have_digests() -> None:
    trail = FakeDelivery().hours(4)
    result = validate(trail, accounts=accounts(verified_digests=[{"region": REGION}, {"region": "af-south-1"}])[:1])
    assert found(result) == [(ACCOUNT, "af-south-1", "empty", "failed")]
    assert "validated before" in result["findings"][0]["message"]


def test_r1_regions_that_were_validated_before_are_names_of_regions() -> None:
    with pytest.raises(Refused, match="accounts"):
        validate(FakeDelivery(), accounts=[{"id": ACCOUNT, "verified_digests": [{"region": "Frankfurt"}]}])


@pytest.mark.parametrize("given", [None, accounts()[:1]])
@pytest.mark.parametrize("region", ["us-west-2", "af-south-1"])
@pytest.mark.parametrize("age", [timedelta(hours=1), timedelta(hours=20), 10 * DAY])
def test_s5_a_region_with_older_log_files_only_is_a_hole(age: timedelta, region: str, given: Any) -> None:
    trail = FakeDelivery().hours(4)
    FakeDelivery(trail.objects, region=region).log(START - age)
    result = validate(trail, accounts=given)
    assert found(result) == [(ACCOUNT, region, "empty", "failed")] and not result["valid"]
    assert "Older log files" in result["findings"][0]["message"]


def test_s5_a_region_that_began_after_the_range_is_no_hole() -> None:
    trail = FakeDelivery().hours(4)
    FakeDelivery(trail.objects, region="us-west-2", at=START + DAY).hours(3)
    end = (START + 4 * HOUR).strftime(ISO)
    result = run(FakeDigestBucket(trail.objects), START + 2 * DAY, start_time=START.strftime(ISO), end_time=end)
    assert result["valid"] and result["findings"] == []
    FakeDelivery(trail.objects, region="us-west-1").log(START + DAY)
    assert run(FakeDigestBucket(trail.objects), START + 2 * DAY, start_time=START.strftime(ISO), end_time=end)["valid"]


def test_s5_an_account_that_was_left_is_one_finding() -> None:
    trail = FakeDelivery().hours(4)
    FakeDelivery(trail.objects, account=OTHER).log(START - DAY)
    assert found(validate(trail)) == [(OTHER, "", "empty", "info")]


def test_r1_regions_that_are_absent_cost_no_requests() -> None:
    trail = fleet()
    counts = []
    for multi_region in (False, True):
        gateway = FakeDigestBucket(trail.objects)
        validate(trail, gateway, accounts=accounts(multi_region=multi_region))
        counts.append(len(gateway.requests))
    assert counts[0] == counts[1]
    assert fake_digests.BUCKET
