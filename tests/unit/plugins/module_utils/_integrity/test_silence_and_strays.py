# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Trails and Regions that fell silent, and objects where CloudTrail does not deliver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import fake_digest_bucket, fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, reported, run, validate
from tests.fakes.fake_digests import ACCOUNT, HOUR, ISO, START, TRAIL, FakeDelivery, FakeObject

EXPECTED = [{"id": ACCOUNT, "trail_name": TRAIL, "region": fake_digests.REGION}]
LOGS = f"AWSLogs/{ACCOUNT}/CloudTrail/{fake_digests.REGION}/"
DIGESTS = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{fake_digests.REGION}/"


def old_trail(objects: dict[str, FakeObject], days: float, **given: Any) -> FakeDelivery:
    """A trail that delivered its last digest that many days before START."""
    return FakeDelivery(objects, at=START - timedelta(days=days) - 2 * HOUR, **given).hours(2)


# silence


@pytest.mark.parametrize("days", [0.5, 2, 10, 400])
@pytest.mark.parametrize("accounts", [None, [{"id": ACCOUNT}], EXPECTED])
def test_e5_a_region_that_fell_silent_is_a_hole(days: float, accounts: Any) -> None:
    trail = FakeDelivery().hours(4)
    silent = old_trail(trail.objects, days, region="us-west-2")
    result = validate(trail, accounts=accounts)
    assert not result["valid"] and reported(result) == [("missing", silent.digests[-1])]
    (finding,) = result["findings"]
    assert finding["region"] == "us-west-2" and finding["since"] == silent.at.strftime(ISO)
    (chain,) = [chain for chain in result["chains"] if chain["region"] == "us-west-2"]
    assert (chain["digests"], chain["valid"]) == (0, False)
    assert [period["status"] for period in chain["timeline"]] == ["missing"]
    assert chain["start"] == START.strftime(ISO), "the timeline does not begin before the range"
    (region,) = [region for region in result["regions"] if region["region"] == "us-west-2"]
    assert region["covered_seconds"] == 0 and region["newest_digest"] is None


@pytest.mark.parametrize("days", [1, 2, 7, 40])
@pytest.mark.parametrize("accounts", [None, EXPECTED])
def test_a_range_before_the_first_digest(days: float, accounts: Any) -> None:
    """The digests from after the range prove nothing about it."""
    trail = FakeDelivery().hours(4)
    start, end = START - timedelta(days=days), START - timedelta(days=days) + 12 * HOUR
    times = {"start_time": start.strftime(ISO), "end_time": end.strftime(ISO)}
    result = validate(trail, accounts=accounts, **times)
    assert not result["valid"] and {kind for kind, _resource in reported(result)} == {"empty"}
    assert result["chains"] == []


@pytest.mark.parametrize("days", [1, 3, 40])
def test_e5_a_range_between_digests_is_a_hole(days: float) -> None:
    trail = FakeDelivery().hours(4)
    silent = old_trail(trail.objects, days + 10)
    start, end = START - timedelta(days=days), START - timedelta(days=days) + 12 * HOUR
    times = {"start_time": start.strftime(ISO), "end_time": end.strftime(ISO)}
    result = validate(trail, **times)
    assert not result["valid"] and [kind for kind, _resource in reported(result)] == ["empty"]
    (chain,) = result["chains"]
    assert [period["status"] for period in chain["timeline"]] == ["missing"]
    FakeDelivery(trail.objects, region="us-west-2", at=start).hours(12)
    assert reported(validate(trail, **times)) == [("missing", silent.digests[-1])]


@pytest.mark.parametrize("days", [0.5, 2])
def test_e5_one_of_two_trails_that_fell_silent(days: float) -> None:
    trail = FakeDelivery().hours(4)
    silent = old_trail(trail.objects, days, trail="second")
    assert reported(validate(trail)) == [("missing", silent.digests[-1])]


@pytest.mark.parametrize("days", [0.5, 2, 40, 400])
def test_e5_the_expected_trail_of_two_is_searched_for_however_long_it_is_silent(days: float) -> None:
    trail = FakeDelivery(trail="second").hours(4)
    silent = old_trail(trail.objects, days)
    result = validate(trail, accounts=EXPECTED)
    assert not result["valid"] and reported(result) == [("missing", silent.digests[-1])]
    assert result["regions"][0]["covered_seconds"] == 0, "the other trail is not the expected one"


def test_e5_the_end_of_another_trail_is_informational() -> None:
    trail = FakeDelivery().hours(4)
    old_trail(trail.objects, 0.5, trail="second")
    ended = FakeDelivery(trail.objects, trail="third").hours(1)
    result = validate(trail, accounts=EXPECTED)
    assert result["valid"] and {finding["status"] for finding in result["findings"]} == {"info"}
    assert ("missing", ended.digests[-1]) in reported(result)
    assert not validate(trail)["valid"], "without the name of the trail, any silence is a failure"


def test_e5_the_digest_before_the_range_is_not_silence() -> None:
    """The next digest is not due yet."""
    trail = FakeDelivery().hours(4)
    start = (trail.at + timedelta(minutes=5)).strftime(ISO)
    result = validate(trail, start_time=start)
    assert reported(result) == [("empty", fake_digests.BUCKET)], "nothing at all in the range"
    trail.log(trail.at + timedelta(minutes=10))
    result = validate(trail, start_time=start)
    assert [chain["timeline"][0]["status"] for chain in result["chains"]] == ["waiting"]
    assert result["findings"] == [] and result["regions"][0]["uncovered_log_files"] == 1


def test_e5_a_silent_account_is_one_finding() -> None:
    trail = FakeDelivery().hours(4)
    for region in ("eu-west-1", "us-west-2"):
        old_trail(trail.objects, 3, account="012345678901", region=region)
    accounts = [{"id": ACCOUNT}, {"id": "012345678901"}]
    result = validate(trail, accounts=accounts)
    assert not result["valid"] and [kind for kind, _key in reported(result)] == ["empty"]
    both = validate(trail, accounts=accounts, regions=["eu-west-1", "us-west-2"])
    assert [(finding["account"], finding["region"]) for finding in both["findings"]] == [
        ("012345678901", ""),
        (ACCOUNT, "us-west-2"),
    ]


def test_e5_logging_that_stopped_before_the_range_is_a_gap() -> None:
    trail = FakeDelivery(at=START - 4 * HOUR).hours(3)
    trail.off(4 * HOUR)
    trail.hours(2)
    result = validate(trail)
    assert reported(result) == [("gap", trail.digests[2])] and not result["valid"]
    assert "(4:00:00)" in result["findings"][0]["message"]
    assert [period["status"] for period in result["chains"][0]["timeline"]] == ["gap", "valid", "waiting"]


def test_e5_the_first_digest_of_a_new_region_is_waited_for() -> None:
    trail = FakeDelivery().hours(4)
    new = FakeDelivery(trail.objects, region="us-west-2", at=trail.at)
    new.log(trail.at + timedelta(minutes=5))
    result = validate(trail, accounts=EXPECTED)
    assert result["valid"] and [finding["status"] for finding in result["findings"]] == ["waiting"]


def test_e5_silence_costs_few_requests() -> None:
    trail = FakeDelivery().hours(4, logs=0)
    gateway = FakeDigestBucket(trail.objects)
    validate(trail, gateway, accounts=EXPECTED)
    before = len(gateway.requests)
    old_trail(trail.objects, 400, region="us-west-2")
    gateway.requests.clear()
    validate(trail, gateway, accounts=EXPECTED)
    assert len(gateway.requests) - before <= 14


# objects where CloudTrail does not deliver


def _log_name(moment: Any) -> str:
    return f"{ACCOUNT}_CloudTrail_{fake_digests.REGION}_{moment:%Y%m%dT%H%MZ}_Fa9xZ03kQm1pR7tu.json.gz"


@pytest.mark.parametrize(
    "key",
    [
        f"{LOGS}2026/11/24/{_log_name(START - timedelta(days=30))}",  # a name of another day
        f"{LOGS}2026/11/24/{_log_name(START + timedelta(days=1))}",
        f"{LOGS}2026/11/24/{_log_name(START - timedelta(days=1))}",
        f"{LOGS}2026/11/24/sub/{_log_name(START + HOUR)}",
        f"{LOGS}2026/11/24/notes.txt",
        f"{LOGS}{_log_name(START)}",
        f"{LOGS}2026/{_log_name(START)}",
        f"{LOGS}2026/11/{_log_name(START)}",
        f"{LOGS}2026/11/24x/{_log_name(START)}",
        f"{LOGS}2026/11/31a/{_log_name(START)}",
        f"{LOGS}2026/13/01/{_log_name(START)}",
        f"{LOGS}2027/01/01/{_log_name(START)}",
        f"{LOGS}old/{_log_name(START)}",
        f"{LOGS}zzz",
        f"{DIGESTS}zzz.json.gz",
        f"{DIGESTS}2026/x.json.gz",
        f"{DIGESTS}2026/11/x.json.gz",
        f"{DIGESTS}2026/11/24/x.json.gz",
        f"{DIGESTS}other/x.json.gz",
        f"AWSLogs/{ACCOUNT}/CloudTrail/x.json.gz",
        f"AWSLogs/{ACCOUNT}/CloudTrail/not_a_region/x.json.gz",
        f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/x.json.gz",
    ],
)
def test_e6_objects_outside_of_the_folders_of_days_are_reported(key: str) -> None:
    trail = FakeDelivery().hours(6)
    trail.objects[key] = FakeObject(fake_digests.packed(b"{}"))
    result = validate(trail, accounts=EXPECTED)
    assert not result["valid"] and reported(result) == [("unexpected", key)]


def test_e6_a_digest_in_the_folder_of_another_day_is_reported() -> None:
    trail = FakeDelivery().hours(6)
    moved = trail.digests[0].replace("2026/11/24/", "2026/11/25/")
    trail.objects[moved] = trail.objects[trail.digests[0]]
    assert reported(validate(trail)) == [("unexpected", moved)]


def test_e6_a_log_file_of_the_same_day_before_the_range_is_not_in_the_range() -> None:
    trail = FakeDelivery().hours(6)
    early = f"{LOGS}2026/11/24/{_log_name(START.replace(hour=1))}"
    trail.objects[early] = FakeObject(fake_digests.packed(b"{}"))
    assert validate(trail)["valid"], "no digest of that time is known"


def test_e6_insight_files_and_empty_folders_of_the_console_are_in_order() -> None:
    trail = FakeDelivery().hours(6)
    trail.objects[f"AWSLogs/{ACCOUNT}/CloudTrail-Insight/eu-west-1/2026/11/24/x.json.gz"] = FakeObject(b"")
    for folder in (LOGS, f"{LOGS}2026/", f"{LOGS}2026/11/", f"{LOGS}2026/11/24/", f"{LOGS}empty/"):
        trail.objects[folder] = FakeObject(b"")
    assert validate(trail)["findings"] == []


def test_e6_many_explained_objects_do_not_hide_the_important_one() -> None:
    """Log files wait by thousands, and many objects have other names: the added log file is named all the same."""
    trail = FakeDelivery().hours(30, logs=0)
    for number in range(3000):
        waiting = trail.at + timedelta(seconds=number % 600)
        trail.objects[f"{LOGS}{waiting:%Y/%m/%d}/{_log_name(waiting)[:-8]}{number}.json.gz"] = FakeObject(b"")
        trail.objects[f"{LOGS}2026/11/24/junk{number}"] = FakeObject(b"")
    added = f"{LOGS}2026/11/25/{_log_name(START + 10 * HOUR)}"
    trail.objects[added] = FakeObject(b"")
    result = validate(trail, backfill_timeout=60)
    assert ("unexpected", added) in reported(result)
    assert any("2999 more" in finding["message"] for finding in result["findings"])
    assert result["regions"][0]["uncovered_log_files"] == 3001


def test_e6_counts_are_complete_beyond_the_limit_of_findings() -> None:
    trail = FakeDelivery().hours(6, logs=0)
    for number in range(300):
        added = START + HOUR + timedelta(minutes=number % 3)
        trail.objects[f"{LOGS}2026/11/24/{_log_name(added)[:-8]}{number}.json.gz"] = FakeObject(b"")
    result = validate(trail, backfill_timeout=0)
    more = [finding["message"].rpartition(" applies to ")[2] for finding in result["findings"]]
    counted = sum(int(text.split()[0]) for text in more if text.endswith("more objects."))
    assert len(result["findings"]) + counted == 300


def test_e6_folders_that_are_not_expected_are_listed() -> None:
    trail = FakeDelivery().hours(4)
    FakeDelivery(trail.objects, region="us-west-2").hours(4)
    FakeDelivery(trail.objects, account="012345678901").hours(4)
    result = validate(trail, accounts=EXPECTED, regions=[fake_digests.REGION])
    assert result["valid"] and [kind for kind, _key in reported(result)] == ["not_expected"] * 2
    messages = " ".join(finding["message"] for finding in result["findings"])
    assert "us-west-2" in messages and "012345678901" in messages


def test_e6_looking_for_objects_elsewhere_takes_few_requests() -> None:
    trail = FakeDelivery().hours(24, logs=0)
    gateway = FakeDigestBucket(trail.objects)
    now = trail.at + timedelta(minutes=20)
    run(gateway, now)
    listed = [arguments for name, arguments in gateway.requests if name == "list_objects_v2"]
    folders = [arguments for arguments in listed if "Delimiter" in arguments]
    assert len(folders) <= 8, "accounts, Regions of two kinds, and at most three levels of digests"
    assert fake_digest_bucket.PAGE == 5


# the folder of a Region that somebody made


def causes_of_a_region(change: str) -> dict[str, str]:
    """The cause of each kind of finding, if two digests of a Region are invalid and none follows."""
    trail = FakeDelivery().hours(2)
    logs = 1 if change == "log files" else 0
    theirs = FakeDelivery(trail.objects, region="xx-fake-1").hours(6 if change == "no hole" else 2, logs)
    for key in theirs.digests[1:] if change == "a valid digest" else theirs.digests:
        trail.objects[key].body = fake_digests.packed(b"{}")
    if change == "an older digest":
        old_trail(trail.objects, 3, region="xx-fake-1")
    gateway = FakeDigestBucket(trail.hours(4).objects)
    if change == "a denied object":
        gateway.failures = {theirs.digests[0]: fake_digest_bucket.DENIED}
    findings = [finding for finding in validate(trail, gateway)["findings"] if finding["region"] == "xx-fake-1"]
    assert {finding["status"] for finding in findings} == {"failed"}
    return {finding["kind"]: finding["cause"] for finding in findings if finding["kind"] in ("malformed", "missing")}


def test_all_in_the_folder_of_a_region_without_anything_valid_has_one_cause() -> None:
    assert causes_of_a_region("") == {"malformed": "region_unproven", "missing": "region_unproven"}


@pytest.mark.parametrize("change", ["a valid digest", "log files", "an older digest", "a denied object"])
def test_a_region_to_which_cloudtrail_may_have_delivered_has_several_causes(change: str) -> None:
    """The digests that follow may have been deleted, so their absence is a problem of its own."""
    assert causes_of_a_region(change) == {"malformed": "digest_invalid", "missing": ""}


def test_invalid_digests_without_a_hole_are_one_problem_with_those_of_other_regions() -> None:
    assert causes_of_a_region("no hole") == {"malformed": "digest_invalid"}


def test_a_stray_object_in_the_folder_of_a_region_without_anything_else() -> None:
    trail = FakeDelivery().hours(4)
    trail.objects[f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/xx-fake-1/x"] = FakeObject(b"x")
    trail.objects[f"{DIGESTS}x"] = FakeObject(b"x")
    causes = {finding["region"]: finding["cause"] for finding in validate(trail)["findings"]}
    assert causes == {"xx-fake-1": "region_unproven", fake_digests.REGION: ""}
