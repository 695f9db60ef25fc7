# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a Deny statement takes from the access that an Allow statement gives. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Access counts as denied only if a statement definitely denies it. When the result is uncertain, the access remains.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .._aws import arn as arns
from . import describe, matching
from .match import Match, all_of, match_of
from .principal import ACCOUNT, ANYONE, ROLE, SERVICE, TRAILS, UNKNOWN, USER, Principal
from .statement import KEY, Condition, Statement
from .wildcards import covers, may_touch

_ARN_KEY, _TLS_KEY = "aws:principalarn", "aws:securetransport"
_EXEMPTING = ("arnnotequals", "arnnotlike", "stringnotequals", "stringnotlike")


@dataclass(frozen=True, kw_only=True)
class Denial:
    """What a statement denies a principal: everything, unless one of the attributes is set."""

    condition: str = ""  # what must be true for the access to remain, as a clause
    exempt: tuple[str, ...] = ()  # ARNs and patterns of the only principals that keep the access

    @property
    def is_certain(self) -> bool:
        return not (self.condition or self.exempt)


def denial(deny: Statement, allow: Statement, caller: Principal, action: str, target: str) -> Denial | None:
    """Return what a Deny statement takes from what an Allow statement gives to a principal, or None for nothing.

    C(target) is the pattern of all resources that the action can be about here.
    """
    if not matching.may_concern(deny, action, target):
        return None
    by_principal = matching.is_about(deny, caller)
    known = _known_values(caller, deny.policy)
    by_condition = [_condition(given, caller, known) for given in deny.conditions]
    if Match.NO in (by_principal, *by_condition):
        return None
    if deny.problem or by_principal is not Match.YES or not _denies_all_resources(deny, allow, target):
        return Denial(condition=_not_denied(deny))
    if all_of(by_condition) is Match.YES:
        return Denial()
    open_conditions = [
        given for given, match in zip(deny.conditions, by_condition, strict=True) if match is not Match.YES
    ]
    exempt = _exempt(open_conditions, caller)
    return Denial(exempt=exempt) if exempt else Denial(condition=_not_denied(deny))


def _not_denied(deny: Statement) -> str:
    return f"statement {deny.name} does not deny it ({describe.statement(deny)})"


def _denies_all_resources(deny: Statement, allow: Statement, target: str) -> bool:
    """Whether the Deny statement is about every resource of the target that the Allow statement is about."""
    allowed = [target]
    if not allow.not_resource:
        touching = (pattern for pattern in allow.resources if may_touch(pattern, target))
        allowed = [target if covers(pattern, target) else pattern for pattern in touching]
    return all(matching.resource(deny, pattern) is Match.YES for pattern in allowed)


def _known_values(caller: Principal, policy: str) -> Mapping[str, tuple[str, ...]]:
    """The values that a request of the principal has for condition keys; no values for keys that it does not have.

    A key that is not in the mapping is not known. Only requests to KMS have kms:CallerAccount.
    """
    account_keys = ("aws:principalaccount", "kms:calleraccount") if policy == KEY else ("aws:principalaccount",)
    known: dict[str, tuple[str, ...]] = {}
    is_service = caller.kind in (SERVICE, TRAILS)
    if caller.kind not in (ANYONE, UNKNOWN):
        known["aws:principalisawsservice"] = ("true" if is_service else "false",)
    if is_service:
        known |= dict.fromkeys((_ARN_KEY, *account_keys), ())
    elif caller.account:
        known |= dict.fromkeys(account_keys, (caller.account,))
    if caller.kind in (ROLE, USER) and not set("*?") & set(caller.name):
        known[_ARN_KEY] = (caller.name,)
    return known


def _condition(given: Condition, caller: Principal, known: Mapping[str, tuple[str, ...]]) -> Match:
    """Whether a condition holds for every request of the principal."""
    if given.key_name == _TLS_KEY:  # every caller can use TLS or not, whichever the statement does not deny
        return all_of(matching.condition_holds(given, (value,)) for value in ("true", "false"))
    operator = given.parsed_operator
    is_compared = caller.kind == ACCOUNT and given.key_name == _ARN_KEY and operator and operator.compare
    if operator and is_compared and not any(_may_be_in(value, caller.account) for value in given.values):
        return match_of(operator.negated)
    return matching.condition_holds(given, known.get(given.key_name))


def _exempt(conditions: list[Condition], caller: Principal) -> tuple[str, ...]:
    """The principals of an account that a Deny statement exempts by name, if its only open condition lists them."""
    if len(conditions) != 1 or caller.kind != ACCOUNT or conditions[0].key_name != _ARN_KEY:
        return ()
    operator = conditions[0].parsed_operator
    if operator is None or operator.quantifier or operator.name not in _EXEMPTING:
        return ()
    return tuple(value for value in conditions[0].values if _may_be_in(value, caller.account))


def _may_be_in(pattern: str, account: str) -> bool:
    """Whether the pattern of a principal's ARN may match a principal of the account."""
    arn = arns.parse(pattern)
    return arn is None or may_touch(arn.account, account)
