# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A statement of a policy as a sentence. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Sequence

from .statement import (
    ACCOUNT,
    ANYONE,
    CANONICAL_USER,
    DELETED,
    FEDERATED,
    ORGANIZATION,
    ROOT_USER,
    SERVICE,
    TRAILS,
    Clause,
    Condition,
    Who,
)

_LONGEST = 10  # of a list in a sentence; the statement itself is returned whole
_KINDS = {
    ACCOUNT: "whoever IAM in account {} allows",
    ANYONE: "anyone in any AWS account, and anonymous callers",
    CANONICAL_USER: "the account with canonical user id {}",
    DELETED: "the deleted role or user {}",
    FEDERATED: "users of the identity provider {}",
    ORGANIZATION: "any account of organization {}",
    ROOT_USER: "the root user of account {}",
    SERVICE: "the service {}",
    TRAILS: "CloudTrail for trails of account {}",
}
_OPERATORS = {
    "stringequals": "is",
    "stringnotequals": "is not",
    "stringequalsignorecase": "is, whatever the case,",
    "stringnotequalsignorecase": "is not, whatever the case,",
    "stringlike": "is like",
    "stringnotlike": "is not like",
    "arnequals": "is like",
    "arnlike": "is like",
    "arnnotequals": "is not like",
    "arnnotlike": "is not like",
    "bool": "is",
    "binaryequals": "is",
    "ipaddress": "is in",
    "notipaddress": "is not in",
    "numericequals": "is",
    "numericnotequals": "is not",
    "numericlessthan": "is below",
    "numericlessthanequals": "is at most",
    "numericgreaterthan": "is above",
    "numericgreaterthanequals": "is at least",
    "dateequals": "is",
    "datenotequals": "is not",
    "datelessthan": "is before",
    "datelessthanequals": "is not after",
    "dategreaterthan": "is after",
    "dategreaterthanequals": "is not before",
}
_SETS = {"foranyvalue:": "any value of ", "forallvalues:": "every value, if there is one, of "}


def statement(clause: Clause) -> str:
    """The whole statement."""
    verb = "Allows" if clause.allows else "Denies"
    where = f", where {conditions(clause.conditions)}" if clause.conditions else ""
    odd = f" AWS may read it otherwise: {clause.problem}." if clause.problem else ""
    return f"{verb} {_actions(clause)} on {_resources(clause)} to {_principals(clause)}{where}.{odd}"


def who(one: Who) -> str:
    """A principal."""
    if one.kind == TRAILS and one.name == "*":
        return "CloudTrail for trails of any account"
    return _KINDS.get(one.kind, one.kind + " {}").format(one.name)


def conditions(given: Sequence[Condition]) -> str:
    """All of them, joined as AWS joins them."""
    return " and ".join(condition(one) for one in given)


def condition(one: Condition) -> str:
    """One condition; what the operator is not known for is told as it stands."""
    test, subject = one.test, one.key
    for prefix, phrase in _SETS.items():
        if test.startswith(prefix):
            test, subject = test.removeprefix(prefix), f"{phrase}{one.key}"
    if test == "null":
        return f"{subject} is {'absent' if [value.lower() for value in one.values] == ['true'] else 'present'}"
    optional = test.endswith("ifexists")
    verb = _OPERATORS.get(test.removesuffix("ifexists"))
    if verb is None:
        return f"{one.operator} {one.key} {listed(one.values, 'or')}"
    joint = "nor" if " not" in f" {verb}" else "or"
    return f"{subject} {verb} {listed(one.values, joint)}{' or it is absent' if optional else ''}"


def listed(items: Sequence[str], joint: str = "and") -> str:
    """A list in a sentence, cut where it is long."""
    shown = [item or "(empty)" for item in items[:_LONGEST]]
    if len(items) > _LONGEST:
        return f"{', '.join(shown)} {joint} {len(items) - _LONGEST} more"
    return f" {joint} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown or ["nothing"])


def _principals(clause: Clause) -> str:
    names = listed([who(one) for one in clause.who])
    if clause.except_who:
        anonymous = ", anonymous callers too," if clause.allows else ""
        return f"everyone{anonymous} except {names}"
    return names if clause.who else "nobody"


def _actions(clause: Clause) -> str:
    names = listed(clause.actions)
    if clause.except_actions:
        return f"every action except {names}"
    return "every action" if "*" in clause.actions else names if clause.actions else "no action"


def _resources(clause: Clause) -> str:
    names = listed(clause.resources)
    if clause.except_resources:
        return f"everything except {names}"
    if "*" in clause.resources:
        return f"the {clause.policy}" if clause.policy == "key" else "everything"
    return names if clause.resources else "nothing"
