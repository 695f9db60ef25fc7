# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a module runs in Ansible's worker, with what, and what is left of it afterwards."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible_collections.central_logging.aws.plugins.action.cloudtrail_central import ActionModule
from ansible_collections.central_logging.aws.plugins.module_utils._aws import session
from ansible_collections.central_logging.aws.plugins.module_utils._runner import module
from ansible_collections.central_logging.aws.plugins.plugin_utils._fast_path import action as _in_worker

HERE = {"inventory_hostname": "production", "ansible_python_interpreter": sys.executable}


def action(monkeypatch: pytest.MonkeyPatch, environment: dict[str, Any] | None = None, **differences: Any) -> Any:
    connection = {"transport": "local", "become": None, **differences.pop("connection", {})}
    task = {"args": {}, "action": "a.b.c", "check_mode": True, "diff": False, "async_val": 0, "delegate_to": None}
    made = ActionModule(
        SimpleNamespace(**{**task, **differences}),
        SimpleNamespace(**connection),
        None,
        None,
        SimpleNamespace(template=lambda value: value),
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
    ],
)
def test_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, differences: dict[str, Any], variables: dict[str, Any], here: bool
) -> None:
    monkeypatch.setattr(NormalAction, "run", lambda *_: {"way": "process"})
    made = action(monkeypatch, **differences)
    monkeypatch.setattr(made, "module", SimpleNamespace(main=lambda: _ended({"way": "worker"})))
    assert made.run(None, variables) == {"way": "worker" if here else "process"}


def test_without_botocore_the_module_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NormalAction, "run", lambda *_: {"way": "process"})
    monkeypatch.setattr(session, "AVAILABLE", False)
    assert action(monkeypatch).run(None, HERE) == {"way": "process"}


def test_the_task_s_environment_acts_and_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    made = action(monkeypatch, environment={"AWS_PROFILE": "the-task-s", "AWS_MAX_ATTEMPTS": 3})
    seen: dict[str, str] = {}

    def main() -> None:
        seen.update(os.environ)
        _ended({})

    monkeypatch.setattr(made, "module", SimpleNamespace(main=main))
    made.run(None, HERE)
    assert (seen["AWS_PROFILE"], seen["AWS_MAX_ATTEMPTS"]) == ("the-task-s", "3")
    assert os.environ["AWS_PROFILE"] == "mine"
    assert "AWS_MAX_ATTEMPTS" not in os.environ


def test_progress_is_shown_with_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(_in_worker, "_show", shown.append)
    made = action(monkeypatch)

    def main() -> None:
        module._SAY.get()("half of it is done")
        _ended({})

    monkeypatch.setattr(made, "module", SimpleNamespace(main=main))
    made.run(None, HERE)
    assert shown == ["production: half of it is done"]
    module._SAY.get()("nobody hears this")
    assert len(shown) == 1


def test_the_module_class_is_put_back_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    before = module.AnsibleAWSModule.default_settings["module_class"]
    made = action(monkeypatch)

    def main() -> None:
        assert module.AnsibleAWSModule.default_settings["module_class"] is not before
        raise ZeroDivisionError

    monkeypatch.setattr(made, "module", SimpleNamespace(main=main))
    with pytest.raises(ZeroDivisionError):
        made.run(None, HERE)
    assert module.AnsibleAWSModule.default_settings["module_class"] is before


def test_the_module_s_own_code_ends_with_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the true module: bad options never reach AWS."""
    made = action(monkeypatch, args={"name": "sectrailprod", "bucket": "Not_A_Bucket", "region": "us-east-1"})
    result = made.run(None, HERE)
    assert result["failed"] is True
    assert "Not_A_Bucket" in result["msg"]


def _ended(result: dict[str, Any]) -> None:
    raise _in_worker.Ended(result)
