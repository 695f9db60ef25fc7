# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which Security Hub controls bucket and key pass. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html,
https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html and
https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .._core.numbers import counted
from .._core.security_controls import Control, judge, not_checked
from .._policy import describe
from .._policy.principal import ANYONE, ORGANIZATION
from .._policy.statement import BUCKET, Statement
from .._policy.wildcards import covers
from . import evaluate
from .actions import ADMINISTER_BUCKET
from .effective_access import EffectiveAccess
from .evaluate import ArchiveResources
from .hardening import BLOCKS, ArchiveState

_NOT_READ = {
    "KMS.1": "IAM policies are not read.",
    "KMS.2": "IAM policies are not read.",
    "S3.1": "Block Public Access of the account is not read. Control S3.8 checks that of the bucket.",
    "S3.7": "The Regions of the replication destinations are not read.",
    "S3.11": "The event notifications of the bucket are not read.",
}


def controls(
    state: ArchiveState,
    statements: Sequence[Statement],
    key_users: Sequence[EffectiveAccess],
    archive: ArchiveResources,
) -> list[Control]:
    """Return the controls that bucket and key decide. C(key_users) is everyone who has any access to the key."""
    unread = {control_id: item.reason for item in state.unread for control_id in item.setting.controls}
    judged = [*_public_access(state), *_settings(state), *_policies(statements, key_users, archive)]
    return [
        *(not_checked(control.id, unread[control.id]) if control.id in unread else control for control in judged),
        *(not_checked(control_id, reason) for control_id, reason in _NOT_READ.items()),
    ]


def _public_access(state: ArchiveState) -> list[Control]:
    """The controls of public access: by the bucket policy, by ACLs, and by the settings of Block Public Access.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    off = [BLOCKS[name] for name, is_on in state.blocks.items() if not is_on]
    public = "AWS evaluates the bucket policy as public." if state.policy_is_public else ""
    acls_count = state.object_ownership != "BucketOwnerEnforced" and not state.blocks["ignore_public_acls"]
    return [
        not_checked(control_id, "ACLs are enabled, and they are not read.")
        if acls_count and not public
        else judge(control_id, public, "Neither the bucket policy nor ACLs allow public access.", severe=True)
        for control_id in ("CloudTrail.6", "S3.2", "S3.3")
    ] + [
        judge(
            "S3.8",
            f"Block Public Access is incomplete: {', '.join(off)} is off." if off else "",
            "All four settings of Block Public Access are on.",
            severe=True,
        )
    ]


def _settings(state: ArchiveState) -> list[Control]:
    return [
        *_access_logging(state),
        *_key_settings(state),
        *_lifecycle(state),
        judge(
            "S3.12",
            ""
            if state.object_ownership == "BucketOwnerEnforced"
            else f"ACLs are enabled, because Object Ownership is {state.object_ownership or 'not set'}.",
            "ACLs are disabled.",
        ),
        judge(
            "S3.14",
            ""
            if state.versioning == "Enabled"
            else "Versioning is disabled, so overwritten and deleted objects are lost.",
            "Versioning is enabled.",
            severe=True,
        ),
        judge("S3.15", "Object Lock is disabled." if state.object_lock is None else "", "Object Lock is enabled."),
        judge(
            "S3.17",
            ""
            if state.encryption["algorithm"].startswith("aws:kms")
            else "The default encryption of the bucket does not use a KMS key.",
            "The default encryption of the bucket uses a KMS key.",
        ),
        judge("S3.20", "" if state.mfa_delete else "MFA delete is disabled.", "MFA delete is enabled."),
    ]


def _access_logging(state: ArchiveState) -> list[Control]:
    disabled = (
        "" if state.logging_bucket else "Server access logging is disabled, so reads of the logs are not recorded."
    )
    enabled = f"Server access logging is enabled, to bucket {state.logging_bucket}."
    return [judge(control_id, disabled, enabled) for control_id in ("CloudTrail.7", "S3.9")]


def _key_settings(state: ArchiveState) -> list[Control]:
    on_date = f" on {state.key_deletion_date}" if state.key_deletion_date else ""
    is_doomed = state.key_state in ("PendingDeletion", "PendingReplicaDeletion")
    deletion = f"The key is scheduled for deletion{on_date}." if is_doomed else ""
    return [
        judge(
            "KMS.3", deletion, "The key is not scheduled for deletion."
        ),  # hardening_findings reports the key's state
        judge(
            "KMS.4",
            "" if state.key_rotation else "Automatic rotation of the key is disabled.",
            "Automatic rotation of the key is enabled.",
        ),
    ]


def _lifecycle(state: ArchiveState) -> list[Control]:
    missing = "" if state.lifecycle else "The bucket has no lifecycle rules, so the logs are kept forever."
    number = len(state.lifecycle)
    rules = f"The bucket has {counted(number, 'lifecycle rule')}."
    return [judge(control_id, missing, rules) for control_id in ("S3.10", "S3.13")]


def _policies(
    statements: Sequence[Statement], key_users: Sequence[EffectiveAccess], archive: ArchiveResources
) -> list[Control]:
    public = sorted({name for access in key_users if access.principal.kind == ANYONE for name in access.by})
    denies_without_tls = any(_denies_without_tls(statement, archive) for statement in statements)
    whole_bucket = replace(archive, logs=(f"{archive.bucket_arn}/*",))
    outside = [
        access.principal
        for access in evaluate.who_can(ADMINISTER_BUCKET, statements, whole_bucket)
        if access.principal.kind in (ANYONE, ORGANIZATION) or access.principal.account not in ("", archive.account)
    ]
    names = describe.listed(sorted({describe.principal(principal) for principal in outside}))
    return [
        judge(
            "KMS.5",
            f"{describe.listed(public)} allows anyone to use the key, without a condition with fixed values."
            if public
            else "",
            "No statement and no grant allows anyone to use the key.",
            severe=True,
        ),
        judge(
            "S3.5",
            "" if denies_without_tls else "No statement denies requests without TLS.",
            "A statement denies requests without TLS.",
        ),
        judge(
            "S3.6",
            f"The bucket policy allows administrative actions to {names}." if outside else "",
            "The bucket policy allows no administrative action to other accounts.",
            severe=True,
        ),
    ]


def _denies_without_tls(statement: Statement, archive: ArchiveResources) -> bool:
    """Whether a statement denies every S3 request without TLS.

    https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html
    """
    conditions = [
        (condition.key_name, condition.operator.lower(), tuple(value.lower() for value in condition.values))
        for condition in statement.conditions
    ]
    everything = (archive.bucket_arn, f"{archive.bucket_arn}/*")
    return (
        statement.policy == BUCKET
        and not statement.allows
        and not (statement.not_principal or statement.not_action or statement.not_resource)
        and any(principal.kind == ANYONE for principal in statement.principals)
        and any(action.lower() in ("s3:*", "*") for action in statement.actions)
        and all(any(covers(pattern, target) for pattern in statement.resources) for target in everything)
        and conditions == [("aws:securetransport", "bool", ("false",))]
    )
