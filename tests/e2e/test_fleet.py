# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Both policy modules with thousands of accounts, and the error if a policy does not fit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudtrail_sandbox import judge
from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT
from tests.e2e.conftest import ARCHIVE, BUCKET
from tests.e2e.test_site import key_arn, policies, writes

ORG = "o-a1b2c3d4e5"
NAME = "sectrail"
TARGETS = {"s3_log_bucket_policy": {"bucket": BUCKET}, "kms_key_grant_accounts": {"key": "alias/central-logging"}}
CLOUDTRAIL = judge.Principal("service", service="cloudtrail.amazonaws.com")


def accounts(count: int) -> list[dict[str, str]]:
    return [{"id": f"{number:012d}", "trail_name": NAME} for number in range(1, count + 1)]


@pytest.fixture
def fleet(sandbox: Sandbox, set_up: Callable[[str], None], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Runs both modules for a number of accounts; returns their results by module name."""
    set_up("archive")

    def run(count: int, **options: Any) -> dict[str, Any]:
        tasks: list[dict[str, Any]] = []
        for module, target in TARGETS.items():
            arguments = {**target, **options, "region": "us-east-1", "accounts": "{{ fleet }}"}
            arguments["assume_role_arn"] = f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"
            tasks.append({f"central_logging.aws.{module}": arguments, "register": module, "ignore_errors": True})
            file = {"content": f"{{{{ {module} | to_json }}}}", "dest": str(tmp_path / module)}
            tasks.append({"ansible.builtin.copy": file, "no_log": True})
        (tmp_path / "fleet.json").write_text(json.dumps({"fleet": accounts(count)}))
        (tmp_path / "play.yml").write_text(
            yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
        )
        command = [str(Path(sys.executable).parent / "ansible-playbook"), str(tmp_path / "play.yml")]
        command += ["-e", f"@{tmp_path / 'fleet.json'}", "-e", f"ansible_python_interpreter={sys.executable}"]
        done = subprocess.run(command, cwd=ROOT, env=sandbox.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return {module: json.loads((tmp_path / module).read_text()) for module in TARGETS}

    return run


def admits(client: Callable[..., Any], number: int, organization: str = "") -> bool:
    """Whether the current policies allow the account's trail to write and to encrypt."""
    account = f"{number:012d}"
    arn = f"arn:aws:cloudtrail:us-east-1:{account}:trail/{NAME}"
    source = {"aws:SourceArn": arn, "aws:SourceAccount": account, "aws:SecureTransport": "true"}
    source |= {"aws:SourceOrgID": organization} if organization else {}
    bucket, key = (json.loads(text) for text in policies(client))
    put = {**source, "s3:x-amz-acl": "bucket-owner-full-control"}
    file = f"arn:aws:s3:::{BUCKET}/AWSLogs/{account}/CloudTrail/us-east-1/file"
    context = {**source, "kms:EncryptionContext:aws:cloudtrail:arn": arn}
    requests = [
        (bucket, judge.Request("s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}", CLOUDTRAIL, source)),
        (bucket, judge.Request("s3:PutObject", file, CLOUDTRAIL, put)),
        (key, judge.Request("kms:GenerateDataKey", key_arn(client), CLOUDTRAIL, context)),
    ]
    return all(judge.evaluate(document, request).allowed for document, request in requests)


def test_5000_accounts_of_an_organization(
    sandbox: Sandbox, fleet: Callable[..., dict[str, Any]], client: Callable[..., Any]
) -> None:
    for result in fleet(5000, organization_id=ORG).values():
        assert (result["layout"], result["room"], result["organization_id"]) == ("organization", None, ORG), result
        assert result["bytes"] < result["limit"]
    assert sorted(writes(sandbox)) == ["PutBucketPolicy", "PutKeyPolicy"]
    assert all(admits(client, number, ORG) for number in (1, 2500, 5000))
    assert not admits(client, 1)
    sandbox.forget_calls()
    assert not any(result["changed"] for result in fleet(5000, organization_id=ORG).values())
    assert writes(sandbox) == []


def test_1200_accounts_without_an_organization(
    sandbox: Sandbox, fleet: Callable[..., dict[str, Any]], client: Callable[..., Any]
) -> None:
    results = fleet(1200)
    for result in results.values():
        assert result["layout"] == "compact", result
        assert len(result["accounts_added"]) == 1200
        assert result["bytes"] <= result["limit"]
    assert all(admits(client, number) for number in (1, 600, 1200))
    assert not admits(client, 1201)
    sandbox.forget_calls()
    assert not any(result["changed"] for result in fleet(1200).values())
    assert writes(sandbox) == []


@pytest.mark.parametrize("layout", ["auto", "compact"])
def test_a_policy_that_does_not_fit_is_an_error_with_the_numbers(
    sandbox: Sandbox, fleet: Callable[..., dict[str, Any]], client: Callable[..., Any], layout: str
) -> None:
    before = policies(client)
    for module, result in fleet(2500, layout=layout).items():
        limit = 20480 if module == "s3_log_bucket_policy" else 32768
        assert result["failed"]
        assert f"does not fit: AWS accepts {limit} bytes, the policy needs" in result["msg"]
        assert "set organization_id" in result["msg"]
        assert "a second log bucket and key for part of the accounts: layout compact has space for" in result["msg"]
        assert result["msg"].endswith("This task has changed nothing.")
    assert writes(sandbox) == []
    assert policies(client) == before
