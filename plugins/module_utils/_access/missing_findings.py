# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about principals that are expected to decrypt or to read, and cannot. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

An explicit Deny overrides every Allow, also one of an IAM policy, which is not read:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .._core.finding import FAILED, INFO, Finding
from .._policy import describe
from .._policy.principal import classify
from .._policy.statement import Condition, Statement
from .._policy.wildcards import like
from . import evaluate
from .actions import DECRYPT_LOGS, READ_LOGS, Ability
from .effective_access import IAM, EffectiveAccess
from .evaluate import ArchiveResources
from .expected import ExpectedPrincipals
from .findings import AccessLists
from .phrases import is_named, owner


@dataclass(frozen=True, kw_only=True)
class _Need:
    """The one action that a principal needs, and how the findings name it."""

    kind: str
    cause: str  # of the other findings of a run without this action
    action: str
    ability: Ability
    words: str
    conditions: tuple[Condition, ...]  # of the requests of S3 clients


_WITH_TLS = Condition(operator="Bool", key="aws:SecureTransport", values=("true",))
# https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
_THROUGH_S3 = Condition(operator="StringLike", key="kms:ViaService", values=("s3.*",))
_DECRYPTS = _Need(
    kind="cannot_decrypt",
    cause="key_denied",
    action="kms:Decrypt",
    ability=DECRYPT_LOGS,
    words="decrypt",
    conditions=(_WITH_TLS, _THROUGH_S3),
)
_READS = _Need(
    kind="cannot_read",
    cause="bucket_denied",
    action="s3:GetObject",
    ability=READ_LOGS,
    words="read objects",
    conditions=(_WITH_TLS,),
)


def missing(
    lists: AccessLists,
    expected: ExpectedPrincipals,
    statements: Sequence[Statement],
    template: Finding,
    archive: ArchiveResources,
) -> Iterator[Finding]:
    """Return the findings about expected decrypters and readers that cannot, or perhaps cannot."""
    for need, accesses, arns in (
        (_DECRYPTS, lists.decrypt, expected.decrypters),
        (_READS, lists.read, expected.readers),
    ):
        of_need = replace(template, kind=need.kind)
        having = [access for access in accesses if need.action in access.actions]
        for arn in arns or ():
            base = replace(of_need, resource=arn)
            finding = _denied(need, arn, statements, base, archive) or _not_allowed(need, arn, having, base, archive)
            if finding:
                yield finding


def _not_allowed(
    need: _Need, arn: str, having: Sequence[EffectiveAccess], base: Finding, archive: ArchiveResources
) -> Finding | None:
    """The finding if no statement names the principal. IAM policies of its account may allow it nevertheless."""
    if any(is_named(arn, access) for access in having):
        return None
    delegated = any(access.principal == owner(archive) or like(arn, access.principal.name) for access in having)
    only = ", except through IAM policies in the account" if delegated else ""
    return replace(
        base,
        status=INFO if delegated else FAILED,
        cause="" if delegated else need.cause,
        message=f"{arn} is expected to {need.words}, but no statement that was read allows it{only}.",
        remediation="Run archive.yml to add the principal to the policies.",
    )


def _denied(
    need: _Need, arn: str, statements: Sequence[Statement], base: Finding, archive: ArchiveResources
) -> Finding | None:
    """The finding if Deny statements take the action from the principal, or may take it, whatever allows it."""
    denying = [
        statement
        for statement in statements
        if not statement.allows and _left(need, arn, [statement], archive) != _left(need, arn, [], archive)
    ]
    if not denying:
        return None
    names = describe.listed([f"statement {statement.name}" for statement in denying], "or")
    is_certain = not _left(need, arn, denying, archive)
    return replace(
        base,
        status=FAILED if is_certain else INFO,
        cause=need.cause if is_certain else "",
        message=f"{arn} is expected to {need.words}, but {names} {'denies' if is_certain else 'may deny'} it"
        f" {need.action}. A Deny overrides everything that allows it.",
        remediation=f"Change {names} so that {need.action} is not denied to the principal.",
    )


def _left(need: _Need, arn: str, denying: Sequence[Statement], archive: ArchiveResources) -> list[EffectiveAccess]:
    """What Deny statements leave to a principal that everything else lets read log files through S3."""
    allowing = Statement(
        policy=need.ability.policy,
        name=IAM,
        allows=True,
        principals=(classify("AWS", arn),),
        actions=(need.action,),
        resources=("*",),
        conditions=need.conditions,
    )
    return evaluate.who_can(replace(need.ability, actions=(need.action,), indirect=()), [allowing, *denying], archive)
