# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which entry of a list of dictionaries is wrong, and what is wrong with it: for each module that takes accounts."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.central_logging.aws.plugins.module_utils._runner.entries import wrong_entry

MODULES = "ansible_collections.central_logging.aws.plugins.modules"
ROOT = Path(__file__).parents[5]
SPECS: dict[str, dict[str, Any]] = {}
for path in sorted((ROOT / "plugins" / "modules").glob("[!_]*.py")):
    module = importlib.import_module(f"{MODULES}.{path.stem}")
    if operation := getattr(module, "OPERATION", None):
        SPECS[path.stem] = {
            name: option
            for name, option in operation.argument_spec.items()
            if option.get("elements") == "dict" and "options" in option
        }
WITH_ACCOUNTS = sorted(name for name, spec in SPECS.items() if "accounts" in spec)
GOOD = {"id": "111122223333", "trail_name": "first"}


def test_these_modules_take_accounts() -> None:
    assert WITH_ACCOUNTS == [
        "cloudtrail_delivery_info",
        "cloudtrail_integrity_info",
        "kms_key_grant_accounts",
        "s3_log_bucket_policy",
    ]


@pytest.mark.parametrize("name", WITH_ACCOUNTS)
@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("444455556666", "accounts: entry 2: '444455556666' is not a dictionary."),
        (444455556666, "accounts: entry 2: 444455556666 is not a dictionary."),
        (None, "accounts: entry 2: None is not a dictionary."),
        ([], "accounts: entry 2: [] is not a dictionary."),
        ({}, "accounts: entry 2: missing required arguments: id."),
        ({"trail_name": "second"}, "accounts: entry 2: missing required arguments: id."),
        ({"account": "444455556666"}, "accounts: entry 2 (444455556666): "),
        ({"id": "444455556666", "trail": "x"}, "accounts: entry 2 (444455556666): unknown key trail. Supported"),
        ({"id": None}, "accounts: entry 2: id is empty."),
        ({"id": ""}, "accounts: entry 2: id is empty."),
        ({"id": ["444455556666"]}, "accounts: entry 2: id: ['444455556666'] is not a text."),
        (
            {"id": "444455556666", "trail_name": {"a": 1}},
            "accounts: entry 2 (444455556666): trail_name: {'a': 1} is not",
        ),
    ],
)
def test_f10_a_wrong_entry_of_accounts_is_named(name: str, entry: object, words: str) -> None:
    problem = wrong_entry(SPECS[name], {"accounts": [GOOD, entry, {"id": "x"}]})
    assert problem.startswith(words), problem
    assert problem.endswith('"}].') and "such as accounts: [{id: " in problem


@pytest.mark.parametrize("name", WITH_ACCOUNTS)
def test_f10_a_dictionary_instead_of_the_list(name: str) -> None:
    assert wrong_entry(SPECS[name], {"accounts": GOOD}).startswith(
        "accounts: the value is a dictionary, and not a list."
    )


@pytest.mark.parametrize("name", WITH_ACCOUNTS)
@pytest.mark.parametrize("accounts", [None, [], [GOOD], [GOOD, {"id": 444455556666}], ["id=444455556666"]])
def test_f10_what_ansible_accepts_is_not_wrong(name: str, accounts: Any) -> None:
    assert wrong_entry(SPECS[name], {"accounts": accounts}) == ""
    given = {} if accounts is None else {"accounts": accounts}
    assert not ArgumentSpecValidator({"accounts": SPECS[name]["accounts"]}).validate(given).error_messages


@pytest.mark.parametrize(("name", "option"), [(name, option) for name, spec in SPECS.items() for option in spec])
def test_f10_each_option_that_is_a_list_of_dictionaries(name: str, option: str) -> None:
    """The entry is named in all of them, such as organization_trails, original_buckets and advanced_event_selectors."""
    for value in ("text", {"no_such_key": "x"}):
        assert wrong_entry(SPECS[name], {option: [value]}).startswith(f"{option}: entry 1: ")


def test_f10_a_value_that_ansible_cannot_convert() -> None:
    accounts = [GOOD, {"id": "444455556666", "logging": "maybe"}]
    problem = wrong_entry(SPECS["cloudtrail_delivery_info"], {"accounts": accounts})
    assert problem.startswith("accounts: entry 2 (444455556666): argument 'logging' is of type")
