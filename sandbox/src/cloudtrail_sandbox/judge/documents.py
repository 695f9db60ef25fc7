# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules that are common to all kinds of policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudtrail_sandbox.judge.conditions import UnknownOperator, parse
from cloudtrail_sandbox.judge.evaluate import as_list

POLICY_ELEMENTS = frozenset({"Version", "Id", "Statement"})
STATEMENT_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
PRINCIPAL_KINDS = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})
VERSIONS = ("2012-10-17", "2008-10-17")

Statement = Mapping[str, Any]


class MalformedPolicy(Exception):
    """The policy is not valid. str() is AWS's message."""


@dataclass(frozen=True)
class Sentences:
    """A service's messages for each mistake; {} stands for the name concerned. The defaults are S3's.

    The codes (MalformedPolicy, MalformedPolicyDocument, MalformedPolicyDocumentException) are documented, the messages
    are not: they come from public error reports, and were not verified against AWS.
    """

    first_byte: str = "Policies must be valid JSON and the first byte must be '{'"  # "": whitespace may come first
    not_json: str = "This policy contains invalid Json"
    twice: str = "Statement/policy already has instance of {}"
    unknown: str = "Unknown field {}"
    syntax: str = "Invalid policy syntax."
    version: str = "The policy must contain a valid version string"
    no_statement: str = "Missing required field Statement"
    empty: str = "Could not parse the policy: Statement is empty!"
    missing: str = "Statement is missing required element"
    no_effect: str = "Missing required field Effect"
    effect: str = "Invalid effect: {}"
    operator: str = "Invalid Condition type : {}"
    no_principal: str = "Missing required field Principal"
    principal: str = "Invalid principal in policy"


def parsed(text: str, say: Sentences) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(document, statements) of a policy whose elements follow the grammar. Raises MalformedPolicy.

    The caller checks principal, action and resource, because policies differ in these.
    """
    document = _json(text, say)
    for name in document:
        require(name in POLICY_ELEMENTS, say.unknown, name)
    require(document.get("Version", VERSIONS[1]) in VERSIONS, say.version)
    require("Statement" in document, say.no_statement)
    require(isinstance(document.get("Id", ""), str), say.syntax)
    listed = as_list(document["Statement"])
    require(bool(listed), say.empty)
    for statement in listed:
        require(isinstance(statement, dict), say.syntax)
        _check_statement(statement, say)
    return document, listed


def require(fulfilled: bool, sentence: str, *names: str) -> None:
    """Raise MalformedPolicy with this message unless fulfilled."""
    if not fulfilled:
        raise MalformedPolicy(sentence.format(*names) if names else sentence)


def require_either(statement: Statement, element: str, sentence: str) -> None:
    """Require the element or its negation (NotAction, ...), with at least one value."""
    require(bool(as_list(statement.get(element, statement.get(f"Not{element}")))), sentence)


def check_principals(statement: Statement, exists: Callable[[str], bool], say: Sentences) -> None:
    """Require that Principal or NotPrincipal is "*" or maps known kinds to principals that exist.

    `exists` is called for the names under AWS and Service, except "*".
    """
    element = statement.get("Principal", statement.get("NotPrincipal"))
    require(element is not None, say.no_principal)
    if element == "*":
        return
    require(isinstance(element, dict) and bool(element), say.principal)
    assert isinstance(element, dict)
    for kind, names in element.items():
        listed = as_list(names)
        require(kind in PRINCIPAL_KINDS and bool(listed), say.principal)
        for name in listed:
            require(isinstance(name, str) and bool(name), say.principal)
            known = kind not in ("AWS", "Service") or (kind == "AWS" and name == "*") or exists(name)
            require(known, say.principal)


def minified_size(text: str) -> int:
    """The bytes of a policy document without the whitespace between its tokens, which AWS does not count."""
    return len(re.sub(r'("(?:\\.|[^"\\])*")|\s+', r"\1", text, flags=re.DOTALL).encode())


def _json(text: str, say: Sentences) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name, value in pairs:
            require(name not in result, say.twice, name)
            result[name] = value
        return result

    def number(name: str) -> float:
        raise ValueError(f"{name} is Python's, not JSON's")

    require(not say.first_byte or text.startswith("{"), say.first_byte)
    try:
        document = json.loads(text, object_pairs_hook=once, parse_constant=number)
    except (ValueError, RecursionError) as error:
        raise MalformedPolicy(say.not_json) from error
    require(isinstance(document, dict), say.not_json)
    assert isinstance(document, dict)
    return document


def _check_statement(statement: Statement, say: Sentences) -> None:
    for name in statement:
        require(name in STATEMENT_ELEMENTS, say.unknown, name)
    for name in ("Principal", "Action", "Resource"):
        require(name not in statement or f"Not{name}" not in statement, say.twice, name)
    require("Effect" in statement, say.no_effect)
    require(statement["Effect"] in ("Allow", "Deny"), say.effect, str(statement["Effect"]))
    require(isinstance(statement.get("Sid", ""), str), say.syntax)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        require(all(isinstance(value, str) and value for value in as_list(statement.get(name))), say.syntax)
    _check_condition(statement.get("Condition", {}), say)


def _check_condition(condition: Any, say: Sentences) -> None:
    require(isinstance(condition, dict), say.syntax)
    for name, keys in condition.items():
        try:
            parse(name)
        except UnknownOperator as error:
            raise MalformedPolicy(say.operator.format(name)) from error
        require(isinstance(keys, dict), say.syntax)
        for values in keys.values():
            listed = as_list(values)
            require(bool(listed) and all(isinstance(value, str | bool | int | float) for value in listed), say.syntax)
