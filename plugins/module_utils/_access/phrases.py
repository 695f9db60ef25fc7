# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Phrases about an access, for the sentences of findings. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from dataclasses import replace

from .._policy import describe
from .._policy.principal import ACCOUNT, Principal
from .._policy.wildcards import like
from .effective_access import IAM, EffectiveAccess
from .evaluate import ArchiveResources


def owner(archive: ArchiveResources) -> Principal:
    return Principal(kind=ACCOUNT, name=archive.account)


def removal(principal: Principal) -> str:
    """The remediation for a principal that must not have an access."""
    name = f"account {principal.name}" if principal.kind == ACCOUNT else describe.principal(principal)
    return f"Remove {name} from the statement, or remove the statement if nobody needs it."


def is_named(pattern: str, access: EffectiveAccess) -> bool:
    """Whether an ARN, a pattern of ARNs, or an account's root names the principal."""
    principal = access.principal
    return principal.is_named_by(pattern) or (principal.kind != ACCOUNT and like(principal.name, pattern))


def subject(access: EffectiveAccess) -> str:
    """The principal at the start of a sentence."""
    if access.principal.kind == ACCOUNT:
        return f"{'Every principal' if access.certain else 'Principals'} of account {access.principal.name}"
    name = describe.principal(access.principal)
    return name[0].upper() + name[1:]


def account_name(account: str) -> str:
    return {"*": "any account"}.get(account, f"account {account}" if account.isdigit() else account)


def way(access: EffectiveAccess) -> str:
    """What gives the access, such as C(by statement Read)."""
    if access.principal.kind != ACCOUNT or access.certain:
        return f"by {by(access)}"
    statements = tuple(name for name in access.by if name != IAM)
    by_statements = f"by {by(replace(access, by=statements))}, " if statements else ""
    return f"{by_statements}if an IAM policy allows it"


def by(access: EffectiveAccess, *, start: bool = False) -> str:
    """The statements that give the access, at the start of a sentence or elsewhere."""
    names = [name if name.startswith("grant ") or name in (IAM, "S3") else f"statement {name}" for name in access.by]
    text = describe.listed(names)
    return text[0].upper() + text[1:] if start else text


def under_conditions(access: EffectiveAccess) -> str:
    return f", under these conditions: {'; '.join(access.conditions)}" if access.conditions else ""
