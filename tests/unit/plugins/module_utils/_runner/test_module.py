# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible in, exit_json or fail_json out."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.call import Call
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, NotConverged, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._core.reconcile import Outcome
from ansible_collections.central_logging.aws.plugins.module_utils._runner import module as _module

from tests.fakes.support import ARCHIVE, PRODUCTION, REGION, SECRET, STAGING

ROLE = f"arn:aws:iam::{PRODUCTION}:role/CentralLogging"
OPTIONS = {"aws_access_key_id": "AKIAX", "aws_secret_access_key": SECRET, "verify": False}


class Exit(Exception):
    def __init__(self, **result: Any) -> None:
        super().__init__()
        self.result = result


class Module:
    """Instead of AnsibleAWSModule."""

    def __init__(self, **options: Any) -> None:
        self.params = {**dict.fromkeys(_module.ACCOUNT_SPEC), "aws_config": None, **options}
        self.check_mode, self._diff = options.pop("check_mode", False), options.pop("diff", True)
        self.warnings: list[str] = []

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def fail_json(self, **result: Any) -> None:
        raise Exit(failed=True, **result)

    def exit_json(self, **result: Any) -> None:
        raise Exit(**result)


@pytest.fixture(autouse=True)
def connection_info(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    info = {"region": REGION, "endpoint_url": "http://127.0.0.1:1"}
    monkeypatch.setattr(
        _module, "get_aws_connection_info", lambda _module: (info["region"], info["endpoint_url"], dict(OPTIONS))
    )
    return info


def test_connection() -> None:
    module = Module(assume_role_arn=ROLE, external_id="id", account_id=PRODUCTION, aws_config={"connect_timeout": 3})
    connection = _module._connection(module)
    assert (connection.region, connection.account, connection.role_arn) == (REGION, PRODUCTION, ROLE)
    assert connection.external_id == "id"
    assert connection.client == {"endpoint_url": "http://127.0.0.1:1", "verify": False}
    assert connection.credentials == {"aws_access_key_id": "AKIAX", "aws_secret_access_key": SECRET}
    assert connection.config == {"connect_timeout": 3}
    assert SECRET not in repr(connection)


@pytest.mark.parametrize(
    ("options", "region", "sentence"),
    [
        ({}, "", "region is needed"),
        ({"account_id": "12345"}, REGION, "account_id: '12345'"),
        ({"assume_role_arn": "CentralLogging"}, REGION, "assume_role_arn: 'CentralLogging'"),
        ({"assume_role_arn": ROLE, "account_id": STAGING}, REGION, f"role of account {PRODUCTION}, not.*{STAGING}"),
        ({"assume_role_arn": ROLE}, "cn-north-1", "is in partition aws, but region cn-north-1 is not"),
    ],
)
def test_what_does_not_go_together(
    options: dict[str, Any], region: str, sentence: str, connection_info: dict[str, Any]
) -> None:
    connection_info["region"] = region
    with pytest.raises(Refused, match=sentence):
        _module._connection(Module(**options))


class Resource:
    def __init__(self, params: Any, region: str) -> None:
        assert region == REGION

    def warnings(self, outcome: Outcome) -> list[str]:
        return ["Mind this."]

    def result(self, outcome: Outcome) -> dict[str, Any]:
        return {"bytes": 7}

    def diff(self, outcome: Outcome) -> dict[str, Any]:
        return {"before": 1, "after": 2}


def run(monkeypatch: pytest.MonkeyPatch, module: Module, reconciled: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def make(**arguments: Any) -> Module:
        seen.update(arguments)
        return module

    def reconcile(_resource: Any, _gateway: Any, *, dry_run: bool) -> Outcome:
        assert dry_run is module.check_mode
        if isinstance(reconciled, Exception):
            raise reconciled
        return Outcome(before=None, desired=None, after=None, plan=reconciled)

    monkeypatch.setattr(_module, "AnsibleAWSModule", make)
    monkeypatch.setattr(_module, "reconcile", reconcile)
    with pytest.raises(Exit) as done:
        _module.run(Resource, {"name": {"type": "str"}}, required_by={"a": "b"})
    assert seen["supports_check_mode"] is True
    assert seen["argument_spec"].keys() == {*_module.ACCOUNT_SPEC, "name"}
    assert seen["required_by"] == {"a": "b"}
    return done.value.result


CALL = Call(service="s3", operation="put_bucket_policy", arguments={"Policy": "p"}, summary="put the policy")


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("plan", "changed"), [((), False), ((CALL,), True)])
def test_changed_is_the_plan(monkeypatch: pytest.MonkeyPatch, check_mode: bool, plan: Any, changed: bool) -> None:
    module = Module(check_mode=check_mode)
    result = run(monkeypatch, module, plan)
    words = [call.summary for call in plan]
    assert result == {"changed": changed, "plan": words, "bytes": 7, "diff": {"before": 1, "after": 2}}
    assert module.warnings == ["Mind this."]


def test_no_diff_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "diff" not in run(monkeypatch, Module(diff=False), ())


@pytest.mark.parametrize(
    ("problem", "details"),
    [
        (Refused("No."), {}),
        (NotConverged("Not yet."), {}),
        (
            AwsFailure("PutKeyPolicy", "AccessDenied", "no", "request-1", ARCHIVE),
            {"operation": "PutKeyPolicy", "error_code": "AccessDenied", "request_id": "request-1"},
        ),
    ],
)
def test_errors_become_a_message(monkeypatch: pytest.MonkeyPatch, problem: Exception, details: dict[str, str]) -> None:
    assert run(monkeypatch, Module(), problem) == {"failed": True, "msg": str(problem), **details}
