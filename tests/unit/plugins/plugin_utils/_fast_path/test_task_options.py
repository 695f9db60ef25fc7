# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options and results of a task: as AnsibleModule has them, secrets taken out."""

from __future__ import annotations

import datetime
import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.central_logging.aws.plugins.module_utils._runner.module import argument_spec
from ansible_collections.central_logging.aws.plugins.plugin_utils._fast_path.task_options import (
    TaskOptions,
    plain,
    secrets,
    validate,
)

from tests.fakes.support import SECRET

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "count": {"type": "int", "default": 3, "aliases": ["number", "amount"]},
    "old": {"type": "str"},
    "secret_key": {"type": "str", "no_log": True, "aliases": ["key"]},
    "many": {"type": "list", "elements": "raw", "no_log": True},
    "sub": {"type": "dict", "options": {"token": {"type": "str", "no_log": True}}},
    "subs": {"type": "list", "elements": "dict", "options": {"pin": {"type": "int", "no_log": True}}},
}
ACTIONS = sorted(path.stem for path in (Path(__file__).parents[5] / "plugins" / "action").glob("cloudtrail_*.py"))


def validated(**options: Any) -> TaskOptions:
    return validate(options, SPEC, {"required_by": {"old": "sub"}}, "a.b.c")


def test_options_are_those_of_a_module() -> None:
    made = validated(name=7, number="5")
    assert (made.params["name"], made.params["count"], made.params["secret_key"]) == ("7", 5, None)
    assert (made.error, made.warnings, made.secrets) == ("", [], set())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "missing required arguments: name"),
        ({"name": "a", "nam": "b"}, "Unsupported parameters for (a.b.c) module: nam."),
        ({"name": "a", "count": "many"}, "'count' is of type"),
        ({"name": "a", "sub": {"tokn": "b"}}, "Unsupported parameters for (a.b.c) module: sub.tokn."),
        ({"name": "a", "old": "b"}, "missing parameter(s) required by 'old': sub"),
    ],
)
def test_bad_options(options: dict[str, Any], sentence: str) -> None:
    # Ansible words types in other ways before 2.19
    assert sentence.replace("'count' is of type", "count") in validated(**options).error


@pytest.mark.parametrize(
    ("options", "warnings"),
    [
        ({"number": 1}, []),
        ({"count": 1, "number": 1}, ["Both option count and its alias number are set."]),
        ({"number": 1, "amount": 1}, ["Both option count and its alias amount are set."]),
    ],
)
def test_an_option_under_two_names(options: dict[str, Any], warnings: list[str]) -> None:
    assert validated(name="a", **options).warnings == warnings


def test_secrets_are_taken_out_everywhere() -> None:
    made = validated(name="a", secret_key=SECRET, sub={"token": "token-" + SECRET}, many=[{"x": "many-of-it"}, None])
    result = made.masked(
        {
            "changed": True,
            "deep": [{"key": f"x {SECRET}", "flag": None}],
            "token": "token-" + SECRET,
            "many": ("many-of-it",),
            "warnings": [f"mind {SECRET}"],
            "invocation": {"module_args": made.params},
        }
    )
    for secret in (SECRET, "many-of-it"):
        assert secret not in str(result)
    assert result["changed"] is True
    assert result["deep"] == [{"key": "x ********", "flag": None}]
    assert result["invocation"]["module_args"]["name"] == "a"
    assert result["invocation"]["module_args"]["secret_key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_true_and_false_are_no_secrets() -> None:
    assert validated(name="a", secret_key="True").masked({"changed": True, "text": "True"})["changed"] is True


def test_the_representation_has_no_secret() -> None:
    assert SECRET not in repr(validated(name="a", secret_key=SECRET))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"secret_key": SECRET},
        {"key": SECRET},
        {"sub": {"token": SECRET}},
        {"subs": [{"pin": 1234}, {"pin": 5678}]},
        {"many": [SECRET, {"a": "b"}, 7]},
    ],
)
def test_secrets_are_those_of_ansible_core(options: dict[str, Any]) -> None:
    """Read from a private field of ansible-core, here only. The fast path does without it."""
    checked = ArgumentSpecValidator(SPEC).validate({"name": "a", **options})
    assert not checked.error_messages
    assert validated(name="a", **options).secrets == checked._no_log_values


@pytest.mark.parametrize("name", ACTIONS)
def test_a_secret_of_the_environment_stays_secret_if_an_alias_replaces_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ansible-core reads the environment first, and then gives the alias precedence."""
    operation = importlib.import_module(f"ansible_collections.central_logging.aws.plugins.modules.{name}").OPERATION
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "environment-" + SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "environment-token-" + SECRET)
    spec = argument_spec(operation)
    given = {"aws_secret_access_key": "the-other-key", "aws_session_token": "the-other-token"}
    options = validate(given, spec, {}, name)
    checked = ArgumentSpecValidator(spec).validate(given)
    assert options.secrets >= checked._no_log_values >= {"environment-" + SECRET, "environment-token-" + SECRET}
    assert options.warnings == [
        f"Both option {both['option']} and its alias {both['alias']} are set." for both in checked._warnings
    ]


def test_each_element_of_a_secret_list_is_secret() -> None:
    assert validated(name="a", secret_key=["first-" + SECRET, "second"]).secrets >= {"first-" + SECRET, "second"}


def test_both_names_of_a_secret_are_secret() -> None:
    assert validated(name="a", secret_key=SECRET, key="the-other-" + SECRET).secrets >= {"the-other-" + SECRET}


@pytest.mark.parametrize("name", ACTIONS)
def test_secrets_of_the_modules_are_those_of_ansible_core(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each option has a value of its own, those from the environment included."""
    operation = importlib.import_module(f"ansible_collections.central_logging.aws.plugins.modules.{name}").OPERATION
    spec = argument_spec(operation)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-" + SECRET)
    given = {
        option: f"value-of-{option}"
        for option, rules in spec.items()
        if rules.get("type", "str") == "str" and not rules.get("choices") and option != "session_token"
    }
    checked = ArgumentSpecValidator(spec).validate(given)
    found = secrets(spec, checked.validated_parameters)
    assert found == checked._no_log_values == {"value-of-secret_key", "token-" + SECRET}


@pytest.mark.parametrize("name", ACTIONS)
def test_no_option_is_deprecated(name: str) -> None:
    """A module returns C(deprecations); the fast path has no reason to, as long as no option is deprecated."""
    operation = importlib.import_module(f"ansible_collections.central_logging.aws.plugins.modules.{name}").OPERATION
    for option, rules in argument_spec(operation).items():
        assert not {"removed_in_version", "removed_at_date", "deprecated_aliases"} & set(rules), option


def test_plain() -> None:
    class Text(str):
        pass

    moment = datetime.datetime(2026, 11, 25, tzinfo=datetime.timezone.utc)
    made = plain({"a": Text("b"), "at": moment, "many": (1, 2)})
    assert made == {"a": "b", "at": "2026-11-25T00:00:00+00:00", "many": [1, 2]}
    assert made["a"].__class__ is str


def test_d9_a_list_of_texts_for_a_list_of_dictionaries_names_the_option() -> None:
    assert validated(name="x", subs=["7"]).error.startswith("subs: entry 1: '7' is not a dictionary. Use a list")
    assert validated(name="x", subs=["pin=7"]).error == ""
