# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The owned statements of the log bucket's policy. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
"""

from __future__ import annotations

from collections.abc import Sequence

from .._policy import equivalence
from .._policy.document import StatementValue, unnumbered
from .._policy.principal import CLOUDTRAIL
from . import folders, layouts
from .allowed_accounts import ALLOWED_ACCOUNTS, AllowedAccounts
from .layouts import COMPACT, ConditionValue
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

READ, DENY_DELETE, DENY_INSECURE_TRANSPORT = "read", "deny_delete", "deny_insecure_transport"

_PARTS = {
    "CentralLoggingAclCheck": ALLOWED_ACCOUNTS,
    "CentralLoggingWrite": ALLOWED_ACCOUNTS,
    "CentralLoggingOrganizationAclCheck": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationWriteManagement": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationWrite": ORGANIZATION_TRAILS,
    "CentralLoggingList": READ,
    "CentralLoggingRead": READ,
    "CentralLoggingDenyDelete": DENY_DELETE,
    "CentralLoggingDenyInsecureTransport": DENY_INSECURE_TRANSPORT,
}

# All actions that remove log files or shorten their retention. Lifecycle rules, versioning and Object Lock are included
# because S3 does not evaluate the bucket policy when an object expires:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
_DELETING = [
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
]


def part(sid: str) -> str:
    """The part of the bucket policy that the Sid stands for, if any; a number may follow the Sid."""
    return _PARTS.get(unnumbered(sid), "")


def allow_accounts(
    partition: str, bucket: str, prefixes: Sequence[str], layout: str, allowed: AllowedAccounts
) -> list[StatementValue]:
    """The statements that allow the accounts' trails to check the bucket and to write below each prefix."""
    if not allowed:
        return []
    source = layouts.source_condition(layout, allowed, partition)
    # the list of accounts is not repeated: reading the ACL discloses nothing, and the policy has a size limit
    acl_source = {"ArnLike": source["ArnLike"]} if layout == COMPACT else source
    bucket_arn = _arn(partition, bucket)
    return [
        _acl_check("CentralLoggingAclCheck", bucket_arn, acl_source),
        _write(
            "CentralLoggingWrite",
            folders.resources(bucket_arn, prefixes, layouts.listed_accounts(layout, allowed)),
            source,
        ),
    ]


def allow_organization_trails(
    partition: str, bucket: str, prefixes: Sequence[str], allowed: OrganizationTrails
) -> list[StatementValue]:
    """The three statements for organization trails. CloudTrail also checks the management account's own folder.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    if not allowed:
        return []
    source = allowed.source_condition(partition)
    bucket_arn = _arn(partition, bucket)
    management = folders.resources(bucket_arn, prefixes, allowed.accounts)
    organization = folders.resources(bucket_arn, prefixes, [allowed.organization])
    return [
        _acl_check("CentralLoggingOrganizationAclCheck", bucket_arn, source),
        _write("CentralLoggingOrganizationWriteManagement", management, source),
        _write("CentralLoggingOrganizationWrite", organization, source),
    ]


def _acl_check(sid: str, bucket_arn: str, source: ConditionValue) -> StatementValue:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": CLOUDTRAIL},
        "Action": "s3:GetBucketAcl",
        "Resource": bucket_arn,
        "Condition": source,
    }


def _write(sid: str, resources: Sequence[str], source: ConditionValue) -> StatementValue:
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": CLOUDTRAIL},
        "Action": "s3:PutObject",
        "Resource": list(resources),
        "Condition": {**source, "StringEquals": {**acl, **source.get("StringEquals", {})}},
    }


def allow_read(partition: str, bucket: str, readers: Sequence[str]) -> list[StatementValue]:
    """The statements that allow principals to list and get log files. The key policy allows to decrypt them."""
    if not readers:
        return []
    bucket_arn = _arn(partition, bucket)
    principal = {"AWS": sorted(readers)}
    return [
        {
            "Sid": "CentralLoggingList",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
            "Resource": bucket_arn,
        },
        {
            "Sid": "CentralLoggingRead",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": f"{bucket_arn}/*",
        },
    ]


def readers_of(statements: Sequence[StatementValue]) -> list[str]:
    """The principals of the owned statements that allow to read, sorted."""
    return sorted({name for statement in statements for name in equivalence.principals(statement)})


def deny_delete(partition: str, bucket: str, break_glass: Sequence[str]) -> list[StatementValue]:
    """The statement that denies deletion to all principals except the break-glass principals.

    A request without C(aws:PrincipalArn) is also denied, because a negated operator matches if the key is absent:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    statement: StatementValue = {
        "Sid": "CentralLoggingDenyDelete",
        "Effect": "Deny",
        "Principal": "*",
        "Action": _DELETING,
        "Resource": [_arn(partition, bucket), f"{_arn(partition, bucket)}/*"],
    }
    if break_glass:
        statement["Condition"] = {"ArnNotLike": {"aws:PrincipalArn": sorted(break_glass)}}
    return [statement]


def break_glass_of(statements: Sequence[StatementValue]) -> list[str]:
    """The break-glass principals of the owned statement that denies deletion."""
    return [arn for statement in statements for arn in equivalence.condition_values(statement, "aws:PrincipalArn")]


def deny_insecure_transport(partition: str, bucket: str) -> list[StatementValue]:
    """The statement that denies requests without TLS.

    https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html (S3.5)
    """
    return [
        {
            "Sid": "CentralLoggingDenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [_arn(partition, bucket), f"{_arn(partition, bucket)}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def _arn(partition: str, bucket: str) -> str:
    return f"arn:{partition}:s3:::{bucket}"
