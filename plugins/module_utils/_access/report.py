# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The access report: who can encrypt, decrypt, read and delete, and how bucket and key are protected.

Note that this module util is PRIVATE to the collection: it can change at any time.

It makes seventeen calls for any number of accounts, and one for each further page of grants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._aws import arn as arns
from .._aws import validators
from .._aws.gateway import Gateway
from .._core import security_controls
from .._core.errors import AwsFailure, Refused
from .._core.finding import FAILED, Finding, as_results
from .._log_policy import ownership
from .._policy import describe
from .._policy.grant import of_grant
from .._policy.statement import BUCKET, KEY, Statement
from . import (
    deletion_findings,
    effective_access,
    evaluate,
    findings,
    hardening_controls,
    hardening_findings,
    known_statements,
    log_folders,
    missing_findings,
    service_logs,
    statement_findings,
)
from .actions import DECRYPT_LOGS, DELETE_KEY, DELETE_LOGS, ENCRYPT_LOGS, READ_LOGS, WRITE_LOGS
from .evaluate import ArchiveResources
from .expected import ExpectedPrincipals
from .findings import AccessLists
from .hardening import ArchiveState
from .hardening_findings import HardeningLimits
from .read_policy import ReadPolicy
from .settings import Replies, is_denied, naming, read_settings, required

PERMISSIONS = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "s3:GetBucketAcl",
    "s3:GetBucketLocation",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetReplicationConfiguration",
)


class AccessReport:
    """The query of module log_archive_access_info."""

    connections = 5

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.bucket = validators.bucket_name(params["bucket"], "bucket")
        self.key: str = params["key"]
        self.region = region
        self.partition = arns.partition_of(region)
        self.limits = HardeningLimits.from_params(params)
        self.prefixes = log_folders.known_prefixes(params)
        self.expected = ExpectedPrincipals.of(params)

    def read(self, gateway: Gateway, progress: Callable[[str], None]) -> dict[str, Any]:
        """Return the module's result. Raises Refused if the key belongs to another account, and AwsFailure."""
        replies = self._core_replies(gateway)
        key_arn = str(replies["describe_key"]["KeyMetadata"]["Arn"])
        settings, unread = read_settings(gateway, self.bucket, key_arn, self.connections)
        replies |= settings
        policies = [
            ReadPolicy.of(KEY, f"The policy of key {key_arn}", _text(replies["get_key_policy"]), self.partition),
            ReadPolicy.of(
                BUCKET, f"The policy of bucket {self.bucket}", _text(replies["get_bucket_policy"]), self.partition
            ),
        ]
        statements = [
            *(statement for policy in policies for statement in policy.statements),
            *(of_grant(grant, self.partition) for grant in replies["list_grants"]["Grants"]),
        ]
        archive = self._archive(gateway.account, key_arn, statements)
        return self._result(archive, ArchiveState.of(replies, unread), policies, statements)

    def _archive(self, account: str, key_arn: str, statements: Sequence[Statement]) -> ArchiveResources:
        bucket_arn = f"arn:{self.partition}:s3:::{self.bucket}"
        logs = log_folders.logs_of(self.prefixes, statements, bucket_arn)
        return ArchiveResources(account=account, bucket_arn=bucket_arn, key_arn=key_arn, logs=logs)

    def _result(
        self,
        archive: ArchiveResources,
        state: ArchiveState,
        policies: Sequence[ReadPolicy],
        statements: Sequence[Statement],
    ) -> dict[str, Any]:
        lists = _access_lists(statements, archive)
        key_users = [*lists.encrypt, *lists.decrypt, *evaluate.who_can(DELETE_KEY, statements, archive)]
        controls = hardening_controls.controls(state, statements, key_users, archive)
        foreign = [entry for policy in policies for entry in self._foreign(policy)]
        separation, deletion = (self._template(archive, check) for check in ("separation", "deletion"))
        of_services = [statement for statement in statements if service_logs.is_about_other_logs(statement)]
        deliveries = {statement.name: service_logs.is_limited(statement) for statement in of_services}
        problems = [(policy.title, policy.problem) for policy in policies if policy.problem]
        reported = [
            *statement_findings.unreadable_policies(problems, separation),
            *findings.separation(lists, self.expected, deliveries, separation, archive),
            *missing_findings.missing(lists, self.expected, statements, separation, archive),
            *statement_findings.useless(statements, separation),
            *deletion_findings.deletion(lists, self.expected, deletion, archive),
            *hardening_findings.setting_findings(state, separation, archive, self.limits),
            *statement_findings.unclear(statements, separation),
            *(
                statement_findings.foreign(entry, known_statements.origin(statement, archive.account), separation)
                for statement, entry in foreign
            ),
            *security_controls.as_findings(controls, archive.account, self.region, "hardening"),
        ]
        return {
            "key_arn": archive.key_arn,
            "encrypt": [access.as_result() for access in lists.encrypt],
            "decrypt": [access.as_result() for access in lists.decrypt],
            "read": [access.as_result() for access in lists.read],
            "write": [access.as_result() for access in lists.write],
            "delete": [access.as_result() for access in lists.delete],
            "overlap": [overlap.as_result() for overlap in lists.overlap],
            "foreign_statements": [entry for _statement, entry in foreign],
            "hardening": state.as_result(),
            "controls": security_controls.as_results(controls),
            "findings": as_results(reported),
        }

    def _template(self, archive: ArchiveResources, check: str) -> Finding:
        """A finding without what differs from finding to finding."""
        return Finding(
            account=archive.account,
            region=self.region,
            check=check,
            kind="",
            resource="",
            status=FAILED,
            message="",
        )

    def _foreign(self, policy: ReadPolicy) -> list[tuple[Statement, dict[str, Any]]]:
        """The statements of one policy that this collection would not have written, with their entry in the result."""
        statements = policy.statements
        if policy.kind == KEY:
            foreign_statements = ownership.foreign_in_key(policy.document, self.partition)
        else:
            foreign_statements = ownership.foreign_in_bucket(policy.document, self.partition, self.bucket)
        positions = [(statements[foreign.position], foreign.altered) for foreign in foreign_statements]
        return [
            (
                statement,
                {
                    "policy": policy.kind,
                    "sid": statement.name,
                    "altered": altered,
                    "words": describe.statement(statement),
                    "statement": statement.value,
                },
            )
            for statement, altered in positions
        ]

    def _core_replies(self, gateway: Gateway) -> Replies:
        """The replies without which there is no report. The order decides which error is reported first."""
        described = required(gateway, "kms", "describe_key", "kms:DescribeKey", KeyId=self.key)
        metadata = described["KeyMetadata"]
        if metadata["AWSAccountId"] != gateway.account:
            raise Refused(
                f"Key {metadata['Arn']} belongs to account {metadata['AWSAccountId']}. Only that account can read the"
                f" policy of the key. Use credentials of that account instead of account {gateway.account}."
            )
        arn = metadata["Arn"]
        try:
            grants = [grant for page in gateway.pages("kms", "list_grants", KeyId=arn) for grant in page["Grants"]]
        except AwsFailure as failure:
            raise naming("kms:ListGrants", failure) from None
        of_key = required(gateway, "kms", "get_key_policy", "kms:GetKeyPolicy", KeyId=arn, PolicyName="default")
        return {
            "describe_key": described,
            "get_key_policy": of_key,
            "list_grants": {"Grants": grants},
            "get_bucket_policy": self._bucket_policy(gateway),
        }

    def _bucket_policy(self, gateway: Gateway) -> Mapping[str, Any] | None:
        owner = gateway.account
        try:
            reply: Mapping[str, Any] | None = gateway.call(
                "s3", "get_bucket_policy", ("NoSuchBucketPolicy",), Bucket=self.bucket, ExpectedBucketOwner=owner
            )
        except AwsFailure as failure:
            hint = f"Or bucket {self.bucket} belongs to another account than {owner}." if is_denied(failure) else ""
            raise naming("s3:GetBucketPolicy", failure).adding(hint) from None
        return reply


def _access_lists(statements: Sequence[Statement], archive: ArchiveResources) -> AccessLists:
    with_iam = [*statements, archive.iam_statement()]
    encrypt = evaluate.who_can(ENCRYPT_LOGS, statements, archive)
    decrypt = evaluate.who_can(DECRYPT_LOGS, statements, archive)
    deleting = [
        *evaluate.who_can(DELETE_LOGS, with_iam, archive),
        *evaluate.who_can(DELETE_KEY, statements, archive),
        evaluate.root_user(archive),
    ]
    return AccessLists(
        encrypt=encrypt,
        decrypt=decrypt,
        read=evaluate.who_can(READ_LOGS, with_iam, archive),
        write=evaluate.who_can(WRITE_LOGS, with_iam, archive),
        delete=effective_access.merged(deleting),
        overlap=effective_access.overlaps(encrypt, decrypt, archive.account),
    )


def _text(reply: Mapping[str, Any] | None) -> str | None:
    return None if reply is None else str(reply["Policy"])
