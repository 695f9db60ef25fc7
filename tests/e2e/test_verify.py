# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""verify.yml as an operator runs it: its calls, the hosts that fail, the messages and the evidence.

Each test starts with a fleet that was configured six hours ago. CloudTrail has delivered every hour since then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, DEVELOPMENT, MEMBERS, PRODUCTION, STAGING, Play

HOURS = 6
PER_ACCOUNT = [
    "AssumeRole",
    "ListTrails",
    "DescribeTrails",
    "ListTags",
    "GetTrailStatus",
    "GetEventSelectors",
    *["LookupEvents"] * 5,  # one for a trail that has been logging for the whole time range
]


@pytest.fixture
def fleet(sandbox: Sandbox, play: Callable[..., Play], snapshots: dict[str, str]) -> Sandbox:
    """A configured fleet that has delivered for hours."""
    if "fleet" in snapshots:
        sandbox.restore(snapshots["fleet"])
    else:
        sandbox.settings(clock_offset=-3600 * HOURS)
        run = play("site", "--skip-tags", "verify")
        assert run.code == 0, run.output
        sandbox.hours(HOURS)
        snapshots["fleet"] = sandbox.snapshot()
    sandbox.forget_calls()
    return sandbox


@pytest.fixture
def verify(play: Callable[..., Play], tmp_path: Path) -> Callable[..., tuple[Play, dict[str, Any]]]:
    """Runs verify.yml and reads the evidence."""

    def run(*options: str) -> tuple[Play, dict[str, Any]]:
        done = play("verify", "-e", f"central_logging_evidence_directory={tmp_path}", *options)
        written = tmp_path / "evidence.json"
        evidence: dict[str, Any] = json.loads(written.read_text()) if written.exists() else {}
        return done, evidence

    return run


Verify = Callable[..., tuple[Play, dict[str, Any]]]


def failed(evidence: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Account, check and kind of what failed."""
    found = [item for item in evidence["findings"] if item["status"] == "failed"]
    return {(item["account"], item["check"], item["kind"]) for item in found}


def failing_hosts(run: Play) -> set[str]:
    return {
        line.split(": FAILED!")[0].removeprefix("fatal: [")[:-1]
        for line in run.output.splitlines()
        if "FAILED!" in line
    }


def test_all_hosts_pass(fleet: Sandbox, verify: Verify, tmp_path: Path) -> None:
    run, evidence = verify()
    assert (run.code, set(run.changed.values())) == (0, {0}), run.output
    assert evidence["status"] == "passed_in_part"  # the fleet has delivered for some hours only
    assert {row["account"]: set(row["checks"].values()) for row in evidence["accounts"]} == {
        account: {"passed"} for account in (ARCHIVE, *MEMBERS)
    }
    assert len(evidence["chains"]) == 4
    assert all(chain["digests"] >= HOURS for chain in evidence["chains"])
    cases = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (cases.get("failures"), cases.get("skipped")) == ("0", "0")
    assert str(tmp_path / "evidence.html") in run.words

    calls = fleet.calls()
    assert not [call["operation"] for call in calls if call["write"]]
    assert "HeadObject" not in {call["operation"] for call in calls}, "the validation has read the newest objects"
    for account in MEMBERS:
        role = f"arn:aws:iam::{account}:role/CentralLogging"
        asked = [
            call["operation"]
            for call in calls
            if call["account"] == account or call["parameters"].get("RoleArn") == role
        ]
        assert Counter(asked) == Counter(PER_ACCOUNT)


def test_a_new_trail_waits_for_its_first_delivery(sandbox: Sandbox, play: Callable[..., Play], tmp_path: Path) -> None:
    where = ["-e", f"central_logging_evidence_directory={tmp_path}"]
    run = play("site", *where)
    assert run.code == 0, run.output
    assert "Waiting: " in run.output
    assert "wait for the first delivery" in run.words
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    assert evidence["status"] == "waiting"
    assert {row["checks"]["integrity"] for row in evidence["accounts"]} == {"waiting"}

    impatient = play("verify", *where, "-e", "central_logging_first_delivery_timeout=0")
    assert impatient.code != 0
    assert failing_hosts(impatient) == {"security", "production", "staging", "development"}


def test_an_unexpected_principal_that_decrypts_fails_the_log_archive_host(
    fleet: Sandbox, verify: Verify, client: Callable[..., Any]
) -> None:
    kms = client("kms")
    key = kms.describe_key(KeyId="alias/central-logging")["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    principal = {"AWS": f"arn:aws:iam::{PRODUCTION}:role/Backup"}
    policy["Statement"].append(
        {"Sid": "Nightly<b>Backup", "Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    )
    fleet.legacy_policy(key, json.dumps(policy))
    run, evidence = verify()
    assert failing_hosts(run) == {"security"}
    assert ("", "separation", "overlap") in failed(evidence)
    assert [entry["account"] for entry in evidence["access"]["overlap"]] == [PRODUCTION]
    assert evidence["archive"]["checks"]["separation"] == "failed"

    limited, evidence = verify("--limit", "staging")
    assert failing_hosts(limited) == {"staging"}, "another host reports the finding if the log-archive host is excluded"
    assert [row["account"] for row in evidence["accounts"]] == [STAGING]


def test_a_tampered_log_file_is_named(
    fleet: Sandbox, verify: Verify, client: Callable[..., Any], tmp_path: Path
) -> None:
    administrator = client("s3", role="Administrator", caller="administrator")
    pages = administrator.list_objects_v2(Bucket=BUCKET, Prefix=f"AWSLogs/{PRODUCTION}/CloudTrail/")
    key = sorted(item["Key"] for item in pages["Contents"])[0]
    fleet_key = client("kms").describe_key(KeyId="alias/central-logging")["KeyMetadata"]["Arn"]
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": fleet_key}
    administrator.put_object(Bucket=BUCKET, Key=key, Body=b"nothing happened", **encrypted)
    run, evidence = verify()
    assert failing_hosts(run) == {"production"}
    (bad,) = [item for item in evidence["findings"] if item["status"] == "failed"]
    assert (bad["check"], bad["resource"]) == ("integrity", key)
    assert key in run.output.replace("\n", "").replace(" ", "")
    assert key in (tmp_path / "evidence.html").read_text()


def test_a_second_evidence_names_what_is_new_and_what_is_gone(
    fleet: Sandbox, verify: Verify, client: Callable[..., Any], tmp_path: Path
) -> None:
    def trail(account: str) -> Any:
        return client("cloudtrail", account, role="Administrator", caller="administrator")

    trail(STAGING).stop_logging(Name="sectrailstaging")
    verify()
    (tmp_path / "evidence.json").rename(tmp_path / "old.json")
    trail(STAGING).start_logging(Name="sectrailstaging")
    trail(DEVELOPMENT).stop_logging(Name="sectraildev")
    run, evidence = verify("-e", f"central_logging_previous_evidence={tmp_path}/old.json")
    assert failing_hosts(run) == {"development"}, run.output
    changes = evidence["comparison"]
    assert [problem["affected"][0]["account"] for problem in changes["gone"]] == [STAGING]
    assert [problem["change"] for problem in evidence["problems"] if problem["kind"] == "not_logging"] == ["new"]
    assert {(change["host"], change["now"]) for change in changes["accounts"]} == {
        ("staging", "passed_in_part"),
        ("development", "failed"),
    }

    run, evidence = verify("-e", f"central_logging_previous_evidence={tmp_path}/junit.xml")
    assert "is not a valid evidence.json of version 1 or 2" in run.words
    assert failing_hosts(run) == {"security", "development"}, run.output
    assert evidence["comparison"] is None


def test_limited_to_one_account(fleet: Sandbox, verify: Verify) -> None:
    run, evidence = verify("--limit", "production")
    assert (run.code, list(run.changed)) == (0, ["production"]), run.output
    assert [row["account"] for row in evidence["accounts"]] == [PRODUCTION]
    assert (evidence["inventory"], evidence["unexpected_accounts"]) == (4, [])
    asked = {call["account"] for call in fleet.calls()}
    assert not asked & {STAGING, DEVELOPMENT}


def test_check_mode_fails_hosts_and_writes_no_file(fleet: Sandbox, verify: Verify, client: Callable[..., Any]) -> None:
    client("cloudtrail", STAGING, role="Administrator", caller="administrator").stop_logging(Name="sectrailstaging")
    run, evidence = verify("--check")
    assert failing_hosts(run) == {"staging"}
    assert evidence == {}


def test_b15_a_changed_prefix_waits_for_its_first_delivery(
    fleet: Sandbox, play: Callable[..., Play], inventory: Callable[..., Path], tmp_path: Path
) -> None:
    changed = inventory(lambda _hosts, variables: variables.update(central_logging_prefix="team"))
    allowed = ("-e", "member_account_allow_weaken=true", "-e", "log_archive_allow_weaken=true")
    options = (*allowed, "-e", f"central_logging_evidence_directory={tmp_path}")
    for playbook in ("site", "verify"):  # the second run knows the change from the event history
        run = play(playbook, *options, inventory=changed)
        assert run.code == 0, run.output
        evidence = json.loads((tmp_path / "evidence.json").read_text())
        assert evidence["status"] == "waiting"
        assert {row["account"]: row["checks"]["delivery"] for row in evidence["accounts"]} == dict.fromkeys(
            (ARCHIVE, *MEMBERS), "waiting"
        )
        assert "log file validation" not in run.output
    late = play("verify", "-e", "central_logging_first_delivery_timeout=0", inventory=changed)
    assert failing_hosts(late) == {"security", "production", "staging", "development"}
