# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The move from account trails to an organization trail. Every account has a trail at every moment."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import new_sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, MEMBERS, TRAILS, Play
from tests.e2e.test_site import key_arn, writes
from tests.organizations import (
    HISTORY_ROLE,
    MANAGEMENT,
    NAME,
    ORG,
    by_the_log_archive,
    by_the_management_account,
    write_accounts,
)

ARN = f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/{NAME}"


@pytest.fixture(scope="module")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The accounts of the demo, all in one organization, and its management account."""
    file = write_accounts(tmp_path_factory.mktemp("organization") / "accounts.yml")
    with new_sandbox(file) as sandbox:
        yield sandbox


@pytest.fixture
def organization(inventory: Callable[..., Path]) -> Path:
    """The inventory with the organization."""
    return inventory(by_the_management_account)


@pytest.fixture
def site(play: Callable[..., Play]) -> Callable[..., Play]:
    """Runs site.yml without verification, which sends other calls."""

    def run(*options: str, inventory: Path | None = None) -> Play:
        return play("site", "--skip-tags", "verify", *options, inventory=inventory)

    return run


def own_trails(client: Callable[..., Any]) -> int:
    """How many members have a trail of their own that is logging."""
    count = 0
    for account in MEMBERS:
        trails = client("cloudtrail", account)
        with contextlib.suppress(trails.exceptions.TrailNotFoundException):
            count += trails.get_trail_status(Name=TRAILS[account])["IsLogging"]
    return count


def test_the_move(
    sandbox: Sandbox,
    site: Callable[..., Play],
    play: Callable[..., Play],
    client: Callable[..., Any],
    organization: Path,
) -> None:
    assert site().code == 0
    assert own_trails(client) == 3
    sandbox.forget_calls()

    run = site(inventory=organization)
    assert run.code == 0, run.output
    sent = writes(sandbox)
    assert (sent.count("PutBucketPolicy"), sent.count("PutKeyPolicy"), sent.count("CreateTrail")) == (1, 1, 1)
    assert not {"DeleteTrail", "StopLogging", "UpdateTrail"} & set(sent)
    assert {call["account"] for call in sandbox.calls()}.isdisjoint(MEMBERS), "no call in a member account"
    assert f"{ARN} records the accounts of the organization. This run creates no trails in these accounts." in run.words
    assert "AWS bills the second copy of management events and every copy of data events" in run.words
    trail = client("cloudtrail", MANAGEMENT).get_trail(Name=NAME)["Trail"]
    assert (trail["TrailARN"], trail["IsOrganizationTrail"], trail["KmsKeyId"]) == (ARN, True, key_arn(client))
    assert own_trails(client) == 3, "both record: no gap"

    sandbox.forget_calls()
    again = site(inventory=organization)
    assert (again.code, set(again.changed.values()), writes(sandbox)) == (0, {0}, []), again.output

    confirmed = ("-e", "central_logging_remove_account_trails=true")
    early = play("remove_account_trails", *confirmed, inventory=organization)
    assert early.code != 0
    assert f"trail {ARN}, which replaces it, has not delivered a log file yet" in early.words
    assert own_trails(client) == 3

    delivered = sandbox.deliver()
    assert all((item["error"], item["encryption"]) == ("", "aws:kms") for item in delivered), delivered
    folders = {item["key"].split("/CloudTrail/")[0] for item in delivered if item["trail"] in (NAME, ARN)}
    assert {f"AWSLogs/{ORG}/{account}" for account in (ARCHIVE, MANAGEMENT, *MEMBERS)} <= folders

    sandbox.forget_calls()
    shown = play("remove_account_trails", inventory=organization)
    assert (shown.code, set(shown.changed.values()), writes(sandbox)) == (0, {1}, []), shown.output
    assert "No trail was deleted" in shown.words

    removed = play("remove_account_trails", *confirmed, inventory=organization)
    assert removed.code == 0, removed.output
    assert writes(sandbox) == ["DeleteTrail"] * 3
    assert own_trails(client) == 0
    assert client("cloudtrail", MANAGEMENT).get_trail_status(Name=NAME)["IsLogging"]
    folders = {item["key"].split("/CloudTrail/")[0] for item in sandbox.deliver()}
    assert {f"AWSLogs/{ORG}/{account}" for account in MEMBERS} <= folders


def test_an_organization_from_the_beginning(
    sandbox: Sandbox, site: Callable[..., Play], client: Callable[..., Any], organization: Path
) -> None:
    checked = site("--check", "--diff", inventory=organization)
    assert checked.code == 0, checked.output
    assert writes(sandbox) == []
    assert "CentralLoggingOrganizationWrite" in checked.output and "CentralLoggingOrganizationEncrypt" in checked.output
    run = site(inventory=organization)
    assert run.code == 0, run.output
    assert own_trails(client) == 0
    policy = client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"]
    assert not any(account in policy for account in MEMBERS), "a policy names only accounts that have their own trail"


def test_a_tag_of_another_part_does_not_need_the_organization_trail(
    sandbox: Sandbox, play: Callable[..., Play], organization: Path
) -> None:
    for tag in ("archive", "organization", "members"):
        run = play("site", "--tags", tag, inventory=organization)
        assert run.code == 0, run.output


def test_a_policy_without_the_folder_of_the_organization_is_an_error(
    sandbox: Sandbox, play: Callable[..., Play], organization: Path
) -> None:
    assert play("archive").code == 0
    run = play("organization", inventory=organization)
    assert run.code != 0
    assert "CreateTrail in account 333344445555 failed: InsufficientS3BucketPolicyException" in run.words
    assert "does not allow the trail" in run.words


def test_a_delegated_administrator_creates_the_trail_of_the_management_account(
    sandbox: Sandbox, site: Callable[..., Play], client: Callable[..., Any], inventory: Callable[..., Path]
) -> None:
    hosts = inventory(by_the_log_archive)
    sandbox.forget_calls()
    run = site(inventory=hosts)
    assert run.code == 0, run.output
    assert {call["account"] for call in sandbox.calls()}.isdisjoint({MANAGEMENT, *MEMBERS})
    trail = client("cloudtrail", MANAGEMENT).get_trail(Name=NAME)["Trail"]
    assert (trail["TrailARN"], trail["IsOrganizationTrail"], trail["KmsKeyId"]) == (ARN, True, key_arn(client))
    assert client("cloudtrail", MANAGEMENT).get_trail_status(Name=NAME)["IsLogging"]
    delivered = sandbox.deliver()
    assert all((item["error"], item["encryption"]) == ("", "aws:kms") for item in delivered), delivered
    assert {f"AWSLogs/{ORG}/{account}" for account in MEMBERS} <= {
        item["key"].split("/CloudTrail/")[0] for item in delivered
    }

    sandbox.forget_calls()
    again = site(inventory=hosts)
    assert (again.code, set(again.changed.values()), writes(sandbox)) == (0, {0}, []), again.output


def test_verification_passes_if_the_organization_trail_records_every_account(
    sandbox: Sandbox, site: Callable[..., Play], play: Callable[..., Play], organization: Path
) -> None:
    sandbox.settings(clock_offset=-6 * 3600)
    run = site(inventory=organization)
    assert run.code == 0, run.output
    sandbox.hours(6)
    run = play("verify", inventory=organization)
    assert run.code == 0, run.output


@pytest.mark.parametrize("managed", [by_the_management_account, by_the_log_archive])
def test_b14_the_first_run_with_an_organization_trail_waits_for_its_deliveries(
    sandbox: Sandbox,
    site: Callable[..., Play],
    play: Callable[..., Play],
    inventory: Callable[..., Path],
    tmp_path: Path,
    managed: Callable[..., None],
) -> None:
    sandbox.settings(clock_offset=-6 * 3600)
    assert site().code == 0
    sandbox.hours(6)
    hosts = inventory(managed)
    history = ("-e", json.dumps({"central_logging_history_roles": [{"role_arn": HISTORY_ROLE}]}))
    for playbook in ("site", "verify"):  # the second run knows the time from GetTrailStatus only
        run = play(playbook, "-e", f"central_logging_evidence_directory={tmp_path}", *history, inventory=hosts)
        assert run.code == 0, run.output
        evidence = json.loads((tmp_path / "evidence.json").read_text())
        assert evidence["status"] == "waiting"
        assert not [finding for finding in evidence["findings"] if finding["status"] == "failed"]
    late = play("verify", "-e", "central_logging_first_delivery_timeout=0", inventory=hosts)
    assert late.code != 0


def test_e11_a_narrowed_organization_trail_fails_the_archive_once(
    sandbox: Sandbox,
    site: Callable[..., Play],
    play: Callable[..., Play],
    client: Callable[..., Any],
    organization: Path,
    tmp_path: Path,
) -> None:
    sandbox.settings(clock_offset=-6 * 3600)
    assert site(inventory=organization).code == 0
    sandbox.hours(6)
    read = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "readOnly", "Equals": ["true"]}]
    trails = client("cloudtrail", MANAGEMENT)
    trails.put_event_selectors(TrailName=NAME, AdvancedEventSelectors=[{"FieldSelectors": read}])
    sandbox.forget_calls()
    run = play("verify", "-e", f"central_logging_evidence_directory={tmp_path}", inventory=organization)
    assert run.code != 0
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    (finding,) = [finding for finding in evidence["findings"] if finding["status"] == "failed"]
    assert (finding["account"], finding["kind"]) == (MANAGEMENT, "narrowed_selectors")
    assert "fatal: [security]" in run.output and "fatal: [production]" not in run.output
    reads = [
        call for call in sandbox.calls() if call["operation"] == "GetEventSelectors" and call["account"] == MANAGEMENT
    ]
    assert len(reads) == 1


def test_e11_an_organization_trail_whose_events_nobody_reads_is_not_passed(
    sandbox: Sandbox,
    site: Callable[..., Play],
    play: Callable[..., Play],
    inventory: Callable[..., Path],
    tmp_path: Path,
) -> None:
    sandbox.settings(clock_offset=-6 * 3600)
    hosts = inventory(by_the_management_account)
    assert site(inventory=hosts).code == 0
    sandbox.hours(6)
    groups = yaml.safe_load(hosts.read_text())
    del groups["organization"]
    hosts.write_text(yaml.safe_dump(groups))
    run = play("verify", "-e", f"central_logging_evidence_directory={tmp_path}", inventory=hosts)
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    assert (run.code, evidence["status"]) == (2, "not_checked"), run.output
    assert "fatal: [security]" in run.output and "fatal: [production]" not in run.output
    (finding,) = [finding for finding in evidence["findings"] if finding["kind"] == "events_not_checked"]
    assert (finding["account"], finding["status"]) == (MANAGEMENT, "not_checked")


def test_a11_the_organization_trail_fails_alone(
    sandbox: Sandbox, site: Callable[..., Play], organization: Path, client: Callable[..., Any]
) -> None:
    sandbox.fault(service="cloudtrail", operation="CreateTrail", account=MANAGEMENT, error="AccessDenied", times=1)
    run = site(inventory=organization)
    assert run.code != 0
    assert "Report accounts covered by the organization trail" in run.words, "the play of the members ran"
    assert client("cloudtrail", ARCHIVE).get_trail_status(Name=TRAILS[ARCHIVE])["IsLogging"]
    closing = run.words[run.words.rindex("PLAY [Report failed accounts]") :]
    assert f"CreateTrail in account {MANAGEMENT} failed: AccessDenied" in closing
