# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts: whether a policy allows a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: an explicit deny wins over
any allow, and without an allow a request is denied implicitly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudtrail_sandbox.judge import principals
from cloudtrail_sandbox.judge.conditions import Context, UnknownOperator, Values, hold
from cloudtrail_sandbox.judge.patterns import Style, Variables, matches
from cloudtrail_sandbox.judge.principals import Principal

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
    document = json.loads(policy) if isinstance(policy, str) else policy
    if not document:
        return IMPLICIT_DENY
    about = [numbered for numbered in _statements(document) if principals.applies(numbered[1], request.principal)]
    return _verdict([(document, about)], request)


def evaluate_identity(policies: Iterable[Mapping[str, Any]], request: Request) -> Verdict:
    """The verdict of all identity policies of a principal; their statements have no Principal element."""
    return _verdict([(document, _statements(document)) for document in policies], request)


def as_list(value: Any) -> list[Any]:
    """The values of a policy element, which may be a single value, a list, or absent."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _statements(document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """(Sid or "#index", statement) of a policy."""
    listed = as_list(document.get("Statement"))
    return [(statement.get("Sid") or f"#{index}", statement) for index, statement in enumerate(listed)]


def _verdict(
    policies: Iterable[tuple[Mapping[str, Any], list[tuple[str, Mapping[str, Any]]]]], request: Request
) -> Verdict:
    context = Context(request.context)
    verdict = IMPLICIT_DENY
    for document, statements in policies:
        variables = context.variable if document.get("Version") == VARIABLES_VERSION else None
        for name, statement in statements:
            if not _applies(statement, request, context, variables):
                continue
            if statement.get("Effect") == "Deny":
                return Verdict("explicit_deny", name)
            if statement.get("Effect") == "Allow" and not verdict.allowed:
                verdict = Verdict("allow", name)
    return verdict


def _applies(statement: Mapping[str, Any], request: Request, context: Context, variables: Variables | None) -> bool:
    """Whether the conditions apply. An unknown operator counts as met for Deny and as not met for Allow."""
    if not (_covers_action(statement, request.action) and _covers_resource(statement, request.resource, variables)):
        return False
    try:
        return hold(statement.get("Condition") or {}, context, variables)
    except UnknownOperator:
        return statement.get("Effect") == "Deny"


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
