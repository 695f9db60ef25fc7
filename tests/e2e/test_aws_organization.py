# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The inventory plugin aws_organization, run by ansible-inventory against an organization in moto."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.accounts import KEYS, ROOT

BIN = Path(sys.executable).parent
KEYS_OF_MOTO = KEYS["operator"]
INJECTION = "{{ lookup('pipe', 'id') }}"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The URL of a moto server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _try in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


class Organization:
    """An organization in moto: its accounts and units, by name."""

    def __init__(self, url: str) -> None:
        self.url = url
        session = boto3.session.Session(KEYS_OF_MOTO["AWS_ACCESS_KEY_ID"], KEYS_OF_MOTO["AWS_SECRET_ACCESS_KEY"])
        self.client = session.client("organizations", region_name="us-east-1", endpoint_url=url)
        created = self.client.create_organization(FeatureSet="ALL")["Organization"]
        self.id, self.management = created["Id"], created["MasterAccountId"]
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        self.units: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        for path in ("Workloads", "Workloads/Prod", "Workloads/Sandbox", "Security"):
            parent, _slash, name = path.rpartition("/")
            parent_id = self.units.get(parent, self.root)
            made = self.client.create_organizational_unit(ParentId=parent_id, Name=name)
            self.units[path] = made["OrganizationalUnit"]["Id"]
        self.add("Log Archive", "Security", {})
        self.add("shop", "Workloads/Prod", {"stage": "prod"})
        self.add("shop ", "Workloads/Sandbox", {"stage": "dev"})
        self.add("members", "Workloads/Prod", {"stage": "prod"})
        self.add(INJECTION, "Workloads/Prod", {"stage": INJECTION})
        self.add("gone", "Workloads/Prod", {"stage": "prod"})
        self.client.close_account(AccountId=self.accounts["gone"])
        for number in range(25):
            self.add(f"play-{number}", "Workloads/Sandbox", {})

    def add(self, name: str, unit: str, tags: dict[str, str]) -> None:
        tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
        email = f"{len(self.accounts)}@example.com"
        status = self.client.create_account(AccountName=name, Email=email, Tags=tag_list)["CreateAccountStatus"]
        self.client.move_account(
            AccountId=status["AccountId"], SourceParentId=self.root, DestinationParentId=self.units[unit]
        )
        self.accounts[name] = status["AccountId"]


@pytest.fixture(scope="module")
def organization(moto: str) -> Organization:
    return Organization(moto)


Listing = Callable[..., dict[str, Any]]


@pytest.fixture
def listing(organization: Organization, tmp_path: Path) -> Listing:
    """The output of ansible-inventory --list for a configuration of the plugin."""

    def show(*, fails: str = "", url: str = organization.url, **config: Any) -> dict[str, Any]:
        file = tmp_path / "accounts.aws_organization.yml"
        file.write_text(yaml.safe_dump({"plugin": "central_logging.aws.aws_organization", **config}))
        command = [str(BIN / "ansible-inventory"), "-i", str(file), "--list", "--export"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **KEYS_OF_MOTO,
            "AWS_ENDPOINT_URL": url,
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
        }
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if fails:
            assert done.returncode != 0
            assert fails in " ".join((done.stdout + done.stderr).split())
            return {}
        assert done.returncode == 0, done.stderr
        assert "found both group and host" not in done.stderr.lower()
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    return show


def text(value: Any) -> Any:
    """The value without the mark by which ansible-inventory --export shows that it is not a template."""
    return value.get("__ansible_unsafe", value) if isinstance(value, dict) else value


def test_every_active_account_is_a_host(organization: Organization, listing: Listing) -> None:
    archive = organization.accounts["Log Archive"]
    pattern = "arn:{partition}:iam::{account_id}:role/CentralLogging"
    shown = listing(log_archive_account_id=archive, role_arn=pattern)
    hosts = shown["_meta"]["hostvars"]
    assert shown["log_archive"]["hosts"] == ["Log-Archive"]
    assert len(shown["members"]["hosts"]) == len(organization.accounts) + 1 - 2, "with the management account"
    by_id = {variables["account_id"]: name for name, variables in hosts.items()}
    accounts = organization.accounts
    assert accounts["gone"] not in by_id
    assert by_id[accounts["shop"]] == f"shop-{accounts['shop']}"
    assert by_id[accounts["shop "]] == f"shop-{accounts['shop ']}"
    assert by_id[accounts["members"]] == f"members-{accounts['members']}"
    variables = hosts["Log-Archive"]
    assert variables["account_id"] == archive
    assert variables["role_arn"] == f"arn:aws:iam::{archive}:role/CentralLogging"
    assert (text(variables["account_name"]), variables["account_state"]) == ("Log Archive", "ACTIVE")
    assert shown["all"]["vars"]["central_logging_organization_id"] == organization.id
    assert shown["all"]["vars"]["central_logging_management_account_id"] == organization.management


def test_units_are_groups_in_groups(organization: Organization, listing: Listing) -> None:
    shown = listing()
    assert sorted(shown["ou_workloads"]["children"]) == ["ou_workloads_prod", "ou_workloads_sandbox"]
    assert shown["ou_security"]["hosts"] == ["Log-Archive"]
    assert len(shown["ou_workloads_sandbox"]["hosts"]) == 26


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"organizational_units": ["Security"]}, {"Log Archive"}),
        ({"organizational_units": ["Workloads/Prod"]}, {"shop", "members", INJECTION}),
        (
            {"organizational_units": ["Workloads"], "exclude_organizational_units": ["Sandbox"]},
            {"shop", "members", INJECTION},
        ),
        ({"tags": {"stage": "prod"}}, {"shop", "members"}),
        ({"states": ["SUSPENDED"]}, {"gone"}),
        ({"tags": {"stage": "prod"}, "states": ["ACTIVE", "SUSPENDED"]}, {"shop", "members", "gone"}),
    ],
)
def test_accounts_are_selected(
    organization: Organization, listing: Listing, config: dict[str, Any], expected: set[str]
) -> None:
    hosts = listing(**config)["_meta"]["hostvars"].values()
    assert {host["account_id"] for host in hosts} == {organization.accounts[name] for name in expected}


def test_the_log_archive_is_always_selected(organization: Organization, listing: Listing) -> None:
    archive = organization.accounts["Log Archive"]
    shown = listing(log_archive_account_id=archive, organizational_units=["Workloads/Prod"], tags={"stage": "prod"})
    assert shown["log_archive"]["hosts"] == ["Log-Archive"]
    assert len(shown["members"]["hosts"]) == 2


def test_compose_keyed_groups_and_groups(organization: Organization, listing: Listing) -> None:
    shown = listing(
        fetch_tags=True,
        compose={"trail_name": "'trail-' ~ tags.stage"},
        keyed_groups=[{"key": "tags.stage", "prefix": "stage"}],
        groups={"organization": "is_management_account"},
        exclude_organizational_units=["Sandbox", "Security"],
        exclude_accounts=[organization.accounts[INJECTION]],
        hostname="account_id",
    )
    assert set(shown["stage_prod"]["hosts"]) == {organization.accounts["shop"], organization.accounts["members"]}
    assert shown["organization"]["hosts"] == [organization.management]
    assert text(shown["_meta"]["hostvars"][organization.accounts["shop"]]["trail_name"]) == "trail-prod"


def test_names_and_tags_of_accounts_are_never_templates(organization: Organization, listing: Listing) -> None:
    shown = listing(fetch_tags=True, organizational_units=["Workloads/Prod"])
    variables = next(
        host for host in shown["_meta"]["hostvars"].values() if host["account_id"] == organization.accounts[INJECTION]
    )
    assert "uid=" not in json.dumps(shown)
    assert INJECTION in json.dumps(variables["account_name"])
    assert INJECTION in json.dumps(variables["tags"])


def test_a_cache_needs_no_call(organization: Organization, listing: Listing, tmp_path: Path) -> None:
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    first = listing(**options)
    nowhere = "http://127.0.0.1:9"
    assert listing(url=nowhere, **options) == first
    narrower = listing(url=nowhere, organizational_units=["Security"], **options)
    assert list(narrower["_meta"]["hostvars"]) == ["Log-Archive"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"log_archive_account_id": "123456789"}, "log_archive_account_id: '123456789' is not an AWS account id"),
        ({"log_archive_account_id": "999999999999"}, "log_archive_account_id: 999999999999 is not an account"),
        ({"organizational_units": ["Nowhere"]}, "no account is in a unit Nowhere"),
        ({"role_arn": "arn:aws:iam::{id}:role/R"}, "role_arn: {id} is not known"),
        ({"role_arn": "CentralLogging"}, "role_arn: 'CentralLogging' is not the ARN of a role"),
        ({"compose": {"x": "nothing.there"}, "strict": True}, "Could not set x"),
    ],
)
def test_a_bad_configuration_is_an_error(listing: Listing, config: dict[str, Any], sentence: str) -> None:
    listing(fails=sentence, **config)
