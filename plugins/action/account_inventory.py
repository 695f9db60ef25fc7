# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The action behind M(central_logging.aws.account_inventory): it reads the inventory, so it runs on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import hosts
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host, Inventory


class ActionModule(ActionBase):
    """Fails with every problem at once; changes nothing and calls nobody."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec={"trails": {"type": "str"}})
        variables = task_vars or {}
        groups = (hosts.ARCHIVE_GROUP, hosts.MEMBERS_GROUP, hosts.ORGANIZATION_GROUP)
        inventory = Inventory(*(_hosts(variables, group) for group in groups))
        found = hosts.problems(inventory)
        if found:
            raise AnsibleActionFail("The inventory needs mending before anything is done:\n- " + "\n- ".join(found))
        trail = hosts.organization_trail(inventory)
        result |= {
            "changed": False,
            "accounts": hosts.accounts(inventory),
            "organization_trails": [trail] if trail else [],
            "organization_trail_arn": hosts.organization_trail_arn(inventory),
        }
        if options["trails"]:
            play = set(variables["ansible_play_hosts"])
            here = [host for host in inventory.hosts if host.name in play]
            result |= {
                "delivering": hosts.delivering(here, options["trails"]),
                "validated": hosts.validated(here),
            }
        return result


def _hosts(variables: Mapping[str, Any], group: str) -> list[Host]:
    """The hosts of a group, also those that --limit leaves out."""
    return [Host(name, variables["hostvars"][name]) for name in variables["groups"].get(group, [])]
