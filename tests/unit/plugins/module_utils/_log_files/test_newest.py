# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The newest objects are found, with as few requests as are documented."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.bucket import LogBucket
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.newest import (
    FUTURE,
    OTHER_DAY,
    WINDOWS,
    Newest,
    SearchFolder,
    find_newest,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.object_keys import (
    DIGEST,
    LOG,
    Kind,
    LogLocation,
)

from tests.fakes.fake_log_bucket import AES256, NOW, FakeLogBucket, ago, digest, log
from tests.fakes.support import BUCKET, PRODUCTION, REGION

HERE = LogLocation(account=PRODUCTION, region=REGION)


def look(keys: Iterable[str], kind: Kind, page: int = 1000) -> tuple[Newest, int]:
    bucket = LogBucket(FakeLogBucket(dict.fromkeys(keys, AES256), page=page), BUCKET)  # type: ignore[arg-type]
    newest = find_newest(bucket, SearchFolder(location=HERE, kind=kind), NOW)
    return newest, bucket.requests


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    return [start + step * number for number in range(int((end - start) / step) + 1)]


YEARS = every(timedelta(days=7), ago(days=1500), ago(days=20))


@pytest.mark.parametrize(
    ("ages", "requests"),
    [
        ([timedelta(minutes=4)], 1),
        ([timedelta(minutes=15)], 1),
        ([timedelta(minutes=59)], 2),
        ([timedelta(hours=14, minutes=30)], 3),  # yesterday
        ([timedelta(days=3)], 7),
        ([timedelta(days=400)], 7),
        ([], 7),  # the newest of the years
    ],
)
def test_the_newest_log_file(ages: list[timedelta], requests: int) -> None:
    times = [NOW - age for age in ages]
    newest, counted = look([log(time) for time in [*YEARS, *times]], LOG)
    expected = max([*YEARS, *times] if min(ages, default=timedelta(days=999)) < timedelta(days=20) else YEARS)
    assert [file.key for file in newest.by_trail.values()] == [log(expected)]
    assert counted == requests


@pytest.mark.parametrize(
    ("age", "requests"),
    [(timedelta(minutes=30), 1), (timedelta(hours=3), 1), (timedelta(days=2), 5), (timedelta(days=900), 5)],
)
def test_the_newest_digest(age: timedelta, requests: int) -> None:
    keys = [digest(NOW - age), *(digest(NOW - age - timedelta(days=days)) for days in range(1, 900))]
    newest, counted = look(keys, DIGEST)
    assert [file.key for file in newest.by_trail.values()] == [digest(NOW - age)]
    assert counted == requests


def test_of_several_in_one_minute_the_last_modified_is_the_newest() -> None:
    """A trail that has just got its key delivers twice within a minute. The names do not have the order."""
    keys = [log(ago(minutes=5), unique=unique) for unique in "bac"]
    gateway = FakeLogBucket(dict.fromkeys(keys, AES256))
    gateway.modified = {key: ago(seconds=200 - seconds) for seconds, key in enumerate(keys)}
    gateway.modified[keys[0]] = ago(seconds=1)
    bucket = LogBucket(gateway, BUCKET)  # type: ignore[arg-type]
    newest = find_newest(bucket, SearchFolder(location=HERE, kind=LOG), NOW)
    assert [file.key for file in newest.by_trail.values()] == [keys[0]]


def test_a_busy_hour_costs_a_request_for_each_page() -> None:
    keys = [log(ago(minutes=minutes), unique=f"u{number}") for minutes in range(5) for number in range(10)]
    newest, counted = look(keys, LOG, page=7)
    assert [file.key for file in newest.by_trail.values()] == [max(keys)]
    assert counted == 8


def test_digests_of_several_trails_are_kept_apart() -> None:
    """Their names sort by trail first: the last key is not the newest."""
    keys = {
        ("a", REGION): digest(ago(minutes=10), trail="a"),
        ("a", "eu-west-1"): digest(ago(minutes=20), trail="a", home="eu-west-1"),
        ("z", REGION): digest(ago(hours=2), trail="z"),
    }
    older = [digest(ago(hours=hours), trail=trail) for trail in "az" for hours in (3, 5, 7)]
    newest, _counted = look([*keys.values(), *older], DIGEST)
    assert {trail: file.key for trail, file in newest.by_trail.items()} == keys


def test_backfill_digests_do_not_count() -> None:
    newest, _counted = look([digest(ago(minutes=5), suffix="_backfill"), digest(ago(hours=9))], DIGEST)
    assert [file.key for file in newest.by_trail.values()] == [digest(ago(hours=9))]


@pytest.mark.parametrize("kind", [LOG, DIGEST], ids=lambda kind: kind.folder)
def test_an_empty_folder(kind: Kind) -> None:
    newest, counted = look([], kind)
    assert newest == Newest()
    assert counted == len(WINDOWS[kind]) + 1, "without a year, the search ends"


def test_other_objects_do_not_hide_log_files() -> None:
    path = HERE.folder(LOG)
    junk = [
        "",
        "2026/",
        "2026/11/x",
        "2026/11/24/junk",
        "2026/11/23/",
        "zzz/a",
        "0/1/2/3",
        "٢٠٢٦/11/24/x",
        "2026/10/31/x",
    ]
    newest, counted = look([log(ago(days=40)), *(path + name for name in junk)], LOG)
    assert [file.key for file in newest.by_trail.values()] == [log(ago(days=40))]
    assert counted < 15


def test_the_search_ends_after_some_days_of_other_objects() -> None:
    path = HERE.folder(LOG)
    junk = [f"{path}{ago(days=days):%Y/%m/%d}/junk" for days in range(2, 700)]
    newest, counted = look([log(ago(days=800)), *junk], LOG)
    assert newest == Newest()
    assert counted <= 3 + 3 + 5


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=1), timedelta(days=30_000)])
def test_the_future_is_reported_and_hides_nothing(ahead: timedelta) -> None:
    future, real = log(NOW + ahead), log(ago(minutes=5))
    parsed = HERE.parse(LOG, real)
    assert parsed
    many = [log(NOW + ahead, unique=f"u{number}") for number in range(50)]
    assert look([future, real], LOG) == (Newest(by_trail={("", ""): parsed}, refused={FUTURE: future}), 1)
    newest, counted = look([real, *many], LOG, page=5)
    assert [file.key for file in newest.by_trail.values()] == [real]
    assert counted <= 2, "names of the future are not listed to the end"
    forged = digest(NOW + ahead, trail="a")
    newest, _counted = look([forged, digest(ago(minutes=5), trail="z")], DIGEST)
    assert (newest.refused, [trail for trail, _home in newest.by_trail]) == ({FUTURE: forged}, ["z"])


def test_many_days_of_the_future_are_passed_over() -> None:
    newest, counted = look([log(ago(days=400)), *(log(NOW + timedelta(days=days)) for days in range(2, 40))], LOG)
    assert [file.key for file in newest.by_trail.values()] == [log(ago(days=400))]
    assert counted == 7 + 2, "the months and days of the year that the future begins in"


def test_folders_that_are_not_dates_are_passed_over() -> None:
    path = HERE.folder(LOG)
    junk = [f"{path}2025/{name}/01/x" for name in "abcdefgh"]
    newest, counted = look([log(ago(days=400)), *junk], LOG)
    assert [file.key for file in newest.by_trail.values()] == [log(ago(days=400))]
    assert counted == 7


def test_the_future_alone() -> None:
    newest, _counted = look([log(NOW + timedelta(days=400)), log(ago(days=400))], LOG)
    assert [file.key for file in newest.by_trail.values()] == [log(ago(days=400))]
    assert newest.refused == {FUTURE: log(NOW + timedelta(days=400))}


@pytest.mark.parametrize(("minutes", "counts"), [(4, True), (6, False)])
@pytest.mark.parametrize("kind", [LOG, DIGEST], ids=lambda kind: kind.folder)
def test_clocks_may_differ_by_a_few_minutes(kind: Kind, minutes: int, counts: bool) -> None:
    time = NOW + timedelta(minutes=minutes)
    key = log(time) if kind is LOG else digest(time)
    newest, _counted = look([key], kind)
    assert (bool(newest.by_trail), newest.refused) == (counts, {} if counts else {FUTURE: key})


@pytest.mark.parametrize(("early", "counts"), [(timedelta(minutes=4), True), (timedelta(hours=1), False)])
@pytest.mark.parametrize("kind", [LOG, DIGEST], ids=lambda kind: kind.folder)
def test_an_object_that_was_there_before_the_time_in_its_name_does_not_count(
    kind: Kind, early: timedelta, counts: bool
) -> None:
    """Names for the hours to come, planted in advance, would hide that a trail has stopped."""
    name = log if kind is LOG else digest
    planted, real = name(ago(minutes=5)), name(ago(hours=30))
    gateway = FakeLogBucket(dict.fromkeys([planted, real], AES256))
    gateway.modified = {planted: ago(minutes=5) - early, real: ago(hours=30)}
    newest = find_newest(LogBucket(gateway, BUCKET), SearchFolder(location=HERE, kind=kind), NOW)
    assert [file.key for file in newest.by_trail.values()] == [planted if counts else real]
    assert newest.refused == ({} if counts else {FUTURE: planted})


def test_a_copy_that_is_newer_than_its_name_counts() -> None:
    """S3 sets the time of a restored or copied object anew, and the name stays."""
    newest, _counted = look([digest(ago(hours=2))], DIGEST)
    assert newest.by_trail and not newest.refused


@pytest.mark.parametrize("kind", [LOG, DIGEST], ids=lambda kind: kind.folder)
@pytest.mark.parametrize("depth", ["day", "hour"])
def test_a_name_in_the_folder_of_another_day_does_not_count(kind: Kind, depth: str) -> None:
    name = log if kind is LOG else digest
    planted, real = name(ago(minutes=5)), name(ago(hours=20))
    other = planted.replace("/2026/11/25/", "/2026/11/26/" if depth == "day" else "/2026/11/25/14/")
    newest, _counted = look([other, real], kind)
    assert [file.key for file in newest.by_trail.values()] == [real]
    assert newest.refused == {OTHER_DAY: other}


def test_a_late_name_in_the_folder_of_yesterday_does_not_hide_today() -> None:
    midnight = NOW.replace(hour=0, minute=5)
    planted = log(NOW + timedelta(days=900)).replace("/2029/05/13/", "/2026/11/24/")
    assert "/2026/11/24/" in planted
    real = log(midnight - timedelta(minutes=2))
    bucket = LogBucket(FakeLogBucket(dict.fromkeys([planted, real], AES256)), BUCKET)
    newest = find_newest(bucket, SearchFolder(location=HERE, kind=LOG), midnight)
    assert [file.key for file in newest.by_trail.values()] == [real]
    assert newest.refused == {FUTURE: planted}
    assert bucket.requests == 1


def test_what_does_not_count_is_reported_wherever_the_newest_object_is() -> None:
    newest, _counted = look([log(NOW + timedelta(hours=1)), log(ago(days=400))], LOG)
    assert [file.key for file in newest.by_trail.values()] == [log(ago(days=400))]
    assert newest.refused == {FUTURE: log(NOW + timedelta(hours=1))}
    newest, _counted = look([log(NOW + timedelta(hours=1))], LOG)
    assert newest == Newest(refused={FUTURE: log(NOW + timedelta(hours=1))})
