# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Why a policy does not let CloudTrail do what it has to: for error messages, not for decisions. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import equivalence
from .wildcards import like

SERVICE = "cloudtrail.amazonaws.com"
_MEMBERSHIP = {("stringequals", "aws:sourceorgid"), ("stringlike", "aws:sourceorgid")}


@dataclass(frozen=True)
class Request:
    """What CloudTrail asks for: an action, a resource ARN, and condition keys with their values."""

    action: str
    resource: str
    context: Mapping[str, str]


def refused_because(policy: Mapping[str, Any], request: Request) -> str:
    """Why the policy does not allow the request, in words; empty where it does."""
    statements = policy.get("Statement", [])
    numbered = list(enumerate([statements] if isinstance(statements, dict) else statements))
    reasons, allowed = [], False
    for number, statement in numbered:
        reason = _mismatch(statement, request)
        name = f"statement {statement.get('Sid') or number + 1}"
        if statement.get("Effect") == "Deny" and not reason:
            return f"{name} denies {request.action}"
        if statement.get("Effect") == "Allow":
            allowed = allowed or not reason
            reasons += [f"{name}: {reason}"] if reason and _concerns(statement, request) else []
    if allowed:
        return ""
    nothing = f"no statement lets {SERVICE} call {request.action}"
    return f"{nothing} ({'; '.join(reasons)})" if reasons else nothing


def _concerns(statement: Mapping[str, Any], request: Request) -> bool:
    return _principal(statement) and _action(statement, request)


def _mismatch(statement: Mapping[str, Any], request: Request) -> str:
    """The first element that does not match; empty where all do."""
    if not _principal(statement):
        return f"it is not for {SERVICE}"
    if not _action(statement, request):
        return f"it is not about {request.action}"
    if not _resource(statement, request):
        return f"its Resource does not cover {request.resource}"
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if (operator.lower(), key.lower()) in _MEMBERSHIP and key.lower() not in request.context:
                members = ", ".join(equivalence.strings(values))
                return f"it admits the members of {members}; whether the account is one of them is not known here"
            if not _condition(operator, key, equivalence.strings(values), request.context):
                actual = request.context.get(key.lower(), "a request without it")
                return f"its {operator} on {key} does not hold for {actual}"
    return ""


def _principal(statement: Mapping[str, Any]) -> bool:
    if "NotPrincipal" in statement:
        return statement.get("Effect") == "Deny" and not _names_service(statement["NotPrincipal"])
    return _names_service(statement.get("Principal", {}))


def _names_service(principal: Any) -> bool:
    if principal == "*":
        return True
    services = equivalence.strings(principal.get("Service", []))
    return SERVICE in services or "*" in equivalence.strings(principal.get("AWS", []))


def _resource(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotResource" in statement:
        return not any(like(request.resource, pattern) for pattern in equivalence.strings(statement["NotResource"]))
    return any(like(request.resource, pattern) for pattern in equivalence.strings(statement.get("Resource", [])))


def _action(statement: Mapping[str, Any], request: Request) -> bool:
    if "NotAction" in statement:
        return not any(like(request.action.lower(), a.lower()) for a in equivalence.strings(statement["NotAction"]))
    return any(like(request.action.lower(), a.lower()) for a in equivalence.strings(statement.get("Action", [])))


def _condition(operator: str, key: str, values: tuple[str, ...], context: Mapping[str, str]) -> bool:
    """Operators outside these hold for nobody: better a statement named too often than one missed."""
    name = operator.lower()
    actual = context.get(key.lower())
    if name == "null":
        return values == (("true",) if actual is None else ("false",))
    base = name.removesuffix("ifexists")
    if actual is None:
        return name != base or "not" in base
    found = _MATCHES.get(base.replace("not", ""))
    return found is not None and any(found(actual, value) for value in values) != ("not" in base)


_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda actual, value: actual == value,
    "stringequalsignorecase": lambda actual, value: actual.lower() == value.lower(),
    "stringlike": like,
    "arnequals": like,
    "arnlike": like,
    "bool": lambda actual, value: actual.lower() == value.lower(),
}
