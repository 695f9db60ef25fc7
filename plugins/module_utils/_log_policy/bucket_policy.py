# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The policy of the log bucket.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws import validators
from .._aws.gateway import Gateway
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from .._log_files.bucket import LogBucket
from .._policy.document import Document, StatementText, StatementValue
from . import bucket_statements, folders, ownership, recent_deliveries, rejection, weakenings
from .allowed_accounts import ALLOWED_ACCOUNTS, AllowedAccounts
from .bucket_statements import DENY_DELETE, DENY_INSECURE_TRANSPORT, READ
from .layouts import COMPACT
from .managed_policy import ManagedPolicy, Parts, PolicyKind, PolicyState, read_document
from .organization_trails import ORGANIZATION_TRAILS, OrganizationTrails

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
BUCKET_POLICY_LIMIT = 20_480
PERMISSIONS = ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")

# Another write of the bucket's configuration is in progress: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_CONFLICTS = frozenset({"OperationAborted"})


class BucketPolicy(ManagedPolicy):
    """The policy of the log bucket. Readers and protections whose option is None stay as they are."""

    kind = PolicyKind(
        resource="bucket",
        limit=BUCKET_POLICY_LIMIT,
        service="S3",
        part=bucket_statements.part,
        rejected=rejection.deleted_principal,
        other_parts=(READ, DENY_DELETE, DENY_INSECURE_TRANSPORT),
        unverified={
            COMPACT: "CloudTrail's documentation names aws:SourceAccount but gives no example with it for a bucket"
            " policy",
        },
    )

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.bucket = validators.bucket_name(params["bucket"], "bucket")
        super().__init__(params, region, self.bucket)
        prefix = params["key_prefix"]
        self.prefix = None if prefix is None else validators.key_prefix(prefix, "key_prefix")
        self.readers = _principals(params["readers"], "readers", wildcards=False)
        self.break_glass = _principals(params["break_glass_principals"], "break_glass_principals", wildcards=True)
        self.deny_delete: bool | None = params["deny_delete"]
        self.deny_insecure_transport: bool | None = params["deny_insecure_transport"]
        region_of_bucket = params["bucket_region"]
        self.bucket_region = validators.region(region_of_bucket, "bucket_region") if region_of_bucket else ""

    def read(self, gateway: Gateway) -> PolicyState:
        """The current policy.

        Raises Refused if its text is not a policy or the bucket is in another Region, and AwsFailure.
        """
        state = self._current(gateway)
        if self.bucket_region and state.exists:
            self._refuse_other_region(gateway, state.owner)
        removed = recent_deliveries.locations_to_remove(self.options, self.by_part(state.document))
        delivering = recent_deliveries.about_deliveries(LogBucket(gateway, self.bucket), removed, state.document)
        return replace(state, delivering=delivering)

    def _current(self, gateway: Gateway) -> PolicyState:
        state = PolicyState(document=None, identity=self.bucket, owner=gateway.account)
        try:
            reply = gateway.call(
                "s3",
                "get_bucket_policy",
                absent=("NoSuchBucketPolicy",),
                Bucket=self.bucket,
                ExpectedBucketOwner=state.owner,
            )
        except AwsFailure as failure:
            if failure.code == "NoSuchBucket":
                return replace(state, exists=False)
            if failure.code not in ("AccessDenied", "MethodNotAllowed"):
                raise
            raise failure.with_advice(
                f"Either bucket {self.bucket} belongs to another account than {state.owner}, or the credentials lack"
                f" s3:GetBucketPolicy on the bucket."
            ) from None
        return replace(state, document=read_document(reply["Policy"], self.title(state)) if reply else None)

    def _refuse_other_region(self, gateway: Gateway, owner: str) -> None:
        """Raises Refused if the bucket is not in the expected Region.

        The response of HeadBucket has the Region in a header:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
        """
        reply = gateway.call("s3", "head_bucket", Bucket=self.bucket, ExpectedBucketOwner=owner)
        region = str(reply["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", ""))
        if region not in ("", self.bucket_region):
            raise Refused(
                f"bucket_region: bucket {self.bucket} is in Region {region}, not in {self.bucket_region}. The key, the"
                f" bucket and the trails of a log archive stay in their Region. Set bucket_region"
                f" (central_logging_region in the inventory) to {region}. A log archive in {self.bucket_region} needs"
                f" another bucket and other trails."
            )

    def observe(self, gateway: Gateway, desired: PolicyState, replies: Sequence[Any]) -> PolicyState:
        """The policy after a write, read again."""
        return self._current(gateway)

    def put(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        """PutBucketPolicy, or DeleteBucketPolicy if no statement remains."""
        bucket = {"Bucket": self.bucket, "ExpectedBucketOwner": before.owner}
        if desired.document:
            return [self._put(bucket, desired.document, "put the policy of")]
        delete = Call(
            service="s3",
            operation="delete_bucket_policy",
            arguments=bucket,
            summary=f"delete the policy of bucket {self.bucket}",
        )
        if DENY_DELETE not in self.by_part(before.document):
            return [delete]
        # The owned statement denies to delete the policy, and the denial stays in effect for a while after its removal.
        delete = replace(delete, retry_codes=frozenset({"AccessDenied"}), wait=self.settle_seconds)
        harmless = bucket_statements.deny_insecure_transport(self.partition, self.bucket)
        interim = Document().with_owned(harmless, self.is_owned)
        return [self._put(bucket, interim, "remove the denial of deletion from the policy of"), delete]

    def _put(self, bucket: Mapping[str, str], document: Document, action: str) -> Call:
        return Call(
            service="s3",
            operation="put_bucket_policy",
            arguments={**bucket, "Policy": document.text},
            summary=f"{action} bucket {self.bucket}",
            conflict_codes=_CONFLICTS,
        )

    def desired(self, before: PolicyState) -> PolicyState:
        """The policy after the run. Raises Refused if S3 would reject the policy."""
        desired = super().desired(before)
        self.refuse_rejected_statements(before, desired)
        return desired

    def losses(self, before: PolicyState, desired: PolicyState) -> Iterator[str]:
        """What the change takes away although no account is named for removal, as clauses of a sentence."""
        yield from super().losses(before, desired)
        before_parts, after_parts = self.by_part(before.document), self.by_part(desired.document)
        yield from weakenings.of_protections(before_parts, after_parts, before.owner)

    def arn(self, state: PolicyState) -> str:
        """The ARN of the bucket."""
        return f"arn:{self.partition}:s3:::{self.bucket}"

    def part_of(self, statement: StatementText) -> str:
        """The part of the policy that a statement belongs to; empty for a foreign statement."""
        return ownership.part_of_bucket_policy(statement, self.partition, self.bucket)

    def allow_trails(
        self, current: Parts, layout: str, allowed: AllowedAccounts, trails: OrganizationTrails
    ) -> list[StatementValue]:
        """The statements that allow trails to check the bucket and to write log files."""
        if trails and not trails.organization:
            raise Refused(
                "organization_trails needs organization_id, because an organization trail writes to"
                " AWSLogs/<organization id>/."
            )
        prefixes = self._prefixes(current)
        return [
            *bucket_statements.allow_accounts(self.partition, self.bucket, prefixes, layout, allowed),
            *bucket_statements.allow_organization_trails(self.partition, self.bucket, prefixes, trails),
        ]

    def _prefixes(self, current: Parts) -> tuple[str, ...]:
        """The prefixes to allow. A prefix that is allowed stays, because trails may still deliver there."""
        allowed = folders.prefixes([*current.get(ALLOWED_ACCOUNTS, []), *current.get(ORGANIZATION_TRAILS, [])])
        if self.prefix is None:
            return allowed or ("",)
        return (self.prefix,) if self.options.purge else tuple(sorted({*allowed, self.prefix}))

    def other_statements(self, current: Parts) -> list[StatementValue]:
        """The statements for readers, the denial of deletion, and the denial of requests without TLS."""
        if self.readers is None:
            statements = list(current.get(READ, []))
        else:
            statements = bucket_statements.allow_read(self.partition, self.bucket, self.readers)
        if _enabled(self.deny_delete, DENY_DELETE, current):
            allowed = bucket_statements.break_glass_of(current.get(DENY_DELETE, []))
            break_glass = allowed if self.break_glass is None else self.break_glass
            statements += bucket_statements.deny_delete(self.partition, self.bucket, break_glass)
        if _enabled(self.deny_insecure_transport, DENY_INSECURE_TRANSPORT, current):
            statements += bucket_statements.deny_insecure_transport(self.partition, self.bucket)
        return statements


def _enabled(option: bool | None, part: str, current: Parts) -> bool:
    """True if the protection is to be on. Without the option it stays, or is on if no statement is owned yet."""
    return (part in current or not current) if option is None else option


def _principals(names: Sequence[str] | None, option: str, *, wildcards: bool) -> list[str] | None:
    return None if names is None else [validators.principal_arn(name, option, wildcards=wildcards) for name in names]
