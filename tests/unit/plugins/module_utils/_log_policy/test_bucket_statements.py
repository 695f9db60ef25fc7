# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may write, read and delete with the statements of the log bucket, evaluated by the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import bucket_statements
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    AllowedAccounts,
    AllowedTrail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.layouts import LAYOUTS

from cloudtrail_sandbox import judge
from tests.fakes.judge import allowed, may_write
from tests.fakes.support import BUCKET, PRODUCTION, READER, REGION, STAGING, STRANGER

ORG = "o-a1b2c3d4e5"
ALLOWED = AllowedAccounts(
    trails=frozenset(AllowedTrail(account=account, region=REGION, name="trail") for account in (PRODUCTION, STAGING)),
    organization=ORG,
)
BREAK_GLASS = "arn:aws:iam::111122223333:role/BreakGlass"
ALL_LAYOUTS = pytest.mark.parametrize("layout", LAYOUTS)


def allow(layout: str, *prefixes: str, partition: str = "aws") -> list[dict[str, Any]]:
    return bucket_statements.allow_accounts(partition, BUCKET, prefixes or ("",), layout, ALLOWED)


@ALL_LAYOUTS
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("prefix", ["", "some/prefix"])
@pytest.mark.parametrize("account", [PRODUCTION, STAGING])
def test_allowed_accounts_may_write(layout: str, partition: str, prefix: str, account: str) -> None:
    statements = allow(layout, prefix, partition=partition)
    assert may_write(statements, account, partition=partition, prefix=prefix, organization=ORG)


@ALL_LAYOUTS
def test_every_prefix_is_allowed_and_no_other(layout: str) -> None:
    statements = allow(layout, "", "a/b")
    assert may_write(statements, PRODUCTION, organization=ORG)
    assert may_write(statements, PRODUCTION, prefix="a/b", organization=ORG)
    assert not may_write(statements, PRODUCTION, prefix="a", organization=ORG)
    assert not may_write(statements, PRODUCTION, prefix="x/a/b", organization=ORG)


@ALL_LAYOUTS
def test_another_account_may_not_write(layout: str) -> None:
    assert not may_write(allow(layout), STRANGER)
    assert not may_write(allow(layout), STRANGER, organization="o-strangers1")


@ALL_LAYOUTS
def test_another_account_may_not_write_to_the_folder_of_an_allowed_account(layout: str) -> None:
    """Layout accounts relies on CloudTrail, which writes the account id into the object key itself."""
    if layout != "accounts":
        assert not may_write(allow(layout), STRANGER, folder=PRODUCTION)


@ALL_LAYOUTS
@pytest.mark.parametrize("acl", ["private", "public-read"])
def test_only_with_the_acl_that_cloudtrail_sends(layout: str, acl: str) -> None:
    assert not may_write(allow(layout), PRODUCTION, organization=ORG, **{"s3:x-amz-acl": acl})


@pytest.mark.parametrize(
    ("layout", "other_name", "other_region"),
    [("exact", False, False), ("accounts", False, True), ("compact", False, True), ("organization", True, True)],
)
def test_how_strict_the_layouts_are(layout: str, other_name: bool, other_region: bool) -> None:
    statements = allow(layout)
    assert may_write(statements, PRODUCTION, "another", organization=ORG) is other_name
    assert may_write(statements, PRODUCTION, region="eu-west-1", organization=ORG) is other_region


@ALL_LAYOUTS
def test_only_cloudtrail_may_write(layout: str) -> None:
    for statement in allow(layout):
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        assert statement["Condition"], "no statement without a condition on the source"


@ALL_LAYOUTS
def test_no_allowed_accounts_need_no_statements(layout: str) -> None:
    assert bucket_statements.allow_accounts("aws", BUCKET, [""], layout, AllowedAccounts()) == []


@pytest.mark.parametrize("readers", [[], [READER], [READER, BREAK_GLASS]])
def test_readers_are_recovered(readers: list[str]) -> None:
    assert bucket_statements.readers_of(bucket_statements.allow_read("aws", BUCKET, readers)) == sorted(readers)


def test_readers_may_list_and_get_but_not_write() -> None:
    statements = bucket_statements.allow_read("aws", BUCKET, [READER])
    reader, file = judge.Principal("role", arn=READER), f"arn:aws:s3:::{BUCKET}/AWSLogs/x"
    assert allowed(statements, "s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {}, reader)
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        assert allowed(statements, action, file, {}, reader)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy"):
        assert not allowed(statements, action, file, {}, reader)
    stranger = judge.Principal("role", arn=f"arn:aws:iam::{STRANGER}:role/LogReader")
    assert not allowed(statements, "s3:GetObject", file, {}, stranger)
    assert bucket_statements.allow_read("aws", BUCKET, []) == []


EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
# the actions that remove log files or shorten their retention
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
def test_only_break_glass_principals_delete(action: str) -> None:
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
    assert may_write([*allow(layout), *denials], PRODUCTION, organization=ORG)


def test_requests_without_tls_are_denied() -> None:
    statements = [EVERYTHING, *bucket_statements.deny_insecure_transport("aws", BUCKET)]
    for resource in (f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/AWSLogs/x"):
        assert not allowed(statements, "s3:GetObject", resource, {"aws:SecureTransport": "false"})
        assert allowed(statements, "s3:GetObject", resource, {"aws:SecureTransport": "true"})


@ALL_LAYOUTS
def test_aws_would_accept_the_policy(layout: str) -> None:
    statements = [
        *allow(layout, "", "a/b"),
        *bucket_statements.allow_read("aws", BUCKET, [READER]),
        *bucket_statements.deny_delete("aws", BUCKET, [BREAK_GLASS]),
        *bucket_statements.deny_insecure_transport("aws", BUCKET),
    ]
    judge.check_bucket_policy(
        json.dumps({"Version": "2012-10-17", "Statement": statements}), BUCKET, lambda _name: True
    )
    sids = [statement["Sid"] for statement in statements]
    assert len(set(sids)) == len(sids)
    assert all(bucket_statements.part(sid) for sid in sids)


@pytest.mark.parametrize(
    "sid", ["", "AWSCloudTrailWrite20150319", "CentralLogging", "centralloggingwrite", "CentralLoggingWrite2x"]
)
def test_foreign_sids_belong_to_no_part(sid: str) -> None:
    assert bucket_statements.part(sid) == ""


def test_break_glass_principals_are_recovered() -> None:
    for principals in ([], [BREAK_GLASS], [BREAK_GLASS, READER]):
        statements = bucket_statements.deny_delete("aws", BUCKET, principals)
        assert sorted(bucket_statements.break_glass_of(statements)) == sorted(principals)
    bare = {"Condition": {"ArnNotLike": {"aws:PrincipalArn": BREAK_GLASS}}}
    assert bucket_statements.break_glass_of([bare]) == [BREAK_GLASS]


def test_break_glass_principals_are_recovered_in_any_case_of_the_condition_key() -> None:
    """Condition keys are not case-sensitive. A missed principal would lose its emergency access."""
    statement = {"Condition": {"ArnNotLike": {"AWS:PrincipalARN": [BREAK_GLASS]}}}
    assert bucket_statements.break_glass_of([statement]) == [BREAK_GLASS]
