# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts of an organization as hosts and groups of an inventory. Pure.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._aws import validators
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import Refused

from .hosts import ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP
from .organization import OrganizationAccount

_RESERVED = {"all", "ungrouped", "localhost", ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The accounts that become hosts. Units are ids, names, or paths of names such as Workloads/Production."""

    states: Sequence[str]
    units: Sequence[str] = ()  # empty: all
    excluded_units: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    excluded_accounts: Sequence[str] = ()
    log_archive: str = ""  # the id of the log-archive account; empty if another inventory file has it

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Selection:
        """The selection in the options of the plugin, of which amazon.aws offers C(get) only. Raises Refused."""
        archive = str(options.get("log_archive_account_id") or "")
        excluded = options.get("exclude_accounts") or ()
        return cls(
            states=options.get("states") or (),
            units=options.get("organizational_units") or (),
            excluded_units=options.get("exclude_organizational_units") or (),
            tags={str(key): str(value) for key, value in (options.get("tags") or {}).items()},
            excluded_accounts=[validators.account_id(str(account), "exclude_accounts") for account in excluded],
            log_archive=validators.account_id(archive, "log_archive_account_id") if archive else "",
        )

    def includes(self, account: OrganizationAccount) -> bool:
        """True if the account becomes a host. Units and tags do not exclude the log-archive account: runs need it."""
        if account["state"] not in self.states or account["id"] in self.excluded_accounts:
            return False
        if account["id"] == self.log_archive:
            return True
        within = not self.units or any(_is_in(account, unit) for unit in self.units)
        outside = not any(_is_in(account, unit) for unit in self.excluded_units)
        tags = account["tags"] or {}
        return within and outside and all(tags.get(key) == value for key, value in self.tags.items())


def _is_in(account: OrganizationAccount, unit: str) -> bool:
    """True if the account is in the unit or in a unit below it."""
    names = [parent["name"] for parent in account["units"]]
    paths = {"/".join(names[:depth]) for depth in range(1, len(names) + 1)}
    return unit.strip("/") in {*paths, *names, *(parent["id"] for parent in account["units"])}


def selected(accounts: Sequence[OrganizationAccount], selection: Selection) -> list[OrganizationAccount]:
    """The accounts that become hosts. Raises Refused if a unit or the log-archive account does not exist."""
    for unit in (*selection.units, *selection.excluded_units):
        if accounts and not any(_is_in(account, unit) for account in accounts):
            raise Refused(
                f"organizational_units: no account is in a unit {unit}. Use the id or name of a unit, or the path of"
                f" names from the root, such as Workloads/Production."
            )
    included = [account for account in accounts if selection.includes(account)]
    if selection.log_archive and selection.log_archive not in {account["id"] for account in included}:
        raise Refused(
            f"log_archive_account_id: {selection.log_archive} is not an account of the organization in the state"
            f" {' or '.join(selection.states)}, or it is excluded. Check log_archive_account_id and exclude_accounts."
        )
    return included


def host_names(accounts: Sequence[OrganizationAccount], by_name: bool) -> dict[str, str]:
    """A host name for each account id. The id is appended to a name that is not unique or is reserved."""
    plain = {account["id"]: _sanitised(account["name"]) if by_name else account["id"] for account in accounts}
    count = Counter(name.lower() for name in plain.values())
    names = {
        identity: name if name and count[name.lower()] == 1 and name.lower() not in _RESERVED else f"{name}-{identity}"
        for identity, name in plain.items()
    }
    again = Counter(name.lower() for name in names.values())
    return {identity: (name if again[name.lower()] == 1 else identity).lstrip("-") for identity, name in names.items()}


def _sanitised(name: str) -> str:
    """The name without characters that have a meaning in host patterns or host ranges."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")


def role_arn_of(pattern: str, account: str, partition: str) -> str:
    """The ARN of the role in an account. Raises Refused if the pattern does not result in one."""
    values = {"partition": partition, "account_id": account}
    unknown = [name for name in _PLACEHOLDER.findall(pattern) if name not in values]
    if unknown:
        raise Refused(
            f"role_arn: {{{unknown[0]}}} is not known. Use {{partition}} and {{account_id}}, as in"
            f" arn:{{partition}}:iam::{{account_id}}:role/CentralLogging."
        )
    return validators.role_arn(_PLACEHOLDER.sub(lambda match: values[match[1]], pattern), "role_arn")


def unit_groups(accounts: Sequence[OrganizationAccount], prefix: str) -> dict[str, str]:
    """A group name for the id of each unit: its path of names. The id is appended to a name that is not unique."""
    paths = {
        account["units"][depth]["id"]: [unit["name"] for unit in account["units"][: depth + 1]]
        for account in accounts
        for depth in range(len(account["units"]))
    }
    plain = {unit: _group(prefix, *names) for unit, names in paths.items()}
    count = Counter(plain.values())
    return {unit: name if count[name] == 1 else _group(name, unit) for unit, name in plain.items()}


def _group(*parts: str) -> str:
    return "_".join(re.sub(r"\W+", "_", part, flags=re.ASCII).strip("_").lower() for part in parts)
