# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The principals of an Allow statement, narrowed by the conditions that say who they are. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .._policy.caller import CALLER_ACCOUNT, PRINCIPAL_ACCOUNT, PRINCIPAL_ARN, PRINCIPAL_ORG
from .._policy.principal import (
    ACCOUNT,
    ANYONE,
    CLOUDTRAIL,
    ORGANIZATION,
    SERVICE,
    Principal,
    classify,
    named_by_arn,
)
from .._policy.statement import Condition, Statement
from .._policy.variables import has_variable
from .._policy.wildcards import is_pattern
from . import trails

# by key, the narrowest first: the operators under which a value says who the caller is
_NARROWING = {
    PRINCIPAL_ARN: ("arnequals", "arnlike", "stringequals", "stringlike"),
    PRINCIPAL_ACCOUNT: ("stringequals",),
    CALLER_ACCOUNT: ("stringequals",),
    PRINCIPAL_ORG: ("stringequals",),
}
_ARN_PARTS = 6


def of_allow(statement: Statement, action: str, delivered: Sequence[str]) -> Iterator[tuple[Principal, Principal]]:
    """Return each principal that the statement may allow, narrowed and as listed.

    C(delivered) are patterns of the resources on which CloudTrail calls the action. NotPrincipal means anyone.
    """
    anyone = Principal(kind=ANYONE, name="*")
    for listed in (anyone,) if statement.not_principal else statement.principals:
        is_cloudtrail = listed == Principal(kind=SERVICE, name=CLOUDTRAIL)
        for principal in trails.owners(statement, action, delivered) if is_cloudtrail else _narrowed(statement, listed):
            yield principal, listed


def _narrowed(statement: Statement, listed: Principal) -> list[Principal]:
    """The principals of ANYONE, or of an account, that a condition names."""
    if listed.kind not in (ANYONE, ACCOUNT):
        return [listed]
    for key in _NARROWING if listed.kind == ANYONE else (PRINCIPAL_ARN,):
        for condition in statement.conditions:
            named = _named_by(condition) if condition.key_name == key else None
            if named is not None:
                return [principal for principal in named if listed.account in ("", principal.account or listed.account)]
    return [listed]


def _named_by(condition: Condition) -> list[Principal] | None:
    """The principals that a condition names; None if it leaves open who they are."""
    operator = condition.parsed_operator
    if operator is None or not operator.requires_value or operator.name not in _NARROWING[condition.key_name]:
        return None
    values = condition.values
    if operator.name == "stringequals":  # a wildcard is a plain character, which no such value contains
        values = tuple(value for value in values if has_variable(value) or not is_pattern(value))
    if condition.key_name == PRINCIPAL_ARN:
        is_fixed = all(value.count(":") >= _ARN_PARTS - 1 for value in values)
        name: Callable[[str], Principal] = named_by_arn
    else:
        is_fixed = True
        name = _organization if condition.key_name == PRINCIPAL_ORG else _account
    if not is_fixed or any(has_variable(value) for value in values):
        return None
    return [name(value) for value in dict.fromkeys(values)]


def _organization(value: str) -> Principal:
    return Principal(kind=ORGANIZATION, name=value)


def _account(value: str) -> Principal:
    return classify("AWS", value)
