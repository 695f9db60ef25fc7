# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether the elements of a statement match a request that is known in whole or in part. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Sequence

from .match import Match, all_of, any_of
from .principal import (
    ACCOUNT,
    ANYONE,
    CLOUDTRAIL,
    FEDERATED,
    ROLE,
    SERVICE,
    SESSION,
    TRAILS,
    UNKNOWN,
    USER,
    Principal,
    role_of_session,
)
from .statement import Condition, Statement
from .wildcards import covers, is_pattern, like, may_touch


def action_matches(statement: Statement, action: str) -> bool:
    """Return whether the statement is about the action. AWS ignores the case of actions.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    if not (statement.actions or statement.not_action):
        return False
    is_listed = any(like(action.lower(), pattern.lower()) for pattern in statement.actions)
    return is_listed != statement.not_action


def resource(statement: Statement, targets: Sequence[str]) -> Match:
    """Return whether the statement is about every resource that the patterns C(targets) match.

    MAYBE means that it is about a part of them, or that a policy variable decides.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
    """
    parts = [_resource_part(statement, target) for target in targets]
    match = all_of(parts)
    return Match.MAYBE if match is Match.NO and any_of(parts) is not Match.NO else match


def _resource_part(statement: Statement, target: str) -> Match:
    if any(covers(pattern, target) for pattern in statement.resources):
        match = Match.YES
    else:
        match = Match.MAYBE if any(may_touch(pattern, target) for pattern in statement.resources) else Match.NO
    return match.negated if statement.not_resource else match


def is_about(statement: Statement, caller: Principal) -> Match:
    """Return whether the statement is about everyone for whom the principal C(caller) stands.

    AWS does not support Allow with NotPrincipal, so the answer is never YES there. Deny with NotPrincipal exempts a
    principal of an account only if it lists the account too, and a session only if it lists the role too.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    listed = any_of(_listed(entry, caller) for entry in statement.principals)
    if not statement.not_principal:
        return listed
    if listed is Match.YES and not _is_listed_with_account(statement, caller):
        return Match.MAYBE
    return min(listed.negated, Match.MAYBE) if statement.allows else listed.negated


def _is_listed_with_account(statement: Statement, caller: Principal) -> bool:
    """Whether NotPrincipal lists everything that AWS requires beside the principal."""
    if caller.kind not in (ROLE, USER, SESSION, FEDERATED):
        return True
    names = [entry.name for entry in statement.principals]
    if "*" in names:
        return True
    has_account = Principal(kind=ACCOUNT, name=caller.account) in statement.principals
    return has_account and (caller.kind != SESSION or any(like(name, role_of_session(caller.name)) for name in names))


def _listed(entry: Principal, caller: Principal) -> Match:
    """Whether an entry of Principal or NotPrincipal means everyone for whom the caller stands.

    An account is never certain: AWS documents that it delegates to the policies of the account, and does not document
    what it means in a Deny statement.
    """
    if entry.kind == ANYONE or (entry == caller and caller.kind not in (ACCOUNT, UNKNOWN)):
        return Match.YES
    if entry == Principal(kind=SERVICE, name=CLOUDTRAIL) and caller.kind == TRAILS:
        return Match.YES
    return Match.MAYBE if _may_share(entry, caller) else Match.NO


def _may_share(entry: Principal, caller: Principal) -> bool:
    """Whether one of the two may be a part of the other."""
    if caller.kind in (ANYONE, UNKNOWN) or entry.kind == UNKNOWN:
        return True
    if {SERVICE, TRAILS} & {entry.kind, caller.kind}:
        return entry.kind == SERVICE and caller.kind == TRAILS and entry.name.startswith("cloudtrail.")
    if not caller.account or not entry.account:
        return True
    return entry.account == caller.account and not _are_different(entry, caller)


def _are_different(entry: Principal, caller: Principal) -> bool:
    """Whether both are roles of one account, or both users, with different names. Their case and paths do not count.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (names are unique without their case)
    """
    if entry.kind != caller.kind or entry.kind not in (ROLE, USER) or is_pattern(entry.name + caller.name):
        return False
    return entry.name.rpartition("/")[2].lower() != caller.name.rpartition("/")[2].lower()


def condition_holds(given: Condition, actual: Sequence[str] | None) -> Match:
    """Return whether a condition holds for a request that has the values C(actual) for its key.

    There are no values if the request does not have the key, and a value that is not known is a pattern. None means
    that nothing is known.
    """
    operator = given.parsed_operator
    if operator is None or actual is None:
        return Match.MAYBE
    return operator.match(actual, given.values)


def may_concern(statement: Statement, action: str, targets: Sequence[str]) -> bool:
    """Return whether the statement is about the action on at least a part of what the patterns C(targets) match."""
    return action_matches(statement, action) and resource(statement, targets) is not Match.NO
