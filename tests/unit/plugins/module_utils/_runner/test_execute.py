# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operation from validated options to its result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._aws.connection import Connection
from ansible_collections.central_logging.aws.plugins.module_utils._aws.gateway import Gateway
from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import NotConverged
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import Outcome
from ansible_collections.central_logging.aws.plugins.module_utils._runner import execute as runner
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import (
    InfoOperation,
    StateOperation,
    execute,
)

from tests.fakes.support import REGION

CONNECTION = Connection(region=REGION)
CALL = Call(service="s3", operation="put_bucket_policy", arguments={"Policy": "p"}, summary="put the policy")
PARAMS = {"name": "x"}


class Resource:
    def __init__(self, params: Any, region: str) -> None:
        assert (params, region) == (PARAMS, REGION)

    def warnings(self, outcome: Outcome) -> list[str]:
        return ["Mind this."]

    def result(self, outcome: Outcome) -> dict[str, Any]:
        return {"bytes": 7}

    def diff(self, outcome: Outcome) -> dict[str, Any]:
        return {"before": 1, "after": 2}


class Query:
    connections = 64

    def __init__(self, params: Any, region: str) -> None:
        assert (params, region) == (PARAMS, REGION)

    def read(self, gateway: Gateway, progress: Any) -> dict[str, Any]:
        assert gateway.connection.connections == 64
        progress("half of it is done")
        return {"trails": []}


STATE: Any = StateOperation(resource=Resource, options={"name": {"type": "str"}})  # type: ignore[arg-type]
INFO = InfoOperation(query=Query, options={"name": {"type": "str"}})


def run(monkeypatch: pytest.MonkeyPatch, plan: tuple[Call, ...], *, check_mode: bool, diff: bool) -> dict[str, Any]:
    def reconcile(_resource: Any, gateway: Gateway, *, dry_run: bool) -> Outcome:
        assert gateway.connection is CONNECTION
        assert dry_run is check_mode
        return Outcome(before=None, desired=None, after=None, plan=plan)

    monkeypatch.setattr(runner.reconcile, "reconcile", reconcile)
    return execute(STATE, PARAMS, check_mode=check_mode, diff=diff, connection=CONNECTION)


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("plan", "changed"), [((), False), ((CALL,), True)])
def test_changed_is_the_plan(monkeypatch: pytest.MonkeyPatch, check_mode: bool, plan: Any, changed: bool) -> None:
    assert run(monkeypatch, plan, check_mode=check_mode, diff=True) == {
        "changed": changed,
        "plan": [call.summary for call in plan],
        "bytes": 7,
        "warnings": ["Mind this."],
        "diff": {"before": 1, "after": 2},
    }


@pytest.mark.parametrize(("check_mode", "wait"), [(False, 60.0), (True, 0.0)])
def test_c_check_mode_does_not_wait_for_what_was_not_created(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool, wait: float
) -> None:
    waits = []

    def reconcile(_resource: Any, gateway: Gateway, *, dry_run: bool) -> Outcome:
        waits.append(gateway.connection.policy_wait)
        return Outcome(before=None, desired=None, after=None)

    monkeypatch.setattr(runner.reconcile, "reconcile", reconcile)
    execute(STATE, PARAMS, check_mode=check_mode, diff=False, connection=replace(CONNECTION, policy_wait=60.0))
    assert waits == [wait]


def test_no_diff_unless_diff_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "diff" not in run(monkeypatch, (), check_mode=False, diff=False)


def test_a_query_changes_nothing_and_shows_progress() -> None:
    shown: list[str] = []
    result = execute(INFO, PARAMS, check_mode=False, diff=True, connection=CONNECTION, progress=shown.append)
    assert result == {"changed": False, "trails": []}
    assert shown == ["half of it is done"]


def test_without_a_place_for_progress() -> None:
    assert execute(INFO, PARAMS, check_mode=True, diff=False, connection=CONNECTION)["trails"] == []


def test_errors_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def reconcile(*_arguments: Any, **_keywords: Any) -> Outcome:
        raise NotConverged("Not yet.")

    monkeypatch.setattr(runner.reconcile, "reconcile", reconcile)
    with pytest.raises(NotConverged, match="Not yet"):
        execute(STATE, PARAMS, check_mode=False, diff=False, connection=CONNECTION)


def test_only_what_changes_something_has_a_preview() -> None:
    assert set(INFO.argument_spec) == {"name", "account_id", "assume_role_arn", "external_id", "retry_timeout"}
    assert set(STATE.argument_spec) == {*INFO.argument_spec, "allow_missing_in_check_mode"}
