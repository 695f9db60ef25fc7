# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which layouts are possible, which one is chosen, and what a policy that does not fit reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import layouts
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    AllowedAccounts,
    AllowedTrail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.layouts import (
    ACCOUNTS,
    AUTO,
    COMPACT,
    EXACT,
    LAYOUTS,
    WHOLE_ORGANIZATION,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.managed_policy import PolicyState

from tests.fakes.fake_policies import bucket_policy
from tests.fakes.support import ARCHIVE, BUCKET, DEVELOPMENT, PRODUCTION, REGION, STAGING, account

ORG = "o-a1b2c3d4e5"
NAMED = AllowedTrail(account=PRODUCTION, region=REGION, name="sectrailprod")
OTHER = AllowedTrail(account=STAGING, region="eu-west-1", name="sectrailstaging")


def allowed(*trails: AllowedTrail, organization: str = "") -> AllowedAccounts:
    return AllowedAccounts(trails=frozenset(trails), organization=organization)


INCOMPLETE = allowed(NAMED, AllowedTrail(account=DEVELOPMENT), AllowedTrail(account=STAGING))


@pytest.mark.parametrize(
    ("accounts", "organization", "expected"),
    [
        (allowed(NAMED, OTHER), "", (EXACT, ACCOUNTS, COMPACT)),
        (allowed(NAMED, OTHER), ORG, (EXACT, ACCOUNTS, COMPACT, WHOLE_ORGANIZATION)),
        (allowed(), "", (EXACT, ACCOUNTS, COMPACT)),
        (allowed(), ORG, (WHOLE_ORGANIZATION,)),
        (INCOMPLETE, "", (ACCOUNTS, COMPACT)),
        (allowed(NAMED, organization=ORG), "", (WHOLE_ORGANIZATION,)),
        (allowed(NAMED, organization=ORG), ORG, (WHOLE_ORGANIZATION,)),
    ],
)
def test_possible_layouts(accounts: AllowedAccounts, organization: str, expected: tuple[str, ...]) -> None:
    possible = layouts.possible(accounts, organization)
    assert possible == expected
    assert layouts.candidates(AUTO, possible, accounts) == expected
    for layout in expected:
        assert layouts.candidates(layout, possible, accounts) == (layout,)


@pytest.mark.parametrize(
    ("wanted", "accounts", "message"),
    [
        (EXACT, INCOMPLETE, f"not known for {STAGING}, {DEVELOPMENT}.*layout: accounts"),
        (WHOLE_ORGANIZATION, allowed(NAMED), "needs organization_id"),
        (EXACT, allowed(NAMED, organization=ORG), f"remove access .* organization {ORG}.*purge_accounts: true"),
        (ACCOUNTS, allowed(NAMED, organization=ORG), f"remove access .* organization {ORG}.*purge_accounts: true"),
        (COMPACT, allowed(NAMED, organization=ORG), f"remove access .* organization {ORG}.*purge_accounts: true"),
    ],
)
def test_impossible_layouts_are_refused(wanted: str, accounts: AllowedAccounts, message: str) -> None:
    with pytest.raises(Refused, match=message):
        layouts.candidates(wanted, layouts.possible(accounts, ""), accounts)


@pytest.mark.parametrize("layout", [ACCOUNTS, COMPACT, EXACT])
def test_a_layout_of_single_accounts_needs_accounts(layout: str) -> None:
    with pytest.raises(Refused, match=f"layout: {layout} lists single accounts, but accounts is empty"):
        desired(0, organization_id=ORG, layout=layout)


def desired(count: int, *, limit: int | None = None, **options: Any) -> PolicyState:
    """The desired bucket policy for so many accounts, in a bucket without a policy."""
    accounts = [account(f"{number:012d}") for number in range(1, count + 1)]
    policy = bucket_policy(accounts=accounts, deny_delete=False, deny_insecure_transport=False, **options)
    if limit:
        policy.kind = replace(policy.kind, limit=limit)
    return policy.desired(PolicyState(document=None, identity=BUCKET, owner=ARCHIVE))


@pytest.mark.parametrize(
    ("count", "options", "layout"),
    [
        (20, {}, EXACT),
        (150, {}, ACCOUNTS),
        (2000, {}, WHOLE_ORGANIZATION),
        (20, {"layout": WHOLE_ORGANIZATION}, WHOLE_ORGANIZATION),
        (0, {}, WHOLE_ORGANIZATION),
    ],
)
def test_accounts_are_listed_while_they_fit_although_an_organization_is_given(
    count: int, options: dict[str, Any], layout: str
) -> None:
    assert desired(count, organization_id=ORG, **options).layout == layout


def test_the_size_of_layout_organization_does_not_depend_on_the_number_of_accounts() -> None:
    small, large = desired(0, organization_id=ORG), desired(5000, organization_id=ORG)
    assert small.document is not None and large.document is not None
    assert small.document.size == large.document.size
    assert small.room is None


def test_a_policy_that_is_too_large_reports_the_sizes_and_the_layout_that_fits() -> None:
    with pytest.raises(Refused) as refused:
        desired(120, layout=EXACT, limit=20_000)
    message = str(refused.value)
    assert "for 120 accounts does not fit: AWS accepts 20000 bytes" in message
    assert "in layout exact" in message
    assert "This task has changed nothing." in message
    assert "layout: compact" in message.split("Use")[1]


@pytest.mark.parametrize(
    ("organization", "advice"),
    [(None, "set organization_id"), (ORG, "Shorten the foreign statements")],
)
def test_a_policy_that_is_too_large_in_every_layout(organization: str | None, advice: str) -> None:
    with pytest.raises(Refused, match=advice) as refused:
        desired(20, organization_id=organization, limit=500)
    sizes = [str(refused.value).count(f"in layout {layout}") for layout in LAYOUTS]
    assert sizes == [1, 1, 1, int(organization is not None)]


@pytest.mark.parametrize(
    ("limit", "with_one_more", "with_two_more", "expected"),
    [(100, 101, 111, 0), (100, 100, 110, 1), (100, 91, 101, 1), (100, 90, 100, 2), (100, 50, 51, 51)],
)
def test_room(limit: int, with_one_more: int, with_two_more: int, expected: int) -> None:
    assert layouts.room(limit, with_one_more, with_two_more) == expected


def test_more_accounts_are_new_and_as_long_as_the_longest() -> None:
    accounts = allowed(AllowedTrail(account="000000000000"), OTHER, AllowedTrail(account="000000000002", name="n"))
    one_more, two_more = layouts.with_more_accounts(accounts)
    assert one_more.trails - accounts.trails == {replace(OTHER, account="000000000001")}
    assert two_more.trails - one_more.trails == {replace(OTHER, account="000000000003")}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_patterns_are_never_compared_with_string_equals(layout: str) -> None:
    """StringEquals compares * literally, and matches no trail."""
    condition = layouts.source_condition(layout, allowed(NAMED, OTHER, organization=ORG), "aws-cn")
    assert condition
    for keys in condition.get("StringEquals", {}).values():
        assert "*" not in str(keys)
    assert "arn:aws:" not in str(condition)


def test_no_statements_have_no_layout() -> None:
    assert layouts.layout_of([]) == ""
