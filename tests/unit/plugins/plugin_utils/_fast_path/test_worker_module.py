# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in for AnsibleModule in Ansible's worker."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._fast_path.worker_module import (
    Ended,
    WorkerModule,
    plain,
)

from tests.fakes.support import SECRET

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "count": {"type": "int", "default": 3, "aliases": ["number"]},
    "old": {"type": "str", "removed_in_version": "2.0.0", "removed_from_collection": "central_logging.aws"},
    "secret_key": {"type": "str", "no_log": True},
    "sub": {"type": "dict", "options": {"token": {"type": "str", "no_log": True}}},
}


def module(check_mode: bool = False, tells_options: bool = True, **options: Any) -> WorkerModule:
    rules = {"supports_check_mode": True, "required_by": {"old": "sub"}}
    return WorkerModule(options, "a.b.c", check_mode, True, tells_options, SPEC, **rules)


def ended(run: Any) -> dict[str, Any]:
    with pytest.raises(Ended) as done:
        run()
    return done.value.result


def test_options_are_those_of_a_module() -> None:
    made = module(name=7, number="5", check_mode=True)
    assert (made.params["name"], made.params["count"], made.params["secret_key"]) == ("7", 5, None)
    assert (made.check_mode, made._diff) == (True, True)


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
def test_bad_options_end_it(options: dict[str, Any], sentence: str) -> None:
    result = ended(lambda: module(**options))
    assert result["failed"] is True
    assert sentence in result["msg"]


def test_what_is_secret_is_taken_out_everywhere() -> None:
    made = module(name="a", secret_key=SECRET, sub={"token": "token-" + SECRET})
    made.warn(f"mind {SECRET}")
    result = ended(
        lambda: made.exit_json(changed=True, deep=[{"key": f"x {SECRET}", "flag": None}], token="token-" + SECRET)
    )
    assert SECRET not in str(result)
    assert result["changed"] is True
    assert result["deep"] == [{"key": "x ********", "flag": None}]
    assert result["invocation"]["module_args"]["name"] == "a"


def test_warnings_and_deprecations_are_told_once() -> None:
    made = module(name="a", count=1, number=1, old="b", sub={})
    made.warn("Mind this.")
    result = ended(lambda: made.exit_json(warnings=["Mind this."]))
    assert result["warnings"] == ["Mind this.", "Both option count and its alias number are set."]
    assert [each["version"] for each in result["deprecations"]] == ["2.0.0"]


def test_no_word_where_there_is_nothing_to_tell() -> None:
    made = module(name="a", tells_options=False)
    result = ended(lambda: made.fail_json(msg="No.", error_code="Code"))
    assert result == {"failed": True, "msg": "No.", "error_code": "Code"}


def test_plain() -> None:
    class Text(str):
        pass

    moment = datetime.datetime(2026, 11, 25, tzinfo=datetime.timezone.utc)
    made = plain({"a": Text("b"), "at": moment, "many": (1, 2)})
    assert made == {"a": "b", "at": "2026-11-25T00:00:00+00:00", "many": [1, 2]}
    assert made["a"].__class__ is str
