# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The steps that the playbooks automate, one by one.

At first the member accounts deliver without the key, and their log files are encrypted with AES256. CloudTrail rejects
a trail with the key. Then the key policy allows the accounts and their trails use the key. From now on, new log files
are encrypted with the key.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, DEVELOPMENT, MEMBERS, PRODUCTION, REGION, STAGING

TRAILS = {PRODUCTION: "sectrailprod", STAGING: "sectrailstaging", DEVELOPMENT: "sectraildev"}


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/CentralLogging"


def encryption(sandbox: Sandbox) -> dict[str, set[str]]:
    """How each account's logs of one delivery are encrypted, or the delivery's error."""
    encrypted: dict[str, set[str]] = {}
    for item in sandbox.deliver():
        encrypted.setdefault(item["account"], set()).add(item["error"] or item["kms_key_arn"] or item["encryption"])
    return encrypted


def test_the_walk_through(sandbox: Sandbox, module: Callable[..., dict[str, Any]], client: Callable[..., Any]) -> None:
    kms, s3 = client("kms"), client("s3")
    arn = kms.create_key(Description="Encrypts the logs")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/central-logging", TargetKeyId=arn)
    s3.create_bucket(Bucket=BUCKET)

    def run(called: str, account: str = ARCHIVE, /, **options: Any) -> dict[str, Any]:
        look = {"log_archive_role_arn": role(ARCHIVE)} if called == "cloudtrail_central" else {}
        return module(called, region=REGION, assume_role_arn=role(account), **look, **options)

    # the log-archive account records itself, encrypted
    own = [{"id": ARCHIVE, "trail_name": "SecurityTrailMaster"}]
    assert run("s3_log_bucket_policy", bucket=BUCKET, accounts=own)["changed"]
    assert run("kms_key_grant_accounts", key=arn, accounts=own)["changed"]
    assert run("cloudtrail_central", name="SecurityTrailMaster", bucket=BUCKET, kms_key=arn)["changed"]

    # the bucket policy allows the members, the key policy does not
    members = [{"id": account, "trail_name": name} for account, name in TRAILS.items()]
    admitted = run("s3_log_bucket_policy", bucket=BUCKET, accounts=members)
    assert sorted(admitted["accounts"]) == sorted([ARCHIVE, *MEMBERS])
    for account, name in TRAILS.items():
        refused = run("cloudtrail_central", account, name=name, bucket=BUCKET, kms_key=arn)
        assert refused["failed"]
        for part in (
            "InsufficientEncryptionPolicyException",
            "CentralLoggingEncrypt",
            account,
            "This task has changed nothing",
        ):
            assert part in refused["msg"]
        assert run("cloudtrail_central", account, name=name, bucket=BUCKET)["changed"]
    assert encryption(sandbox) == {ARCHIVE: {arn}, **{account: {"AES256"} for account in MEMBERS}}

    # the key policy allows the members
    assert run("kms_key_grant_accounts", key=arn, accounts=members)["accounts_added"] == sorted(MEMBERS)
    assert encryption(sandbox) == {ARCHIVE: {arn}, **{account: {"AES256"} for account in MEMBERS}}
    for account, name in TRAILS.items():
        updated = run("cloudtrail_central", account, name=name, kms_key=arn)
        assert updated["plan"] == [f"trail {name}: update kms_key"]
    assert encryption(sandbox) == {account: {arn} for account in (ARCHIVE, *MEMBERS)}

    # a folder for each account, with real log files in it
    prefixes = s3.list_objects_v2(Bucket=BUCKET, Prefix="AWSLogs/", Delimiter="/")["CommonPrefixes"]
    assert {item["Prefix"] for item in prefixes} == {f"AWSLogs/{account}/" for account in (ARCHIVE, *MEMBERS)}


def test_who_decrypts_and_who_does_not(
    sandbox: Sandbox, set_up: Callable[[str], None], client: Callable[..., Any]
) -> None:
    set_up("site")
    log = sandbox.deliver()[-1]
    reader = client("s3", role="LogReader", caller="auditor")
    body = reader.get_object(Bucket=BUCKET, Key=log["key"])["Body"].read()
    assert json.loads(gzip.decompress(body))["Records"]
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        client("s3", PRODUCTION).get_object(Bucket=BUCKET, Key=log["key"])
    for account in (ARCHIVE, PRODUCTION):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            client("s3", account).delete_object(Bucket=BUCKET, Key=log["key"])
