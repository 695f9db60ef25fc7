# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both policy modules return."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.fakes.fake_policies import (
    FOREIGN,
    FakePolicyStore,
    bucket_policy,
    empty_bucket,
    foreign_bucket,
    key,
    key_policy,
    policy,
    run,
    run_bucket,
    run_key,
)
from tests.fakes.support import (
    ARCHIVE,
    KEY,
    PRODUCTION,
    READER,
    STAGING,
    account,
    as_aws_shows,
)

ORG = "o-a1b2c3d4e5"


def test_bytes_are_those_that_are_sent_whatever_white_space_aws_returns() -> None:
    store = key()
    sent = run_key(store, accounts=[account(PRODUCTION)])
    result = key_policy().result(sent)
    store.text = json.dumps(store.value, indent=4)
    again = key_policy().result(run_key(store, accounts=[account(PRODUCTION)]))
    assert len(store.text) > 1.2 * result["bytes"]
    assert again["bytes"] < 1.2 * result["bytes"]


def test_result_of_a_first_run() -> None:
    store = foreign_bucket()
    outcome = run_bucket(store, accounts=[account(PRODUCTION), account(STAGING)])
    result = bucket_policy().result(outcome)
    assert store.text is not None
    assert result["policy"] == json.loads(store.text)
    assert result["bytes"] == len(store.text.encode())
    assert result["limit"] == 20_480
    assert result["layout"] == "exact"
    assert result["room"] > 50
    assert result["accounts"] == result["accounts_added"] == [STAGING, PRODUCTION]
    assert result["accounts_removed"] == []
    assert result["organization_id"] is None
    assert result["foreign_statements"] == ["Theirs"]


def test_a_dry_run_returns_what_the_run_would() -> None:
    options: dict[str, Any] = {"accounts": [account(PRODUCTION)], "readers": [READER]}
    dry, real = foreign_bucket(), foreign_bucket()
    predicted = bucket_policy().result(run_bucket(dry, dry_run=True, **options))
    assert predicted == bucket_policy().result(run_bucket(real, **options))
    assert dry.writes == []


def test_result_of_absent() -> None:
    store = empty_bucket()
    run_bucket(store, accounts=[account(PRODUCTION), account(STAGING)])
    result = bucket_policy().result(run_bucket(store, accounts=[{"id": STAGING}], state="absent", allow_weaken=True))
    assert (result["accounts"], result["accounts_added"], result["accounts_removed"]) == ([PRODUCTION], [], [STAGING])
    result = bucket_policy().result(run_bucket(store, state="absent", allow_weaken=True))
    assert (result["policy"], result["bytes"], result["layout"]) == (None, 0, None)
    assert result["accounts_removed"] == [PRODUCTION]


def test_foreign_statements_without_sid_are_numbered() -> None:
    store = FakePolicyStore(policy(FOREIGN, '{"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*"}'))
    assert bucket_policy().result(run_bucket(store))["foreign_statements"] == ["Theirs", "#2"]


def test_diff_is_of_the_whole_policy() -> None:
    store = foreign_bucket()
    diff = bucket_policy().diff(run_bucket(store, accounts=[account(PRODUCTION)]))
    assert [statement["Sid"] for statement in diff["before"]["Statement"]] == ["Theirs"]
    assert [statement["Sid"] for statement in diff["after"]["Statement"]] == store.sids
    assert diff["after"]["Statement"][0] == store.statements[0], "a foreign statement is shown as it is"
    assert diff["before_header"] == diff["after_header"] == "The policy of bucket secprod-multiaccount-logs"
    assert key_policy().diff(run_key(key()))["before_header"] == f"The policy of key {KEY}"
    unchanged = bucket_policy().diff(run_bucket(store, accounts=[account(PRODUCTION)]))
    assert unchanged["before"] == unchanged["after"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("make", [bucket_policy, key_policy], ids=["bucket", "key"])
def test_d9_the_diff_shows_only_what_changes(make: Any, seed: int) -> None:
    """AWS returns a list of one element as that element, and lists in another order."""
    store = foreign_bucket() if make is bucket_policy else key()
    readers = {"readers" if make is bucket_policy else "decrypt_principals": [READER]}
    run(make(accounts=[account(PRODUCTION), account(STAGING)], **readers), store)
    store.text = as_aws_shows(store.text or "", random.Random(seed))
    resource = make(accounts=[account(ARCHIVE)])
    diff = resource.diff(run(resource, store))
    before, after = (
        {statement["Sid"]: json.dumps(statement, sort_keys=True) for statement in diff[side]["Statement"]}
        for side in ("before", "after")
    )
    changed = {sid for sid in after if before.get(sid) != after[sid]}
    assert changed and changed <= {"CentralLoggingAclCheck", "CentralLoggingWrite", "CentralLoggingEncrypt"}


@pytest.mark.parametrize(
    ("layout", "in_bucket", "in_key"),
    [("exact", False, False), ("accounts", False, False), ("compact", True, True), ("organization", False, True)],
)
def test_a_warning_names_a_layout_that_is_not_verified(layout: str, in_bucket: bool, in_key: bool) -> None:
    options: dict[str, Any] = {"accounts": [account(PRODUCTION)], "layout": layout, "organization_id": ORG}
    assert bool(bucket_policy().warnings(run_bucket(empty_bucket(), **options))) is in_bucket
    assert bool(key_policy().warnings(run_key(key(), **options))) is in_key


def test_rendered_makes_no_calls_and_plans_nothing() -> None:
    store = foreign_bucket()
    outcome = run_bucket(store, accounts=[account(PRODUCTION)], state="rendered")
    result = bucket_policy(state="rendered").result(outcome)
    assert not outcome.changed
    assert store.calls == []
    diff = bucket_policy(state="rendered").diff(outcome)
    assert diff["before"] == diff["after"] == {}, "a policy that is only rendered changes nothing"
    assert result["accounts"] == [PRODUCTION]
    assert {statement["Sid"] for statement in result["policy"]["Statement"]} == {
        "CentralLoggingAclCheck",
        "CentralLoggingWrite",
        "CentralLoggingDenyDelete",
        "CentralLoggingDenyInsecureTransport",
    }
    store = key()
    outcome = run_key(store, accounts=[account(PRODUCTION)], decrypt_principals=[READER], state="rendered")
    result = key_policy(state="rendered").result(outcome)
    assert not outcome.changed
    assert store.calls == []
    assert result["key_arn"] == KEY
    assert ARCHIVE not in result["accounts"]
    assert len(result["policy"]["Statement"]) == 3
