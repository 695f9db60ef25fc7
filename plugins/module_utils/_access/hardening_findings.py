# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The findings about settings of bucket and key that no Security Hub control covers. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

What loses or exposes logs, or stops CloudTrail, is a failure. What is only unusual is information.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._aws import validators
from .._core.errors import Refused
from .._core.finding import INFO, NOT_CHECKED, Finding
from .._core.numbers import counted
from .evaluate import ArchiveResources
from .hardening import ArchiveState
from .hardening_lifecycle import LifecycleRule


@dataclass(frozen=True, kw_only=True)
class HardeningLimits:
    """What the settings of the bucket may do."""

    bucket: str
    retention_days: int  # how long logs must be kept
    replica_buckets: tuple[str, ...]  # names of buckets to which logs may be replicated

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> HardeningLimits:
        """The limits from the module's parameters. Raises Refused."""
        days = params["retention_days"]
        if days < 0:
            raise Refused(f"retention_days: {days} is less than 0. Use a number of days.")
        return cls(
            bucket=validators.bucket_name(params["bucket"], "bucket"),
            retention_days=days,
            replica_buckets=tuple(
                validators.bucket_name(name, "replica_buckets") for name in params["replica_buckets"] or ()
            ),
        )


@dataclass(frozen=True, kw_only=True)
class _KeyProblem:
    message: str  # follows the state
    remediation: str
    cause: str = "key_unavailable"


# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
_UNUSABLE = "CloudTrail cannot deliver, and nobody can decrypt"
_CANCEL = "Cancel the deletion with kms:CancelKeyDeletion, then enable the key with kms:EnableKey."
_KEY_STATES = {
    "Disabled": _KeyProblem(message=_UNUSABLE, remediation="Enable the key with kms:EnableKey.", cause="key_disabled"),
    "PendingDeletion": _KeyProblem(
        message=f"{_UNUSABLE}. After the deletion, no log file can be decrypted again",
        remediation=_CANCEL,
        cause="key_pending_deletion",
    ),
    "PendingReplicaDeletion": _KeyProblem(
        message=f"{_UNUSABLE} after the deletion of its replica keys", remediation=_CANCEL, cause="key_pending_deletion"
    ),
    "PendingImport": _KeyProblem(
        message=f"{_UNUSABLE}, because the key has no key material",
        remediation="Import the same key material again with kms:ImportKeyMaterial.",
    ),
    "Unavailable": _KeyProblem(
        message=f"{_UNUSABLE}, because its key store is not available",
        remediation="Connect the custom key store with kms:ConnectCustomKeyStore.",
    ),
}
_TOO_EARLY = "Remove the rule, or set central_logging_retention_days to the days for which logs must be kept."
_OTHER_STATE = _KeyProblem(message=_UNUSABLE, remediation="Wait until KMS has completed the change of the key.")


def setting_findings(
    state: ArchiveState, template: Finding, archive: ArchiveResources, limits: HardeningLimits
) -> Iterator[Finding]:
    """Return the findings of check C(hardening)."""
    base = replace(template, check="hardening", resource=limits.bucket)
    yield from _key(state, replace(base, resource=archive.key_arn), archive.key_arn)
    yield from _default_encryption(state, base, archive.key_arn)
    for rule in state.lifecycle:
        if rule.covers_logs(archive.bucket_arn, archive.logs):
            yield from _lifecycle(rule, replace(base, resource=rule.title), limits.retention_days)
    yield from _replication(state, base, limits)
    yield from _bucket(state, base, limits.bucket)
    for unread in state.unread:
        permission = unread.setting.permission
        yield replace(
            base,
            kind="not_read",
            resource=archive.key_arn if permission.startswith("kms:") else limits.bucket,
            status=NOT_CHECKED,
            message=f"A setting was not read, because {unread.reason}",
            remediation=f"Allow {permission} to the role that reads the settings, and run again."
            if unread.is_denied
            else f"Run again. The call needs the permission {permission}.",
        )


def _key(state: ArchiveState, base: Finding, key_arn: str) -> Iterator[Finding]:
    if state.key_state != "Enabled":
        problem = _KEY_STATES.get(state.key_state, _OTHER_STATE)
        on_date = f" Its deletion date is {state.key_deletion_date}." if state.key_deletion_date else ""
        yield replace(
            base,
            kind="key_state",
            message=f"Key {key_arn} is in state {state.key_state}. {problem.message}.{on_date}",
            remediation=problem.remediation,
            cause=problem.cause,
        )
    if state.key_type:
        yield replace(
            base,
            kind="key_type",
            message=f"Key {key_arn} is a {state.key_type}. CloudTrail cannot encrypt with it.",
            remediation="Use a symmetric key that encrypts and decrypts.",
        )
    if state.region and state.key_region and state.region != state.key_region:
        yield replace(
            base,
            kind="key_region",
            message=f"Key {key_arn} is in Region {state.key_region}, but the bucket is in {state.region}. CloudTrail"
            f" cannot use a key of another Region.",
            remediation=f"Use a key in Region {state.region}.",
        )


def _default_encryption(state: ArchiveState, base: Finding, key_arn: str) -> Iterator[Finding]:
    key = str(state.encryption["key"])
    if key.startswith("arn:") and key != key_arn and ":key/" in key:
        yield replace(
            base,
            kind="other_key",
            resource=key,
            status=INFO,
            message=f"The default encryption of the bucket uses key {key} instead of {key_arn}.",
            remediation="Set the default encryption of the bucket to the central key.",
        )


def _lifecycle(rule: LifecycleRule, base: Finding, retention_days: int) -> Iterator[Finding]:
    too_early = rule.deletes_before(retention_days) and not rule.tagged
    if rule.expirations:
        limit = f" Logs must be kept for {counted(retention_days, 'day')}." if too_early else ""
        yield replace(
            base,
            kind="expires",
            status=base.status if too_early else INFO,
            message=f"Lifecycle {rule.title} {' and '.join(rule.expirations)}.{limit}",
            remediation=_TOO_EARLY if too_early else "Check that the logs may be deleted after this time.",
        )
    if rule.archive_days is not None:
        yield replace(
            base,
            kind="archived",
            status=INFO,
            message=f"Lifecycle {rule.title} archives objects after {counted(rule.archive_days, 'day')}. An archived"
            " object must be restored before it can be read or validated.",
            remediation="Check that this is later than the time for which logs are searched.",
        )


def _replication(state: ArchiveState, base: Finding, limits: HardeningLimits) -> Iterator[Finding]:
    for replica in state.replicas:
        if replica["bucket"] not in limits.replica_buckets:
            owner = f"of account {replica['account']}" if replica["account"] else "whose account is not known"
            yield replace(
                base,
                kind="replicated",
                resource=replica["bucket"],
                message=f"The logs are replicated to bucket {replica['bucket']} {owner}. The owner of that bucket can"
                f" read the logs.",
                remediation="Remove the replication rule, or add the bucket to central_logging_replica_buckets.",
            )


def _bucket(state: ArchiveState, base: Finding, bucket: str) -> Iterator[Finding]:
    if state.requester_pays:
        yield replace(
            base,
            kind="requester_pays",
            message=f"Bucket {bucket} is a Requester Pays bucket. CloudTrail cannot deliver to such a bucket.",
            remediation="Set the payer of the bucket to BucketOwner (s3:PutBucketRequestPayment).",
        )
    if state.acl_grants:
        yield replace(
            base,
            kind="acl_grants",
            message=f"The ACL of bucket {bucket} grants {', '.join(state.acl_grants)}.",
            remediation="Run archive.yml, which disables ACLs (Object Ownership BucketOwnerEnforced).",
        )
    if state.logging_bucket == bucket:
        yield replace(
            base,
            kind="logs_to_itself",
            status=INFO,
            message=f"Bucket {bucket} receives its own server access logs, so each log file causes another one.",
            remediation="Set log_archive_access_log_bucket to another bucket.",
        )
