# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: aws_organization
version_added: 0.1.0
short_description: The accounts of an AWS organization as hosts
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Makes one host of each account of an organization, with the variables that the playbooks of this collection take, and puts
    it into the groups C(log_archive) and C(members), and into a group for each organizational unit.
  - Asks AWS Organizations, in the management account or as a delegated administrator of any service.
  - The file has to end in C(aws_organization.yml) or C(aws_organization.yaml).
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
options:
  plugin:
    description: Says that the file is for this plugin.
    type: str
    required: true
    choices: [central_logging.aws.aws_organization, aws_organization]
  log_archive_account_id:
    description:
      - The account that keeps the logs, 12 digits in quotes. Its host is the one in group C(log_archive), all others are in
        C(members). It is taken whatever its unit and tags are.
      - Left out where the log-archive account is written into another file of the inventory; all are in C(members) then.
    type: str
  role_arn:
    description:
      - The role to assume in each account. C({partition}) and C({account_id}) are replaced.
      - Left out, the hosts have no C(role_arn).
    type: str
  states:
    description: Only accounts in these states. Those that are suspended or closed are left out by default.
    type: list
    elements: str
    choices: [ACTIVE, PENDING_ACTIVATION, SUSPENDED, PENDING_CLOSURE, CLOSED]
    default: [ACTIVE]
  organizational_units:
    description:
      - Only accounts in these units or in units below them. Each is given by its id, its name, or the path of names from the
        root, such as C(Workloads/Production).
    type: list
    elements: str
    default: []
  exclude_organizational_units:
    description: No accounts in these units or in units below them, given in the same ways.
    type: list
    elements: str
    default: []
  tags:
    description: Only accounts that have these tags. The tags are read then, as with O(fetch_tags).
    type: dict
    default: {}
  exclude_accounts:
    description: No account with one of these ids.
    type: list
    elements: str
    default: []
  fetch_tags:
    description:
      - Read the tags of each account into the variable C(tags), for O(groups), O(keyed_groups) and O(compose). That is one call
        for each account, and empty otherwise.
    type: bool
    default: false
  hostname:
    description:
      - What the hosts are called after. V(name) is the account's name, in which all but letters, digits, C(.), C(_) and C(-)
        is replaced by C(-). Where that is not unique, the account's id stands behind it.
    type: str
    choices: [name, account_id]
    default: name
  unit_group_prefix:
    description:
      - What the names of the groups for organizational units begin with. The rest is the path of names from the root in small
        letters, such as C(ou_workloads_production), a child of the group C(ou_workloads).
    type: str
    default: ou
notes:
  - "Variables of each host: C(account_id), C(role_arn) where O(role_arn) is given, C(account_name), C(account_state),
    C(organizational_units), the path of names, C(is_management_account), and C(tags)."
  - "Variables of group C(all): C(central_logging_organization_id) and C(central_logging_management_account_id). A file
    C(group_vars/all) overrides them."
  - What comes from AWS, such as names and tags, is never taken for a template.
  - "Permissions needed, on all resources: C(organizations:DescribeOrganization), C(organizations:ListRoots),
    C(organizations:ListOrganizationalUnitsForParent), C(organizations:ListAccountsForParent), and
    C(organizations:ListTagsForResource) where tags are read."
seealso:
  - module: central_logging.aws.account_inventory
"""

EXAMPLES = r"""
# accounts.aws_organization.yml: every account that is in use, with the role that the playbooks assume
plugin: central_logging.aws.aws_organization
log_archive_account_id: "111122223333"
role_arn: "arn:{partition}:iam::{account_id}:role/CentralLogging"
---
# Only the workloads, but not those to play with; trails named after the stage in the account's tags
plugin: central_logging.aws.aws_organization
region: us-east-1
assume_role_arn: arn:aws:iam::222233334444:role/OrganizationReader
log_archive_account_id: "111122223333"
role_arn: "arn:{partition}:iam::{account_id}:role/CentralLogging"
organizational_units:
  - Workloads
exclude_organizational_units:
  - Workloads/Sandbox
fetch_tags: true
compose:
  trail_name: "'sectrail' ~ tags.stage"
keyed_groups:
  - key: tags.stage
    prefix: stage
strict: true
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible/organization
cache_timeout: 3600
---
# The management account manages the trail of the organization
plugin: central_logging.aws.aws_organization
log_archive_account_id: "111122223333"
role_arn: "arn:{partition}:iam::{account_id}:role/CentralLogging"
groups:
  organization: is_management_account
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleParserError
from ansible_collections.amazon.aws.plugins.plugin_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase
from ansible_collections.central_logging.aws.plugins.module_utils._aws import validators
from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import CentralLoggingError, Refused
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import organization as _organization
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import (
    organization_hosts,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import ARCHIVE_GROUP, MEMBERS_GROUP
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.organization_hosts import (
    Account,
    Selection,
)

_Change = Callable[[Any], Any]
try:  # since ansible-core 2.19 nothing is a template unless it is said to be, and AWX shows what is not in a form of its own
    from ansible.template import trust_as_template
except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var

    _plain: _Change = str
    _from_aws: _Change = wrap_var
else:
    _plain = trust_as_template

    def _from_aws(value: Any) -> Any:
        return value


class InventoryModule(AWSInventoryBase):
    """Accounts as hosts; what is decided about them is in C(organization_hosts)."""

    NAME = "central_logging.aws.aws_organization"
    inventory: Any
    INVENTORY_FILE_SUFFIXES = ("aws_organization.yml", "aws_organization.yaml")

    def _set_frozen_credentials(self) -> None:
        """The role is assumed by the gateway, and only where AWS is asked: a cached inventory needs no credentials."""

    # amazon.aws adds two arguments for its own plugins; ansible-core, the only caller, passes neither
    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:  # type: ignore[override]
        super().parse(inventory, loader, path, cache)
        try:
            selection = self._selection()
            organization = self._organization(path, cache, bool(self.get_option("fetch_tags") or selection.tags))
            self._populate(organization, organization_hosts.selected(organization["accounts"], selection), selection)
        except Refused as refused:
            raise AnsibleParserError(refused.reason) from refused
        except CentralLoggingError as error:
            raise AnsibleParserError(
                f"{error} Organizations tells the accounts to the management account and to delegated administrators."
            ) from error

    def _selection(self) -> Selection:
        archive = self.get_option("log_archive_account_id") or ""
        excluded = self.get_option("exclude_accounts")
        return Selection(
            states=self.get_option("states"),
            units=self.get_option("organizational_units"),
            without_units=self.get_option("exclude_organizational_units"),
            tags={str(key): str(value) for key, value in self.get_option("tags").items()},
            without_accounts=[validators.account_id(str(one), "exclude_accounts") for one in excluded],
            log_archive=validators.account_id(str(archive), "log_archive_account_id") if archive else "",
        )

    def _organization(self, path: str, cache: bool, with_tags: bool) -> dict[str, Any]:
        found, organization = self.get_cached_result(path, cache)
        if found and organization["with_tags"] >= with_tags:
            return dict(organization)
        fresh = _organization.read(Gateway(self._connection()), with_tags)
        self.update_cached_result(path, False, fresh)
        return fresh

    def _connection(self) -> Connection:
        region, endpoint_url, session = get_aws_connection_info(self)
        # Organizations has one endpoint for a whole partition
        return Connection.from_options(self.get_options(), region or "us-east-1", endpoint_url, session)

    def _populate(self, organization: dict[str, Any], accounts: list[Account], selection: Selection) -> None:
        for group in (ARCHIVE_GROUP, MEMBERS_GROUP):
            self.inventory.add_group(group)
        for name, key in (("organization_id", "id"), ("management_account_id", "management_account_id")):
            self.inventory.set_variable("all", f"central_logging_{name}", _plain(organization[key]))
        units = organization_hosts.unit_groups(accounts, self.get_option("unit_group_prefix"))
        names = organization_hosts.host_names(accounts, self.get_option("hostname") == "name")
        for account in accounts:
            is_archive = account["id"] == selection.log_archive
            host = self.inventory.add_host(names[account["id"]], ARCHIVE_GROUP if is_archive else MEMBERS_GROUP)
            self._add_to_units(host, account, units)
            self._set_variables(host, self._variables(account, organization))

    def _add_to_units(self, host: str, account: Account, units: dict[str, str]) -> None:
        parent = None
        for unit in account["units"]:
            group = self.inventory.add_group(units[unit["id"]])
            if parent:
                self.inventory.add_child(parent, group)
            parent = group
        if parent:
            self.inventory.add_child(parent, host)

    def _variables(self, account: Account, organization: dict[str, Any]) -> dict[str, Any]:
        pattern = self.get_option("role_arn")
        role = organization_hosts.role_arn(pattern, account["id"], organization["partition"]) if pattern else ""
        return {
            "account_id": _plain(account["id"]),
            **({"role_arn": _plain(role)} if role else {}),
            "account_name": _from_aws(account["name"]),
            "account_state": _plain(account["state"]),
            "organizational_units": _from_aws([unit["name"] for unit in account["units"]]),
            "is_management_account": account["id"] == organization["management_account_id"],
            "tags": _from_aws(account["tags"] or {}),
        }

    def _set_variables(self, host: str, variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)
