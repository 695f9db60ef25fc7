# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""cloudtrail_delivery_info on the accounts of the walk-through, with the credentials of the auditor."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT
from tests.e2e.conftest import ARCHIVE, BIN, BUCKET, MEMBERS, PRODUCTION, REGION
from tests.e2e.test_walkthrough import TRAILS, role

READER = f"arn:aws:iam::{ARCHIVE}:role/LogReader"
ACCOUNTS = [{"id": ARCHIVE, "trail_name": "SecurityTrailMaster", "region": REGION}] + [
    {"id": account, "trail_name": name, "region": REGION} for account, name in TRAILS.items()
]
Info = Callable[..., dict[str, Any]]


@pytest.fixture
def info(sandbox: Sandbox) -> Info:
    """The module ad hoc, as the auditor runs it."""

    def run(**options: Any) -> dict[str, Any]:
        arguments = {"bucket": BUCKET, "region": REGION, "assume_role_arn": READER, **options}
        called = "central_logging.aws.cloudtrail_delivery_info"
        command = [str(BIN / "ansible"), "localhost", "-m", called, "-a", json.dumps(arguments)]
        environment = {**sandbox.environment("auditor"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        shown = re.search(r"=> (\{.*\})", done.stdout, re.DOTALL)
        assert shown, done.stdout + done.stderr
        return {"failed": "FAILED!" in done.stdout, **json.loads(shown.group(1))}

    return run


def logs(result: dict[str, Any]) -> dict[str, set[str | None]]:
    """How each account's newest log files are encrypted."""
    encrypted: dict[str, set[str | None]] = {}
    for delivery in result["deliveries"]:
        log = delivery["log"]
        if log:
            encrypted.setdefault(delivery["account"], set()).add(log["kms_key"] or log["encryption"])
    return encrypted


def about(result: dict[str, Any], *kinds: str) -> dict[tuple[str, str], set[str]]:
    """The accounts of the findings of some kinds that are about log files or accounts, by kind and status."""
    accounts: dict[tuple[str, str], set[str]] = {}
    for finding in result["findings"]:
        if finding["kind"] in kinds and "CloudTrail-Digest/" not in finding["resource"]:
            accounts.setdefault((finding["kind"], finding["status"]), set()).add(finding["account"])
    return accounts


def test_the_turning_point_is_visible(
    sandbox: Sandbox, module: Callable[..., dict[str, Any]], client: Callable[..., Any], info: Info
) -> None:
    key = client("kms").create_key(Description="Encrypts the logs")["KeyMetadata"]["Arn"]
    client("s3").create_bucket(Bucket=BUCKET)

    def run(called: str, account: str = ARCHIVE, /, **options: Any) -> dict[str, Any]:
        result = module(called, region=REGION, assume_role_arn=role(account), **options)
        assert not result["failed"], result
        return result

    def trails(**options: Any) -> None:
        for account in ACCOUNTS:
            run("cloudtrail_central", account["id"], name=account["trail_name"], **options)

    expected = {"accounts": ACCOUNTS, "kms_key": key}
    started = datetime.now(timezone.utc).isoformat()
    waiting = [{**account, "logging_since": started} for account in ACCOUNTS]
    everybody = {ARCHIVE, *MEMBERS}

    # no log file yet is a failure, unless the trails have just started logging
    assert about(info(**expected), "silent") == {("silent", "failed"): everybody}
    assert about(info(**{**expected, "accounts": waiting}), "silent") == {("silent", "waiting"): everybody}

    # the bucket policy allows all accounts, the key policy allows none
    run("s3_log_bucket_policy", bucket=BUCKET, accounts=ACCOUNTS)
    trails(bucket=BUCKET)
    sandbox.deliver()
    before = info(**expected)
    assert logs(before) == {account: {"AES256"} for account in everybody}
    assert about(before, "wrong_encryption", "silent") == {("wrong_encryption", "failed"): everybody}
    finding = next(
        item for item in before["findings"] if (item["account"], item["kind"]) == (PRODUCTION, "wrong_encryption")
    )
    assert "AES256" in finding["message"]
    assert key in finding["message"]
    assert "kms_key_grant_accounts" in finding["remediation"]

    # the key policy allows the accounts and their trails use the key: only new log files are encrypted with the key
    run("kms_key_grant_accounts", key=key, accounts=ACCOUNTS)
    trails(kms_key=key)
    assert logs(info(**expected)) == {account: {"AES256"} for account in everybody}
    sandbox.deliver()
    sandbox.forget_calls()
    after = info(**expected)
    assert logs(after) == {account: {key} for account in everybody}
    assert about(after, "wrong_encryption", "wrong_key", "unreadable", "silent", "stale_log") == {}

    # the module only reads, decrypts nothing, and counts its requests
    calls = sandbox.calls()
    assert {call["operation"] for call in calls} <= {"AssumeRole", "ListObjectsV2", "HeadObject"}
    assert not [call for call in calls if call["error"]]
    assert after["requests"] == len([call for call in calls if call["service"] == "s3"])

    # an account that is not expected
    fewer = info(accounts=[account for account in ACCOUNTS if account["id"] != PRODUCTION])
    assert fewer["unexpected_accounts"] == [PRODUCTION]
    assert about(fewer, "unexpected") == {("unexpected", "info"): {PRODUCTION}}
    assert set(logs(fewer)) == everybody - {PRODUCTION}


def test_a_bucket_that_is_missing_or_belongs_to_another_account(
    sandbox: Sandbox, client: Callable[..., Any], info: Info
) -> None:
    missing = info()
    assert missing["failed"]
    assert "NoSuchBucket" in missing["msg"]
    assert f"there is no bucket {BUCKET}" in missing["msg"]
    client("s3", "999900001111", "Administrator", "administrator").create_bucket(Bucket=BUCKET)
    foreign = info()
    assert foreign["failed"]
    for part in ("AccessDenied", f"belongs to account {ARCHIVE}", "s3:ListBucket"):
        assert part in foreign["msg"]
