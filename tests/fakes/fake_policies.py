# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bucket policy and a key policy in memory, behind the gateway's interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import Outcome, reconcile
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.bucket_policy import BucketPolicy
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy.key_policy import KeyPolicy

from tests.fakes.support import ARCHIVE, BUCKET, KEY, REGION, FakeGateway, bucket_options, failure, key_options

# foreign statements with unusual white space and escapes, which must stay byte for byte
ROOT = (
    '{ "Sid": "Enable IAM User Permissions", "Effect":"Allow", "Principal":{"AWS":"arn:aws:iam::%s:root"},'
    '\n"Action":"kms:*","Resource":"*" }'
)
FOREIGN = (
    '{ "Effect" : "Deny","Sid":"Theirs","Principal":"*", "Action":"s3:\\u0047etObject",'
    '\n "Resource":["arn:aws:s3:::secprod-multiaccount-logs/x/*"]}'
)


class FakePolicyStore(FakeGateway):
    """One policy text. After a write, `lag` reads return the old text, and the first of `writers` changes the new."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.lag = 0
        self.writers: list[Callable[[str | None], str | None]] = []
        self.writes: list[str | None] = []
        self._stale: list[str | None] = []
        metadata = {"Arn": KEY, "KeyId": KEY, "AWSAccountId": ARCHIVE, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}
        super().__init__(
            {
                ("s3", "get_bucket_policy"): lambda **_: self._read("NoSuchBucketPolicy"),
                ("s3", "put_bucket_policy"): lambda Policy, **_: self._write(Policy),
                ("s3", "delete_bucket_policy"): lambda **_: self._write(None),
                ("s3", "list_objects_v2"): {},
                ("kms", "describe_key"): {"KeyMetadata": metadata},
                ("kms", "get_key_policy"): lambda **_: self._read("NotFoundException"),
                ("kms", "put_key_policy"): lambda Policy, **_: self._write(Policy),
            }
        )

    def _read(self, absent: str) -> Any:
        text = self._stale.pop() if self._stale else self.text
        return failure(absent) if text is None else {"Policy": text}

    def _write(self, text: str | None) -> Any:
        self._stale = [self.text] * self.lag
        self.text = text
        self.writes.append(text)
        if self.writers:
            self.text = self.writers.pop(0)(self.text)
        return {}

    @property
    def value(self) -> dict[str, Any]:
        assert self.text is not None
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded

    @property
    def statements(self) -> list[dict[str, Any]]:
        statements: list[dict[str, Any]] = self.value["Statement"]
        return statements

    @property
    def sids(self) -> list[str]:
        return [statement.get("Sid", "") for statement in self.statements]


def policy(*statements: str, version: str = "2012-10-17") -> str:
    """The text of a policy, from the texts of its statements."""
    return f'{{"Version":"{version}","Id":"Theirs","Statement":[{", ".join(statements)}]}}'


def empty_bucket() -> FakePolicyStore:
    return FakePolicyStore(None)


def foreign_bucket() -> FakePolicyStore:
    return FakePolicyStore(policy(FOREIGN))


def key() -> FakePolicyStore:
    return FakePolicyStore(policy(ROOT % ARCHIVE))


def bucket_policy(region: str = REGION, **options: Any) -> BucketPolicy:
    return BucketPolicy(bucket_options(**options), region)


def key_policy(region: str = REGION, **options: Any) -> KeyPolicy:
    return KeyPolicy(key_options(**{"bucket": BUCKET, **options}), region)


def run(resource: Any, store: FakePolicyStore, *, dry_run: bool = False) -> Outcome:
    """Reconcile without pauses."""
    return reconcile(resource, store, dry_run=dry_run, pause=lambda _seconds: None)


def run_bucket(store: FakePolicyStore, *, dry_run: bool = False, **options: Any) -> Outcome:
    return run(bucket_policy(**options), store, dry_run=dry_run)


def run_key(store: FakePolicyStore, *, dry_run: bool = False, **options: Any) -> Outcome:
    return run(key_policy(**options), store, dry_run=dry_run)


def operations(outcome: Outcome) -> list[str]:
    return [call.operation for call in outcome.plan]


def only(outcome: Outcome) -> Call:
    (call,) = outcome.plan
    return call
