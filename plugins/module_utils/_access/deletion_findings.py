# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Findings about deletion: who can delete logs, shorten their retention, or make them unreadable. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from .._core.finding import FAILED, INFO, Finding
from .._policy import describe
from .._policy.principal import ACCOUNT, ANYONE, DELETED, ROOT_USER, SERVICE
from .actions import DELETE_KEY, DELETE_LOGS
from .effective_access import EffectiveAccess
from .evaluate import ArchiveResources
from .expected import ExpectedPrincipals
from .findings import AccessLists, judged
from .phrases import is_named, removal, under_conditions

NOT_DENIED = "not_denied"


def deletion(
    lists: AccessLists, expected: ExpectedPrincipals, template: Finding, archive: ArchiveResources
) -> Iterator[Finding]:
    """Return the findings of check C(deletion): nobody can delete except the break-glass principals."""
    verdict = partial(_deletion_verdict, expected=expected, archive=archive)
    ability = "delete logs, shorten their retention or make them unreadable"
    for access in lists.delete:
        for finding in judged([access], verdict, ability, template):
            yield replace(finding, message=_not_denied(access)) if finding.kind == NOT_DENIED else finding


def _not_denied(access: EffectiveAccess) -> str:
    """The message names no statement, because IAM policies of the log-archive account can allow it."""
    named = [action for action in access.actions if action in DELETE_LOGS.actions]
    return (
        f"The bucket policy does not deny {describe.listed(named)} to {describe.principal(access.principal)}"
        f"{under_conditions(access)}."
    )


def _deletion_verdict(
    access: EffectiveAccess, expected: ExpectedPrincipals, archive: ArchiveResources
) -> tuple[str, str, str]:
    """Kind, status and remediation for who can delete; an empty kind if the access is expected."""
    principal = access.principal
    remove = removal(principal)
    if principal.kind == ANYONE:
        return "public", FAILED, remove
    is_expected = any(is_named(pattern, access) for pattern in expected.break_glass or ())
    # the root user of this account can always replace the bucket policy; that of another account cannot
    is_own_root = principal.kind == ROOT_USER and principal.account == archive.account
    if is_expected or is_own_root or principal.kind == DELETED:
        return "", INFO, ""
    if principal.account != archive.account and principal.kind != SERVICE:
        return "unexpected_deleter", FAILED, remove
    if set(access.actions) & set(DELETE_LOGS.actions) and not access.indirect:
        kind = NOT_DENIED if principal.kind == ACCOUNT else "unexpected_deleter"
        remediation = (
            "Run archive.yml, which denies deletion: deny_delete of s3_log_bucket_policy. List the exempt roles in"
            " break_glass_principals."
        )
        return kind, INFO if expected.break_glass is None else FAILED, remediation
    if set(access.actions) & {*DELETE_KEY.actions, *DELETE_KEY.indirect} and not access.indirect:
        remediation = "Restrict the actions to few principals and alert on them: without the key, logs are unreadable."
        return "key_administrator", INFO, remediation
    remediation = "Restrict the actions to few principals and alert on them, because they can remove the Deny first."
    return "indirect_deleter", INFO, remediation
