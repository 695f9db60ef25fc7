# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts that become hosts, and the names of hosts and groups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import organization_hosts
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.organization_hosts import Selection

A, B, C, D = "000000000001", "000000000002", "000000000003", "000000000004"


def account(identity: str, name: str = "", units: str = "", state: str = "ACTIVE", **tags: str) -> dict[str, Any]:
    """Units as a path of names; the id of a unit is its path behind ou-."""
    names = units.split("/") if units else []
    path = [{"id": "ou-" + "-".join(names[: n + 1]), "name": name} for n, name in enumerate(names)]
    return {"id": identity, "name": name, "state": state, "units": path, "tags": tags}


ACCOUNTS = [
    account(A, "log", "Security"),
    account(B, "prod", "Work/Prod", stage="prod"),
    account(C, "dev", "Work/Dev", stage="dev"),
    account(D, "gone", "Work/Prod", "CLOSED", stage="prod"),
]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [A, B, C]),
        ({"states": ["CLOSED"]}, [D]),
        ({"units": ["Work"]}, [B, C]),
        ({"units": ["Prod"]}, [B]),
        ({"units": ["Work/Prod"]}, [B]),
        ({"units": ["/Work/Prod/"]}, [B]),
        ({"units": ["ou-Work-Dev"]}, [C]),
        ({"units": ["Work"], "excluded_units": ["Dev"]}, [B]),
        ({"excluded_units": ["Work"]}, [A]),
        ({"tags": {"stage": "dev"}}, [C]),
        ({"tags": {"stage": "prod", "x": "y"}}, []),
        ({"excluded_accounts": [B]}, [A, C]),
        ({"units": ["Dev"], "tags": {"stage": "dev"}, "log_archive": A}, [A, C]),
        ({"excluded_units": ["Security"], "log_archive": A}, [A, B, C]),
    ],
)
def test_selection(options: dict[str, Any], expected: list[str]) -> None:
    included = organization_hosts.selected(ACCOUNTS, Selection(**{"states": ["ACTIVE"], **options}))
    assert [account["id"] for account in included] == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"units": ["Nowhere"]}, "no account is in a unit Nowhere"),
        ({"excluded_units": ["Work/Nowhere"]}, "no account is in a unit Work/Nowhere"),
        ({"log_archive": "999999999999"}, "log_archive_account_id: 999999999999"),
        ({"log_archive": D}, f"log_archive_account_id: {D}"),
        ({"log_archive": A, "excluded_accounts": [A]}, f"log_archive_account_id: {A}"),
    ],
)
def test_what_does_not_exist(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        organization_hosts.selected(ACCOUNTS, Selection(**{"states": ["ACTIVE"], **options}))


OPTIONS: dict[str, Any] = {
    "states": ["ACTIVE"],
    "organizational_units": ["Work"],
    "exclude_organizational_units": ["Work/Dev"],
    "tags": {"stage": 1},
    "exclude_accounts": [B],
    "log_archive_account_id": A,
}


def test_the_selection_in_the_options() -> None:
    expected = Selection(
        states=["ACTIVE"],
        units=["Work"],
        excluded_units=["Work/Dev"],
        tags={"stage": "1"},
        excluded_accounts=[B],
        log_archive=A,
    )
    assert Selection.from_options(OPTIONS) == expected
    assert Selection.from_options({**OPTIONS, "log_archive_account_id": None}).log_archive == ""


@pytest.mark.parametrize("option", ["exclude_accounts", "log_archive_account_id"])
def test_account_ids_in_the_options_are_validated(option: str) -> None:
    with pytest.raises(Refused, match=f"{option}: '123' is not an AWS account id"):
        Selection.from_options({**OPTIONS, option: ["123"] if option == "exclude_accounts" else "123"})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["prod", "dev"], ["prod", "dev"]),
        (["Log Archive", "a:b[1:2]"], ["Log-Archive", "a-b-1-2"]),
        (["prod", "Prod"], [f"prod-{A}", f"Prod-{B}"]),
        (["a b", "a-b"], [f"a-b-{A}", f"a-b-{B}"]),
        (["members", "all"], [f"members-{A}", f"all-{B}"]),
        (["", "-."], [A, B]),
        (["été", "日本"], ["t", B]),
        (["x", "x", f"x-{A}"], [A, f"x-{B}", C]),
    ],
)
def test_host_names_are_each_only_once(names: list[str], expected: list[str]) -> None:
    accounts = [account(identity, name) for identity, name in zip((A, B, C), names, strict=False)]
    names_by_id = organization_hosts.host_names(accounts, by_name=True)
    assert list(names_by_id.values()) == expected
    assert len(set(names_by_id.values())) == len(accounts)
    assert list(organization_hosts.host_names(accounts, by_name=False).values()) == [A, B, C][: len(accounts)]


def test_names_do_not_depend_on_the_order() -> None:
    accounts = [account(A, "x"), account(B, "X"), account(C, "y")]
    assert organization_hosts.host_names(accounts, True) == organization_hosts.host_names(accounts[::-1], True)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_role_arn(partition: str) -> None:
    pattern = "arn:{partition}:iam::{account_id}:role/path/Central"
    assert organization_hosts.role_arn_of(pattern, A, partition) == f"arn:{partition}:iam::{A}:role/path/Central"


@pytest.mark.parametrize("pattern", ["Central", "arn:aws:iam::{account}:role/R", "arn:aws:iam::{account_id}:user/R"])
def test_a_pattern_that_does_not_result_in_a_role(pattern: str) -> None:
    with pytest.raises(Refused, match="role_arn"):
        organization_hosts.role_arn_of(pattern, A, "aws")


def test_groups_of_units() -> None:
    accounts = [account(A, units="Work/Prod EU"), account(B, units="Work/prod-eu"), account(C, units="Work")]
    accounts[0]["units"][1]["id"], accounts[1]["units"][1]["id"] = "ou-1a", "ou-1b"
    assert organization_hosts.unit_groups(accounts, "ou") == {
        "ou-Work": "ou_work",
        "ou-1a": "ou_work_prod_eu_ou_1a",
        "ou-1b": "ou_work_prod_eu_ou_1b",
    }
