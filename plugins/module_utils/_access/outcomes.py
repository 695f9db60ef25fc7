# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an Allow statement gives to a principal after the Deny statements. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .._policy import matching
from .._policy.explicit_deny import Denial, denial, narrower
from .._policy.match import Match
from .._policy.principal import TRAILS, Principal
from .._policy.statement import Statement
from .requests import PossibleRequest, possible_requests


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whether an Allow statement lets a principal call an action on targets, the patterns of its resources."""

    allow: Statement
    denying: Sequence[Statement]
    principal: Principal
    action: str
    targets: tuple[str, ...]
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class RemainingAccess:
    """What remains of the access for requests that have one context in common."""

    principals: tuple[Principal, ...]
    open_conditions: int
    doubts: tuple[str, ...]
    trails: tuple[str, ...]  # patterns of the trails whose log files it is about; empty for every trail

    @property
    def is_certain(self) -> bool:
        return not (self.open_conditions or self.doubts)

    @property
    def openness(self) -> int:
        """How much the outcome leaves open, for the order of outcomes."""
        return self.open_conditions + len(self.doubts)


def outcomes(question: Question) -> list[RemainingAccess]:
    """Return what remains of the access: one outcome if it is certain, else the best for each set of principals."""
    best: dict[tuple[Principal, ...], RemainingAccess] = {}
    certain: list[RemainingAccess] = []
    requests = possible_requests(
        question.principal, question.action, question.allow, question.denying, question.key_arn
    )
    for request in requests:
        if certain and question.principal.kind == TRAILS and not request.trail:
            break  # the account names the trails; the pattern of all trails only costs time
        outcome = _outcome(question, request)
        if outcome is None:
            continue
        if outcome.is_certain:
            certain.append(outcome)
            if not outcome.trails:
                break
        earlier = best.get(outcome.principals)
        if earlier is None or outcome.openness < earlier.openness:
            best[outcome.principals] = outcome
    if not certain:
        return list(best.values())
    trails = dict.fromkeys(trail for outcome in certain for trail in outcome.trails)
    return [replace(certain[-1], trails=tuple(trails) if certain[-1].trails else ())]


def _outcome(question: Question, request: PossibleRequest) -> RemainingAccess | None:
    """What remains for the requests of one context; None if nothing does."""
    matches = [
        matching.condition_holds(condition, request.context.get(condition.key_name))
        for condition in question.allow.conditions
    ]
    if Match.NO in matches:
        return None
    denials = _denials(question, request)
    if any(item.is_certain for item in denials):
        return None
    principals: tuple[Principal, ...] = (question.principal,)
    exempting = [item.exempt for item in denials if not item.condition]
    for position, exempt in enumerate(exempting):
        principals = narrower(principals, exempt) if position else exempt
    if not principals:
        return None
    return RemainingAccess(
        principals=principals,
        open_conditions=matches.count(Match.MAYBE) + len(exempting),
        doubts=(*request.unusual, *(item.condition for item in denials if item.condition)),
        trails=(request.trail,) if request.trail else (),
    )


def _denials(question: Question, request: PossibleRequest) -> list[Denial]:
    candidates = (
        denial(deny, question.allow, question.principal, question.action, question.targets, request.context)
        for deny in question.denying
    )
    return [item for item in candidates if item]
