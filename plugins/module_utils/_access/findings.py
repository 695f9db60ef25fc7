# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about access: who can do what, compared with who is expected to. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each function takes a finding C(template), which has the account, the Region, the check and the status of the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from .._core.finding import FAILED, INFO, Finding
from .._policy import describe
from .._policy.principal import ACCOUNT, ANYONE, DELETED, ROOT_USER, SERVICE, TRAILS, Principal
from .effective_access import EffectiveAccess, Overlap
from .evaluate import FOREIGN_PREFIX, ArchiveResources
from .expected import ExpectedPrincipals
from .phrases import account_name, by, is_named, owner, removal, subject, under_conditions, way
from .service_logs import noun_of

Verdict = Callable[[EffectiveAccess], tuple[str, str, str]]  # kind, status and remediation
_OPEN_LIMIT = "Review the IAM policies of the principal, or deny the principal everything else in the policy."
_KEEP_DELIVERY = "Keep the statement if the accounts deliver such logs to the bucket. Otherwise remove it."
_OWN_PREFIX = (
    "If such logs are wanted here, deliver them with a prefix of their own, or limit the statement by aws:SourceAccount"
    " and by Resource to the accounts and their folders. Otherwise remove the statement."
)
_UNLIMITED = ", but this one does not limit the writer to the logs of known accounts and to their folders"
_NAMED, _MAY_LOOK = "The service names the objects.", "The objects may look like logs."
_ADD = "If the access is intended, add the principal to {}."


@dataclass(frozen=True, kw_only=True)
class AccessLists:
    """Who has each ability, and who both encrypts and decrypts."""

    encrypt: Sequence[EffectiveAccess]
    decrypt: Sequence[EffectiveAccess]
    read: Sequence[EffectiveAccess]
    write: Sequence[EffectiveAccess]
    delete: Sequence[EffectiveAccess]
    overlap: Sequence[Overlap]


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What the findings about one ability have as kind and text."""

    ability: str
    noun: str
    option: str


_DECRYPTERS = _Words(ability="decrypt", noun="decrypter", option="decrypt_principals")
_READERS = _Words(ability="read objects", noun="reader", option="readers")


def separation(
    lists: AccessLists,
    expected: ExpectedPrincipals,
    deliveries: Mapping[str, bool],
    template: Finding,
    archive: ArchiveResources,
) -> Iterator[Finding]:
    """Return the findings of check C(separation): who writes the logs must not read them, and nobody else may.

    C(deliveries) are the bucket's statements about logs of other services, by name: True if known accounts limit them.
    """
    yield from _confused_deputies("use the key", lists.encrypt, template)
    yield from _confused_deputies("write to the bucket", lists.write, template)
    yield from _overlaps(lists.overlap, template)
    decrypters = partial(_verdict, expected=expected.decrypters, words=_DECRYPTERS, archive=archive)
    yield from judged(lists.decrypt, decrypters, _DECRYPTERS.ability, template)
    yield from _exceeded_limits(lists.decrypt, expected, template)
    readers = partial(_verdict, expected=expected.readers, words=_READERS, archive=archive)
    yield from judged(lists.read, readers, _READERS.ability, template)
    yield from _writers(lists.write, deliveries, template, archive)
    yield from judged(lists.encrypt, partial(_encryption_verdict, archive=archive), "encrypt with the key", template)


def _confused_deputies(ability: str, accesses: Sequence[EffectiveAccess], template: Finding) -> Iterator[Finding]:
    """Findings about statements that allow CloudTrail to act for any account.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    for access in accesses:
        if access.principal == Principal(kind=TRAILS, name="*"):
            doubt = "" if access.certain else f"{under_conditions(access)}, which may not limit the accounts"
            yield replace(
                template,
                kind="confused_deputy",
                resource=access.principal.name,
                status=INFO if FOREIGN_PREFIX in access.conditions else FAILED,
                message=f"{by(access, start=True)} allows CloudTrail to {ability} for trails of any AWS account"
                f"{doubt}. Accounts that are not expected can then deliver to this archive.",
                remediation="Limit the statement by aws:SourceArn, aws:SourceAccount or aws:SourceOrgID.",
            )


def _overlaps(overlaps: Sequence[Overlap], template: Finding) -> Iterator[Finding]:
    for overlap in overlaps:
        decrypter = overlap.decrypter
        doubt = "" if overlap.certain else ", if the conditions allow it,"
        yield replace(
            template,
            kind="overlap",
            resource=decrypter.principal.name,
            message=f"{subject(decrypter)} can{doubt} decrypt {way(decrypter)}, and {account_name(overlap.account)}"
            f" encrypts by {describe.listed(overlap.encrypt_by)}. So principals of an account that writes logs can read"
            f" them.",
            remediation="Allow decryption to principals of the log-archive account only, or of an account that has no"
            " trail with this key.",
        )


def _writers(
    accesses: Sequence[EffectiveAccess], deliveries: Mapping[str, bool], template: Finding, archive: ArchiveResources
) -> Iterator[Finding]:
    """Who else than CloudTrail can write objects. IAM policies can always allow it in the bucket's own account."""
    for access in accesses:
        principal = access.principal
        if principal.kind not in (TRAILS, DELETED) and principal != owner(archive):
            is_limited = all(deliveries.get(name, False) for name in access.by)
            noun = noun_of(principal) if all(name in deliveries for name in access.by) else ""
            documented = f" AWS documents such statements for {noun}{'' if is_limited else _UNLIMITED}." if noun else ""
            yield replace(
                template,
                kind="writer",
                resource=principal.name,
                status=INFO if principal.account == archive.account or is_limited else FAILED,
                message=f"{subject(access)} can write objects {way(access)}{under_conditions(access)}.{documented}"
                f" {_NAMED if is_limited else _MAY_LOOK}",
                remediation=_KEEP_DELIVERY if is_limited else _OWN_PREFIX if noun else removal(principal),
            )


def _encryption_verdict(access: EffectiveAccess, archive: ArchiveResources) -> tuple[str, str, str]:
    """Kind, status and remediation for who else than trails can encrypt; an empty kind if nobody needs to know it.

    Principals of the log-archive account and services, such as AWS Config, may have other uses for the key.
    """
    principal = access.principal
    remove = removal(principal)
    if principal.kind == ANYONE:
        return "public", FAILED, remove
    if access.indirect or principal.kind in (TRAILS, SERVICE, DELETED) or principal.account == archive.account:
        return "", INFO, ""
    return "unexpected_encrypter", FAILED, remove


def judged(accesses: Sequence[EffectiveAccess], verdict: Verdict, ability: str, template: Finding) -> Iterator[Finding]:
    """Return a finding for each access, unless its verdict has an empty kind. C(ability) follows "can"."""
    for access in accesses:
        kind, status, remediation = verdict(access)
        if kind:
            yield replace(
                template,
                kind=kind,
                resource=access.principal.name,
                status=status,
                message=f"{subject(access)} can {ability} {way(access)} ({describe.listed(access.actions)})"
                f"{under_conditions(access)}.",
                remediation=remediation,
            )


def _exceeded_limits(
    accesses: Sequence[EffectiveAccess], expected: ExpectedPrincipals, template: Finding
) -> Iterator[Finding]:
    """Findings about expected decrypters that may decrypt the logs of more accounts than expected."""
    for access in accesses:
        accounts = () if access.indirect else expected.exceeded(access)
        if accounts:
            yield replace(
                template,
                kind="unexpected_decrypter",
                resource=access.principal.name,
                message=f"{subject(access)} is expected to decrypt only the logs of {describe.listed(accounts)}, but"
                f" can decrypt others {way(access)}{under_conditions(access)}.",
                remediation="Run archive.yml, which limits the principal, or remove accounts from its entry in"
                " decrypt_principals.",
            )


def _verdict(
    access: EffectiveAccess, expected: tuple[str, ...] | None, words: _Words, archive: ArchiveResources
) -> tuple[str, str, str]:
    """Kind, status and remediation for who can decrypt or read; an empty kind if the access is expected."""
    principal = access.principal
    remove = removal(principal)
    if principal.kind == ANYONE:
        return "public", FAILED, remove
    if principal.kind == TRAILS and words.noun == "decrypter":
        return "bucket_key", INFO, "CloudTrail needs this only with an S3 Bucket Key. Without one, remove it."
    if principal.kind == DELETED:
        return f"deleted_{words.noun}", INFO, remove
    if principal.account == archive.account and principal.kind in (ACCOUNT, ROOT_USER) and not access.certain:
        return "delegated", INFO, "Review the IAM policies of the account, which decide who has the access."
    if access.indirect:
        remediation = "Restrict the actions to administrators, because they let a principal get the access."
        is_foreign = principal.kind != SERVICE and principal.account != archive.account
        return f"indirect_{words.noun}", FAILED if is_foreign else INFO, remediation
    if expected is None or any(is_named(arn, access) for arn in expected):
        return (f"limited_{words.noun}", INFO, _OPEN_LIMIT) if access.limit_is_open else ("", INFO, "")
    return f"unexpected_{words.noun}", FAILED, f"{remove} {_ADD.format(words.option)}"
