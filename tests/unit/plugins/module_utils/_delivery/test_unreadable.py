# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects and folders that cannot be read, and names that mislead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure

from tests.fakes.fake_log_bucket import AES256, CENTRAL, NOW, FakeLogBucket, account, ago, both, digest, kinds, log, run
from tests.fakes.support import (
    DEVELOPMENT,
    KEY,
    PRODUCTION,
    REGION,
    STAGING,
    STRANGER,
)


def test_objects_from_before_and_after_the_key_policy_allows_the_account() -> None:
    """Before the key policy allows the account, its objects are AES256. After that they are not."""
    gateway = FakeLogBucket(both(PRODUCTION, head=AES256))
    before = run(gateway, accounts=[account(PRODUCTION)], kms_key=KEY)
    assert kinds(before, "failed") == [(PRODUCTION, "wrong_encryption")] * 2
    assert before["deliveries"][0]["log"]["encryption"] == "AES256"
    gateway.objects |= dict.fromkeys([log(ago(minutes=1)), digest(ago(minutes=2))], CENTRAL)
    after = run(gateway, accounts=[account(PRODUCTION)], kms_key=KEY)
    assert kinds(after) == []
    assert after["deliveries"][0]["digest"]["kms_key"] == KEY


def test_e9_objects_of_one_account_that_cannot_be_read_are_one_finding() -> None:
    gateway = FakeLogBucket(
        {**both(PRODUCTION, head="403"), **both(PRODUCTION, "eu-west-1", head="403"), **both(STAGING)}
    )
    result = run(gateway, kms_key=KEY)
    assert kinds(result) == [(PRODUCTION, "unreadable")]
    (finding,) = result["findings"]
    assert (finding["status"], finding["check"], finding["cause"]) == ("failed", "encryption", "bucket_denied")
    assert "s3:GetObject" in finding["remediation"]
    assert result["deliveries"][1]["log"]["encryption"] is None


def test_e9_a_role_that_may_read_no_object_is_one_finding_about_the_archive() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION, head="403"), **both(STAGING, head="403")})
    result = run(gateway, accounts=[account(PRODUCTION), account(STAGING), account(DEVELOPMENT)], kms_key=KEY)
    (finding,) = [finding for finding in result["findings"] if finding["kind"] == "unreadable"]
    assert (finding["account"], finding["cause"], finding["resource"]) == ("", "bucket_denied", "AWSLogs/")
    assert "any of 2 accounts" in finding["message"]


def test_b16_an_account_without_objects_has_no_encryption() -> None:
    result = run(FakeLogBucket(), accounts=[account(PRODUCTION)], regions=[REGION], kms_key=KEY)
    assert result["deliveries"] == [{"account": PRODUCTION, "region": REGION, "log": None, "digest": None}]
    assert result["silent_accounts"] == [PRODUCTION]
    assert kinds(result) == [(PRODUCTION, "silent")]


@pytest.mark.parametrize(
    ("folder", "region"),
    [(f"AWSLogs/{PRODUCTION}/CloudTrail/", ""), (f"AWSLogs/{PRODUCTION}/CloudTrail/{REGION}/", REGION)],
)
@pytest.mark.parametrize(
    ("code", "cause", "words"),
    [
        ("AccessDenied", "bucket_denied", "s3:ListBucket"),
        ("InternalError", "", "Run again"),
        ("SlowDown", "", "fewer clients"),
        ("503", "", "fewer clients"),
        ("RequestTimeout", "", "Run again"),
        ("ReadTimeoutError", "", "Run again"),
    ],
)
def test_a_folder_that_is_not_listed_is_a_finding_and_the_rest_is_checked(
    folder: str, region: str, code: str, cause: str, words: str
) -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), **both(PRODUCTION, "eu-west-1"), **both(STAGING)})
    gateway.refused[folder] = code
    result = run(gateway, accounts=[account(PRODUCTION), account(STAGING)])
    (finding,) = result["findings"]
    assert (finding["kind"], finding["account"], finding["region"]) == ("unreadable", PRODUCTION, region)
    assert (finding["status"], finding["cause"]) == ("failed", cause)
    assert f"ListObjectsV2 returns {code}" in finding["message"]
    assert words in finding["remediation"]
    assert result["silent_accounts"] == []
    delivering = [(item["account"], item["region"]) for item in result["deliveries"] if item["digest"]]
    assert delivering == [(STAGING, REGION)] + ([(PRODUCTION, "eu-west-1")] if region else [])


def test_several_regions_that_are_not_listed_are_one_finding() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), **both(PRODUCTION, "eu-west-1"), **both(PRODUCTION, "eu-west-2")})
    for region in (REGION, "eu-west-1"):
        gateway.refused[f"AWSLogs/{PRODUCTION}/CloudTrail-Digest/{region}/"] = "SlowDown"
    (finding,) = run(gateway, accounts=[account(PRODUCTION)])["findings"]
    assert finding["region"] == ""
    assert f"account {PRODUCTION} in eu-west-1, {REGION}" in finding["message"]


def test_the_folder_of_an_unexpected_account_that_is_not_listed_is_a_finding() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), **both(STRANGER)})
    gateway.refused[f"AWSLogs/{STRANGER}/CloudTrail"] = "SlowDown"
    result = run(gateway, accounts=[account(PRODUCTION)])
    assert kinds(result, "failed") == [(STRANGER, "unreadable")]
    assert (result["unexpected_accounts"], result["silent_accounts"]) == ([], [])


@pytest.mark.parametrize("planted", [log(NOW + timedelta(hours=1)), log(ago(minutes=2)).replace("/25/", "/26/")])
def test_a_planted_name_does_not_hide_that_a_trail_has_stopped(planted: str) -> None:
    objects = dict.fromkeys([log(ago(days=3)), digest(ago(days=3))], CENTRAL)
    forged = {planted: CENTRAL, digest(NOW + timedelta(minutes=30)): CENTRAL}
    result = run(FakeLogBucket({**objects, **forged}), accounts=[account(PRODUCTION)], regions=[REGION])
    assert {kind for _account, kind in kinds(result)} >= {"stale_digest", "stale_log", "future"}
    assert result["deliveries"][0]["log"]["key"] == log(ago(days=3))
    assert result["deliveries"][0]["digest"]["key"] == digest(ago(days=3))
    assert planted in [finding["resource"] for finding in result["findings"]]


def test_credentials_that_expire_are_a_failure() -> None:
    gateway = FakeLogBucket(both(PRODUCTION))
    gateway.refused[f"AWSLogs/{PRODUCTION}/CloudTrail/"] = "ExpiredToken"
    with pytest.raises(AwsFailure, match="ExpiredToken"):
        run(gateway)


def test_only_digests_of_the_expected_trail_count() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION, trail="legacy"), digest(ago(days=9), trail="sectrailprod"): CENTRAL})
    result = run(gateway, accounts=[account(PRODUCTION, "sectrailprod", REGION)])
    assert kinds(result) == [(PRODUCTION, "other_trail")]
    assert result["deliveries"][0]["digest"] is None
    assert "legacy of us-east-1" in result["findings"][0]["message"]
    gateway.objects[digest(ago(minutes=50))] = CENTRAL
    result = run(gateway, accounts=[account(PRODUCTION, "sectrailprod", REGION)])
    assert (kinds(result), result["deliveries"][0]["digest"]["key"]) == ([], digest(ago(minutes=50)))
    result = run(gateway, accounts=[account(PRODUCTION, "sectrailprod", "eu-west-1")])
    assert kinds(result) == [(PRODUCTION, "other_trail")]
    assert run(gateway, accounts=[account(PRODUCTION)])["deliveries"][0]["digest"]["trail"] == "legacy"
