# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a Deny statement takes from the access that an Allow statement gives. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Access counts as denied only if a statement definitely denies it. When the result is uncertain, the access remains.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .._aws import arn as arns
from . import describe, matching
from .caller import PRINCIPAL_ARN, SOURCE_ACCOUNT, SOURCE_ARN, SOURCE_ORG, Context
from .match import Match, all_of
from .principal import ACCOUNT, TRAILS, Principal, named_by_arn
from .statement import Condition, Statement
from .wildcards import covers, is_pattern, may_touch

_EXEMPTING = ("arnnotequals", "arnnotlike", "stringnotequals", "stringnotlike")


@dataclass(frozen=True, kw_only=True)
class Denial:
    """What a statement denies a principal: everything, unless one of the attributes is set."""

    condition: str = ""  # what must be true for the access to remain, as a clause
    exempt: tuple[Principal, ...] = ()  # the only principals that keep the access

    @property
    def is_certain(self) -> bool:
        return not (self.condition or self.exempt)


def denial(
    deny: Statement, allow: Statement, caller: Principal, action: str, targets: Sequence[str], context: Context
) -> Denial | None:
    """Return what a Deny statement takes from what an Allow statement gives to a principal, or None for nothing.

    C(targets) are patterns of all resources that the action can be about here, and C(context) is what every request
    of the principal has.
    """
    if not matching.action_matches(deny, action):
        return None
    by_principal = matching.is_about(deny, caller)
    by_resource = _denied_part(deny, allow, targets)
    by_condition = [matching.condition_holds(given, context.get(given.key_name)) for given in deny.conditions]
    if Match.NO in (by_principal, by_resource, *by_condition):
        return None
    if deny.problem or deny.has_variables or all_of([by_principal, by_resource]) is not Match.YES:
        return Denial(condition=_not_denied(deny))
    if all_of(by_condition) is Match.YES:
        return Denial()
    open_conditions = [
        given for given, match in zip(deny.conditions, by_condition, strict=True) if match is not Match.YES
    ]
    exempt = _exempt(open_conditions, caller)
    return Denial(condition=_not_denied(deny)) if exempt is None else Denial(exempt=exempt)


def narrower(first: Iterable[Principal], second: Sequence[Principal]) -> tuple[Principal, ...]:
    """Return the principals that both of two Deny statements exempt. Two patterns that overlap count as the first."""
    return tuple(
        sorted(
            {
                other if covers(principal.name, other.name) else principal
                for principal in first
                for other in second
                if may_touch(principal.name, other.name)
            }
        )
    )


def _not_denied(deny: Statement) -> str:
    return f"statement {deny.name} does not deny it ({describe.statement(deny)})"


def _denied_part(deny: Statement, allow: Statement, targets: Sequence[str]) -> Match:
    """Whether the Deny statement is about every resource, or about none, that the Allow statement is about."""
    if allow.not_resource:
        return matching.resource(deny, targets)
    allowed = {
        target if covers(pattern, target) else pattern
        for target in targets
        for pattern in allow.resources
        if may_touch(pattern, target)
    }
    return matching.resource(deny, tuple(allowed))


def _exempt(conditions: Sequence[Condition], caller: Principal) -> tuple[Principal, ...] | None:
    """The principals that a Deny statement exempts, if its only open condition lists them; None if it does not."""
    if len(conditions) != 1:
        return None
    (condition,) = conditions
    operator = condition.parsed_operator
    if operator is None or operator.quantifier or operator.name not in _EXEMPTING:
        return None
    if caller.kind == ACCOUNT and condition.key_name == PRINCIPAL_ARN:
        return _exempt_in_account(condition, caller.account)
    if caller == Principal(kind=TRAILS, name="*"):
        return _exempt_trails(condition)
    return None


def _exempt_trails(condition: Condition) -> tuple[Principal, ...] | None:
    """The trails that a Deny statement exempts by the account or organization that owns them."""
    names = {
        SOURCE_ACCOUNT: lambda value: value,
        SOURCE_ORG: lambda value: value,
        SOURCE_ARN: lambda value: (value.split(":", 5) + [""] * 5)[4],
    }.get(condition.key_name)
    if names is None:
        return None
    owners = [names(value) for value in condition.values]
    if not all(owners) or any(is_pattern(owner) for owner in owners):
        return None
    return tuple(Principal(kind=TRAILS, name=owner) for owner in owners)


def _exempt_in_account(condition: Condition, account: str) -> tuple[Principal, ...] | None:
    """The principals of an account that a Deny statement exempts by their ARNs, or patterns of ARNs."""
    named = [arns.parse(value) for value in condition.values]
    in_account = [replace(arn, account=account) for arn in named if arn and may_touch(arn.account, account)]
    return None if None in named else tuple(named_by_arn(str(arn)) for arn in in_account)
