# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may write, read and delete by the statements of the log bucket, as the sandbox's judge sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import (
    bucket_statements,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    LAYOUTS,
    Admitted,
    Trail,
)

from cloudtrail_sandbox import judge
from tests.fakes.judge import allowed, may_write
from tests.fakes.support import BUCKET, PRODUCTION, READER, REGION, STAGING, STRANGER

ORG = "o-a1b2c3d4e5"
ADMITTED = Admitted(frozenset({Trail(PRODUCTION, REGION, "trail"), Trail(STAGING, REGION, "trail")}), ORG)
ALL_LAYOUTS = pytest.mark.parametrize("layout", LAYOUTS)


def admit(layout: str, *prefixes: str, partition: str = "aws") -> list[dict[str, Any]]:
    return bucket_statements.admit(partition, BUCKET, prefixes or ("",), layout, ADMITTED)


@ALL_LAYOUTS
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("prefix", ["", "some/prefix"])
@pytest.mark.parametrize("account", [PRODUCTION, STAGING])
def test_the_admitted_may_write(layout: str, partition: str, prefix: str, account: str) -> None:
    statements = admit(layout, prefix, partition=partition)
    assert may_write(statements, account, partition=partition, prefix=prefix, organization=ORG)


@ALL_LAYOUTS
def test_every_prefix_is_admitted_and_no_other(layout: str) -> None:
    statements = admit(layout, "", "a/b")
    assert may_write(statements, PRODUCTION, organization=ORG)
    assert may_write(statements, PRODUCTION, prefix="a/b", organization=ORG)
    assert not may_write(statements, PRODUCTION, prefix="a", organization=ORG)
    assert not may_write(statements, PRODUCTION, prefix="x/a/b", organization=ORG)


@ALL_LAYOUTS
def test_a_stranger_may_not_write(layout: str) -> None:
    assert not may_write(admit(layout), STRANGER)
    assert not may_write(admit(layout), STRANGER, organization="o-strangers1")


@ALL_LAYOUTS
def test_a_stranger_may_not_write_into_the_folder_of_the_admitted_where_it_is_the_only_border(layout: str) -> None:
    """In layout accounts the folder alone is the border, and CloudTrail itself puts the account into the path."""
    if layout != "accounts":
        assert not may_write(admit(layout), STRANGER, folder=PRODUCTION)


@ALL_LAYOUTS
@pytest.mark.parametrize("acl", ["private", "public-read"])
def test_only_with_the_acl_that_cloudtrail_sends(layout: str, acl: str) -> None:
    assert not may_write(admit(layout), PRODUCTION, organization=ORG, **{"s3:x-amz-acl": acl})


@pytest.mark.parametrize(
    ("layout", "other_name", "other_region"),
    [("exact", False, False), ("accounts", False, True), ("compact", False, True), ("organization", True, True)],
)
def test_how_strict_the_layouts_are(layout: str, other_name: bool, other_region: bool) -> None:
    statements = admit(layout)
    assert may_write(statements, PRODUCTION, "another", organization=ORG) is other_name
    assert may_write(statements, PRODUCTION, region="eu-west-1", organization=ORG) is other_region


@ALL_LAYOUTS
def test_nobody_else_than_cloudtrail(layout: str) -> None:
    for statement in admit(layout):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"], "no statement without a condition on the source"


@ALL_LAYOUTS
def test_nobody_is_admitted_without_statements(layout: str) -> None:
    assert bucket_statements.admit("aws", BUCKET, [""], layout, Admitted()) == []


def test_readers_may_list_and_get_but_not_write() -> None:
    statements = bucket_statements.read("aws", BUCKET, [READER])
    reader, file = judge.Principal("role", arn=READER), f"arn:aws:s3:::{BUCKET}/AWSLogs/x"
    assert allowed(statements, "s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {}, reader)
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        assert allowed(statements, action, file, {}, reader)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy"):
        assert not allowed(statements, action, file, {}, reader)
    stranger = judge.Principal("role", arn=f"arn:aws:iam::{STRANGER}:role/LogReader")
    assert not allowed(statements, "s3:GetObject", file, {}, stranger)
    assert bucket_statements.read("aws", BUCKET, []) == []


EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
BREAK_GLASS = "arn:aws:iam::111122223333:role/BreakGlass"
# AWS's names of the actions that take log files away or shorten their life
DELETING = [
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutBucketObjectLockConfiguration",
    "s3:BypassGovernanceRetention",
]


@pytest.mark.parametrize("action", DELETING)
def test_nobody_deletes_but_for_break_glass(action: str) -> None:
    closed = [EVERYTHING, *bucket_statements.deny_delete("aws", BUCKET, [])]
    open_to = [EVERYTHING, *bucket_statements.deny_delete("aws", BUCKET, ["arn:aws:iam::111122223333:role/Break*"])]
    someone = {"aws:PrincipalArn": READER}
    glass = {"aws:PrincipalArn": BREAK_GLASS}
    bucket = f"arn:aws:s3:::{BUCKET}"
    resource = f"{bucket}/AWSLogs/x" if "Object" in action and "Lock" not in action else bucket
    for statements in (closed, open_to):
        assert not allowed(statements, action, resource, someone, judge.Principal("role", arn=READER))
        assert not allowed(statements, action, resource, {}), "a service without a principal ARN"
    assert not allowed(closed, action, resource, glass, judge.Principal("role", arn=BREAK_GLASS))
    assert allowed(open_to, action, resource, glass, judge.Principal("role", arn=BREAK_GLASS))


@ALL_LAYOUTS
def test_the_denials_do_not_stop_cloudtrail(layout: str) -> None:
    denials = [
        *bucket_statements.deny_delete("aws", BUCKET, []),
        *bucket_statements.deny_insecure_transport("aws", BUCKET),
    ]
    assert may_write([*admit(layout), *denials], PRODUCTION, organization=ORG)


def test_nothing_goes_without_tls() -> None:
    statements = [EVERYTHING, *bucket_statements.deny_insecure_transport("aws", BUCKET)]
    for resource in (f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/AWSLogs/x"):
        assert not allowed(statements, "s3:GetObject", resource, {"aws:SecureTransport": "false"})
        assert allowed(statements, "s3:GetObject", resource, {"aws:SecureTransport": "true"})


@ALL_LAYOUTS
def test_aws_would_accept_the_policy(layout: str) -> None:
    statements = [
        *admit(layout, "", "a/b"),
        *bucket_statements.read("aws", BUCKET, [READER]),
        *bucket_statements.deny_delete("aws", BUCKET, [BREAK_GLASS]),
        *bucket_statements.deny_insecure_transport("aws", BUCKET),
    ]
    judge.check_bucket_policy(
        json.dumps({"Version": "2012-10-17", "Statement": statements}), BUCKET, lambda _name: True
    )
    sids = [statement["Sid"] for statement in statements]
    assert len(set(sids)) == len(sids)
    assert all(bucket_statements.part(sid) and bucket_statements.is_ours(sid) for sid in sids)


@pytest.mark.parametrize(
    "sid", ["", "AWSCloudTrailWrite20150319", "CentralLogging", "centralloggingwrite", "CentralLoggingWrite2"]
)
def test_statements_of_others_are_not_ours(sid: str) -> None:
    assert not bucket_statements.is_ours(sid)
    assert bucket_statements.part(sid) == ""


def test_break_glass_is_found_again() -> None:
    for principals in ([], [BREAK_GLASS], [BREAK_GLASS, READER]):
        statements = bucket_statements.deny_delete("aws", BUCKET, principals)
        assert sorted(bucket_statements.break_glass_of(statements)) == sorted(principals)
    bare = {"Condition": {"ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS}}}
    assert bucket_statements.break_glass_of([bare]) == [BREAK_GLASS]


def test_break_glass_is_found_again_in_any_case_of_the_condition_key() -> None:
    """Condition keys have no case; to miss one would lock out those who are to break the glass."""
    statement = {"Condition": {"ArnNotLike": {"AWS:PrincipalARN": [BREAK_GLASS]}}}
    assert bucket_statements.break_glass_of([statement]) == [BREAK_GLASS]
