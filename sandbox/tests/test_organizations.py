# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Organizations: the accounts file as AWS tells it, who may ask, pages, delegated administrators; and the Regions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_clients import Aws, code
from cloudtrail_sandbox.accounts_file import AccountsFile
from cloudtrail_sandbox.server import Sandbox, serve

FILE = Path(__file__).with_name("organization.yml")
MANAGEMENT, ARCHIVE, PRODUCTION, STRANGER = "222233334444", "111122223333", "444455556666", "999900001111"
STAGING, DEVELOPMENT, OLD, CLOSING = "012345678901", "777788889999", "888800001111", "888800002222"
MEMBERS = {MANAGEMENT, ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT, OLD, CLOSING}
SERVICE = "cloudtrail.amazonaws.com"
ADMINISTRATOR = {
    "AccessKeyId": "AKIASANDBOXADMINIST1",
    "SecretAccessKey": "sandbox-administrator-secret-access-key-01234",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    application = Sandbox(AccountsFile.read(FILE))
    listening = serve(application)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield Aws(f"http://127.0.0.1:{listening.port}", application)
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def organization(server: Aws) -> Aws:
    server.control("POST", "reset")
    return server


def client(organization: Aws, account: str = MANAGEMENT, service: str = "organizations") -> Any:
    arn = f"arn:aws:iam::{account}:role/Administrator"
    assumed = organization.client("sts", ADMINISTRATOR).assume_role(RoleArn=arn, RoleSessionName="test")
    return organization.client(service, assumed["Credentials"])


def test_accounts(organization: Aws) -> None:
    requests = client(organization)
    accounts = {one["Id"]: one for one in requests.list_accounts()["Accounts"]}
    assert set(accounts) == MEMBERS
    told = accounts[PRODUCTION]
    assert told["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:account/o-exampleorgid/{PRODUCTION}"
    assert (told["Name"], told["Status"], told["State"]) == ("production", "ACTIVE", "ACTIVE")
    assert (accounts[OLD]["State"], accounts[CLOSING]["State"]) == ("SUSPENDED", "PENDING_CLOSURE")
    assert requests.describe_account(AccountId=PRODUCTION)["Account"] == told
    assert requests.list_tags_for_resource(ResourceId=PRODUCTION)["Tags"] == [
        {"Key": "environment", "Value": "production"}
    ]


def test_units(organization: Aws) -> None:
    requests = client(organization)
    [root] = requests.list_roots()["Roots"]
    units = {one["Name"]: one["Id"] for one in _units(requests, root["Id"])}
    assert list(units) == ["Security", "Workloads"]
    below = [one["Name"] for one in _units(requests, units["Workloads"])]
    assert below == ["Development", "Production", "Sandboxes", "Staging"]
    assert _accounts(requests, root["Id"]) == {MANAGEMENT}
    assert _accounts(requests, units["Security"]) == {ARCHIVE}
    assert _accounts(requests, units["Workloads"]) == {OLD, CLOSING}
    tags = requests.list_tags_for_resource(ResourceId=units["Workloads"])["Tags"]
    assert tags == [{"Key": "cost-center", "Value": "4711"}]
    [parent] = requests.list_parents(ChildId=ARCHIVE)["Parents"]
    assert parent == {"Id": units["Security"], "Type": "ORGANIZATIONAL_UNIT"}
    unit = requests.describe_organizational_unit(OrganizationalUnitId=units["Security"])["OrganizationalUnit"]
    assert unit["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:ou/o-exampleorgid/{units['Security']}"


def _units(requests: Any, parent: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = requests.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]
    return found


def _accounts(requests: Any, parent: str) -> set[str]:
    return {one["Id"] for one in requests.list_accounts_for_parent(ParentId=parent)["Accounts"]}


def test_pages(organization: Aws) -> None:
    pages = list(client(organization).get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Accounts"]) for page in pages] == [3, 3, 1]
    assert {one["Id"] for page in pages for one in page["Accounts"]} == MEMBERS


def test_who_may_ask(organization: Aws) -> None:
    for account in (MANAGEMENT, ARCHIVE, PRODUCTION):
        told = client(organization, account).describe_organization()["Organization"]
        assert (told["Id"], told["MasterAccountId"], told["FeatureSet"]) == ("o-exampleorgid", MANAGEMENT, "ALL")
    assert client(organization, ARCHIVE).list_accounts()["Accounts"]
    for account, operation, expected in (
        (PRODUCTION, "list_accounts", "AccessDeniedException"),
        (STRANGER, "describe_organization", "AWSOrganizationsNotInUseException"),
    ):
        with pytest.raises(ClientError) as error:
            getattr(client(organization, account), operation)()
        assert code(error) == expected
    with pytest.raises(ClientError) as error:
        client(organization, ARCHIVE).register_delegated_administrator(AccountId=PRODUCTION, ServicePrincipal=SERVICE)
    assert code(error) == "AccessDeniedException"


@pytest.mark.parametrize(
    ("operation", "asked", "expected"),
    [
        ("list_accounts_for_parent", {"ParentId": "r-zzzz"}, "ParentNotFoundException"),
        ("describe_account", {"AccountId": STRANGER}, "AccountNotFoundException"),
        ("list_parents", {"ChildId": STRANGER}, "ChildNotFoundException"),
        ("list_tags_for_resource", {"ResourceId": STRANGER}, "TargetNotFoundException"),
        ("list_accounts", {"NextToken": "nonsense"}, "InvalidInputException"),
        ("list_delegated_services_for_account", {"AccountId": PRODUCTION}, "AccountNotRegisteredException"),
        ("list_policies", {"Filter": "SERVICE_CONTROL_POLICY"}, "UnsupportedOperation"),
    ],
)
def test_refusals(organization: Aws, operation: str, asked: dict[str, str], expected: str) -> None:
    with pytest.raises(ClientError) as error:
        getattr(client(organization), operation)(**asked)
    assert code(error) == expected


def test_delegated_administrators(organization: Aws) -> None:
    requests = client(organization)

    def listed(**options: str) -> list[str]:
        return [one["Id"] for one in requests.list_delegated_administrators(**options)["DelegatedAdministrators"]]

    assert listed() == listed(ServicePrincipal=SERVICE) == [ARCHIVE]
    assert listed(ServicePrincipal="config.amazonaws.com") == []
    requests.register_delegated_administrator(AccountId=PRODUCTION, ServicePrincipal=SERVICE)
    assert listed() == [ARCHIVE, PRODUCTION]
    for account, expected in ((PRODUCTION, "AccountAlreadyRegistered"), (MANAGEMENT, "ConstraintViolation")):
        with pytest.raises(ClientError) as error:
            requests.register_delegated_administrator(AccountId=account, ServicePrincipal=SERVICE)
        assert code(error) == f"{expected}Exception"
    requests.deregister_delegated_administrator(AccountId=ARCHIVE, ServicePrincipal=SERVICE)
    assert listed() == [PRODUCTION]
    services = requests.list_delegated_services_for_account(AccountId=PRODUCTION)["DelegatedServices"]
    assert [one["ServicePrincipal"] for one in services] == [SERVICE]


def test_trusted_access(organization: Aws) -> None:
    requests = client(organization)

    def services() -> list[str]:
        found = requests.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
        return [one["ServicePrincipal"] for one in found]

    assert services() == [SERVICE]
    requests.disable_aws_service_access(ServicePrincipal=SERVICE)
    assert services() == [] and not organization.application.state.trusts_cloudtrail()
    requests.enable_aws_service_access(ServicePrincipal=SERVICE)
    assert organization.application.state.trusts_cloudtrail()


def test_regions_of_ec2(organization: Aws) -> None:
    ec2 = client(organization, ARCHIVE, "ec2")
    enabled = {one["RegionName"] for one in ec2.describe_regions()["Regions"]}
    assert enabled == set(organization.application.state.enabled_regions())
    status = {one["RegionName"]: one["OptInStatus"] for one in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert (status["us-east-1"], status["eu-south-1"]) == ("opt-in-not-required", "not-opted-in")
    named = ec2.describe_regions(RegionNames=["eu-west-1"])["Regions"]
    assert [one["Endpoint"] for one in named] == ["ec2.eu-west-1.amazonaws.com"]
    with pytest.raises(ClientError) as error:
        ec2.describe_regions(RegionNames=["middle-earth-1"])
    assert code(error) == "InvalidParameterValue"


def test_regions_of_an_account(organization: Aws) -> None:
    own = client(organization, PRODUCTION, "account")
    pages = own.get_paginator("list_regions").paginate(
        RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"], PaginationConfig={"PageSize": 10}
    )
    listed = [one["RegionName"] for page in pages for one in page["Regions"]]
    assert listed == list(organization.application.state.enabled_regions())
    assert client(organization, MANAGEMENT, "account").list_regions(AccountId=PRODUCTION)["Regions"]
    with pytest.raises(ClientError) as error:
        own.list_regions(AccountId=ARCHIVE)
    assert code(error) == "AccessDeniedException"
