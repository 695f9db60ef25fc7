# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The settings of bucket and key, from AWS's replies. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core import timestamps

BLOCKS = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}
Reply = Mapping[str, Any]


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
    lifecycle: tuple[Mapping[str, Any], ...]
    policy_is_public: bool
    key_state: str
    key_rotation: bool
    key_deletion_date: str

    @classmethod
    def of(cls, replies: Mapping[str, Reply | None]) -> ArchiveState:
        """Return the settings from the replies by operation. A reply is None if AWS has no such setting."""
        known = {operation: reply or {} for operation, reply in replies.items()}
        blocks = known["get_public_access_block"].get("PublicAccessBlockConfiguration", {})
        versioning = known["get_bucket_versioning"]
        rules = known["get_bucket_ownership_controls"].get("OwnershipControls", {}).get("Rules", [])
        metadata = known["describe_key"]["KeyMetadata"]
        return cls(
            blocks={name: bool(blocks.get(member)) for name, member in BLOCKS.items()},
            versioning=versioning.get("Status", ""),
            mfa_delete=versioning.get("MFADelete") == "Enabled",
            object_lock=_object_lock(known["get_object_lock_configuration"].get("ObjectLockConfiguration", {})),
            object_ownership=next((rule.get("ObjectOwnership", "") for rule in rules), ""),
            encryption=_encryption(known["get_bucket_encryption"].get("ServerSideEncryptionConfiguration", {})),
            logging_bucket=known["get_bucket_logging"].get("LoggingEnabled", {}).get("TargetBucket", ""),
            lifecycle=tuple(_rule(rule) for rule in known["get_bucket_lifecycle_configuration"].get("Rules", [])),
            policy_is_public=bool(known["get_bucket_policy_status"].get("PolicyStatus", {}).get("IsPublic")),
            key_state=str(metadata.get("KeyState", "")),
            key_rotation=bool(known["get_key_rotation_status"].get("KeyRotationEnabled")),
            key_deletion_date=timestamps.optional_day(metadata.get("DeletionDate")),
        )

    @property
    def expirations(self) -> list[str]:
        """What each lifecycle rule deletes and when, as clauses."""
        return [
            f"rule {rule['id'] or 'without an id'} deletes {what} after {rule[name]} days"
            for rule in self.lifecycle
            if rule["enabled"]
            for name, what in (
                ("expiration_days", "objects"),
                ("noncurrent_expiration_days", "noncurrent versions"),
            )
            if rule[name] is not None
        ]

    def as_result(self) -> dict[str, Any]:
        """Return the settings for the module's result."""
        return {
            "public_access_block": dict(self.blocks),
            "policy_is_public": self.policy_is_public,
            "versioning": self.versioning,
            "mfa_delete": self.mfa_delete,
            "object_lock": None if self.object_lock is None else dict(self.object_lock),
            "object_ownership": self.object_ownership,
            "encryption": dict(self.encryption),
            "logging_bucket": self.logging_bucket,
            "lifecycle": [dict(rule) for rule in self.lifecycle],
            "key_state": self.key_state,
            "key_rotation": self.key_rotation,
            "key_deletion_date": self.key_deletion_date,
        }


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


def _rule(rule: Reply) -> Mapping[str, Any]:
    return {
        "id": rule.get("ID", ""),
        "enabled": rule.get("Status") == "Enabled",
        "expiration_days": rule.get("Expiration", {}).get("Days"),
        "noncurrent_expiration_days": rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),
    }
