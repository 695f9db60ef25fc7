# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3's operations, and the permissions that each needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudtrail_sandbox.access import Need
from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.state import PARTITION

#: Operations whose IAM action is not s3:<operation>.
ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectAttributes": "GetObject",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
#: Operations whose IAM action has their own name.
PLAIN = frozenset(
    {"CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "DeleteBucketWebsite", "DeleteObject"}
    | {"DeleteObjectTagging", "GetBucketAcl", "GetBucketLocation", "GetBucketLogging", "GetBucketOwnershipControls"}
    | {"GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketRequestPayment", "GetBucketTagging"}
    | {"GetBucketVersioning", "GetBucketWebsite", "GetObject", "GetObjectAcl", "GetObjectLegalHold"}
    | {"GetObjectRetention", "GetObjectTagging", "PutBucketAcl", "PutBucketLogging", "PutBucketOwnershipControls"}
    | {"PutBucketPolicy", "PutBucketRequestPayment", "PutBucketTagging", "PutBucketVersioning", "PutBucketWebsite"}
    | {"PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging"}
)
#: Actions with a counterpart for a given version of an object.
VERSIONED = {
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
#: Headers of CreateBucket and PutObject that need another permission.
CREATE_BUCKET_EXTRAS = {
    "x-amz-acl": ("PutBucketAcl",),
    "x-amz-object-ownership": ("PutBucketOwnershipControls",),
    "x-amz-bucket-object-lock-enabled": ("PutBucketObjectLockConfiguration", "PutBucketVersioning"),
}
PUT_OBJECT_EXTRAS = {
    "x-amz-acl": ("PutObjectAcl",),
    "x-amz-tagging": ("PutObjectTagging",),
    "x-amz-object-lock-mode": ("PutObjectRetention",),
    "x-amz-object-lock-legal-hold": ("PutObjectLegalHold",),
}
#: Request headers that are condition keys (https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html).
CONDITION_HEADERS = (
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-content-sha256",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
)
CONDITION_PARAMETERS = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}


def is_known(operation: str) -> bool:
    """Whether the sandbox has the operation, because moto takes an unknown one for another."""
    return operation in ACTIONS or operation in PLAIN


def needs_of(call: Call) -> list[Need]:
    """The permissions for one request, except those on the single objects of DeleteObjects."""
    action = ACTIONS.get(call.operation, call.operation)
    bucket, key = call.text("Bucket"), call.text("Key")
    if not bucket:
        return [Need(f"s3:{action}")]
    context = conditions(call)
    if not key:
        extras = CREATE_BUCKET_EXTRAS if call.operation == "CreateBucket" else {}
        names = [action, *_extra(call, extras)]
        return [Need(f"s3:{name}", bucket_arn(bucket), context) for name in names]
    if call.text("VersionId"):
        action = VERSIONED.get(action, action)
    names = [action, *_extra(call, PUT_OBJECT_EXTRAS if action == "PutObject" else {})]
    if call.header("x-amz-bypass-governance-retention").lower() == "true":
        names.append("BypassGovernanceRetention")
    needs = [Need(f"s3:{name}", f"{bucket_arn(bucket)}/{key}", context) for name in names]
    return needs


def bucket_arn(name: str) -> str:
    return f"arn:{PARTITION}:s3:::{name}"


def conditions(call: Call) -> Mapping[str, str]:
    """S3's own condition keys of the request."""
    context = {f"s3:{name}": call.header(name) for name in CONDITION_HEADERS if call.header(name)}
    context |= {key: call.text(name) for name, key in CONDITION_PARAMETERS.items() if call.text(name)}
    if call.text("VersionId"):
        context["s3:VersionId"] = call.text("VersionId")
    return {**context, "s3:authType": "REST-HEADER", "s3:signatureversion": "AWS4-HMAC-SHA256", "s3:TlsVersion": "1.2"}


def _extra(call: Call, extras: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [action for header, actions in extras.items() if call.header(header) for action in actions]
