# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names that keep the newest delivery fresh although CloudTrail did not write them, and folders that S3 does not list.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.states.fleet import PRODUCTION, REGION, TRAILS, Fleet
from tests.states.table import broken, sound

HOUR = timedelta(hours=1)
LOGS, DIGESTS = f"AWSLogs/{PRODUCTION}/CloudTrail/{REGION}", f"AWSLogs/{PRODUCTION}/CloudTrail-Digest/{REGION}"


def now() -> datetime:
    return datetime.now(UTC)


def log_name(time: datetime) -> str:
    return f"{PRODUCTION}_CloudTrail_{REGION}_{time:%Y%m%dT%H%M}Z_0123456789abcdef.json.gz"


def digest_name(time: datetime) -> str:
    trail = TRAILS[PRODUCTION]
    return f"{PRODUCTION}_CloudTrail-Digest_{REGION}_{trail}_{REGION}_{time:%Y%m%dT%H%M%S}Z.json.gz"


@broken(
    base="hours_ago",
    production="trail:not_logging delivery:stale_digest delivery:future integrity:malformed",
    remedy="who wrote to it",
    message="older than the time in its name",
    problems=2,
)
def digests_were_planted_before_the_trail_was_stopped(fleet: Fleet) -> None:
    """Their names are those of the hours to come, so that the newest digest always looks fresh."""
    fleet.hours(2)
    for hours in range(4):
        time = now() - hours * HOUR
        fleet.put(f"{DIGESTS}/{time:%Y/%m/%d}/{digest_name(time)}")
    fleet.trail().stop_logging(Name=TRAILS[PRODUCTION])
    fleet.hours(4)


@broken(production="delivery:future integrity:malformed", message="older than the time in its name")
def a_digest_has_a_name_of_the_next_hour(fleet: Fleet) -> None:
    time = now() + HOUR / 2
    fleet.put(f"{DIGESTS}/{time:%Y/%m/%d}/{digest_name(time)}")


def of_no_region(key: str) -> str:
    """The key in the folder of a Region that does not exist."""
    return key.replace(f"/{REGION}/", "/xx-fake-1/").replace(f"_{REGION}_", "_xx-fake-1_", 1)


@broken(production="integrity:malformed", message="xx-fake-1", cause="digest_invalid")
def digests_of_a_region_that_does_not_exist_are_planted(fleet: Fleet) -> None:
    for hours in range(3):
        time = now() - hours * HOUR
        fleet.put(of_no_region(f"{DIGESTS}/{time:%Y/%m/%d}/{digest_name(time)}"))


@broken(
    production="integrity:malformed integrity:missing delivery:stale_digest",
    message="xx-fake-1",
    remedy="who wrote to the folder",
    cause="region_unproven",
)
def an_old_digest_of_a_region_that_does_not_exist_is_planted(fleet: Fleet) -> None:
    time = now() - 5 * HOUR
    fleet.put(of_no_region(f"{DIGESTS}/{time:%Y/%m/%d}/{digest_name(time)}"))


@broken(
    production="integrity:unexpected delivery:silent",
    message="xx-fake-1",
    remedy="who wrote to the folder",
    cause="region_unproven",
)
def objects_of_a_region_that_does_not_exist_are_planted(fleet: Fleet) -> None:
    fleet.put(of_no_region(f"{DIGESTS}/x.json.gz"))


@broken(production="delivery:other_day", remedy="who wrote the object", message="folder of another day")
def a_fresh_log_file_lies_in_the_folder_of_tomorrow(fleet: Fleet) -> None:
    fleet.put(f"{LOGS}/{now() + 24 * HOUR:%Y/%m/%d}/{log_name(now())}")


@broken(
    production="delivery:unreadable integrity:unreadable",
    message="ListObjectsV2 returns SlowDown",
    remedy="fewer clients",
    not_checked={"production": "encryption"},
)
def s3_limits_the_requests_to_one_folder(fleet: Fleet) -> None:
    fault = {"service": "s3", "operation": "ListObjectsV2", "parameters": {"Prefix": f"{DIGESTS}/"}}
    fleet.sandbox.fault(**fault, error="SlowDown", times=10**6)


@sound()
def the_digests_are_not_validated(fleet: Fleet) -> Mapping[str, object]:
    return {"verification_integrity": False}


@broken(production="encryption:wrong_encryption")
def the_newest_log_file_has_another_encryption_and_nothing_is_validated(fleet: Fleet) -> Mapping[str, object]:
    """Without a validation, the encryption of the newest objects is requested."""
    newest = fleet.logs()[-1]
    fleet.copy(newest, newest, key="")
    return {"verification_integrity": False}


@broken(
    security="integrity:unread",
    production="encryption:wrong_encryption",
    not_checked={host: "integrity" for host in ("security", "production", "staging", "development")},
    problems=2,
)
def the_validation_fails_as_a_whole(fleet: Fleet) -> Mapping[str, object]:
    newest = fleet.logs()[-1]
    fleet.copy(newest, newest, key="")
    return {"verification_integrity_start": "2099-01-01T00:00:00Z"}


@broken(production="encryption:wrong_encryption")
def a_newer_log_file_than_the_validated_one_has_another_encryption(fleet: Fleet) -> None:
    """No digest names it yet, so the validation has not read it."""
    fleet.sandbox.deliver()
    newest = fleet.logs()[-1]
    fleet.copy(newest, newest, key="")
