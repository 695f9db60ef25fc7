# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that decide whose trails may write, applied to the accounts that have access."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    AllowedAccounts,
    AllowedTrail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.options import AccountOptions

from tests.fakes.support import ARCHIVE, DEVELOPMENT, PRODUCTION, REGION, STAGING, account, bucket_options

ORG, OTHER_ORG = "o-a1b2c3d4e5", "o-another1234"


def options_of(**options: Any) -> AccountOptions:
    return AccountOptions.from_params(bucket_options(**options), REGION)


def allowed(*trails: AllowedTrail) -> AllowedAccounts:
    return AllowedAccounts(trails=frozenset(trails))


NEW = AllowedTrail(account=DEVELOPMENT, region=REGION, name="trail")
CURRENT = allowed(
    AllowedTrail(account=PRODUCTION, region=REGION, name="trail"),
    AllowedTrail(account=STAGING),
)
WHOLE_ORGANIZATION = AllowedAccounts(organization=ORG)


def test_a_trail_is_in_the_region_of_the_module_unless_the_entry_names_another() -> None:
    accounts = [account(PRODUCTION), account(STAGING, region="eu-west-1"), {"id": DEVELOPMENT, "trail_name": None}]
    assert options_of(accounts=accounts).trails == (
        AllowedTrail(account=PRODUCTION, region=REGION, name="trail"),
        AllowedTrail(account=STAGING, region="eu-west-1", name="trail"),
        AllowedTrail(account=DEVELOPMENT),
    )


PLACE = rf"accounts: entry 1 \({PRODUCTION}\)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"accounts": [account(PRODUCTION), {"id": "1"}]}, "accounts: entry 2: id: '1'"),
        ({"accounts": [{"id": "12345678901"}]}, "accounts: entry 1: id: '12345678901'.*in quotes"),
        ({"accounts": [{"id": "1402433619"}]}, "accounts: entry 1: id: '1402433619'.*in quotes"),
        ({"accounts": [account(PRODUCTION), account(PRODUCTION, "x" * 9)]}, f"accounts: {PRODUCTION}.*more than once"),
        ({"accounts": [account(PRODUCTION, "-")]}, f"{PLACE}: trail_name: '-' is not a valid trail name"),
        ({"accounts": [account(PRODUCTION, region="*")]}, f"{PLACE}: region: "),
        ({"accounts": [account(PRODUCTION, region="US East (N. Virginia)")]}, f"{PLACE}: region: "),
        ({"accounts": [account(PRODUCTION, region="cn-north-1")]}, f"{PLACE}: region: "),
        ({"organization_id": "a1b2c3d4e5"}, "organization_id: 'a1b2c3d4e5'"),
        ({"purge_accounts": True}, "purge_accounts: true .* accounts is not given"),
    ],
)
def test_invalid_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        options_of(**options)


@pytest.mark.parametrize(
    ("options", "current", "expected"),
    [
        ({}, CURRENT, CURRENT),
        ({"accounts": []}, CURRENT, CURRENT),
        ({"accounts": [account(PRODUCTION)]}, CURRENT, CURRENT),
        ({"accounts": [account(DEVELOPMENT)]}, CURRENT, CURRENT.adding([NEW])),
        ({"accounts": [account(DEVELOPMENT)], "purge_accounts": True}, CURRENT, allowed(NEW)),
        ({"accounts": [account(DEVELOPMENT)], "purge_accounts": True}, WHOLE_ORGANIZATION, allowed(NEW)),
        ({"accounts": [], "purge_accounts": True}, CURRENT, allowed()),
        ({"organization_id": ORG}, WHOLE_ORGANIZATION, WHOLE_ORGANIZATION),
        ({"accounts": [{"id": STAGING}], "state": "absent"}, CURRENT, CURRENT.without([STAGING])),
        ({"accounts": [{"id": DEVELOPMENT}], "state": "absent"}, CURRENT, CURRENT),
        ({"accounts": [], "state": "absent"}, CURRENT, CURRENT),
        ({"organization_id": ORG, "state": "absent"}, WHOLE_ORGANIZATION, allowed()),
        ({"organization_id": ORG, "state": "absent"}, CURRENT, CURRENT),
        ({"organization_id": OTHER_ORG, "state": "absent"}, WHOLE_ORGANIZATION, WHOLE_ORGANIZATION),
    ],
)
def test_allowed_accounts_after_the_run(
    options: dict[str, Any], current: AllowedAccounts, expected: AllowedAccounts
) -> None:
    assert options_of(**options).apply(current) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organization_id": OTHER_ORG}, f"allows organization {ORG}, not {OTHER_ORG}"),
        ({"accounts": [{"id": STAGING}], "state": "absent"}, f"organization {ORG} as a whole.*{STAGING} cannot be"),
        (
            {"accounts": [{"id": STAGING}], "organization_id": OTHER_ORG, "state": "absent"},
            f"organization {ORG} as a whole.*{STAGING} cannot be",
        ),
    ],
)
def test_an_organization_is_never_narrowed_by_accident(options: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        options_of(**options).apply(WHOLE_ORGANIZATION)


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
    assert options_of(**options).removes_everything is everything


ORGANIZATION_TRAIL = {"management_account_id": ARCHIVE, "trail_name": "trail", "region": None}


@pytest.mark.parametrize(("state", "expected"), [("present", [STAGING, ARCHIVE]), ("absent", [])])
def test_added_accounts(state: str, expected: list[str]) -> None:
    options = options_of(
        accounts=[account(STAGING)], organization_id=ORG, organization_trails=[ORGANIZATION_TRAIL], state=state
    )
    assert options.added_accounts == expected
    assert options_of(state=state).added_accounts == []
