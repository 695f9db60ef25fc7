# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bucket settings in which moto differs from S3: their checks, or their whole implementation.

Each function takes the state, the request and moto's bucket, and returns a response, or None for moto's response.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import PublicAccessBlock

from cloudtrail_sandbox.aws_call import Call
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.judge import Principal, Request, evaluate
from cloudtrail_sandbox.responses import S3_NAMESPACE, Response, empty_response, xml_response
from cloudtrail_sandbox.s3.permissions import bucket_arn
from cloudtrail_sandbox.state import State

Setting = Callable[[State, Call, Any], Response | None]
SSE_S3 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}
ENFORCED = "BucketOwnerEnforced"
NOT_SUPPORTED = "The bucket does not allow ACLs"


def new_bucket(bucket: Any) -> None:
    """Set the defaults of a new bucket: SSE-S3 (since January 2023), no ACLs and no public access (since April 2023).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
    """
    bucket.encryption = json.loads(json.dumps(SSE_S3))
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    bucket.ownership_rule = bucket.ownership_rule or ENFORCED


def delete_encryption(state: State, call: Call, bucket: Any) -> Response:
    """Set SSE-S3, because a bucket always has default encryption."""
    bucket.encryption = json.loads(json.dumps(SSE_S3))
    return empty_response(204)


def put_acl(state: State, call: Call, bucket: Any) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html"""
    if bucket.ownership_rule == ENFORCED and call.header("x-amz-acl") != "bucket-owner-full-control":
        raise ApiError("AccessControlListNotSupported", NOT_SUPPORTED)


def put_request_payment(state: State, call: Call, bucket: Any) -> Response:
    payer = (call.parameters.get("RequestPaymentConfiguration") or {}).get("Payer")
    if payer not in ("BucketOwner", "Requester"):
        raise ApiError("MalformedXML", "The XML you provided was not well-formed")
    bucket.payer = payer
    return empty_response(200)


def get_request_payment(state: State, call: Call, bucket: Any) -> Response:
    element = "RequestPaymentConfiguration"
    return xml_response(f'<{element} xmlns="{S3_NAMESPACE}"><Payer>{bucket.payer}</Payer></{element}>')


def put_versioning(state: State, call: Call, bucket: Any) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html"""
    status = (call.parameters.get("VersioningConfiguration") or {}).get("Status")
    if status not in ("Enabled", "Suspended"):
        raise ApiError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    if bucket.object_lock_enabled and status == "Suspended":
        raise ApiError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            409,
        )


def put_object_lock(state: State, call: Call, bucket: Any) -> Response:
    """Set the configuration, which versioned buckets accept at any time
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html)."""
    configuration = call.parameters.get("ObjectLockConfiguration") or {}
    retention: Mapping[str, Any] = (configuration.get("Rule") or {}).get("DefaultRetention") or {}
    if configuration.get("ObjectLockEnabled") != "Enabled" or not _is_retention(retention):
        raise ApiError("MalformedXML", "The XML you provided was not well-formed")
    if not bucket.is_versioned:
        sentence = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise ApiError("InvalidBucketState", sentence, 409)
    bucket.object_lock_enabled = True
    bucket.default_lock_mode = retention.get("Mode")
    bucket.default_lock_days = int(retention.get("Days") or 0)
    bucket.default_lock_years = int(retention.get("Years") or 0)
    return empty_response(200)


def _is_retention(retention: Mapping[str, Any]) -> bool:
    """Whether a retention is empty, or has a mode and exactly one period."""
    if not retention:
        return True
    periods = [int(retention[name]) for name in ("Days", "Years") if retention.get(name) is not None]
    return retention.get("Mode") in ("GOVERNANCE", "COMPLIANCE") and len(periods) == 1 and periods[0] > 0


def get_object_lock(state: State, call: Call, bucket: Any) -> Response:
    if not bucket.object_lock_enabled:
        sentence = "Object Lock configuration does not exist for this bucket"
        raise ApiError("ObjectLockConfigurationNotFoundError", sentence, 404)
    rule = ""
    if bucket.default_lock_mode:
        unit, period = ("Days", bucket.default_lock_days) if bucket.default_lock_days else ("Years", None)
        amount = period or bucket.default_lock_years
        retention = f"<Mode>{bucket.default_lock_mode}</Mode><{unit}>{amount}</{unit}>"
        rule = f"<Rule><DefaultRetention>{retention}</DefaultRetention></Rule>"
    element = "ObjectLockConfiguration"
    enabled = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"
    return xml_response(f'<{element} xmlns="{S3_NAMESPACE}">{enabled}{rule}</{element}>')


def put_logging(state: State, call: Call, bucket: Any) -> Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    enabled = (call.parameters.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
    if not enabled:
        bucket.logging = {}
        return empty_response(200)
    name, prefix = str(enabled.get("TargetBucket", "")), str(enabled.get("TargetPrefix") or "")
    target = state.moto_bucket(name)
    why = _unfit_target(bucket, target)
    if not why and not _logs_admitted(state, bucket, target, prefix):
        why = "The logging service is not permitted to write to the target bucket."
    if why:
        raise ApiError("InvalidTargetBucketForLogging", why)
    bucket.logging = {"TargetBucket": name, "TargetPrefix": prefix}
    return empty_response(200)


def _unfit_target(bucket: Any, target: Any) -> str:
    if target is None:
        return "The target bucket for logging does not exist"
    if target.account_id != bucket.account_id:
        return "The owner for the bucket to be logged and the target bucket must be the same."
    if target.region_name != bucket.region_name:
        return "The source and target bucket must be in the same Region."
    if target.has_default_lock:
        return "The target bucket must not have a default retention period."
    return ""


def _logs_admitted(state: State, bucket: Any, target: Any, prefix: str) -> bool:
    """Whether an ACL or the bucket policy allows logging.s3.amazonaws.com to put objects there."""
    if target.ownership_rule != ENFORCED and target._log_permissions_enabled_acl(target):
        return True
    context = {"aws:SourceArn": bucket_arn(bucket.name), "aws:SourceAccount": bucket.account_id}
    request = Request(
        action="s3:PutObject",
        resource=f"{bucket_arn(target.name)}/{prefix}2026-01-01-00-00-00-0123456789ABCDEF",
        principal=Principal(kind="service", service="logging.s3.amazonaws.com"),
        context={**context, "aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "true"},
    )
    return bool(evaluate(state.policy(target.name), request).allowed)


SETTINGS: dict[str, Setting] = {
    "DeleteBucketEncryption": delete_encryption,
    "PutBucketAcl": put_acl,
    "PutBucketRequestPayment": put_request_payment,
    "GetBucketRequestPayment": get_request_payment,
    "PutBucketVersioning": put_versioning,
    "PutObjectLockConfiguration": put_object_lock,
    "GetObjectLockConfiguration": get_object_lock,
    "PutBucketLogging": put_logging,
}
