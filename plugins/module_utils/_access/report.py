# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who can encrypt, decrypt, read and delete in the log archive, and how bucket and key are protected.

Note that this module util is PRIVATE to the collection: it can change at any time.

Calls: thirteen, however many accounts the policies admit, and one for each further page of grants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._aws import arn as _arn
from .._aws import validators
from .._aws.gateway import Gateway
from .._core import finding, parallel, security_controls
from .._core.errors import AwsFailure, Refused
from .._core.finding import FAILED, INFO, Finding
from .._log_policy import ownership
from .._policy import describe
from .._policy import document as _document
from .._policy import statement as _clauses
from .._policy.document import Document
from .._policy.statement import BUCKET, KEY, Clause
from . import effective_access, evaluate, hardening_controls
from . import findings as _access_findings
from .evaluate import DECRYPT, DELETE_KEY, DELETE_LOGS, ENCRYPT, READ, WRITE, Place
from .findings import Access, Expected
from .hardening import ArchiveState

PERMISSIONS = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
)
# operation: the code by which S3 says that there is no such setting
_SETTINGS = {
    "get_bucket_encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_logging": "",
    "get_bucket_ownership_controls": "OwnershipControlsNotFoundError",
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_policy_status": "NoSuchBucketPolicy",
    "get_bucket_versioning": "",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    "get_public_access_block": "NoSuchPublicAccessBlockConfiguration",
}
Replies = dict[str, Any]  # each a mapping, or None where AWS has nothing


@dataclass(frozen=True)
class _Policy:
    """One of the two policies; C(problem) says why it cannot be read as one."""

    kind: str
    title: str
    document: Document | None
    problem: str = ""

    @classmethod
    def of(cls, kind: str, title: str, text: str | None) -> _Policy:
        try:
            return cls(kind, title, None if text is None else _document.parse(text, title))
        except Refused as error:
            return cls(kind, title, None, error.reason)


class AccessReport:
    """A reading in the sense of C(_module)."""

    connections = 5

    def __init__(self, params: Mapping[str, Any], region: str) -> None:
        self.bucket = validators.bucket_name(params["bucket"], "bucket")
        self.key: str = params["key"]
        self.region = region
        self.partition = _arn.partition_of(region)
        self.expected = Expected(
            _arns(params["decrypt_principals"], "decrypt_principals"),
            _arns(params["readers"], "readers"),
            _arns(params["break_glass_principals"], "break_glass_principals", wildcards=True),
        )

    def read(self, gateway: Gateway, say: Callable[[str], None]) -> dict[str, Any]:
        replies = self._key_replies(gateway)
        place = Place(gateway.account, f"arn:{self.partition}:s3:::{self.bucket}", _key_arn(replies))
        replies |= self._bucket_replies(gateway)
        policies = [
            _Policy.of(KEY, f"The policy of key {place.key_arn}", _text(replies["get_key_policy"])),
            _Policy.of(BUCKET, f"The policy of bucket {self.bucket}", _text(replies["get_bucket_policy"])),
        ]
        grants = (replies["list_grants"] or {})["Grants"]
        clauses = [
            *(clause for policy in policies for clause in _clauses.of_document(policy.kind, policy.document)),
            *(_clauses.of_grant(grant) for grant in grants),
        ]
        return self._told(place, ArchiveState.of(replies), policies, clauses)

    def _told(
        self, place: Place, state: ArchiveState, policies: Sequence[_Policy], clauses: Sequence[Clause]
    ) -> dict[str, Any]:
        access = _who_can(clauses, place)
        key_users = [*access.encrypt, *access.decrypt, *evaluate.entries(DELETE_KEY, clauses, place)]
        controls = hardening_controls.controls(state, clauses, key_users, place)
        foreign = [one for policy in policies for one in self._foreign(policy)]
        about = Finding(place.account, self.region, "separation", "", "", FAILED, "")
        deleting = Finding(place.account, self.region, "deletion", "", "", FAILED, "")
        problems = [(policy.title, policy.problem) for policy in policies if policy.problem]
        findings = [
            *_access_findings.unreadable(problems, about),
            *_access_findings.separation(access, self.expected, about, place),
            *_access_findings.useless(clauses, about),
            *_access_findings.deletion(access, self.expected, deleting, place),
            *_access_findings.settings(state, about, place.key_arn),
            *(_of_foreign(one, about) for one in foreign),
            *security_controls.as_findings(controls, place.account, self.region, "hardening"),
        ]
        return {
            "key_arn": place.key_arn,
            "encrypt": [entry.as_result() for entry in access.encrypt],
            "decrypt": [entry.as_result() for entry in access.decrypt],
            "read": [entry.as_result() for entry in access.read],
            "write": [entry.as_result() for entry in access.write],
            "delete": [entry.as_result() for entry in access.delete],
            "overlap": [one.as_result() for one in access.overlap],
            "foreign_statements": foreign,
            "hardening": state.as_result(),
            "controls": security_controls.as_results(controls),
            "findings": finding.as_results(findings),
        }

    def _foreign(self, policy: _Policy) -> list[dict[str, Any]]:
        """The statements of one policy that are not ours, in words."""
        clauses = _clauses.of_document(policy.kind, policy.document)
        if policy.kind == KEY:
            found = ownership.foreign_in_key(policy.document, self.partition)
        else:
            found = ownership.foreign_in_bucket(policy.document, self.partition, self.bucket)
        return [
            {
                "policy": policy.kind,
                "sid": clauses[one.position].name,
                "altered": one.altered,
                "words": describe.statement(clauses[one.position]),
                "statement": clauses[one.position].value,
            }
            for one in found
        ]

    def _key_replies(self, gateway: Gateway) -> Replies:
        described = gateway.call("kms", "describe_key", KeyId=self.key)
        metadata = described["KeyMetadata"]
        if metadata["AWSAccountId"] != gateway.account:
            raise Refused(
                f"Key {metadata['Arn']} belongs to account {metadata['AWSAccountId']}, and its policy can be read there"
                f" only. The credentials are those of account {gateway.account}."
            )
        arn = metadata["Arn"]
        grants = [grant for page in gateway.pages("kms", "list_grants", KeyId=arn) for grant in page["Grants"]]
        return {
            "describe_key": described,
            "get_key_policy": gateway.call("kms", "get_key_policy", KeyId=arn, PolicyName="default"),
            # keys of some kinds never rotate, and in some states nobody is told
            "get_key_rotation_status": gateway.call(
                "kms",
                "get_key_rotation_status",
                absent=("UnsupportedOperationException", "KMSInvalidStateException"),
                KeyId=arn,
            ),
            "list_grants": {"Grants": grants},
        }

    def _bucket_replies(self, gateway: Gateway) -> Replies:
        owner = gateway.account

        def ask(setting: tuple[str, str]) -> tuple[str, Mapping[str, Any] | None]:
            operation, absent = setting
            try:
                reply = gateway.call("s3", operation, (absent,), Bucket=self.bucket, ExpectedBucketOwner=owner)
            except AwsFailure as failure:
                if failure.code != "AccessDenied":
                    raise
                raise failure.adding(f"Or bucket {self.bucket} belongs to another account than {owner}.") from None
            return operation, reply

        return dict(parallel.each(ask, _SETTINGS.items(), self.connections))


def _who_can(clauses: Sequence[Clause], place: Place) -> Access:
    everything = [*clauses, place.iam()]
    encrypt, decrypt = evaluate.entries(ENCRYPT, clauses, place), evaluate.entries(DECRYPT, clauses, place)
    deleting = [
        *evaluate.entries(DELETE_LOGS, everything, place),
        *evaluate.entries(DELETE_KEY, clauses, place),
        evaluate.root_user(place),
    ]
    return Access(
        encrypt=encrypt,
        decrypt=decrypt,
        read=evaluate.entries(READ, everything, place),
        write=evaluate.entries(WRITE, everything, place),
        delete=effective_access.merged(deleting),
        overlap=effective_access.overlaps(encrypt, decrypt, place.account),
    )


def _of_foreign(statement: Mapping[str, Any], about: Finding) -> Finding:
    """One that bears our Sid and says something else is a deception or an accident, and both have to be looked at."""
    altered = statement["altered"]
    says = "bears a Sid of this collection and does not say what it would write" if altered else "is not ours"
    return Finding(
        account=about.account,
        region=about.region,
        check=about.check,
        kind="altered_statement" if altered else "foreign_statement",
        resource=statement["sid"],
        status=FAILED if altered else INFO,
        message=f"Statement {statement['sid']} of the {statement['policy']} policy {says}. {statement['words']}",
        remediation="Run archive.yml, which writes it anew."
        if altered
        else "Find out whose it is, and whether it is needed.",
    )


def _key_arn(replies: Replies) -> str:
    return str((replies["describe_key"] or {})["KeyMetadata"]["Arn"])


def _text(reply: Mapping[str, Any] | None) -> str | None:
    return None if reply is None else str(reply["Policy"])


def _arns(principals: Sequence[Any] | None, option: str, *, wildcards: bool = False) -> tuple[str, ...] | None:
    """As the modules that write the policies take them: an ARN, or C(arn) with C(accounts)."""
    if principals is None:
        return None
    names = [entry.get("arn", "") if isinstance(entry, Mapping) else entry for entry in principals]
    return tuple(validators.principal(str(name), option, wildcards=wildcards) for name in names)
