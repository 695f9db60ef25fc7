# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operation as an Ansible module: options in, exit_json or fail_json out."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils import modules as amazon_aws
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleBotocoreError
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import AwsFailure, NotConverged, Refused
from ansible_collections.central_logging.aws.plugins.module_utils._runner import module as runner
from ansible_collections.central_logging.aws.plugins.module_utils._runner.entries import wrong_entry
from ansible_collections.central_logging.aws.plugins.module_utils._runner.execute import InfoOperation

from tests.fakes.support import ARCHIVE, REGION, SECRET

QUERY: Any = None  # not reached: execute is replaced
OPERATION = InfoOperation(query=QUERY, options={"name": {"type": "str"}}, rules={"required_by": {"a": "b"}})
KEYS = {"access_key": "AKIAX", "secret_key": SECRET, "session_token": "token-" + SECRET}


class Exit(Exception):
    def __init__(self, **result: Any) -> None:
        super().__init__()
        self.result = result


class FakeModule:
    """Instead of AnsibleAWSModule."""

    def __init__(self, check_mode: bool = False, diff: bool = True, **options: Any) -> None:
        self.params = {"region": REGION, **options}
        self.check_mode, self._diff = check_mode, diff
        self.warnings: list[str] = []

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)

    def fail_json(self, **result: Any) -> None:
        assert sys.exc_info() == (None, None, None), "before 2.19 AnsibleModule would return the traceback"
        raise Exit(**{**result, "failed": True})

    def exit_json(self, **result: Any) -> None:
        raise Exit(**result)


def run(monkeypatch: pytest.MonkeyPatch, module: FakeModule, result: dict[str, Any] | Exception) -> dict[str, Any]:
    def make(**arguments: Any) -> FakeModule:
        assert arguments == {
            "argument_spec": OPERATION.argument_spec,
            "supports_check_mode": True,
            "required_by": {"a": "b"},
        }
        return module

    def execute(operation: Any, params: Any, *, check_mode: bool, diff: bool, connection: Any) -> dict[str, Any]:
        assert (operation, params) == (OPERATION, module.params)
        assert (check_mode, diff, connection.region) == (module.check_mode, module._diff, REGION)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(runner, "_arguments", dict)
    monkeypatch.setattr(runner, "AnsibleAWSModule", make)
    monkeypatch.setattr(runner, "execute", execute)
    with pytest.raises(Exit) as done:
        runner.run(OPERATION)
    return done.value.result


ACCOUNTS: dict[str, Any] = {
    "accounts": {"type": "list", "elements": "dict", "options": {"region": {}, "id": {"required": True}}},
    "name": {"type": "str"},
}


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        (["444455556666"], 'Use a list of dictionaries, such as accounts: [{id: "444455556666"}].'),
        (
            [{"id": "1"}, 444455556666],
            "(the hosts of the inventory): entry 2: 444455556666 is not a dictionary.",
        ),
        ("444455556666", "accounts (the hosts of the inventory): entry 1: '444455556666' is not a dictionary."),
        ([["444455556666"]], 'such as accounts: [{id: "..."}].'),
        ([None], "accounts (the hosts of the inventory): entry 1: None is not a dictionary."),
    ],
)
def test_d9_a_list_of_texts_for_a_list_of_dictionaries(
    monkeypatch: pytest.MonkeyPatch, accounts: Any, words: str
) -> None:
    made: list[dict[str, Any]] = []

    def make(**arguments: Any) -> FakeModule:
        made.append(arguments)
        return FakeModule()

    monkeypatch.setattr(runner, "_arguments", lambda: {"accounts": accounts})
    monkeypatch.setattr(runner, "AnsibleAWSModule", make)
    with pytest.raises(Exit) as done:
        runner.run(InfoOperation(query=QUERY, options=ACCOUNTS))
    assert words in done.value.result["msg"]
    assert made[0]["argument_spec"]["accounts"] == {"type": "raw"}, "Ansible does not fail before"


def test_d9_the_arguments_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner.basic, "_load_params", lambda: {"accounts": ["1"]})
    assert runner._arguments() == {"accounts": ["1"]}


@pytest.mark.parametrize(
    "accounts", [None, [], [{"id": "1"}], [{"id": 444455556666}], ["id=1"], ['{"id": "1"}'], "id=1"]
)
def test_d9_what_ansible_takes_as_dictionaries_is_valid(accounts: Any) -> None:
    assert wrong_entry(ACCOUNTS, {"accounts": accounts, "name": "x"}) == ""


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_result(monkeypatch: pytest.MonkeyPatch, check_mode: bool) -> None:
    module = FakeModule(check_mode=check_mode, diff=not check_mode)
    result = run(monkeypatch, module, {"changed": True, "bytes": 7, "warnings": ["Mind this."]})
    assert result == {"changed": True, "bytes": 7}
    assert module.warnings == ["Mind this."]


@pytest.mark.parametrize(
    ("problem", "details"),
    [
        (Refused("No."), {}),
        (NotConverged("Not yet."), {}),
        (
            AwsFailure("PutKeyPolicy", "AccessDenied", "no", request_id="request-1", account=ARCHIVE),
            {"operation": "PutKeyPolicy", "error_code": "AccessDenied", "request_id": "request-1"},
        ),
    ],
)
def test_errors_become_a_message(monkeypatch: pytest.MonkeyPatch, problem: Exception, details: dict[str, str]) -> None:
    assert run(monkeypatch, FakeModule(), problem) == {"failed": True, "msg": str(problem), **details}


def test_options_that_do_not_match_become_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, FakeModule(account_id="12345"), {})
    assert result["failed"]
    assert "account_id: '12345'" in result["msg"]


def test_the_argument_spec_has_the_options_of_amazon_aws() -> None:
    spec = runner.argument_spec(OPERATION)
    assert set(spec) == {*amazon_aws.aws_argument_spec(), *OPERATION.argument_spec}
    assert {"region", "profile", "secret_key", "name", "account_id"} <= set(spec)


def test_connection_details_are_those_of_amazon_aws() -> None:
    options = {**KEYS, "region": REGION, "endpoint_url": "http://x", "validate_certs": True, "aws_ca_bundle": "/ca"}
    connection = runner.connect({**options, "aws_config": {"connect_timeout": 3}})
    assert (connection.region, connection.config) == (REGION, {"connect_timeout": 3})
    assert connection.client == {"endpoint_url": "http://x", "verify": "/ca"}
    assert connection.credentials == {
        "aws_access_key_id": "AKIAX",
        "aws_secret_access_key": SECRET,
        "aws_session_token": "token-" + SECRET,
    }


def test_a_profile_and_keys_are_refused() -> None:
    with pytest.raises(Refused, match="both a profile and access tokens"):
        runner.connect({**KEYS, "region": REGION, "profile": "mine"})


@pytest.mark.parametrize("supported", [True, False])
def test_the_sdk(monkeypatch: pytest.MonkeyPatch, supported: bool) -> None:
    monkeypatch.setattr(runner, "check_sdk_version_supported", lambda: supported)
    assert runner.sdk_is_supported() is supported


def test_a_missing_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> bool:
        raise AnsibleBotocoreError(message="boto3 is missing")

    monkeypatch.setattr(runner, "check_sdk_version_supported", missing)
    assert not runner.sdk_is_supported()
