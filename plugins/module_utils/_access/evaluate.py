# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who can encrypt, decrypt, read and delete, from the policies of key and bucket and the grants of the key. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

IAM policies are not read. If they decide, the access is reported as possible and not as certain. Principals of the
bucket's own account need no bucket policy. A key policy that names the account lets IAM policies decide. Principals of
other accounts need a policy of their own account too.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html and
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._policy import describe, matching
from .._policy.explicit_deny import denial, narrower
from .._policy.match import Match
from .._policy.principal import (
    ACCOUNT,
    CANONICAL_USER,
    DELETED,
    FEDERATED,
    ORGANIZATION,
    ROLE,
    ROOT_USER,
    SESSION,
    TRAILS,
    UNKNOWN,
    USER,
    Principal,
)
from .._policy.statement import BUCKET, Statement
from .._policy.variables import unmark
from .._policy.wildcards import covers, may_touch
from . import principals, trails
from .actions import Ability, is_about_bucket
from .effective_access import EffectiveAccess, Scope, merged
from .requests import PossibleRequest, possible_requests

IAM = "IAM"
_OF_IAM = (ACCOUNT, ROLE, USER, SESSION, FEDERATED, ROOT_USER)
_OPEN = (CANONICAL_USER, DELETED, UNKNOWN, ORGANIZATION)  # kinds of principals whose identity the policies leave open


@dataclass(frozen=True, kw_only=True)
class ArchiveResources:
    """The log bucket and the central key, and the account that owns both."""

    account: str
    bucket_arn: str
    key_arn: str

    def target(self, action: str) -> str:
        """Return the pattern of the resources that an action can be about."""
        if action.startswith("kms:"):
            return self.key_arn
        return self.bucket_arn if is_about_bucket(action) else f"{self.bucket_arn}/*"

    def iam_statement(self) -> Statement:
        """Return what IAM policies in the owner's account can allow without the bucket policy."""
        return Statement(
            policy=BUCKET,
            name=IAM,
            allows=True,
            principals=(Principal(kind=ACCOUNT, name=self.account),),
            actions=("s3:*",),
            resources=(self.bucket_arn, f"{self.bucket_arn}/*"),
        )


def who_can(ability: Ability, statements: Sequence[Statement], archive: ArchiveResources) -> list[EffectiveAccess]:
    """Return who has the ability by the statements, each principal once for each set of conditions."""
    relevant = [statement for statement in statements if statement.policy == ability.policy]
    denying = [statement for statement in relevant if not statement.allows]
    return merged(
        access
        for statement in relevant
        if statement.allows
        for action in (*ability.actions, *ability.indirect)
        for access in _allowed(statement, action, denying, archive, indirect=action in ability.indirect)
    )


def root_user(archive: ArchiveResources) -> EffectiveAccess:
    """Return what the root user of the bucket's account can do: S3 allows it even if the bucket policy denies it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    return EffectiveAccess(
        principal=Principal(kind=ROOT_USER, name=archive.account),
        by=("S3",),
        actions=("s3:DeleteBucketPolicy", "s3:PutBucketPolicy"),
        conditions=("the bucket policy does not limit the root user",),
        certain=True,
        indirect=True,
    )


def _allowed(
    statement: Statement, action: str, denying: Sequence[Statement], archive: ArchiveResources, *, indirect: bool
) -> Iterator[EffectiveAccess]:
    """The accesses to one action by one Allow statement."""
    target = archive.target(action)
    if not matching.may_concern(statement, action, target):
        return
    for principal, listed in principals.of_allow(statement, target):
        within = trails.folders(target) if principal.kind == TRAILS else target
        if matching.resource(statement, within) is Match.NO:
            continue
        evaluation = _Evaluation(
            statement=statement,
            principal=principal,
            action=action,
            target=within,
            denying=[deny for deny in denying if matching.may_concern(deny, action, within)],
            archive=archive,
        )
        doubts = _reservations(statement, principal, listed, archive)
        is_decided = not doubts and _decides_alone(principal, listed, archive)
        for outcome in evaluation.outcomes():
            texts = [*_scope_text(statement, target, principal), *map(describe.condition, statement.conditions)]
            for exempt in outcome.principals:
                yield EffectiveAccess(
                    principal=exempt,
                    by=(statement.name,),
                    actions=(action,),
                    conditions=tuple(dict.fromkeys([*texts, *doubts, *outcome.doubts])),
                    certain=is_decided and outcome.is_certain,
                    indirect=indirect,
                    scope=_scope(statement, target, outcome.trail),
                )


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What the requests that have one context in common give, minus what Deny statements take from them."""

    principals: tuple[Principal, ...]
    open_conditions: int
    doubts: tuple[str, ...]
    is_usual: bool
    trail: str

    @property
    def is_certain(self) -> bool:
        return self.is_usual and not (self.open_conditions or self.doubts)


@dataclass(frozen=True, kw_only=True)
class _Evaluation:
    """An Allow statement for one principal and one action, held against the Deny statements."""

    statement: Statement
    principal: Principal
    action: str
    target: str
    denying: Sequence[Statement]
    archive: ArchiveResources

    def outcomes(self) -> list[_Outcome]:
        """Return what remains of the access: one outcome if it is certain, else the best for each set of principals."""
        best: dict[tuple[Principal, ...], _Outcome] = {}
        statements = [self.statement, *self.denying]
        for request in possible_requests(self.principal, self.action, statements, self.archive.key_arn):
            outcome = self._outcome(request)
            if outcome is None:
                continue
            if outcome.is_certain and outcome.principals == (self.principal,):
                return [outcome]
            earlier = best.get(outcome.principals)
            if earlier is None or _openness(outcome) < _openness(earlier):
                best[outcome.principals] = outcome
        return list(best.values())

    def _outcome(self, request: PossibleRequest) -> _Outcome | None:
        """What remains for the requests of one context; None if nothing does."""
        matches = [
            matching.condition_holds(condition, request.context.get(condition.key_name))
            for condition in self.statement.conditions
        ]
        if Match.NO in matches:
            return None
        exempt: tuple[Principal, ...] = (self.principal,)
        doubts = []
        is_narrowed = False
        for deny in self.denying:
            denied = denial(deny, self.statement, self.principal, self.action, self.target, request.context)
            if denied is None:
                continue
            if denied.is_certain:
                return None
            if denied.condition:
                doubts.append(denied.condition)
            else:
                exempt = narrower(exempt, denied.exempt) if is_narrowed else denied.exempt
                is_narrowed = True
        if not exempt:
            return None
        return _Outcome(
            principals=exempt,
            open_conditions=matches.count(Match.MAYBE) + is_narrowed,
            doubts=tuple(doubts),
            is_usual=request.is_usual,
            trail=request.trail,
        )


def _openness(outcome: _Outcome) -> tuple[int, bool]:
    """How much an outcome leaves open, for the order of outcomes."""
    return outcome.open_conditions + len(outcome.doubts), not outcome.is_usual


def _reservations(
    statement: Statement, principal: Principal, listed: Principal, archive: ArchiveResources
) -> list[str]:
    """What else the access depends on, as texts."""
    texts = []
    if statement.problem:
        texts.append(f"AWS reads the statement as described, although {statement.problem}")
    if statement.has_variables:
        texts.append("the policy variables of the statement have values that match")
    if statement.not_principal:
        excepted = [describe.principal(item) for item in statement.principals]
        texts.append(f"the caller is not {describe.listed(excepted, 'or')}")
    if principal.kind not in (ACCOUNT, *_OPEN) and _is_by_iam(principal, listed, archive):
        account = principal.account or listed.account
        of_account = f"account {account}" if account else "its account"
        texts.append(f"the IAM policies of {of_account} allow it (they are not read)")
    return texts


def _is_by_iam(principal: Principal, listed: Principal, archive: ArchiveResources) -> bool:
    """Whether IAM policies must allow the access too, because of the account or the kind of the principal."""
    return listed.kind == ACCOUNT or (principal.kind in _OF_IAM and principal.account != archive.account)


def _decides_alone(principal: Principal, listed: Principal, archive: ArchiveResources) -> bool:
    return principal.kind not in _OPEN and not _is_by_iam(principal, listed, archive)


def _scope(statement: Statement, target: str, trail: str) -> Scope:
    trail_patterns = (trail,) if trail else ()
    touching = tuple(pattern for pattern in statement.resources if may_touch(pattern, target))
    if statement.not_resource:
        return Scope(not_resources=tuple(map(unmark, touching)), trails=trail_patterns)
    if any(covers(pattern, target) for pattern in touching):
        return Scope(trails=trail_patterns)
    return Scope(resources=tuple(map(unmark, touching)), trails=trail_patterns)


def _scope_text(statement: Statement, target: str, principal: Principal) -> list[str]:
    """The part of the bucket that the statement is about, as a text, unless the principal says it."""
    scope = _scope(statement, target, "")
    own = ("AWSLogs/*", f"AWSLogs/{principal.name}/*")
    if principal.kind == TRAILS and all(pattern.endswith(own) for pattern in scope.resources):
        return [f"not on {describe.listed(scope.not_resources, 'or')}"] if scope.not_resources else []
    if scope.not_resources:
        return [f"not on {describe.listed(scope.not_resources, 'or')}"]
    return [f"only on {describe.listed(scope.resources)}"] if scope.resources else []
