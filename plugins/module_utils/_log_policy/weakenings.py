# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a change of one of the two policies takes away, although no account is named for removal. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._aws import arn
from .._policy.document import StatementValue
from . import bucket_statements, folders
from .allowed_accounts import ALLOWED_ACCOUNTS
from .bucket_statements import DENY_DELETE, DENY_INSECURE_TRANSPORT
from .organization_trails import ORGANIZATION_TRAILS

OwnedStatements = Mapping[str, Sequence[StatementValue]]  # the owned statements of a policy, by part
_TRAILS = (ALLOWED_ACCOUNTS, ORGANIZATION_TRAILS)


def of_access(
    before: OwnedStatements, after: OwnedStatements, *, removes_everything: bool, purge: bool
) -> Iterator[str]:
    """Clauses about the trails that may write: none may any more."""
    if before and removes_everything:
        yield "it would have no statement of this module any more (state: absent)"
    elif purge and _trails(before) and not _trails(after):
        yield "no account would be allowed any more (purge_accounts)"


def of_protections(before: OwnedStatements, after: OwnedStatements, owner: str) -> Iterator[str]:
    """Clauses about the protections of the bucket. C(owner) is the account of the bucket, or empty."""
    if not after:
        return
    for part, clause in ((DENY_DELETE, "deletion (deny_delete)"), (DENY_INSECURE_TRANSPORT, "requests without TLS")):
        if part in before and part not in after:
            yield f"it would no longer deny {clause}"
    current = bucket_statements.break_glass_of(before.get(DENY_DELETE, []))
    for principal in bucket_statements.break_glass_of(after.get(DENY_DELETE, [])):
        if principal not in current and (reason := _too_wide(principal, owner)):
            yield f"break-glass principal {principal} {reason} (break_glass_principals)"
    for prefix in sorted(_prefixes(before) - _prefixes(after)) if _trails(after) else ():
        yield f"trails could no longer write with {f'prefix {prefix}' if prefix else 'no prefix'} (key_prefix)"


def _too_wide(principal: str, owner: str) -> str:
    """Why a principal must not be exempt from the denial of deletion; empty if it may be."""
    if "*" in principal or "?" in principal:
        return "has a wildcard"
    parsed = arn.parse(principal)
    is_outside = bool(owner) and parsed is not None and parsed.account != owner
    return f"is not in account {owner}, which owns the bucket" if is_outside else ""


def _trails(parts: OwnedStatements) -> list[StatementValue]:
    return [statement for part in _TRAILS for statement in parts.get(part, [])]


def _prefixes(parts: OwnedStatements) -> set[str]:
    return set(folders.prefixes(_trails(parts)))
