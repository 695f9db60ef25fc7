# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A state of dictionaries, and a CloudTrail in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from cloudtrail_sandbox.cloudtrail.api import CloudTrail
from cloudtrail_sandbox.cloudtrail.log_delivery import Round
from cloudtrail_sandbox.errors import ApiError
from cloudtrail_sandbox.state import Bucket, Key, State

ARCHIVE, MEMBER, OTHER = "111122223333", "012345678901", "222233334444"
HOME, ELSEWHERE = "eu-west-1", "us-east-1"
BUCKET = "central-logs"
KEY_ID = "11111111-2222-3333-4444-555555555555"
KEY = f"arn:aws:kms:{HOME}:{ARCHIVE}:key/{KEY_ID}"
GROUP = f"arn:aws:logs:{HOME}:{MEMBER}:log-group:trail:*"
ROLE = f"arn:aws:iam::{MEMBER}:role/Logs"
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}


def arn(name: str = "trail", account: str = MEMBER, region: str = HOME) -> str:
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str, **condition: dict[str, Any]) -> dict[str, Any]:
    extra = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": CLOUDTRAIL, "Action": action, "Resource": resource, **extra}


def bucket_policy(folder: str = "*", **condition: dict[str, Any]) -> str:
    resource = f"arn:aws:s3:::{BUCKET}"
    return policy(
        allow("s3:GetBucketAcl", resource, **condition), allow("s3:PutObject", f"{resource}/{folder}", **condition)
    )


def key_policy(*actions: str, **condition: dict[str, Any]) -> str:
    return policy(*(allow(action, "*", **condition) for action in actions))


KEY_ACTIONS = ("kms:GenerateDataKey*", "kms:DescribeKey")


@dataclass
class FakeState:
    """The part of State that CloudTrail uses."""

    buckets: dict[str, Bucket] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    permissions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    organization: tuple[str, str] | None = None
    accounts: set[str] = field(default_factory=lambda: {ARCHIVE, MEMBER, OTHER})
    administrators: set[str] = field(default_factory=set)
    trusting: bool = True
    clock_offset: float = 0.0
    stored: list[dict[str, Any]] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, 5, tzinfo=UTC) + timedelta(seconds=self.clock_offset)

    def enabled_regions(self, account: str = "") -> tuple[str, ...]:
        return (HOME, ELSEWHERE, "us-west-2")

    def bucket(self, name: str) -> Bucket | None:
        return self.buckets.get(name)

    def key(self, reference: str, account: str, region: str) -> Key | None:
        return self.keys.get(reference)

    def topic_exists(self, topic: str) -> bool:
        return topic in self.topics

    def log_group_exists(self, group: str) -> bool:
        return group in self.groups

    def role(self, role: str) -> dict[str, Any] | None:
        return self.roles.get(role)

    def identity_policies(self, role: str) -> list[dict[str, Any]]:
        return self.permissions.get(role, [])

    def organization_of(self, account: str) -> tuple[str, str] | None:
        return self.organization if account in self.accounts - {OTHER} else None

    def active_members(self) -> list[str]:
        return sorted(one for one in self.accounts if self.organization_of(one))

    def is_administrator(self, account: str) -> bool:
        return account in self.administrators

    def trusts_cloudtrail(self) -> bool:
        return self.trusting

    def put_object(self, *stored: Any) -> None:
        names = ("bucket", "key", "body", "metadata", "kms_key_arn", "encryption_context")
        self.stored.append(dict(zip(names, stored, strict=True)))

    # --- what the tests change
    def set_bucket(self, **changes: Any) -> None:
        self.buckets[BUCKET] = replace(self.buckets[BUCKET], **changes)

    def set_key(self, reference: str = KEY, **changes: Any) -> None:
        plain = Key(KEY, ARCHIVE, HOME, "Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", key_policy(*KEY_ACTIONS))
        self.keys[reference] = replace(self.keys.get(reference, plain), **changes)


class Trails:
    """CloudTrail in a fake state with one good bucket."""

    def __init__(self) -> None:
        self.state = FakeState()
        self.state.buckets[BUCKET] = Bucket(BUCKET, ARCHIVE, HOME, bucket_policy(), None, False, False)
        self.cloudtrail = CloudTrail(cast(State, self.state))

    def __call__(self, operation: str, account: str = MEMBER, region: str = HOME, **parameters: Any) -> dict[str, Any]:
        return self.cloudtrail.handle(operation, parameters, account, region)

    def create(self, name: str = "trail", **options: Any) -> dict[str, Any]:
        return self("CreateTrail", **{"Name": name, "S3BucketName": BUCKET, **options})

    def refused(self, code: str, operation: str, **options: Any) -> str:
        """The sentence of an operation that is refused with the code."""
        with pytest.raises(ApiError) as error:
            self(operation, **options)
        assert error.value.code == code, error.value
        return error.value.message

    def refused_create(self, code: str, **options: Any) -> str:
        return self.refused(code, "CreateTrail", **{"Name": "trail", "S3BucketName": BUCKET, **options})

    def deliver(self, events: int = 3) -> list[dict[str, Any]]:
        return self.cloudtrail.deliver(Round(events))["deliveries"]

    def trail(self, name: str = "trail", **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = self("GetTrail", Name=name, **options)["Trail"]
        return found
