# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Foreign statements stay the same byte for byte, also if another writer changes the policy at the same time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET
from tests.e2e.test_site import key_arn, policies

ROLE = f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"
FOREIGN = {
    "Sid": "Somebody else\u00e9",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:role/LogReader"},
}
ON_BUCKET = {**FOREIGN, "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": f"arn:aws:s3:::{BUCKET}"}
ON_KEY = {
    "Resource": "*",
    **FOREIGN,
    "Action": ["kms:DescribeKey"],
    "Condition": {"Bool": {"aws:SecureTransport": True}},
}


def foreign_text(policy: str) -> str:
    """The text of the foreign statement, as AWS shows it."""
    start = policy.rindex("{", 0, policy.index("Somebody else"))
    if policy[start - 2 : start] == ": ":  # the object before the Sid is one inside the statement
        start = policy.rindex("{", 0, start)
    depth = 0
    for position in range(start, len(policy)):
        depth += {"{": 1, "}": -1}.get(policy[position], 0)
        if depth == 0:
            return policy[start : position + 1]
    raise AssertionError(policy)


@pytest.fixture
def shared_policies(set_up: Callable[[str], None], client: Callable[..., Any]) -> tuple[str, str]:
    """Adds a foreign statement to both policies, and returns the texts of both statements."""
    set_up("archive")
    bucket, key = (json.loads(text) for text in policies(client))
    bucket["Statement"].insert(0, ON_BUCKET)
    key["Statement"].insert(0, ON_KEY)
    client("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(bucket, indent=3))
    client("kms").put_key_policy(KeyId=key_arn(client), PolicyName="default", Policy=json.dumps(key, indent=3))
    on_bucket, on_key = (foreign_text(text) for text in policies(client))
    return on_bucket, on_key


def test_they_stay_through_change_and_removal(
    module: Callable[..., dict[str, Any]], client: Callable[..., Any], shared_policies: tuple[str, str]
) -> None:
    changes: list[dict[str, Any]] = [
        {"accounts": [{"id": "999988887777", "trail_name": "one-more"}]},
        {"layout": "compact"},
        {"state": "absent", "allow_weaken": True},
    ]
    for change in changes:
        common = {"region": "us-east-1", "assume_role_arn": ROLE, **change}
        on_bucket = module("s3_log_bucket_policy", bucket=BUCKET, **common)
        on_key = module("kms_key_grant_accounts", key="alias/central-logging", **common)
        assert on_bucket.get("changed"), on_bucket
        assert on_key.get("changed"), on_key
        bucket, key = policies(client)
        assert (foreign_text(bucket), foreign_text(key)) == shared_policies
    assert [statement["Sid"] for statement in json.loads(bucket)["Statement"]] == [FOREIGN["Sid"]]
    assert "CentralLogging" not in key


@pytest.mark.usefixtures("shared_policies")
@pytest.mark.parametrize(
    ("name", "operation", "target"),
    [
        ("s3_log_bucket_policy", "PutBucketPolicy", {"bucket": BUCKET}),
        ("kms_key_grant_accounts", "PutKeyPolicy", {"key": "alias/central-logging"}),
    ],
)
def test_a_second_writer_loses_nothing_and_we_do_not_either(
    sandbox: Sandbox,
    module: Callable[..., dict[str, Any]],
    client: Callable[..., Any],
    name: str,
    operation: str,
    target: dict[str, str],
) -> None:
    service, resource = ("s3", f"arn:aws:s3:::{BUCKET}") if "bucket" in target else ("kms", "*")
    statement = {
        "Sid": "WrittenMeanwhile",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:role/LogReader"},
        "Action": "s3:GetBucketAcl" if service == "s3" else "kms:ListGrants",
        "Resource": resource,
    }
    sandbox.second_writer(operation, statement)
    accounts = [{"id": "999988887777", "trail_name": "one-more"}]
    result = module(name, region="us-east-1", assume_role_arn=ROLE, accounts=accounts, **target)
    assert result.get("changed"), result
    text = policies(client)[0 if service == "s3" else 1]
    assert "WrittenMeanwhile" in text
    assert "999988887777" in text
    assert "Somebody else" in text
