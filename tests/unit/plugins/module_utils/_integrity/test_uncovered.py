# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log files that no verified digest names, restarts, backfill digests, and how much of the range is covered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure

from tests.fakes import fake_digests
from tests.fakes.fake_digest_bucket import FakeDigestBucket, interruption, reported, run, validate
from tests.fakes.fake_digests import ACCOUNT, HOUR, ISO, REGION, START, FakeDelivery, FakeObject

DAY = timedelta(days=1)


def reads(gateway: FakeDigestBucket) -> list[str]:
    return [arguments["Key"] for operation, arguments in gateway.requests if operation == "get_object"]


# late log files


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [(1440, ("not_covered", "waiting")), (120, ("unexpected", "failed")), (0, ("unexpected", "failed"))],
)
def test_e7_a_late_log_file_waits_for_its_backfill_digest(timeout: int, expected: tuple[str, str]) -> None:
    trail = FakeDelivery().hours(5)
    late = trail.log(START + timedelta(minutes=90))["s3Object"]
    result = validate(trail, backfill_timeout=timeout)
    assert [(finding["kind"], finding["status"]) for finding in result["findings"]] == [expected]
    assert reported(result)[0][1] == late and result["valid"] is (expected[1] == "waiting")
    (region,) = result["regions"]
    assert (region["log_files"], region["verified_log_files"], region["uncovered_log_files"]) == (11, 10, 1)
    assert region["oldest_uncovered"] == "2026-11-24T21:31:00Z"
    remediation = result["findings"][0]["remediation"]
    assert "who wrote the object" in remediation
    assert ("Validate again after 2026-11-25T21:31:00Z." in remediation) == (expected[1] == "waiting")


def test_e7_the_backfill_digest_ends_the_wait() -> None:
    trail = FakeDelivery().hours(5)
    trail.backfill(trail.digests[1])
    result = validate(trail, backfill_timeout=0)
    assert result["valid"] and result["findings"] == [] and result["regions"][0]["uncovered_log_files"] == 0


def test_e7_daily_ranges_fail_what_the_day_before_waited_for() -> None:
    """Each day is validated once. The log file is in the last hours of one range, and before the next one."""
    trail = FakeDelivery(at=START - DAY).hours(24)
    added = trail.log(START - timedelta(minutes=30))["s3Object"]
    first = run(FakeDigestBucket(trail.objects), START + timedelta(minutes=30))
    assert first["valid"] and [finding["status"] for finding in first["findings"]] == ["waiting"]
    trail.hours(24)
    second = run(FakeDigestBucket(trail.objects), START + DAY + timedelta(minutes=30))
    assert not second["valid"] and reported(second) == [("unexpected", added)]
    assert second["regions"][0]["uncovered_log_files"] == 0, "it is not in the range"


def test_e7_digests_before_the_range_are_read_only_if_log_files_need_them() -> None:
    quiet = FakeDelivery(at=START - DAY).hours(48, logs=0)
    gateway = FakeDigestBucket(quiet.objects)
    assert run(gateway, quiet.at)["valid"] and len(reads(gateway)) == 25
    busy = FakeDelivery(at=START - DAY).hours(48, logs=1)
    gateway = FakeDigestBucket(busy.objects)
    assert run(gateway, busy.at)["valid"] and len(reads(gateway)) == 25 + 25 + 23


def test_e7_a_digest_from_before_the_range_names_log_files_at_its_start() -> None:
    trail = FakeDelivery().hours(2)
    late = trail.log(trail.at + timedelta(minutes=2))
    trail.sign([late], trail.at, trail.at + timedelta(seconds=20))
    trail.at += timedelta(seconds=20)
    trail.hours(3)
    start = (START + 2 * HOUR + timedelta(seconds=30)).strftime(ISO)
    for timeout in (0, 1440):
        assert validate(trail, start_time=start, backfill_timeout=timeout)["findings"] == []


def test_e7_rotated_keys_of_digests_before_the_range_are_listed() -> None:
    trail = FakeDelivery(at=START - DAY, key="former").hours(24)
    trail.key = "cloudtrail"
    trail.hours(24)
    gateway = FakeDigestBucket(trail.objects, {"": ["former", "cloudtrail"]})
    trail.log(START - 2 * HOUR)
    result = run(gateway, trail.at, backfill_timeout=1440)
    assert [kind for kind, _key in reported(result)] == ["unexpected"]
    starts = {arguments["StartTime"] for name, arguments in gateway.requests if name == "list_public_keys"}
    assert starts == {trail.at - 2 * DAY - HOUR}


# digests that are not verified


@pytest.mark.parametrize("signer", ["forger", "unlisted"])
def test_e7_a_digest_that_is_not_verified_proves_nothing_about_its_hour(signer: str) -> None:
    trail = FakeDelivery().hours(6)
    key = trail.digests[3]
    changes = {"logFiles": []}
    if signer == "unlisted":
        changes["digestPublicKeyFingerprint"] = fake_digests.fingerprint("forger")  # type: ignore[assignment]
    forged = {**fake_digests.unpacked(trail.objects[key]), **changes}
    trail.objects[key] = fake_digests.signed(forged, "forger")
    gateway = FakeDigestBucket(trail.objects)
    result = validate(trail, gateway, backfill_timeout=0)
    kind = "tampered" if signer == "forger" else "unverified"
    assert reported(result) == [(kind, key)] and result["findings"][0]["cause"] == "digest_invalid"
    assert "proves nothing about the log files" in result["findings"][0]["message"]
    (region,) = result["regions"]
    assert (region["uncovered_log_files"], region["verified_log_files"]) == (2, 10)
    assert region["covered_seconds"] == 5 * 3600 and not result["valid"]


@pytest.mark.parametrize(("fingerprint", "kind"), [("cloudtrail", "tampered"), ("forger", "unverified")])
def test_e7_log_files_that_only_a_forged_digest_names_are_not_read(fingerprint: str, kind: str) -> None:
    trail = FakeDelivery().hours(4)
    entry = trail.log(START + timedelta(minutes=100))
    key = trail.digests[1]
    document = fake_digests.unpacked(trail.objects[key])
    changes = {
        "logFiles": [*document["logFiles"], entry],
        "digestPublicKeyFingerprint": fake_digests.fingerprint(fingerprint),
    }
    trail.objects[key] = fake_digests.signed({**document, **changes}, "forger")
    gateway = FakeDigestBucket(trail.objects)
    result = validate(trail, gateway)
    assert reported(result) == [(kind, key)]
    assert entry["s3Object"] not in reads(gateway) and result["regions"][0]["verified_log_files"] == 6


def test_e7_a_forged_digest_between_two_others_hides_no_hole() -> None:
    """It neither links its neighbours nor covers more than the hour before its own end."""
    trail = FakeDelivery().hours(8)
    between = trail.digests[4].replace("0131Z", "3131Z")
    document = {**fake_digests.unpacked(trail.objects[trail.digests[4]]), "digestS3Object": between}
    times = {"digestStartTime": "2026-11-24T20:01:31Z", "digestEndTime": "2026-11-25T01:31:31Z"}
    forged = {**document, **times, "digestPublicKeyFingerprint": fake_digests.fingerprint("forger")}
    trail.objects[between] = fake_digests.signed(forged, "forger")
    assert [kind for kind, _key in reported(validate(trail))] == ["unverified"]
    for key in trail.digests[2:4]:
        del trail.objects[key]
    found = reported(validate(trail))
    assert ("missing", trail.digests[3]) in found and ("unverified", between) in found


# restarts and backfill digests


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(seconds=1), timedelta(minutes=99)])
def test_e10_a_restart_is_a_gap_only_if_there_was_a_pause(pause: timedelta) -> None:
    trail = FakeDelivery().hours(3)
    trail.hour(length=timedelta(minutes=20))
    trail.off(pause)
    trail.hours(2)
    result = validate(trail)
    assert result["valid"] is (pause == timedelta(0))
    assert [finding["kind"] for finding in result["findings"]] == ["gap"] * bool(pause)
    assert not pause or f"({pause})" in result["findings"][0]["message"]


def test_e10_hexadecimal_may_be_upper_case() -> None:
    trail = FakeDelivery().hours(2)
    trail.objects[trail.digests[1]].metadata["signature"] = (
        trail.objects[trail.digests[1]].metadata["signature"].upper()
    )
    trail._previous["hash"] = str(trail._previous["hash"]).upper()
    trail.hour()
    document = fake_digests.unpacked(trail.objects[trail.digests[2]])
    entries = [{**entry, "hashValue": entry["hashValue"].upper()} for entry in document["logFiles"]]
    trail.objects[trail.digests[2]] = fake_digests.signed({**document, "logFiles": entries}, "cloudtrail")
    result = validate(trail)
    assert result["valid"] and result["findings"] == []


def test_backfill_digests_are_linked_in_the_order_in_which_they_were_made() -> None:
    """A later hour may be backfilled first."""
    trail = FakeDelivery().hours(5)
    previous, trail._previous = trail._previous, {}
    made = []
    for hour in (3, 1):
        end = START + HOUR * (hour + 1)
        made.append(trail.sign([trail.log(end - HOUR / 3)], end - HOUR, end, backfill=True))
        trail.objects[made[-1]].metadata["backfill-generation-timestamp"] = trail.at.strftime(ISO)
    trail._previous = previous
    assert validate(trail, backfill_timeout=0)["findings"] == []
    del trail.objects[made[0]]
    result = validate(trail, backfill_timeout=0)
    assert sorted(reported(result)) == [("missing", made[0]), ("unexpected", trail.logs[-2])]


def test_two_trails_in_one_folder_have_chains_of_their_own() -> None:
    first = FakeDelivery().hours(4)
    second = FakeDelivery(first.objects, trail="second").hours(2)
    second.off(HOUR)
    second.hours(1)
    result = validate(first)
    assert reported(result) == [("gap", second.digests[1])]
    assert [chain["valid"] for chain in result["chains"]] == [False, True]
    assert result["regions"][0]["covered_seconds"] == 4 * 3600


# regions


def test_regions_count_what_is_covered() -> None:
    trail = FakeDelivery().hours(4)
    trail.log(trail.at + timedelta(minutes=10))
    (region,) = validate(trail)["regions"]
    assert region == {
        "account": fake_digests.ACCOUNT,
        "region": fake_digests.REGION,
        "range_seconds": 4 * 3600 + 1200,
        "covered_seconds": 4 * 3600,
        "log_files": 9,
        "verified_log_files": 8,
        "uncovered_log_files": 1,
        "oldest_uncovered": "2026-11-25T00:11:00Z",
        "newest_digest": "2026-11-25T00:01:31Z",
        "newest_log_file": "2026-11-25T00:11:00Z",
        "digest": {
            "key": trail.digests[-1],
            "time": "2026-11-25T00:01:31Z",
            "last_modified": None,
            "encryption": None,
            "kms_key": None,
        },
        "log": {
            "key": trail.logs[7],
            "time": "2026-11-24T23:41:00Z",
            "last_modified": None,
            "encryption": None,
            "kms_key": None,
        },
    }


def test_regions_of_a_quiet_account() -> None:
    (region,) = validate(FakeDelivery().hours(4, logs=0))["regions"]
    assert (region["log_files"], region["oldest_uncovered"], region["newest_log_file"]) == (0, None, None)
    assert region["covered_seconds"] == 4 * 3600


def test_a_log_file_that_was_changed_is_not_verified() -> None:
    trail = FakeDelivery().hours(4)
    trail.objects[trail.logs[3]] = FakeObject(fake_digests.packed(b"{}"))
    del trail.objects[trail.logs[5]]
    (region,) = validate(trail)["regions"]
    assert (region["log_files"], region["verified_log_files"], region["uncovered_log_files"]) == (8, 6, 0)


def test_a_deleted_log_file_is_missing_with_the_hint_to_a_delete_marker() -> None:
    trail = FakeDelivery().hours(4)
    del trail.objects[trail.logs[5]]
    (finding,) = validate(trail)["findings"]
    assert finding["kind"] == "missing" and "delete marker" in finding["remediation"]


@pytest.mark.parametrize("expected", ["", "sectrail_prod-1", "second"])
def test_only_digests_of_the_expected_trail_cover_time(expected: str) -> None:
    trail = FakeDelivery().hours(4)
    FakeDelivery(trail.objects, trail="second", at=START + 2 * HOUR).hours(2)
    accounts: list[dict[str, Any]] = [{"id": fake_digests.ACCOUNT, "trail_name": expected}]
    (region,) = validate(trail, accounts=accounts)["regions"]
    assert region["covered_seconds"] == (2 if expected == "second" else 4) * 3600


# what S3 knows of a log file that no digest names


@pytest.mark.parametrize(("later", "is_late"), [(60, False), (61, True), (600, True)])
@pytest.mark.parametrize("timeout", [0, 1440])
def test_e7_a_log_file_that_was_stored_long_after_its_time_is_reported_with_both_times(
    later: int, is_late: bool, timeout: int
) -> None:
    trail = FakeDelivery().hours(5)
    late = trail.log(START.replace(second=0) + timedelta(minutes=90))["s3Object"]
    trail.objects[late].modified = START.replace(second=0) + timedelta(minutes=90 + later)
    (finding,) = validate(trail, backfill_timeout=timeout)["findings"]
    assert ("S3 stored the object at" in finding["message"]) is is_late
    assert not is_late or f"{trail.objects[late].modified:{ISO}}" in finding["message"]


def test_e7_late_log_files_do_not_hide_one_that_was_stored_later() -> None:
    trail = FakeDelivery().hours(5)
    trail.log(START + timedelta(minutes=90))
    planted = trail.log(START + timedelta(minutes=95))["s3Object"]
    trail.objects[planted].modified = START + 4 * HOUR
    findings = validate(trail)["findings"]
    assert [finding["status"] for finding in findings] == ["waiting", "waiting"]
    assert findings[1]["resource"] == planted and "S3 stored" in findings[1]["message"]


# digests from before the range that cannot be read


def archived(trail: FakeDelivery, keys: list[str]) -> FakeDigestBucket:
    gateway = FakeDigestBucket(trail.objects)
    gateway.failures = dict.fromkeys(keys, AwsFailure("GetObject", "InvalidObjectState", "The object is archived"))
    return gateway


def test_archived_digests_of_before_the_range_are_informational() -> None:
    trail = FakeDelivery(at=START - DAY).hours(48)
    result = run(archived(trail, trail.digests[:20]), trail.at)
    assert [(finding["kind"], finding["status"]) for finding in result["findings"]] == [("unreadable", "info")]
    assert result["valid"] and result["findings"][0]["cause"] == "archived"


def test_an_archived_digest_before_the_range_excuses_no_log_file_of_the_range() -> None:
    trail = FakeDelivery(at=START - DAY).hours(30, logs=0)
    start = START + timedelta(minutes=2)
    trail.log(start + timedelta(minutes=3))
    before = trail.digests[23]
    result = run(archived(trail, [before]), trail.at, start_time=start.strftime(ISO))
    assert not result["valid"]
    assert ("unreadable", before) in reported(result)


def test_other_unreadable_digests_of_before_the_range_are_a_failure() -> None:
    trail = FakeDelivery(at=START - DAY).hours(48)
    gateway = archived(trail, trail.digests[:1])
    gateway.failures = {trail.digests[5]: AwsFailure("GetObject", "InternalError", "Sorry")}
    result = run(gateway, trail.at)
    assert not result["valid"] and reported(result) == [("unreadable", trail.digests[5])]


# log files that wait for the first digest


@pytest.mark.parametrize(
    ("hours", "begun", "expected"),
    [
        (1, None, [("waiting", "waiting")]),
        (6, None, [("not_covered", "failed")]),
        (6, timedelta(minutes=-30), [("not_covered", "failed"), ("waiting", "waiting")]),
        (6, timedelta(hours=-4), [("not_covered", "failed")]),
    ],
)
def test_the_first_digest_is_overdue_beside_older_log_files(
    hours: int, begun: timedelta | None, expected: list[tuple[str, str]]
) -> None:
    """Unless the trail began to deliver digests later than these."""
    trail = FakeDelivery().hours(hours)
    for key in trail.digests:
        del trail.objects[key]
    account = {"id": ACCOUNT, **({"delivering_since": (trail.at + begun).strftime(ISO)} if begun else {})}
    findings = validate(trail, accounts=[account])["findings"]
    assert [(finding["kind"], finding["status"]) for finding in findings] == expected


def test_a_region_that_lost_its_digests_does_not_wait_for_the_first_one() -> None:
    """One cause is one finding, although CloudTrail begins a new chain after the restart."""
    trail = FakeDelivery().hours(6)
    stop = interruption(trail.at, trail.at)
    trail.objects.clear()
    trail.log(trail.at + timedelta(minutes=5))
    account = {"id": ACCOUNT, "region": REGION, "interruptions": [stop]}
    result = run(FakeDigestBucket(trail.objects), trail.at + timedelta(minutes=10), accounts=[account])
    assert [(finding["kind"], finding["status"]) for finding in result["findings"]] == [("missing", "failed")]
    waiting = run(FakeDigestBucket(trail.objects), trail.at + timedelta(minutes=10), accounts=[{"id": ACCOUNT}])
    assert [finding["kind"] for finding in waiting["findings"]] == ["waiting"]
