# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What statements allow by the sandbox's judge, which shares no code with the plugins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cloudtrail_sandbox import judge
from tests.fakes.support import BUCKET, KEY, REGION

CLOUDTRAIL = judge.Principal("service", service="cloudtrail.amazonaws.com")
CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"


def allowed(
    statements: Iterable[Mapping[str, Any]],
    action: str,
    resource: str,
    context: Mapping[str, str],
    principal: judge.Principal = CLOUDTRAIL,
) -> bool:
    """Return whether a policy of these statements allows the request."""
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return judge.evaluate(policy, judge.Request(action, resource, principal, context)).allowed


def _source(account: str, name: str, region: str, organization: str, partition: str) -> dict[str, str]:
    arn = f"arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"
    context = {"aws:SourceArn": arn, "aws:SourceAccount": account, "aws:SecureTransport": "true"}
    return {**context, "aws:SourceOrgID": organization} if organization else context


def may_write(
    statements: Iterable[Mapping[str, Any]],
    account: str,
    name: str = "trail",
    *,
    region: str = REGION,
    prefix: str = "",
    organization: str = "",
    partition: str = "aws",
    folder: str | None = None,
    **context: str,
) -> bool:
    """Return whether CloudTrail may check the bucket and put a log file for a trail."""
    source = _source(account, name, region, organization, partition)
    bucket = f"arn:{partition}:s3:::{BUCKET}"
    path = f"{prefix}/AWSLogs" if prefix else "AWSLogs"
    file = f"{bucket}/{path}/{folder or account}/CloudTrail/{region}/2026/01/01/log.json.gz"
    put = {**source, "s3:x-amz-acl": "bucket-owner-full-control", **context}
    statements = list(statements)
    checks = allowed(statements, "s3:GetBucketAcl", bucket, source)
    return checks and allowed(statements, "s3:PutObject", file, put)


def may_use_key(
    statements: Iterable[Mapping[str, Any]],
    action: str,
    account: str,
    name: str = "trail",
    *,
    region: str = REGION,
    organization: str = "",
) -> bool:
    """Return whether CloudTrail may call the KMS action for a trail."""
    source = _source(account, name, region, organization, "aws")
    return allowed(statements, action, KEY, {**source, CONTEXT: source["aws:SourceArn"]})


def may_decrypt(statements: Iterable[Mapping[str, Any]], arn: str, account: str | None) -> bool:
    """Return whether a role may decrypt the logs of an account's trail, or with C(None) any other ciphertext."""
    trail = {CONTEXT: f"arn:aws:cloudtrail:{REGION}:{account}:trail/any"} if account else {}
    return allowed(statements, "kms:Decrypt", KEY, trail, judge.Principal("role", arn=arn))
