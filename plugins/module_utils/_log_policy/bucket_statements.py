# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The statements that we own in a log bucket's policy. Pure.

Note that this module util is PRIVATE to the collection: it can change at any time.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
"""

from __future__ import annotations

from collections.abc import Sequence

from .._policy import equivalence
from .._policy.document import StatementValue
from .._policy.principal import CLOUDTRAIL
from . import allowed_accounts
from .allowed_accounts import ACCOUNTS, COMPACT, EXACT, Admitted
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

ADMIT, READ, DENY_DELETE, DENY_INSECURE_TRANSPORT = "admit", "read", "deny_delete", "deny_insecure_transport"

_SIDS = {
    "CentralLoggingAclCheck": ADMIT,
    "CentralLoggingWrite": ADMIT,
    "CentralLoggingOrganizationAclCheck": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationWriteManagement": ORGANIZATION_TRAILS,
    "CentralLoggingOrganizationWrite": ORGANIZATION_TRAILS,
    "CentralLoggingList": READ,
    "CentralLoggingRead": READ,
    "CentralLoggingDenyDelete": DENY_DELETE,
    "CentralLoggingDenyInsecureTransport": DENY_INSECURE_TRANSPORT,
}
_CLOUDTRAIL = {"Service": CLOUDTRAIL}
_Condition = dict[str, dict[str, object]]

# Everything by which log files can be made to disappear or be kept for less time. Lifecycle rules, versioning and
# Object Lock belong here because expiry deletes without asking the bucket policy:
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
    """The part of the policy that a Sid of ours belongs to; empty for a foreign Sid."""
    return _SIDS.get(sid, "")


def is_ours(sid: str) -> bool:
    return sid in _SIDS


def admit(
    partition: str, bucket: str, prefixes: Sequence[str], layout: str, admitted: Admitted
) -> list[StatementValue]:
    """The statements by which trails check the bucket and write to it."""
    if not admitted:
        return []
    source = allowed_accounts.source(layout, admitted, partition)
    # the list of accounts is not repeated here: reading the ACL gives nothing away, and the policy would be full sooner
    check = {"ArnLike": source["ArnLike"]} if layout == COMPACT else source
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    folders = admitted.accounts if layout in (EXACT, ACCOUNTS) else ("",)
    return [
        _acl_check("CentralLoggingAclCheck", bucket_arn, check),
        _write("CentralLoggingWrite", _resources(bucket_arn, prefixes, folders), source),
    ]


def admit_organization_trails(
    partition: str, bucket: str, prefixes: Sequence[str], admitted: OrganizationTrails
) -> list[StatementValue]:
    """The three statements of an organization's trail: CloudTrail checks the management account's own folder too.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    if not admitted:
        return []
    source: _Condition = {"StringEquals": {"aws:SourceArn": admitted.arns(partition)}}
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
    own, members = (_resources(bucket_arn, prefixes, names) for names in (admitted.accounts, [admitted.organization]))
    return [
        _acl_check("CentralLoggingOrganizationAclCheck", bucket_arn, source),
        _write("CentralLoggingOrganizationWriteManagement", own, source),
        _write("CentralLoggingOrganizationWrite", members, source),
    ]


def _acl_check(sid: str, bucket_arn: str, source: _Condition) -> StatementValue:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _CLOUDTRAIL,
        "Action": "s3:GetBucketAcl",
        "Resource": bucket_arn,
        "Condition": source,
    }


def _write(sid: str, resources: Sequence[str], source: _Condition) -> StatementValue:
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _CLOUDTRAIL,
        "Action": "s3:PutObject",
        "Resource": list(resources),
        "Condition": {**source, "StringEquals": {**acl, **source.get("StringEquals", {})}},
    }


def _resources(bucket_arn: str, prefixes: Sequence[str], folders: Sequence[str]) -> list[str]:
    """The folders under each prefix; an empty folder stands for all."""
    roots = [f"{bucket_arn}/{prefix}/AWSLogs" if prefix else f"{bucket_arn}/AWSLogs" for prefix in prefixes]
    return [f"{root}/{folder}/*" if folder else f"{root}/*" for root in roots for folder in folders]


def read(partition: str, bucket: str, readers: Sequence[str]) -> list[StatementValue]:
    """The statements by which principals may list and get log files; decrypting them is the key's affair."""
    if not readers:
        return []
    bucket_arn = f"arn:{partition}:s3:::{bucket}"
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


def deny_delete(partition: str, bucket: str, break_glass: Sequence[str]) -> list[StatementValue]:
    """Nobody deletes, but for the break-glass principals.

    A request without C(aws:PrincipalArn) is denied too, because a negated condition holds where the key is absent.
    """
    statement: StatementValue = {
        "Sid": "CentralLoggingDenyDelete",
        "Effect": "Deny",
        "Principal": "*",
        "Action": _DELETING,
        "Resource": [f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"],
    }
    if break_glass:
        statement["Condition"] = {"ArnNotLike": {"aws:PrincipalArn": sorted(break_glass)}}
    return [statement]


def break_glass_of(statements: Sequence[StatementValue]) -> list[str]:
    """The break-glass principals named in our deny statement."""
    return [arn for statement in statements for arn in equivalence.condition_values(statement, "aws:PrincipalArn")]


def deny_insecure_transport(partition: str, bucket: str) -> list[StatementValue]:
    """https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html (S3.5)."""
    return [
        {
            "Sid": "CentralLoggingDenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
