# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Changes of the inventory of a running fleet: another Region, fewer accounts, variables that are deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, STAGING, Play
from tests.e2e.test_site import WITHOUT_PROOF, policies, writes

Inventory = Callable[..., Path]
GLASS = "arn:aws:iam::111122223333:role/Administrator"


FLAGS = pytest.mark.parametrize("flags", [(), ("--check",)], ids=["run", "check mode"])
OTHER_BUCKET = "somebody-elses-trail-logs"


@FLAGS
def test_a10_another_region_is_refused_before_the_first_write(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], flags: tuple[str, ...]
) -> None:
    set_up("site")
    run = play("site", *flags, "-e", "central_logging_region=eu-west-1")
    assert run.code != 0
    assert f"bucket {BUCKET} is in Region us-east-1, not in eu-west-1" in run.words
    assert "Set bucket_region (central_logging_region in the inventory) to us-east-1" in run.words
    assert writes(sandbox) == []


@FLAGS
def test_a10_a_trail_of_another_home_region_is_refused_before_the_first_write(
    sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any], flags: tuple[str, ...]
) -> None:
    storage, trails = (client(name, role="Administrator", caller="administrator") for name in ("s3", "cloudtrail"))
    storage.create_bucket(Bucket=OTHER_BUCKET)
    cloudtrail = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    arn = f"arn:aws:s3:::{OTHER_BUCKET}"
    statements = [
        {**cloudtrail, "Action": "s3:GetBucketAcl", "Resource": arn},
        {**cloudtrail, "Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{ARCHIVE}/*"},
    ]
    storage.put_bucket_policy(
        Bucket=OTHER_BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    trails.create_trail(
        Name="SecurityTrailMaster",
        S3BucketName=OTHER_BUCKET,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
    )
    sandbox.forget_calls()
    run = play("site", *flags, "-e", "central_logging_region=eu-west-1")
    assert run.code != 0
    assert "Trail SecurityTrailMaster has its home Region in us-east-1, not in eu-west-1" in run.words
    assert "Set central_logging_region to us-east-1" in run.words
    assert writes(sandbox) == []


@pytest.mark.parametrize("playbook", ["site", "archive", "members", "verify", "remove_account_trails"])
@pytest.mark.parametrize("empty", [{"members"}, {"members", "log_archive"}], ids=["no members", "no hosts"])
def test_a9_an_empty_group_is_an_error(
    sandbox: Sandbox, play: Callable[..., Play], inventory: Inventory, playbook: str, empty: set[str]
) -> None:
    hosts = inventory(lambda hosts, _: [hosts[group].update(hosts={}) for group in empty])
    run = play(playbook, inventory=hosts)
    assert run.code != 0
    assert ("Group members has no host" if len(empty) == 1 else "Group log_archive must have exactly one") in run.words
    assert sandbox.calls() == []


def test_a9_an_archive_without_members_can_be_allowed(
    sandbox: Sandbox, play: Callable[..., Play], inventory: Inventory
) -> None:
    def alone(hosts: dict[str, Any], variables: dict[str, Any]) -> None:
        hosts["members"]["hosts"] = {}
        variables["central_logging_allow_no_members"] = True

    run = play("site", *WITHOUT_PROOF, inventory=inventory(alone))
    assert (run.code, set(run.changed) - {"localhost"}) == (0, {"security"}), run.output
    assert writes(sandbox).count("CreateTrail") == 1


def test_a9_an_inventory_with_fewer_accounts_is_visible(
    play: Callable[..., Play],
    set_up: Callable[[str], None],
    client: Callable[..., Any],
    inventory: Inventory,
    tmp_path: Path,
) -> None:
    set_up("site")
    before = policies(client)
    fewer = inventory(lambda hosts, _: hosts["members"]["hosts"].pop("staging"))
    run = play("site", "-e", f"central_logging_evidence_directory={tmp_path}", inventory=fewer)
    assert f"The inventory lacks accounts that the policies allow (1): {STAGING}." in run.words
    assert policies(client) == before, "the account keeps its access"
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    assert evidence["unlisted_accounts"] == [STAGING]
    (finding,) = [finding for finding in evidence["findings"] if finding["kind"] == "not_in_inventory"]
    assert STAGING in finding["message"]


DELETED = {
    "readers": "central_logging_readers",
    "decrypt principals": "central_logging_decrypt_principals",
    "break-glass principals": "central_logging_break_glass_principals",
    "prefix": "central_logging_prefix",
    "bucket key": "log_archive_bucket_key",
    "tags": "log_archive_tags",
}
SET: dict[str, Any] = {
    "central_logging_break_glass_principals": [GLASS],
    "central_logging_prefix": "audit",
    "log_archive_bucket_key": True,
    "log_archive_tags": {"owner": "security"},
}


def test_a13_deleted_variables_remove_nothing_and_empty_ones_do(
    sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any], inventory: Inventory, tmp_path: Path
) -> None:
    def shared(change: Callable[[dict[str, Any]], Any]) -> Path:
        for file in (tmp_path / "group_vars" / "all.yml", tmp_path / "hosts.yml"):
            file.unlink(missing_ok=True)
        if (tmp_path / "group_vars").exists():
            (tmp_path / "group_vars").rmdir()
        return inventory(lambda _, variables: change(variables))

    assert play("archive", inventory=shared(lambda variables: variables.update(SET))).code == 0
    before = policies(client)
    assert GLASS in before[0] and "audit" in before[0]
    sandbox.forget_calls()
    without = shared(lambda variables: [variables.pop(name, None) for name in DELETED.values()])
    for flags in (("--check", "--diff"), ()):
        run = play("archive", *flags, inventory=without)
        assert (run.code, set(run.changed.values())) == (0, {0}), run.output
    assert writes(sandbox) == []
    assert policies(client) == before

    empty = {name: [] for name in list(DELETED.values())[:3]}
    emptied = shared(lambda variables: variables.update(SET | empty))
    planned = play("archive", "--check", "--diff", inventory=emptied)
    assert planned.code == 0, planned.output
    for statement in ("CentralLoggingRead", "CentralLoggingDecrypt", GLASS):
        assert any(line.startswith("-") and statement in line for line in planned.output.splitlines()), statement
    assert writes(sandbox) == []
    assert play("archive", inventory=emptied).code == 0
    bucket, key = policies(client)
    assert "CentralLoggingRead" not in bucket and GLASS not in bucket and "CentralLoggingDecrypt" not in key


def test_a13_a_first_run_without_decrypt_principals_is_reported(
    play: Callable[..., Play], client: Callable[..., Any], inventory: Inventory
) -> None:
    hosts = inventory(lambda _, variables: variables.pop("central_logging_decrypt_principals"))
    run = play("archive", inventory=hosts)
    assert run.code == 0, run.output
    assert "names no principal that may decrypt logs" in run.words
    assert "CentralLoggingDecrypt" not in policies(client)[1]


@FLAGS
def test_a8_an_account_that_delivers_is_not_cut_off_by_a_purge(
    sandbox: Sandbox,
    play: Callable[..., Play],
    set_up: Callable[[str], None],
    client: Callable[..., Any],
    inventory: Inventory,
    flags: tuple[str, ...],
) -> None:
    set_up("site")
    sandbox.deliver()
    before = policies(client)
    fewer = inventory(lambda hosts, _: hosts["members"]["hosts"].pop("staging"))
    run = play("archive", *flags, "-e", "log_archive_purge_accounts=true", inventory=fewer)
    assert run.code != 0
    assert f"account {STAGING} would lose its access, but its trail still delivers" in run.words
    assert (writes(sandbox), policies(client)) == ([], before)


def test_a8_a_purge_of_an_account_that_delivers_can_be_allowed(
    sandbox: Sandbox,
    play: Callable[..., Play],
    set_up: Callable[[str], None],
    client: Callable[..., Any],
    inventory: Inventory,
) -> None:
    set_up("site")
    sandbox.deliver()
    fewer = inventory(lambda hosts, _: hosts["members"]["hosts"].pop("staging"))
    allowed = ("-e", "log_archive_purge_accounts=true", "-e", "log_archive_allow_weaken=true")
    run = play("archive", *allowed, inventory=fewer)
    assert run.code == 0, run.output
    assert all(STAGING not in text for text in policies(client))
