# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An account that fails does not keep the others from being configured, and is named at the end of the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, MEMBERS, PRODUCTION, STAGING, TRAILS, Play
from tests.e2e.test_site import WITHOUT_PROOF, writes

SUMMARY = "Account {} was not configured completely. {} failed. CreateTrail in account {} failed: AccessDenied"


def is_logging(client: Callable[..., Any], account: str) -> bool:
    trails = client("cloudtrail", account)
    names = [trail["Name"] for trail in trails.describe_trails()["trailList"]]
    return TRAILS[account] in names and trails.get_trail_status(Name=TRAILS[account])["IsLogging"]


def fail_create_trail(sandbox: Sandbox, account: str) -> None:
    sandbox.fault(service="cloudtrail", operation="CreateTrail", account=account, error="AccessDenied", times=1)


def test_a11_the_trail_of_the_log_archive_fails_alone(
    sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any]
) -> None:
    fail_create_trail(sandbox, ARCHIVE)
    run = play("site", *WITHOUT_PROOF)
    assert run.code != 0
    assert [is_logging(client, account) for account in (ARCHIVE, *MEMBERS)] == [False, True, True, True]
    closing = run.words[run.words.rindex("PLAY [Report failed accounts]") :]
    assert SUMMARY.format(ARCHIVE, "Configure the trail of the log-archive account", ARCHIVE) in closing
    assert all(account not in closing for account in MEMBERS)
    again = play("site", *WITHOUT_PROOF)
    assert again.code == 0, again.output
    assert is_logging(client, ARCHIVE)


def test_a11_the_archive_playbook_alone_fails_too(sandbox: Sandbox, play: Callable[..., Play]) -> None:
    fail_create_trail(sandbox, ARCHIVE)
    run = play("archive")
    assert run.code != 0
    assert SUMMARY.format(ARCHIVE, "Configure the trail of the log-archive account", ARCHIVE) in run.words


def test_a11_no_member_is_configured_if_a_policy_failed(sandbox: Sandbox, play: Callable[..., Play]) -> None:
    sandbox.fault(service="s3", operation="PutBucketPolicy", error="AccessDenied", times=1)
    run = play("site", *WITHOUT_PROOF)
    assert run.code != 0
    assert "The log archive is not ready. No other account can log to it" in run.words
    assert "CreateTrail" not in writes(sandbox)


def test_a11_members_that_fail_are_named_in_the_run_and_in_the_evidence(
    sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any], tmp_path: Path
) -> None:
    for account in (PRODUCTION, STAGING):
        fail_create_trail(sandbox, account)
    run = play("site", "-e", f"central_logging_evidence_directory={tmp_path}")
    assert run.code != 0
    assert [is_logging(client, account) for account in (ARCHIVE, *MEMBERS)] == [True, False, False, True]
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    kinds = {finding["account"]: finding for finding in evidence["findings"] if finding["kind"] == "not_configured"}
    assert set(kinds) == {PRODUCTION, STAGING}
    assert f"CreateTrail in account {PRODUCTION} failed: AccessDenied" in kinds[PRODUCTION]["message"]
    status = {row["account"]: row["status"] for row in evidence["accounts"]}
    assert (status[PRODUCTION], status[STAGING]) == ("failed", "failed")
    closing = run.words[run.words.rindex("TASK [central_logging.aws.verification : Fail hosts") :]
    for account in (PRODUCTION, STAGING):
        assert f"CreateTrail in account {account} failed: AccessDenied" in closing


@pytest.mark.parametrize("playbook", ["members", "site"])
def test_a11_all_members_fail(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], playbook: str
) -> None:
    set_up("archive")
    for account in MEMBERS:
        fail_create_trail(sandbox, account)
    run = play(playbook, *WITHOUT_PROOF)
    assert run.code != 0
    closing = run.words[run.words.rindex("PLAY [Report failed accounts]") :]
    for account in MEMBERS:
        assert SUMMARY.format(account, "Configure the trail", account) in closing


def test_a11_the_failed_accounts_are_published(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up("archive")
    fail_create_trail(sandbox, PRODUCTION)
    monkeypatch.setenv("ANSIBLE_SHOW_CUSTOM_STATS", "true")
    run = play("members")
    stats = run.words[run.words.rindex("CUSTOM STATS") :]
    assert "central_logging_failed_accounts" in stats
    assert PRODUCTION in stats and STAGING not in stats
