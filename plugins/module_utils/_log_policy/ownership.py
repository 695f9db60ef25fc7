# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which statements of the two policies are ours, told by their Sids and by what they say. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

A Sid can be put on any statement. One that bears a Sid of ours and does not say what we would write has been altered,
and counts as foreign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .._policy import equivalence
from .._policy.document import Document, StatementValue
from .._policy.statement import BUCKET, KEY
from . import allowed_accounts, bucket_statements, key_statements, organization_trails
from .organization_trails import ORGANIZATION_TRAILS

Render = Callable[[Sequence[StatementValue]], Sequence[StatementValue]]


@dataclass(frozen=True)
class Foreign:
    """The position of a statement that is not ours, and whether it claims to be."""

    position: int
    altered: bool


def foreign_in_bucket(document: Document | None, partition: str, bucket: str) -> list[Foreign]:
    """The statements of a bucket policy that s3_log_bucket_policy would not have written."""
    return _foreign(document, bucket_statements.part, lambda part: _of_bucket(part, partition, bucket))


def foreign_in_key(document: Document | None, partition: str) -> list[Foreign]:
    """The statements of a key policy that kms_key_grant_accounts would not have written."""
    return _foreign(document, key_statements.part, lambda part: _of_key(part, partition))


def ours(policy: str) -> str:
    """The module that owns statements of the policy."""
    return {BUCKET: "s3_log_bucket_policy", KEY: "kms_key_grant_accounts"}[policy]


def _foreign(document: Document | None, part: Callable[[str], str], render: Callable[[str], Render]) -> list[Foreign]:
    values = [one.value for one in document.statements] if document else []
    parts = [part(str(value.get("Sid", ""))) for value in values]
    found = [Foreign(position, False) for position, name in enumerate(parts) if not name]
    for name in sorted(set(filter(None, parts))):
        there = [(position, values[position]) for position, other in enumerate(parts) if other == name]
        found += [Foreign(position, True) for position, value in there if not _written(value, there, render(name))]
    return sorted(found, key=lambda one: one.position)


def _written(value: StatementValue, there: Sequence[tuple[int, StatementValue]], render: Render) -> bool:
    """Whether we would write the statement for those whom it, and its companions, admit."""
    try:
        expected = [equivalence.canonical(_without_sid(one)) for one in render([one for _position, one in there])]
        return equivalence.canonical(_without_sid(value)) in expected
    except (AttributeError, KeyError, TypeError, ValueError):  # of a form that we never write
        return False


def _without_sid(value: StatementValue) -> dict[str, Any]:
    return {element: content for element, content in value.items() if element != "Sid"}


def _of_bucket(part: str, partition: str, bucket: str) -> Render:
    def admit(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        prefixes, layout = allowed_accounts.prefixes(there), allowed_accounts.layout_of(there)
        return bucket_statements.admit(partition, bucket, prefixes, layout, allowed_accounts.recover(there))

    def admit_organization(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        prefixes, trails = allowed_accounts.prefixes(there), organization_trails.recover(there)
        return bucket_statements.admit_organization_trails(partition, bucket, prefixes, trails)

    def read(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        readers = {name for one in there for name in equivalence.strings(one["Principal"]["AWS"])}
        return bucket_statements.read(partition, bucket, sorted(readers))

    def deny_delete(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return bucket_statements.deny_delete(partition, bucket, bucket_statements.break_glass_of(there))

    def deny_insecure(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return bucket_statements.deny_insecure_transport(partition, bucket)

    return {
        bucket_statements.ADMIT: admit,
        ORGANIZATION_TRAILS: admit_organization,
        bucket_statements.READ: read,
        bucket_statements.DENY_DELETE: deny_delete,
        bucket_statements.DENY_INSECURE_TRANSPORT: deny_insecure,
    }[part]


def _of_key(part: str, partition: str) -> Render:
    def encrypt(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return key_statements.encrypt(partition, allowed_accounts.layout_of(there), allowed_accounts.recover(there))

    def encrypt_organization(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return key_statements.encrypt_organization_trails(partition, organization_trails.recover(there))

    def bucket_key(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        of_organization = [one for one in there if "Organization" in one["Sid"]]
        own = [one for one in there if one not in of_organization]
        layout, admitted = allowed_accounts.layout_of(own), allowed_accounts.recover(own)
        return key_statements.bucket_key(partition, layout, admitted, organization_trails.recover(of_organization))

    def decrypt(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return key_statements.decrypt(partition, key_statements.decrypters_of(there))

    return {
        key_statements.ENCRYPT: encrypt,
        ORGANIZATION_TRAILS: encrypt_organization,
        key_statements.BUCKET_KEY: bucket_key,
        key_statements.DECRYPT: decrypt,
    }[part]
