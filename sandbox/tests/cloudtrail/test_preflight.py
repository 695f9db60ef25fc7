# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What CreateTrail and UpdateTrail check of the bucket and the key."""

from __future__ import annotations

from typing import Any

import pytest

from fake_state import (
    ARCHIVE,
    BUCKET,
    ELSEWHERE,
    HOME,
    KEY,
    KEY_ACTIONS,
    KEY_ID,
    MEMBER,
    OTHER,
    Trails,
    allow,
    arn,
    bucket_policy,
    key_policy,
    policy,
)

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
BAD_BUCKET = "InsufficientS3BucketPolicyException"
BAD_KEY = "InsufficientEncryptionPolicyException"
KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"
FOLDER = f"AWSLogs/{MEMBER}/*"
ORGANIZATION = ("o-exampleorgid", ARCHIVE)


def equals(key: str, *values: str) -> dict[str, Any]:
    return {"StringEquals": {key: list(values)}}


@pytest.mark.parametrize(
    "text",
    [
        bucket_policy(FOLDER, **equals("aws:SourceArn", arn(), arn("other"))),
        bucket_policy(FOLDER, **equals("aws:SourceAccount", OTHER, MEMBER)),
        bucket_policy(FOLDER, ArnLike={"aws:SourceArn": f"arn:aws:cloudtrail:*:{MEMBER}:trail/*"}),
        bucket_policy(FOLDER, **equals("aws:SourceOrgID", ORGANIZATION[0])),
        bucket_policy("AWSLogs/${aws:SourceAccount}/*"),
    ],
)
def test_good_bucket_policies(trails: Trails, text: str) -> None:
    trails.state.organization = ORGANIZATION
    trails.state.set_bucket(policy=text)
    trails.create()


@pytest.mark.parametrize(
    "text",
    [
        None,
        policy(allow("s3:PutObject", f"{BUCKET_ARN}/*")),
        policy(allow("s3:GetBucketAcl", BUCKET_ARN)),
        bucket_policy(f"AWSLogs/{OTHER}/*"),
        bucket_policy(f"logs/{FOLDER}"),
        bucket_policy(FOLDER, **equals("aws:SourceArn", arn(region=ELSEWHERE))),
        bucket_policy(FOLDER, **equals("aws:SourceArn", f"arn:aws:cloudtrail:*:{MEMBER}:trail/*")),
        bucket_policy(FOLDER, **equals("aws:SourceAccount", ARCHIVE)),
        bucket_policy(FOLDER, **equals("aws:SourceOrgID", ORGANIZATION[0])),
        bucket_policy(FOLDER, **equals("aws:PrincipalOrgID", ORGANIZATION[0])),
        bucket_policy(FOLDER, **equals("s3:x-amz-acl", "private")),
        bucket_policy(FOLDER)[:-2]
        + f', {{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "{BUCKET_ARN}/*",'
        + ' "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}]}',
    ],
)
def test_bad_bucket_policies(trails: Trails, text: str | None) -> None:
    trails.state.set_bucket(policy=text)
    sentence = trails.refused_create(BAD_BUCKET)
    assert sentence == f"Incorrect S3 bucket policy is detected for bucket: {BUCKET}"
    trails.refused("TrailNotFoundException", "GetTrail", Name="trail")


def test_the_acl_condition_and_non_tls_deny_of_the_documentation(trails: Trails) -> None:
    statements = [
        allow("s3:GetBucketAcl", BUCKET_ARN, **equals("aws:SourceArn", arn())),
        allow("s3:PutObject", f"{BUCKET_ARN}/{FOLDER}", **equals("s3:x-amz-acl", "bucket-owner-full-control")),
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/*"]}
        | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]
    trails.state.set_bucket(policy=policy(*statements))
    trails.create()


def test_the_prefix_needs_its_policy_first(trails: Trails) -> None:
    trails.state.set_bucket(policy=bucket_policy(FOLDER))
    trails.create()
    trails.refused(BAD_BUCKET, "UpdateTrail", Name="trail", S3KeyPrefix="logs")
    trails.state.set_bucket(policy=bucket_policy(f"logs/{FOLDER}"))
    trails("UpdateTrail", Name="trail", S3KeyPrefix="logs")


def test_buckets_that_are_not_there_or_not_for_it(trails: Trails) -> None:
    trails.refused_create("S3BucketDoesNotExistException", S3BucketName="no-such-bucket")
    trails.state.set_bucket(requester_pays=True)
    trails.refused_create(BAD_BUCKET)


def test_an_organization_trail_needs_both_folders(trails: Trails) -> None:
    trails.state.organization = ORGANIZATION
    options: dict[str, Any] = {"account": ARCHIVE, "IsOrganizationTrail": True}
    own, all_members = f"{BUCKET_ARN}/AWSLogs/{ARCHIVE}/*", f"{BUCKET_ARN}/AWSLogs/o-exampleorgid/*"
    acl = allow("s3:GetBucketAcl", BUCKET_ARN)
    for folder in (own, all_members):
        trails.state.set_bucket(policy=policy(acl, allow("s3:PutObject", folder)))
        trails.refused_create(BAD_BUCKET, **options)
    trails.state.set_bucket(policy=policy(acl, allow("s3:PutObject", own), allow("s3:PutObject", all_members)))
    trails.create(**options)


@pytest.mark.parametrize("reference", [KEY, KEY_ID, "alias/logs", f"arn:aws:kms:{HOME}:{ARCHIVE}:alias/logs"])
def test_the_key_is_told_by_its_arn_and_can_be_taken_away(trails: Trails, reference: str) -> None:
    trails.state.set_key(reference)
    trails.state.set_key()
    assert trails.create(KmsKeyId=reference)["KmsKeyId"] == KEY
    assert trails("UpdateTrail", Name="trail", EnableLogFileValidation=True)["KmsKeyId"] == KEY
    assert "KmsKeyId" not in trails("UpdateTrail", Name="trail", KmsKeyId="")
    assert "KmsKeyId" not in trails.trail()


@pytest.mark.parametrize("reference", ["logs", "alias/", "arn:aws:s3:::x", f"arn:aws:kms:{HOME}:{ARCHIVE}:key/x y"])
def test_bad_key_references(trails: Trails, reference: str) -> None:
    trails.refused_create("InvalidKmsKeyIdException", KmsKeyId=reference)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": ELSEWHERE}, "KmsKeyNotFoundException"),
        ({"state": "Disabled"}, "KmsException"),
        ({"state": "PendingDeletion"}, "KmsException"),
        ({"usage": "SIGN_VERIFY"}, "KmsException"),
        ({"spec": "RSA_2048"}, "KmsException"),
        ({"policy": key_policy("kms:GenerateDataKey*")}, BAD_KEY),
        ({"policy": key_policy("kms:DescribeKey")}, BAD_KEY),
        ({"policy": key_policy(*KEY_ACTIONS, **equals("aws:SourceArn", arn("other")))}, BAD_KEY),
        ({"policy": key_policy(*KEY_ACTIONS, **equals("kms:ViaService", f"s3.{HOME}.amazonaws.com"))}, BAD_KEY),
    ],
)
def test_bad_keys(trails: Trails, changes: dict[str, Any], code: str) -> None:
    trails.state.set_key(**changes)
    trails.create()
    trails.refused(code, "UpdateTrail", Name="trail", KmsKeyId=KEY)
    assert "KmsKeyId" not in trails.trail()


def test_keys_that_are_not_there(trails: Trails) -> None:
    trails.refused_create("KmsKeyNotFoundException", KmsKeyId=KEY)


@pytest.mark.parametrize(
    ("context", "good"),
    [
        ({"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{MEMBER}:trail/*"}, True),
        ({"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{OTHER}:trail/*"}, False),
        ({"kms:EncryptionContext:aws:s3:arn": f"{BUCKET_ARN}/AWSLogs/*"}, True),
        ({"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other/*"}, False),
    ],
)
def test_the_encryption_context(trails: Trails, context: dict[str, str], good: bool) -> None:
    encrypt = allow("kms:GenerateDataKey*", "*", StringLike=context)
    trails.state.set_key(policy=policy(encrypt, allow("kms:DescribeKey", "*")))
    if good:
        trails.create(KmsKeyId=KEY)
    else:
        sentence = trails.refused_create(BAD_KEY, KmsKeyId=KEY)
        assert sentence == f"Insufficient permissions to access S3 bucket {BUCKET} or KMS key {KEY}."


def test_a_bucket_key_needs_decrypt_too(trails: Trails) -> None:
    trails.state.set_bucket(bucket_key=True)
    trails.state.set_key()
    trails.refused_create(BAD_KEY, KmsKeyId=KEY)
    trails.state.set_key(policy=key_policy(*KEY_ACTIONS, "kms:Decrypt"))
    trails.create(KmsKeyId=KEY)


@pytest.mark.parametrize(
    ("key", "code", "spared"),
    [
        (KEY, "", {"Null": {KEY_HEADER: "false"}}),
        ("arn:other", BAD_KEY, {"Null": {KEY_HEADER: "false"}}),
        (KEY, BAD_BUCKET, {}),  # the test object has no key at all
    ],
)
def test_a_bucket_policy_that_demands_a_key(
    trails: Trails, key: str, code: str, spared: dict[str, dict[str, str]]
) -> None:
    condition = {"StringNotEquals": {KEY_HEADER: key}, **spared}
    deny = allow("s3:PutObject", f"{BUCKET_ARN}/*", **condition) | {"Effect": "Deny", "Principal": "*"}
    good = [allow("s3:GetBucketAcl", BUCKET_ARN), allow("s3:PutObject", f"{BUCKET_ARN}/{FOLDER}")]
    trails.state.set_bucket(policy=policy(*good, deny))
    trails.state.set_key()
    if code:
        trails.refused_create(code, KmsKeyId=KEY)
    else:
        trails.create(KmsKeyId=KEY)
