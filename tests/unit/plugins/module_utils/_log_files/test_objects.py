# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the names of log files and digests say."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_files.objects import (
    DIGEST,
    LOG,
    Folder,
    Kind,
    Named,
    iso,
)

from tests.fakes import fake_log_bucket as buckets
from tests.fakes.support import PRODUCTION, REGION, STAGING

LOGS = Folder("AWSLogs/", PRODUCTION, REGION, LOG)
DIGESTS = Folder("p/AWSLogs/o-a1b2c3d4e5/", PRODUCTION, REGION, DIGEST)
TIME = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
MINUTE = TIME.replace(second=0)


def test_paths() -> None:
    assert LOGS.path == f"AWSLogs/{PRODUCTION}/CloudTrail/{REGION}/"
    assert DIGESTS.path == f"p/AWSLogs/o-a1b2c3d4e5/{PRODUCTION}/CloudTrail-Digest/{REGION}/"
    assert LOGS.day(TIME) == LOGS.path + "2026/03/04/"


@pytest.mark.parametrize(
    "trail", ["sectrailprod", "with_under_score", "us-east-1_20200101T000000Z", "a.b-c"], ids=lambda trail: trail
)
def test_digests_name_their_trail(trail: str) -> None:
    key = buckets.digest(TIME, trail=trail, home="eu-west-1")
    assert Folder("AWSLogs/", PRODUCTION, REGION, DIGEST).named(key) == Named(key, TIME, trail, "eu-west-1")


def test_log_files_do_not() -> None:
    key = buckets.log(TIME, unique="Fa9xZ03kQm1pR7tu")
    assert LOGS.named(key) == Named(key, MINUTE)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (LOG, f"{STAGING}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz"),  # another account
        (LOG, f"{PRODUCTION}_CloudTrail_eu-west-1_20260304T0506Z_a.json.gz"),  # another Region
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20261399T0506Z_a.json.gz"),  # no such day
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz.bak"),
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_../a.json.gz"),
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_٢٠٢٦٠٣٠٤T0506Z_a.json.gz"),  # digits of another script
        (LOG, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz\n"),
        (LOG, f"{PRODUCTION}_CloudTrail-Insight_{REGION}_20260304T0506Z_a.json.gz"),
        (LOG, ""),
        (DIGEST, f"{PRODUCTION}_CloudTrail-Digest_{REGION}_t_{REGION}_20260304T050607Z_backfill.json.gz"),
        (DIGEST, f"{PRODUCTION}_CloudTrail-Digest_{REGION}_{REGION}_20260304T050607Z.json.gz"),  # no trail
        (DIGEST, f"{PRODUCTION}_CloudTrail_{REGION}_20260304T0506Z_a.json.gz"),
    ],
)
def test_what_is_none_of_theirs(kind: Kind, name: str) -> None:
    folder = Folder("AWSLogs/", PRODUCTION, REGION, kind)
    assert folder.named(folder.day(TIME) + name) is None


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3600, 90_000])
def test_starts_sort_before_what_is_later_and_behind_what_is_earlier(seconds: int) -> None:
    for start, window in zip(LOGS.starts(TIME), LOG.windows, strict=True):
        assert start < buckets.log(TIME - window + timedelta(seconds=seconds))
        assert start > buckets.log(TIME - window - timedelta(seconds=60 + seconds))


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 3600, 90_000])
def test_starts_of_digests(seconds: int) -> None:
    """Those of the trail alone where it is known, then those of all trails of the day."""
    later = TIME - DIGEST.windows[0] + timedelta(seconds=seconds)
    closest, day = Folder("AWSLogs/", PRODUCTION, REGION, DIGEST, "b", REGION).starts(TIME)
    assert day < closest < buckets.digest(later, trail="b")
    assert closest > buckets.digest(TIME - DIGEST.windows[0] - timedelta(seconds=60 + seconds), trail="b")
    for trail in ("-", "a", "zzz"):
        assert day < buckets.digest(later, trail=trail)
        assert list(Folder("AWSLogs/", PRODUCTION, REGION, DIGEST, trail).starts(TIME)) == [day]


def test_iso() -> None:
    assert iso(TIME.astimezone(timezone(timedelta(hours=5)))) == "2026-03-04T05:06:07Z"
