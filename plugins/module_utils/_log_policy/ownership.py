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

from .._policy import equivalence as _canonical
from .._policy.document import Document, StatementValue
from .._policy.statement import BUCKET, KEY
from . import allowed_accounts as _admission
from . import bucket_statements as _bucket_statements
from . import key_statements as _key_statements
from . import organization_trails as _organization_trails
from .organization_trails import ORGANIZATION_TRAILS

Render = Callable[[Sequence[StatementValue]], Sequence[StatementValue]]


@dataclass(frozen=True)
class Foreign:
    """The position of a statement that is not ours, and whether it claims to be."""

    position: int
    altered: bool


def foreign_in_bucket(document: Document | None, partition: str, bucket: str) -> list[Foreign]:
    """The statements of a bucket policy that s3_log_bucket_policy would not have written."""
    return _foreign(document, _bucket_statements.part, lambda part: _of_bucket(part, partition, bucket))


def foreign_in_key(document: Document | None, partition: str) -> list[Foreign]:
    """The statements of a key policy that kms_key_grant_accounts would not have written."""
    return _foreign(document, _key_statements.part, lambda part: _of_key(part, partition))


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
        expected = [_canonical.statement(_without_sid(one)) for one in render([one for _position, one in there])]
        return _canonical.statement(_without_sid(value)) in expected
    except (AttributeError, KeyError, TypeError, ValueError):  # of a form that we never write
        return False


def _without_sid(value: StatementValue) -> dict[str, Any]:
    return {element: content for element, content in value.items() if element != "Sid"}


def _of_bucket(part: str, partition: str, bucket: str) -> Render:
    def admit(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        prefixes, layout = _admission.prefixes(there), _admission.layout_of(there)
        return _bucket_statements.admit(partition, bucket, prefixes, layout, _admission.recover(there))

    def admit_organization(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        prefixes, trails = _admission.prefixes(there), _organization_trails.recover(there)
        return _bucket_statements.admit_organization_trails(partition, bucket, prefixes, trails)

    def read(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        readers = {name for one in there for name in _canonical.strings(one["Principal"]["AWS"])}
        return _bucket_statements.read(partition, bucket, sorted(readers))

    def deny_delete(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return _bucket_statements.deny_delete(partition, bucket, _bucket_statements.break_glass_of(there))

    def deny_insecure(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return _bucket_statements.deny_insecure_transport(partition, bucket)

    return {
        _bucket_statements.ADMIT: admit,
        ORGANIZATION_TRAILS: admit_organization,
        _bucket_statements.READ: read,
        _bucket_statements.DENY_DELETE: deny_delete,
        _bucket_statements.DENY_INSECURE_TRANSPORT: deny_insecure,
    }[part]


def _of_key(part: str, partition: str) -> Render:
    def encrypt(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return _key_statements.encrypt(partition, _admission.layout_of(there), _admission.recover(there))

    def encrypt_organization(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return _key_statements.encrypt_organization_trails(partition, _organization_trails.recover(there))

    def bucket_key(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        of_organization = [one for one in there if "Organization" in one["Sid"]]
        own = [one for one in there if one not in of_organization]
        layout, admitted = _admission.layout_of(own), _admission.recover(own)
        return _key_statements.bucket_key(partition, layout, admitted, _organization_trails.recover(of_organization))

    def decrypt(there: Sequence[StatementValue]) -> Sequence[StatementValue]:
        return _key_statements.decrypt(partition, _key_statements.decrypters_of(there))

    return {
        _key_statements.ENCRYPT: encrypt,
        ORGANIZATION_TRAILS: encrypt_organization,
        _key_statements.BUCKET_KEY: bucket_key,
        _key_statements.DECRYPT: decrypt,
    }[part]
