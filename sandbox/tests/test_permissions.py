# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which permissions a request needs, on which resources."""

from __future__ import annotations

from typing import Any

import pytest

from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.credentials import Caller
from cloudtrail_sandbox.judge import Principal
from cloudtrail_sandbox.permissions import needs_of
from cloudtrail_sandbox.s3 import permissions as s3_permissions
from cloudtrail_sandbox.state import State

ACCOUNT = "012345678901"
CALLER = Caller(Principal(kind="role", arn=f"arn:aws:iam::{ACCOUNT}:role/Admin"), "AROA:x", "secret")
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/sectrail"
LOGS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ToLogs"
BUCKET, KEY = "arn:aws:s3:::logs", "arn:aws:s3:::logs/AWSLogs/x"


def call(service: str, operation: str, parameters: dict[str, Any], headers: dict[str, str] | None = None) -> Call:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    return Call(service, operation, "eu-west-1", "AKIA", "json", parameters, environ, b"")


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("GetTrail", {"Name": "sectrail"}, [("cloudtrail:GetTrail", TRAIL)]),
        ("GetTrail", {"Name": TRAIL}, [("cloudtrail:GetTrail", TRAIL)]),
        ("PutEventSelectors", {"TrailName": "sectrail"}, [("cloudtrail:PutEventSelectors", TRAIL)]),
        ("DescribeTrails", {"trailNameList": ["sectrail"]}, [("cloudtrail:DescribeTrails", "*")]),
        ("AddTags", {"ResourceId": TRAIL, "TagsList": []}, [("cloudtrail:AddTags", TRAIL)]),
        ("ListTags", {"ResourceIdList": [TRAIL]}, [("cloudtrail:ListTags", TRAIL)]),
        (
            "CreateTrail",
            {"Name": "sectrail", "TagsList": [{"Key": "a"}], "CloudWatchLogsRoleArn": LOGS_ROLE},
            [("cloudtrail:CreateTrail", TRAIL), ("cloudtrail:AddTags", TRAIL), ("iam:PassRole", LOGS_ROLE)],
        ),
        (
            "UpdateTrail",
            {"Name": "sectrail", "CloudWatchLogsRoleArn": LOGS_ROLE},
            [("cloudtrail:UpdateTrail", TRAIL), ("iam:PassRole", LOGS_ROLE)],
        ),
        ("UpdateTrail", {"Name": "sectrail", "CloudWatchLogsRoleArn": ""}, [("cloudtrail:UpdateTrail", TRAIL)]),
    ],
)
def test_cloudtrail(operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    needs = needs_of(call("cloudtrail", operation, parameters), CALLER, State())
    assert [(need.action, need.resource) for need in needs] == expected


def test_a_role_is_passed_to_cloudtrail() -> None:
    needs = needs_of(call("cloudtrail", "CreateTrail", {"CloudWatchLogsRoleArn": LOGS_ROLE}), CALLER, State())
    assert needs[-1].context == {"iam:PassedToService": "cloudtrail.amazonaws.com"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("iam", "CreateRole", {"RoleName": "r", "Path": "/a/"}, f"arn:aws:iam::{ACCOUNT}:role/a/r"),
        ("iam", "GetUser", {"UserName": "u"}, f"arn:aws:iam::{ACCOUNT}:user/u"),
        ("iam", "GetPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/p"}, "arn:aws:iam::aws:policy/p"),
        ("iam", "AttachRolePolicy", {"RoleName": "r", "PolicyArn": "x"}, f"arn:aws:iam::{ACCOUNT}:role/r"),
        ("logs", "CreateLogGroup", {"logGroupName": "g"}, f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:g:*"),
        ("logs", "TagResource", {"resourceArn": "arn:aws:logs:x:1:log-group:g"}, "arn:aws:logs:x:1:log-group:g:*"),
        ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "g"}, f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*"),
        ("ec2", "DescribeRegions", {}, "*"),
    ],
)
def test_others(service: str, operation: str, parameters: dict[str, Any], expected: str) -> None:
    needs = needs_of(call(service, operation, parameters), CALLER, State())
    assert [(need.action, need.resource) for need in needs] == [(f"{service}:{operation}", expected)]


@pytest.mark.parametrize(
    ("operation", "parameters", "headers", "expected"),
    [
        ("ListBuckets", {}, {}, [("s3:ListAllMyBuckets", "*")]),
        ("HeadBucket", {"Bucket": "logs"}, {}, [("s3:ListBucket", BUCKET)]),
        ("GetBucketEncryption", {"Bucket": "logs"}, {}, [("s3:GetEncryptionConfiguration", BUCKET)]),
        ("PutBucketPolicy", {"Bucket": "logs"}, {}, [("s3:PutBucketPolicy", BUCKET)]),
        (
            "CreateBucket",
            {"Bucket": "logs"},
            {"x-amz-bucket-object-lock-enabled": "true"},
            [
                ("s3:CreateBucket", BUCKET),
                ("s3:PutBucketObjectLockConfiguration", BUCKET),
                ("s3:PutBucketVersioning", BUCKET),
            ],
        ),
        ("GetObject", {"Bucket": "logs", "Key": "AWSLogs/x"}, {}, [("s3:GetObject", KEY)]),
        ("HeadObject", {"Bucket": "logs", "Key": "AWSLogs/x", "VersionId": "v"}, {}, [("s3:GetObjectVersion", KEY)]),
        (
            "DeleteObject",
            {"Bucket": "logs", "Key": "AWSLogs/x", "VersionId": "v"},
            {},
            [("s3:DeleteObjectVersion", KEY)],
        ),
        (
            "PutObjectRetention",
            {"Bucket": "logs", "Key": "AWSLogs/x"},
            {"x-amz-bypass-governance-retention": "true"},
            [("s3:PutObjectRetention", KEY), ("s3:BypassGovernanceRetention", KEY)],
        ),
        (
            "PutObject",
            {"Bucket": "logs", "Key": "AWSLogs/x"},
            {"x-amz-acl": "bucket-owner-full-control"},
            [("s3:PutObject", KEY), ("s3:PutObjectAcl", KEY)],
        ),
    ],
)
def test_s3(
    operation: str, parameters: dict[str, Any], headers: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    needs = s3_permissions.needs_of(call("s3", operation, parameters, headers))
    assert [(need.action, need.resource) for need in needs] == expected


def test_s3_conditions() -> None:
    headers = {"x-amz-acl": "private", "x-amz-server-side-encryption": "aws:kms"}
    context = s3_permissions.conditions(call("s3", "PutObject", {"Prefix": "a/", "VersionId": "v"}, headers))
    expected = {"s3:x-amz-acl": "private", "s3:x-amz-server-side-encryption": "aws:kms", "s3:prefix": "a/"}
    assert {**expected, "s3:VersionId": "v"}.items() <= context.items()
