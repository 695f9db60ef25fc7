# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""China and GovCloud: every ARN is of their own partition, and the service principal the same.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_policy import BucketPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_policy import KeyPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._trail.resource import TrailResource
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import (
    Lookup,
    Snapshot,
    TrailState,
    WantedKey,
)

from tests.fakes.support import (
    ARCHIVE,
    BUCKET,
    KEY_ID,
    PRODUCTION,
    STAGING,
    account,
    bucket_options,
    key_options,
    outcome_of,
    trail_options,
    validated,
)

ORGANIZATION = {"organization_id": "o-a1b2c3d4e5"}
HOMES = pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
ADMITTING = pytest.mark.parametrize(
    "admitting",
    [
        {"layout": "exact"},
        {"layout": "accounts"},
        {"layout": "compact"},
        {"layout": "organization", **ORGANIZATION},
        {
            **ORGANIZATION,
            "organization_trails": [{"management_account_id": ARCHIVE, "trail_name": "org", "region": None}],
        },
    ],
    ids=lambda options: str(options.get("layout", "organization's trail")),
)
ACCOUNTS = [account(PRODUCTION), account(STAGING)]


def partitions_in(value: Any) -> set[str]:
    return set(re.findall(r"arn:([a-z-]+):", json.dumps(value)))


def is_of(partition: str, policy: dict[str, Any]) -> None:
    assert partitions_in(policy) == {partition}
    principals = [statement["Principal"] for statement in policy["Statement"]]
    services = {name["Service"] for name in principals if isinstance(name, dict) and "Service" in name}
    assert services == {"cloudtrail.amazonaws.com"}


def rendered(subject: Any) -> dict[str, Any]:
    policy: dict[str, Any] = subject.result(outcome_of(subject, None, reconcile))["policy"]
    return policy


@HOMES
@ADMITTING
def test_the_policy_of_the_bucket(region: str, partition: str, admitting: dict[str, Any]) -> None:
    people = [f"arn:{partition}:iam::{ARCHIVE}:role/LogReader"]
    options = {"accounts": ACCOUNTS, "readers": people, "break_glass_principals": people, "state": "rendered"}
    is_of(partition, rendered(BucketPolicy(bucket_options(**options, **admitting), region)))


@HOMES
@ADMITTING
def test_the_policy_of_the_key(region: str, partition: str, admitting: dict[str, Any]) -> None:
    reader = f"arn:{partition}:iam::{ARCHIVE}:role/LogReader"
    limited = {"arn": f"arn:{partition}:iam::{ARCHIVE}:role/Other", "accounts": [PRODUCTION]}
    options = {"accounts": ACCOUNTS, "decrypt_principals": [reader, limited], "bucket_key": True, "state": "rendered"}
    key = f"arn:{partition}:kms:{region}:{ARCHIVE}:key/{KEY_ID}"
    is_of(partition, rendered(KeyPolicy(key_options(key=key, **options, **admitting), region)))


@HOMES
def test_the_plan_of_a_trail(region: str, partition: str) -> None:
    key = f"arn:{partition}:kms:{region}:{ARCHIVE}:key/{KEY_ID}"
    group = f"arn:{partition}:logs:{region}:{PRODUCTION}:log-group:CloudTrail"
    role = f"arn:{partition}:iam::{PRODUCTION}:role/CloudTrail"
    options = {"bucket": BUCKET, "kms_key": key, "cloudwatch_logs_group_arn": group, "cloudwatch_logs_role_arn": role}
    trail = TrailResource(trail_options(**options), region)
    lookup = Lookup(reference=trail.options.name, key=WantedKey(identifier=key))
    before = Snapshot(state=TrailState(name=trail.options.name), lookup=lookup)
    plan = validated(trail.plan(before, trail.desired(before)))
    assert [call.operation for call in plan] == ["create_trail", "start_logging", "put_event_selectors"]
    assert partitions_in([call.arguments for call in plan]) == {partition}
    assert f"arn:{partition}:s3:::{BUCKET}/" in json.dumps(plan[2].arguments)
