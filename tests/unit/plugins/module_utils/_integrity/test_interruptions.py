# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interruptions of the trail: which digests must have existed before them."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_digest_bucket import FakeDigestBucket, interruption, reported, run, validate, wipe
from tests.fakes.fake_digests import ACCOUNT, BUCKET, HOUR, ISO, REGION, START, TRAIL, FakeDelivery, delete


def restarted(
    before: int = 6, pause: timedelta = timedelta(0), after: int = 4, **given: Any
) -> tuple[FakeDelivery, dict[str, Any]]:
    """A trail that was stopped and started again, and the account's entry."""
    trail = FakeDelivery(**given).hours(before)
    stopped = trail.at
    trail.off(pause)
    entry = interruption(stopped, trail.at)
    trail.hours(after)
    return trail, {"id": ACCOUNT, "trail_name": TRAIL, "interruptions": [entry]}


@pytest.mark.parametrize("pause", [timedelta(0), 3 * HOUR])
def test_r2_everything_before_a_restart_was_deleted(pause: timedelta) -> None:
    trail, account = restarted(pause=pause)
    wipe(trail, 6)
    result = validate(trail, accounts=[account])
    kinds = ["missing", "gap"] if pause else ["missing"]
    assert sorted(kind for kind, _key in reported(result)) == sorted(kinds) and not result["valid"]
    (missing,) = [finding["message"] for finding in result["findings"] if finding["kind"] == "missing"]
    assert "was logging until 2026-11-25T02:01:31Z" in missing and "(6:00:00)" in missing
    assert [period["status"] for period in result["chains"][0]["timeline"]][: len(kinds)] == kinds


@pytest.mark.parametrize("since", ["", "2026-11-25T02:01:31Z", "2026-11-25T02:30:00Z"])
def test_r2_everything_was_deleted_and_the_trail_restarted(since: str) -> None:
    """It waits for no first delivery, also if the trail was changed after the restart."""
    trail, account = restarted(after=0)
    trail.objects.clear()
    result = validate(trail, accounts=[{**account, "logging_since": since}])
    assert [kind for kind, _key in reported(result)] == ["missing"] and not result["valid"]


@pytest.mark.parametrize(("certain", "words"), [(True, "they were deleted."), (False, "not deliver digests before.")])
def test_r2_the_message_states_what_is_known(certain: bool, words: str) -> None:
    trail, account = restarted()
    account["interruptions"][0] |= {"certain": certain, "event": "DeleteTrail"}
    wipe(trail, 6)
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert words in finding["message"] and "2026-11-25T02:01:31Z (DeleteTrail)" in finding["message"]


def test_r2_everything_before_the_first_of_two_restarts_was_deleted() -> None:
    """A second restart does not hide the first, after which the oldest chain begins."""
    trail, account = restarted(before=4)
    again = interruption(trail.at, trail.at)
    trail.off(timedelta(0))
    trail.hours(2)
    account["interruptions"].append(again)
    assert validate(trail, accounts=[account])["valid"]
    wipe(trail, 4)
    result = validate(trail, accounts=[account])
    assert [kind for kind, _key in reported(result)] == ["missing"] and "(4:00:00)" in result["findings"][0]["message"]


@pytest.mark.parametrize(("home", "kinds"), [(REGION, []), ("us-east-1", ["missing"])])
def test_r2_an_interruption_of_the_other_regions(home: str, kinds: list[str]) -> None:
    trail, account = restarted(home_region=home)
    account["interruptions"][0]["everywhere"] = False
    wipe(trail, 6)
    result = validate(trail, accounts=[account | {"region": home}], regions=[REGION])
    assert [kind for kind, _key in reported(result)] == kinds


@pytest.mark.parametrize(
    ("event", "minutes", "kinds"),
    [
        ("DeleteTrail", 59, []),
        ("DeleteTrail", 60, ["missing"]),
        ("StopLogging", 14, []),
        ("StopLogging", 15, ["missing"]),
    ],
)
def test_r2_a_trail_that_delivered_for_a_short_time_may_have_left_no_digest(
    event: str, minutes: int, kinds: list[str]
) -> None:
    """A last digest is delivered when logging stops."""
    trail, account = restarted()
    since = START + 6 * HOUR - timedelta(minutes=minutes)
    account["interruptions"][0] |= {"since": since.strftime(ISO), "event": event}
    wipe(trail, 6)
    result = validate(trail, accounts=[account])
    assert [kind for kind, _key in reported(result)] == kinds
    trail.objects.clear()
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert finding["kind"] == (kinds or ["empty"])[0]


@pytest.mark.parametrize("region", ["us-east-1", "af-south-1"])
def test_r2_a_region_without_digests_of_an_interrupted_trail_waits_for_nothing(region: str) -> None:
    trail, account = restarted()
    account |= {"region": REGION, "verified_digests": [{"region": region}], "delivering_since": trail.at.strftime(ISO)}
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert (finding["region"], finding["kind"], finding["status"]) == (region, "missing", "failed")
    del account["interruptions"]
    findings = validate(trail, accounts=[account])["findings"]
    assert [(item["kind"], item["status"]) for item in findings] == [("empty", "waiting")]


def test_r2_short_times_of_delivery_do_not_hide_a_long_one() -> None:
    """Restarts every 50 minutes lead away from the first one, and everything from before is deleted."""
    trail = FakeDelivery().hours(6)
    step, stops = timedelta(minutes=50), [interruption(trail.at, trail.at)]
    for number in range(1, 5):
        stop = trail.at + number * step
        stops.append(interruption(stop, stop, "DeleteTrail") | {"since": (stop - step).strftime(ISO)})
    trail.off(4 * step)
    trail.hours(3)
    wipe(trail, 6)
    result = validate(trail, accounts=[{"id": ACCOUNT, "interruptions": stops}])
    assert sorted(kind for kind, _key in reported(result)) == ["gap", "missing"]


def test_r2_an_interruption_of_a_moment_is_part_of_what_was_deleted() -> None:
    trail, account = restarted(pause=timedelta(seconds=5))
    wipe(trail, 6)
    result = validate(trail, accounts=[account])
    assert [kind for kind, _key in reported(result)] == ["missing"]


def test_r2_an_interruption_that_has_not_ended_explains_no_chain() -> None:
    trail, account = restarted()
    del account["interruptions"][0]["end"]
    wipe(trail, 6)
    assert validate(trail, accounts=[account])["valid"]


def test_r2_the_digests_before_the_stop_are_missing_and_the_pause_is_a_gap() -> None:
    """Not the whole time is a gap, because the trail was logging for three of the hours."""
    trail, account = restarted(pause=2 * HOUR)
    for key in trail.digests[3:6]:
        del trail.objects[key]
    for key in trail.logs[6:12]:
        del trail.objects[key]
    result = validate(trail, accounts=[account])
    found = {finding["kind"]: finding["message"] for finding in result["findings"]}
    assert set(found) == {"missing", "gap"} and "(3:00:00)" in found["missing"] and "(2:00:00)" in found["gap"]


@pytest.mark.parametrize("pause", [timedelta(0), 2 * HOUR])
def test_r2_a_restart_with_all_digests_is_only_the_gap(pause: timedelta) -> None:
    trail, account = restarted(pause=pause)
    result = validate(trail, accounts=[account])
    assert [kind for kind, _key in reported(result)] == (["gap"] if pause else [])


def test_r2_a_pause_that_began_before_the_range_is_a_gap() -> None:
    trail, account = restarted(pause=8 * HOUR)
    wipe(trail, 6)
    result = validate(trail, accounts=[account], start_time=(START + 9 * HOUR).strftime(ISO))
    assert [kind for kind, _key in reported(result)] == ["gap"] and "(5:00:00)" in result["findings"][0]["message"]


def test_r2_an_old_pause_says_nothing_about_a_region_that_was_enabled_later() -> None:
    trail, account = restarted()
    FakeDelivery(trail.objects, region="af-south-1", at=START + 9 * HOUR).hours(1)
    result = validate(trail, accounts=[account])
    assert result["valid"] and result["findings"] == []


def test_r2_a_stop_that_is_later_than_the_start_is_no_pause() -> None:
    trail, account = restarted(before=0)
    account["interruptions"][0]["begin"] = (trail.at + HOUR).strftime(ISO)
    assert validate(trail, accounts=[account])["valid"]


def test_r2_the_pause_of_the_expected_trail_says_nothing_about_another() -> None:
    trail, account = restarted()
    FakeDelivery(trail.objects, trail="second", at=START + 6 * HOUR).hours(4)
    assert validate(trail, accounts=[account])["valid"]


@pytest.mark.parametrize(("option", "time"), [("begin", "today"), ("end", "today"), ("begin", "")])
def test_r2_times_of_another_form_are_refused(option: str, time: str) -> None:
    given = interruption(START, START) | {option: time}
    with pytest.raises(Refused, match=f"accounts: .*{option}"):
        run(FakeDigestBucket({}), START, accounts=[{"id": ACCOUNT, "interruptions": [given]}])


@pytest.mark.parametrize("known", [True, False])
def test_r2_a_trail_was_sent_elsewhere_and_back(known: bool) -> None:
    """Then everything from before was deleted here. Without the interruption, it looks like a trail that moved here."""
    trail = FakeDelivery().hours(4)
    begin, here = trail.at, trail.objects
    trail.deliver_to({}, "elsewhere").hours(2)
    away = interruption(begin, trail.at, "UpdateTrail")
    trail.deliver_to(here, BUCKET).hours(4)
    wipe(trail, 4)
    result = validate(trail, accounts=[{"id": ACCOUNT, "interruptions": [away] if known else []}])
    kinds = ["continues_elsewhere", "missing"] if known else ["continues_elsewhere"]
    assert sorted(kind for kind, _key in reported(result)) == kinds
    assert result["valid"] is not known


@pytest.mark.parametrize(
    ("event", "minutes", "kind"),
    [("StopLogging", 40, "missing"), ("StopLogging", 10, "gap"), ("DeleteTrail", 40, "gap")],
)
def test_r2_only_the_last_digest_before_a_stop_was_deleted(event: str, minutes: int, kind: str) -> None:
    """It is documented only for a stop that CloudTrail delivers a last digest."""
    trail = FakeDelivery().hours(6)
    stopped = trail.at + timedelta(minutes=minutes)
    trail.off(timedelta(minutes=90))
    entry = interruption(stopped, trail.at, event)
    trail.hours(3)
    (finding,) = validate(trail, accounts=[{"id": ACCOUNT, "trail_name": TRAIL, "interruptions": [entry]}])["findings"]
    assert (finding["kind"], "it was deleted" in finding["message"]) == (kind, kind == "missing")


def test_r2_a_range_that_starts_just_before_a_stop_requires_no_last_digest() -> None:
    """Nothing shows that the trail delivered here before."""
    trail = FakeDelivery(at=START + HOUR).hours(3)
    entry = interruption(START + timedelta(minutes=40), START + HOUR)
    result = validate(trail, accounts=[{"id": ACCOUNT, "trail_name": TRAIL, "interruptions": [entry]}])
    assert [kind for kind, _key in reported(result)] == ["gap"]


def test_r2_two_wiped_times_are_one_hole() -> None:
    """The finding states the time since the first of them."""
    trail = FakeDelivery().hours(4)
    first = interruption(trail.at, trail.at) | {"certain": True}
    trail.off(timedelta(0))
    since = trail.at
    trail.hours(2)
    second = interruption(trail.at, trail.at) | {"since": since.strftime(ISO)}
    trail.off(timedelta(0))
    trail.hours(3)
    wipe(trail, 6)
    account = {"id": ACCOUNT, "trail_name": TRAIL, "interruptions": [first, second]}
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert finding["kind"] == "missing" and "(6:00:00)" in finding["message"]


def test_without_a_documented_last_digest_both_reasons_are_named() -> None:
    """AWS does not document whether CloudTrail delivers a last digest when validation is disabled."""
    trail, account = restarted(before=5, after=0)
    trail.hour(length=timedelta(minutes=40))
    account["interruptions"] = [interruption(trail.at, trail.at + HOUR, "UpdateTrail")]
    trail.off(HOUR)
    trail.hours(4)
    delete(trail, trail.digests[5])
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert finding["kind"] == "gap" and "(1:40:00)" in finding["message"]
    assert "until 2026-11-25T01:41:31Z (UpdateTrail), and CloudTrail delivered no last digest, or" in finding["message"]
    assert "delete markers" in finding["remediation"]


def test_a_gap_without_a_known_interruption_has_both_reasons() -> None:
    trail, account = restarted(pause=HOUR)
    account["interruptions"] = []
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert finding["kind"] == "gap"
    assert "validation was off, or the last digests from before were deleted: no digest covers" in finding["message"]


# several interruptions


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        (2, "before an earlier interruption (StopLogging at 2026-11-24T22:01:31Z) are not in this folder either."),
        (3, "before 2 earlier interruptions are not in this folder either. The first of them began with StopLogging"),
    ],
)
def test_all_wiped_periods_are_one_finding(periods: int, words: str) -> None:
    trail, stops = FakeDelivery(), []
    for _period in range(periods):
        trail.hours(2)
        stops.append(interruption(trail.at, trail.at) | {"certain": True})
        trail.off(timedelta(0))
    trail.hours(2)
    stops[0]["since"] = START.strftime(ISO)
    for before, after in itertools.pairwise(stops):
        after["since"] = before["end"]
    account = {"id": ACCOUNT, "trail_name": TRAIL, "interruptions": stops}
    assert validate(trail, accounts=[account])["valid"]
    wipe(trail, 2 * periods)
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert finding["kind"] == "missing" and words in finding["message"]
    assert finding["since"] == START.strftime(ISO) and f"({2 * periods}:00:00)" in finding["message"]


def test_a_period_whose_digests_exist_is_not_named() -> None:
    trail, account = restarted(before=2, after=2)
    account["interruptions"][0]["certain"] = True
    stop = interruption(trail.at, trail.at) | {"since": account["interruptions"][0]["end"]}
    account["interruptions"].append(stop)
    trail.off(timedelta(0))
    trail.hours(2)
    delete(trail, *trail.digests[2:4])
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert finding["kind"] == "missing" and "earlier interruption" not in finding["message"]
    assert "(2:00:00)" in finding["message"]
