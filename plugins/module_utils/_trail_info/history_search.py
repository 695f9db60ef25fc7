# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Search the event history for the calls for one trail.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each account has an event history of its own, with the calls that were made in it. An organization trail is owned by the
management account, also if a delegated administrator created it. Both can change it, and AWS does not document that the
event history of one shows the calls of the other:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-delegated-administrator.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
Therefore the event history of an organization trail is complete only if that of the management account was searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .._aws import validators
from .._aws.gateway import Gateway, answered_at
from .._core import timestamps
from .._core.errors import AwsFailure, Refused
from .observed_trail import ORGANIZATION_TRAIL, ObservedTrail
from .trail_history import TrailHistory, UnreadHistory, lookup_arguments

_PAGES = 100  # of 50 events of one name. AWS accepts two calls of LookupEvents per second, account and Region


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role in another account. C(arn) is empty if there is none."""

    arn: str
    external_id: str

    @classmethod
    def of(cls, option: str, arn: str | None, external_id: str | None) -> Role:
        """The role of an option. Raises Refused if the ARN is not a valid ARN of a role."""
        return cls(arn=validators.role_arn(arn, option) if arn else "", external_id=external_id or "")


class _Unread(Exception):
    def __init__(self, unread: UnreadHistory) -> None:
        super().__init__(unread.reason)
        self.unread = unread


@dataclass(frozen=True, kw_only=True)
class HistorySearch:
    """Where and how far back to search."""

    period: timedelta  # 0: do not search
    owner: Role  # in the account of an organization trail, or in a delegated administrator
    others: Sequence[Role]  # in other accounts whose calls can change an organization trail

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> HistorySearch:
        """The options of the module. Raises Refused if one is not valid."""
        seconds = params["change_period"]
        if seconds < 0:
            raise Refused(
                f"change_period: {seconds} is less than 0. Use a number of seconds, or 0 to read no event history."
            )
        others = [
            Role.of(f"event_history_roles[{number}].role_arn", role["role_arn"], role["external_id"])
            for number, role in enumerate(params["event_history_roles"] or ())
        ]
        owner = Role.of("owner_role_arn", params["owner_role_arn"], params["owner_external_id"])
        return cls(period=timedelta(seconds=seconds), owner=owner, others=others)

    def history(self, gateway: Gateway, trail: ObservedTrail) -> TrailHistory:
        """The calls for the trail in the period. Raises nothing: what could not be searched is in the result."""
        if not trail.readable or not self.period:
            return TrailHistory.of(trail, (), complete=False)
        events: list[Mapping[str, Any]] = []
        searched: list[str] = []
        unread: UnreadHistory | None = None
        try:
            for account in self._accounts(gateway, trail):
                searched.append(account.account)
                for event in self._events(account, trail):
                    events.append(event)
        except (AwsFailure, Refused) as failure:
            unread = _failed(failure)
        except _Unread as error:
            unread = error.unread
        if not unread and trail.owner not in searched:
            unread = _owner_not_searched(trail, searched)
        return TrailHistory.of(trail, events, complete=not unread, unread=unread)

    def _accounts(self, gateway: Gateway, trail: ObservedTrail) -> Iterator[Gateway]:
        """The accounts to search: the one of the trail, and for an organization trail those that are named."""
        belongs_to_another = trail.relation == ORGANIZATION_TRAIL
        yield gateway.other(self.owner.arn, self.owner.external_id) if belongs_to_another else gateway
        if trail.state.is_organization_trail:
            for role in self.others:
                yield gateway.other(role.arn, role.external_id)

    def _events(self, account: Gateway, trail: ObservedTrail) -> Iterator[Mapping[str, Any]]:
        """The events of one account. Raises AwsFailure, or _Unread if there are too many."""
        home = account.in_region(trail.state.home_region)
        now = answered_at(trail.status or {})
        for arguments in lookup_arguments(trail, now, self.period):
            for number, page in enumerate(home.pages("cloudtrail", "lookup_events", **arguments)):
                yield from page.get("Events") or ()
                if number + 1 == _PAGES and page.get("NextToken"):
                    raise _Unread(_too_many(arguments))


def _too_many(arguments: Mapping[str, Any]) -> UnreadHistory:
    (attribute,) = arguments["LookupAttributes"]
    name, since = attribute["AttributeValue"], timestamps.text(arguments["StartTime"])
    return UnreadHistory(
        reason=f"The event history has {_PAGES * 50} events of {name} or more since {since}.",
        remediation=f"Find out who calls {name} so often, or set a shorter change_period.",
    )


def _failed(failure: AwsFailure | Refused) -> UnreadHistory:
    denied = isinstance(failure, AwsFailure) and failure.code.startswith("AccessDenied")
    allow = "Allow cloudtrail:LookupEvents to the role that reads the trail. Then run again."
    return UnreadHistory(reason=str(failure), remediation=allow if denied else "Run again.")


def _owner_not_searched(trail: ObservedTrail, searched: Sequence[str]) -> UnreadHistory:
    return UnreadHistory(
        reason=(
            f"The event history of {', '.join(searched)} was searched. The calls of account {trail.owner}, which owns"
            f" the trail, may be absent there."
        ),
        remediation=(
            f"Name a role in account {trail.owner} that is allowed to call cloudtrail:LookupEvents:"
            f" event_history_roles, or central_logging_event_history_roles in the inventory. Then run again."
        ),
    )
