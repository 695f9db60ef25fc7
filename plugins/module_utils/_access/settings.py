# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The calls that read the settings of bucket and key. A setting that cannot be read does not stop the report.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html (permissions)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._aws.gateway import Gateway
from .._core import parallel
from .._core.errors import AwsFailure

Replies = dict[str, Any]  # by operation; None if the setting is not configured


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting, and what of the report depends on it."""

    operation: str
    permission: str
    names: tuple[str, ...]  # of the setting in the return value C(hardening)
    absent: tuple[str, ...] = ()  # error codes if the setting is not configured
    controls: tuple[str, ...] = ()  # of Security Hub that cannot be checked without the setting


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A setting that was not read, and the reason."""

    setting: Setting
    reason: str  # a sentence
    is_denied: bool


# keys of some types do not rotate, and in some key states KMS does not return the setting
_ROTATION = Setting(
    operation="get_key_rotation_status",
    permission="kms:GetKeyRotationStatus",
    absent=("UnsupportedOperationException", "KMSInvalidStateException"),
    names=("key_rotation",),
    controls=("KMS.4",),
)
_OF_BUCKET = (
    Setting(operation="get_bucket_acl", permission="s3:GetBucketAcl", names=("acl_grants",)),
    Setting(
        operation="get_bucket_encryption",
        permission="s3:GetEncryptionConfiguration",
        absent=("ServerSideEncryptionConfigurationNotFoundError",),
        names=("encryption",),
        controls=("S3.17",),
    ),
    Setting(
        operation="get_bucket_lifecycle_configuration",
        permission="s3:GetLifecycleConfiguration",
        absent=("NoSuchLifecycleConfiguration",),
        names=("lifecycle",),
        controls=("S3.10", "S3.13"),
    ),
    Setting(operation="get_bucket_location", permission="s3:GetBucketLocation", names=("region",)),
    Setting(
        operation="get_bucket_logging",
        permission="s3:GetBucketLogging",
        names=("logging_bucket",),
        controls=("CloudTrail.7", "S3.9"),
    ),
    Setting(
        operation="get_bucket_ownership_controls",
        permission="s3:GetBucketOwnershipControls",
        absent=("OwnershipControlsNotFoundError",),
        names=("object_ownership",),
        controls=("S3.12",),
    ),
    Setting(
        operation="get_bucket_policy_status",
        permission="s3:GetBucketPolicyStatus",
        absent=("NoSuchBucketPolicy",),
        names=("policy_is_public",),
        controls=("CloudTrail.6", "S3.2", "S3.3"),
    ),
    Setting(
        operation="get_bucket_replication",
        permission="s3:GetReplicationConfiguration",
        absent=("ReplicationConfigurationNotFoundError",),
        names=("replicas",),
    ),
    Setting(operation="get_bucket_request_payment", permission="s3:GetBucketRequestPayment", names=("requester_pays",)),
    Setting(
        operation="get_bucket_versioning",
        permission="s3:GetBucketVersioning",
        names=("versioning", "mfa_delete"),
        controls=("S3.14", "S3.20"),
    ),
    Setting(
        operation="get_object_lock_configuration",
        permission="s3:GetBucketObjectLockConfiguration",
        absent=("ObjectLockConfigurationNotFoundError",),
        names=("object_lock",),
        controls=("S3.15",),
    ),
    Setting(
        operation="get_public_access_block",
        permission="s3:GetBucketPublicAccessBlock",
        absent=("NoSuchPublicAccessBlockConfiguration",),
        names=("public_access_block",),
        controls=("S3.8",),
    ),
)
SETTINGS = (_ROTATION, *_OF_BUCKET)


def read_settings(gateway: Gateway, bucket: str, key_arn: str, connections: int) -> tuple[Replies, tuple[Unread, ...]]:
    """Return the replies of the settings that AWS returns, and the settings that cannot be read."""

    def read(setting: Setting) -> tuple[Setting, Any]:
        of_bucket = {"Bucket": bucket, "ExpectedBucketOwner": gateway.account}
        service, arguments = ("kms", {"KeyId": key_arn}) if setting is _ROTATION else ("s3", of_bucket)
        try:
            return setting, gateway.call(service, setting.operation, setting.absent, **arguments)
        except AwsFailure as failure:
            return setting, failure

    replies: Replies = {}
    unread = []
    for setting, reply in parallel.each(read, SETTINGS, connections):
        if isinstance(reply, AwsFailure):
            unread.append(_unread(setting, reply))
        else:
            replies[setting.operation] = reply
    return replies, tuple(unread)


def required(gateway: Gateway, service: str, operation: str, permission: str, **arguments: Any) -> Mapping[str, Any]:
    """Return the reply of a call without which there is no report. Raises AwsFailure, which names the permission."""
    try:
        reply: Mapping[str, Any] = gateway.call(service, operation, **arguments)
    except AwsFailure as failure:
        raise naming(permission, failure) from None
    return reply


def naming(permission: str, failure: AwsFailure) -> AwsFailure:
    """Return the failure, with the permission if it was denied."""
    return failure.adding(f"The call needs the permission {permission}.") if is_denied(failure) else failure


def is_denied(failure: AwsFailure) -> bool:
    return failure.code in ("AccessDenied", "AccessDeniedException")


def _unread(setting: Setting, failure: AwsFailure) -> Unread:
    in_account = f" in account {failure.account}" if failure.account else ""
    reason = f"{failure.operation}{in_account} failed: {failure.code}: {failure.message}"
    return Unread(setting=setting, reason=reason, is_denied=is_denied(failure))
