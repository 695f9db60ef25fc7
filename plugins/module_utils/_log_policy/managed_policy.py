# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A policy in which some statements are ours: what both policy modules have in common. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Policies are additive: an account that has access keeps it unless it is named for removal or the list is said to be
complete. Statements that are not ours stay byte for byte.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._aws import validators
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from .._core.reconcile import Outcome
from .._policy import equivalence
from .._policy.document import Document, StatementText, StatementValue
from . import allowed_accounts
from . import organization_trails as _organization_trails
from .allowed_accounts import Admitted, Trail
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails


@dataclass(frozen=True)
class Admission:
    """What is asked for about accounts; C(trails) and C(organization_trails) are None where they are not mentioned."""

    trails: tuple[Trail, ...] | None
    organization: str
    organization_trails: OrganizationTrails | None
    layout: str
    purge: bool
    state: str

    @classmethod
    def from_params(cls, params: Mapping[str, Any], region: str) -> Admission:
        """Raises Refused where an account id, trail name, Region or organization id is none."""
        accounts = params["accounts"]
        organization = params["organization_id"] or ""
        if organization:
            validators.organization_id(organization, "organization_id")
        if params["purge_accounts"] and accounts is None:
            raise Refused("purge_accounts: true takes accounts as the complete list, but accounts is not given.")
        trails = None if accounts is None else tuple(_trail(account, region) for account in accounts)
        validators.distinct((trail.account for trail in trails or ()), "accounts")
        of_organization = _organization_trails.from_params(params["organization_trails"], organization, region)
        return cls(trails, organization, of_organization, params["layout"], params["purge_accounts"], params["state"])

    @property
    def removes_everything(self) -> bool:
        named = self.trails is not None or self.organization or self.organization_trails is not None
        return self.state == "absent" and not named

    def apply(self, current: Admitted) -> Admitted:
        """Who is to have access, given who has it now."""
        if self.state == "absent":
            return self._removed(current)
        if self.purge:
            return Admitted(frozenset(self.trails or ()))
        if current.organization and self.organization not in ("", current.organization):
            raise Refused(
                f"organization_id: the policy admits organization {current.organization}, not {self.organization}."
                f" To replace it, list the accounts that keep access and set purge_accounts: true."
            )
        return current.with_(self.trails or ())

    def apply_organization_trails(self, current: OrganizationTrails) -> OrganizationTrails:
        """Which trails of an organization are to have access, given which have it now."""
        asked = self.organization_trails
        if asked is None:
            return current
        if self.state == "absent":
            return current.without(asked)
        return asked if self.purge else current.with_(asked)

    def usable_organization(self, admitted: Admitted) -> str:
        """The organization that may be admitted as a whole: not only because its id is part of its trail's folder."""
        only_folder = self.organization_trails and not admitted and self.layout != allowed_accounts.ORGANIZATION
        return "" if self.state == "absent" or only_folder else self.organization

    def _removed(self, current: Admitted) -> Admitted:
        gone = [trail.account for trail in self.trails or ()]
        if current.organization and gone and self.organization != current.organization:
            raise Refused(
                f"The policy admits organization {current.organization} as a whole, so that {', '.join(gone)} cannot be"
                f" taken out. Move the account out of the organization, or list the accounts that keep access and set"
                f" purge_accounts: true."
            )
        taken_out = self.organization == current.organization and self.organization_trails is None
        keeps_organization = "" if taken_out else current.organization
        return Admitted(current.without(gone).trails, keeps_organization)


def _trail(account: Mapping[str, Any], default_region: str) -> Trail:
    identity = validators.account_id(str(account["id"]), "accounts: id")
    name = account.get("trail_name") or ""
    if name:
        validators.trail_name(name, f"accounts: trail_name of {identity}")
    region = validators.region(account.get("region") or default_region, f"accounts: region of {identity}")
    validators.same_partition(region, default_region, f"accounts: region of {identity}")
    return Trail(identity, region if name else "", name)


@dataclass(frozen=True)
class PolicyState:
    """The policy as it is or should be; C(document) is None where there is none."""

    document: Document | None
    exists: bool = True  # the bucket or key itself
    identity: str = ""  # bucket name or key ARN
    owner: str = ""  # the account that owns it, where it is known
    layout: str = field(default="", compare=False)
    room: int | None = field(default=None, compare=False)


class OwnedPolicy(ABC):
    """A resource in the sense of C(_reconcile); subclasses know the statements and the calls."""

    admission: Admission
    settle_seconds: float
    confirm_seconds = 1.0  # from another's reading of the policy to its write, if nothing holds it up
    allow_missing_in_check_mode: bool
    partition: str
    kind: str  # "bucket" or "key"
    limit: int  # bytes

    @abstractmethod
    def part(self, sid: str) -> str:
        """The part of the policy that a Sid of ours belongs to; empty for a foreign Sid."""

    @abstractmethod
    def admitting(self) -> str:
        """The part that admits accounts."""

    @abstractmethod
    def owned(
        self, current: Mapping[str, Sequence[StatementValue]], layout: str, admitted: Admitted
    ) -> list[StatementValue]:
        """Our statements as they should be; C(current) holds those there are, by part."""

    @abstractmethod
    def put(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        """The calls that write the policy."""

    @abstractmethod
    def title(self, state: PolicyState) -> str:
        """The policy's name in a sentence."""

    def desired(self, before: PolicyState) -> PolicyState:
        document = before.document or Document()
        current = self.by_part(document)
        if self.admission.removes_everything:
            return self._state(before, document.with_owned([], self._is_ours), "", None)
        admitted = self.admission.apply(allowed_accounts.recover(current.get(self.admitting(), [])))

        def render(layout: str, admits: Admitted) -> Document:
            return document.with_owned(self.owned(current, layout, admits), self._is_ours)

        organization = self.admission.usable_organization(admitted)
        layout = self._layout(current.get(self.admitting(), []))
        fitted = allowed_accounts.fit(render, admitted, organization, layout, self.limit, self.title(before))
        return self._state(before, fitted.document, fitted.layout, fitted.room)

    def plan(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        if self.admission.state == "rendered" or self._same(before.document, desired.document):
            return []
        return self.put(before, desired)

    def missing(self, before: PolicyState) -> str:
        return "" if before.exists else f"{self.title(before)} cannot be written: there is no such {self.kind}."

    def explain(self, gateway: Any, before: PolicyState, failure: AwsFailure) -> str:
        return ""

    def by_part(self, document: Document | None) -> dict[str, list[StatementValue]]:
        """Our statements, by the part of the policy that they belong to."""
        parts: dict[str, list[StatementValue]] = {}
        for statement in document.statements if document else ():
            if self.part(statement.sid):
                parts.setdefault(self.part(statement.sid), []).append(statement.value)
        return parts

    def foreign(self, document: Document | None) -> list[StatementText]:
        """The statements that are not ours."""
        return [statement for statement in (document.statements if document else ()) if not self.part(statement.sid)]

    def result(self, outcome: Outcome) -> dict[str, Any]:
        """What the module returns."""
        shown: PolicyState = outcome.desired if self.admission.state == "rendered" else outcome.after
        before, after = self._admitted(outcome.before), self._admitted(shown)
        document, sent = shown.document, outcome.desired.document  # AWS shows it with white space of its own
        numbered = enumerate(document.statements if document else ())
        return {
            "policy": document.value if document else None,
            "bytes": sent.size if sent else 0,
            "limit": self.limit,
            "room": outcome.desired.room,
            "layout": outcome.desired.layout or None,
            "accounts": list(after.accounts),
            "organization_id": after.organization or None,
            "organization_trails": self._organization_trails(shown).arns(self.partition),
            "accounts_added": sorted(set(after.accounts) - set(before.accounts)),
            "accounts_removed": sorted(set(before.accounts) - set(after.accounts)),
            "foreign_statements": [
                statement.sid or f"#{number}" for number, statement in numbered if not self.part(statement.sid)
            ],
        }

    def diff(self, outcome: Outcome) -> dict[str, Any]:
        """Before and after, for C(--diff)."""
        before, after = outcome.before.document, outcome.after.document
        return {
            "before_header": self.title(outcome.before),
            "after_header": self.title(outcome.before),
            "before": before.value if before else {},
            "after": after.value if after else {},
        }

    def warnings(self, outcome: Outcome) -> list[str]:
        """What the operator should know although nothing failed."""
        reason = allowed_accounts.UNVERIFIED.get((self.kind, outcome.desired.layout))
        if not reason:
            return []
        return [f"Layout {outcome.desired.layout} has not been verified against a live account: {reason}."]

    def _layout(self, admitting: Sequence[StatementValue]) -> str:
        """The layout that is asked for; the one there is where nothing is said about who is admitted."""
        asked = self.admission
        if asked.state == "absent":
            return "auto"
        if asked.layout == "auto" and asked.trails is None and not asked.organization and admitting:
            return allowed_accounts.layout_of(admitting)
        return asked.layout

    def _is_ours(self, sid: str) -> bool:
        return bool(self.part(sid))

    def _admitted(self, state: PolicyState) -> Admitted:
        return allowed_accounts.recover(self.by_part(state.document).get(self.admitting(), []))

    def _organization_trails(self, state: PolicyState) -> OrganizationTrails:
        return _organization_trails.recover(self.by_part(state.document).get(ORGANIZATION_TRAILS, []))

    def _same(self, one: Document | None, other: Document | None) -> bool:
        return self._meaning(one) == self._meaning(other)

    def _meaning(self, document: Document | None) -> frozenset[Any]:
        """Of the two documents only our statements can differ."""
        statements = document.statements if document else ()
        return frozenset(equivalence.canonical(statement.value) for statement in statements if self.part(statement.sid))

    def _state(self, before: PolicyState, document: Document, layout: str, room: int | None) -> PolicyState:
        admits = bool(self.by_part(document).get(self.admitting()))
        kept = document if document.statements else None
        return replace(before, document=kept, layout=layout if admits else "", room=room)
