# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of log files and digests, and what their names contain."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.object_keys import (
    DIGEST,
    LOG,
    Kind,
    LogLocation,
    LogObject,
    digest_location,
    log_root,
    parse_key,
)

from tests.fakes import fake_log_bucket
from tests.fakes.support import PRODUCTION, REGION, STAGING

HERE = LogLocation(account=PRODUCTION, region=REGION)
MEMBER = LogLocation(account=PRODUCTION, region=REGION, prefix="p", organization="o-a1b2c3d4e5")
TIME = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
MINUTE = TIME.replace(second=0)


def test_folders() -> None:
    assert (log_root(""), log_root("p/q"), log_root("p", "o-a")) == ("AWSLogs/", "p/q/AWSLogs/", "p/AWSLogs/o-a/")
    assert HERE.account_folder == f"AWSLogs/{PRODUCTION}/"
    assert HERE.regions_folder(DIGEST) == f"AWSLogs/{PRODUCTION}/CloudTrail-Digest/"
    assert HERE.folder(LOG) == f"AWSLogs/{PRODUCTION}/CloudTrail/{REGION}/"
    assert MEMBER.folder(DIGEST) == f"p/AWSLogs/o-a1b2c3d4e5/{PRODUCTION}/CloudTrail-Digest/{REGION}/"
    assert HERE.day_folder(LOG, TIME) == f"{HERE.folder(LOG)}2026/03/04/"


@pytest.mark.parametrize(
    "trail",
    ["sectrailprod", "with_under_score", "us-east-1_20200101T000000Z", "a.b-c", "a_CloudTrail_us-east-1_b"],
    ids=lambda trail: trail,
)
@pytest.mark.parametrize("suffix", ["", "_backfill"])
def test_the_name_of_a_digest_has_its_trail(trail: str, suffix: str) -> None:
    key = fake_log_bucket.digest(TIME, trail=trail, home="eu-west-1", suffix=suffix)
    digest = LogObject(
        key=key,
        account=PRODUCTION,
        region=REGION,
        time=TIME,
        trail=trail,
        home_region="eu-west-1",
        backfill=bool(suffix),
    )
    assert HERE.parse(DIGEST, key) == parse_key(DIGEST, key) == digest
    assert digest.chain == (trail, "eu-west-1", bool(suffix))


def test_the_name_of_a_log_file_has_none() -> None:
    key = fake_log_bucket.log(TIME, unique="Fa9xZ03kQm1pR7tu")
    log_file = LogObject(key=key, account=PRODUCTION, region=REGION, time=MINUTE)
    assert HERE.parse(LOG, key) == log_file


def test_the_newest_object_is_the_greatest() -> None:
    names = [fake_log_bucket.log(TIME, unique="z"), fake_log_bucket.log(TIME, unique="a")]
    names.append(fake_log_bucket.log(TIME + timedelta(minutes=1)))
    listed = [parse_key(LOG, key, TIME + timedelta(seconds=number)) for number, key in enumerate(names)]
    objects = [item for item in listed if item]
    assert sorted(reversed(objects), key=lambda item: item.age_order) == objects


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (LOG, f"{STAGING}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz"),  # another account
        (LOG, f"{PRODUCTION}_CloudTrail_eu-west-1_20260304T0506Z_a.json.gz"),  # another Region
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20261399T0506Z_a.json.gz"),  # an invalid date
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz.bak"),
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_../a.json.gz"),
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_٢٠٢٦٠٣٠٤T0506Z_a.json.gz"),  # digits of another script
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz\n"),
        (LOG, f"{PRODUCTION}_CloudTrail-Insight_{REGION}_20260304T0506Z_a.json.gz"),
        (LOG, ""),
        (DIGEST, f"{PRODUCTION}_CloudTrail-Digest_{REGION}_t_{REGION}_20260304T050607Z_backfills.json.gz"),
        (DIGEST, f"{PRODUCTION}_CloudTrail-Digest_{REGION}_t_home_20260304T050607Z.json.gz"),  # an invalid Region
        (DIGEST, f"{PRODUCTION}_CloudTrail-Digest_{REGION}_{REGION}_20260304T050607Z.json.gz"),  # without a trail
        (DIGEST, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz"),
    ],
)
def test_other_names(kind: Kind, name: str) -> None:
    assert HERE.parse(kind, HERE.day_folder(kind, TIME) + name) is None


def test_objects_in_other_folders() -> None:
    assert HERE.parse(LOG, fake_log_bucket.log(TIME, root="p/AWSLogs/")) is None
    assert HERE.parse(LOG, fake_log_bucket.log(TIME, root="AWSLogs/o-a1b2c3d4e5/")) is None
    assert MEMBER.parse(LOG, fake_log_bucket.log(TIME, root="p/AWSLogs/o-a1b2c3d4e5/")) is not None


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3600, 90_000])
def test_a_start_key_sorts_between_earlier_and_later_log_files(seconds: int) -> None:
    (start,) = HERE.start_keys(LOG, TIME)
    assert start < fake_log_bucket.log(TIME + timedelta(seconds=seconds))
    assert start > fake_log_bucket.log(TIME - timedelta(seconds=60 + seconds))


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3600, 90_000])
def test_start_keys_of_digests(seconds: int) -> None:
    """The first one counts only for the trail, the second one for all trails."""
    later = TIME + timedelta(seconds=seconds)
    closest, day = HERE.start_keys(DIGEST, TIME, "b", REGION)
    assert day < closest < fake_log_bucket.digest(later, trail="b")
    assert closest > fake_log_bucket.digest(TIME - timedelta(seconds=60 + seconds), trail="b")
    for trail in ("-", "a", "zzz"):
        assert day < fake_log_bucket.digest(later, trail=trail)
        assert list(HERE.start_keys(DIGEST, TIME, trail)) == [day]


@pytest.mark.parametrize("location", [HERE, MEMBER, LogLocation(account=PRODUCTION, region=REGION, prefix="a/b")])
def test_the_location_of_a_digest(location: LogLocation) -> None:
    name = fake_log_bucket.digest(TIME).rpartition("/")[2]
    assert digest_location(location.day_folder(DIGEST, TIME) + name) == location
    assert digest_location(location.day_folder(DIGEST, TIME + timedelta(days=1)) + name) is None, "of another day"
    assert digest_location(location.day_folder(LOG, TIME) + name) is None
    assert digest_location(location.folder(DIGEST) + name) is None
    assert digest_location(location.day_folder(DIGEST, TIME).replace(PRODUCTION, STAGING) + name) is None


def test_an_object_in_the_folder_of_its_day() -> None:
    for moved, expected in ((0, True), (1, False)):
        key = HERE.day_folder(LOG, TIME + timedelta(days=moved)) + fake_log_bucket.log(TIME).rpartition("/")[2]
        log_file = HERE.parse(LOG, key)
        assert log_file and HERE.is_in_its_day(LOG, log_file) is expected
