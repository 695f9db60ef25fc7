# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts file: placeholders, limits, mistakes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]  # the package runs without the stubs of PyYAML

from cloudtrail_sandbox.accounts_file import AccountsError, AccountsFile
from cloudtrail_sandbox.credentials import Credentials
from cloudtrail_sandbox.snapshots import clear_moto
from cloudtrail_sandbox.state import State

ROLE = "arn:aws:iam::111122223333:role/Some"
CALLER = {"user_name": "operator", "access_key_id": "AKIAANYTHING00000000", "secret_access_key": "a-long-secret-key"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "CALLER_ACCOUNT_ID"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def state() -> Iterator[State]:
    clear_moto()
    yield State()
    clear_moto()


def load(state: State, path: Path, document: dict[str, Any]) -> None:
    path = path / "accounts.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    AccountsFile.read(path).load(state, Credentials(state))


def described(role: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "callers": [{"account_id": "222233334444", **CALLER}],
        "accounts": {"111122223333": {"roles": {"Some": {"trust_policy": TRUST, **role}}}},
        **more,
    }


def test_placeholders(state: State, tmp_path: Path) -> None:
    """Those of the file entry go before the global ones; account ids are known without being told."""
    resources = ["arn:aws:s3:::BUCKET", "arn:aws:iam::CALLER_ACCOUNT_ID:role/x", "arn:aws:iam::ACCOUNT_ID:role/x"]
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": resources}
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), encoding="utf-8")
    permissions = ["p.json", {"file": "p.json", "variables": {"BUCKET": "another"}}]
    load(state, tmp_path, described({"permissions": permissions}, variables={"BUCKET": "central"}))
    found = [policy["Statement"][0]["Resource"] for policy in state.identity_policies(ROLE)]
    ids = ["arn:aws:iam::222233334444:role/x", "arn:aws:iam::111122223333:role/x"]
    assert found == [["arn:aws:s3:::central", *ids], ["arn:aws:s3:::another", *ids]]
    trust = state.role(ROLE)
    assert trust is not None
    assert trust["Statement"][0]["Principal"] == {"AWS": "222233334444"}


def test_external_id(state: State, tmp_path: Path) -> None:
    load(state, tmp_path, described({"external_id": "x-1"}))
    trust = state.role(ROLE)
    assert trust is not None
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "x-1"}}


def test_organization(state: State, tmp_path: Path) -> None:
    organization = {"id": "o-exampleorgid", "management_account_id": "111122223333"}
    load(state, tmp_path, described({}, organization=organization))
    assert state.organization_of("222233334444") == ("o-exampleorgid", "111122223333")
    assert state.organization_of("999999999999") is None


def test_members_units_and_administrators(state: State, tmp_path: Path) -> None:
    organization = {
        "id": "o-exampleorgid",
        "management_account_id": "222233334444",
        "delegated_administrators": {"cloudtrail.amazonaws.com": ["111122223333"]},
        "organizational_units": {"A/B": {"key": 1}},
    }
    document = described({}, organization=organization)
    document["accounts"] |= {
        "000000000001": {"name": "one", "organizational_unit": "A", "status": "SUSPENDED", "tags": {"a": 1}},
        "000000000002": {"member": False},
    }
    load(state, tmp_path, document)
    found = state.organization
    assert found is not None
    assert set(found.members) == {"222233334444", "111122223333", "000000000001"}
    assert state.active_members() == ["111122223333", "222233334444"]
    one = found.members["000000000001"]
    assert (one.name, one.tags, found.units[one.parent].name) == ("one", {"a": "1"}, "A")
    assert {(unit.name, *unit.tags.items()) for unit in found.units.values()} == {("A",), ("B", ("key", "1"))}
    assert state.organization_of("000000000002") is None
    assert state.is_administrator("111122223333") and not state.is_administrator("222233334444")
    assert state.trusts_cloudtrail()


def test_inline_policies_must_fit(state: State, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::bucket-{n}" for n in range(500)]}
    with pytest.raises(AccountsError, match="10240"):
        load(state, tmp_path, described({"permissions": {"Version": "2012-10-17", "Statement": [statement]}}))
