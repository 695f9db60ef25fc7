# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documented policies of a log bucket and its key, asked as CloudTrail and its readers ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudtrail_sandbox.judge import Principal, Request, evaluate

ACCOUNT, OTHER, ORGANIZATION = "111111111111", "222222222222", "o-exampleorgid"
BUCKET = "arn:aws:s3:::amzn-s3-demo-bucket"
KEY = "arn:aws:kms:us-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SERVICE = Principal("service", service="cloudtrail.amazonaws.com")
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
READER = Principal(
    "role",
    arn="arn:aws:iam::111111111111:role/Reader",
    session_arn="arn:aws:sts::111111111111:assumed-role/Reader/alice",
)


def trail(account: str = ACCOUNT, region: str = "us-west-2", name: str = "trail-name") -> str:
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"


def context(account: str = ACCOUNT, **changes: str | None) -> dict[str, str]:
    """What CloudTrail brings: no aws:PrincipalArn and no aws:PrincipalOrgID, because it is no member of anything."""
    keys: dict[str, str | None] = {
        "aws:SourceArn": trail(account),
        "aws:SourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:PrincipalIsAWSService": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
        **changes,
    }
    return {key: value for key, value in keys.items() if value is not None}


def writes(policy: Mapping[str, Any], account: str = ACCOUNT, folder: str = "", **changes: str | None) -> bool:
    """Does the policy let CloudTrail write a log file of the account?"""
    path = folder or f"AWSLogs/{account}"
    key = f"{BUCKET}/{path}/CloudTrail/us-west-2/2026/11/24/{account}_CloudTrail_us-west-2_x.json.gz"
    return evaluate(policy, Request("s3:PutObject", key, SERVICE, context(account, **changes))).allowed


def bucket_policy(resource: Any, **condition: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    equals = {"s3:x-amz-acl": "bucket-owner-full-control", **condition.pop("StringEquals", {})}
    write = {
        "Sid": "AWSCloudTrailWrite20150319",
        "Effect": "Allow",
        "Principal": CLOUDTRAIL,
        "Action": "s3:PutObject",
        "Resource": resource,
        "Condition": {"StringEquals": equals, **condition},
    }
    return {"Version": "2012-10-17", "Statement": [write]}


def with_statement(policy: Mapping[str, Any], **elements: Any) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"], **elements}
    return {**policy, "Statement": [*policy["Statement"], statement]}


ONE = bucket_policy(f"{BUCKET}/AWSLogs/{ACCOUNT}/*", StringEquals={"aws:SourceArn": trail()})
BOTH = bucket_policy(
    [f"{BUCKET}/AWSLogs/{ACCOUNT}/*", f"{BUCKET}/AWSLogs/{OTHER}/*"],
    StringEquals={"aws:SourceArn": [trail(ACCOUNT), trail(OTHER)]},
)
ANY_NAME = [trail(ACCOUNT, "*", "*"), trail(OTHER, "*", "*")]
EVERYWHERE = f"{BUCKET}/AWSLogs/*"


@pytest.mark.parametrize(
    ("policy", "asked", "expected"),
    [
        (ONE, {}, True),
        (ONE, {"aws:SourceArn": trail(name="another")}, False),
        (ONE, {"aws:SourceArn": trail(region="us-east-1")}, False),
        (ONE, {"aws:SourceArn": None}, False),
        (ONE, {"s3:x-amz-acl": "private"}, False),
        (ONE, {"s3:x-amz-acl": None}, False),
        (ONE, {"folder": f"AWSLogs/{OTHER}"}, False),
        (ONE, {"folder": f"prefix/AWSLogs/{ACCOUNT}"}, False),
        (ONE, {"account": OTHER}, False),
        (BOTH, {}, True),
        (BOTH, {"account": OTHER}, True),
        (BOTH, {"account": "333333333333"}, False),
        (BOTH, {"account": OTHER, "aws:SourceArn": trail("333333333333")}, False),
        # wildcards need ArnLike or StringLike:
        # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html
        (bucket_policy(EVERYWHERE, StringEquals={"aws:SourceArn": ANY_NAME}), {}, False),
        (bucket_policy(EVERYWHERE, ArnLike={"aws:SourceArn": ANY_NAME}), {}, True),
        (bucket_policy(EVERYWHERE, ArnEquals={"aws:SourceArn": ANY_NAME}), {"account": OTHER}, True),
        (bucket_policy(EVERYWHERE, StringLike={"aws:SourceArn": ANY_NAME}), {}, True),
        (bucket_policy(EVERYWHERE, ArnLike={"aws:SourceArn": ANY_NAME}), {"account": "333333333333"}, False),
        # aws:SourceAccount
        (bucket_policy(EVERYWHERE, StringEquals={"aws:SourceAccount": [ACCOUNT, OTHER]}), {"account": OTHER}, True),
        (bucket_policy(EVERYWHERE, StringEquals={"aws:SourceAccount": [ACCOUNT]}), {"account": OTHER}, False),
        (bucket_policy(EVERYWHERE, StringEquals={"aws:SourceAccount": [ACCOUNT]}), {"aws:SourceAccount": None}, False),
        # aws:SourceOrgID is there only where the account is in an organization, aws:PrincipalOrgID never
        (
            bucket_policy(EVERYWHERE, StringEquals={"aws:SourceOrgID": ORGANIZATION}),
            {"aws:SourceOrgID": ORGANIZATION},
            True,
        ),
        (
            bucket_policy(EVERYWHERE, StringEquals={"aws:SourceOrgID": ORGANIZATION}),
            {"aws:SourceOrgID": "o-other"},
            False,
        ),
        (bucket_policy(EVERYWHERE, StringEquals={"aws:SourceOrgID": ORGANIZATION}), {}, False),
        (
            bucket_policy(EVERYWHERE, StringEquals={"aws:PrincipalOrgID": ORGANIZATION}),
            {"aws:SourceOrgID": ORGANIZATION},
            False,
        ),
        # the account as a variable
        (bucket_policy(f"{BUCKET}/AWSLogs/${{aws:SourceAccount}}/*"), {"account": OTHER}, True),
        (bucket_policy(f"{BUCKET}/AWSLogs/${{aws:SourceAccount}}/*"), {"folder": f"AWSLogs/{OTHER}"}, False),
        # what hardening does to the service principal
        (with_statement(ONE, Condition={"Bool": {"aws:SecureTransport": "false"}}), {}, True),
        (
            with_statement(ONE, Condition={"Bool": {"aws:SecureTransport": "false"}}),
            {"aws:SecureTransport": "false"},
            False,
        ),
        (with_statement(ONE, Condition={"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}), {}, False),
        (
            with_statement(
                ONE,
                Condition={
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            ),
            {},
            True,
        ),
        (with_statement(ONE, Action=["s3:DeleteObject", "s3:DeleteObjectVersion"]), {}, True),
        (with_statement(ONE, Condition={"ArnNotLike": {"aws:PrincipalArn": READER.arn}}), {}, False),
        (
            with_statement(
                ONE, Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": ["aws:kms", "AES256"]}}
            ),
            {"s3:x-amz-server-side-encryption": "AES256"},
            True,
        ),
    ],
)
def test_log_bucket(policy: dict[str, Any], asked: dict[str, Any], expected: bool) -> None:
    assert writes(policy, **asked) is expected


def test_not_principal_spares_the_service() -> None:
    deny = {"Effect": "Deny", "NotPrincipal": CLOUDTRAIL, "Action": "s3:*", "Resource": f"{BUCKET}/*"}
    policy = {**ONE, "Statement": [*ONE["Statement"], deny]}
    assert writes(policy)
    request = Request("s3:GetObject", f"{BUCKET}/a", READER, {"aws:PrincipalArn": READER.arn})
    assert evaluate(policy, request).decision == "explicit_deny"


# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Allow CloudTrail to encrypt logs",
            "Effect": "Allow",
            "Principal": CLOUDTRAIL,
            "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceArn": [trail(ACCOUNT), trail(OTHER)]},
                "StringLike": {
                    "kms:EncryptionContext:aws:cloudtrail:arn": [
                        "arn:aws:cloudtrail:*:111111111111:trail/*",
                        "arn:aws:cloudtrail:*:222222222222:trail/*",
                    ]
                },
            },
        },
        {
            "Sid": "Allow CloudTrail to describe key",
            "Effect": "Allow",
            "Principal": CLOUDTRAIL,
            "Action": "kms:DescribeKey",
            "Resource": "*",
        },
        {
            "Sid": "Enable CloudTrail log decrypt permissions",
            "Effect": "Allow",
            "Principal": {"AWS": READER.arn},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"Null": {"kms:EncryptionContext:aws:cloudtrail:arn": "false"}},
        },
    ],
}
LOG = "kms:EncryptionContext:aws:cloudtrail:arn"


@pytest.mark.parametrize(
    ("principal", "action", "asked", "expected"),
    [
        (SERVICE, "kms:GenerateDataKey", {**context(), LOG: trail()}, True),
        (SERVICE, "kms:GenerateDataKeyWithoutPlaintext", {**context(OTHER), LOG: trail(OTHER)}, True),
        (SERVICE, "kms:GenerateDataKey", {**context(), LOG: trail("333333333333")}, False),
        (SERVICE, "kms:GenerateDataKey", {**context("333333333333"), LOG: trail("333333333333")}, False),
        (SERVICE, "kms:GenerateDataKey", context(), False),
        (SERVICE, "kms:DescribeKey", context(), True),
        (SERVICE, "kms:Decrypt", {**context(), LOG: trail()}, False),
        (READER, "kms:Decrypt", {LOG: trail()}, True),
        (READER, "kms:Decrypt", {LOG.upper(): trail()}, True),
        (READER, "kms:Decrypt", {"kms:EncryptionContext:aws:s3:arn": BUCKET}, False),
        (READER, "kms:GenerateDataKey", {LOG: trail()}, False),
        (Principal("user", arn="arn:aws:iam::111111111111:user/Reader"), "kms:Decrypt", {LOG: trail()}, False),
    ],
)
def test_key(principal: Principal, action: str, asked: dict[str, str], expected: bool) -> None:
    assert evaluate(KEY_POLICY, Request(action, KEY, principal, asked)).allowed is expected
