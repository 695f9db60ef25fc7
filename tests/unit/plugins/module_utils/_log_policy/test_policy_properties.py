# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Properties of every combination of options and foreign statements, tested with random ones of a fixed seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from tests.fakes.fake_policies import (
    FOREIGN,
    ROOT,
    FakePolicyStore,
    bucket_policy,
    key_policy,
    policy,
    run,
    run_bucket,
    run_key,
)
from tests.fakes.judge import may_use_key, may_write
from tests.fakes.support import ARCHIVE, READER, account, as_aws_shows, validated

ORG = "o-a1b2c3d4e5"
IDS = [f"{number:012d}" for number in range(1, 9)]
LAYOUTS = ["auto", "auto", "auto", "exact", "accounts", "compact", "organization"]
ROUNDS = 60
Options = dict[str, Any]


def _account_options(chance: random.Random) -> Options:
    chosen = chance.sample(IDS, chance.randint(0, 5))
    names = chance.choice([["trail"], ["trail", "other", "a.b"]])
    entries = [account(identity, chance.choice(names), chance.choice([None, "eu-west-1"])) for identity in chosen]
    if entries and chance.random() < 0.3:
        entries[0]["trail_name"] = None
    accounts = chance.choice([None, entries, entries])
    return {
        "accounts": accounts,
        "organization_id": chance.choice([None, None, ORG]),
        "layout": chance.choice(LAYOUTS),
        "purge_accounts": accounts is not None and chance.random() < 0.3,
    }


def bucket_options(chance: random.Random) -> Options:
    return {
        **_account_options(chance),
        "key_prefix": chance.choice([None, "", "a", "a/b"]),
        "readers": chance.choice([None, [], [READER], [READER, f"arn:aws:iam::{ARCHIVE}:root"]]),
        "deny_delete": chance.choice([None, True, False]),
        "break_glass_principals": chance.choice([None, [], [READER], [READER, f"arn:aws:iam::{ARCHIVE}:role/B*"]]),
        "deny_insecure_transport": chance.choice([None, True, False]),
    }


def key_options(chance: random.Random) -> Options:
    limited = {"arn": f"arn:aws:iam::{ARCHIVE}:role/L", "accounts": chance.sample(IDS, 2)}
    return {
        **_account_options(chance),
        "decrypt_principals": chance.choice([None, [], [READER], [limited], [READER, limited]]),
        "bucket_key": chance.choice([None, True, False]),
    }


def _bucket_store(chance: random.Random) -> FakePolicyStore:
    return FakePolicyStore(chance.choice([None, policy(FOREIGN), policy(FOREIGN, FOREIGN.replace("Theirs", "Also"))]))


def _key_store(_chance: random.Random) -> FakePolicyStore:
    return FakePolicyStore(policy(ROOT % ARCHIVE))


Kind = tuple[Callable[..., Any], Callable[[random.Random], Options], Callable[[random.Random], FakePolicyStore]]
BUCKET: Kind = (bucket_policy, bucket_options, _bucket_store)
KEY: Kind = (key_policy, key_options, _key_store)
KINDS = pytest.mark.parametrize("kind", [BUCKET, KEY], ids=["bucket", "key"])


def histories(kind: Kind, seed: int) -> Any:
    """After several runs with random options: the generator, the store and the last options that were not refused."""
    make, options_of, store_of = kind
    for number in range(ROUNDS):
        chance = random.Random(f"{seed} {number}")
        store, last = store_of(chance), None
        for _run in range(chance.randint(1, 4)):
            options = options_of(chance)
            writes = len(store.writes)
            try:
                outcome = run(make(**options), store)
            except Refused:
                assert len(store.writes) == writes, "a refusal changes nothing"
                continue
            validated(outcome.plan)
            last = options
        if last is not None and store.text is not None:
            yield chance, store, last


@KINDS
def test_a_second_run_changes_nothing(kind: Kind) -> None:
    make = kind[0]
    for _chance, store, options in histories(kind, 1):
        resource = make(**{**options, "purge_accounts": False})
        before = resource.read(store)
        assert list(resource.plan(before, resource.desired(before))) == [], options


@KINDS
def test_a_second_run_changes_nothing_if_aws_returns_the_policy_in_another_form(kind: Kind) -> None:
    make = kind[0]
    for chance, store, options in histories(kind, 2):
        store.text = as_aws_shows(store.text, chance)
        assert run(make(**options), store).plan == (), options


@KINDS
def test_a_run_without_options_changes_nothing(kind: Kind) -> None:
    make = kind[0]
    for chance, store, options in histories(kind, 3):
        if not any(sid.startswith("CentralLogging") for sid in store.sids):
            continue
        store.text = as_aws_shows(store.text, chance)
        assert run(make(), store).plan == (), (options, store.sids)


@KINDS
def test_desired_is_a_fixed_point(kind: Kind) -> None:
    make = kind[0]
    for _chance, store, options in histories(kind, 4):
        resource = make(**options)
        desired = resource.desired(resource.read(store))
        assert list(resource.plan(desired, desired)) == []
        assert list(resource.plan(desired, resource.desired(desired))) == [], options


@KINDS
def test_no_account_loses_access_unless_an_option_removes_it(kind: Kind) -> None:
    """Evaluated from the policy. An account whose trail the options name may use only that trail afterwards."""
    make, options_of, _store = kind
    for chance, store, _options in histories(kind, 5):
        options = {**options_of(chance), "purge_accounts": False, "organization_id": None}
        named = {entry["id"] for entry in options["accounts"] or []}
        before = {access for access in _allowed(kind, store) if access[0] not in named}
        try:
            run(make(**options), store)
        except Refused:
            continue
        assert before <= _allowed(kind, store), options


def _allowed(kind: Kind, store: FakePolicyStore) -> set[tuple[str, str, str]]:
    """Account, trail and organization that the policy allows below any of the prefixes."""
    tries = [
        (identity, name, org) for identity in [*IDS, "999900001111"] for name in ("trail", "other") for org in ("", ORG)
    ]
    if kind is KEY:
        return {
            (identity, name, org)
            for identity, name, org in tries
            if may_use_key(store.statements, "kms:GenerateDataKey", identity, name, organization=org)
        }
    return {
        (identity, name, org)
        for identity, name, org in tries
        if any(
            may_write(store.statements, identity, name, organization=org, prefix=prefix) for prefix in ("", "a", "a/b")
        )
    }


@KINDS
def test_no_layout_allows_an_account_that_is_not_listed(kind: Kind) -> None:
    for _chance, store, options in histories(kind, 6):
        strangers = {name for identity, name, org in _allowed(kind, store) if identity == "999900001111" and not org}
        assert not strangers, options


@KINDS
def test_present_and_absent_with_the_same_options_leave_no_access(kind: Kind) -> None:
    make, options_of, store_of = kind
    for number in range(ROUNDS):
        chance = random.Random(number)
        store, options = store_of(chance), options_of(chance)
        if options["accounts"] is None and options["organization_id"] is None:
            continue
        original = store.text
        try:
            run(make(**options), store)
        except Refused:
            continue
        run(make(**{**options, "state": "absent", "purge_accounts": False}), store)
        if store.text is not None:
            assert not _allowed(kind, store), options
        run(make(state="absent", allow_weaken=True), store)
        assert _meaning(store.text) == _meaning(original)


def _meaning(text: str | None) -> Any:
    return None if text is None else json.loads(text)


@pytest.mark.parametrize("seed", range(20))
def test_foreign_statements_stay_byte_for_byte(seed: int) -> None:
    chance = random.Random(seed)
    for runner, options_of, foreign in (
        (run_bucket, bucket_options, [FOREIGN, '{"Sid" : "Z","Effect":"Deny"}']),
        (run_key, key_options, [ROOT % ARCHIVE, '{"Sid":"Ü\\u00fc", "Effect":"Deny","Action":"kms:*","Resource":"*"}']),
    ):
        store = FakePolicyStore(policy(*foreign))
        for _run in range(4):
            try:
                runner(store, **{**options_of(chance), "state": chance.choice(["present", "present", "absent"])})
            except Refused:
                continue
            for statement in foreign:
                assert store.text is not None
                assert store.text.count(statement) == 1
