# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The settings of bucket and key, from AWS's replies. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws import arn as arns
from .._core import timestamps
from .hardening_lifecycle import LifecycleRule
from .settings import Unread

BLOCKS = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}
Reply = Mapping[str, Any]
# LocationConstraint of a bucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
_LOCATIONS = {"": "us-east-1", "EU": "eu-west-1"}


@dataclass(frozen=True, kw_only=True)
class ArchiveState:
    """The settings that protect the logs. If a setting is not configured, its text is empty."""

    blocks: Mapping[str, bool]
    versioning: str  # Enabled, Suspended or empty
    mfa_delete: bool
    object_lock: Mapping[str, Any] | None  # mode, days and years of the default retention; None: Object Lock is off
    object_ownership: str
    encryption: Mapping[str, Any]  # algorithm, key, bucket_key
    logging_bucket: str
    lifecycle: tuple[LifecycleRule, ...]
    replicas: tuple[Mapping[str, str], ...]  # bucket and account of each destination; the account may be empty
    requester_pays: bool
    region: str  # of the bucket; empty if it was not read
    acl_grants: tuple[str, ...]  # permission and grantee, of others than the owner, if ACLs are enabled
    policy_is_public: bool
    key_state: str
    key_rotation: bool
    key_deletion_date: str
    key_region: str
    key_type: str  # empty for a symmetric key that encrypts
    unread: tuple[Unread, ...]  # settings that were not read, which count as not configured

    @classmethod
    def of(cls, replies: Mapping[str, Reply | None], unread: Sequence[Unread] = ()) -> ArchiveState:
        """Return the settings from the replies by operation. A reply is None if AWS has no such setting.

        C(unread) are the settings without a reply.
        """
        nothing: Reply = {}
        known = defaultdict(lambda: nothing, {operation: reply or nothing for operation, reply in replies.items()})
        blocks = known["get_public_access_block"].get("PublicAccessBlockConfiguration", {})
        versioning = known["get_bucket_versioning"]
        rules = known["get_bucket_ownership_controls"].get("OwnershipControls", {}).get("Rules", [])
        ownership = next((rule.get("ObjectOwnership", "") for rule in rules), "")
        metadata = known["describe_key"]["KeyMetadata"]
        key_arn = arns.parse(str(metadata.get("Arn", "")))
        return cls(
            blocks={name: bool(blocks.get(member)) for name, member in BLOCKS.items()},
            versioning=versioning.get("Status", ""),
            mfa_delete=versioning.get("MFADelete") == "Enabled",
            object_lock=_object_lock(known["get_object_lock_configuration"].get("ObjectLockConfiguration", {})),
            object_ownership=ownership,
            encryption=_encryption(known["get_bucket_encryption"].get("ServerSideEncryptionConfiguration", {})),
            logging_bucket=known["get_bucket_logging"].get("LoggingEnabled", {}).get("TargetBucket", ""),
            lifecycle=tuple(
                LifecycleRule.of(rule) for rule in known["get_bucket_lifecycle_configuration"].get("Rules", [])
            ),
            replicas=_replicas(known["get_bucket_replication"].get("ReplicationConfiguration", {})),
            requester_pays=known["get_bucket_request_payment"].get("Payer") == "Requester",
            region=_region(replies.get("get_bucket_location")),
            acl_grants=() if ownership == "BucketOwnerEnforced" else _acl_grants(known["get_bucket_acl"]),
            policy_is_public=bool(known["get_bucket_policy_status"].get("PolicyStatus", {}).get("IsPublic")),
            key_state=str(metadata.get("KeyState", "")),
            key_rotation=bool(known["get_key_rotation_status"].get("KeyRotationEnabled")),
            key_deletion_date=timestamps.optional_day(metadata.get("DeletionDate")),
            key_region=key_arn.region if key_arn else "",
            key_type=_key_type(metadata),
            unread=tuple(unread),
        )

    def as_result(self) -> dict[str, Any]:
        """Return the settings for the module's result, without those that were not read."""
        unread = {name for item in self.unread for name in item.setting.names}
        settings = {
            "public_access_block": dict(self.blocks),
            "policy_is_public": self.policy_is_public,
            "versioning": self.versioning,
            "mfa_delete": self.mfa_delete,
            "object_lock": None if self.object_lock is None else dict(self.object_lock),
            "object_ownership": self.object_ownership,
            "encryption": dict(self.encryption),
            "logging_bucket": self.logging_bucket,
            "lifecycle": [rule.as_result() for rule in self.lifecycle],
            "replicas": [dict(replica) for replica in self.replicas],
            "requester_pays": self.requester_pays,
            "region": self.region,
            "acl_grants": list(self.acl_grants),
            "key_state": self.key_state,
            "key_rotation": self.key_rotation,
            "key_deletion_date": self.key_deletion_date,
        }
        return {name: value for name, value in settings.items() if name not in unread}


def _object_lock(configuration: Reply) -> Mapping[str, Any] | None:
    if configuration.get("ObjectLockEnabled") != "Enabled":
        return None
    retention = configuration.get("Rule", {}).get("DefaultRetention", {})
    return {"mode": retention.get("Mode", ""), "days": retention.get("Days"), "years": retention.get("Years")}


def _encryption(configuration: Reply) -> Mapping[str, Any]:
    rule: Reply = next(iter(configuration.get("Rules", [])), {})
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {
        "algorithm": default.get("SSEAlgorithm", ""),
        "key": default.get("KMSMasterKeyID", ""),
        "bucket_key": bool(rule.get("BucketKeyEnabled")),
    }


def _replicas(configuration: Reply) -> tuple[Mapping[str, str], ...]:
    """The destinations of the rules that are enabled."""
    destinations = [
        rule.get("Destination", {}) for rule in configuration.get("Rules", []) if rule.get("Status") == "Enabled"
    ]
    return tuple(
        {
            "bucket": str(destination.get("Bucket", "")).rpartition(":::")[2],
            "account": str(destination.get("Account") or ""),
        }
        for destination in destinations
    )


def _region(reply: Reply | None) -> str:
    if reply is None:
        return ""
    location = str(reply.get("LocationConstraint") or "")
    return _LOCATIONS.get(location, location)


def _acl_grants(reply: Reply) -> tuple[str, ...]:
    """The grants to others than the owner: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"""
    owner = reply.get("Owner", {}).get("ID")
    grants = [(item.get("Permission", ""), item.get("Grantee", {})) for item in reply.get("Grants", [])]
    return tuple(
        f"{permission} to {grantee.get('URI') or grantee.get('EmailAddress') or grantee.get('ID')}"
        for permission, grantee in grants
        if not (grantee.get("ID") and grantee.get("ID") == owner)
    )


def _key_type(metadata: Reply) -> str:
    """The spec and usage of a key with which CloudTrail cannot encrypt.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    spec, usage = metadata.get("KeySpec", "SYMMETRIC_DEFAULT"), metadata.get("KeyUsage", "ENCRYPT_DECRYPT")
    return "" if (spec, usage) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT") else f"{spec} key for {usage}"
