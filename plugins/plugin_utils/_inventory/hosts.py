# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The hosts of the inventory: one host is one account. Pure.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP = "log_archive", "members", "organization"


@dataclass(frozen=True, kw_only=True)
class Host:
    """One host of the inventory, with its variables as Ansible has them."""

    name: str
    variables: Mapping[str, Any]

    def get(self, variable: str) -> Any:
        return self.variables.get(variable)

    def is_true(self, variable: str) -> bool:
        """Whether the variable is true. The option C(-e) passes a text."""
        return str(self.get(variable)).lower() in ("true", "yes", "on", "1")

    @property
    def account(self) -> str:
        """The id of the account, 12 digits."""
        return str(self.get("account_id"))

    @property
    def is_in_ini(self) -> bool:
        """Whether the host is in an inventory file in the INI format, as far as the file's name shows it."""
        file = str(self.get("inventory_file") or "").rsplit("/", 1)[-1]
        return file.endswith((".ini", ".cfg")) or (bool(file) and "." not in file)

    @property
    def trail_name(self) -> str:
        """The name of the account's own trail; empty if it is not set."""
        return str(self.get("trail_name") or self.get("central_logging_trail_name") or "")

    @property
    def region(self) -> str:
        """The home Region of the trail; empty if it is not set."""
        return str(self.get("central_logging_region") or "")

    @property
    def organization_trail(self) -> str:
        """The name of the organization trail that records the account; empty if the account has its own trail."""
        return str(self.get("central_logging_organization_trail") or "")

    @property
    def recorded_by(self) -> str:
        """The name of the trail that is verified."""
        return self.organization_trail if self.is_of_organization else self.trail_name

    @property
    def is_of_organization(self) -> bool:
        """Whether the organization trail is verified. The log-archive account has its own, or manages that one."""
        groups = self.get("group_names") or ()
        return bool(self.organization_trail) and (ARCHIVE_GROUP not in groups or ORGANIZATION_GROUP in groups)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The hosts of the groups, including those that C(--limit) excludes. A job slice has only its own hosts."""

    archive: Sequence[Host]
    members: Sequence[Host]
    organization: Sequence[Host] = ()  # the account that manages the organization trail

    @property
    def hosts(self) -> list[Host]:
        """Each host once, the log-archive account first."""
        return list({host.name: host for host in (*self.archive, *self.members, *self.organization)}.values())


def from_variables(variables: Mapping[str, Any]) -> Inventory:
    """The inventory, from the variables C(groups) and C(hostvars) of a task."""
    archive, members, organization = (
        [Host(name=name, variables=variables["hostvars"][name]) for name in variables["groups"].get(group, [])]
        for group in (ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP)
    )
    return Inventory(archive=archive, members=members, organization=organization)
