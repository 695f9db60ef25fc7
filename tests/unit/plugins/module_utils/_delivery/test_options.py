# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Layouts, times and other options, and the encryption of an object."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo

from tests.fakes.fake_log_bucket import AES256, CENTRAL, FakeLogBucket, account, ago, both, digest, kinds, log, run
from tests.fakes.support import (
    ARCHIVE,
    KEY,
    PRODUCTION,
    REGION,
    STAGING,
    STRANGER,
    delivery_options,
    failure,
)

ORGANIZATION = "o-a1b2c3d4e5"
OF_ORGANIZATION = f"AWSLogs/{ORGANIZATION}/"


def test_regions_that_must_have_log_files() -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), **both(PRODUCTION, "eu-west-1"), **both(STAGING)})
    expected = [account(PRODUCTION), account(STAGING)]
    result = run(gateway, accounts=expected, regions=[REGION, "eu-west-1"])
    assert [(item["region"], item["account"], item["kind"]) for item in result["findings"]] == [
        ("eu-west-1", STAGING, "silent")
    ]
    missing = next(item for item in result["deliveries"] if (item["account"], item["region"]) == (STAGING, "eu-west-1"))
    assert missing == {"account": STAGING, "region": "eu-west-1", "log": None, "digest": None}
    assert result["silent_accounts"] == []


def test_the_layout_of_an_organization() -> None:
    """One trail for all accounts, whatever the names of their own trails."""
    objects = {**both(PRODUCTION, root=OF_ORGANIZATION, trail="org-trail"), **both(STRANGER, root=OF_ORGANIZATION)}
    expected = [account(PRODUCTION, "sectrailprod", REGION)]
    result = run(FakeLogBucket(objects), accounts=expected, organization_id=ORGANIZATION)
    assert kinds(result) == [(STRANGER, "unexpected")]
    assert result["deliveries"][0]["digest"]["trail"] == "org-trail"
    assert result["requests"] == 3 + 2 + 4 + 1, "no search for the name of the account's own trail"
    assert run(FakeLogBucket(objects), accounts=expected)["silent_accounts"] == [PRODUCTION]


def test_a_fleet_that_moves_to_an_organization_trail() -> None:
    """The newest object of both folders counts, and the account is reported once."""
    old = dict.fromkeys([log(ago(days=9)), digest(ago(days=9))], AES256)
    gateway = FakeLogBucket({**old, **both(PRODUCTION, root=OF_ORGANIZATION)})
    result = run(gateway, accounts=[account(PRODUCTION)], organization_id=ORGANIZATION, kms_key=KEY)
    assert kinds(result) == []
    assert [item["log"]["key"] for item in result["deliveries"]] == [log(ago(minutes=5), root=OF_ORGANIZATION)]


def test_b14_a_new_organization_trail_has_time_to_deliver() -> None:
    """The account's own trail was replaced by the organization trail ten minutes ago."""
    old = dict.fromkeys([log(ago(days=9)), digest(ago(days=9))], CENTRAL)
    expected = [account(PRODUCTION, "org-trail", REGION, ago(minutes=10).isoformat(), change="was created")]
    for trail in (None, "sectrailprod"):
        result = run(FakeLogBucket(old), accounts=[{**expected[0], "trail_name": trail}], organization_id=ORGANIZATION)
        assert kinds(result, "waiting") == [(PRODUCTION, "stale_digest")]
        assert kinds(result, "failed") == []
    gateway = FakeLogBucket({**old, digest(ago(hours=5), root=OF_ORGANIZATION): CENTRAL})
    result = run(gateway, accounts=expected, organization_id=ORGANIZATION)
    assert kinds(result, "failed") == [(PRODUCTION, "stale_digest")], "the organization trail delivered, and stopped"


def test_a_prefix() -> None:
    gateway = FakeLogBucket(both(PRODUCTION, root="central/AWSLogs/"))
    assert kinds(run(gateway, accounts=[account(PRODUCTION)], key_prefix="/central/")) == []
    assert kinds(run(gateway, accounts=[account(PRODUCTION)])) == [(PRODUCTION, "silent")]


def test_progress_is_shown() -> None:
    lines: list[str] = []
    objects = {key: CENTRAL for number in range(250) for key in (log(ago(minutes=5), f"{number:012d}"),)}
    DeliveryInfo(delivery_options(), REGION).read(FakeLogBucket(objects), lines.append)
    assert lines[-1] == "250 of 250 Regions checked."
    assert "250 accounts" in lines[0]


def test_a_failure_of_the_whole_bucket_is_a_failure() -> None:
    gateway = FakeLogBucket(both(PRODUCTION))
    gateway.replies["s3", "head_object"] = failure("NoSuchBucket")
    with pytest.raises(AwsFailure, match="NoSuchBucket"):
        run(gateway)


@pytest.mark.parametrize(("code", "words"), [("503", "fewer clients"), ("400", "customer-provided key (SSE-C)")])
def test_an_object_whose_encryption_s3_does_not_return_is_a_finding(code: str, words: str) -> None:
    gateway = FakeLogBucket({**both(PRODUCTION), log(ago(minutes=1)): code})
    (finding,) = run(gateway)["findings"]
    assert (finding["check"], finding["kind"], finding["region"]) == ("encryption", "unreadable", REGION)
    assert f"HeadObject returns {code}" in finding["message"] and words in finding["remediation"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bucket": "Bad_Name"}, "bucket: 'Bad_Name'"),
        ({"key_prefix": "x/AWSLogs/"}, "key_prefix"),
        ({"organization_id": "123"}, "organization_id: '123'"),
        ({"accounts": [account("12345")]}, "accounts: entry 1: id: '12345'"),
        ({"accounts": [account(PRODUCTION), account(PRODUCTION)]}, "more than once"),
        ({"accounts": [account(PRODUCTION, "a b")]}, "trail_name: 'a b'"),
        ({"accounts": [account(PRODUCTION, region="here")]}, rf"accounts: entry 1 \({PRODUCTION}\): region: 'here'"),
        (
            {"accounts": [account(PRODUCTION, since="yesterday")]},
            rf"accounts: entry 1 \({PRODUCTION}\): logging_since: 'yesterday'",
        ),
        ({"regions": ["here"]}, "regions: 'here'"),
        ({"kms_key": "alias/central-logging"}, "kms_key: 'alias/central-logging'.*not a valid key ARN"),
        ({"max_log_age": -1}, "max_log_age: -1"),
        ({"max_digest_age": -1}, "max_digest_age"),
        ({"first_delivery_timeout": -1}, "first_delivery_timeout"),
    ],
)
def test_bad_options(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        DeliveryInfo(delivery_options(**options), REGION)


@pytest.mark.parametrize("since", ["2026-11-25T13:00:00Z", "2026-11-25T13:00:00", "2026-11-25T15:00:00.123000+02:00"])
def test_valid_times(since: str) -> None:
    result = run(FakeLogBucket(), accounts=[account(ARCHIVE, since=since)])
    assert result["findings"][0]["since"] == "2026-11-25T13:00:00Z"


def test_empty_values_are_like_no_values() -> None:
    options = {"kms_key": "", "key_prefix": "", "organization_id": "", "regions": []}
    result = run(FakeLogBucket(both(PRODUCTION)), accounts=[account(PRODUCTION, "", "", "")], **options)
    assert kinds(result) == []


def test_no_account_is_expected() -> None:
    assert run(FakeLogBucket(both(PRODUCTION)), accounts=[])["unexpected_accounts"] == [PRODUCTION]


@pytest.mark.parametrize(
    ("head", "encryption", "kms_key", "refused"),
    [
        (AES256, "AES256", None, False),
        (CENTRAL, "aws:kms", KEY, False),
        ({}, None, None, False),
        ("400", None, None, True),
        ("403", None, None, True),
        ("404", None, None, True),
    ],
)
def test_the_encryption_of_an_object(head: Any, encryption: str | None, kms_key: str | None, refused: bool) -> None:
    result = run(FakeLogBucket(both(PRODUCTION, head=head)))
    log_file = result["deliveries"][0]["log"]
    assert (log_file["encryption"], log_file["kms_key"]) == (encryption, kms_key)
    assert kinds(result) == [("", "unreadable")] * (head == "403") + [(PRODUCTION, "unreadable")] * (
        refused and head != "403"
    )
