# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A policy in which this collection owns some statements: what the bucket policy and the key policy share. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

The options are applied to the accounts that the current policy allows. The result is written in the strictest layout
that fits. Foreign statements stay byte for byte.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._aws.arn import partition_of
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from .._core.reconcile import Outcome
from .._policy import equivalence
from .._policy.document import Document, MalformedPolicy, StatementText, StatementValue, parse
from . import allowed_accounts, layouts, organization_trails, ownership, rejection, weakenings
from .allowed_accounts import ALLOWED_ACCOUNTS, AllowedAccounts
from .options import AccountOptions
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

Parts = Mapping[str, Sequence[StatementValue]]  # the owned statements of a policy, by part


@dataclass(frozen=True, kw_only=True)
class PolicyKind:
    """What distinguishes bucket policies from key policies."""

    resource: str  # "bucket" or "key"
    limit: int  # bytes that AWS accepts
    service: str  # S3 or KMS
    part: Callable[[str], str]  # the part that an owned Sid stands for; empty for other Sids
    rejected: Callable[[StatementValue], str]  # the reason why AWS does not accept a statement; empty if it does
    other_parts: tuple[str, ...]  # the parts that do not depend on the allowed accounts
    unverified: Mapping[str, str]  # reasons, by layout that has not been verified against a live account


@dataclass(frozen=True, kw_only=True)
class PolicyState:
    """The policy of a bucket or key, current or desired. Layout and room describe a desired policy only."""

    document: Document | None  # None: there is no policy
    exists: bool = True  # whether the bucket or key exists
    identity: str = ""  # bucket name or key ARN
    owner: str = ""  # id of the account that owns the bucket or key; empty if unknown
    layout: str = field(default="", compare=False)  # empty if no account is allowed
    room: int | None = field(default=None, compare=False)  # how many more accounts fit; None: any number
    delivering: tuple[str, ...] = field(default=(), compare=False)  # clauses about removed accounts that still deliver


def read_document(text: str, title: str) -> Document:
    """The policy that AWS returned. Raises Refused if the text cannot be parsed, because a write would lose it."""
    try:
        return parse(text, title)
    except MalformedPolicy as error:
        raise Refused(str(error)) from error


class ManagedPolicy(ABC):
    """A resource for C(reconcile). A subclass reads the policy and implements five methods.

    C(part_of) recognises the owned statements, C(allow_trails) and C(other_statements) return them, and C(put) returns
    the calls that write them.
    """

    kind: PolicyKind
    confirm_seconds = 1.0  # another writer needs at most this long between its read and its write, unless it is delayed

    def __init__(self, params: Mapping[str, Any], region: str, identity: str) -> None:
        self.partition = partition_of(region)
        self.options = AccountOptions.from_params(params, region)
        self.settle_seconds: float = params["settle_timeout"]
        self.allow_missing_in_check_mode: bool = params["allow_missing_in_check_mode"]
        self.render_from = PolicyState(document=None, identity=identity) if self.options.rendered else None

    @abstractmethod
    def arn(self, state: PolicyState) -> str:
        """The ARN of the bucket or key."""

    @abstractmethod
    def part_of(self, statement: StatementText) -> str:
        """The part of the policy that a statement belongs to; empty for a foreign statement."""

    @abstractmethod
    def allow_trails(
        self, current: Parts, layout: str, allowed: AllowedAccounts, trails: OrganizationTrails
    ) -> list[StatementValue]:
        """The statements that allow the trails of accounts, in the given layout, and organization trails."""

    @abstractmethod
    def other_statements(self, current: Parts) -> list[StatementValue]:
        """The statements of the other parts, as the options require; a part whose option is not set stays."""

    @abstractmethod
    def put(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        """The calls that replace the policy by the desired one."""

    def desired(self, before: PolicyState) -> PolicyState:
        """The policy after the run. Raises Refused if it would not fit, or would take away a protection by accident."""
        desired = self._computed(before)
        losses = [*self.losses(before, desired), *before.delivering]
        if losses and not self.options.allow_weaken and not self.options.rendered:
            raise Refused(
                f"{self.title(before)} would be weakened: {'; '.join(losses)}. Set allow_weaken: true to allow that."
            )
        return desired

    def losses(self, before: PolicyState, desired: PolicyState) -> Iterator[str]:
        """What the change takes away although no account is named for removal, as clauses of a sentence."""
        before_parts, after_parts = self.by_part(before.document), self.by_part(desired.document)
        everything, purge = self.options.removes_everything, self.options.purge
        yield from weakenings.of_access(before_parts, after_parts, removes_everything=everything, purge=purge)

    def _computed(self, before: PolicyState) -> PolicyState:
        """The policy that the options describe. Raises Refused if it would not fit."""
        document = before.document or Document()
        if self.options.removes_everything:
            return self._state(before, document.with_owned([], self.is_owned))
        current = self.by_part(document).get(ALLOWED_ACCOUNTS, [])
        allowed = self.options.apply(allowed_accounts.recover(current))
        organization = self.options.organization_to_allow(allowed)
        possible = layouts.possible(allowed, organization)
        candidates = layouts.candidates(self.options.layout_for(current), possible, allowed)
        allowed = replace(allowed, organization=allowed.organization or organization)
        for layout in candidates:
            policy = self.build(document, layout, allowed)
            if policy.size <= self.kind.limit:
                return self._state(before, policy, layout, self._room(document, layout, allowed))
        message = layouts.too_large(
            self.title(before),
            len(allowed.accounts),
            {layout: self.build(document, layout, allowed).size for layout in dict.fromkeys((*candidates, *possible))},
            limit=self.kind.limit,
            organization=organization,
            most_compact=self._most_compact(document, allowed),
        )
        raise Refused(message)

    def build(self, document: Document, layout: str, allowed: AllowedAccounts) -> Document:
        """The policy that allows these accounts in the given layout, from the current one."""
        current = self.by_part(document)
        trails = organization_trails.recover(current.get(ORGANIZATION_TRAILS, []))
        owned = self.allow_trails(current, layout, allowed, self.options.apply_to_organization_trails(trails))
        if self.options.removes:
            owned += [statement for part in self.kind.other_parts for statement in current.get(part, [])]
        else:
            owned += self.other_statements(current)
        return document.with_owned(owned, self.is_owned)

    def _room(self, document: Document, layout: str, allowed: AllowedAccounts) -> int | None:
        if layout == layouts.WHOLE_ORGANIZATION:
            return None
        sizes = [self.build(document, layout, more).size for more in layouts.with_more_accounts(allowed)]
        return layouts.room(self.kind.limit, *sizes)

    def _most_compact(self, document: Document, allowed: AllowedAccounts) -> int:
        """How many of the accounts fit in the layout that needs the fewest bytes for each."""
        few = replace(allowed, trails=frozenset(sorted(allowed.trails)[:1]))
        return len(few.trails) + (self._room(document, layouts.COMPACT, few) or 0)

    def refuse_rejected_statements(self, before: PolicyState, desired: PolicyState) -> None:
        """Raises Refused for a policy to write with a statement that AWS is known to reject."""
        if not desired.document or not self.plan(before, desired):
            return
        foreign = before.document or Document()
        names = {statement.text: name for name, statement in zip(foreign.names, foreign.statements, strict=True)}
        for statement in desired.document.statements:
            reason, part = self.kind.rejected(statement.value), self.part_of(statement)
            if reason:
                raise Refused(
                    f"{self.title(before)} holds statement {names.get(statement.text, statement.sid)}, which"
                    f" {self.kind.service} does not accept: {reason}. {self.kind.service} would reject the whole"
                    f" policy. {rejection.remedy(part)}"
                )

    def plan(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        """The calls that write the policy; none if its owned statements already mean the same."""
        same = self._meaning(before.document) == self._meaning(desired.document)
        return [] if same else self.put(before, desired)

    def missing(self, before: PolicyState) -> str:
        """A sentence if the bucket or key does not exist."""
        reason = f"cannot be written, because the {self.kind.resource} does not exist"
        return "" if before.exists else f"{self.title(before)} {reason}."

    def explain(self, gateway: Any, desired: PolicyState, failure: AwsFailure) -> str:
        """The statement because of which AWS rejects the policy; empty for other failures."""
        document = desired.document
        if failure.code not in rejection.CODES or document is None:
            return ""
        candidates = [
            rejection.Candidate(name=name, part=self.part_of(statement), statement=statement)
            for name, statement in zip(document.names, document.statements, strict=True)
        ]
        target = rejection.Target(
            kind=self.kind.resource, arn=self.arn(desired), size=document.size, limit=self.kind.limit
        )
        return rejection.explain(failure.message, candidates, target)

    def title(self, state: PolicyState) -> str:
        """The policy's name at the start of a sentence."""
        return f"The policy of {self.kind.resource} {state.identity}"

    def is_owned(self, statement: StatementText) -> bool:
        """True for a statement of this collection."""
        return bool(self.part_of(statement))

    def by_part(self, document: Document | None) -> dict[str, list[StatementValue]]:
        """The owned statements, by the part of the policy that they belong to."""
        parts: dict[str, list[StatementValue]] = {}
        for statement in document.statements if document else ():
            part = self.part_of(statement)
            if part:
                parts.setdefault(part, []).append(statement.value)
        return parts

    def result(self, outcome: Outcome) -> dict[str, Any]:
        """The return values of the module."""
        before, after = self._allowed(outcome.before), self._allowed(outcome.after)
        document = outcome.after.document
        written = outcome.desired.document  # AWS returns a policy with white space of its own
        trails = organization_trails.recover(self.by_part(document).get(ORGANIZATION_TRAILS, []))
        return {
            "policy": document.value if document else None,
            "bytes": written.size if written else 0,
            "limit": self.kind.limit,
            "room": outcome.desired.room,
            "layout": outcome.desired.layout or None,
            "accounts": list(after.accounts),
            "organization_id": after.organization or None,
            "organization_trails": trails.arns(self.partition),
            "accounts_added": sorted(set(after.accounts) - set(before.accounts)),
            "accounts_removed": sorted(set(before.accounts) - set(after.accounts)),
            "foreign_statements": [name for name, _altered in self._foreign(document)],
            "altered_statements": [name for name, altered in self._foreign(document) if altered],
        }

    def diff(self, outcome: Outcome) -> dict[str, Any]:
        """The policy before and after, for C(--diff). A policy that is only rendered changes nothing.

        AWS spells some statements in another way than they were written. The owned statements are shown in one form.
        """
        before, after = outcome.before.document, outcome.after.document if outcome.changed else outcome.before.document
        return {
            "before_header": self.title(outcome.before),
            "after_header": self.title(outcome.before),
            "before": self._shown(before),
            "after": self._shown(after),
        }

    def _shown(self, document: Document | None) -> dict[str, Any]:
        if document is None:
            return {}
        statements = [
            equivalence.shown(statement.value) if self.is_owned(statement) else statement.value
            for statement in document.statements
        ]
        return {**document.value, "Statement": statements}

    def warnings(self, outcome: Outcome) -> list[str]:
        """Warnings for the operator about a successful run."""
        layout = outcome.desired.layout
        reason = self.kind.unverified.get(layout)
        warnings = [f"Layout {layout} has not been verified against a live account: {reason}."] if reason else []
        altered = [name for name, is_altered in self._foreign(outcome.after.document) if is_altered]
        if altered:
            warnings.append(
                f"{self.title(outcome.after)} has statements with a Sid of this module but other content:"
                f" {', '.join(altered)}. They are not changed or removed, and what they allow or deny stays in effect."
                f" Give them another Sid if they are needed, or remove them."
            )
        return warnings

    def _foreign(self, document: Document | None) -> list[tuple[str, bool]]:
        """The name of each foreign statement, and whether it has an owned Sid."""
        names = document.names if document else []
        return [
            (names[entry.position], entry.altered)
            for entry in ownership.foreign_in(document, self.part_of, self.kind.part)
        ]

    def _allowed(self, state: PolicyState) -> AllowedAccounts:
        return allowed_accounts.recover(self.by_part(state.document).get(ALLOWED_ACCOUNTS, []))

    def _meaning(self, document: Document | None) -> frozenset[Any]:
        """A value that is equal for policies whose owned statements mean the same; no other statements can differ."""
        parts = self.by_part(document).values()
        return frozenset(equivalence.canonical(statement) for statements in parts for statement in statements)

    def _state(self, before: PolicyState, policy: Document, layout: str = "", room: int | None = None) -> PolicyState:
        allows = ALLOWED_ACCOUNTS in self.by_part(policy)
        document = policy if policy.statements else None
        return replace(before, document=document, layout=layout if allows else "", room=room)
