# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The allowed accounts, and that they are recovered from the statements of every layout."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import (
    allowed_accounts,
    bucket_statements,
    folders,
    key_statements,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    AllowedAccounts,
    AllowedTrail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.layouts import (
    ACCOUNTS,
    COMPACT,
    EXACT,
    LAYOUTS,
    WHOLE_ORGANIZATION,
)

from tests.fakes.support import DEVELOPMENT, PRODUCTION, REGION, STAGING, trails

ORG = "o-a1b2c3d4e5"
NAMED = AllowedTrail(account=PRODUCTION, region=REGION, name="sectrailprod")
OTHER = AllowedTrail(account=STAGING, region="eu-west-1", name="sectrailstaging")
SECOND = AllowedTrail(account=PRODUCTION, region=REGION, name="second")
Render = Callable[[str, AllowedAccounts], list[dict[str, Any]]]


def allowed(*allowed_trails: AllowedTrail, organization: str = "") -> AllowedAccounts:
    return AllowedAccounts(trails=frozenset(allowed_trails), organization=organization)


def bucket(layout: str, accounts: AllowedAccounts) -> list[dict[str, Any]]:
    return bucket_statements.allow_accounts("aws", "logs", ["", "some/prefix"], layout, accounts)


def key(layout: str, accounts: AllowedAccounts) -> list[dict[str, Any]]:
    return key_statements.allow_accounts("aws", layout, accounts)


in_both_policies = pytest.mark.parametrize("render", [bucket, key])


@in_both_policies
@pytest.mark.parametrize("accounts", [allowed(NAMED), allowed(NAMED, OTHER)])
def test_every_trail_is_recovered_from_layout_exact(render: Render, accounts: AllowedAccounts) -> None:
    assert allowed_accounts.recover(render(EXACT, accounts)) == accounts


@in_both_policies
@pytest.mark.parametrize("layout", [ACCOUNTS, COMPACT])
@pytest.mark.parametrize("names", [("t",), ("t", "u"), ("",)])
def test_every_account_is_recovered_from_the_layouts_by_account(
    render: Render, layout: str, names: tuple[str, ...]
) -> None:
    chance = random.Random(7)
    accounts = allowed(
        *(AllowedTrail(account=t.account, region=t.region, name=chance.choice(names)) for t in trails(50))
    )
    recovered = allowed_accounts.recover(render(layout, accounts))
    assert recovered.accounts == accounts.accounts
    assert recovered.organization == ""


@in_both_policies
def test_the_organization_is_recovered_from_layout_organization(render: Render) -> None:
    statements = render(WHOLE_ORGANIZATION, allowed(NAMED, organization=ORG))
    assert allowed_accounts.recover(statements) == allowed(organization=ORG)


@in_both_policies
@pytest.mark.parametrize("layout", LAYOUTS)
def test_recovered_accounts_are_written_as_the_same_statements(render: Render, layout: str) -> None:
    """Otherwise the second of two equal runs would change the policy."""
    accounts = allowed(NAMED, AllowedTrail(account=STAGING, region=REGION, name="sectrailprod"), organization=ORG)
    first = render(layout, accounts)
    recovered = allowed_accounts.recover(first)
    assert allowed_accounts.recover(render(layout, recovered)) == recovered
    assert render(layout, recovered) == first


@pytest.mark.parametrize("layout", LAYOUTS)
def test_prefixes_are_recovered(layout: str) -> None:
    statements = bucket(layout, allowed(NAMED, OTHER, organization=ORG))
    assert folders.prefixes(statements) == ("", "some/prefix")


def test_no_statements_have_no_prefixes() -> None:
    assert folders.prefixes([]) == ()


def test_adding_trails_removes_no_account() -> None:
    current = allowed(NAMED, AllowedTrail(account=DEVELOPMENT), organization=ORG)
    more = current.adding([OTHER, AllowedTrail(account=PRODUCTION)])
    assert more == allowed(NAMED, OTHER, AllowedTrail(account=DEVELOPMENT), organization=ORG)
    assert more.accounts == (STAGING, PRODUCTION, DEVELOPMENT)


UNKNOWN = AllowedTrail(account=PRODUCTION)
WITHOUT_REGION = AllowedTrail(account=PRODUCTION, name="sectrailprod")


@pytest.mark.parametrize(
    ("first", "second", "wide", "narrow"),
    [
        (UNKNOWN, NAMED, {UNKNOWN}, {NAMED}),
        (NAMED, UNKNOWN, {NAMED}, {NAMED}),
        (UNKNOWN, WITHOUT_REGION, {UNKNOWN}, {WITHOUT_REGION}),
        (WITHOUT_REGION, NAMED, {WITHOUT_REGION}, {NAMED}),
        (WITHOUT_REGION, SECOND, {WITHOUT_REGION, SECOND}, {SECOND}),
        (NAMED, SECOND, {NAMED, SECOND}, {NAMED, SECOND}),
        (UNKNOWN, OTHER, {UNKNOWN, OTHER}, {UNKNOWN, OTHER}),
    ],
)
def test_a2_all_trails_that_were_allowed_stay_allowed(
    first: AllowedTrail, second: AllowedTrail, wide: set[AllowedTrail], narrow: set[AllowedTrail]
) -> None:
    assert allowed(first).adding([second]).trails == wide
    assert allowed(first).adding([second], narrow=True).trails == narrow


def test_without() -> None:
    left = allowed(NAMED, SECOND, OTHER, organization=ORG).without([PRODUCTION, DEVELOPMENT])
    assert left == allowed(OTHER, organization=ORG)
    assert not left.without([STAGING]).trails


def test_nothing_allowed_is_false() -> None:
    assert not allowed()
    assert allowed(organization=ORG)
    assert allowed(UNKNOWN)
