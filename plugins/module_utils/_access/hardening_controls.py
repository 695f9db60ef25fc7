# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which controls bucket and key meet. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html and kms-controls.html there
"""

from __future__ import annotations

from collections.abc import Sequence

from .._core.security_controls import Control, judge, not_checked
from .._policy import describe
from .._policy.statement import ANYONE, BUCKET, ORGANIZATION, Clause
from .._policy.wildcards import covers
from . import evaluate
from .effective_access import Entry
from .evaluate import Ability, Place
from .hardening import BLOCKS, ArchiveState

_ADMINISTRATION = Ability(
    BUCKET,
    (
        "s3:DeleteBucketPolicy",
        "s3:PutBucketAcl",
        "s3:PutBucketPolicy",
        "s3:PutEncryptionConfiguration",
        "s3:PutObjectAcl",
    ),
)
_NOT_READ = {
    "KMS.1": "IAM policies are not read.",
    "KMS.2": "IAM policies are not read.",
    "S3.1": "The account's own setting is not read; those of the bucket decide S3.8.",
    "S3.7": "The replication of the bucket is not read.",
    "S3.11": "The notifications of the bucket are not read.",
}


def controls(state: ArchiveState, clauses: Sequence[Clause], key_users: Sequence[Entry], place: Place) -> list[Control]:
    """The controls that bucket and key decide; C(key_users) are all who can do something with the key."""
    return [
        *_public(state),
        *_settings(state),
        *_policies(clauses, key_users, place),
        *(not_checked(identity, reason) for identity, reason in _NOT_READ.items()),
    ]


def _public(state: ArchiveState) -> list[Control]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html."""
    off = [BLOCKS[name] for name, on in state.blocks.items() if not on]
    wrong = "The bucket policy is public, as AWS judges it." if state.policy_is_public else ""
    acls = state.object_ownership != "BucketOwnerEnforced" and not state.blocks["ignore_public_acls"]
    open_question = "ACLs are on, and they are not read."
    return [
        not_checked(identity, open_question)
        if acls and not wrong
        else judge(identity, wrong, "Neither policy nor ACLs let the public in.", severe=True)
        for identity in ("CloudTrail.6", "S3.2", "S3.3")
    ] + [judge("S3.8", f"{', '.join(off)} is off." if off else "", "All four settings are on.", severe=True)]


def _settings(state: ArchiveState) -> list[Control]:
    logged = "" if state.logging_bucket else "Nobody records who reads the logs."
    lifecycle = "" if state.lifecycle else "There are no lifecycle rules, and the logs are kept for ever."
    ownership = f"Object Ownership is {state.object_ownership or 'not set'}, so that ACLs count."
    deletion = (
        f"The key is scheduled for deletion{f' on {state.key_deletion_date}' if state.key_deletion_date else ''}."
    )
    encrypts = state.encryption["algorithm"].startswith("aws:kms")
    return [
        *(judge(one, logged, f"Logs go to {state.logging_bucket}.") for one in ("CloudTrail.7", "S3.9")),
        judge("KMS.3", deletion if state.key_state == "PendingDeletion" else "", "It is not.", severe=True),
        judge("KMS.4", "" if state.key_rotation else "The key does not rotate.", "It does."),
        *(judge(one, lifecycle, f"There are {len(state.lifecycle)}.") for one in ("S3.10", "S3.13")),
        judge("S3.12", "" if state.object_ownership == "BucketOwnerEnforced" else ownership, "They are."),
        judge(
            "S3.14",
            "" if state.versioning == "Enabled" else "Versioning is off: what is overwritten or deleted is lost.",
            "It is.",
            severe=True,
        ),
        judge("S3.15", "Object Lock is off." if state.object_lock is None else "", "It is."),
        judge("S3.17", "" if encrypts else "The default encryption is not with a KMS key.", "It does."),
        judge("S3.20", "" if state.mfa_delete else "MFA delete is off.", "It is."),
    ]


def _policies(clauses: Sequence[Clause], key_users: Sequence[Entry], place: Place) -> list[Control]:
    public = sorted({name for entry in key_users if entry.who.kind == ANYONE for name in entry.by})
    wrong = (
        f"{describe.listed(public)} lets anyone use the key, and no condition with fixed values says who."
        if public
        else ""
    )
    tls = any(_denies_without_tls(clause, place) for clause in clauses)
    outside = [
        entry
        for entry in evaluate.entries(_ADMINISTRATION, clauses, place)
        if entry.who.kind in (ANYONE, ORGANIZATION) or entry.who.account not in ("", place.account)
    ]
    names = describe.listed(sorted({describe.who(entry.who) for entry in outside}))
    return [
        judge("KMS.5", wrong, "No statement and no grant lets anyone in.", severe=True),
        judge("S3.5", "" if tls else "No statement denies requests without TLS.", "One statement does."),
        judge("S3.6", f"It does: {names}." if outside else "", "It does not.", severe=True),
    ]


def _denies_without_tls(clause: Clause, place: Place) -> bool:
    """https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-ssl-requests-only.html."""
    tests = [(one.about, one.test, tuple(value.lower() for value in one.values)) for one in clause.conditions]
    everywhere = (place.bucket_arn, f"{place.bucket_arn}/*")
    return (
        clause.policy == BUCKET
        and not clause.allows
        and not (clause.except_who or clause.except_actions or clause.except_resources)
        and any(one.kind == ANYONE for one in clause.who)
        and any(action.lower() in ("s3:*", "*") for action in clause.actions)
        and all(any(covers(pattern, one) for pattern in clause.resources) for one in everywhere)
        and tests == [("aws:securetransport", "bool", ("false",))]
    )
