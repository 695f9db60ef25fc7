# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fake gateway to a log archive as this collection configures it, with policies that a test can change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._access.report import AccessReport

from tests.fakes import fake_policies
from tests.fakes.support import (
    ARCHIVE,
    BUCKET,
    KEY,
    PRODUCTION,
    READER,
    REGION,
    STAGING,
    STRANGER,
    FakeGateway,
    account,
    failure,
    module_options,
)

BREAK_GLASS = f"arn:aws:iam::{ARCHIVE}:role/BreakGlass"
ROLE = f"arn:aws:iam::{ARCHIVE}:role/Analyst"
THEIR_ROLE = f"arn:aws:iam::{STRANGER}:role/Theirs"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
Accesses = list[tuple[str, str, bool]]  # kind, principal and certainty
ROOT = {
    "Sid": "Enable IAM User Permissions",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ARCHIVE}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ALL_BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
StatementValue = dict[str, Any]


def access_options(**options: Any) -> dict[str, Any]:
    return module_options("log_archive_access_info", **options)


def our_bucket_statements(**options: Any) -> list[StatementValue]:
    """Return the bucket policy that s3_log_bucket_policy writes."""
    store = fake_policies.empty_bucket()
    accounts = [account(ARCHIVE), account(PRODUCTION), account(STAGING)]
    defaults = {"accounts": accounts, "readers": [READER], "allow_weaken": True}
    fake_policies.run_bucket(store, **{**defaults, **options})
    return store.statements


def our_key_statements(**options: Any) -> list[StatementValue]:
    """Return the key policy that kms_key_grant_accounts writes."""
    store = fake_policies.FakePolicyStore(json.dumps({"Version": "2012-10-17", "Statement": [ROOT]}))
    defaults = {
        "accounts": [account(ARCHIVE), account(PRODUCTION), account(STAGING)],
        "decrypt_principals": [READER],
    }
    fake_policies.run_key(store, **{**defaults, **options})
    return store.statements


class FakeLogArchive(FakeGateway):
    """Replies of AWS about bucket and key.

    C(bucket) and C(key) replace the statements of the collection, and C(more_bucket) and C(more_key) add to them.
    C(replies) are replies by operation that differ from those of a hardened archive.
    """

    def __init__(
        self,
        *,
        bucket: Sequence[Any] | str | None = None,
        key: Sequence[Any] | str | None = None,
        more_bucket: Sequence[Any] = (),
        more_key: Sequence[Any] = (),
        grants: Sequence[Mapping[str, Any]] = (),
        **replies: Any,
    ) -> None:
        bucket = [*our_bucket_statements(), *more_bucket] if bucket is None else bucket
        key = [*our_key_statements(), *more_key] if key is None else key
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}
        settings: dict[str, Any] = {
            "get_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
            "get_bucket_lifecycle_configuration": failure("NoSuchLifecycleConfiguration"),
            "get_bucket_logging": {},
            "get_bucket_ownership_controls": {
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
            },
            "get_bucket_acl": {"Owner": {"ID": "owner"}, "Grants": [grant("FULL_CONTROL", ID="owner")]},
            "get_bucket_location": {"LocationConstraint": None},
            "get_bucket_replication": failure("ReplicationConfigurationNotFoundError"),
            "get_bucket_request_payment": {"Payer": "BucketOwner"},
            "get_bucket_policy": {"Policy": policy_text(bucket)} if bucket else failure("NoSuchBucketPolicy"),
            "get_bucket_policy_status": {"PolicyStatus": {"IsPublic": False}},
            "get_bucket_versioning": {"Status": "Enabled"},
            "get_object_lock_configuration": failure("ObjectLockConfigurationNotFoundError"),
            "get_public_access_block": {"PublicAccessBlockConfiguration": ALL_BLOCKED},
        }
        metadata = {"Arn": KEY, "KeyId": KEY, "AWSAccountId": ARCHIVE, "KeyState": "Enabled"}
        of_key = {
            "describe_key": {"KeyMetadata": {**metadata, **replies.pop("metadata", {})}},
            "get_key_policy": {"Policy": policy_text(key)},
            "get_key_rotation_status": {"KeyRotationEnabled": True},
            "list_grants": self._grants,
        }
        self.grants = list(grants)
        every = {**{("s3", name): reply for name, reply in settings.items()}}
        every |= {("kms", name): reply for name, reply in of_key.items()}
        for name, reply in replies.items():
            service = "kms" if name in of_key else "s3"
            assert (service, name) in every
            every[service, name] = reply
        super().__init__(every, ARCHIVE)

    def _grants(self, KeyId: str, Marker: str = "") -> Any:
        """Return one grant per page."""
        page = int(Marker or 0)
        more = page + 1 < len(self.grants)
        shown = self.grants[page : page + 1]
        return {"Grants": shown, "Truncated": more, **({"NextMarker": str(page + 1)} if more else {})}


def grant(permission: str, **grantee: str) -> dict[str, Any]:
    """Return one grant of the bucket's ACL."""
    return {"Permission": permission, "Grantee": grantee}


def policy_text(statements: Sequence[Any] | str) -> str:
    if isinstance(statements, str):
        return statements
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def report(archive: FakeLogArchive | None = None, **options: Any) -> dict[str, Any]:
    """Return the result of log_archive_access_info."""
    query = AccessReport(access_options(**options), REGION)
    return query.read(archive or FakeLogArchive(), lambda _sentence: None)


def allow(action: str | list[str], principal: Any, policy: str = "key", **more: Any) -> StatementValue:
    """Return a foreign statement that allows an action."""
    resource = "*" if policy == "key" else [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    return {"Sid": "Theirs", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], principal: Any = "*", policy: str = "key", **more: Any) -> StatementValue:
    """Return a foreign statement that denies an action."""
    return {**allow(action, principal, policy), "Sid": "TheirDenial", "Effect": "Deny", **more}


def by(entries: Sequence[Mapping[str, Any]], sid: str, *, indirect: bool = False) -> list[tuple[str, str, bool]]:
    """Return kind, principal and certainty of each access that a statement gives."""
    return [
        (entry["kind"], entry["principal"], entry["certain"])
        for entry in entries
        if sid in entry["by"] and entry["indirect"] == indirect
    ]


def failed(result: Mapping[str, Any]) -> list[str]:
    """Return the kinds of the failed findings."""
    return sorted({finding["kind"] for finding in result["findings"] if finding["status"] == "failed"})


def decrypters(*statements: dict[str, Any], sid: str = "Theirs", **more: Any) -> Accesses:
    return by(report(FakeLogArchive(more_key=statements, **more))["decrypt"], sid)


def when(**condition: Any) -> dict[str, Any]:
    return {"Condition": condition}


def readers(*statements: dict[str, Any]) -> Accesses:
    return by(report(FakeLogArchive(more_bucket=statements))["read"], "Theirs")
