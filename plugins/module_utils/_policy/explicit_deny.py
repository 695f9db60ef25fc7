# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a Deny statement takes from somebody: all, all but a few, perhaps something, or nothing. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

An access counts as denied only where that is sure: an auditor would rather see one too many.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._aws import arn as _arn
from . import describe
from .statement import ACCOUNT, ANYONE, ROLE, SERVICE, TRAILS, UNKNOWN, USER, Clause, Condition, Who
from .wildcards import covers, like, may_touch

_PRINCIPAL_ACCOUNT = ("aws:principalaccount", "kms:calleraccount")
_EXACT = ("arnequals", "arnlike", "stringequals", "stringlike")


@dataclass(frozen=True)
class Denial:
    """C(exempt) is None where nobody is exempt by name; C(words) say what is not sure."""

    words: str = ""
    exempt: tuple[str, ...] | None = None

    @property
    def sure(self) -> bool:
        return not self.words and self.exempt is None


def denial(deny: Clause, who: Who, action: str, target: str, allowed: Sequence[str]) -> Denial | None:
    """What the statement takes from C(who) of an action on what an Allow statement's resource patterns name.

    C(target) is the pattern of everything that the action can be about here. None where nothing is taken.
    """
    if not matches(deny, action, target):
        return None
    by_principal = _principal(deny, who)
    by_condition, exempt = _conditions(deny.conditions, who)
    if by_principal is False or by_condition is False:
        return None
    if deny.problem or by_principal is None or not _resources(deny, target, allowed):
        return Denial(_unless(deny))
    if by_condition is None:
        return Denial("" if exempt else _unless(deny), exempt or None)
    return Denial()


def matches(clause: Clause, action: str, target: str) -> bool:
    """Whether a statement, of either effect, may be about the action on the target."""
    named = any(like(action.lower(), pattern.lower()) for pattern in clause.actions)
    if named == clause.except_actions or not (clause.actions or clause.except_actions):
        return False
    if clause.except_resources:
        return not any(covers(pattern, target) for pattern in clause.resources)
    return any(may_touch(pattern, target) for pattern in clause.resources)


def _unless(deny: Clause) -> str:
    return f"as far as statement {deny.name} does not deny it ({describe.statement(deny)})"


def _resources(deny: Clause, target: str, allowed: Sequence[str]) -> bool:
    """Whether everything that is allowed here is also denied."""
    if deny.except_resources:
        return not any(may_touch(pattern, target) for pattern in deny.resources)
    wanted = [target if covers(pattern, target) else pattern for pattern in allowed]
    return all(any(covers(pattern, one) for pattern in deny.resources) for one in wanted)


def _principal(deny: Clause, who: Who) -> bool | None:
    """Whether the statement is about a principal; None where it is about a part of what the principal stands for.

    A Deny with NotPrincipal spares whom it lists, and those need their account listed too, so that whoever shares an
    account with one of them is not judged.
    """
    if any(one.kind == ANYONE for one in deny.who):
        return not deny.except_who
    if who in deny.who and who.kind != ACCOUNT:
        return not deny.except_who
    related = any(_related(one, who) for one in deny.who)
    if deny.except_who:
        return None if related or who.kind == ANYONE else True
    return None if related else False


def _related(one: Who, who: Who) -> bool:
    """Whether one may be part of the other."""
    if who.kind in (ANYONE, UNKNOWN) or one.kind == UNKNOWN:
        return True
    if SERVICE in (one.kind, who.kind) or TRAILS in (one.kind, who.kind):
        return one.kind == SERVICE and who.kind == TRAILS and one.name.startswith("cloudtrail.")
    return not who.account or one.account == who.account


def _conditions(conditions: Sequence[Condition], who: Who) -> tuple[bool | None, tuple[str, ...]]:
    """Whether they hold for whatever the principal does, with the ARNs of those for whom they do not."""
    verdicts = [_holds(one, who) for one in conditions]
    if False in verdicts:
        return False, ()
    if None not in verdicts:
        return True, ()
    open_ones = [one for one, verdict in zip(conditions, verdicts, strict=True) if verdict is None]
    if len(open_ones) == 1 and _spares_principals(open_ones[0]) and who.kind == ACCOUNT:
        return None, tuple(value for value in open_ones[0].values if _may_be_in(value, who.account))
    return None, ()


def _spares_principals(one: Condition) -> bool:
    return one.about == "aws:principalarn" and one.test.removesuffix("ifexists").replace("not", "") in _EXACT


def _holds(one: Condition, who: Who) -> bool | None:
    """Whether one condition holds; None where it depends on what is not known here."""
    test = one.test.removesuffix("ifexists")
    if one.about == "aws:securetransport":
        # whoever wants to, uses TLS
        return (one.values[:1] == ("true",)) if test == "bool" else None
    if one.about == "aws:principalisawsservice" and test == "bool" and who.kind not in (ANYONE, UNKNOWN):
        return (who.kind in (SERVICE, TRAILS)) == (one.values[:1] == ("true",))
    base = test.replace("not", "")
    if base not in _EXACT or one.about not in ("aws:principalarn", *_PRINCIPAL_ACCOUNT):
        return None
    return _names(one, who, absent_holds=test != one.test or "not" in test, negated="not" in test, base=base)


def _names(one: Condition, who: Who, *, absent_holds: bool, negated: bool, base: str) -> bool | None:
    """A condition on the principal's ARN or account. Requests of services have neither."""
    if who.kind in (SERVICE, TRAILS):
        return absent_holds
    if one.about in _PRINCIPAL_ACCOUNT:
        return None if not who.account else (who.account in one.values) != negated
    if who.kind in (ROLE, USER) and "*" not in who.name:
        test = like if base != "stringequals" else str.__eq__
        return any(test(who.name, value) for value in one.values) != negated
    if who.kind == ACCOUNT and not any(_may_be_in(value, who.account) for value in one.values):
        return negated
    return None


def _may_be_in(pattern: str, account: str) -> bool:
    """Whether the pattern of a principal's ARN may match one of the account."""
    arn = _arn.parse(pattern)
    return arn is None or like(account, arn.account)
