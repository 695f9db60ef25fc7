# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of the sandbox for its services: moto's backends, resource policies, the organization and the clock."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from cloudtrail_sandbox.organization import CLOUDTRAIL, Organization
from cloudtrail_sandbox.policy_principals import PolicyPrincipals
from cloudtrail_sandbox.resource_policies import ResourcePolicies

PARTITION = "aws"
#: The Regions that are enabled in every account by default
#: (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
HTTP_METADATA = ("content-type", "content-encoding", "cache-control", "content-disposition", "content-language")


@dataclass(frozen=True)
class Bucket:
    """A bucket. `policy` is the text that is visible now; `default_kms_key` the ARN of the key of the default
    encryption (as it was written if no such key exists)."""

    name: str
    owner: str
    region: str
    policy: str | None
    default_kms_key: str | None
    bucket_key: bool
    requester_pays: bool


@dataclass(frozen=True)
class Key:
    """A KMS key. `policy` is the text that is visible now; `state` is the KeyState of DescribeKey."""

    arn: str
    account: str
    region: str
    state: str
    usage: str
    spec: str
    policy: str | None


class State:
    """Everything that exists. Reading never raises an exception: what does not exist is None."""

    def __init__(self) -> None:
        self.clock_offset = 0.0
        self.policies = ResourcePolicies(self.now)
        self.accounts: set[str] = set()
        self.opted_in: dict[str, set[str]] = {}  # the opt-in Regions that an account has enabled
        self.principals = PolicyPrincipals(self.exists, self.unique_ids, self.unique_id)
        self.organization: Organization | None = None

    def exists(self, account: str) -> bool:
        return account in self.accounts

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.clock_offset)

    def enabled_regions(self, account: str = "") -> tuple[str, ...]:
        """The Regions that the account has enabled; without an account, those of every account."""
        return (*REGIONS, *sorted(self.opted_in.get(account, ())))

    def transition(self, bucket: str, key: str, storage_class: str) -> None:
        """Change the storage class of an object's newest version, as a lifecycle rule does. Raises KeyError."""
        self.moto_bucket(bucket).keys[key].set_storage_class(storage_class)

    def write_policy(self, resource: str, text: str, at_once: bool = False) -> None:
        """Write the policy of a bucket (by name) or key (by ARN)."""
        self.principals.stamp(resource, text)
        self.policies.put(resource, text, at_once)

    def policy(self, resource: str) -> str | None:
        """The policy of a bucket or key that is visible now."""
        return self.principals.as_seen(resource, self.policies.visible(resource))

    # --- S3
    def moto_bucket(self, name: str) -> Any:
        """moto's own object of a bucket, or None."""
        owner = s3_backends.bucket_accounts.get(name, ("", ""))[1]
        return s3_backends[owner][PARTITION].buckets.get(name) if owner else None

    def bucket(self, name: str) -> Bucket | None:
        bucket = self.moto_bucket(name)
        if bucket is None:
            return None
        rule: Mapping[str, Any] = (bucket.encryption or {}).get("Rule") or {}
        by_default: Mapping[str, Any] = rule.get("ApplyServerSideEncryptionByDefault") or {}
        reference = by_default.get("KMSMasterKeyID") or ""
        key = self.key(reference, bucket.account_id, bucket.region_name) if reference else None
        return Bucket(
            name=name,
            owner=bucket.account_id,
            region=bucket.region_name,
            policy=self.policy(name),
            default_kms_key=key.arn if key else reference or None,
            bucket_key=str(rule.get("BucketKeyEnabled", "")).lower() == "true",
            requester_pays=bucket.payer == "Requester",
        )

    def put_object(
        self,
        bucket: str,
        key: str,
        body: bytes,
        metadata: Mapping[str, str],
        kms_key_arn: str | None,
        encryption_context: Mapping[str, str] | None = None,
    ) -> None:
        """Store an object as a service does, encrypted with the key, or with SSE-S3 (AES256) without one.

        `metadata` holds user metadata, and HTTP metadata under its own names (Content-Type, ...).
        `encryption_context` is the one that a reader's kms:Decrypt will have.
        """
        stored_in = self.moto_bucket(bucket)
        if stored_in is None:
            raise KeyError(f"no bucket {bucket}")
        locked = stored_in.has_default_lock
        stored: Any = s3_backends[stored_in.account_id][PARTITION].put_object(
            bucket,
            key,
            body,
            encryption="aws:kms" if kms_key_arn else "AES256",
            kms_key_id=kms_key_arn,
            bucket_key_enabled=None if kms_key_arn else "false",
            lock_mode=stored_in.default_lock_mode if locked else None,
            lock_until=stored_in.default_retention() if locked else None,
        )
        stored.kms_key_id = kms_key_arn
        stored.last_modified = self.now().replace(tzinfo=None)
        prefixed = ((name if name.lower() in HTTP_METADATA else f"x-amz-meta-{name}") for name in metadata)
        stored.set_metadata(dict(zip(prefixed, metadata.values(), strict=True)))
        stored.encryption_context = dict(encryption_context or {})

    # --- KMS
    def moto_key(self, reference: str, account: str, region: str) -> Any:
        """moto's own object of a key, by id, ARN, alias name or alias ARN; ids and names are those of the
        account and Region. None if there is none."""
        if reference.startswith("arn:"):
            parts = reference.split(":", 5)
            if len(parts) < 6 or parts[2] != "kms":
                return None
            region, account, reference = parts[3], parts[4], parts[5].removeprefix("key/")
        if region not in REGIONS or not account:
            return None
        backend = kms_backends[account][region]
        if not reference.startswith("alias/"):
            return backend.keys.get(reference)
        holders = (key for key in backend.keys.values() if reference in key.aliases)
        return next(holders, None)

    def key(self, reference: str, account: str, region: str) -> Key | None:
        key = self.moto_key(reference, account, region)
        if key is None:
            return None
        return Key(
            arn=key.arn,
            account=key.account_id,
            region=key.region,
            state=key.key_state,
            usage=key.key_usage,
            spec=key.key_spec,
            policy=self.policy(key.arn) or key.generate_default_policy(),
        )

    # --- SNS, CloudWatch Logs
    def topic_exists(self, arn: str) -> bool:
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[3] not in REGIONS:
            return False
        return arn in sns_backends[parts[4]][parts[3]].topics

    def log_group_exists(self, arn: str) -> bool:
        """Whether a log group exists, by its ARN with or without the ":*" at its end."""
        parts = arn.removesuffix(":*").split(":", 6)
        if len(parts) != 7 or parts[5] != "log-group" or parts[3] not in REGIONS:
            return False
        return parts[6] in logs_backends[parts[4]][parts[3]].groups

    # --- IAM
    def entity(self, arn: str) -> Any:
        """moto's own object of the user or role of an IAM ARN, or None."""
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "iam" or parts[4] not in self.accounts:
            return None
        backend = iam_backends[parts[4]][PARTITION]
        entities = backend.roles.values() if parts[5].startswith("role/") else backend.users.values()
        return next((entity for entity in entities if entity.arn == arn), None)

    def role(self, arn: str) -> dict[str, Any] | None:
        """The trust policy of a role."""
        role = self.entity(arn) if ":role/" in arn else None
        return read_document(role.assume_role_policy_document) if role else None

    def identity_policies(self, arn: str) -> list[dict[str, Any]]:
        """All policies of a user or role: its own, the attached ones and those of a user's groups."""
        entity = self.entity(arn)
        if entity is None:
            return []
        holders = [entity]
        if ":user/" in arn:
            holders += iam_backends[entity.account_id][PARTITION].get_groups_for_user(entity.name)
        return [read_document(text) for holder in holders for text in _documents(holder)]

    def unique_ids(self) -> Iterator[tuple[str, str]]:
        """The (unique id, ARN) of every user and role."""
        for account in sorted(self.accounts):
            backend = iam_backends[account][PARTITION]
            entities: list[Any] = [*backend.roles.values(), *backend.users.values()]
            yield from ((entity.id, entity.arn) for entity in entities)

    def unique_id(self, arn: str) -> str:
        """The unique id of a user or role, or ""."""
        entity = self.entity(arn)
        return str(entity.id) if entity else ""

    def organization_of(self, account: str) -> tuple[str, str] | None:
        """The (organization id, management account id) of a member of the organization."""
        organization = self.organization
        return (organization.id, organization.management) if organization and account in organization.members else None

    def active_members(self) -> list[str]:
        """The accounts of the organization that are neither suspended nor being closed."""
        return self.organization.active() if self.organization else []

    def is_administrator(self, account: str) -> bool:
        """Whether the account is a delegated administrator of the organization for CloudTrail."""
        return self.organization is not None and self.organization.is_administrator(account, CLOUDTRAIL)

    def trusts_cloudtrail(self) -> bool:
        """Whether CloudTrail has trusted access to the organization."""
        return self.organization is not None and CLOUDTRAIL in self.organization.trusted


def read_document(document: Any) -> dict[str, Any]:
    """A policy as moto keeps it: parsed, as JSON, or as URL-encoded JSON."""
    if isinstance(document, Mapping):
        return dict(document)
    text = str(document)
    parsed: dict[str, Any] = json.loads(unquote(text) if text.lstrip().startswith("%7B") else text)
    return parsed


def _documents(holder: Any) -> Iterator[Any]:
    own = holder.policies
    yield from own.values() if isinstance(own, Mapping) else (policy["policy_document"] for policy in own)
    yield from (policy.document for policy in holder.managed_policies.values())
