# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole result for a bucket, and the requests to S3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._delivery.report import DeliveryInfo

from tests.fakes.fake_log_bucket import AES256, CENTRAL, NOW, FakeLogBucket, ago, digest, log
from tests.fakes.support import (
    ARCHIVE,
    DEVELOPMENT,
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


def account(
    identity: str, trail: str | None = None, region: str | None = None, since: str | None = None, **facts: Any
) -> Any:
    return {
        "id": identity,
        "trail_name": trail,
        "region": region,
        "logging_since": since,
        "change": None,
        "logging": None,
        "log_file_validation": None,
        **facts,
    }


def both(
    identity: str, region: str = REGION, root: str = "AWSLogs/", head: Any = CENTRAL, **more: str
) -> dict[str, Any]:
    """A log file and a digest of today, and some of the years before."""
    past = [ago(days=days) for days in range(1, 800, 60)]
    keys = [log(ago(minutes=5), identity, region, root), digest(ago(minutes=45), identity, region, root, **more)]
    keys += [log(time, identity, region, root) for time in past]
    keys += [digest(time, identity, region, root, **more) for time in past]
    return dict.fromkeys(keys, head)


def run(gateway: FakeLogBucket, **options: Any) -> dict[str, Any]:
    return DeliveryInfo(delivery_options(**options), REGION).read(gateway, lambda _sentence: None)  # type: ignore[arg-type]


def kinds(result: dict[str, Any], *statuses: str) -> list[tuple[str, str]]:
    wanted = statuses or ("failed", "waiting", "info")
    return [(finding["account"], finding["kind"]) for finding in result["findings"] if finding["status"] in wanted]


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
    DeliveryInfo(delivery_options(), REGION).read(FakeLogBucket(objects), lines.append)  # type: ignore[arg-type]
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
        ({"accounts": [account("12345")]}, "accounts: id: '12345'"),
        ({"accounts": [account(PRODUCTION), account(PRODUCTION)]}, "more than once"),
        ({"accounts": [account(PRODUCTION, "a b")]}, "trail_name: 'a b'"),
        ({"accounts": [account(PRODUCTION, region="here")]}, "accounts: region: 'here'"),
        ({"accounts": [account(PRODUCTION, since="yesterday")]}, f"logging_since: 'yesterday' of account {PRODUCTION}"),
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
