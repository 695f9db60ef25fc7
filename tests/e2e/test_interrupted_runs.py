# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs of cloudtrail_central that fail half-way, and the next runs; and changes that weaken a trail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import BUCKET, PRODUCTION, REGION
from tests.e2e.test_site import key_arn, writes

NAME = "sectrailprod"
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(set_up: Callable[[str], None], module: Run, client: Callable[..., Any]) -> Run:
    """Runs the module in an account whose trail both policies allow."""
    set_up("archive")
    asked = {"name": NAME, "bucket": BUCKET, "kms_key": key_arn(client)}
    role = {"region": REGION, "assume_role_arn": f"arn:aws:iam::{PRODUCTION}:role/CentralLogging"}
    return lambda *flags, **options: module("cloudtrail_central", *flags, **role, **{**asked, **options})


def data_events(client: Callable[..., Any]) -> set[str]:
    """The types of the recorded data events. The trail is logging."""
    cloudtrail = client("cloudtrail", PRODUCTION)
    assert cloudtrail.get_trail_status(Name=NAME)["IsLogging"]
    selectors = cloudtrail.get_event_selectors(TrailName=NAME).get("AdvancedEventSelectors", [])
    fields = [field for selector in selectors for field in selector["FieldSelectors"]]
    return {value for field in fields if field["Field"] == "resources.type" for value in field["Equals"]}


EVERYTHING = {"AWS::S3::Object", "AWS::Lambda::Function"}


def test_a1_a_trail_whose_creation_was_not_answered_is_completed_in_the_same_run(
    sandbox: Sandbox, run: Run, client: Callable[..., Any]
) -> None:
    sandbox.fault(operation="CreateTrail", error="drop_answer")
    assert run()["changed"]
    assert data_events(client) == EVERYTHING
    assert not run()["changed"]


@pytest.mark.parametrize("operation", ["StartLogging", "PutEventSelectors", "PutInsightSelectors"])
def test_a1_the_second_run_completes_the_trail(
    sandbox: Sandbox, run: Run, client: Callable[..., Any], operation: str
) -> None:
    sandbox.fault(operation=operation, error="AccessDenied")
    first = run(insights=["ApiCallRateInsight"])
    assert first["failed"]
    assert "Completed before: trail sectrailprod: create" in first["msg"]
    assert "changed nothing" not in first["msg"]
    assert run(insights=["ApiCallRateInsight"])["changed"]
    assert data_events(client) == EVERYTHING
    assert not run(insights=["ApiCallRateInsight"])["changed"]


def test_a1_a_trail_that_was_stopped_is_started_only_on_request(run: Run, client: Callable[..., Any]) -> None:
    assert run()["changed"]
    client("cloudtrail", PRODUCTION, role="Administrator", caller="administrator").stop_logging(Name=NAME)
    stopped = run()
    assert (stopped["changed"], stopped["trail"]["logging"]) == (False, False)
    assert run(logging=True)["plan"] == [f"trail {NAME}: start logging"]


def test_a6_another_destination_and_deletion_are_refused(
    sandbox: Sandbox, run: Run, client: Callable[..., Any]
) -> None:
    assert run()["changed"]
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    sandbox.forget_calls()
    for options in ({"bucket": "another-bucket"}, {"key_prefix": "team"}, {"kms_key": other}, {"state": "absent"}):
        for flags in ((), ("--check",)):
            refused = run(*flags, **options)
            assert refused["failed"]
            assert "Set allow_weaken: true" in refused["msg"]
            assert "log_archive_allow_weaken" in refused["msg"]
    assert writes(sandbox) == []
    planned = run("--check", state="absent", allow_weaken=True)
    assert planned["plan"] == [f"trail {NAME}: delete"], planned


def test_c_a_run_goes_on_after_errors_that_disappear(sandbox: Sandbox, run: Run, client: Callable[..., Any]) -> None:
    sandbox.fault(operation="CreateTrail", error="InternalFailure", times=2)
    sandbox.fault(operation="StartLogging", error="ExpiredTokenException")
    sandbox.fault(operation="PutEventSelectors", error="drop", times=2)
    assert run()["changed"]
    assert data_events(client) == EVERYTHING
    operations = [call["operation"] for call in sandbox.calls() if call["account"] == PRODUCTION and call["write"]]
    assert Counter(operations) == {"CreateTrail": 3, "StartLogging": 2, "PutEventSelectors": 3}
    assert len([call for call in sandbox.calls() if call["operation"] == "AssumeRole"]) >= 2


@pytest.mark.parametrize("code", ["S3BucketDoesNotExistException", "KmsKeyNotFoundException", "KmsException"])
def test_c_what_was_just_created_is_waited_for_only_with_policy_wait(sandbox: Sandbox, run: Run, code: str) -> None:
    sandbox.fault(operation="CreateTrail", error=code, times=2)
    refused = run()
    assert refused["failed"]
    assert refused["error_code"] == code
    assert run(policy_wait=30)["changed"]


def test_c_a_role_that_was_just_created_is_waited_for_only_with_policy_wait(sandbox: Sandbox, run: Run) -> None:
    sandbox.fault(operation="AssumeRole", error="AccessDenied", times=3)
    assert "could not assume" in run()["msg"]
    assert run(policy_wait=30)["changed"]
