# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documentation of a module says is what the module does."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import botocore.session
import pytest
import yaml
from ansible_collections.central_logging.aws.plugins.module_utils import (
    _explain,
    _inventory,
    _key_grants,
    _log_bucket_policy,
    _module,
    _trail,
)
from ansible_collections.central_logging.aws.plugins.module_utils._trail_state import TrailState

from tests.unit.plugins import policies, support, trails

ROOT = Path(__file__).parents[4]
PACKAGE = "ansible_collections.central_logging.aws.plugins.modules"
NAMES = ["cloudtrail_central", "kms_key_grant_accounts", "s3_log_bucket_policy"]
CODE = {"cloudtrail_central": _trail, "kms_key_grant_accounts": _key_grants, "s3_log_bucket_policy": _log_bucket_policy}
DEFAULTS = {
    "cloudtrail_central": support.trail_options,
    "kms_key_grant_accounts": support.key_options,
    "s3_log_bucket_policy": support.bucket_options,
}
MAKE: dict[str, Any] = {
    "cloudtrail_central": _trail.Trail,
    "kms_key_grant_accounts": _key_grants.KeyGrants,
    "s3_log_bucket_policy": _log_bucket_policy.LogBucketPolicy,
}
each = pytest.mark.parametrize("name", NAMES)
each_of_all = pytest.mark.parametrize("name", [*NAMES, "account_inventory"])


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def documentation(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(module(name).DOCUMENTATION)
    return loaded


def fragment(name: str) -> dict[str, Any]:
    """The options of one fragment, as C(namespace.collection.file[.part])."""
    namespace, collection, file, *part = name.split(".")
    found = importlib.import_module(f"ansible_collections.{namespace}.{collection}.plugins.doc_fragments.{file}")
    text = getattr(found.ModuleDocFragment(), (part or ["documentation"])[0].upper())
    return dict(yaml.safe_load(text).get("options") or {})


def options(name: str, *, of: str) -> dict[str, Any]:
    """The documented options, those of the fragments of one collection included."""
    documented = documentation(name)
    merged = dict(documented["options"])
    for one in documented["extends_documentation_fragment"]:
        if one.startswith(of):
            merged |= fragment(one)
    return merged


def assert_same(documented: dict[str, Any], specified: dict[str, Any], where: str) -> None:
    assert set(documented) == set(specified), where
    for option, spec in specified.items():
        docs, here = documented[option], f"{where}: {option}"
        assert docs["type"] == spec["type"], here
        assert docs.get("elements") == spec.get("elements"), here
        assert docs.get("required", False) == spec.get("required", False), here
        assert docs.get("default") == spec.get("default"), here
        assert docs.get("choices") == spec.get("choices"), here
        assert docs["description"], here
        assert_same(docs.get("suboptions", {}), spec.get("options", {}), here)


@each
def test_options_are_those_of_the_argument_spec(name: str) -> None:
    specified = {**_module.ACCOUNT_SPEC, **module(name).ARGUMENT_SPEC}
    assert_same(options(name, of="central_logging.aws"), specified, name)


@each
def test_the_tests_use_the_same_defaults(name: str) -> None:
    specified = {**_module.ACCOUNT_SPEC, **module(name).ARGUMENT_SPEC}
    defaults = {option: spec.get("default") for option, spec in specified.items()}
    given = DEFAULTS[name]()
    for option in ("bucket", "key", "name"):
        if specified.get(option, {}).get("required"):
            defaults[option] = given[option]
    assert given == defaults


@each
def test_connection_options_are_those_of_amazon_aws(name: str) -> None:
    fragments = documentation(name)["extends_documentation_fragment"]
    for needed in ("amazon.aws.common.modules", "amazon.aws.region.modules", "amazon.aws.boto3"):
        assert needed in fragments
    assert {"region", "endpoint_url", "profile"} <= set(options(name, of="amazon.aws"))


@each
def test_nothing_is_masked_that_is_no_secret(name: str) -> None:
    """Ansible masks by name; a masked key prefix would garble the whole output."""
    for option, spec in module(name).ARGUMENT_SPEC.items():
        if re.search(r"key|pass|secret|token", option):
            assert spec.get("no_log") is False, option


def examples(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(module(name).EXAMPLES)
    return loaded


def _of_this_module(name: str) -> list[dict[str, Any]]:
    return [
        task[f"central_logging.aws.{name}"] or {} for task in examples(name) if f"central_logging.aws.{name}" in task
    ]


@each_of_all
def test_examples_use_documented_options(name: str) -> None:
    assert _of_this_module(name)
    allowed = set(documentation(name)["options"])
    if name in NAMES:
        allowed |= {*options(name, of="central_logging.aws"), *options(name, of="amazon.aws")}
    for task in examples(name):
        assert task["name"][0].isupper()
    for arguments in _of_this_module(name):
        assert set(arguments) <= allowed


@each
def test_examples_are_accepted(name: str) -> None:
    """The module's own checks of the options take them, defaults filled in as Ansible does."""
    specified = {**_module.ACCOUNT_SPEC, **module(name).ARGUMENT_SPEC}
    for arguments in _of_this_module(name):
        given = {option: value for option, value in arguments.items() if option in specified}
        filled = {option: _filled(value, specified[option]) for option, value in given.items()}
        for option, value in filled.items():
            assert value in specified[option].get("choices", [value])
        MAKE[name]({**DEFAULTS[name](), **filled}, arguments["region"])


def _filled(value: Any, spec: dict[str, Any]) -> Any:
    if spec["type"] == "list" and not isinstance(value, list):
        value = [value]
    if "options" not in spec:
        return value
    if isinstance(value, list):
        return [_filled(one, {**spec, "type": "dict"}) for one in value]
    sub = spec["options"]
    return {key: _filled(value[key], sub[key]) if key in value else sub[key].get("default") for key in sub}


def returned(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(module(name).RETURN)
    return loaded


def _results(name: str) -> list[dict[str, Any]]:
    if name == "cloudtrail_central":
        gateway = trails.CloudTrail()
        run = trails.run(gateway, bucket=support.BUCKET, tags={"a": "b"}, insights=[])
        return [trails.trail().result(run), trails.trail().result(trails.run(gateway, state="absent"))]
    if name == "s3_log_bucket_policy":
        return [policies.bucket_policy().result(policies.run_bucket(policies.empty_bucket(), accounts=[]))]
    return [policies.key_grants().result(policies.run_key(policies.key(), accounts=[]))]


TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


@each
def test_return_values_are_those_that_are_returned(name: str) -> None:
    documented = returned(name)
    for result in _results(name):
        assert {*result, "plan"} == set(documented)
        for key, value in result.items():
            assert value is None or isinstance(value, TYPES[documented[key]["type"]]), key
            if value is None:
                assert "null" in str(documented[key]["description"]).lower(), f"{key} may be null"


def test_return_values_of_a_trail() -> None:
    documented = returned("cloudtrail_central")["trail"]["contains"]
    whole = TrailState("x", True, tags={}, insights=()).as_result()
    assert set(documented) == set(whole)
    for key, value in whole.items():
        assert isinstance(value, TYPES[documented[key]["type"]]), key


def test_return_values_of_the_inventory() -> None:
    documented = returned("account_inventory")
    host = _inventory.Host("x", {"central_logging_organization_trail": "y"})
    inventory = _inventory.Inventory([host], [])
    assert set(documented) == {"accounts", "organization_trails", "organization_trail_arn"}
    assert set(documented["accounts"]["contains"]) == set(_inventory.accounts(inventory)[0])
    assert set(documented["organization_trails"]["contains"]) == set(_inventory.organization_trail(inventory) or {})


def _permissions_in_the_notes(name: str) -> set[str]:
    notes = " ".join(documentation(name)["notes"])
    return set(re.findall(r"C\(((?:cloudtrail|iam|kms|organizations|s3):[A-Za-z]+)\)", notes))


@each
def test_the_permissions_in_the_notes_are_those_of_the_code(name: str) -> None:
    assert _permissions_in_the_notes(name) == set(CODE[name].PERMISSIONS)


def _operations(code: ModuleType) -> set[str]:
    """service:Operation for every operation of AWS that the source names."""
    session = botocore.session.get_session()
    known = {
        botocore.xform_name(operation): f"{service}:{operation}"
        for service in ("cloudtrail", "kms", "organizations", "s3")
        for operation in session.get_service_model(service).operation_names
    }
    constants = [node.value for node in ast.walk(ast.parse(inspect.getsource(code))) if isinstance(node, ast.Constant)]
    return {known[value] for value in constants if isinstance(value, str) and value in known}


@each
def test_every_operation_has_its_permission(name: str) -> None:
    assert _operations(CODE[name]) <= set(CODE[name].PERMISSIONS)


def test_what_the_explanation_needs_is_documented() -> None:
    """It is asked for in the log-archive account, so it stands with the role that is given for it."""
    option = str(documentation("cloudtrail_central")["options"]["log_archive_role_arn"]["description"])
    for permission in _operations(_explain) - {"s3:HeadBucket"}:
        assert permission in option


@each_of_all
def test_every_module_promises_check_mode_and_diff(name: str) -> None:
    documented = documentation(name)
    assert documented["module"] == name
    assert "central_logging.aws._attributes" in documented["extends_documentation_fragment"]
    assert not documented["short_description"].endswith(".")


def test_the_action_group_holds_the_modules_that_promise_it() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    group = [entry for entry in runtime["action_groups"]["aws"] if isinstance(entry, str)]
    promised = "central_logging.aws._attributes.action_group"
    assert (
        sorted(group) == [n for n in NAMES if promised in documentation(n)["extends_documentation_fragment"]] == NAMES
    )
