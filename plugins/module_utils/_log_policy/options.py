# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of both policy modules that decide whose trails may write. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Policies are additive: an account keeps its access unless the options name it for removal, or declare the list of
accounts complete. The option C(state) is evaluated in this file only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._aws import validators
from .._core.errors import Refused
from .._policy.document import StatementValue
from . import layouts
from .allowed_accounts import AllowedAccounts, AllowedTrail
from .organization_trails import OrganizationTrails


@dataclass(frozen=True, kw_only=True)
class AccountOptions:
    """C(accounts), C(organization_id), C(organization_trails), C(layout), C(purge_accounts) and C(state)."""

    trails: tuple[AllowedTrail, ...] | None  # of accounts; None: not set
    organization: str  # organization_id; empty: not set
    organization_trails: OrganizationTrails | None  # None: not set
    layout: str
    purge: bool
    removes: bool  # state: absent
    rendered: bool  # state: rendered
    allow_weaken: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any], region: str) -> AccountOptions:
        """The options from the parameters of a module that runs in C(region).

        Raises Refused if an account id, trail name, Region or organization id is not valid.
        """
        accounts = params["accounts"]
        organization = params["organization_id"] or ""
        if organization:
            validators.organization_id(organization, "organization_id")
        if params["purge_accounts"] and accounts is None:
            raise Refused("purge_accounts: true removes all other accounts, but accounts is not given. Set accounts.")
        trails = (
            None
            if accounts is None
            else tuple(_account_trail(account, position, region) for position, account in enumerate(accounts, start=1))
        )
        validators.distinct((trail.account for trail in trails or ()), "accounts")
        return cls(
            trails=trails,
            organization=organization,
            organization_trails=_organization_trails(params["organization_trails"], organization, region),
            layout=params["layout"],
            purge=params["purge_accounts"],
            removes=params["state"] == "absent",
            rendered=params["state"] == "rendered",
            allow_weaken=params["allow_weaken"],
        )

    @property
    def removes_everything(self) -> bool:
        """True if all owned statements are to be removed."""
        named = self.trails is not None or self.organization or self.organization_trails is not None
        return self.removes and not named

    @property
    def added_accounts(self) -> list[str]:
        """The ids of the accounts that the options give access, management accounts of organization trails included."""
        if self.removes:
            return []
        management_accounts = self.organization_trails.accounts if self.organization_trails else []
        return [*(trail.account for trail in self.trails or ()), *management_accounts]

    def apply(self, current: AllowedAccounts) -> AllowedAccounts:
        """The accounts that may write after the run. Raises Refused if that would remove or replace an organization."""
        if self.removes:
            return self._remove(current)
        if self.purge:
            return AllowedAccounts(trails=frozenset(self.trails or ()))
        if current.organization and self.organization not in ("", current.organization):
            raise Refused(
                f"organization_id: the policy allows organization {current.organization}, not {self.organization}."
                f" To replace it, list the accounts that keep access and set purge_accounts: true."
            )
        return current.adding(self.trails or (), narrow=self.allow_weaken)

    def _remove(self, current: AllowedAccounts) -> AllowedAccounts:
        removed = [trail.account for trail in self.trails or ()]
        if current.organization and removed and self.organization != current.organization:
            raise Refused(
                f"The policy allows organization {current.organization} as a whole, so {', '.join(removed)} cannot be"
                f" removed from it. Move the account out of the organization, or list the accounts that keep access and"
                f" set purge_accounts: true."
            )
        whole = self.organization == current.organization and self.organization_trails is None
        return replace(current.without(removed), organization="" if whole else current.organization)

    def apply_to_organization_trails(self, current: OrganizationTrails) -> OrganizationTrails:
        """The organization trails that may write after the run. Raises Refused for those of a second organization."""
        given = self.organization_trails
        if given is None:
            return current
        if self.removes:
            return current.without(given)
        return given if self.purge else current.adding(given)

    def organization_to_allow(self, allowed: AllowedAccounts) -> str:
        """The id of the organization that may be allowed as a whole; empty for none.

        Next to C(organization_trails), C(organization_id) alone only names the folder of those trails.
        """
        names_folder = self.organization_trails and not allowed and self.layout != layouts.WHOLE_ORGANIZATION
        return "" if self.removes or names_folder else self.organization

    def layout_for(self, current: Sequence[StatementValue]) -> str:
        """The wanted layout. The current one stays if no option concerns the accounts.

        C(current) are the owned statements that allow accounts.
        """
        if self.removes:
            return layouts.AUTO
        if self.layout == layouts.AUTO and self.trails is None and not self.organization:
            return layouts.layout_of(current) or layouts.AUTO
        return self.layout


def _account_trail(account: Mapping[str, Any], position: int, default_region: str) -> AllowedTrail:
    """The trail of an entry of C(accounts). The Region is only known together with the name."""
    identity = validators.account_id(str(account["id"]), f"{validators.entry('accounts', position)}: id")
    entry = validators.entry("accounts", position, identity)
    name = account.get("trail_name") or ""
    if name:
        validators.trail_name(name, f"{entry}: trail_name")
    region = _region(account, default_region, f"{entry}: region")
    return AllowedTrail(account=identity, region=region if name else "", name=name)


def _organization_trails(
    entries: Sequence[Mapping[str, Any]] | None, organization: str, default_region: str
) -> OrganizationTrails | None:
    if entries is None:
        return None
    trails = frozenset(
        _organization_trail(entry, position, default_region) for position, entry in enumerate(entries, start=1)
    )
    return OrganizationTrails(trails=trails, organization=organization)


def _organization_trail(entry: Mapping[str, Any], position: int, default_region: str) -> AllowedTrail:
    option = "organization_trails"
    place = validators.entry(option, position)
    account = validators.account_id(str(entry["management_account_id"]), f"{place}: management_account_id")
    place = validators.entry(option, position, account)
    name = validators.trail_name(entry["trail_name"], f"{place}: trail_name")
    region = _region(entry, default_region, f"{place}: region")
    return AllowedTrail(account=account, region=region, name=name)


def _region(entry: Mapping[str, Any], default: str, option: str) -> str:
    region = validators.region(entry.get("region") or default, option)
    validators.same_partition(region, default, option)
    return region
