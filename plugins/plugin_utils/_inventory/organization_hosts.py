# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""From the accounts of an organization to the hosts of an inventory. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
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

Account = Mapping[str, Any]  # as _organization.read has it

_RESERVED = {"all", "ungrouped", "localhost", ARCHIVE_GROUP, MEMBERS_GROUP, ORGANIZATION_GROUP}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Selection:
    """Which accounts become hosts. Empty means all."""

    states: Sequence[str]
    units: Sequence[str] = ()  # ids, names, or paths of names such as Workloads/Production
    without_units: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    without_accounts: Sequence[str] = ()
    log_archive: str = ""

    def takes(self, account: Account) -> bool:
        """The log-archive account is taken from any unit and with any tags, because no run can do without it."""
        if account["state"] not in self.states or account["id"] in self.without_accounts:
            return False
        if account["id"] == self.log_archive:
            return True
        within = not self.units or any(_is_in(account, unit) for unit in self.units)
        outside = not any(_is_in(account, unit) for unit in self.without_units)
        tags = account["tags"] or {}
        return within and outside and all(tags.get(key) == value for key, value in self.tags.items())


def _is_in(account: Account, unit: str) -> bool:
    """Whether the account is in the unit or in one below it."""
    names = [one["name"] for one in account["units"]]
    paths = {"/".join(names[:depth]) for depth in range(1, len(names) + 1)}
    return unit.strip("/") in {*paths, *names, *(one["id"] for one in account["units"])}


def selected(accounts: Sequence[Account], selection: Selection) -> list[Account]:
    """The accounts that become hosts. Raises Refused for a unit or log-archive account that is not there."""
    for unit in (*selection.units, *selection.without_units):
        if accounts and not any(_is_in(account, unit) for account in accounts):
            raise Refused(
                f"organizational_units: no account is in a unit {unit}. Give the unit's id, its name, or the path of"
                f" names from the root, such as Workloads/Production."
            )
    taken = [account for account in accounts if selection.takes(account)]
    if selection.log_archive and selection.log_archive not in {account["id"] for account in taken}:
        raise Refused(
            f"log_archive_account_id: {selection.log_archive} is not an account of the organization that is in one of"
            f" the states {', '.join(selection.states)} and not excluded."
        )
    return taken


def host_names(accounts: Sequence[Account], by_name: bool) -> dict[str, str]:
    """A host name for each account id. Where a name is not the only one of its kind, the id stands behind it."""
    plain = {account["id"]: _sanitised(account["name"]) if by_name else account["id"] for account in accounts}
    count = Counter(name.lower() for name in plain.values())
    names = {
        identity: name if name and count[name.lower()] == 1 and name.lower() not in _RESERVED else f"{name}-{identity}"
        for identity, name in plain.items()
    }
    again = Counter(name.lower() for name in names.values())
    return {identity: (name if again[name.lower()] == 1 else identity).lstrip("-") for identity, name in names.items()}


def _sanitised(name: str) -> str:
    """Only what neither a host pattern nor a host range gives a meaning to."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.")


def role_arn(pattern: str, account: str, partition: str) -> str:
    """The ARN of the role in an account. Raises Refused where the pattern makes none."""
    values = {"partition": partition, "account_id": account}
    unknown = [name for name in _PLACEHOLDER.findall(pattern) if name not in values]
    if unknown:
        raise Refused(
            f"role_arn: {{{unknown[0]}}} is not known. {{partition}} and {{account_id}} are replaced, as in"
            f" arn:{{partition}}:iam::{{account_id}}:role/CentralLogging."
        )
    return validators.role_arn(_PLACEHOLDER.sub(lambda match: values[match[1]], pattern), "role_arn")


def unit_groups(accounts: Sequence[Account], prefix: str) -> dict[str, str]:
    """A group name for the id of each unit: its path of names. Where that is not the only one, the id stands behind."""
    paths = {
        tuple(one["id"] for one in account["units"][: depth + 1]): [
            one["name"] for one in account["units"][: depth + 1]
        ]
        for account in accounts
        for depth in range(len(account["units"]))
    }
    plain = {ids[-1]: _group(prefix, *names) for ids, names in paths.items()}
    count = Counter(plain.values())
    return {unit: name if count[name] == 1 else _group(name, unit) for unit, name in plain.items()}


def _group(*parts: str) -> str:
    return "_".join(re.sub(r"\W+", "_", part, flags=re.ASCII).strip("_").lower() for part in parts)
