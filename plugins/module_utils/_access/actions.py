# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The actions that let a principal encrypt, decrypt, read, write, delete, or administer. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
"""

from __future__ import annotations

from dataclasses import dataclass

from .._policy.statement import BUCKET, KEY


@dataclass(frozen=True, kw_only=True)
class Ability:
    """Something that a principal can do by any of the C(actions).

    By the actions in C(indirect), principals can give the ability to themselves or to others.
    """

    policy: str  # KEY or BUCKET: the policy that decides
    actions: tuple[str, ...]
    indirect: tuple[str, ...] = ()


ENCRYPT_LOGS = Ability(
    policy=KEY,
    actions=(
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyPair",
        "kms:GenerateDataKeyPairWithoutPlaintext",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptTo",
    ),
)
DECRYPT_LOGS = Ability(
    policy=KEY,
    actions=("kms:Decrypt", "kms:ReEncryptFrom"),
    # who replicates a multi-Region key writes the policy of the replica
    indirect=("kms:CreateGrant", "kms:PutKeyPolicy", "kms:ReplicateKey"),
)
READ_LOGS = Ability(
    policy=BUCKET,
    actions=("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectVersionForReplication"),
    indirect=(
        "s3:PutBucketAcl",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutObjectAcl",
        "s3:PutObjectVersionAcl",
        "s3:PutReplicationConfiguration",
    ),
)
WRITE_LOGS = Ability(policy=BUCKET, actions=("s3:PutObject", "s3:ReplicateObject"))
DELETE_LOGS = Ability(
    policy=BUCKET,
    actions=(
        "s3:BypassGovernanceRetention",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
    ),
    # objects can be encrypted again with another key, which can be deleted, and ACLs can allow to delete
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html
    # Lifecycle rules can delete the objects that have a tag:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
    indirect=(
        "s3:DeleteBucketPolicy",
        "s3:PutBucketAcl",
        "s3:PutBucketOwnershipControls",
        "s3:PutBucketPolicy",
        "s3:PutEncryptionConfiguration",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
        "s3:PutReplicationConfiguration",
        "s3:ReplicateDelete",
        "s3:UpdateObjectEncryption",
    ),
)
# without the key, nobody can read the logs again
DELETE_KEY = Ability(
    policy=KEY,
    actions=("kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:ScheduleKeyDeletion"),
    indirect=("kms:PutKeyPolicy",),
)
# the actions that Security Hub's control S3.6 names
# https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-6
ADMINISTER_BUCKET = Ability(
    policy=BUCKET,
    actions=(
        "s3:DeleteBucketPolicy",
        "s3:PutBucketAcl",
        "s3:PutBucketPolicy",
        "s3:PutEncryptionConfiguration",
        "s3:PutObjectAcl",
    ),
)
_BUCKET_ACTIONS = (  # beginnings
    "s3:DeleteBucket",
    "s3:PutBucket",
    "s3:PutEncryption",
    "s3:PutLifecycle",
    "s3:PutReplication",
)


def is_about_bucket(action: str) -> bool:
    """Return whether the resource of an S3 action in the tables above is the bucket, not its objects."""
    return action.startswith(_BUCKET_ACTIONS)
