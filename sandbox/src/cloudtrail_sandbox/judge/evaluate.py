# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts: whether a policy allows a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: an explicit deny wins over
any allow, and without an allow a request is denied implicitly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudtrail_sandbox.judge import principals
from cloudtrail_sandbox.judge.conditions import Context, UnknownOperator, Values, as_texts, hold
from cloudtrail_sandbox.judge.patterns import Style, Variables, matches, unresolved
from cloudtrail_sandbox.judge.principals import Principal
from cloudtrail_sandbox.judge.readings import DOCUMENTED, Reading, readings

#: The only Version in which policy variables are more than text
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html).
VARIABLES_VERSION = "2012-10-17"


@dataclass(frozen=True)
class Request:
    """A request for one action on one resource.

    `context` maps condition keys (any case) to value(s); a key that the request does not have is not in the mapping.
    A service that calls for a resource has aws:SourceArn, aws:SourceAccount, aws:SourceOrgID (if the
    account is in an organization) and aws:PrincipalIsAWSService=true, but neither aws:PrincipalArn nor
    aws:PrincipalOrgID (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
    """

    action: str
    resource: str
    principal: Principal
    context: Mapping[str, Values]


@dataclass(frozen=True)
class Verdict:
    """`decision` is "allow", "explicit_deny" or "implicit_deny"; `statement` the Sid or "#index" that decided."""

    decision: str
    statement: str = ""

    @property
    def allowed(self) -> bool:
        return self.decision == "allow"


IMPLICIT_DENY = Verdict("implicit_deny")


def evaluate(policy: Mapping[str, Any] | str | None, request: Request) -> Verdict:
    """The verdict of one resource policy alone, or of none (None). Raises ValueError for a text that is not JSON.

    An allow for an account (its id or root ARN) is an allow for all its users and roles. The caller must consider that
    it only delegates to the account's own policies.
    """
    return _verdict(_matching(policy, request), max, max)


def extremes(policy: Mapping[str, Any] | str | None, request: Request) -> tuple[Verdict, Verdict]:
    """The verdicts of one resource policy by the readings that allow least and most, where AWS's documents are open."""
    outcomes = list(_matching(policy, request, readings))
    return _verdict(outcomes, min, max), _verdict(outcomes, max, min)


def evaluate_identity(policies: Iterable[Mapping[str, Any]], request: Request) -> Verdict:
    """The verdict of all identity policies of a principal; their statements have no Principal element."""
    context = Context(request.context)
    outcomes = [
        _Outcome(name, statement, (_applies(statement, request, context, _variables(document, context), DOCUMENTED),))
        for document in policies
        for name, statement in _statements(document)
    ]
    return _verdict(outcomes, max, max)


def as_list(value: Any) -> list[Any]:
    """The values of a policy element, which may be a single value, a list, or absent."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _statements(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(Sid or "#index", statement) of a policy."""
    listed = as_list(document.get("Statement"))
    return [(statement.get("Sid") or f"#{index}", statement) for index, statement in enumerate(listed)]


@dataclass(frozen=True)
class _Outcome:
    """Whether a statement applies to a request, by each of the readings."""

    name: str
    statement: Mapping[str, Any]
    applies: tuple[bool, ...]


_Choice = Callable[[Iterable[bool]], bool]  # min or max of the readings


def _matching(
    policy: Mapping[str, Any] | str | None,
    request: Request,
    readings_of: Callable[[Mapping[str, Any]], Sequence[Reading]] = lambda statement: (DOCUMENTED,),
) -> Iterator[_Outcome]:
    """The statements of a resource policy, and whether they apply."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    context = Context(request.context)
    variables = _variables(document or {}, context)
    for name, statement in _statements(document or {}):
        applies = (
            principals.applies(statement, request.principal, reading)
            and _applies(statement, request, context, variables, reading)
            for reading in readings_of(statement)
        )
        yield _Outcome(name, statement, tuple(applies))


def _variables(document: Mapping[str, Any], context: Context) -> Variables | None:
    return context.variable if document.get("Version") == VARIABLES_VERSION else None


def _verdict(outcomes: Iterable[_Outcome], of_allow: _Choice, of_deny: _Choice) -> Verdict:
    verdict = IMPLICIT_DENY
    for outcome in outcomes:
        effect = outcome.statement.get("Effect")
        if effect == "Deny" and of_deny(outcome.applies):
            return Verdict("explicit_deny", outcome.name)
        if effect == "Allow" and not verdict.allowed and of_allow(outcome.applies):
            verdict = Verdict("allow", outcome.name)
    return verdict


def _applies(
    statement: Mapping[str, Any], request: Request, context: Context, variables: Variables | None, reading: Reading
) -> bool:
    """Whether action, resource and conditions match. An unknown operator counts as met for Deny, not met for Allow."""
    if not (_covers_action(statement, request.action) and _covers_resource(statement, request.resource, variables)):
        return False
    if reading.unresolved_is_invalid and variables and _has_unresolved(statement, variables):
        return False
    try:
        return hold(statement.get("Condition") or {}, context, variables, reading)
    except UnknownOperator:
        return statement.get("Effect") == "Deny"


def _has_unresolved(statement: Mapping[str, Any], variables: Variables) -> bool:
    """Whether a resource or a value of a condition has a variable that the request gives no value."""
    texts = [*as_list(statement.get("Resource")), *as_list(statement.get("NotResource"))]
    for keys in (statement.get("Condition") or {}).values():
        texts += [text for values in keys.values() for text in as_texts(values)]
    return any(unresolved(str(text), variables) for text in texts)


def _covers_action(statement: Mapping[str, Any], action: str) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html: case-insensitive."""

    def any_of(patterns: Any) -> bool:
        return any(matches(str(pattern).lower(), action.lower(), Style.LIKE) for pattern in as_list(patterns))

    if "Action" in statement:
        return any_of(statement["Action"])
    return "NotAction" in statement and not any_of(statement["NotAction"])


def _covers_resource(statement: Mapping[str, Any], resource: str, variables: Variables | None) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html"""

    def any_of(patterns: Any) -> bool:
        return any(
            matches(_completed(str(pattern)), resource, Style.RESOURCE, variables) for pattern in as_list(patterns)
        )

    if "Resource" in statement:
        return any_of(statement["Resource"])
    return "NotResource" in statement and not any_of(statement["NotResource"])


def _completed(arn: str) -> str:
    """An ARN of fewer than six fields stands for all ARNs with this beginning, as arn:aws:sqs for arn:aws:sqs:*:*:*.

    AWS documents this for identity policies
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html); the bucket and key policies that the grammar
    accepts have no such resources.
    """
    return arn + ":*" * (5 - arn.count(":")) if arn.startswith("arn:") else arn
