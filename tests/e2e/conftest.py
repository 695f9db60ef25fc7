# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A sandbox that is reset before each test, and fixtures that run playbooks and modules against it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import KEYS, ROOT, new_sandbox

REGION = "us-east-1"
BUCKET = "secprod-multiaccount-logs"
ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT = "111122223333", "444455556666", "012345678901", "777788889999"
MEMBERS = (PRODUCTION, STAGING, DEVELOPMENT)
TRAILS = {
    ARCHIVE: "SecurityTrailMaster",
    PRODUCTION: "sectrailprod",
    STAGING: "sectrailstaging",
    DEVELOPMENT: "sectraildev",
}

# the Ansible under test: that of this Python, or that of a lane, see noxfile.py
BIN = Path(os.environ.get("ANSIBLE_BIN") or Path(sys.executable).parent)
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Play:
    """The exit code and the output of a run of ansible-playbook."""

    code: int
    output: str

    @property
    def changed(self) -> dict[str, int]:
        return {host: int(changed) for host, changed, _failed in _RECAP.findall(self.output)}

    @property
    def words(self) -> str:
        """The output with all white space folded, because Ansible breaks long messages into lines."""
        return " ".join(self.output.split())


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    running_sandbox.settings(policy_delay=0)
    running_sandbox.forget_calls()
    return running_sandbox


@pytest.fixture
def play(sandbox: Sandbox) -> Callable[..., Play]:
    """Runs a playbook of the checkout; C(inventory) replaces the example inventory."""

    def run(playbook: str, *options: str, inventory: Path | None = None) -> Play:
        chosen = ["-i", str(inventory)] if inventory else []
        command = [str(BIN / "ansible-playbook"), *chosen, f"playbooks/{playbook}.yml", *options]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=sandbox.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Play(done.returncode, done.stdout)

    return run


@pytest.fixture(scope="session")
def snapshots() -> dict[str, str]:
    """The sandbox after a playbook, by the playbook's name."""
    return {}


@pytest.fixture
def set_up(sandbox: Sandbox, play: Callable[..., Play], snapshots: dict[str, str]) -> Callable[[str], None]:
    """The sandbox as C(archive) or C(site) leaves it: the playbook runs once, the other tests restore its snapshot."""

    def run(playbook: str) -> None:
        if playbook in snapshots:
            sandbox.restore(snapshots[playbook])
        else:
            done = play(playbook, "--skip-tags", "verify")
            assert done.code == 0, done.output
            snapshots[playbook] = sandbox.snapshot()
        sandbox.forget_calls()

    return run


@pytest.fixture
def module(sandbox: Sandbox) -> Callable[..., dict[str, Any]]:
    """Runs one module of the collection ad hoc, with the operator's credentials, and returns its result."""

    def run(called: str, /, *options: str, **arguments: Any) -> dict[str, Any]:
        command = [
            str(BIN / "ansible"),
            "localhost",
            "-m",
            f"central_logging.aws.{called}",
            "-a",
            json.dumps(arguments),
        ]
        environment = {**sandbox.environment(), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        done = subprocess.run(
            [*command, *options], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        shown = re.search(r"=> (\{.*\})", done.stdout, re.DOTALL)
        assert shown, done.stdout + done.stderr
        return {"failed": "FAILED!" in done.stdout, **json.loads(shown.group(1))}

    return run


@pytest.fixture
def client(sandbox: Sandbox) -> Callable[..., Any]:
    """Returns a boto3 client in an account, by default with the role of the playbooks."""

    def connect(service: str, account: str = ARCHIVE, role: str = "CentralLogging", caller: str = "operator") -> Any:
        keys = KEYS[caller]
        base = boto3.session.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
        sts = base.client("sts", endpoint_url=sandbox.url)
        got = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="test")["Credentials"]
        session = boto3.session.Session(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
        return session.client(service, region_name=REGION, endpoint_url=sandbox.url)

    return connect


@pytest.fixture
def inventory(tmp_path: Path) -> Callable[..., Path]:
    """Writes a copy of the example inventory after a function has changed its hosts and group variables."""

    def write(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
        hosts = yaml.safe_load((ROOT / "inventory" / "hosts.yml").read_text())
        variables = yaml.safe_load((ROOT / "inventory" / "group_vars" / "all.yml").read_text())
        change(hosts, variables)
        (tmp_path / "group_vars").mkdir()
        (tmp_path / "group_vars" / "all.yml").write_text(yaml.safe_dump(variables))
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(hosts))
        return tmp_path / "hosts.yml"

    return write
