# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The effective access of principals, and the overlap of those who encrypt and those who decrypt. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._aws import arn as arns
from .._aws.separation import overlapping_account
from .._policy.principal import ANYONE, CANONICAL_USER, DELETED, ORGANIZATION, SERVICE, TRAILS, UNKNOWN, Principal

IAM = "IAM"  # stands among the names of statements for IAM policies of the bucket's own account


@dataclass(frozen=True, kw_only=True, order=True)
class Scope:
    """The part of the archive that an access is about, as patterns. Nothing limits it if all are empty."""

    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    trails: tuple[str, ...] = ()  # the ARNs of the trails whose log files it is about, if it is certain


@dataclass(frozen=True, kw_only=True)
class EffectiveAccess:
    """The access of one principal. It is certain if the policies that were read decide alone."""

    principal: Principal
    by: tuple[str, ...]  # names of the statements
    actions: tuple[str, ...]
    conditions: tuple[str, ...]  # as texts
    certain: bool
    indirect: bool
    scope: Scope = Scope()
    limit_is_open: bool = False  # IAM policies may allow more than the scope

    def as_result(self) -> dict[str, Any]:
        """Return the access for the module's result."""
        return {
            "principal": self.principal.name,
            "kind": self.principal.kind,
            "by": list(self.by),
            "actions": list(self.actions),
            "conditions": list(self.conditions),
            "certain": self.certain,
            "indirect": self.indirect,
        }


def merged(accesses: Iterable[EffectiveAccess]) -> list[EffectiveAccess]:
    """Return the accesses in a stable order, with those in one that differ only in statements and actions."""
    by_key: dict[tuple[Principal, tuple[str, ...], bool, bool, Scope], EffectiveAccess] = {}
    for access in accesses:
        key = (access.principal, access.conditions, access.certain, access.indirect, access.scope)
        earlier = by_key.get(key)
        by_key[key] = _joined(earlier, access) if earlier else access
    return sorted(by_key.values(), key=lambda access: (access.indirect, access.principal, access.conditions))


def _joined(earlier: EffectiveAccess, access: EffectiveAccess) -> EffectiveAccess:
    return replace(
        earlier,
        by=tuple(dict.fromkeys([*earlier.by, *access.by])),
        actions=tuple(sorted({*earlier.actions, *access.actions})),
    )


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """A principal that decrypts and belongs to an account that encrypts."""

    account: str  # or the id of an organization, or * for any account
    decrypter: EffectiveAccess
    encrypt_by: tuple[str, ...]  # names of the statements
    certain: bool

    def as_result(self) -> dict[str, Any]:
        """Return the overlap for the module's result."""
        return {
            "account": self.account,
            "principal": self.decrypter.principal.name,
            "kind": self.decrypter.principal.kind,
            "encrypt_by": list(self.encrypt_by),
            "decrypt_by": list(self.decrypter.by),
            "certain": self.certain,
        }


def overlaps(encrypters: Sequence[EffectiveAccess], decrypters: Sequence[EffectiveAccess], owner: str) -> list[Overlap]:
    """Return the decrypters that belong to an account that encrypts. C(owner) is the account of the key.

    With an S3 Bucket Key, CloudTrail decrypts too. This is not an overlap.
    """
    by_account: dict[str, set[str]] = {}
    for encrypter in encrypters:
        account = encrypter.principal.account if encrypter.principal.kind != ANYONE else "*"
        if account not in ("", owner):
            by_account.setdefault(account, set()).update(encrypter.by)
    overlapping = []
    for decrypter in decrypters:
        principal = decrypter.principal
        shared = _shared_accounts(principal, by_account, owner)
        if shared:
            overlapping.append(
                Overlap(
                    account=principal.name if _is_wide(principal) else principal.account,
                    decrypter=decrypter,
                    encrypt_by=tuple(sorted({name for account in shared for name in by_account[account]})),
                    certain=decrypter.certain and principal.account in ("", *by_account),
                )
            )
    return overlapping


def _is_wide(principal: Principal) -> bool:
    """Whether the principal may belong to any account."""
    return principal.kind in (ANYONE, CANONICAL_USER, ORGANIZATION, UNKNOWN)


def _shared_accounts(principal: Principal, encrypting: Iterable[str], owner: str) -> list[str]:
    """The accounts, organizations or * of those that encrypt that the principal belongs to, or may belong to."""
    encrypting = list(encrypting)
    if principal.kind in (TRAILS, SERVICE, DELETED) or principal.account == owner:
        return []
    if _is_wide(principal):
        return encrypting
    account = overlapping_account(principal.account, encrypting, owner)
    return [account] if account else [name for name in encrypting if not arns.ACCOUNT_ID.fullmatch(name)]
