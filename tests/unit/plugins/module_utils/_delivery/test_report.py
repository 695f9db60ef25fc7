# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole result for a bucket, and the requests to S3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.fake_log_bucket import AES256, CENTRAL, NOW, FakeLogBucket, account, ago, both, digest, kinds, log, run
from tests.fakes.support import (
    DEVELOPMENT,
    KEY,
    PRODUCTION,
    REGION,
    STAGING,
    STRANGER,
)

ORGANIZATION = "o-a1b2c3d4e5"
OF_ORGANIZATION = f"AWSLogs/{ORGANIZATION}/"


def test_a_healthy_fleet() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), **both(STAGING), **both(STAGING, "eu-west-1")})
    result = run(gateway, accounts=[account(PRODUCTION), account(STAGING)], kms_key=KEY)
    assert result["findings"] == []
    assert result["checked_at"] == "2026-11-25T14:02:30Z"
    places = [(item["account"], item["region"]) for item in result["deliveries"]]
    assert places == [(STAGING, "eu-west-1"), (STAGING, REGION), (PRODUCTION, REGION)]
    assert result["deliveries"][2] == {
        "account": PRODUCTION,
        "region": REGION,
        "log": {
            "key": log(ago(minutes=5)),
            "time": "2026-11-25T13:57:00Z",
            "age": 330,
            "trail": None,
            "encryption": "aws:kms",
            "kms_key": KEY,
        },
        "digest": {
            "key": digest(ago(minutes=45)),
            "time": "2026-11-25T13:17:30Z",
            "age": 2700,
            "trail": "sectrailprod",
            "encryption": "aws:kms",
            "kms_key": KEY,
        },
    }


def test_the_requests_are_those_of_the_documentation() -> None:
    """Two for the bucket, two for each account, four for each of its Regions that delivers."""
    regions = [REGION, "eu-west-1", "eu-central-1", "ap-south-1"]
    accounts = [f"{number:012d}" for number in range(1, 8)]
    objects = {key: head for name in accounts for region in regions for key, head in both(name, region).items()}
    gateway = FakeLogBucket(objects)
    result = run(gateway, accounts=[account(name) for name in accounts])
    assert len(result["deliveries"]) == 28
    assert result["requests"] == sum(gateway.requests.values()) == 2 + 2 * 7 + 4 * 28
    assert gateway.requests["head_object"] == 2 * 28


def test_the_requests_for_an_account_of_17_regions() -> None:
    """70 alone, 36 after the validation of its digests. What the validation has not read is looked at."""
    regions = [f"eu-west-{number}" for number in range(17)]
    objects = {key: head for region in regions for key, head in both(PRODUCTION, region).items()}
    accounts = [account(PRODUCTION)]
    alone = run(FakeLogBucket(objects), accounts=accounts, kms_key=KEY)
    assert alone["requests"] - 2 == 70
    known = [{**item, "range_seconds": 86400} for item in alone["deliveries"]]
    after = run(FakeLogBucket(objects), accounts=accounts, kms_key=KEY, newest=known)
    assert {**after, "requests": 0} == {**alone, "requests": 0}
    assert after["requests"] - 2 == 36
    known[0] = {**known[0], "log": {**known[0]["log"], "encryption": None, "kms_key": None}, "digest": None}
    assert run(FakeLogBucket(objects), accounts=accounts, newest=known)["requests"] - 2 == 38


@pytest.mark.parametrize(
    "newest", [{"log": None, "digest": None}, {}, {"log": {}}, {"log": {"encryption": "AES256"}}, {"log": "x"}]
)
def test_unknown_objects_are_looked_at(newest: dict[str, Any]) -> None:
    gateway = FakeLogBucket(both(PRODUCTION, head=AES256))
    result = run(gateway, accounts=[account(PRODUCTION)], kms_key=KEY, newest=[newest])
    assert kinds(result) == [(PRODUCTION, "wrong_encryption")] * 2
    assert gateway.requests["head_object"] == 2


def test_an_object_that_is_newer_than_the_known_one_is_looked_at() -> None:
    gateway = FakeLogBucket(both(PRODUCTION))
    known = run(gateway, accounts=[account(PRODUCTION)])["deliveries"]
    gateway.objects[log(ago(minutes=1))] = AES256
    result = run(gateway, accounts=[account(PRODUCTION)], kms_key=KEY, newest=known)
    assert kinds(result) == [(PRODUCTION, "wrong_encryption")]


def test_the_requests_if_deliveries_have_ceased() -> None:
    objects = dict.fromkeys([log(ago(days=400)), digest(ago(days=400))], CENTRAL)
    result = run(FakeLogBucket(objects))
    assert kinds(result) == [(PRODUCTION, "stale_digest")]
    with_trail = run(FakeLogBucket(objects), accounts=[account(PRODUCTION, "sectrailprod", REGION)])
    assert with_trail["deliveries"] == result["deliveries"]
    assert with_trail["requests"] == result["requests"] + 1
    assert result["requests"] == 2 + 2 + 14


def test_nothing_expected_everything_reported() -> None:
    result = run(FakeLogBucket({**both(PRODUCTION), **both(STRANGER)}))
    assert [item["account"] for item in result["deliveries"]] == [PRODUCTION, STRANGER]
    assert result["unexpected_accounts"] == result["silent_accounts"] == result["findings"] == []


def test_silent_and_unexpected_accounts() -> None:
    others = {
        f"AWSLogs/{DEVELOPMENT}/{name}/{REGION}/2026/11/25/x": AES256 for name in ("Config", "elasticloadbalancing")
    }
    gateway = FakeLogBucket({**both(PRODUCTION), **both(STRANGER), **others})
    since = (NOW - timedelta(minutes=10)).isoformat()
    expected = [account(PRODUCTION), account(DEVELOPMENT), account(STAGING, since=since)]
    result = run(gateway, accounts=expected)
    assert result["unexpected_accounts"] == [STRANGER]
    assert result["silent_accounts"] == [STAGING, DEVELOPMENT]
    assert kinds(result, "failed") == [(DEVELOPMENT, "silent")]
    assert kinds(result, "waiting") == [(STAGING, "silent")]
    assert kinds(result, "info") == [(STRANGER, "unexpected")]


def test_an_account_with_other_services_only_is_not_unexpected() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), f"AWSLogs/{STRANGER}/vpcflowlogs/{REGION}/2026/11/25/x": AES256})
    result = run(gateway, accounts=[account(PRODUCTION)])
    assert (result["unexpected_accounts"], result["findings"]) == ([], [])


def test_insights_and_other_objects_are_passed_over() -> None:
    path = f"AWSLogs/{PRODUCTION}/"
    junk = [
        log(ago(minutes=1)).replace("CloudTrail", "CloudTrail-Insight"),
        f"{path}CloudTrail/../../{REGION}/2026/11/25/x",
        f"{path}CloudTrail/Everywhere/2026/11/25/x",
        f"{path}CloudTrail/{REGION}/2026/11/25/zzz",
        f"{path}CloudTrail/",
        path,
        "AWSLogs/",
    ]
    result = run(FakeLogBucket({**both(PRODUCTION), **dict.fromkeys(junk, AES256)}), accounts=[account(PRODUCTION)])
    assert [item["region"] for item in result["deliveries"]] == [REGION]
    assert result["deliveries"][0]["log"]["key"] == log(ago(minutes=5))
    assert result["findings"] == []


def test_names_that_are_not_accounts() -> None:
    junk = {
        "AWSLogs/backup/x": AES256,
        "AWSLogs/12345/x": AES256,
        f"AWSLogs/{STAGING}": AES256,
        f"{OF_ORGANIZATION}{PRODUCTION}/CloudTrail/x": AES256,
    }
    result = run(FakeLogBucket({**both(PRODUCTION), **junk}), accounts=[account(PRODUCTION)])
    assert kinds(result, "info") == [("", "organization"), ("", "other_names")]
    assert f"'12345', 'backup', '{STAGING}'" in result["findings"][1]["message"]
