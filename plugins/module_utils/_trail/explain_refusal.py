# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Why CloudTrail refused a trail: read bucket policy and key policy, and name the statement that does not match.

Note that this module util is PRIVATE to the collection: it can change at any time.

CloudTrail's error says only that the policy of the bucket or the key is insufficient. Only the log-archive account can
read both policies. With credentials of another account, the explanation names the permissions that CloudTrail needs.
"""

from __future__ import annotations

from collections.abc import Sequence

from .._aws import arn as arns
from .._aws.gateway import Gateway
from .._core.errors import AwsFailure
from .._log_files.object_keys import log_root
from .._policy import document
from .._policy.match import Match
from .._policy.principal import CLOUDTRAIL, SERVICE, Principal
from .._policy.simulate import Request, simulate
from .._policy.statement import BUCKET, KEY, of_document
from .state import TrailState

_SERVICE = Principal(kind=SERVICE, name=CLOUDTRAIL)
# CloudTrail's requests have the time, and the organization if the trail's account is a member of one
_UNKNOWN = frozenset({"aws:currenttime", "aws:epochtime", "aws:sourceorgid", "aws:sourceorgpaths"})


def refusal(gateway: Gateway, desired: TrailState, trail_arn: str, code: str, organization_id: str = "") -> str:
    """Return sentences that explain the error C(code) of CreateTrail or UpdateTrail; empty if there is no explanation.

    C(gateway) reads the policies, C(desired) is the trail that CloudTrail refused, and C(organization_id) is the id of
    the organization if the trail is an organization trail. Failures of AWS become a part of the explanation.
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
    """
    if code == "KmsKeyNotFoundException":
        return _regions(gateway, desired)
    if code not in ("InsufficientS3BucketPolicyException", "InsufficientEncryptionPolicyException"):
        return ""
    sentences = [_bucket(gateway, desired, trail_arn, organization_id)]
    if desired.kms_key and code == "InsufficientEncryptionPolicyException":
        sentences.append(_key(gateway, desired, trail_arn, organization_id))
    return " ".join(sentences)


def bucket_requests(desired: TrailState, trail_arn: str, organization_id: str = "") -> list[Request]:
    """Return the requests that CloudTrail makes to the bucket.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    arn = arns.parse(trail_arn)
    partition, account = (arn.partition, arn.account) if arn else ("aws", "")
    bucket = f"arn:{partition}:s3:::{desired.bucket}"
    context = _context(trail_arn, organization_id)
    with_acl = {**context, "s3:x-amz-acl": "bucket-owner-full-control"}
    organizations = ["", organization_id] if organization_id else [""]
    return [
        _request("s3:GetBucketAcl", bucket, context),
        *(
            _request(
                "s3:PutObject",
                f"{bucket}/{log_root(desired.key_prefix, organization)}{account}/CloudTrail/file",
                with_acl,
            )
            for organization in organizations
        ),
    ]


def key_requests(desired: TrailState, trail_arn: str, organization_id: str = "") -> list[Request]:
    """Return the requests that CloudTrail makes to the key.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    context = _context(trail_arn, organization_id)
    encrypt = {**context, "kms:encryptioncontext:aws:cloudtrail:arn": trail_arn}
    return [
        _request("kms:GenerateDataKey", desired.kms_key, encrypt),
        _request("kms:DescribeKey", desired.kms_key, context),
    ]


def _context(trail_arn: str, organization_id: str) -> dict[str, str]:
    """The condition keys of each request of CloudTrail for the trail.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    arn = arns.parse(trail_arn)
    context = {
        "aws:principalisawsservice": "true",
        "aws:principalservicename": CLOUDTRAIL,
        "aws:securetransport": "true",
        "aws:sourceaccount": arn.account if arn else "",
        "aws:sourcearn": trail_arn,
    }
    return {**context, "aws:sourceorgid": organization_id} if organization_id else context


def _request(action: str, resource: str, context: dict[str, str]) -> Request:
    return Request(principal=_SERVICE, action=action, resource=resource, context=context, unknown=_UNKNOWN)


def _bucket(gateway: Gateway, desired: TrailState, trail_arn: str, organization_id: str) -> str:
    policy = f"The policy of bucket {desired.bucket}"
    requests = bucket_requests(desired, trail_arn, organization_id)
    try:
        reply = gateway.call(
            "s3",
            "get_bucket_policy",
            absent=("NoSuchBucketPolicy",),
            Bucket=desired.bucket,
            ExpectedBucketOwner=gateway.account,
        )
    except AwsFailure as failure:
        return _unreadable(policy, requests, failure)
    return _explained(policy, BUCKET, reply["Policy"] if reply else "{}", requests)


def _key(gateway: Gateway, desired: TrailState, trail_arn: str, organization_id: str) -> str:
    policy = f"The policy of key {desired.kms_key}"
    requests = key_requests(desired, trail_arn, organization_id)
    key = arns.parse(desired.kms_key)
    try:
        if key and key.account != gateway.account:
            raise AwsFailure("GetKeyPolicy", "AccessDenied", f"the key is in account {key.account}")
        reply = gateway.call("kms", "get_key_policy", KeyId=desired.kms_key, PolicyName="default")
    except AwsFailure as failure:
        return _unreadable(policy, requests, failure)
    return _explained(policy, KEY, reply["Policy"], requests)


def _explained(policy: str, kind: str, text: str, requests: Sequence[Request]) -> str:
    """Whether a policy allows all requests, and the reasons if it does not."""
    try:
        statements = of_document(kind, document.parse(text, policy))
    except document.MalformedPolicy as error:  # an explanation must not hide AWS's own error
        return str(error)
    decisions = [simulate(statements, request) for request in requests]
    reasons = "; ".join(decision.reason for decision in decisions if decision.reason)
    verb = {Match.YES: "allows", Match.MAYBE: "may not allow", Match.NO: "does not allow"}[
        min(decision.allowed for decision in decisions)
    ]
    return f"{policy} {verb} the trail{': ' if reasons else ''}{reasons}."


def _unreadable(policy: str, requests: Sequence[Request], failure: AwsFailure) -> str:
    permissions = " and ".join(f"{request.action} on {request.resource}" for request in requests)
    source = requests[0].context["aws:sourcearn"]
    return (
        f"{policy} must allow {CLOUDTRAIL} {permissions} for aws:SourceArn {source}. These credentials cannot read the"
        f" policy ({failure.code}). Set log_archive_role_arn to a role that can read the policy."
    )


def _regions(gateway: Gateway, desired: TrailState) -> str:
    """A sentence if key and bucket are in different Regions."""
    key = arns.parse(desired.kms_key)
    try:
        region = gateway.call("s3", "head_bucket", Bucket=desired.bucket, ExpectedBucketOwner=gateway.account).get(
            "BucketRegion", ""
        )
    except AwsFailure:
        region = ""
    if key and region and region != key.region:
        return f"The key is in {key.region}, but bucket {desired.bucket} is in {region}. Use a key in {region}."
    return ""
