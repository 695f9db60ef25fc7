# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Search the event histories in which calls for a trail can be recorded.

Note that this module util is PRIVATE to the collection: it can change at any time.

An event history has the calls of its own account:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
The management account and delegated administrators for CloudTrail can stop, change and delete an organization trail:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html
AWS does not document whether the history of one of these accounts has the calls of another one. Therefore, the history
of each account must be searched. Accounts that are no longer delegated administrators are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .._aws.gateway import Gateway, answered_at
from .._core import timestamps
from .._core.errors import AwsFailure, Refused
from .observed_trail import ORGANIZATION_TRAIL, ObservedTrail
from .trail_history import TrailHistory, UnreadHistory, lookup_arguments

Role = tuple[str, str]  # role ARN and external id
_PAGES = 100  # of 50 events of one name. AWS accepts two calls of LookupEvents per second, account and Region
_SERVICE = "cloudtrail.amazonaws.com"
_LIST = "organizations:ListDelegatedAdministrators"


class _Unread(Exception):
    """A history could not be read to its end."""

    def __init__(self, unread: UnreadHistory) -> None:
        super().__init__(unread.reason)
        self.unread = unread


@dataclass(frozen=True, kw_only=True)
class HistorySearch:
    """Which event histories are searched, and for which period."""

    owner_role: Role  # for an organization trail of another account; its ARN may be empty
    roles: Sequence[Role]  # in further accounts, for an organization trail
    period: timedelta

    def history(self, gateway: Gateway, trail: ObservedTrail) -> TrailHistory:
        """The calls for the trail. C(gateway) is that of the account which the trail records."""
        if not trail.readable or not self.period:
            return TrailHistory.of(trail, (), complete=False)
        gateways = self._gateways(gateway, trail)
        events: list[Mapping[str, Any]] = []
        try:
            for searched in gateways.values():
                for page in self._pages(searched, trail):
                    events += page.get("Events") or ()
            unread = _missing(trail, gateways) if trail.state.is_organization_trail else None
        except _Unread as error:
            unread = error.unread
        return TrailHistory.of(trail, events, complete=unread is None, unread=unread)

    def _gateways(self, gateway: Gateway, trail: ObservedTrail) -> dict[str, Gateway]:
        """The gateways to search, by account."""
        first = gateway.other(*self.owner_role) if trail.relation == ORGANIZATION_TRAIL else gateway
        gateways = {first.account: first}
        for role in self.roles if trail.state.is_organization_trail else ():
            other = gateway.other(*role)
            gateways.setdefault(other.account, other)
        return gateways

    def _pages(self, gateway: Gateway, trail: ObservedTrail) -> Iterator[Mapping[str, Any]]:
        """The pages of the account's history in the home Region of the trail. Raises _Unread."""
        try:
            home = gateway.in_region(trail.state.home_region)
            for arguments in lookup_arguments(trail, answered_at(trail.status or {}), self.period):
                for number, page in enumerate(home.pages("cloudtrail", "lookup_events", **arguments)):
                    yield page
                    if number + 1 == _PAGES and page.get("NextToken"):
                        raise _Unread(_too_many(arguments, home.account))
        except AwsFailure as failure:
            raise _Unread(_failed(failure)) from None


def _missing(trail: ObservedTrail, searched: Mapping[str, Gateway]) -> UnreadHistory | None:
    """The accounts that can change the organization trail and were not searched; None without any. Raises _Unread."""
    accounts = sorted({trail.owner, *_administrators(searched)} - searched.keys())
    if not accounts:
        return None
    names, plural = " and ".join(accounts), len(accounts) > 1
    return UnreadHistory(
        reason=(
            f"The event history of account {' and '.join(searched)} was searched, and that of account {names} was not."
            f" {'These accounts' if plural else 'This account'} can stop, change and delete the trail."
        ),
        remediation=(
            f"Add a role in account {names} that is allowed to call cloudtrail:LookupEvents to history_roles"
            f" (variable central_logging_history_roles). Then run again."
        ),
    )


def _administrators(searched: Mapping[str, Gateway]) -> set[str]:
    """The delegated administrators for CloudTrail, as the first account that may list them does. Raises _Unread.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListDelegatedAdministrators.html
    """
    reasons = []
    for gateway in searched.values():
        try:
            pages = list(gateway.pages("organizations", "list_delegated_administrators", ServicePrincipal=_SERVICE))
        except (AwsFailure, Refused) as failure:
            reasons.append(str(failure))
            continue
        return {entry["Id"] for page in pages for entry in page["DelegatedAdministrators"]}
    raise _Unread(
        UnreadHistory(
            reason=(
                "It is not known which delegated administrators for CloudTrail can stop, change and delete the trail: "
                + " ".join(reasons)
            ),
            remediation=f"Allow {_LIST} to the role that reads the trail. Then run again.",
        )
    )


def _too_many(arguments: Mapping[str, Any], account: str) -> UnreadHistory:
    (attribute,) = arguments["LookupAttributes"]
    name, since = attribute["AttributeValue"], timestamps.text(arguments["StartTime"])
    return UnreadHistory(
        reason=f"The event history of account {account} has {_PAGES * 50} events of {name} or more since {since}.",
        remediation=f"Find out who calls {name} so often, or set a shorter change_period.",
    )


def _failed(failure: AwsFailure) -> UnreadHistory:
    denied = failure.code.startswith("AccessDenied") and failure.operation != "AssumeRole"
    allow = "Allow cloudtrail:LookupEvents to the role that reads the trail. Then run again."
    return UnreadHistory(reason=str(failure), remediation=allow if denied else "Run again.")
