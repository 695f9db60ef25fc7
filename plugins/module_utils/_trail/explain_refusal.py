# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Why CloudTrail refused a trail: read bucket policy and key policy, and name the statement that does not match.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail says only that a permission on "bucket or key" is missing. Both policies can be read in the log-archive
account alone, so that this works with credentials there; without them the sentence says what has to be allowed.
"""

from __future__ import annotations

import json

from .._aws import arn as _arn
from .._aws.gateway import Gateway
from .._core.errors import AwsFailure
from .._policy.simulate import Request, refused_because
from .state import TrailState


def refusal(gateway: Gateway, trail: TrailState, trail_arn: str, code: str, organization: str = "") -> str:
    """What is wrong with the two policies, or with the Regions, for this trail; one sentence each.

    C(organization) is the id of the organization whose trail it is.
    """
    if code == "KmsKeyNotFoundException":
        return _regions(gateway, trail)
    if code not in ("InsufficientS3BucketPolicyException", "InsufficientEncryptionPolicyException"):
        return ""
    sentences = [_bucket(gateway, trail, trail_arn, organization)]
    if trail.kms_key and code == "InsufficientEncryptionPolicyException":
        sentences.append(_key(gateway, trail, trail_arn))
    return " ".join(sentence for sentence in sentences if sentence)


def bucket_requests(trail: TrailState, trail_arn: str, organization: str = "") -> list[Request]:
    """What CloudTrail does in the bucket.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    arn = _arn.parse(trail_arn)
    partition, account = (arn.partition, arn.account) if arn else ("aws", "")
    bucket = f"arn:{partition}:s3:::{trail.bucket}"
    folder = f"{trail.key_prefix}/AWSLogs" if trail.key_prefix else "AWSLogs"
    context = {"aws:sourcearn": trail_arn, "aws:sourceaccount": account, "aws:securetransport": "true"}
    write = {**context, "s3:x-amz-acl": "bucket-owner-full-control"}
    owners = [account, f"{organization}/{account}"] if organization else [account]
    return [
        Request("s3:GetBucketAcl", bucket, context),
        *(Request("s3:PutObject", f"{bucket}/{folder}/{owner}/CloudTrail/file", write) for owner in owners),
    ]


def key_requests(trail: TrailState, trail_arn: str) -> list[Request]:
    """What CloudTrail does with the key.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    arn = _arn.parse(trail_arn)
    context = {"aws:sourcearn": trail_arn, "aws:sourceaccount": arn.account if arn else ""}
    encrypt = {**context, "kms:encryptioncontext:aws:cloudtrail:arn": trail_arn}
    return [
        Request("kms:GenerateDataKey", trail.kms_key, encrypt),
        Request("kms:DescribeKey", trail.kms_key, context),
    ]


def _bucket(gateway: Gateway, trail: TrailState, trail_arn: str, organization: str) -> str:
    needed = bucket_requests(trail, trail_arn, organization)
    try:
        reply = gateway.call(
            "s3",
            "get_bucket_policy",
            absent=("NoSuchBucketPolicy",),
            Bucket=trail.bucket,
            ExpectedBucketOwner=gateway.account,
        )
    except AwsFailure as failure:
        return _unreadable(f"The policy of bucket {trail.bucket}", needed, failure)
    return _judged(f"The policy of bucket {trail.bucket}", reply["Policy"] if reply else "{}", needed)


def _key(gateway: Gateway, trail: TrailState, trail_arn: str) -> str:
    needed = key_requests(trail, trail_arn)
    key = _arn.parse(trail.kms_key)
    try:
        if key and key.account != gateway.account:
            raise AwsFailure("GetKeyPolicy", "AccessDenied", f"the key is in account {key.account}")
        reply = gateway.call("kms", "get_key_policy", KeyId=trail.kms_key, PolicyName="default")
    except AwsFailure as failure:
        return _unreadable(f"The policy of key {trail.kms_key}", needed, failure)
    return _judged(f"The policy of key {trail.kms_key}", reply["Policy"], needed)


def _judged(what: str, text: str, needed: list[Request]) -> str:
    try:
        policy = json.loads(text)
        reasons = [reason for request in needed if (reason := refused_because(policy, request))]
    except (ValueError, TypeError, AttributeError, KeyError) as error:  # an explanation must not hide AWS's own error
        return f"{what} cannot be judged ({type(error).__name__}: {error})."
    return f"{what} does not admit the trail: {'; '.join(reasons)}." if reasons else f"{what} admits the trail."


def _unreadable(what: str, needed: list[Request], failure: AwsFailure) -> str:
    actions = " and ".join(f"{request.action} on {request.resource}" for request in needed)
    source = needed[0].context["aws:sourcearn"]
    return (
        f"{what} has to allow cloudtrail.amazonaws.com {actions} for aws:SourceArn {source}; with these credentials it"
        f" cannot be read ({failure.code}). Give log_archive_role_arn to have it judged."
    )


def _regions(gateway: Gateway, trail: TrailState) -> str:
    key = _arn.parse(trail.kms_key)
    try:
        region = gateway.call("s3", "head_bucket", Bucket=trail.bucket, ExpectedBucketOwner=gateway.account).get(
            "BucketRegion", ""
        )
    except AwsFailure:
        region = ""
    if key and region and region != key.region:
        return f"The key is in {key.region} but bucket {trail.bucket} in {region}: use a key in {region}."
    return ""
