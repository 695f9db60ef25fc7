# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the options about accounts mean, and what both policy modules return."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import Admitted, Trail
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.managed_policy import Admission

from tests.fakes.fake_policies import (
    FOREIGN,
    Store,
    bucket_policy,
    empty_bucket,
    foreign_bucket,
    key,
    key_grants,
    policy,
    run_bucket,
    run_key,
)
from tests.fakes.support import (
    ARCHIVE,
    DEVELOPMENT,
    KEY,
    PRODUCTION,
    READER,
    REGION,
    STAGING,
    account,
    bucket_options,
)

ORG = "o-a1b2c3d4e5"
THERE = Admitted(frozenset({Trail(PRODUCTION, REGION, "trail"), Trail(STAGING)}))


def asked(**options: Any) -> Admission:
    return Admission.from_params(bucket_options(**options), REGION)


def test_a_trail_has_the_region_of_the_module_unless_it_says_otherwise() -> None:
    accounts = [account(PRODUCTION), account(STAGING, region="eu-west-1"), {"id": DEVELOPMENT, "trail_name": None}]
    assert asked(accounts=accounts).trails == (
        Trail(PRODUCTION, REGION, "trail"),
        Trail(STAGING, "eu-west-1", "trail"),
        Trail(DEVELOPMENT),
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"accounts": [{"id": "12345678901"}]}, "accounts: id: '12345678901'.*in quotes"),
        ({"accounts": [{"id": "1402433619"}]}, "accounts: id: '1402433619'.*in quotes"),
        ({"accounts": [account(PRODUCTION), account(PRODUCTION, "x" * 9)]}, f"accounts: {PRODUCTION}.*more than once"),
        ({"accounts": [account(PRODUCTION, "-")]}, f"trail_name of {PRODUCTION}: '-' is no trail name"),
        ({"accounts": [account(PRODUCTION, region="*")]}, f"region of {PRODUCTION}"),
        ({"accounts": [account(PRODUCTION, region="US East (N. Virginia)")]}, f"region of {PRODUCTION}"),
        ({"accounts": [account(PRODUCTION, region="cn-north-1")]}, f"region of {PRODUCTION}"),
        ({"organization_id": "a1b2c3d4e5"}, "organization_id: 'a1b2c3d4e5'"),
        ({"purge_accounts": True}, "purge_accounts: true .* accounts is not given"),
    ],
)
def test_bad_input(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        asked(**options)


@pytest.mark.parametrize(
    ("options", "current", "admitted"),
    [
        ({}, THERE, THERE),
        ({"accounts": []}, THERE, THERE),
        ({"accounts": [account(PRODUCTION)]}, THERE, THERE),
        ({"accounts": [account(DEVELOPMENT)]}, THERE, THERE.with_([Trail(DEVELOPMENT, REGION, "trail")])),
        (
            {"accounts": [account(DEVELOPMENT)], "purge_accounts": True},
            THERE,
            Admitted(frozenset({Trail(DEVELOPMENT, REGION, "trail")})),
        ),
        (
            {"accounts": [account(DEVELOPMENT)], "purge_accounts": True},
            Admitted(organization=ORG),
            Admitted(frozenset({Trail(DEVELOPMENT, REGION, "trail")})),
        ),
        ({"accounts": [], "purge_accounts": True}, THERE, Admitted()),
        ({"organization_id": ORG}, Admitted(organization=ORG), Admitted(organization=ORG)),
        ({"accounts": [{"id": STAGING}], "state": "absent"}, THERE, THERE.without([STAGING])),
        ({"accounts": [{"id": DEVELOPMENT}], "state": "absent"}, THERE, THERE),
        ({"accounts": [], "state": "absent"}, THERE, THERE),
        ({"organization_id": ORG, "state": "absent"}, Admitted(organization=ORG), Admitted()),
        ({"organization_id": ORG, "state": "absent"}, THERE, THERE),
        (
            {"organization_id": "o-another1234", "state": "absent"},
            Admitted(organization=ORG),
            Admitted(organization=ORG),
        ),
    ],
)
def test_who_is_to_have_access(options: dict[str, Any], current: Admitted, admitted: Admitted) -> None:
    assert asked(**options).apply(current) == admitted


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"organization_id": "o-another1234"}, f"admits organization {ORG}, not o-another1234"),
        ({"accounts": [{"id": STAGING}], "state": "absent"}, f"organization {ORG} as a whole.*{STAGING} cannot be"),
        (
            {"accounts": [{"id": STAGING}], "organization_id": "o-another1234", "state": "absent"},
            f"organization {ORG} as a whole.*{STAGING} cannot be",
        ),
    ],
)
def test_an_organization_is_never_narrowed_by_accident(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        asked(**options).apply(Admitted(organization=ORG))


@pytest.mark.parametrize(
    ("options", "everything"),
    [
        ({"state": "absent"}, True),
        ({"state": "absent", "accounts": []}, False),
        ({"state": "absent", "accounts": [{"id": STAGING}]}, False),
        ({"state": "absent", "organization_id": ORG}, False),
        ({}, False),
    ],
)
def test_removes_everything(options: dict[str, Any], everything: bool) -> None:
    assert asked(**options).removes_everything is everything


# what is returned


def test_bytes_are_those_that_are_sent_whatever_white_space_aws_shows() -> None:
    store = key()
    sent = run_key(store, accounts=[account(PRODUCTION)])
    result = key_grants().result(sent)
    store.text = json.dumps(store.value, indent=4)
    again = key_grants().result(run_key(store, accounts=[account(PRODUCTION)]))
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
    result = bucket_policy().result(run_bucket(store, accounts=[{"id": STAGING}], state="absent"))
    assert (result["accounts"], result["accounts_added"], result["accounts_removed"]) == ([PRODUCTION], [], [STAGING])
    result = bucket_policy().result(run_bucket(store, state="absent"))
    assert (result["policy"], result["bytes"], result["layout"]) == (None, 0, None)
    assert result["accounts_removed"] == [PRODUCTION]


def test_foreign_statements_without_sid_are_numbered() -> None:
    store = Store(policy(FOREIGN, '{"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*"}'))
    assert bucket_policy().result(run_bucket(store))["foreign_statements"] == ["Theirs", "#1"]


def test_diff_is_of_the_whole_policy() -> None:
    store = foreign_bucket()
    diff = bucket_policy().diff(run_bucket(store, accounts=[account(PRODUCTION)]))
    assert [statement["Sid"] for statement in diff["before"]["Statement"]] == ["Theirs"]
    assert diff["after"] == store.value
    assert diff["before_header"] == diff["after_header"] == "The policy of bucket secprod-multiaccount-logs"
    grants = key()
    assert key_grants().diff(run_key(grants))["before_header"] == f"The policy of key {KEY}"
    unchanged = bucket_policy().diff(run_bucket(store, accounts=[account(PRODUCTION)]))
    assert unchanged["before"] == unchanged["after"]


@pytest.mark.parametrize(
    ("layout", "in_bucket", "in_key"),
    [("exact", False, False), ("accounts", False, False), ("compact", True, True), ("organization", False, True)],
)
def test_what_is_not_verified_is_warned_of(layout: str, in_bucket: bool, in_key: bool) -> None:
    options: dict[str, Any] = {"accounts": [account(PRODUCTION)], "layout": layout, "organization_id": ORG}
    assert bool(bucket_policy().warnings(run_bucket(empty_bucket(), **options))) is in_bucket
    assert bool(key_grants().warnings(run_key(key(), **options))) is in_key


def test_rendered_needs_nobody_and_plans_nothing() -> None:
    store = foreign_bucket()
    outcome = run_bucket(store, accounts=[account(PRODUCTION)], state="rendered")
    result = bucket_policy(state="rendered").result(outcome)
    assert not outcome.changed
    assert store.calls == []
    assert result["accounts"] == [PRODUCTION]
    assert {statement["Sid"] for statement in result["policy"]["Statement"]} == {
        "CentralLoggingAclCheck",
        "CentralLoggingWrite",
        "CentralLoggingDenyDelete",
        "CentralLoggingDenyInsecureTransport",
    }
    grants = key()
    outcome = run_key(grants, accounts=[account(PRODUCTION)], decrypt_principals=[READER], state="rendered")
    result = key_grants(state="rendered").result(outcome)
    assert not outcome.changed
    assert grants.calls == []
    assert result["key_arn"] == KEY
    assert ARCHIVE not in result["accounts"]
    assert len(result["policy"]["Statement"]) == 3
