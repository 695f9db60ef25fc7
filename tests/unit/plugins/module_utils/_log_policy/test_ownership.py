# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements that the modules have written are owned; foreign and altered statements are not."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import ownership
from ansible_collections.central_logging.aws.plugins.module_utils._policy.document import parse

from tests.fakes.fake_policies import FOREIGN, ROOT, FakePolicyStore, policy, run_bucket, run_key
from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, READER, STAGING, account, as_aws_shows

ORG = "o-a1b2c3d4e5"
TRAIL = {"management_account_id": ARCHIVE, "trail_name": "OrganizationTrail", "region": None}
OPTIONS: dict[str, Any] = {
    "accounts": [account(PRODUCTION), account(STAGING)],
    "organization_id": ORG,
    "organization_trails": [TRAIL],
}


def bucket(**options: Any) -> FakePolicyStore:
    store = FakePolicyStore(policy(FOREIGN))
    run_bucket(store, **OPTIONS, readers=[READER], break_glass_principals=[READER], **options)
    return store


def key(**options: Any) -> FakePolicyStore:
    store = FakePolicyStore(policy(ROOT % ARCHIVE))
    limited = {"arn": READER + "2", "accounts": [PRODUCTION]}
    run_key(store, **OPTIONS, bucket_key=True, decrypt_principals=[READER, limited], **options)
    return store


Make = Callable[..., FakePolicyStore]
in_both_policies = pytest.mark.parametrize("make", [bucket, key])


def foreign(make: Make, text: str | None) -> list[tuple[int, bool]]:
    """Position of each statement that is not owned, and whether it has an owned Sid."""
    document = parse(text or "", "The policy")
    if make is bucket:
        statements = ownership.foreign_in_bucket(document, "aws", BUCKET)
    else:
        statements = ownership.foreign_in_key(document, "aws")
    return [(statement.position, statement.altered) for statement in statements]


@in_both_policies
@pytest.mark.parametrize("layout", ["exact", "accounts", "compact", "organization"])
def test_statements_that_the_module_has_written_are_owned(make: Make, layout: str) -> None:
    store = make(layout=layout)
    assert len(store.statements) > 7
    assert foreign(make, store.text) == [(0, False)], "only the statement that was there before"


@in_both_policies
def test_the_form_in_which_aws_returns_a_policy_does_not_alter_it(make: Make) -> None:
    store = make()
    assert foreign(make, as_aws_shows(store.text or "", random.Random(3))) == [(0, False)]


@in_both_policies
@pytest.mark.parametrize(
    "alteration",
    [
        {"Action": "*"},
        {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"NotResource": "arn:aws:s3:::x"},
        {"Condition": "none"},
        {"Principal": 7},
    ],
)
def test_an_altered_statement_is_not_owned(make: Make, alteration: dict[str, Any]) -> None:
    store = make()
    for position, statement in enumerate(store.statements[1:], 1):
        statements = list(store.statements)
        statements[position] = {**statement, **alteration}
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        assert (position, True) in foreign(make, text), statement["Sid"]
        assert (0, False) in foreign(make, text)


def test_no_policy_has_no_foreign_statements() -> None:
    assert ownership.foreign_in_bucket(None, "aws", BUCKET) == []
    assert ownership.foreign_in_key(None, "aws") == []
