# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts of an organization, as AWS Organizations tells them.

Note that this module util is PRIVATE to the collection: it can change at any time.

Asked in the management account or a delegated administrator. Every account has one parent, a root or an organizational
unit, so that a walk over the tree finds each once:
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws import arn as _arn
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
_THREADS = 5  # AWS answers a few calls a second, and the rest is retried


def read(gateway: Gateway, with_tags: bool) -> dict[str, Any]:
    """The organization, in the types of JSON, so that it can be kept in a cache.

    C(id), C(management_account_id), C(partition), C(with_tags) and C(accounts), each with C(id), C(name), C(state),
    C(units), from the root's child down, each with C(id) and C(name), and C(tags), None where they were not asked for.
    """
    organization = describe_organization(gateway)
    arn = _arn.parse(organization["Arn"])
    accounts = [account for root in _all(gateway, "list_roots", "Roots") for account in _under(gateway, root["Id"], [])]
    if with_tags:
        tags = parallel.each(lambda account: _tags(gateway, account["id"]), accounts, _THREADS)
        accounts = [{**account, "tags": found} for account, found in zip(accounts, tags, strict=True)]
    return {
        "id": organization["Id"],
        "management_account_id": organization["MasterAccountId"],
        "partition": arn.partition if arn else "aws",
        "with_tags": with_tags,
        "accounts": accounts,
    }


def _under(gateway: Gateway, parent: str, units: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """The accounts of a root or unit, and of the units below it."""
    for account in _all(gateway, "list_accounts_for_parent", "Accounts", ParentId=parent):
        yield {
            "id": account["Id"],
            "name": account.get("Name", ""),
            # State takes the place of Status, which is retired:
            # https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
            "state": account.get("State") or account.get("Status") or "UNKNOWN",
            "units": units,
            "tags": None,
        }
    for unit in _all(gateway, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent):
        yield from _under(gateway, unit["Id"], [*units, {"id": unit["Id"], "name": unit["Name"]}])


def _tags(gateway: Gateway, account: str) -> dict[str, str]:
    listed = _all(gateway, "list_tags_for_resource", "Tags", ResourceId=account)
    return {tag["Key"]: tag["Value"] for tag in listed}


def _all(gateway: Gateway, operation: str, member: str, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Every item of every page."""
    for page in gateway.pages("organizations", operation, **arguments):
        yield from page[member]
