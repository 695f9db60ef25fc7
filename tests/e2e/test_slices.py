# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWX job slices end in the same state as one run. Two jobs that write the same policy keep each other's changes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT
from tests.e2e.conftest import ARCHIVE, BUCKET, DEVELOPMENT, MEMBERS, PRODUCTION, STAGING, TRAILS, Play
from tests.e2e.test_site import key_arn, policies, writes

BIN = Path(sys.executable).parent
ROLE = f"arn:aws:iam::{ARCHIVE}:role/CentralLogging"
SLICES = 2
Write = Callable[..., Path]


@pytest.fixture
def part(tmp_path: Path) -> Write:
    """Writes an inventory that contains only some of the hosts."""

    def write(name: str, hosts: set[str], **variables: Any) -> Path:
        groups = yaml.safe_load((ROOT / "inventory" / "hosts.yml").read_text())
        kept = {
            group: {"hosts": {host: content["hosts"][host] for host in content["hosts"] if host in hosts}}
            for group, content in groups.items()
        }
        folder = tmp_path / name
        (folder / "group_vars").mkdir(parents=True)
        shared = yaml.safe_load((ROOT / "inventory" / "group_vars" / "all.yml").read_text())
        (folder / "group_vars" / "all.yml").write_text(yaml.safe_dump({**shared, **variables}))
        (folder / "hosts.yml").write_text(
            yaml.safe_dump({group: content for group, content in kept.items() if content["hosts"]})
        )
        return folder / "hosts.yml"

    return write


def slices() -> list[set[str]]:
    """The hosts of each slice: AWX takes every n-th host in order."""
    groups = yaml.safe_load((ROOT / "inventory" / "hosts.yml").read_text())
    hosts = sorted(host for content in groups.values() for host in content["hosts"])
    return [set(hosts[number::SLICES]) for number in range(SLICES)]


def state(client: Callable[..., Any]) -> str:
    """The trails of all accounts and both policies, without the id of the key, which each run creates anew."""
    arn = key_arn(client)
    parts: list[Any] = [json.loads(text) for text in policies(client)]
    for account, name in TRAILS.items():
        trails = client("cloudtrail", account)
        parts.append(trails.get_trail(Name=name)["Trail"])
        parts.append(trails.get_event_selectors(TrailName=name)["AdvancedEventSelectors"])
        parts.append(trails.get_trail_status(Name=name)["IsLogging"])
    return json.dumps(parts, indent=1, sort_keys=True).replace(arn, "KEY")


def test_slices_end_as_one_run(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], client: Callable[..., Any], part: Write
) -> None:
    set_up("site")
    whole = state(client)
    sandbox.reset()
    set_up("archive")
    assert any("security" not in hosts for hosts in slices()), "one slice lacks the log-archive host"
    for number, hosts in enumerate(slices()):
        inventory = part(f"slice{number}", hosts, central_logging_kms_key_arn=key_arn(client))
        run = play("members", inventory=inventory)
        assert run.code == 0, run.output
        assert set(run.changed) == hosts - {"security"}
    assert not {"PutBucketPolicy", "PutKeyPolicy"} & set(writes(sandbox)), "no slice writes a policy"
    assert state(client) == whole


def test_a_slice_without_a_key_fails_before_any_call(sandbox: Sandbox, play: Callable[..., Play], part: Write) -> None:
    run = play("members", inventory=part("slice", {"production", "staging"}))
    assert run.code != 0
    assert "Group log_archive must have exactly one host, the log-archive account. It has none" in run.words
    assert "If the members run without it, for example in a job slice, set central_logging_kms_key_arn." in run.words
    assert sandbox.calls() == []


def test_two_archive_jobs_with_different_accounts_do_not_undo_each_other(
    sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any], part: Write
) -> None:
    assert play("archive", inventory=part("first", {"security"}, central_logging_allow_no_members=True)).code == 0
    sandbox.settings(policy_delay=3)
    jobs = []
    for name, hosts in (("one", {"security", "production"}), ("two", {"security", "staging", "development"})):
        command = [str(BIN / "ansible-playbook"), "-i", str(part(name, hosts)), "playbooks/archive.yml"]
        jobs.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=sandbox.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    outputs = [job.communicate(timeout=300)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0], "\n".join(outputs)
    sandbox.settings(policy_delay=0)
    for text in policies(client):
        for account in (ARCHIVE, PRODUCTION, STAGING, DEVELOPMENT):
            assert account in text


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("s3_log_bucket_policy", {"bucket": BUCKET}),
        ("kms_key_grant_accounts", {"key": "alias/central-logging"}),
    ],
)
def test_many_modules_at_once_each_add_their_account(
    sandbox: Sandbox,
    play: Callable[..., Play],
    client: Callable[..., Any],
    part: Write,
    name: str,
    target: dict[str, str],
) -> None:
    assert play("archive", inventory=part("first", {"security"}, central_logging_allow_no_members=True)).code == 0
    sandbox.settings(policy_delay=2)
    jobs = []
    for account in MEMBERS:
        entries = [{"id": account, "trail_name": "sectrail"}]
        arguments = {"region": "us-east-1", "assume_role_arn": ROLE, "accounts": entries, **target}
        options = ["-m", f"central_logging.aws.{name}", "-a", json.dumps(arguments)]
        command = [str(BIN / "ansible"), "localhost", *options]
        jobs.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=sandbox.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    outputs = [job.communicate(timeout=300)[0] for job in jobs]
    assert [job.returncode for job in jobs] == [0, 0, 0], "\n".join(outputs)
    sandbox.settings(policy_delay=0)
    text = policies(client)[0 if "bucket" in target else 1]
    assert all(account in text for account in (ARCHIVE, *MEMBERS))


@pytest.fixture
def delivering(sandbox: Sandbox, play: Callable[..., Play], snapshots: dict[str, str]) -> Sandbox:
    """A fleet that has delivered for six hours."""
    if "delivering" in snapshots:
        sandbox.restore(snapshots["delivering"])
    else:
        sandbox.settings(clock_offset=-6 * 3600)
        assert play("site", "--skip-tags", "verify").code == 0
        sandbox.hours(6)
        snapshots["delivering"] = sandbox.snapshot()
    sandbox.forget_calls()
    return sandbox


def test_b17_a_slice_without_the_log_archive_verifies_its_accounts(
    delivering: Sandbox, play: Callable[..., Play], client: Callable[..., Any], part: Write, tmp_path: Path
) -> None:
    inventory = part("slice", {"production", "staging"}, central_logging_kms_key_arn=key_arn(client))
    delivering.forget_calls()
    run = play("verify", "-e", f"central_logging_evidence_directory={tmp_path}", inventory=inventory)
    assert (run.code, list(run.changed)) == (0, ["production", "staging"]), run.output
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    assert {row["account"]: set(row["checks"].values()) for row in evidence["accounts"]} == {
        PRODUCTION: {"passed"},
        STAGING: {"passed"},
    }
    assert evidence["archive"]["checks"].get("separation") != "passed"
    assert evidence["status"] == "not_checked", "nobody looked at the access to the archive"
    assert {call["operation"] for call in delivering.calls()}.isdisjoint({"GetKeyPolicy", "GetBucketPolicy"})


def test_b17_a_slice_finds_what_is_wrong_with_its_accounts(
    delivering: Sandbox, play: Callable[..., Play], client: Callable[..., Any], part: Write
) -> None:
    inventory = part("slice", {"production", "staging"}, central_logging_kms_key_arn=key_arn(client))
    client("cloudtrail", STAGING, role="Administrator", caller="administrator").stop_logging(Name="sectrailstaging")
    run = play("verify", inventory=inventory)
    assert "fatal: [staging]" in run.output and "fatal: [production]" not in run.output


def test_b17_a_slice_without_the_key_or_the_reading_role_fails_with_one_sentence(
    delivering: Sandbox, play: Callable[..., Play], client: Callable[..., Any], part: Write
) -> None:
    arn = key_arn(client)
    delivering.forget_calls()
    run = play("verify", inventory=part("no-key", {"production", "staging"}))
    assert run.code != 0
    assert "If the members run without it, for example in a job slice, set central_logging_kms_key_arn." in run.words
    assert delivering.calls() == []
    variables = {"central_logging_kms_key_arn": arn, "central_logging_verify_role_arn": ""}
    run = play("verify", inventory=part("no-role", {"production", "staging"}, **variables))
    assert run.code != 0
    assert f"not to account {ARCHIVE}" in run.words
