# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail's checks of bucket, key, topic and log group before it creates or updates a trail.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
Known deviations: an id or alias of a key is looked up in the Region of the bucket, where the key must be; the policy
and the key of an SNS topic are not checked; every UpdateTrail checks everything, whatever it changes.
"""

from __future__ import annotations

from cloudtrail_sandbox.cloudtrail.requests import SERVICE, TrailRequests
from cloudtrail_sandbox.cloudtrail.trails import PARTITION, Trail
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.judge import Principal, Request, evaluate, evaluate_identity
from cloudtrail_sandbox.state import Bucket, Key, State

#: Any object name is enough, because policies name the folder.
TEST_OBJECT = "CloudTrail/{region}/test"


def preflight(state: State, trail: Trail) -> None:
    """Check everything, and replace the trail's key by its ARN. Raises ApiError."""
    _check_organization(state, trail)
    bucket = state.bucket(trail.bucket)
    if bucket is None:
        raise ApiError("S3BucketDoesNotExistException", f"S3 bucket {trail.bucket} does not exist!")
    requests = TrailRequests(state, trail)
    _check_bucket(requests, bucket)
    if trail.key:
        trail.key = _checked_key(requests, bucket).arn
    _check_topic(state, trail)
    _check_log_group(state, trail)


def _check_organization(state: State, trail: Trail) -> None:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-an-organizational-trail-prepare.html"""
    if not trail.organization:
        return
    organization = state.organization_of(trail.account)
    if organization is None:
        sentence = "The account is not a member of an organization."
        raise ApiError("OrganizationsNotInUseException", sentence)
    if organization[1] != trail.account:
        sentence = "The account is not the management account of its organization."
        raise ApiError("NotOrganizationMasterAccountException", sentence)
    if not state.trusts_cloudtrail():
        sentence = "Trusted access for CloudTrail is not enabled in the organization."
        raise ApiError("CloudTrailAccessNotEnabledException", sentence)


def _test_objects(requests: TrailRequests) -> list[str]:
    """The test objects; an organization trail has one in the account's folder and one in the organization's."""
    trail = requests.trail
    folders = [requests.folder(trail.account, False)]
    if trail.organization:
        folders.append(requests.folder(trail.account, True))
    return [f"{folder}/{TEST_OBJECT.format(region=trail.home)}" for folder in folders]


def _check_bucket(requests: TrailRequests, bucket: Bucket) -> None:
    """Check the bucket. The test object has SSE-S3 even for a trail with a key, so a policy for aws:kms only fails.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
    """
    good = (
        not bucket.requester_pays
        and requests.may_check_acl(bucket)
        and all(requests.may_put(bucket, name, None) for name in _test_objects(requests))
    )
    if not good:
        sentence = f"Incorrect S3 bucket policy is detected for bucket: {bucket.name}"
        raise ApiError("InsufficientS3BucketPolicyException", sentence)


def _checked_key(requests: TrailRequests, bucket: Bucket) -> Key:
    reference = requests.trail.key
    key = requests.state.key(reference, requests.trail.account, bucket.region)
    if key is None or key.region != bucket.region:
        sentence = f"KMS key {reference} does not exist or is not in the same Region as the S3 bucket {bucket.name}."
        raise ApiError("KmsKeyNotFoundException", sentence)
    if key.state != "Enabled" or key.usage != "ENCRYPT_DECRYPT" or key.spec != "SYMMETRIC_DEFAULT":
        sentence = f"KMS key {key.arn} cannot encrypt: it is {key.state}, {key.usage}, {key.spec}."
        raise ApiError("KmsException", sentence)
    objects = _test_objects(requests)
    if not all(requests.may_configure(bucket, name, key) and requests.may_put(bucket, name, key) for name in objects):
        sentence = f"Insufficient permissions to access S3 bucket {bucket.name} or KMS key {key.arn}."
        raise ApiError("InsufficientEncryptionPolicyException", sentence)
    return key


def _check_topic(state: State, trail: Trail) -> None:
    if trail.topic_arn and not state.topic_exists(trail.topic_arn):
        sentence = "SNS Topic does not exist or the topic policy is incorrect!"
        raise ApiError("InsufficientSnsTopicPolicyException", sentence)


def _check_log_group(state: State, trail: Trail) -> None:
    """Check log group and role: both or neither, in the trail's own account, and the role may write.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html ;
    the codes are those of https://github.com/aws/aws-cli/issues/5098 (permissions) and
    https://github.com/cloudposse/terraform-aws-cloudtrail-cloudwatch-alarms/issues/2 (trust).
    """
    if not trail.log_group and not trail.log_role:
        return
    group = trail.log_group
    own = group.startswith(f"arn:{PARTITION}:logs:") and f":{trail.account}:log-group:" in group
    if not own or not group.endswith(":*") or not state.log_group_exists(group):
        sentence = "CloudTrail cannot validate the specified log group ARN."
        raise ApiError("InvalidCloudWatchLogsLogGroupArnException", sentence)
    if not _may_assume(state, trail):
        sentence = "Access denied. Check the trust relationships for your role."
        raise ApiError("InvalidCloudWatchLogsRoleArnException", sentence)
    if not _role_may_write(state, trail):
        sentence = "Access denied. Check the permissions for your role."
        raise ApiError("InvalidCloudWatchLogsLogGroupArnException", sentence)


def _may_assume(state: State, trail: Trail) -> bool:
    trust = state.role(trail.log_role) if trail.log_role else None
    if trust is None or trail.log_role.split(":")[4] != trail.account:
        return False
    statements = trust.get("Statement", [])
    # A trust policy has no Resource: it applies to its role.
    policy = {**trust, "Statement": [{**statement, "Resource": "*"} for statement in _as_list(statements)]}
    context: dict[str, str | tuple[str, ...]] = {"aws:SourceArn": trail.arn, "aws:SourceAccount": trail.account}
    return evaluate(policy, Request("sts:AssumeRole", trail.log_role, SERVICE, context)).allowed


def _role_may_write(state: State, trail: Trail) -> bool:
    role = Principal(kind="role", arn=trail.log_role)
    stream = f"{trail.log_group.removesuffix(':*')}:log-stream:{trail.account}_CloudTrail_{trail.home}"
    requests = (Request(action, stream, role, {}) for action in ("logs:CreateLogStream", "logs:PutLogEvents"))
    policies = state.identity_policies(trail.log_role)
    return all(evaluate_identity(policies, request).allowed for request in requests)


def _as_list(value: object) -> list[dict[str, object]]:
    return list(value) if isinstance(value, list) else [value]  # type: ignore[list-item]
