# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who can delete or reach the logs: the denials, grants and conditions that make a finding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import (
    BREAK_GLASS,
    BUCKET_ARN,
    CLOUDTRAIL,
    ROLE,
    THEIR_ROLE,
    Accesses,
    FakeLogArchive,
    allow,
    by,
    decrypters,
    deny,
    when,
)
from tests.fakes.support import ARCHIVE, DEVELOPMENT, KEY, PRODUCTION, READER, STAGING, STRANGER


def test_the_archive_that_this_collection_configures() -> None:
    result = fake_log_archive.report(decrypt_principals=[READER], readers=[READER], break_glass_principals=[])
    assert fake_log_archive.failed(result) == []
    assert by(result["encrypt"], "CentralLoggingEncrypt") == [
        ("trails", account, True) for account in sorted((ARCHIVE, PRODUCTION, STAGING))
    ]
    assert by(result["decrypt"], "CentralLoggingDecrypt") == [("role", READER, True)]
    assert by(result["read"], "CentralLoggingRead") == [("role", READER, True)]
    assert by(result["delete"], "Enable IAM User Permissions") == [("account", ARCHIVE, False)]
    assert not any("s3:DeleteObject" in entry["actions"] for entry in result["delete"])
    assert result["overlap"] == []
    assert [(foreign["policy"], foreign["sid"]) for foreign in result["foreign_statements"]] == [
        ("key", "Enable IAM User Permissions")
    ]


def test_without_our_denial_iam_decides_who_deletes() -> None:
    bucket = fake_log_archive.our_bucket_statements(deny_delete=False)
    report = fake_log_archive.report(FakeLogArchive(bucket=bucket))
    assert ("account", ARCHIVE, False) in by(report["delete"], "IAM")
    assert fake_log_archive.failed(report) == []
    assert fake_log_archive.failed(
        fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[])
    ) == ["not_denied"]


def test_break_glass_principals() -> None:
    bucket = fake_log_archive.our_bucket_statements(break_glass_principals=[BREAK_GLASS])
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[BREAK_GLASS])
    assert by(result["delete"], "IAM") == [("role", BREAK_GLASS, False)]
    assert fake_log_archive.failed(result) == []
    assert fake_log_archive.failed(
        fake_log_archive.report(FakeLogArchive(bucket=bucket), break_glass_principals=[])
    ) == ["unexpected_deleter"]


def test_the_root_user_can_always_replace_the_bucket_policy() -> None:
    assert by(fake_log_archive.report()["delete"], "S3", indirect=True) == [("root_user", ARCHIVE, True)]


@pytest.mark.parametrize(
    "action",
    [
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:DeleteBucket",
        "s3:BypassGovernanceRetention",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutBucketObjectLockConfiguration",
    ],
)
def test_ways_to_delete(action: str) -> None:
    bucket = [allow(action, {"AWS": THEIR_ROLE}, "bucket")]
    result = fake_log_archive.report(FakeLogArchive(bucket=bucket))
    assert by(result["delete"], "Theirs") == [("role", THEIR_ROLE, False)]
    assert "unexpected_deleter" in fake_log_archive.failed(result)


@pytest.mark.parametrize("action", ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"])
def test_ways_to_lose_the_key(action: str) -> None:
    result = fake_log_archive.report(FakeLogArchive(more_key=[allow(action, {"AWS": ROLE})]))
    assert by(result["delete"], "Theirs") == [("role", ROLE, True)]
    assert fake_log_archive.failed(result) == []
    foreign = fake_log_archive.report(FakeLogArchive(more_key=[allow(action, {"AWS": THEIR_ROLE})]))
    assert fake_log_archive.failed(foreign) == ["unexpected_deleter"]


GRANT = {"GrantId": "abc", "GranteePrincipal": ROLE, "Operations": ["Decrypt", "GenerateDataKey"]}


@pytest.mark.parametrize(
    ("grant", "expected", "indirect"),
    [
        ({}, [("role", ROLE, True)], []),
        ({"GranteePrincipal": THEIR_ROLE}, [("role", THEIR_ROLE, False)], []),
        ({"Operations": ["CreateGrant"]}, [], [("role", ROLE, True)]),
        ({"Operations": ["Encrypt"]}, [], []),
        ({"Constraints": {"EncryptionContextSubset": {"a": "b"}}}, [("role", ROLE, False)], []),
        ({"GranteePrincipal": "s3.amazonaws.com"}, [("service", "s3.amazonaws.com", True)], []),
        ({"GranteeServicePrincipal": "rds.amazonaws.com"}, [("service", "rds.amazonaws.com", True)], []),
        (
            {"GranteeServicePrincipal": "rds.amazonaws.com", "Constraints": {"SourceArn": "arn:aws:rds:x"}},
            [("service", "rds.amazonaws.com", False)],
            [],
        ),
        ({"GranteePrincipal": "AROAEXAMPLEEXAMPLE12"}, [("deleted", "AROAEXAMPLEEXAMPLE12", False)], []),
    ],
)
def test_grants(grant: dict[str, Any], expected: Accesses, indirect: Accesses) -> None:
    found = fake_log_archive.report(FakeLogArchive(grants=[{"GrantId": "x", "Operations": []}, {**GRANT, **grant}]))[
        "decrypt"
    ]
    assert by(found, "grant abc") == expected
    assert by(found, "grant abc", indirect=True) == indirect


def test_a_denial_comes_before_a_grant() -> None:
    assert decrypters(deny("kms:Decrypt", {"AWS": ROLE}), sid="grant abc", grants=[GRANT]) == []


@pytest.mark.parametrize(
    ("statement", "account", "certain"),
    [
        (allow("kms:Decrypt", {"AWS": f"arn:aws:iam::{PRODUCTION}:role/Dev"}), PRODUCTION, False),
        (allow("kms:Decrypt", {"AWS": PRODUCTION}), PRODUCTION, False),
        (allow("kms:CreateGrant", {"AWS": PRODUCTION}), PRODUCTION, False),
        (allow("kms:Decrypt", "*"), "*", True),
        (allow("kms:Decrypt", "*", **when(StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"})), "o-a1b2c3d4e5", False),
    ],
)  # fmt: skip
def test_overlap(statement: dict[str, Any], account: str, *, certain: bool) -> None:
    result = fake_log_archive.report(FakeLogArchive(more_key=[statement]))
    assert [(overlap["account"], overlap["certain"]) for overlap in result["overlap"]] == [(account, certain)]
    assert "overlap" in fake_log_archive.failed(result)
    assert result["overlap"][0]["encrypt_by"] == ["CentralLoggingEncrypt"]


def test_no_overlap() -> None:
    """An account without a trail with the key, the archive's own account, and CloudTrail with an S3 Bucket Key."""
    for principal in ({"AWS": DEVELOPMENT}, {"AWS": ROLE}, {"AWS": "AROAEXAMPLEEXAMPLE12"}):
        assert fake_log_archive.report(FakeLogArchive(more_key=[allow("kms:Decrypt", principal)]))["overlap"] == []
    result = fake_log_archive.report(
        FakeLogArchive(key=fake_log_archive.our_key_statements(bucket_key=True)), decrypt_principals=[READER]
    )
    assert result["overlap"] == []
    assert fake_log_archive.failed(result) == []
    assert {finding["kind"] for finding in result["findings"]} >= {"bucket_key"}


def test_an_organization_that_encrypts_may_contain_any_account() -> None:
    key = fake_log_archive.our_key_statements(
        accounts=[], organization_id="o-a1b2c3d4e5", decrypt_principals=[THEIR_ROLE]
    )
    result = fake_log_archive.report(FakeLogArchive(key=key))
    assert [(overlap["account"], overlap["certain"]) for overlap in result["overlap"]] == [(STRANGER, False)]


def test_the_confused_deputy() -> None:
    unlimited = allow("kms:GenerateDataKey*", CLOUDTRAIL)
    assert fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(more_key=[unlimited]))) == ["confused_deputy"]
    limited = allow("kms:GenerateDataKey*", CLOUDTRAIL, **when(StringEquals={"aws:SourceAccount": DEVELOPMENT}))
    assert fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(more_key=[limited]))) == []


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({}, ["confused_deputy"]),
        ({"Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}, ["confused_deputy"]),
        ({"Resource": f"{BUCKET_ARN}/AWSLogs/*"}, ["confused_deputy"]),
        ({"Resource": f"{BUCKET_ARN}/AWSLogs/{PRODUCTION}/*"}, []),
        ({"Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}}, []),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/x"}}}, ["confused_deputy"]),
        ({"Principal": {"AWS": ROLE}}, []),
        ({"Principal": {"AWS": THEIR_ROLE}}, ["writer"]),
        ({"Principal": "*"}, ["writer"]),
    ],
)
def test_who_writes_to_the_bucket(change: dict[str, Any], kinds: list[str]) -> None:
    statement = {**allow("s3:PutObject", CLOUDTRAIL, "bucket"), **change}
    assert fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(more_bucket=[statement]))) == kinds


def test_a_condition_that_cloudtrail_never_meets() -> None:
    """As in gh:awsdocs/aws-cloudtrail-user-guide#16."""
    statement = allow("s3:PutObject", CLOUDTRAIL, "bucket", **when(StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}))
    kinds = {
        finding["kind"]: finding["resource"]
        for finding in fake_log_archive.report(FakeLogArchive(more_bucket=[statement]))["findings"]
    }
    assert kinds["useless"] == "Theirs"


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        (allow("kms:Decrypt", {"AWS": ROLE}), ["unexpected_decrypter"]),
        (allow("kms:Decrypt", {"AWS": DEVELOPMENT}), ["unexpected_decrypter"]),
        (allow("kms:Decrypt", {"Service": "athena.amazonaws.com"}), ["unexpected_decrypter"]),
        (allow("kms:Decrypt", "*", **when(StringEquals={"kms:CallerAccount": ARCHIVE})), ["unexpected_decrypter"]),
        (allow("kms:PutKeyPolicy", {"AWS": ROLE}), []),
        (allow("kms:Decrypt", {"AWS": READER}), []),
    ],
)
def test_unexpected_decrypters(statement: dict[str, Any], kinds: list[str]) -> None:
    archive = FakeLogArchive(more_key=[statement])
    assert (
        fake_log_archive.failed(fake_log_archive.report(archive, decrypt_principals=[{"arn": READER, "accounts": []}]))
        == kinds
    )
    if statement["Principal"] != "*":
        assert fake_log_archive.failed(fake_log_archive.report(archive)) == []


def test_unexpected_readers() -> None:
    archive = FakeLogArchive(more_bucket=[allow("s3:GetObject", {"AWS": ROLE}, "bucket")])
    assert fake_log_archive.failed(fake_log_archive.report(archive, readers=[READER])) == ["unexpected_reader"]


def test_expected_principals_without_access() -> None:
    result = fake_log_archive.report(decrypt_principals=[ROLE, READER], readers=[THEIR_ROLE, READER])
    found = {finding["kind"]: (finding["status"], finding["resource"]) for finding in result["findings"]}
    assert found["cannot_decrypt"] == ("info", ROLE), "IAM policies may allow it"
    without_root = [
        statement
        for statement in fake_log_archive.our_key_statements()
        if statement["Sid"] != "Enable IAM User Permissions"
    ]
    assert fake_log_archive.failed(
        fake_log_archive.report(FakeLogArchive(key=without_root), decrypt_principals=[ROLE, READER])
    ) == ["cannot_decrypt"]


def test_public() -> None:
    result = fake_log_archive.report(FakeLogArchive(more_bucket=[allow("s3:GetObject", "*", "bucket")]))
    assert "public" in fake_log_archive.failed(result)
    everything = fake_log_archive.report(FakeLogArchive(bucket=[allow("*", "*", "bucket")], key=[allow("*", "*")]))
    for ability in ("encrypt", "decrypt", "read", "delete"):
        assert ("anyone", "*", True) in by(everything[ability], "Theirs")


def test_the_key_arn() -> None:
    assert fake_log_archive.report()["key_arn"] == KEY
