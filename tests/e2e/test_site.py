# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""site.yml as a whole: the calls it sends, the state of AWS after it, and a second run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, BUCKET, MEMBERS, PRODUCTION, Play

CONVERGED = ["AssumeRole", "GetTrail", "GetEventSelectors", "GetTrailStatus"]
WITHOUT_PROOF = ("--skip-tags", "verify")  # test_verify.py tests verification
FIRST = ["AssumeRole", "GetTrail", "CreateTrail", "StartLogging", "PutEventSelectors"]


def writes(sandbox: Sandbox) -> list[str]:
    return [call["operation"] for call in sandbox.calls() if call["write"]]


def calls_for(sandbox: Sandbox, account: str) -> list[str]:
    """The calls that one member account costs: those in it, and the AssumeRole into it."""
    role = f"arn:aws:iam::{account}:role/CentralLogging"
    return [
        call["operation"]
        for call in sandbox.calls()
        if call["account"] == account or call["parameters"].get("RoleArn") == role
    ]


def policies(client: Callable[..., Any]) -> tuple[str, str]:
    """The texts of both policies."""
    kms = client("kms")
    bucket = client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"]
    return bucket, kms.get_key_policy(KeyId=key_arn(client), PolicyName="default")["Policy"]


def key_arn(client: Callable[..., Any]) -> str:
    arn: str = client("kms").describe_key(KeyId="alias/central-logging")["KeyMetadata"]["Arn"]
    return arn


def test_check_mode_on_empty_accounts_is_a_plan(sandbox: Sandbox, play: Callable[..., Play]) -> None:
    run = play("site", "--check", "--diff")
    assert run.code == 0, run.output
    assert writes(sandbox) == []
    for planned in (
        *("SecurityTrailMaster", "sectrailprod", "sectrailstaging", "sectraildev"),
        *("CentralLoggingWrite", "CentralLoggingDenyDelete", "CentralLoggingEncrypt", "CentralLoggingDecrypt"),
    ):
        assert planned in run.output
    assert all(changed > 0 for changed in run.changed.values())


def test_first_run_then_nothing_to_do(sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any]) -> None:
    run = play("site", *WITHOUT_PROOF)
    assert run.code == 0, run.output
    sent = Counter(writes(sandbox))
    assert (sent["PutBucketPolicy"], sent["PutKeyPolicy"], sent["CreateTrail"]) == (1, 1, 4)
    for account in MEMBERS:
        assert calls_for(sandbox, account) == FIRST

    delivered = sandbox.deliver()
    assert {item["account"] for item in delivered} == {ARCHIVE, *MEMBERS}
    for item in delivered:
        assert (item["error"], item["encryption"], item["kms_key_arn"]) == ("", "aws:kms", key_arn(client))

    sandbox.forget_calls()
    again = play("site", *WITHOUT_PROOF)
    assert again.code == 0, again.output
    assert set(again.changed.values()) == {0}
    assert writes(sandbox) == []
    for account in MEMBERS:
        assert calls_for(sandbox, account) == CONVERGED

    sandbox.forget_calls()
    checked = play("site", "--check")
    assert (checked.code, set(checked.changed.values()), writes(sandbox)) == (0, {0}, [])


def test_limit_narrows_nothing(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], client: Callable[..., Any]
) -> None:
    set_up("site")
    before = policies(client)
    sandbox.forget_calls()
    run = play("site", "--limit", "production", *WITHOUT_PROOF)
    assert (run.code, run.changed) == (0, {"production": 0}), run.output
    assert writes(sandbox) == []
    assert calls_for(sandbox, PRODUCTION) == CONVERGED
    assert policies(client) == before


def test_members_run_by_themselves_with_the_key_given(
    sandbox: Sandbox, play: Callable[..., Play], set_up: Callable[[str], None], client: Callable[..., Any]
) -> None:
    set_up("archive")
    arn = key_arn(client)
    sandbox.forget_calls()
    run = play("members", "-e", f"central_logging_kms_key_arn={arn}", "--limit", "production")
    assert run.code == 0, run.output
    assert {call["account"] for call in sandbox.calls()} == {"222233334444", PRODUCTION}
    assert client("cloudtrail", PRODUCTION).get_trail(Name="sectrailprod")["Trail"]["KmsKeyId"] == arn


@pytest.mark.parametrize("tag", ["members", "verify", "organization"])
def test_a_tag_selects_one_part_and_needs_no_other(sandbox: Sandbox, play: Callable[..., Play], tag: str) -> None:
    """Ansible validates the arguments of an imported role with every tag."""
    assert play("site", "--skip-tags", "verify").code == 0
    sandbox.forget_calls()
    run = play("site", "--tags", tag)
    assert (run.code, set(run.changed.values())) == (0, {0}), run.output
    assert bool(sandbox.calls()) == (tag != "organization")


def test_policies_that_become_visible_late(sandbox: Sandbox, play: Callable[..., Play]) -> None:
    sandbox.settings(policy_delay=3)
    run = play("site")
    assert run.code == 0, run.output
    sent = Counter(writes(sandbox))
    assert (sent["PutBucketPolicy"], sent["PutKeyPolicy"]) == (1, 1)
    assert all(item["encryption"] == "aws:kms" for item in sandbox.deliver())


def test_a_run_that_was_cut_off_is_finished_by_the_next(
    sandbox: Sandbox, play: Callable[..., Play], client: Callable[..., Any]
) -> None:
    sandbox.fault(service="cloudtrail", operation="StartLogging", account=PRODUCTION, error="AccessDenied", times=1)
    cut = play("site")
    assert cut.code != 0
    assert "StartLogging in account 444455556666 failed: AccessDenied" in cut.words
    assert play("site").code == 0
    assert client("cloudtrail", PRODUCTION).get_trail_status(Name="sectrailprod")["IsLogging"]


def test_throttling_and_server_errors_are_retried(sandbox: Sandbox, play: Callable[..., Play]) -> None:
    sandbox.fault(service="cloudtrail", operation="GetTrail", error="ThrottlingException", times=2)
    sandbox.fault(service="s3", operation="PutBucketPolicy", error="OperationAborted", status=409, times=1)
    sandbox.fault(service="kms", operation="PutKeyPolicy", error="drop", times=1)
    run = play("site")
    assert run.code == 0, run.output
