# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about access: who can do what, compared with who is expected to. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

Each function takes a finding C(template), which has the account, the Region, the check and the status of the findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .._core.finding import FAILED, INFO, Finding
from .._policy import describe
from .._policy.principal import ACCOUNT, ANYONE, DELETED, ROOT_USER, SERVICE, TRAILS, Principal
from .._policy.wildcards import like
from .actions import DELETE_KEY, DELETE_LOGS
from .effective_access import EffectiveAccess, Overlap
from .evaluate import IAM, ArchiveResources

_REMOVE = "Remove {} from the statement, or remove the statement if nobody needs it."
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
class ExpectedPrincipals:
    """The ARNs of the principals that are expected to have access. None means that nothing is expected."""

    decrypters: tuple[str, ...] | None = None
    readers: tuple[str, ...] | None = None
    break_glass: tuple[str, ...] | None = None  # patterns


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What the findings about one ability have as kind and text."""

    verb: str
    ability: str
    noun: str
    option: str


_DECRYPTERS = _Words(verb="decrypt", ability="decrypt", noun="decrypter", option="decrypt_principals")
_READERS = _Words(verb="read", ability="read objects", noun="reader", option="readers")


def separation(
    lists: AccessLists, expected: ExpectedPrincipals, template: Finding, archive: ArchiveResources
) -> Iterator[Finding]:
    """Return the findings of check C(separation): who writes the logs must not read them, and nobody else may."""
    yield from _confused_deputies("use the key", lists.encrypt, template)
    yield from _confused_deputies("write to the bucket", lists.write, template)
    yield from _overlaps(lists.overlap, template)
    yield from _compared(lists.decrypt, expected.decrypters, _DECRYPTERS, template, archive)
    yield from _compared(lists.read, expected.readers, _READERS, template, archive)
    yield from _writers(lists.write, template, archive)


def _confused_deputies(ability: str, accesses: Sequence[EffectiveAccess], template: Finding) -> Iterator[Finding]:
    """Findings about statements that allow CloudTrail to act for any account.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    for access in accesses:
        if access.principal == Principal(kind=TRAILS, name="*"):
            doubt = "" if access.certain else f"{_conditions(access)}, which may not limit the accounts"
            yield replace(
                template,
                kind="confused_deputy",
                resource=access.principal.name,
                message=f"{_by(access, start=True)} allows CloudTrail to {ability} for trails of any AWS account"
                f"{doubt}. Any account can then deliver to this archive.",
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
            message=f"{_subject(decrypter)} can{doubt} decrypt {_way(decrypter)}, and {_account(overlap.account)}"
            f" encrypts by {describe.listed(overlap.encrypt_by)}. So principals of an account that writes logs can read"
            f" them.",
            remediation="Allow decryption to principals of the log-archive account only, or of an account that has no"
            " trail with this key.",
        )


def _writers(accesses: Sequence[EffectiveAccess], template: Finding, archive: ArchiveResources) -> Iterator[Finding]:
    """Who else than CloudTrail can write objects. IAM policies can always allow it in the bucket's own account."""
    for access in accesses:
        principal = access.principal
        if principal.kind not in (TRAILS, DELETED) and principal != _owner(archive):
            yield replace(
                template,
                kind="writer",
                resource=principal.name,
                status=INFO if principal.account == archive.account else FAILED,
                message=f"{_subject(access)} can write objects {_way(access)}{_conditions(access)}. The objects may"
                f" look like logs.",
                remediation=_REMOVE.format(describe.principal(principal)),
            )


def _compared(
    accesses: Sequence[EffectiveAccess],
    expected: tuple[str, ...] | None,
    words: _Words,
    template: Finding,
    archive: ArchiveResources,
) -> Iterator[Finding]:
    """Findings about who can decrypt, or read, and about who is expected to and cannot."""
    for access in accesses:
        kind, status, remediation = _verdict(access, expected, words, archive)
        if kind:
            yield replace(
                template,
                kind=kind,
                resource=access.principal.name,
                status=status,
                message=f"{_subject(access)} can {words.ability} {_way(access)}"
                f" ({describe.listed(access.actions)}){_conditions(access)}.",
                remediation=remediation,
            )
    direct = [access for access in accesses if not access.indirect]
    delegated = any(access.principal == _owner(archive) for access in direct)
    for arn in expected or ():
        if not any(_names(arn, access) for access in direct):
            only = ", except through IAM policies in the account" if delegated else ""
            yield replace(
                template,
                kind=f"cannot_{words.verb}",
                resource=arn,
                status=INFO if delegated else FAILED,
                message=f"{arn} is expected to {words.ability}, but no statement that was read allows it{only}.",
                remediation="Run archive.yml to add the principal to the policies.",
            )


def _verdict(
    access: EffectiveAccess, expected: tuple[str, ...] | None, words: _Words, archive: ArchiveResources
) -> tuple[str, str, str]:
    """Kind, status and remediation for who can decrypt or read; an empty kind if the access is expected."""
    principal = access.principal
    remove = _REMOVE.format(describe.principal(principal))
    if principal.kind == ANYONE:
        return "public", FAILED, remove
    if principal.kind == TRAILS and words.noun == "decrypter":
        return "bucket_key", INFO, "CloudTrail needs this only with an S3 Bucket Key. Without one, remove it."
    if principal.kind == DELETED:
        return f"deleted_{words.noun}", INFO, remove
    if principal == _owner(archive) and not access.certain:
        return "delegated", INFO, "Review the IAM policies of the account, which decide who has the access."
    if access.indirect:
        remediation = "Restrict the actions to administrators, because they let a principal get the access."
        return f"indirect_{words.noun}", INFO, remediation
    if expected is None or any(_names(arn, access) for arn in expected):
        return "", INFO, ""
    return f"unexpected_{words.noun}", FAILED, f"{remove} {_ADD.format(words.option)}"


def deletion(
    lists: AccessLists, expected: ExpectedPrincipals, template: Finding, archive: ArchiveResources
) -> Iterator[Finding]:
    """Return the findings of check C(deletion): nobody can delete except the break-glass principals."""
    for access in lists.delete:
        kind, status, remediation = _deletion_verdict(access, expected, archive)
        if kind:
            yield replace(
                template,
                kind=kind,
                resource=access.principal.name,
                status=status,
                message=f"{_subject(access)} can delete logs or shorten their retention {_way(access)}"
                f" ({describe.listed(access.actions)}){_conditions(access)}.",
                remediation=remediation,
            )


def _deletion_verdict(
    access: EffectiveAccess, expected: ExpectedPrincipals, archive: ArchiveResources
) -> tuple[str, str, str]:
    """Kind, status and remediation for who can delete; an empty kind if the access is expected."""
    principal = access.principal
    remove = _REMOVE.format(describe.principal(principal))
    if principal.kind == ANYONE:
        return "public", FAILED, remove
    is_expected = any(_names(pattern, access) for pattern in expected.break_glass or ())
    if is_expected or principal.kind in (ROOT_USER, DELETED):
        return "", INFO, ""
    if principal.account != archive.account and principal.kind != SERVICE:
        return "unexpected_deleter", FAILED, remove
    if set(access.actions) & set(DELETE_LOGS.actions) and not access.indirect:
        kind = "not_denied" if principal.kind == ACCOUNT else "unexpected_deleter"
        remediation = "Set deny_delete of s3_log_bucket_policy, and list the exempt roles in break_glass_principals."
        return kind, INFO if expected.break_glass is None else FAILED, remediation
    if set(access.actions) & {*DELETE_KEY.actions, *DELETE_KEY.indirect} and not access.indirect:
        remediation = "Restrict the actions to few principals and alert on them: without the key, logs are unreadable."
        return "key_administrator", INFO, remediation
    remediation = "Restrict the actions to few principals and alert on them, because they can remove the Deny first."
    return "indirect_deleter", INFO, remediation


def _owner(archive: ArchiveResources) -> Principal:
    return Principal(kind=ACCOUNT, name=archive.account)


def _names(pattern: str, access: EffectiveAccess) -> bool:
    """Whether an ARN, a pattern of ARNs, or an account's root names the principal."""
    principal = access.principal
    return principal.is_named_by(pattern) or (principal.kind != ACCOUNT and like(principal.name, pattern))


def _subject(access: EffectiveAccess) -> str:
    """The principal at the start of a sentence."""
    if access.principal.kind == ACCOUNT:
        return f"{'Every principal' if access.certain else 'Principals'} of account {access.principal.name}"
    name = describe.principal(access.principal)
    return name[0].upper() + name[1:]


def _account(account: str) -> str:
    return {"*": "any account"}.get(account, f"account {account}" if account.isdigit() else account)


def _way(access: EffectiveAccess) -> str:
    """What gives the access, such as C(by statement Read)."""
    if access.principal.kind != ACCOUNT or access.certain:
        return f"by {_by(access)}"
    statements = tuple(name for name in access.by if name != IAM)
    by_statements = f"by {_by(replace(access, by=statements))}, " if statements else ""
    return f"{by_statements}if an IAM policy allows it"


def _by(access: EffectiveAccess, *, start: bool = False) -> str:
    """The statements that give the access, at the start of a sentence or elsewhere."""
    names = [name if name.startswith("grant ") or name in (IAM, "S3") else f"statement {name}" for name in access.by]
    text = describe.listed(names)
    return text[0].upper() + text[1:] if start else text


def _conditions(access: EffectiveAccess) -> str:
    return f", under these conditions: {'; '.join(access.conditions)}" if access.conditions else ""
