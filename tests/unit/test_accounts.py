# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts of the demonstration have the policies of docs/iam, and the operator has no other permissions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cloudtrail_sandbox.accounts_file import AccountsFile
from cloudtrail_sandbox.credentials import Credentials
from cloudtrail_sandbox.snapshots import clear_moto
from cloudtrail_sandbox.state import State
from tests.accounts import ACCOUNTS, KEYS, POLICIES, new_sandbox

ARCHIVE, BUCKET = "111122223333", "secprod-multiaccount-logs"


@pytest.fixture
def state() -> Iterator[State]:
    clear_moto()
    yield State()
    clear_moto()


def test_the_accounts_of_the_demo(state: State) -> None:
    """No placeholder is left in what the README hands to users."""
    AccountsFile.read(ACCOUNTS, POLICIES).load(state, Credentials(state))
    accounts = {"111122223333", "444455556666", "012345678901", "777788889999"}
    assert state.accounts >= accounts | {"222233334444"}
    roles = [(account, "CentralLogging") for account in sorted(accounts)] + [("111122223333", "LogReader")]
    for account, role in roles:
        arn = f"arn:aws:iam::{account}:role/{role}"
        text = json.dumps([state.role(arn), state.identity_policies(arn)])
        assert account in text
        assert not [name for name in ("ACCOUNT_ID", "BUCKET", "PLACEHOLDER") if name in text]


def test_the_operator_has_no_more_than_it_needs() -> None:
    with new_sandbox() as sandbox:

        def client(service: str, caller: str = "operator", **session: str) -> Any:
            keys = session or {
                "aws_access_key_id": KEYS[caller]["AWS_ACCESS_KEY_ID"],
                "aws_secret_access_key": KEYS[caller]["AWS_SECRET_ACCESS_KEY"],
            }
            return boto3.client(service, endpoint_url=sandbox.url, region_name="us-east-1", **keys)

        def assumed(role: str, caller: str = "operator") -> Any:
            arn = f"arn:aws:iam::{ARCHIVE}:role/{role}"
            got = client("sts", caller).assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
            return client(
                "s3",
                aws_access_key_id=got["AccessKeyId"],
                aws_secret_access_key=got["SecretAccessKey"],
                aws_session_token=got["SessionToken"],
            )

        archive = assumed("CentralLogging")
        archive.create_bucket(Bucket=BUCKET)
        attempts: tuple[Callable[[], Any], ...] = (
            lambda: client("cloudtrail").describe_trails(),
            lambda: assumed("Administrator"),
            lambda: assumed("CentralLogging", "auditor"),
            lambda: archive.delete_bucket(Bucket=BUCKET),
            lambda: archive.create_bucket(Bucket="another-bucket"),
            lambda: archive.put_object(Bucket=BUCKET, Key="k", Body=b""),
        )
        for attempt in attempts:
            with pytest.raises(ClientError) as error:
                attempt()
            assert error.value.response["Error"]["Code"].startswith("AccessDenied")
