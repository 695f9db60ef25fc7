# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must have existed before the first digest of the time range."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.bucket import expires_at

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, reported, run, validate
from tests.fakes.fake_digests import ACCOUNT, BUCKET, HOUR, ISO, REGION, START, TRAIL, FakeDelivery

DAY = timedelta(days=1)


# the digest before the first one of the range


def days(count: int = 2, **given: Any) -> FakeDelivery:
    """A trail with that many days of digests before START, and six hours after it."""
    return FakeDelivery(at=START - count * DAY, **given).hours(24 * count + 6)


def since(trail: FakeDelivery, **given: Any) -> dict[str, Any]:
    """The result of the hours since START."""
    return validate(trail, FakeDigestBucket(trail.objects), **given)


def delete_before(trail: FakeDelivery, first: int = 0) -> str:
    """Delete the digests from before START, from that one on, and their log files. Returns the key of the last one."""
    old = [key for key in trail.digests if key[-24:-8] < f"{START:%Y%m%dT%H%M%SZ}"]
    for key in old[first:]:
        for entry in fake_digests.unpacked(trail.objects.pop(key))["logFiles"]:
            del trail.objects[entry["s3Object"]]
    return old[-1]


@pytest.mark.parametrize("first", [0, 10, -1])
@pytest.mark.parametrize("logs", [0, 2])
def test_a_deleted_digest_before_the_range_is_missing(first: int, logs: int) -> None:
    trail = FakeDelivery(at=START - 2 * DAY).hours(54, logs=logs)
    last = delete_before(trail, first)
    result = since(trail)
    assert not result["valid"] and reported(result) == [("missing", last)]
    (finding,) = result["findings"]
    assert finding["since"] == (START - HOUR).strftime(ISO) and "delete marker" in finding["remediation"]


def test_digests_long_before_the_range_are_not_needed() -> None:
    trail = days()
    for key in trail.digests[:40]:
        del trail.objects[key]
    assert since(trail, backfill_timeout=60)["findings"] == []


def test_another_object_with_a_later_name_does_not_replace_the_digest_before_the_range() -> None:
    trail = days()
    last = delete_before(trail)
    forged = last.replace(last[-24:-8], f"{START - timedelta(seconds=9):%Y%m%dT%H%M%SZ}")
    trail.objects[forged] = trail.objects[trail.digests[-1]]
    assert ("missing", last) in reported(since(trail))


@pytest.mark.parametrize(("expires", "valid"), [(timedelta(days=1), True), (timedelta(days=3), False), (None, False)])
def test_a_lifecycle_rule_may_have_deleted_the_digest_before_the_range(expires: timedelta | None, valid: bool) -> None:
    """GetObject returns when a rule deletes the first digest of the range. The one before expires a day earlier."""
    trail = days()
    delete_before(trail)
    if expires:
        date = trail.at + expires
        text = f'expiry-date="{date:%a, %d %b %Y} 00:00:00 GMT", rule-id="old logs"'
        for key in trail.digests[47:]:
            trail.objects[key].encryption["Expiration"] = text
    assert since(trail)["valid"] is valid


@pytest.mark.parametrize("text", ["", "expiry-date", 'expiry-date="soon", rule-id="x"', 'rule-id="x"'])
def test_an_expiry_of_another_form_is_none(text: str) -> None:
    assert expires_at({"Expiration": text}) is None


def test_a_copied_chain_may_begin_with_any_digest() -> None:
    trail = days(bucket="the-original")
    delete_before(trail)
    result = since(trail, original_buckets=[{"bucket": "the-original"}])
    assert result["valid"] and {kind for kind, _key in reported(result)} == {"moved"}


# a pause of the trail


def interruption(begin: datetime, end: datetime, event: str = "StopLogging") -> dict[str, Any]:
    """An item of the suboption C(interruptions)."""
    times = {"begin": begin.strftime(ISO), "end": end.strftime(ISO)}
    return {**times, "event": event, "certain": False, "place_known": True, "everywhere": True}


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


def wipe(trail: FakeDelivery, digests: int) -> None:
    """Delete the first digests, and their log files."""
    for key in trail.digests[:digests]:
        for entry in fake_digests.unpacked(trail.objects.pop(key))["logFiles"]:
            del trail.objects[entry["s3Object"]]


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


# digests that an earlier evidence contains


def seen(trail: FakeDelivery, until: timedelta) -> list[dict[str, Any]]:
    """The account's entry with a digest that was validated before, which ended so long after START."""
    digests = [{"region": trail.region, "until": (START + until).strftime(ISO)}]
    return [{"id": ACCOUNT, "trail_name": TRAIL, "verified_digests": digests}]


@pytest.mark.parametrize("first", [0, 3, 6])
def test_r3_a_chain_that_begins_after_a_digest_that_was_validated(first: int) -> None:
    """A new chain hides nothing that an earlier run has seen."""
    trail = FakeDelivery().hours(6)
    trail.off(timedelta(minutes=5))
    trail.hours(3)
    wipe(trail, 6)
    result = validate(trail, accounts=seen(trail, first * HOUR))
    assert [kind for kind, _key in reported(result)] == (["missing"] if first else [])
    assert result["valid"] is (first == 0)


def test_r3_the_digest_exists() -> None:
    trail = FakeDelivery().hours(6)
    assert validate(trail, accounts=seen(trail, 6 * HOUR))["findings"] == []
    trail.off(2 * HOUR)
    trail.hours(1)
    assert [kind for kind, _key in reported(validate(trail, accounts=seen(trail, 6 * HOUR)))] == ["gap"]


def test_r3_the_newest_digest_was_deleted() -> None:
    """The next digest is not due yet, so only the earlier evidence shows that one was deleted."""
    trail = FakeDelivery().hours(6)
    accounts = seen(trail, 6 * HOUR)
    trail.objects.pop(trail.digests[-1])
    for key in trail.logs[-2:]:
        del trail.objects[key]
    assert validate(trail)["valid"]
    (finding,) = validate(trail, accounts=accounts)["findings"]
    assert finding["kind"] == "missing" and "2026-11-25T02:01:31Z" in finding["message"]


def test_r3_all_digests_were_deleted() -> None:
    """The log files that have no digest any more are no second finding, and validation was not off."""
    trail = FakeDelivery().hours(6)
    for key in trail.digests:
        del trail.objects[key]
    unknown, _waiting = validate(trail)["findings"]
    assert unknown["kind"] == "not_covered" and "or the digest was deleted" in unknown["message"]
    (finding,) = validate(trail, accounts=seen(trail, 6 * HOUR))["findings"]
    assert finding["kind"] == "missing"


@pytest.mark.parametrize("other", ["backfill", "second"])
def test_r3_other_chains_do_not_replace_the_digest_that_was_deleted(other: str) -> None:
    """A backfill digest or a digest of another trail of the same time is not the one that was verified."""
    trail = FakeDelivery().hours(6)
    accounts = seen(trail, 6 * HOUR)
    if other == "backfill":
        trail.backfill(trail.digests[-1])
        deleted = trail.digests[-2]
    else:
        FakeDelivery(trail.objects, trail="second").hours(6)
        deleted = trail.digests[-1]
    for entry in fake_digests.unpacked(trail.objects.pop(deleted))["logFiles"]:
        del trail.objects[entry["s3Object"]]
    assert "missing" in [kind for kind, _key in reported(validate(trail, accounts=accounts))]


def test_r3_one_deletion_is_one_finding() -> None:
    trail = FakeDelivery().hours(6)
    accounts = seen(trail, 3 * HOUR)
    for key in trail.digests[1:4]:
        del trail.objects[key]
    result = validate(trail, accounts=accounts)
    assert len({finding["kind"] for finding in result["findings"] if finding["status"] == "failed"}) == 1


@pytest.mark.parametrize("until", [timedelta(0), -HOUR, 30 * HOUR])
def test_r3_a_digest_outside_of_the_range_is_not_required(until: timedelta) -> None:
    trail = FakeDelivery().hours(6)
    wipe(trail, 1)
    trail = FakeDelivery(at=START + 5 * HOUR).hours(2)
    assert validate(trail, accounts=seen(trail, until))["valid"]


@pytest.mark.parametrize("since", ["", "2026-11-25T02:30:00Z"])
def test_r3_an_empty_account_that_delivered_before(since: str) -> None:
    trail = FakeDelivery().hours(6)
    accounts = [entry | {"logging_since": since} for entry in seen(trail, 6 * HOUR)]
    trail.objects.clear()
    (finding,) = validate(trail, accounts=accounts)["findings"]
    assert finding["kind"] == "missing" and "An earlier evidence has a verified digest" in finding["message"]


def test_r3_a_region_that_delivered_before_waits_for_no_first_delivery() -> None:
    trail = FakeDelivery().hours(6)
    (account,) = seen(trail, 6 * HOUR)
    account |= {"logging_since": (START + 6 * HOUR).strftime(ISO), "region": REGION}
    account["verified_digests"].append({"region": "us-east-1", "until": (START + 5 * HOUR).strftime(ISO)})
    (finding,) = validate(trail, accounts=[account])["findings"]
    assert (finding["region"], finding["kind"], finding["status"]) == ("us-east-1", "missing", "failed")


def test_a_digest_before_the_range_that_was_delivered_elsewhere_is_not_missing() -> None:
    """The prefix of this trail changed at the start of the range. The former prefix is read for another trail."""
    trail = FakeDelivery(root="old/", at=START - DAY).hours(23)
    trail.deliver_to(trail.objects, trail.bucket, "new/").hours(4)
    second = FakeDelivery(trail.objects, trail="second", root="old/", at=START - DAY).hours(25)
    second.deliver_to(trail.objects, trail.bucket, "new/").hours(2)
    result = validate(trail, key_prefix="new")
    assert result["valid"] and result["findings"] == []
