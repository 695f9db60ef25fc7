# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: aws_organization
version_added: 0.1.0
short_description: The accounts of an AWS organization as hosts
author:
  - The central_logging.aws maintainers (@central-logging)
description:
  - Creates one host for each account of an organization, with the variables that the playbooks of this collection use.
  - The hosts are in the groups C(log_archive) and C(members), and in a group for each organizational unit.
  - Calls AWS Organizations in the management account or in a delegated administrator of any service.
  - The name of the file must end with C(aws_organization.yml) or C(aws_organization.yaml).
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [central_logging.aws.aws_organization, aws_organization]
  log_archive_account_id:
    description:
      - The log-archive account, 12 digits in quotes. Its host is in group C(log_archive). All other hosts are in group
        C(members). Options for units and tags do not exclude this account.
      - If this is not set, all hosts are in C(members). Define the log-archive account in another inventory file then.
    type: str
  role_arn:
    description:
      - The role to assume in each account. C({partition}) and C({account_id}) are replaced.
      - If this is not set, the hosts have no variable C(role_arn).
    type: str
  states:
    description: Include only accounts in these states. By default, suspended and closed accounts are not included.
    type: list
    elements: str
    choices: [ACTIVE, PENDING_ACTIVATION, SUSPENDED, PENDING_CLOSURE, CLOSED]
    default: [ACTIVE]
  organizational_units:
    description:
      - Include only accounts in these units or in units below them. Use the id of a unit, its name, or the path of names from
        the root, such as C(Workloads/Production).
    type: list
    elements: str
    default: []
  exclude_organizational_units:
    description: Exclude accounts in these units or in units below them. Use the same forms as in O(organizational_units).
    type: list
    elements: str
    default: []
  tags:
    description: Include only accounts that have all these tags. The tags are read as with O(fetch_tags).
    type: dict
    default: {}
  exclude_accounts:
    description: Exclude the accounts with these ids.
    type: list
    elements: str
    default: []
  fetch_tags:
    description:
      - Read the tags of each account into the variable C(tags), for O(groups), O(keyed_groups) and O(compose). This takes one
        call for each account. Otherwise the variable is empty.
    type: bool
    default: false
  hostname:
    description:
      - The names of the hosts. With V(name) it is the name of the account, with C(-) in place of all characters except
        letters, digits, C(.), C(_) and C(-). The id of the account is appended to a name that is not unique.
    type: str
    choices: [name, account_id]
    default: name
  unit_group_prefix:
    description:
      - The prefix of the names of groups for organizational units. The rest is the path of names from the root in lower case.
        For example, C(ou_workloads_production) is a child of the group C(ou_workloads).
    type: str
    default: ou
notes:
  - "Variables of each host: C(account_id), C(role_arn) if O(role_arn) is set, C(account_name), C(account_state),
    C(organizational_units) with the path of names, C(is_management_account) and C(tags)."
  - "Variables of group C(all): C(central_logging_organization_id) and C(central_logging_management_account_id). A file
    C(group_vars/all) overrides them."
  - Text from AWS, such as names and tags, is never used as a template.
  - "Required permissions, on all resources: C(organizations:DescribeOrganization), C(organizations:ListRoots),
    C(organizations:ListOrganizationalUnitsForParent) and C(organizations:ListAccountsForParent). To read tags, also
    C(organizations:ListTagsForResource)."
seealso:
  - module: central_logging.aws.account_inventory
"""

EXAMPLES = r"""
# accounts.aws_organization.yml: every active account, with the role that the playbooks assume
plugin: central_logging.aws.aws_organization
log_archive_account_id: "111122223333"
role_arn: "arn:{partition}:iam::{account_id}:role/CentralLogging"
---
# Only workloads, without the sandbox unit. The trails have the names of the stages in the tags.
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
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import CentralLoggingError, Refused
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import organization_hosts
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import ARCHIVE_GROUP, MEMBERS_GROUP
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.organization import (
    Organization,
    OrganizationAccount,
    gateway_from_options,
    read,
)
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.organization_hosts import Selection

_Change = Callable[[Any], Any]
try:  # since ansible-core 2.19 a string is a template only if it is marked; AWX shows strings that are marked otherwise
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
    """The accounts of an organization as hosts; C(organization_hosts) decides which, and their names."""

    NAME = "central_logging.aws.aws_organization"
    inventory: Any
    INVENTORY_FILE_SUFFIXES = ("aws_organization.yml", "aws_organization.yaml")

    def _set_frozen_credentials(self) -> None:
        """Nothing: the gateway assumes the role, and only if AWS is called. A cached inventory needs no credentials."""

    # amazon.aws adds two arguments for its own plugins; ansible-core, the only caller, passes neither
    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:  # type: ignore[override]
        super().parse(inventory, loader, path, cache)
        try:
            selection = Selection.from_options(self.get_options())
            organization = self._organization(path, cache, bool(self.get_option("fetch_tags") or selection.tags))
            self._populate(organization, organization_hosts.selected(organization["accounts"], selection), selection)
        except Refused as refused:
            raise AnsibleParserError(refused.reason) from refused
        except CentralLoggingError as error:
            raise AnsibleParserError(
                f"{error} Use the management account or a delegated administrator of the organization."
            ) from error

    def _organization(self, path: str, cache: bool, with_tags: bool) -> Organization:
        is_cached, cached = self.get_cached_result(path, cache)
        if is_cached and cached["with_tags"] >= with_tags:
            stored: Organization = cached
            return stored
        fresh = read(gateway_from_options(self.get_options(), *get_aws_connection_info(self)), with_tags)
        self.update_cached_result(path, False, fresh)
        return fresh

    def _populate(self, organization: Organization, accounts: list[OrganizationAccount], selection: Selection) -> None:
        for group in (ARCHIVE_GROUP, MEMBERS_GROUP):
            self.inventory.add_group(group)
        self.inventory.set_variable("all", "central_logging_organization_id", _plain(organization["id"]))
        management = _plain(organization["management_account_id"])
        self.inventory.set_variable("all", "central_logging_management_account_id", management)
        units = organization_hosts.unit_groups(accounts, self.get_option("unit_group_prefix"))
        names = organization_hosts.host_names(accounts, self.get_option("hostname") == "name")
        for account in accounts:
            is_archive = account["id"] == selection.log_archive
            host = self.inventory.add_host(names[account["id"]], ARCHIVE_GROUP if is_archive else MEMBERS_GROUP)
            self._add_to_units(host, account, units)
            self._set_variables(host, self._variables(account, organization))

    def _add_to_units(self, host: str, account: OrganizationAccount, units: dict[str, str]) -> None:
        parent = None
        for unit in account["units"]:
            group = self.inventory.add_group(units[unit["id"]])
            if parent:
                self.inventory.add_child(parent, group)
            parent = group
        if parent:
            self.inventory.add_child(parent, host)

    def _variables(self, account: OrganizationAccount, organization: Organization) -> dict[str, Any]:
        pattern = self.get_option("role_arn")
        role = organization_hosts.role_arn_of(pattern, account["id"], organization["partition"]) if pattern else ""
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
