# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When an operation runs in Ansible's worker, with what, and what remains of it afterwards."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.central_logging.aws.plugins.action.cloudtrail_central import ActionModule
from ansible_collections.central_logging.aws.plugins.module_utils._aws import session
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, Refused
from ansible_collections.central_logging.aws.plugins.plugin_utils._fast_path import action as fast_path

from tests.fakes.support import REGION, SECRET

HERE = {"inventory_hostname": "production", "ansible_python_interpreter": sys.executable}
ARGUMENTS = {"name": "sectrailprod", "region": REGION}


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "EC2_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(NormalAction, "run", lambda *_: {"way": "process"})
    replace_execute(monkeypatch, lambda *_, **__: {"way": "worker", "warnings": []})


def replace_execute(monkeypatch: pytest.MonkeyPatch, execute: Any) -> None:
    monkeypatch.setattr(fast_path, "execute", execute)


def action(monkeypatch: pytest.MonkeyPatch, environment: dict[str, Any] | None = None, **differences: Any) -> Any:
    connection = {"transport": "local", "become": None, **differences.pop("connection", {})}
    task = {"args": ARGUMENTS, "action": "a.b.c", "check_mode": True, "diff": False, "async_val": 0}
    made = ActionModule(
        SimpleNamespace(**{**task, "delegate_to": None, **differences}),
        SimpleNamespace(**connection),
        None,
        None,
        SimpleNamespace(template=lambda value: value),
        None,
    )
    monkeypatch.setattr(made, "_compute_environment_string", lambda out: out.update(environment or {}))
    return made


@pytest.mark.parametrize(
    ("differences", "variables", "here"),
    [
        ({}, HERE, True),
        ({"environment": {"AWS_REGION": "eu-west-1"}}, HERE, True),
        ({"environment": {"PYTHONPATH": "/elsewhere"}}, HERE, False),
        ({"connection": {"transport": "ssh"}}, HERE, False),
        ({"connection": {"become": "sudo"}}, HERE, False),
        ({"async_val": 60}, HERE, False),
        ({}, {**HERE, "ansible_python_interpreter": "/usr/bin/another-python"}, False),
        ({}, {"inventory_hostname": "production"}, False),  # Ansible would look for a Python
        ({"delegate_to": "d"}, {"ansible_delegated_vars": {"d": HERE}}, True),
        ({"delegate_to": "d"}, {**HERE, "ansible_delegated_vars": {"d": {}}}, False),
        ({"args": {**ARGUMENTS, "debug_botocore_endpoint_logs": "yes"}}, HERE, False),
        ({"environment": {"ANSIBLE_DEBUG_BOTOCORE_LOGS": "1"}}, HERE, False),
    ],
)
def test_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, differences: dict[str, Any], variables: dict[str, Any], here: bool
) -> None:
    assert action(monkeypatch, **differences).run(None, variables)["way"] == ("worker" if here else "process")


@pytest.mark.parametrize("missing", ["botocore", "version"])
def test_without_the_sdk_the_module_reports_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    if missing == "botocore":
        monkeypatch.setattr(session, "AVAILABLE", False)
    else:
        monkeypatch.setattr(fast_path, "sdk_is_supported", lambda: False)
    assert action(monkeypatch).run(None, HERE) == {"way": "process"}


def test_what_the_operation_is_run_with(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def execute(operation: Any, params: Any, **more: Any) -> dict[str, Any]:
        seen.update(more, operation=operation, params=params)
        return {"changed": True}

    replace_execute(monkeypatch, execute)
    made = action(monkeypatch, check_mode=False, diff=True)
    assert made.run(None, HERE)["changed"] is True
    assert (seen["check_mode"], seen["diff"], seen["connection"].region) == (False, True, REGION)
    assert seen["operation"] is ActionModule.operation
    assert (seen["params"]["name"], seen["params"]["state"]) == ("sectrailprod", "present")


def test_the_task_s_environment_acts_and_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    made = action(monkeypatch, environment={"AWS_PROFILE": "the-task-s", "AWS_MAX_ATTEMPTS": 3})
    seen: dict[str, str] = {}

    def execute(_operation: Any, params: Any, **_more: Any) -> dict[str, Any]:
        seen.update(os.environ, profile=params["profile"])
        return {}

    replace_execute(monkeypatch, execute)
    made.run(None, HERE)
    assert (seen["profile"], seen["AWS_PROFILE"], seen["AWS_MAX_ATTEMPTS"]) == ("the-task-s", "the-task-s", "3")
    assert os.environ["AWS_PROFILE"] == "mine"
    assert "AWS_MAX_ATTEMPTS" not in os.environ


def test_the_environment_is_restored_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_execute(monkeypatch, lambda *_, **__: 1 / 0)
    result = action(monkeypatch, environment={"AWS_MAX_ATTEMPTS": 3}).run(None, HERE)
    assert "AWS_MAX_ATTEMPTS" not in os.environ
    assert result["failed"] is True, "a task with failed_when goes on, as after a module's process"
    assert "error in its code: ZeroDivisionError: division by zero" in result["msg"]
    assert "ZeroDivisionError" in result["exception"]


def test_progress_is_shown_with_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(fast_path, "_show", shown.append)

    def execute(*_arguments: Any, progress: Any, **_more: Any) -> dict[str, Any]:
        progress("half of it is done")
        return {}

    replace_execute(monkeypatch, execute)
    action(monkeypatch).run(None, HERE)
    assert shown == ["production: half of it is done"]


def test_bad_options_are_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_execute(monkeypatch, lambda *_, **__: pytest.fail("the options are not valid"))
    result = action(monkeypatch, args={**ARGUMENTS, "buckett": "b"}).run(None, HERE)
    assert result["failed"] is True
    assert result["msg"].startswith("Unsupported parameters for (a.b.c) module: buckett. Supported")


@pytest.mark.parametrize(
    ("problem", "details"),
    [
        (Refused("No."), {}),
        (
            AwsFailure("CreateTrail", "AccessDenied", f"no, {SECRET}", request_id="request-1"),
            {"operation": "CreateTrail", "error_code": "AccessDenied", "request_id": "request-1"},
        ),
    ],
)
def test_errors_are_results(monkeypatch: pytest.MonkeyPatch, problem: Exception, details: dict[str, str]) -> None:
    def execute(*_arguments: Any, **_more: Any) -> dict[str, Any]:
        raise problem

    replace_execute(monkeypatch, execute)
    result = action(monkeypatch, args={**ARGUMENTS, "secret_key": SECRET}).run(None, HERE)
    result.pop("invocation", None)
    assert result == {"failed": True, "msg": str(problem).replace(SECRET, "********"), **details}


def test_options_that_do_not_match_are_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the true operation: nothing is sent to AWS."""
    monkeypatch.undo()
    result = action(monkeypatch, args={**ARGUMENTS, "bucket": "Not_A_Bucket"}).run(None, HERE)
    assert result["failed"] is True
    assert "Not_A_Bucket" in result["msg"]


def test_warnings_of_the_options_come_first_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_execute(monkeypatch, lambda *_, **__: {"warnings": ["Mind this.", "Mind this."]})
    result = action(monkeypatch, args={**ARGUMENTS, "aws_region": REGION}).run(None, HERE)
    assert result["warnings"] == ["Both option region and its alias aws_region are set.", "Mind this."]


def test_secrets_stay_out_of_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    replace_execute(monkeypatch, lambda *_, **__: {"trail": {"note": f"the secret is {SECRET}"}})
    result = action(monkeypatch, args={**ARGUMENTS, "session_token": "token-" + SECRET}).run(None, HERE)
    assert SECRET not in str(result)
    assert result["trail"]["note"] == "the secret is ********"


@pytest.mark.parametrize("injected", [True, False, None])
def test_options_are_returned_as_ansible_is_configured(monkeypatch: pytest.MonkeyPatch, injected: bool | None) -> None:
    configured = fast_path.constants.config.get_config_value

    def value(name: str, **more: Any) -> Any:
        if name != "INJECT_INVOCATION":
            return configured(name, **more)
        if injected is None:
            raise fast_path.AnsibleError("there is no such setting")
        return injected

    monkeypatch.setattr(fast_path.constants.config, "get_config_value", value)
    result = action(monkeypatch, args={**ARGUMENTS, "buckett": "b"}).run(None, HERE)
    assert ("invocation" in result) is (injected is not False)
    assert result.get("invocation", {"module_args": {"buckett": "b"}})["module_args"]["buckett"] == "b"


@pytest.mark.parametrize("available", [True, False])
def test_preload(monkeypatch: pytest.MonkeyPatch, available: bool) -> None:
    loaded: list[tuple[str, ...]] = []
    monkeypatch.setattr(session, "AVAILABLE", available)
    monkeypatch.setattr(session, "preload", lambda *services: loaded.append(services))
    fast_path.preload("cloudtrail", "s3")
    assert loaded == ([("sts", "cloudtrail", "s3")] if available else [])
