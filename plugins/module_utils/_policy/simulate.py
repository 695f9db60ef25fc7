# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether one policy allows a request, and the reason if it does not: for error messages, not for decisions. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import describe, matching
from .match import Match, any_of
from .principal import Principal
from .statement import Condition, Statement
from .wildcards import literal

_ORGANIZATION_KEY = "aws:sourceorgid"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of a principal for one action on one resource.

    C(context) maps condition keys in lower case to their values. The request may also have the keys in C(unknown), and
    has no others.
    """

    principal: Principal
    action: str
    resource: str  # an ARN
    context: Mapping[str, str]
    unknown: frozenset[str] = frozenset()

    def values_of(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a condition key in lower case: none if it is absent, None if that is not known."""
        if key in self.context:
            return (literal(self.context[key]),)
        return None if key in self.unknown else ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a policy allows a request, and the reason unless the answer is YES."""

    allowed: Match
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class _Result:
    """Whether a statement matches a request, and the first element that does not match."""

    statement: Statement
    match: Match
    reason: str

    def __str__(self) -> str:
        return f"statement {self.statement.name}: {self.reason}"


def simulate(statements: Sequence[Statement], request: Request) -> Decision:
    """Return whether a policy of these statements allows the request. The policy is evaluated alone.

    An explicit Deny overrides any Allow, and without an Allow the request is denied implicitly.
    """
    results = [_result(statement, request) for statement in statements]
    denying = [result for result in results if not result.statement.allows]
    allowing = [result for result in results if result.statement.allows]
    for result in denying:
        if result.match is Match.YES:
            return Decision(allowed=Match.NO, reason=f"statement {result.statement.name} denies {request.action}")
    allowed = any_of(result.match for result in allowing)
    if allowed is not Match.YES:
        return Decision(allowed=allowed, reason=_not_allowed(allowing, request))
    doubts = [
        f"statement {result.statement.name} may deny {request.action} ({result.reason})"
        for result in denying
        if result.match is Match.MAYBE
    ]
    return Decision(allowed=Match.MAYBE if doubts else Match.YES, reason="; ".join(doubts))


def _not_allowed(allowing: Sequence[_Result], request: Request) -> str:
    """The reason why no statement definitely allows the request, with the statements that come close."""
    reasons = [
        str(result)
        for result in allowing
        if matching.action_matches(result.statement, request.action)
        and matching.is_about(result.statement, request.principal) is not Match.NO
    ]
    nobody = f"no statement allows {request.principal.name} to call {request.action}"
    return f"{nobody} ({'; '.join(reasons)})" if reasons else nobody


def _result(statement: Statement, request: Request) -> _Result:
    """Match a statement; the reason is that of the first element that does not match, else of the first doubt."""
    doubt = ""
    for match, reason in _elements(statement, request):
        if match is Match.NO:
            return _Result(statement=statement, match=match, reason=reason)
        if match is Match.MAYBE:
            doubt = doubt or reason
    return _Result(statement=statement, match=Match.MAYBE if doubt else Match.YES, reason=doubt)


def _elements(statement: Statement, request: Request) -> Iterator[tuple[Match, str]]:
    """For each element, whether it matches and the reason if it does not."""
    principal = matching.is_about(statement, request.principal)
    negation = "Not" if statement.not_principal else ""
    yield principal, f"its {negation}Principal does not clearly name {request.principal.name}"
    if not matching.action_matches(statement, request.action):
        yield Match.NO, f"it is not about {request.action}"
    yield _resource(statement, request)
    for condition in statement.conditions:
        match = matching.condition_holds(condition, request.values_of(condition.key_name))
        yield match, _condition_reason(condition, match, request, statement.allows)
    if statement.has_variables:
        yield Match.MAYBE, "it has a policy variable, which is not evaluated here"
    if statement.problem:
        yield Match.MAYBE, f"AWS may read it in another way because {statement.problem}"


def _resource(statement: Statement, request: Request) -> tuple[Match, str]:
    match = matching.resource(statement, (request.resource,))
    element = "NotResource" if statement.not_resource else "Resource"
    if match is Match.MAYBE:
        return match, f"its {element} has a policy variable, which is not evaluated here"
    verb = "covers" if statement.not_resource else "does not cover"
    return match, f"its {element} {verb} {request.resource}"


def _condition_reason(condition: Condition, match: Match, request: Request, allows: bool) -> str:
    """Why a condition does not, or may not, hold."""
    name = f"{condition.operator} on {condition.key}"
    values = request.values_of(condition.key_name)
    if match is not Match.MAYBE:
        return f"its {name} does not match {values[0] if values else 'a request without this key'}"
    if values is not None:
        return f"its {name} is not evaluated here"
    operator = condition.parsed_operator
    if allows and condition.key_name == _ORGANIZATION_KEY and operator and not operator.negated:
        members = describe.listed(condition.values, "or")
        return f"it allows members of {members}; the account's membership is unknown"
    return f"its {name} depends on a value that is unknown here"
