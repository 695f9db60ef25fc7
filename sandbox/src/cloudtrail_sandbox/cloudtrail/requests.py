# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail's requests to S3 and KMS for a trail, and whether the policies that are visible now allow them.

Sources (docs.aws.amazon.com/awscloudtrail/latest/userguide/): create-s3-bucket-policy-for-cloudtrail.html,
create-kms-key-policy-for-cloudtrail.html, cloudtrail-set-bucket-policy-for-multiple-accounts.html;
for the encryption context https://docs.aws.amazon.com/kms/latest/developerguide/services-cloudtrail.html .
Known deviations: KMS grants are ignored; whether aws:cloudtrail:arn reaches KMS if the bucket has a Bucket Key is not
documented, here it does; aws:SourceOrgPaths is always absent.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudtrail_sandbox.cloudtrail.trails import PARTITION, Trail
from cloudtrail_sandbox.judge import Principal, Request, evaluate
from cloudtrail_sandbox.state import Bucket, Key, State

SERVICE = Principal(kind="service", service="cloudtrail.amazonaws.com")
AES256 = "AES256"
Context = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class TrailRequests:
    """CloudTrail's requests for one trail."""

    state: State
    trail: Trail

    @property
    def organization_id(self) -> str:
        organization = self.state.organization_of(self.trail.account)
        return organization[0] if organization else ""

    def folder(self, account: str, of_organization: bool) -> str:
        """The folder of an account's log files: [prefix/]AWSLogs/[o-id/]ACCOUNT ."""
        prefix = f"{self.trail.prefix}/" if self.trail.prefix else ""
        organization = f"{self.organization_id}/" if of_organization else ""
        return f"{prefix}AWSLogs/{organization}{account}"

    def may_check_acl(self, bucket: Bucket) -> bool:
        request = Request("s3:GetBucketAcl", bucket_arn(bucket), SERVICE, self._context())
        return evaluate(bucket.policy, request).allowed

    def may_put(self, bucket: Bucket, object_key: str, key: Key | None) -> bool:
        """Whether s3:PutObject is allowed, encrypted with the key or, without one, with SSE-S3."""
        context = self._context() | {
            "s3:x-amz-acl": "bucket-owner-full-control",
            "s3:x-amz-server-side-encryption": "aws:kms" if key else AES256,
        }
        if key:
            context["s3:x-amz-server-side-encryption-aws-kms-key-id"] = key.arn
        request = Request("s3:PutObject", f"{bucket_arn(bucket)}/{object_key}", SERVICE, context)
        return evaluate(bucket.policy, request).allowed

    def may_encrypt(self, bucket: Bucket, object_key: str, key: Key) -> bool:
        """Whether kms:GenerateDataKey is allowed with the encryption context of the object."""
        return self._may_use(key, "kms:GenerateDataKey", self.encryption_context(bucket, object_key))

    def may_configure(self, bucket: Bucket, object_key: str, key: Key) -> bool:
        """Whether a trail may be given the key; with a Bucket Key, that needs kms:Decrypt too."""
        context = self.encryption_context(bucket, object_key)
        return (
            self._may_use(key, "kms:DescribeKey", {})
            and self._may_use(key, "kms:GenerateDataKey", context)
            and (not bucket.bucket_key or self._may_use(key, "kms:Decrypt", context))
        )

    def encryption_context(self, bucket: Bucket, object_key: str) -> dict[str, str]:
        """The encryption context; with a Bucket Key, aws:s3:arn is the bucket's ARN
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html)."""
        arn = bucket_arn(bucket) if bucket.bucket_key else f"{bucket_arn(bucket)}/{object_key}"
        return {"aws:cloudtrail:arn": self.trail.arn, "aws:s3:arn": arn}

    def _may_use(self, key: Key, action: str, encryption_context: dict[str, str]) -> bool:
        context = self._context()
        context |= {f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()}
        if encryption_context:
            context["kms:EncryptionContextKeys"] = tuple(encryption_context)
        return evaluate(key.policy, Request(action, key.arn, SERVICE, context)).allowed

    def _context(self) -> Context:
        """The condition keys. aws:SourceArn is the trail's ARN, with its home Region, for events of every Region."""
        context: Context = {
            "aws:SourceArn": self.trail.arn,
            "aws:SourceAccount": self.trail.account,
            "aws:SecureTransport": "true",
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": SERVICE.service,
            "aws:CurrentTime": self.state.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(self.state.now().timestamp())),
        }
        if self.organization_id:
            context["aws:SourceOrgID"] = self.organization_id
        return context


def bucket_arn(bucket: Bucket) -> str:
    return f"arn:{PARTITION}:s3:::{bucket.name}"
