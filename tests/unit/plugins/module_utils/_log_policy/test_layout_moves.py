# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A change of layout is one put, and no account loses access before or after it, evaluated by the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.fakes.fake_policies import ROOT, FakePolicyStore, bucket_policy, key_policy, operations, policy, run
from tests.fakes.judge import may_use_key, may_write
from tests.fakes.support import ARCHIVE, REGION, STRANGER, account

ORG = "o-a1b2c3d4e5"
Kind = tuple[Callable[..., Any], Callable[[], FakePolicyStore], Callable[..., bool], str]


def _encrypts(statements: Any, identity: str, name: str, organization: str) -> bool:
    return may_use_key(statements, "kms:GenerateDataKey", identity, name, organization=organization)


def _writes(statements: Any, identity: str, name: str, organization: str) -> bool:
    return may_write(statements, identity, name, organization=organization)


BUCKET: Kind = (bucket_policy, lambda: FakePolicyStore(None), _writes, "put_bucket_policy")
KEY: Kind = (key_policy, lambda: FakePolicyStore(policy(ROOT % ARCHIVE)), _encrypts, "put_key_policy")
# the most accounts of each layout, with the names of the tests
MOVES = [
    (BUCKET, "exact", "accounts"),
    (BUCKET, "accounts", "compact"),
    (BUCKET, "compact", "organization"),
    (BUCKET, "exact", "organization"),
    (KEY, "exact", "accounts"),
    (KEY, "accounts", "compact"),
    (KEY, "compact", "organization"),
    (KEY, "exact", "organization"),
]
each_move = pytest.mark.parametrize(
    ("kind", "before", "after"), MOVES, ids=[f"{kind[3][4:]}: {before} to {after}" for kind, before, after in MOVES]
)


def ids(count: int) -> list[str]:
    return [f"{number:012d}" for number in range(1, count + 1)]


def some(identities: list[str]) -> list[str]:
    """The first, the last, and some between."""
    return sorted({*identities[:2], *identities[-2:], *identities[:: max(1, len(identities) // 5)]})


def accounts(identities: Iterable[str]) -> list[dict[str, Any]]:
    return [account(identity, "sectrailprod", REGION) for identity in identities]


def most(kind: Kind, layout: str) -> int:
    """How many accounts fill the layout."""
    room = run(kind[0](accounts=accounts(ids(1)), layout=layout, state="rendered"), kind[1]()).desired.room
    return 1 + int(room)


@each_move
def test_growing_by_one_account_is_one_put_and_removes_no_access(kind: Kind, before: str, after: str) -> None:
    make, store_of, allows, put = kind
    full = ids(most(kind, before) - 20)  # the key's own first statement takes some room
    store = store_of()
    run(make(accounts=accounts(full), layout=before), store)
    outcome = run(make(accounts=accounts(full), layout=before), store)
    assert (outcome.plan, outcome.desired.layout) == ((), before), "the layout is in use"
    seen = [store.statements]
    store.writers = [lambda text: _remember(seen, store, text)]
    grown = full + ids(5000)[len(full) : len(full) + 40] if after != "organization" else ids(5000)
    options: dict[str, Any] = {"organization_id": ORG} if after == "organization" else {}
    outcome = run(make(accounts=accounts(grown), **options), store)
    assert (outcome.desired.layout, operations(outcome)) == (after, [put])
    assert len(store.writes) == 2, "one for each run"
    for statements in seen:
        for identity in some(full):
            assert allows(statements, identity, "sectrailprod", ORG)
        assert not allows(statements, STRANGER, "sectrailprod", "")
        assert not allows(statements, STRANGER, "sectrailprod", "o-strangers1")
    for identity in some(grown):
        assert allows(store.statements, identity, "sectrailprod", ORG)


def _remember(seen: list[Any], store: FakePolicyStore, text: str | None) -> str | None:
    seen.append(store.statements)
    return text


@pytest.mark.parametrize("kind", [BUCKET, KEY], ids=["bucket", "key"])
@pytest.mark.parametrize("layout", ["accounts", "compact"])
def test_back_to_a_stricter_layout_is_one_put_and_removes_no_access(kind: Kind, layout: str) -> None:
    make, store_of, allows, put = kind
    store = store_of()
    run(make(accounts=accounts(ids(10)), layout=layout), store)
    same = run(make(accounts=accounts(ids(10))), store)
    assert same.desired.layout == "accounts", "trails of any name are allowed, and stay allowed"
    outcome = run(make(accounts=accounts(ids(10)), allow_weaken=True), store)
    assert (outcome.desired.layout, operations(outcome)) == ("exact", [put])
    assert all(allows(store.statements, identity, "sectrailprod", ORG) for identity in ids(10))


@pytest.mark.parametrize("kind", [BUCKET, KEY], ids=["bucket", "key"])
def test_check_mode_returns_the_size_and_the_layout_after_the_run(kind: Kind) -> None:
    make, store_of, _allows, put = kind
    store = store_of()
    resource = make(accounts=accounts(ids(most(kind, "exact") + 1)))
    outcome = run(resource, store, dry_run=True)
    result = resource.result(outcome)
    assert store.writes == []
    assert operations(outcome) == [put]
    assert result["layout"] == "accounts"
    assert result["bytes"] <= result["limit"]
    assert result["room"] > 0
    assert len(result["accounts_added"]) == most(kind, "exact") + 1


@pytest.mark.parametrize("kind", [BUCKET, KEY], ids=["bucket", "key"])
@pytest.mark.parametrize("layout", ["accounts", "compact", "exact"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"trail_name": "new"}),
        ({"trail_name": "old"}, {"trail_name": "new"}),
        ({"trail_name": "old", "region": "us-east-1"}, {"trail_name": "old", "region": "eu-west-1"}),
        ({"trail_name": "old"}, {}),
    ],
)
@pytest.mark.parametrize("all_change", [True, False])
def test_a2_a_trail_that_could_deliver_before_can_deliver_after(
    kind: Kind, layout: str, first: dict[str, str], second: dict[str, str], all_change: bool
) -> None:
    make, store_of, allows, _put = kind
    identity, other = ids(2)
    store = store_of()
    if layout == "exact" and "trail_name" not in first:
        layout = "accounts"  # exact needs names
    run(make(accounts=[{"id": identity, **first}, {"id": other, **first}], layout=layout), store)
    before = store.statements
    run(make(accounts=[{"id": identity, **second}, *([{"id": other, **second}] if all_change else [])]), store)
    for member in (identity, other):
        for name in ("old", "new", "any"):
            assert allows(store.statements, member, name, ORG) or not allows(before, member, name, ORG)
    assert allows(store.statements, identity, second.get("trail_name", "old"), ORG)
