# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts of an organization, as AWS Organizations returns them.

Note that this plugin util is PRIVATE to the collection: it can change at any time.

The calls are made in the management account or a delegated administrator. Every account has one parent, a root or an
organizational unit. A walk over the tree therefore finds each account once:
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from ansible_collections.central_logging.aws.plugins.module_utils._aws.arn import parse
from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._aws.organizations import describe_organization
from ansible_collections.central_logging.aws.plugins.module_utils._core import parallel

PERMISSIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
)
_THREADS = 5  # AWS accepts a few calls a second, and the rest is retried


class Unit(TypedDict):
    """An organizational unit."""

    id: str
    name: str


class OrganizationAccount(TypedDict):
    """An account of the organization."""

    id: str  # 12 digits
    name: str
    state: str  # ACTIVE, SUSPENDED, ..., or UNKNOWN
    units: list[Unit]  # from the child of the root down to the parent
    tags: dict[str, str] | None  # None if they were not read


class Organization(TypedDict):
    """An organization, in the types of JSON, which a cache can store."""

    id: str
    management_account_id: str
    partition: str
    with_tags: bool  # whether the tags of the accounts were read
    accounts: list[OrganizationAccount]


def gateway_from_options(
    options: Mapping[str, Any], region: str | None, endpoint_url: str | None, session: Mapping[str, Any]
) -> Gateway:
    """A gateway with a plugin's options, see C(Connection.from_options). Raises Refused.

    The Region may be left out, because Organizations has one endpoint for a whole partition:
    https://docs.aws.amazon.com/general/latest/gr/ao.html
    """
    return Gateway(Connection.from_options(options, region or "us-east-1", endpoint_url, session))


def read(gateway: Gateway, with_tags: bool) -> Organization:
    """The organization of the gateway's account. Raises AwsFailure."""
    organization = describe_organization(gateway)
    arn = parse(organization["Arn"])
    accounts = [account for root in _all(gateway, "list_roots", "Roots") for account in _below(gateway, root["Id"], [])]
    if with_tags:
        tags = parallel.each(lambda account: _tags(gateway, account["id"]), accounts, _THREADS)
        for account, account_tags in zip(accounts, tags, strict=True):
            account["tags"] = account_tags
    return {
        "id": organization["Id"],
        "management_account_id": organization["MasterAccountId"],
        "partition": arn.partition if arn else "aws",
        "with_tags": with_tags,
        "accounts": accounts,
    }


def _below(gateway: Gateway, parent: str, units: list[Unit]) -> Iterator[OrganizationAccount]:
    """The accounts of a root or unit, and of the units below it."""
    for account in _all(gateway, "list_accounts_for_parent", "Accounts", ParentId=parent):
        yield {
            "id": account["Id"],
            "name": account.get("Name", ""),
            # State replaces Status, which is deprecated:
            # https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
            "state": account.get("State") or account.get("Status") or "UNKNOWN",
            "units": units,
            "tags": None,
        }
    for unit in _all(gateway, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        yield from _below(gateway, unit["Id"], [*units, {"id": unit["Id"], "name": unit["Name"]}])


def _tags(gateway: Gateway, account: str) -> dict[str, str]:
    listed = _all(gateway, "list_tags_for_resource", "Tags", ResourceId=account)
    return {tag["Key"]: tag["Value"] for tag in listed}


def _all(gateway: Gateway, operation: str, member: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """The items of all pages."""
    for page in gateway.pages("organizations", operation, **arguments):
        yield from page[member]
