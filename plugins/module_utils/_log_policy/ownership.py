# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which statements of the two policies are owned by this collection, by Sid and by content. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Anyone can use any Sid. A statement with an owned Sid and other content than this collection writes was altered, and
counts as foreign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._policy import equivalence
from .._policy.document import Document, StatementValue
from . import allowed_accounts, bucket_statements, folders, key_statements, layouts, organization_trails
from .allowed_accounts import ALLOWED_ACCOUNTS
from .organization_trails import ORGANIZATION_TRAILS

Expected = Callable[[str, Sequence[StatementValue]], Sequence[StatementValue]]


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """A statement that this collection has not written: its position from 0, and whether it has an owned Sid."""

    position: int
    altered: bool


def foreign_in_bucket(document: Document | None, partition: str, bucket: str) -> list[Foreign]:
    """The statements of a bucket policy that s3_log_bucket_policy would not have written, in their order."""
    return _foreign(document, bucket_statements.part, partial(_expected_in_bucket, partition, bucket))


def foreign_in_key(document: Document | None, partition: str) -> list[Foreign]:
    """The statements of a key policy that kms_key_grant_accounts would not have written, in their order."""
    return _foreign(document, key_statements.part, partial(_expected_in_key, partition))


def _foreign(document: Document | None, part: Callable[[str], str], expected: Expected) -> list[Foreign]:
    statements = document.statements if document else ()
    by_part: dict[str, list[StatementValue]] = {}
    for statement in statements:
        by_part.setdefault(part(statement.sid), []).append(statement.value)
    foreign = []
    for position, statement in enumerate(statements):
        name = part(statement.sid)
        if not name or not _is_expected(statement.value, name, by_part[name], expected):
            foreign.append(Foreign(position=position, altered=bool(name)))
    return foreign


def _is_expected(value: StatementValue, part: str, statements: Sequence[StatementValue], expected: Expected) -> bool:
    """True if this collection would write the statement to allow what all statements of its part allow."""
    try:
        meanings = [equivalence.canonical(_without_sid(statement)) for statement in expected(part, statements)]
        return equivalence.canonical(_without_sid(value)) in meanings
    except (AttributeError, KeyError, TypeError, ValueError):  # a form that this collection never writes
        return False


def _without_sid(value: StatementValue) -> dict[str, Any]:
    return {element: content for element, content in value.items() if element != "Sid"}


def _expected_in_bucket(
    partition: str, bucket: str, part: str, statements: Sequence[StatementValue]
) -> Sequence[StatementValue]:
    """The statements that s3_log_bucket_policy writes to allow or deny the same as these statements of one part."""
    if part == ALLOWED_ACCOUNTS:
        layout, allowed = layouts.layout_of(statements), allowed_accounts.recover(statements)
        return bucket_statements.allow_accounts(partition, bucket, folders.prefixes(statements), layout, allowed)
    if part == ORGANIZATION_TRAILS:
        trails = organization_trails.recover(statements)
        return bucket_statements.allow_organization_trails(partition, bucket, folders.prefixes(statements), trails)
    if part == bucket_statements.READ:
        return bucket_statements.allow_read(partition, bucket, bucket_statements.readers_of(statements))
    if part == bucket_statements.DENY_DELETE:
        return bucket_statements.deny_delete(partition, bucket, bucket_statements.break_glass_of(statements))
    return bucket_statements.deny_insecure_transport(partition, bucket)


def _expected_in_key(partition: str, part: str, statements: Sequence[StatementValue]) -> Sequence[StatementValue]:
    """The statements that kms_key_grant_accounts writes to allow the same as these statements of one part."""
    if part == ALLOWED_ACCOUNTS:
        layout, allowed = layouts.layout_of(statements), allowed_accounts.recover(statements)
        return key_statements.allow_accounts(partition, layout, allowed)
    if part == ORGANIZATION_TRAILS:
        return key_statements.allow_organization_trails(partition, organization_trails.recover(statements))
    if part == key_statements.BUCKET_KEY:
        of_organization = [statement for statement in statements if "Organization" in statement["Sid"]]
        of_accounts = [statement for statement in statements if statement not in of_organization]
        layout, allowed = layouts.layout_of(of_accounts), allowed_accounts.recover(of_accounts)
        trails = organization_trails.recover(of_organization)
        return key_statements.allow_bucket_key(partition, layout, allowed, trails)
    return key_statements.allow_decrypt(partition, key_statements.decrypters_of(statements))
