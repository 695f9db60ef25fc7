# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Limits of an access that IAM policies can exceed. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A statement that limits a principal to some log files does not deny the others. If another statement lets the IAM
policies of the principal's account decide, one of them may allow the others too.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from .._policy import describe
from .._policy.principal import ACCOUNT, FEDERATED, ROLE, SESSION, USER, Principal
from .effective_access import IAM, EffectiveAccess, Scope

_LIMITED = (ROLE, USER, SESSION, FEDERATED)


def with_open_limits(accesses: Sequence[EffectiveAccess]) -> list[EffectiveAccess]:
    """Return the accesses, those as uncertain whose limit the IAM policies of the account can exceed."""
    return [_opened(access, accesses) for access in accesses]


def _opened(access: EffectiveAccess, accesses: Iterable[EffectiveAccess]) -> EffectiveAccess:
    principal = access.principal
    if principal.kind not in _LIMITED or access.scope == Scope():
        return access
    account = Principal(kind=ACCOUNT, name=principal.account)
    delegating = {
        name
        for other in accesses
        if other.principal == account and other.scope == Scope() and set(other.actions) & set(access.actions)
        for name in other.by
    }
    if not delegating:
        return access
    by = f" by statement {describe.listed(sorted(delegating - {IAM}))}" if delegating - {IAM} else ""
    doubt = f"IAM policies of account {account.name} may allow more than this{by} (they are not read)"
    return replace(access, certain=False, conditions=(*access.conditions, doubt), limit_is_open=True)
