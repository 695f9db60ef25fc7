# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is admitted, and that every layout says so without losing anybody."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import (
    allowed_accounts,
    bucket_statements,
    key_statements,
)
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.allowed_accounts import (
    ACCOUNTS,
    COMPACT,
    EXACT,
    LAYOUTS,
    ORGANIZATION,
    Admitted,
    Trail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._policy.document import Document

from tests.fakes.support import DEVELOPMENT, PRODUCTION, REGION, STAGING, trails

ORG = "o-a1b2c3d4e5"
Render = Callable[[str, Admitted], list[dict[str, Any]]]


def bucket(layout: str, admitted: Admitted) -> list[dict[str, Any]]:
    return bucket_statements.admit("aws", "logs", ["", "some/prefix"], layout, admitted)


def key(layout: str, admitted: Admitted) -> list[dict[str, Any]]:
    return key_statements.encrypt("aws", layout, admitted)


RENDER = pytest.mark.parametrize("render", [bucket, key])
NAMED = Trail(PRODUCTION, REGION, "sectrailprod")
OTHER = Trail(STAGING, "eu-west-1", "sectrailstaging")


@RENDER
@pytest.mark.parametrize("admitted", [Admitted(frozenset({NAMED})), Admitted(frozenset({NAMED, OTHER}))])
def test_exact_gives_back_every_trail(render: Render, admitted: Admitted) -> None:
    assert allowed_accounts.recover(render(EXACT, admitted)) == admitted


@RENDER
@pytest.mark.parametrize("layout", [ACCOUNTS, COMPACT])
@pytest.mark.parametrize("names", [("t",), ("t", "u"), ("",)])
def test_the_layouts_by_account_give_back_every_account(render: Render, layout: str, names: tuple[str, ...]) -> None:
    chosen = random.Random(7)
    admitted = Admitted(frozenset(Trail(t.account, t.region, chosen.choice(names)) for t in trails(50)))
    recovered = allowed_accounts.recover(render(layout, admitted))
    assert recovered.accounts == admitted.accounts
    assert recovered.organization == ""


@RENDER
def test_organization_gives_back_the_organization(render: Render) -> None:
    assert allowed_accounts.recover(render(ORGANIZATION, Admitted(frozenset({NAMED}), ORG))) == Admitted(
        frozenset(), ORG
    )


@RENDER
@pytest.mark.parametrize("layout", LAYOUTS)
def test_to_write_what_was_recovered_changes_nothing(render: Render, layout: str) -> None:
    """Else the second of two equal runs would change the policy."""
    admitted = Admitted(frozenset({NAMED, Trail(STAGING, REGION, "sectrailprod")}), ORG)
    first = render(layout, admitted)
    recovered = allowed_accounts.recover(first)
    if layout == EXACT:
        assert render(EXACT, recovered) == first
    assert allowed_accounts.recover(render(layout, recovered)) == recovered
    assert render(layout, recovered) == first


def test_prefixes() -> None:
    for layout in LAYOUTS:
        found = allowed_accounts.prefixes(bucket(layout, Admitted(frozenset({NAMED, OTHER}), ORG)))
        assert found == ("", "some/prefix"), layout
    assert allowed_accounts.prefixes([]) == ()


# Admitted


def test_nobody_loses_access_when_more_are_admitted() -> None:
    there = Admitted(frozenset({NAMED, Trail(DEVELOPMENT)}), ORG)
    more = there.with_([OTHER, Trail(PRODUCTION)])
    assert more == Admitted(frozenset({NAMED, OTHER, Trail(DEVELOPMENT)}), ORG)
    assert more.accounts == (STAGING, PRODUCTION, DEVELOPMENT)


def test_a_named_trail_takes_the_place_of_its_unnamed_entry() -> None:
    assert Admitted(frozenset({Trail(PRODUCTION)})).with_([NAMED]).trails == {NAMED}
    assert Admitted(frozenset({NAMED})).with_([Trail(PRODUCTION)]).trails == {NAMED}


def test_a_second_trail_of_an_account_does_not_shut_out_the_first() -> None:
    second = Trail(PRODUCTION, REGION, "second")
    assert Admitted(frozenset({NAMED})).with_([second]).trails == {NAMED, second}


def test_without() -> None:
    second = Trail(PRODUCTION, REGION, "second")
    left = Admitted(frozenset({NAMED, second, OTHER}), ORG).without([PRODUCTION, DEVELOPMENT])
    assert left == Admitted(frozenset({OTHER}), ORG)
    assert not left.without([STAGING]).trails
    assert not Admitted()
    assert Admitted(organization=ORG)


# fit


def _fit(
    admitted: Admitted, organization: str = "", wanted: str = "auto", limit: int = 20_480
) -> allowed_accounts.Fitted:
    def render(layout: str, admits: Admitted) -> Document:
        return Document().with_owned(bucket(layout, admits), lambda sid: True)

    return allowed_accounts.fit(render, admitted, organization, wanted, limit, "The policy")


def test_unnamed_trails_cannot_be_exact() -> None:
    admitted = Admitted(frozenset({NAMED, Trail(DEVELOPMENT), Trail(STAGING)}))
    assert _fit(admitted).layout == ACCOUNTS
    with pytest.raises(Refused, match=f"not known for {STAGING}, {DEVELOPMENT}.*layout: accounts"):
        _fit(admitted, wanted=EXACT)


def test_single_accounts_stay_listed_while_they_fit_although_an_organization_is_given() -> None:
    admitted = Admitted(frozenset(trails(20)))
    assert _fit(admitted, ORG).layout == EXACT
    assert _fit(Admitted(frozenset(trails(100))), ORG).layout == ACCOUNTS
    assert _fit(Admitted(frozenset(trails(2000))), ORG).layout == ORGANIZATION
    assert _fit(admitted, ORG, ORGANIZATION).layout == ORGANIZATION
    assert _fit(Admitted(), ORG).layout == ORGANIZATION


@pytest.mark.parametrize("layout", [EXACT, ACCOUNTS, COMPACT])
def test_an_organization_that_has_access_is_never_narrowed(layout: str) -> None:
    there = Admitted(frozenset({NAMED}), ORG)
    fitted = _fit(there)
    assert fitted.layout == ORGANIZATION
    assert allowed_accounts.recover(statement.value for statement in fitted.document.statements).organization == ORG
    with pytest.raises(Refused, match=f"shut out .* organization {ORG}.*purge_accounts: true"):
        _fit(there, wanted=layout)


def test_layout_organization_needs_an_organization() -> None:
    with pytest.raises(Refused, match="needs organization_id"):
        _fit(Admitted(frozenset({NAMED})), wanted=ORGANIZATION)


@pytest.mark.parametrize("layout", [ACCOUNTS, COMPACT, EXACT])
def test_a_layout_of_single_accounts_without_accounts_next_to_an_organization(layout: str) -> None:
    with pytest.raises(Refused, match="accounts"):
        _fit(Admitted(), ORG, layout)


def test_organization_does_not_grow_and_has_room_for_any_number() -> None:
    small, large = _fit(Admitted(), ORG), _fit(Admitted(frozenset(trails(5000))), ORG)
    assert small.document.size == large.document.size
    assert small.room is None


def test_too_large_tells_the_numbers_and_the_layout_that_fits() -> None:
    with pytest.raises(Refused) as refused:
        _fit(Admitted(frozenset(trails(120))), wanted=EXACT, limit=20_000)
    sentence = str(refused.value)
    assert "for 120 accounts does not fit: AWS takes 20000 bytes" in sentence
    assert "in layout exact" in sentence
    assert "Nothing has been changed." in sentence
    assert "layout: compact" in sentence.split("Use")[1]


@pytest.mark.parametrize(
    ("organization", "remediation"),
    [("", "give organization_id"), (ORG, "Shorten the statements of others")],
)
def test_too_large_in_every_layout(organization: str, remediation: str) -> None:
    with pytest.raises(Refused, match=remediation):
        _fit(Admitted(frozenset(trails(20))), organization, limit=500)


# confused deputy


@pytest.mark.parametrize("layout", LAYOUTS)
def test_patterns_never_stand_under_string_equals(layout: str) -> None:
    """There * is literal and matches nothing."""
    condition = allowed_accounts.source(layout, Admitted(frozenset({NAMED, OTHER}), ORG), "aws-cn")
    assert condition
    for keys in condition.get("StringEquals", {}).values():
        assert "*" not in str(keys)
    assert "arn:aws:" not in str(condition)


def test_exact_refuses_to_be_rendered_with_patterns() -> None:
    with pytest.raises(Refused):
        _fit(Admitted(frozenset({Trail(PRODUCTION)})), wanted=EXACT)
