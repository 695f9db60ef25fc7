# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts of an inventory, as Ansible would have them."""

from __future__ import annotations

from typing import Any

from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host, Inventory

from tests.fakes.support import ARCHIVE, BUCKET, PRODUCTION, REGION, STAGING

MANAGEMENT, ORGANIZATION = "222233334444", "o-a1b2c3d4e5"
SHARED = {"central_logging_region": REGION, "central_logging_bucket": BUCKET}
WITH_TRAIL: dict[str, Any] = {
    "central_logging_organization_trail": "OrganizationTrail",
    "central_logging_organization_id": ORGANIZATION,
    "central_logging_management_account_id": MANAGEMENT,
}


def host(name: str, account_id: Any, trail_name: str | None = "trail", **variables: Any) -> Host:
    """A host with the variables of the whole fleet; an id or trail name of None is left out."""
    own = {"account_id": account_id, "trail_name": trail_name}
    given = {key: value for key, value in own.items() if value is not None}
    return Host(name=name, variables={**SHARED, **given, **variables})


def role(account: str, partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:role/CentralLogging"


SECURITY = host("security", ARCHIVE, "SecurityTrailMaster", role_arn=role(ARCHIVE))
MEMBERS = [host("production", PRODUCTION, "sectrailprod", role_arn=role(PRODUCTION)), host("staging", STAGING)]


def archive(**variables: Any) -> list[Host]:
    return [host("security", ARCHIVE, **variables)]


def member(account_id: Any = PRODUCTION, **variables: Any) -> list[Host]:
    return [host("production", account_id, **variables)]


def inventory(archive: list[Host], members: list[Host], organization: list[Host] | None = None) -> Inventory:
    return Inventory(archive=archive, members=members, organization=organization or [])


def with_organization_trail(**changes: Any) -> tuple[list[Host], list[Host], list[Host]]:
    """The hosts of the three groups with an organization trail; a variable of None is left out."""
    variables = {name: value for name, value in {**WITH_TRAIL, **changes}.items() if value is not None}
    manager = host("management", MANAGEMENT, None, **variables)
    return archive(**variables), member(trail_name=None, **variables), [manager]
