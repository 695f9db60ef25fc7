# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The policy of the log bucket.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._aws import arn, validators
from .._aws.gateway import Gateway
from .._core.call import Call
from .._core.errors import AwsFailure, Refused
from .._policy import document as _document
from .._policy.document import Document, StatementValue
from . import allowed_accounts, bucket_statements, organization_trails
from .allowed_accounts import Admitted
from .bucket_statements import ADMIT, DENY_DELETE, DENY_INSECURE_TRANSPORT, READ
from .managed_policy import Admission, OwnedPolicy, PolicyState
from .organization_trails import ORGANIZATION_TRAILS

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html
LIMIT = 20_480
# Another write of the bucket's configuration is under way: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_CONFLICTS = frozenset({"OperationAborted"})
PERMISSIONS = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


class LogBucketPolicy(OwnedPolicy):
    """C(None) for an option means that what is there stays."""

    kind = "bucket"
    limit = LIMIT

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.bucket = validators.bucket_name(params["bucket"], "bucket")
        self.partition = arn.partition_of(region)
        self.admission = Admission.from_params(params, region)
        self.settle_seconds = params["settle_timeout"]
        self.allow_missing_in_check_mode = params["allow_missing_in_check_mode"]
        prefix = params["key_prefix"]
        self.prefix = None if prefix is None else validators.key_prefix(prefix, "key_prefix")
        self.readers = _principals(params["readers"], "readers", wildcards=False)
        self.break_glass = _principals(params["break_glass_principals"], "break_glass_principals", wildcards=True)
        self.deny_delete: bool | None = params["deny_delete"]
        self.deny_insecure_transport: bool | None = params["deny_insecure_transport"]

    def read(self, gateway: Gateway) -> PolicyState:
        if self.admission.state == "rendered":
            return PolicyState(None, identity=self.bucket)
        owner = gateway.account
        try:
            reply = gateway.call(
                "s3",
                "get_bucket_policy",
                absent=("NoSuchBucketPolicy",),
                Bucket=self.bucket,
                ExpectedBucketOwner=owner,
            )
        except AwsFailure as failure:
            if failure.code == "NoSuchBucket":
                return PolicyState(None, exists=False, identity=self.bucket, owner=owner)
            if failure.code not in ("AccessDenied", "MethodNotAllowed"):
                raise
            raise failure.with_advice(
                f"Either bucket {self.bucket} belongs to another account than {owner}, or the credentials"
                f" lack s3:GetBucketPolicy on it."
            ) from None
        document = _document.parse(reply["Policy"], self.title(PolicyState(None))) if reply else None
        return PolicyState(document, identity=self.bucket, owner=owner)

    def observe(self, gateway: Gateway, desired: PolicyState, replies: Sequence[Any]) -> PolicyState:
        return self.read(gateway)

    def put(self, before: PolicyState, desired: PolicyState) -> Sequence[Call]:
        bucket = {"Bucket": self.bucket, "ExpectedBucketOwner": before.owner}
        if desired.document:
            return [self._put(bucket, desired.document, "put the policy")]
        summary = f"delete the policy of bucket {self.bucket}"
        delete = Call(service="s3", operation="delete_bucket_policy", arguments=bucket, summary=summary)
        if DENY_DELETE not in self.by_part(before.document):
            return [delete]
        # As long as our own statement denies it, nobody can delete the policy, and that is visible for a while after.
        delete = replace(delete, retry_codes=frozenset({"AccessDenied"}), wait=self.settle_seconds)
        harmless = bucket_statements.deny_insecure_transport(self.partition, self.bucket)
        lifted = Document().with_owned(harmless, self._is_ours)
        return [self._put(bucket, lifted, "lift the denial of deletion in the policy"), delete]

    def _put(self, bucket: Mapping[str, str], document: Document, what: str) -> Call:
        arguments = {**bucket, "Policy": document.text}
        return Call(
            service="s3",
            operation="put_bucket_policy",
            arguments=arguments,
            summary=f"{what} of bucket {self.bucket}",
            conflict_codes=_CONFLICTS,
        )

    def title(self, state: PolicyState) -> str:
        return f"The policy of bucket {self.bucket}"

    def part(self, sid: str) -> str:
        return bucket_statements.part(sid)

    def admitting(self) -> str:
        return ADMIT

    def owned(
        self, current: Mapping[str, Sequence[StatementValue]], layout: str, admitted: Admitted
    ) -> list[StatementValue]:
        there = current.get(ORGANIZATION_TRAILS, [])
        prefixes = self._prefixes([*current.get(ADMIT, []), *there])
        admit = bucket_statements.admit(self.partition, self.bucket, prefixes, layout, admitted)
        trails = self.admission.apply_organization_trails(organization_trails.recover(there))
        if trails and not trails.organization:
            raise Refused(
                "organization_trails needs organization_id, because the logs arrive under AWSLogs/<organization id>/."
            )
        admit += bucket_statements.admit_organization_trails(self.partition, self.bucket, prefixes, trails)
        if self.admission.state == "absent":
            kept = (statements for part, statements in current.items() if part not in (ADMIT, ORGANIZATION_TRAILS))
            return [*admit, *(statement for statements in kept for statement in statements)]
        return [*admit, *self._read(current), *self._deny_delete(current), *self._deny_insecure_transport(current)]

    def _prefixes(self, admitting: Sequence[StatementValue]) -> tuple[str, ...]:
        """The prefixes to admit; one that is in use stays, because trails may still deliver under it."""
        there = allowed_accounts.prefixes(admitting)
        if self.prefix is None:
            return there or ("",)
        return (self.prefix,) if self.admission.purge else tuple(sorted({*there, self.prefix}))

    def _read(self, current: Mapping[str, Sequence[StatementValue]]) -> Sequence[StatementValue]:
        if self.readers is None:
            return current.get(READ, [])
        return bucket_statements.read(self.partition, self.bucket, self.readers)

    def _deny_delete(self, current: Mapping[str, Sequence[StatementValue]]) -> Sequence[StatementValue]:
        there = current.get(DENY_DELETE, [])
        if not _wanted(self.deny_delete, current, there):
            return []
        keys = bucket_statements.break_glass_of(there) if self.break_glass is None else self.break_glass
        return bucket_statements.deny_delete(self.partition, self.bucket, keys)

    def _deny_insecure_transport(self, current: Mapping[str, Sequence[StatementValue]]) -> Sequence[StatementValue]:
        there = current.get(DENY_INSECURE_TRANSPORT, [])
        if not _wanted(self.deny_insecure_transport, current, there):
            return []
        return bucket_statements.deny_insecure_transport(self.partition, self.bucket)


def _wanted(option: bool | None, current: Mapping[str, Sequence[StatementValue]], there: Sequence[Any]) -> bool:
    """A protection is on when asked for; unmentioned it stays as it is, and is on in a policy that is new to us."""
    return (bool(there) or not current) if option is None else option


def _principals(names: Sequence[str] | None, option: str, *, wildcards: bool) -> list[str] | None:
    return None if names is None else [validators.principal(name, option, wildcards=wildcards) for name in names]
