# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command: how it starts and ends, and what it says of an accounts file that is not valid."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped, unused-ignore]  # the package runs without the stubs of PyYAML

from cloudtrail_sandbox.__main__ import main
from cloudtrail_sandbox.client import Sandbox

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
COMMAND = [sys.executable, "-m", "cloudtrail_sandbox"]
ACCOUNTS = Path(__file__).with_name("accounts.yml")
USER = {
    "account_id": "222233334444",
    "user_name": "operator",
    "access_key_id": "AKIAANYTHING00000000",
    "secret_access_key": "a-long-secret-key",
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "CALLER_ACCOUNT_ID"}, "Action": "sts:AssumeRole"}],
}


def test_it_starts_and_ends(tmp_path: Path) -> None:
    """It works in any folder, and ends cleanly on SIGTERM."""
    options = ["--accounts", str(ACCOUNTS), "--policy-delay", "2.5"]
    with subprocess.Popen(
        [*COMMAND, *options], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _line in range(7)]
        try:
            url = lines[0].removeprefix("sandbox ready: ")
            assert lines[1:] == [
                f"export AWS_ENDPOINT_URL={url}",
                "export AWS_ACCESS_KEY_ID=AKIASANDBOXOPERATOR1",
                "export AWS_SECRET_ACCESS_KEY=sandbox-secret-access-key-0123456789abcdef",
                "export AWS_REGION=us-east-1",
                "export AWS_DEFAULT_REGION=us-east-1",
                "# Ctrl-C stops the sandbox",
            ]
            request = urllib.request.Request(f"{url}/_sandbox/settings", b"{}", method="POST")
            with urllib.request.urlopen(request) as response:
                assert json.load(response)["policy_delay"] == 2.5
        finally:
            process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(timeout=10) == 0
        assert rest == ""


def test_policy_files_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "trust.json").write_text(json.dumps(TRUST))
    accounts = tmp_path / "mine.yml"
    document = {"callers": [USER], "accounts": {"111122223333": {"roles": {"Some": {"trust_policy": "trust.json"}}}}}
    accounts.write_text(yaml.safe_dump(document))
    with Sandbox(accounts, tmp_path / "policies") as sandbox:
        environment = sandbox.environment("operator")
    assert environment["AWS_ACCESS_KEY_ID"] == USER["access_key_id"]
    assert environment["AWS_ENDPOINT_URL"] == sandbox.url
    missing = tmp_path / "trust.json"
    assert refusal(accounts) == (
        f"Cannot read {missing}: No such file or directory. Set --policies to the folder of the policy files."
    )


@pytest.mark.parametrize("document", [{}, {"accounts": {}}, {"callers": []}, {"accounts": {"111122223333": {}}}])
def test_a_file_without_callers(tmp_path: Path, document: dict[str, Any]) -> None:
    accounts = tmp_path / "mine.yml"
    accounts.write_text(yaml.safe_dump(document))
    assert refusal(accounts).startswith("The accounts file has no callers: ")


def role(**members: Any) -> dict[str, Any]:
    roles = {"Some": {"trust_policy": TRUST, **members}}
    return {"callers": [USER], "accounts": {"111122223333": {"roles": roles}}}


def organization(**members: Any) -> dict[str, Any]:
    return {"callers": [USER], "organization": {"id": "o-x", "management_account_id": "222233334444", **members}}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("[", "is not YAML"),
        ("when: 2026-99-99", "is not YAML"),
        ("just a text", "must be a mapping, not 'just a text'"),
        ({"acounts": {}}, "has unknown members acounts"),
        ({"callers": {}}, "callers must be a list"),
        ({"callers": [1]}, "callers[0] must be a mapping, not 1"),
        ({"callers": [{**USER, "secret_access_key": None}]}, "callers[0] lacks secret_access_key"),
        ({"callers": [{**USER, "access_key_id": 1}]}, "access_key_id of callers[0] must be a string"),
        ({"callers": [{**USER, "account_id": 222233334444}]}, "quote it"),
        ({"callers": [USER, USER]}, "described twice"),
        ({"callers": [{**USER, "policy": "{}"}]}, "No such file"),
        ({"callers": [{**USER, "policy": {"Version": "x"}}]}, "policy of the user operator"),
        ({"accounts": []}, "accounts must be a mapping"),
        ({"accounts": {"111122223333": {"role": {}}}}, "unknown members role"),
        ({"callers": [USER], "accounts": {"111122223333": {"roles": {"Some": {}}}}}, "lacks trust_policy"),
        (role(trust_policy=[TRUST, TRUST]), "must be one policy"),
        (role(trust_policy="accounts.yml"), "trust policy of the role Some of account 111122223333 is not valid"),
        (role(permissions=POLICY | {"Statement": 1}), "A policy of the role Some"),
        (role(permissions=1), "must be a mapping, not 1"),
        (role(permissions={"file": "x", "variable": {}}), "unknown members variable"),
        (role(max_session_duration="long"), "must be 3600 to 43200 seconds, not 'long'"),
        (role(permissions=None) | {"variables": ["A"]}, "variables must be a mapping"),
        (organization(management_account_id="1"), "quote it"),
        (organization(management_account_id="999999999999"), "999999999999 is not a member"),
        (organization(delegated_administrators={"s": "x"}), "s must be a list"),
        (organization(delegated_administrators={"s": ["222233334444"]}), "cannot be delegated administrators of s"),
        (organization(organizational_units=["a"]), "organizational_units must be a mapping"),
        (organization() | {"accounts": {"111122223333": {"status": "GONE"}}}, "'GONE' of account 111122223333"),
        (organization() | {"accounts": {"111122223333": {"tags": ["a"]}}}, "tags must be a mapping"),
    ],
)
def test_an_accounts_file_that_is_not_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, sentence: str
) -> None:
    accounts = tmp_path / "accounts.yml"
    accounts.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    assert main(["--accounts", str(accounts)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    [line] = printed.err.splitlines()
    assert sentence in line


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none.yml", ": No such file or directory."), (".", ": Is a directory."), ("binary", " is not UTF-8.")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    assert refusal(tmp_path / name).endswith(f"{tmp_path / name}{reason}")


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_d9_a_port_that_does_not_exist(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit):
        main([f"--port={port}"])
    assert f"{port} is not a port. Use a number from 0 to 65535." in capsys.readouterr().err


def refusal(accounts: Path) -> str:
    """The sentence with which the command ends."""
    command = [*COMMAND, "--accounts", str(accounts)]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    [sentence] = ended.stderr.splitlines()
    return sentence
