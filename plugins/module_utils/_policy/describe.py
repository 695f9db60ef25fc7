# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Statements of policies as sentences. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Sequence

from . import variables
from .condition_operators import FOR_ALL, FOR_ANY, NULL
from .principal import (
    ACCOUNT,
    ANYONE,
    CANONICAL_USER,
    DELETED,
    FEDERATED,
    ORGANIZATION,
    ROOT_USER,
    SERVICE,
    TRAILS,
    Principal,
)
from .statement import Condition, Statement

_LONGEST = 10  # items of a list in a sentence; the module also returns the whole statement
_KINDS = {
    ACCOUNT: "the principals of account {} that its IAM policies allow",
    ANYONE: "anyone in any AWS account, and anonymous callers",
    CANONICAL_USER: "the account with canonical user id {}",
    DELETED: "the deleted role or user {}",
    FEDERATED: "users of the identity provider {}",
    ORGANIZATION: "any account of organization {}",
    ROOT_USER: "the root user of account {}",
    SERVICE: "the service {}",
    TRAILS: "CloudTrail for trails of account {}",
}
_SUBJECTS = {FOR_ANY: "any value of {}", FOR_ALL: "every value (if there is one) of {}", "": "{}"}


def statement(given: Statement) -> str:
    """Return a statement as a sentence."""
    verb = "Allows" if given.allows else "Denies"
    condition_text = f", if {conditions(given.conditions)}" if given.conditions else ""
    doubt = f" AWS may read it in another way because {given.problem}." if given.problem else ""
    return f"{verb} {_actions(given)} on {_resources(given)} to {_principals(given)}{condition_text}.{doubt}"


def principal(given: Principal) -> str:
    """Return a principal as a noun phrase."""
    if given.kind == TRAILS and given.name == "*":
        return "CloudTrail for trails of any account"
    return _KINDS.get(given.kind, given.kind + " {}").format(given.name)


def conditions(given: Sequence[Condition]) -> str:
    """Return conditions joined with "and", because AWS requires all of them."""
    return " and ".join(condition(item) for item in given)


def condition(given: Condition) -> str:
    """Return one condition as a clause. An operator that AWS does not have stands as in the policy."""
    operator = given.parsed_operator
    if operator is None:
        return f"{given.operator} {given.key} {listed(given.values, 'or')}"
    if operator.name == NULL:
        states = {"true": "absent", "false": "present"}
        return f"{given.key} is {listed([states.get(value.lower(), value) for value in given.values], 'or')}"
    joint = "nor" if "not" in operator.phrase.split() else "or"
    absent_too = " or is absent" if operator.if_exists else ""
    subject = _SUBJECTS[operator.quantifier].format(given.key)
    return f"{subject} {operator.phrase} {listed(given.values, joint)}{absent_too}"


def listed(items: Sequence[str], joint: str = "and") -> str:
    """Return the items as a list in a sentence. A list of more than ten items ends with their number."""
    shown = [variables.unmark(item) or "(empty)" for item in items[:_LONGEST]]
    if len(items) > _LONGEST:
        return f"{', '.join(shown)} {joint} {len(items) - _LONGEST} more"
    return f" {joint} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown or ["nothing"])


def _principals(given: Statement) -> str:
    names = listed([principal(item) for item in given.principals])
    if given.not_principal:
        anonymous = ", including anonymous callers," if given.allows else ""
        return f"everyone{anonymous} except {names}"
    return names if given.principals else "nobody"


def _actions(given: Statement) -> str:
    names = listed(given.actions)
    if given.not_action:
        return f"every action except {names}"
    if "*" in given.actions:
        return "every action"
    return names if given.actions else "no action"


def _resources(given: Statement) -> str:
    names = listed(given.resources)
    if given.not_resource:
        return f"everything except {names}"
    if "*" in given.resources:
        return f"the {given.policy}" if given.policy == "key" else "everything"
    return names if given.resources else "nothing"
