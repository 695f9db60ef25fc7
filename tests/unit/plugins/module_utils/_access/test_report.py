# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls to AWS, hostile policies, foreign statements, and the controls of bucket and key."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused

from tests.fakes import fake_log_archive
from tests.fakes.fake_log_archive import ALL_BLOCKED, BREAK_GLASS, FakeLogArchive, allow, deny
from tests.fakes.support import (
    ARCHIVE,
    BUCKET,
    DEVELOPMENT,
    KEY,
    PRODUCTION,
    READER,
    STAGING,
    STRANGER,
    account,
    failure,
)


def test_the_calls() -> None:
    archive = FakeLogArchive()
    fake_log_archive.report(archive)
    assert len(archive.calls) == len(set(archive.operations)) == 17
    assert all(
        arguments["ExpectedBucketOwner"] == ARCHIVE for service, _o, arguments in archive.calls if service == "s3"
    )


def test_pages_of_grants() -> None:
    archive = FakeLogArchive(grants=[{"GrantId": str(number), "Operations": ["Decrypt"]} for number in range(3)])
    fake_log_archive.report(archive)
    assert archive.operations.count("list_grants") == 3


def test_an_archive_of_which_nothing_is_set() -> None:
    archive = FakeLogArchive(
        bucket=[],
        get_bucket_encryption=failure("ServerSideEncryptionConfigurationNotFoundError"),
        get_bucket_ownership_controls=failure("OwnershipControlsNotFoundError"),
        get_bucket_policy_status=failure("NoSuchBucketPolicy"),
        get_bucket_versioning={},
        get_public_access_block=failure("NoSuchPublicAccessBlockConfiguration"),
        get_key_rotation_status=failure("KMSInvalidStateException"),
    )
    result = fake_log_archive.report(archive)
    hardening = result["hardening"]
    assert not any(hardening["public_access_block"].values())
    assert (hardening["versioning"], hardening["object_lock"], hardening["object_ownership"]) == ("", None, "")
    failed = [item["id"] for item in result["controls"] if item["status"] == "failed"]
    assert set(failed) >= {"S3.8", "S3.14", "S3.12", "S3.5", "KMS.4", "S3.17"}
    assert {item["resource"] for item in result["findings"] if item["status"] == "failed"} == {"S3.8", "S3.14"}


@pytest.mark.parametrize(
    ("code", "hint"), [("AccessDenied", f"belongs to another account than {ARCHIVE}"), ("NoSuchBucket", "NoSuchBucket")]
)
def test_a_bucket_that_cannot_be_read(code: str, hint: str) -> None:
    with pytest.raises(AwsFailure, match=hint):
        fake_log_archive.report(FakeLogArchive(get_bucket_policy=failure(code)))


def test_a_key_of_another_account() -> None:
    with pytest.raises(Refused, match=f"belongs to account {STRANGER}"):
        fake_log_archive.report(FakeLogArchive(metadata={"AWSAccountId": STRANGER}))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bucket": "A"}, "bucket: 'A'"),
        ({"readers": ["LogReader"]}, "readers: 'LogReader'"),
        ({"decrypt_principals": [{"accounts": []}]}, "decrypt_principals: ''"),
        ({"decrypt_principals": [7]}, "decrypt_principals: '7'"),
        ({"readers": [f"arn:aws:iam::{ARCHIVE}:role/*"]}, "readers: 'arn"),
    ],
)
def test_bad_options(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        fake_log_archive.report(**options)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"Statement": 5}', '{"Statement": ["x"]}', '"x"'])
@pytest.mark.parametrize("which", ["bucket", "key"])
def test_a_policy_that_is_none(text: str, which: str) -> None:
    replies = {f"get_{which}_policy": {"Policy": text}}
    result = fake_log_archive.report(FakeLogArchive(**replies))
    (finding,) = [item for item in result["findings"] if item["kind"] == "unreadable"]
    assert finding["status"] == "failed"
    assert which in finding["resource"]


ODD = [
    {},
    {"Sid": 5, "Effect": "Allow"},
    {"Effect": "Allow", "Principal": [], "Action": [], "Resource": []},
    {"Effect": "Allow", "Principal": {"AWS": {"x": 1}}, "Action": {"a": 1}, "Resource": {"r": [1]}},
    {"Effect": "Allow", "Principal": None, "Action": None, "Resource": None, "Condition": None},
    {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": [1, 2]},
    {"Effect": "Deny", "NotPrincipal": 3, "NotAction": True, "NotResource": 1.5},
    {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"Bool": None}},
    {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "*", "Resource": 7,
     "Condition": {"StringEquals": {"aws:SourceArn": None, "aws:SourceAccount": [{}]}}},
    {"Sid": "日本語", "Effect": "Allow", "Principal": {"AWS": "Ünbekannt"}, "Action": "k\u0000ms:*", "Resource": "[*"},
]  # fmt: skip
OUR_SIDS = [
    "CentralLoggingEncrypt",
    "CentralLoggingBucketKey",
    "CentralLoggingDecrypt",
    "CentralLoggingDecryptLimited1",
    "CentralLoggingWrite",
    "CentralLoggingRead",
    "CentralLoggingDenyDelete",
    "CentralLoggingDenyInsecureTransport",
]


@pytest.mark.parametrize("statement", ODD)
@pytest.mark.parametrize("sid", ["", *OUR_SIDS])
def test_odd_statements_crash_nothing(statement: dict[str, Any], sid: str) -> None:
    odd = {**statement, "Sid": sid} if sid else statement
    for archive in (
        FakeLogArchive(more_bucket=[odd]),
        FakeLogArchive(more_key=[odd]),
        FakeLogArchive(bucket=[odd], key=[odd]),
    ):
        result = fake_log_archive.report(archive, decrypt_principals=[], readers=[], break_glass_principals=[])
        json.dumps(result)
        assert any(item["words"] for item in result["foreign_statements"])


def test_a_single_statement_that_is_no_list() -> None:
    text = json.dumps({"Statement": allow("kms:Decrypt", "*")})
    assert "public" in fake_log_archive.failed(fake_log_archive.report(FakeLogArchive(key=text)))


def foreign(result: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(item["policy"], item["sid"], item["altered"]) for item in result["foreign_statements"]]


def test_foreign_statements_in_words() -> None:
    result = fake_log_archive.report(
        FakeLogArchive(
            more_bucket=[deny("s3:DeleteObject", policy="bucket")], more_key=[{**allow("kms:Decrypt", "*"), "Sid": ""}]
        )
    )
    assert foreign(result) == [
        ("key", "Enable IAM User Permissions", False),
        ("key", "#5", False),
        ("bucket", "TheirDenial", False),
    ]
    words = [item["words"] for item in result["foreign_statements"]]
    assert words[1] == "Allows kms:Decrypt on the key to anyone in any AWS account, and anonymous callers."
    assert result["foreign_statements"][2]["statement"]["Sid"] == "TheirDenial"


OF_ORGANIZATION = {
    "organization_id": "o-a1b2c3d4e5",
    "organization_trails": [
        {"management_account_id": ARCHIVE, "trail_name": "OrganizationTrail", "region": None},
        {"management_account_id": ARCHIVE, "trail_name": "Other", "region": "eu-west-1"},
    ],
}
BUCKET_LAYOUTS: list[dict[str, Any]] = [
    OF_ORGANIZATION,
    {**OF_ORGANIZATION, "accounts": [], "key_prefix": "logs/x"},
    {},
    {"layout": "accounts"},
    {"layout": "compact"},
    {"accounts": [], "organization_id": "o-a1b2c3d4e5"},
    {"key_prefix": "logs/x"},
    {"break_glass_principals": [BREAK_GLASS, f"arn:aws:iam::{ARCHIVE}:role/Break*"]},
    {"readers": [READER, f"arn:aws:iam::{DEVELOPMENT}:root"]},
    {"accounts": [account(PRODUCTION, "prod"), account(STAGING, "staging", "eu-west-1")]},
]
KEY_LAYOUTS: list[dict[str, Any]] = [
    *(
        {name: value for name, value in item.items() if name in ("layout", "accounts", *OF_ORGANIZATION)}
        for item in BUCKET_LAYOUTS
    ),
    {"bucket_key": True},
    {"layout": "accounts", "bucket_key": True},
    {**OF_ORGANIZATION, "bucket_key": True},
    {"decrypt_principals": [{"arn": READER, "accounts": [PRODUCTION]}, BREAK_GLASS]},
    {
        "decrypt_principals": [
            {"arn": READER, "accounts": [PRODUCTION, STAGING]},
            {"arn": BREAK_GLASS, "accounts": [STAGING]},
        ]
    },
]


@pytest.mark.parametrize("options", BUCKET_LAYOUTS)
def test_our_bucket_statements_are_ours_in_every_layout(options: dict[str, Any]) -> None:
    result = fake_log_archive.report(FakeLogArchive(bucket=fake_log_archive.our_bucket_statements(**options)))
    assert foreign(result) == [("key", "Enable IAM User Permissions", False)]
    assert fake_log_archive.failed(result) == []


@pytest.mark.parametrize("options", KEY_LAYOUTS)
def test_our_key_statements_are_ours_in_every_layout(options: dict[str, Any]) -> None:
    result = fake_log_archive.report(FakeLogArchive(key=fake_log_archive.our_key_statements(**options)))
    assert foreign(result) == [("key", "Enable IAM User Permissions", False)]
    assert fake_log_archive.failed(result) == []


@pytest.mark.parametrize(
    ("sid", "change"),
    [
        ("CentralLoggingDecrypt", {"Principal": {"AWS": [READER, "*"]}, "Condition": {}}),
        ("CentralLoggingDecrypt", {"Action": ["kms:Decrypt", "kms:CreateGrant"]}),
        ("CentralLoggingEncrypt", {"Action": "kms:*"}),
        ("CentralLoggingEncrypt", {"Condition": {"StringLike": {"aws:SourceAccount": "*"}}}),
        ("CentralLoggingDescribe", {"Principal": "*"}),
    ],
)
def test_statements_that_bear_our_sid_and_were_altered(sid: str, change: dict[str, Any]) -> None:
    key = [{**item, **change} if item["Sid"] == sid else item for item in fake_log_archive.our_key_statements()]
    result = fake_log_archive.report(FakeLogArchive(key=key))
    assert ("key", sid, True) in foreign(result)
    assert "altered_statement" in fake_log_archive.failed(result)


@pytest.mark.parametrize(
    ("sid", "change"),
    [
        ("CentralLoggingDenyDelete", {"Effect": "Allow"}),
        ("CentralLoggingDenyDelete", {"Action": "s3:DeleteBucket"}),
        ("CentralLoggingDenyDelete", {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        ("CentralLoggingWrite", {"Principal": "*"}),
        ("CentralLoggingRead", {"Resource": f"arn:aws:s3:::{BUCKET}/x/*"}),
        ("CentralLoggingDenyInsecureTransport", {"Principal": {"AWS": STRANGER}}),
    ],
)
def test_altered_bucket_statements(sid: str, change: dict[str, Any]) -> None:
    bucket = [{**item, **change} if item["Sid"] == sid else item for item in fake_log_archive.our_bucket_statements()]
    assert ("bucket", sid, True) in foreign(fake_log_archive.report(FakeLogArchive(bucket=bucket)))


def controls(archive: FakeLogArchive) -> dict[str, str]:
    return {item["id"]: item["status"] for item in fake_log_archive.report(archive)["controls"]}


def test_controls_of_the_archive_that_this_collection_configures() -> None:
    found = controls(FakeLogArchive())
    assert {identity for identity, status in found.items() if status == "passed"} >= {
        "CloudTrail.6", "KMS.3", "KMS.4", "KMS.5", "S3.2", "S3.3", "S3.5", "S3.6", "S3.8", "S3.12", "S3.14", "S3.17",
    }  # fmt: skip
    assert {identity for identity, status in found.items() if status == "failed"} == {
        "CloudTrail.7", "S3.9", "S3.10", "S3.13", "S3.15", "S3.20",
    }  # fmt: skip


def test_messages_of_access_that_iam_policies_decide() -> None:
    messages = [item["message"] for item in fake_log_archive.report()["findings"] if item["kind"] == "delegated"]
    subject = f"Principals of account {ARCHIVE} can"
    assert [message.partition(" (")[0] for message in messages] == [
        *[f"{subject} decrypt by statement Enable IAM User Permissions, if an IAM policy allows it"] * 2,
        *[f"{subject} read objects if an IAM policy allows it"] * 2,
    ]


def test_messages_of_controls_are_whole_sentences() -> None:
    nothing_set = FakeLogArchive(
        bucket=[],
        key=[allow("kms:*", "*")],
        get_bucket_encryption=failure("ServerSideEncryptionConfigurationNotFoundError"),
        get_bucket_ownership_controls=failure("OwnershipControlsNotFoundError"),
        get_bucket_policy_status={"PolicyStatus": {"IsPublic": True}},
        get_bucket_versioning={},
        get_public_access_block=failure("NoSuchPublicAccessBlockConfiguration"),
        get_key_rotation_status=failure("KMSInvalidStateException"),
    )
    for archive in (FakeLogArchive(), nothing_set):
        for control in fake_log_archive.report(archive)["controls"]:
            words = control["message"].split()
            assert len(words) > 2, control
            assert words[0] not in ("It", "They", "There"), control
            assert control["message"].endswith("."), control
    messages = {control["id"]: control["message"] for control in fake_log_archive.report()["controls"]}
    assert messages["S3.14"] == "Versioning is enabled."
    assert messages["S3.12"] == "ACLs are disabled."
    assert messages["S3.6"] == "The bucket policy allows no administrative action to other accounts."


RULE = {
    "ID": "old",
    "Status": "Enabled",
    "Expiration": {"Days": 30},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
}
BLOCKED_BUT_ONE = {"PublicAccessBlockConfiguration": {**ALL_BLOCKED, "BlockPublicAcls": False}}
WITH_ACLS = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
LOGGED = {"LoggingEnabled": {"TargetBucket": "x", "TargetPrefix": ""}}
DOOMED = {"KeyState": "PendingDeletion", "DeletionDate": datetime(2026, 12, 1, tzinfo=timezone.utc)}
OF_ACCOUNT = {"StringEquals": {"kms:CallerAccount": ARCHIVE}}
LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 365}}}


@pytest.mark.parametrize(
    ("identity", "status", "replies"),
    [
        ("S3.8", "failed", {"get_public_access_block": BLOCKED_BUT_ONE}),
        ("CloudTrail.6", "failed", {"get_bucket_policy_status": {"PolicyStatus": {"IsPublic": True}}}),
        ("S3.2", "failed", {"get_bucket_policy_status": {"PolicyStatus": {"IsPublic": True}}}),
        ("S3.12", "failed", {"get_bucket_ownership_controls": WITH_ACLS}),
        ("S3.14", "failed", {"get_bucket_versioning": {"Status": "Suspended"}}),
        ("S3.20", "passed", {"get_bucket_versioning": {"Status": "Enabled", "MFADelete": "Enabled"}}),
        ("S3.15", "passed", {"get_object_lock_configuration": {"ObjectLockConfiguration": LOCK}}),
        ("CloudTrail.7", "passed", {"get_bucket_logging": LOGGED}),
        ("S3.13", "passed", {"get_bucket_lifecycle_configuration": {"Rules": [RULE]}}),
        ("S3.17", "failed", {"get_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}}),
        ("KMS.4", "failed", {"get_key_rotation_status": {"KeyRotationEnabled": False}}),
        ("KMS.3", "failed", {"metadata": DOOMED}),
        ("KMS.5", "failed", {"more_key": [allow("kms:Encrypt", "*")]}),
        ("KMS.5", "passed", {"more_key": [allow("kms:*", "*", Condition=OF_ACCOUNT)]}),
        ("S3.5", "failed", {"bucket": fake_log_archive.our_bucket_statements(deny_insecure_transport=False)}),
        ("S3.6", "failed", {"more_bucket": [allow("s3:PutBucketPolicy", {"AWS": STRANGER}, "bucket")]}),
        ("S3.6", "failed", {"more_bucket": [allow("s3:Put*", "*", "bucket")]}),
        ("S3.6", "passed", {"more_bucket": [allow("s3:PutBucketPolicy", {"AWS": BREAK_GLASS}, "bucket")]}),
    ],
)  # fmt: skip
def test_controls(identity: str, status: str, replies: dict[str, Any]) -> None:
    assert controls(FakeLogArchive(**replies))[identity] == status


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "passed"),
        ({"Action": "*"}, "passed"),
        ({"Action": "s3:GetObject"}, "failed"),
        ({"Resource": f"arn:aws:s3:::{BUCKET}/*"}, "failed"),
        ({"Principal": {"AWS": ARCHIVE}}, "failed"),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, "failed"),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "::/0"}}}, "failed"),
        ({"Condition": {}}, "failed"),
    ],
)
def test_requests_without_tls(change: dict[str, Any], status: str) -> None:
    condition = {"Bool": {"aws:SecureTransport": False}}
    denial = {**deny("s3:*", policy="bucket", Condition=condition), **change}
    bucket = [*fake_log_archive.our_bucket_statements(deny_insecure_transport=False), denial]
    assert controls(FakeLogArchive(bucket=bucket))["S3.5"] == status


def test_acls_leave_open_whether_the_bucket_is_public() -> None:
    archive = FakeLogArchive(
        get_public_access_block=failure("NoSuchPublicAccessBlockConfiguration"),
        get_bucket_ownership_controls=failure("OwnershipControlsNotFoundError"),
    )
    assert controls(archive)["S3.2"] == "not_checked"


def test_a_key_that_is_disabled() -> None:
    result = fake_log_archive.report(FakeLogArchive(metadata={"KeyState": "Disabled"}))
    assert fake_log_archive.failed(result) == ["key_state"]


def test_what_expires_and_another_default_key() -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"{KEY}0"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    result = fake_log_archive.report(
        FakeLogArchive(
            get_bucket_lifecycle_configuration={"Rules": [RULE, {"ID": "off", "Status": "Disabled"}]},
            get_bucket_encryption={"ServerSideEncryptionConfiguration": rules},
        )
    )
    noted = {item["kind"]: item["message"] for item in result["findings"] if item["check"] == "hardening"}
    assert "noncurrent versions after 7 days" in " ".join(
        item["message"] for item in result["findings"] if item["kind"] == "expires"
    )
    assert f"{KEY}0" in noted["other_key"]
    assert result["hardening"]["encryption"]["bucket_key"] is True
    assert result["hardening"]["lifecycle"][0]["expiration_days"] == 30
