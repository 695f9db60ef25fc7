# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which statements of the two policies are owned by this collection, by Sid and by content. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Anyone can use any Sid. A statement is owned if this collection would write it to allow or deny the same. A statement
with an owned Sid and other content was altered, and counts as foreign: it is kept byte for byte, and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from .._policy import equivalence
from .._policy.document import Document, StatementText, StatementValue, repeated, unnumbered
from . import allowed_accounts, bucket_statements, folders, key_statements, layouts, organization_trails
from .allowed_accounts import ALLOWED_ACCOUNTS, AllowedAccounts, AllowedTrail
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

Part = Callable[[StatementText], str]
Expected = Callable[[str, StatementValue], Sequence[StatementValue]]


# stand for what a statement does not list: the check of the ACL in the layouts accounts and compact, DescribeKey
_ANY_ACCOUNT = AllowedTrail(account="000000000000", region="us-east-1", name="any")
_ANY_TRAIL = OrganizationTrails(trails=frozenset({_ANY_ACCOUNT}))


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A statement that this collection has not written: its position from 0, and whether it has an owned Sid."""

    position: int
    altered: bool


def part_of_bucket_policy(statement: StatementText, partition: str, bucket: str) -> str:
    """The part of the bucket policy that a statement belongs to; empty for a foreign statement."""
    return _part(statement, bucket_statements.part, partial(_expected_in_bucket, partition, bucket))


def part_of_key_policy(statement: StatementText, partition: str) -> str:
    """The part of the key policy that a statement belongs to; empty for a foreign statement."""
    return _part(statement, key_statements.part, partial(_expected_in_key, partition))


def foreign_in_bucket(document: Document | None, partition: str, bucket: str) -> list[Foreign]:
    """The statements of a bucket policy that s3_log_bucket_policy would not have written, in their order."""
    of_statement = partial(part_of_bucket_policy, partition=partition, bucket=bucket)
    return foreign_in(document, of_statement, bucket_statements.part)


def foreign_in_key(document: Document | None, partition: str) -> list[Foreign]:
    """The statements of a key policy that kms_key_grant_accounts would not have written, in their order."""
    return foreign_in(document, partial(part_of_key_policy, partition=partition), key_statements.part)


def foreign_in(document: Document | None, part_of: Part, part_of_sid: Callable[[str], str]) -> list[Foreign]:
    """The foreign statements of a policy, in their order."""
    return [
        Foreign(position=position, altered=bool(part_of_sid(statement.sid)))
        for position, statement in enumerate(document.statements if document else ())
        if not part_of(statement)
    ]


def _part(statement: StatementText, part_of_sid: Callable[[str], str], expected: Expected) -> str:
    part = part_of_sid(statement.sid)
    return part if part and not repeated(statement.text) and _is_expected(statement, part, expected) else ""


def _is_expected(statement: StatementText, part: str, expected: Expected) -> bool:
    """True if this collection would write the statement to allow or deny the same."""
    try:
        meanings = [
            equivalence.canonical({**value, "Sid": statement.sid})
            for value in expected(part, statement.value)
            if unnumbered(value["Sid"]) == unnumbered(statement.sid)
        ]
        return equivalence.canonical(statement.value) in meanings
    except (AttributeError, KeyError, TypeError, ValueError):  # a form that this collection never writes
        return False


def _allowed_by(statement: StatementValue) -> AllowedAccounts:
    """The accounts that one statement allows."""
    any_account = replace(_ANY_ACCOUNT, name=allowed_accounts.common_name_of(statement))
    return allowed_accounts.recover([statement]) or AllowedAccounts(trails=frozenset({any_account}))


def _expected_in_bucket(partition: str, bucket: str, part: str, statement: StatementValue) -> Sequence[StatementValue]:
    """The statements that s3_log_bucket_policy writes to allow or deny the same as a statement of one part."""
    prefixes = folders.prefixes([statement]) or ("",)
    if part == ALLOWED_ACCOUNTS:
        layout = layouts.layout_of([statement])
        return bucket_statements.allow_accounts(partition, bucket, prefixes, layout, _allowed_by(statement))
    if part == ORGANIZATION_TRAILS:
        trails = organization_trails.recover([statement])
        return bucket_statements.allow_organization_trails(partition, bucket, prefixes, trails)
    if part == bucket_statements.READ:
        return bucket_statements.allow_read(partition, bucket, bucket_statements.readers_of([statement]))
    if part == bucket_statements.DENY_DELETE:
        return bucket_statements.deny_delete(partition, bucket, bucket_statements.break_glass_of([statement]))
    return bucket_statements.deny_insecure_transport(partition, bucket)


def _expected_in_key(partition: str, part: str, statement: StatementValue) -> Sequence[StatementValue]:
    """The statements that kms_key_grant_accounts writes to allow the same as a statement of one part."""
    layout, allowed = layouts.layout_of([statement]), _allowed_by(statement)
    trails = organization_trails.recover([statement])
    if part == ALLOWED_ACCOUNTS:
        return key_statements.allow_accounts(partition, layout, allowed)
    if part == ORGANIZATION_TRAILS:
        return key_statements.allow_organization_trails(partition, trails or _ANY_TRAIL)
    if part == key_statements.BUCKET_KEY:
        return key_statements.allow_bucket_key(partition, layout, allowed, trails)
    return key_statements.allow_decrypt(partition, key_statements.decrypters_of([statement]))
