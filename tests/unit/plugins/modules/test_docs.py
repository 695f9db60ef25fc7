# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documentation of a module says is what the module does."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import botocore.session
import pytest
import yaml
from ansible_collections.central_logging.aws.plugins.module_utils._access import report as _access_report
from ansible_collections.central_logging.aws.plugins.module_utils._access import settings
from ansible_collections.central_logging.aws.plugins.module_utils._digests import problems
from ansible_collections.central_logging.aws.plugins.module_utils._integrity import report as _integrity
from ansible_collections.central_logging.aws.plugins.module_utils._log_policy import bucket_policy, key_policy
from ansible_collections.central_logging.aws.plugins.module_utils._trail import (
    explain_refusal,
    lookup,
    plan,
    resource,
)
from ansible_collections.central_logging.aws.plugins.module_utils._trail.state import TrailState
from ansible_collections.central_logging.aws.plugins.module_utils._trail_info import report as trails_report
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import files, verdicts
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory import outputs
from ansible_collections.central_logging.aws.plugins.plugin_utils._inventory.hosts import Host, Inventory

from tests.fakes import fake_digest_bucket, fake_digests, fake_evidence, fake_log_archive, support
from tests.fakes import fake_policies as policies
from tests.fakes import fake_trail as trails
from tests.fakes import fake_trails as reports

ROOT = Path(__file__).parents[4]
PACKAGE = "ansible_collections.central_logging.aws.plugins.modules"
NAMES = [
    "cloudtrail_central",
    "cloudtrail_central_info",
    "cloudtrail_integrity_info",
    "kms_key_grant_accounts",
    "log_archive_access_info",
    "s3_log_bucket_policy",
]
CODE = {
    "cloudtrail_central": resource,
    "cloudtrail_central_info": trails_report,
    "cloudtrail_integrity_info": _integrity,
    "kms_key_grant_accounts": key_policy,
    "log_archive_access_info": _access_report,
    "s3_log_bucket_policy": bucket_policy,
}
MORE_CODE = {
    "cloudtrail_central": (lookup, plan),
    "log_archive_access_info": (settings,),
}  # further files with operations of AWS
MAKE: dict[str, Any] = {
    "cloudtrail_central": resource.TrailResource,
    "cloudtrail_central_info": trails_report.TrailsReport,
    "cloudtrail_integrity_info": _integrity.IntegrityInfo,
    "kms_key_grant_accounts": key_policy.KeyPolicy,
    "log_archive_access_info": _access_report.AccessReport,
    "s3_log_bucket_policy": bucket_policy.BucketPolicy,
}
# operations of S3 whose permission has another name:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
PERMISSIONS = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}
each = pytest.mark.parametrize("name", NAMES)
ACTIONS = ["account_inventory", "evidence_report"]  # their code runs on the controller
each_of_all = pytest.mark.parametrize("name", [*NAMES, *ACTIONS])


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
    for part in documented["extends_documentation_fragment"]:
        if part.startswith(of):
            merged |= fragment(part)
    return merged


def specification(name: str) -> dict[str, Any]:
    """The argument spec, without the options of amazon.aws."""
    whole: dict[str, Any] = module(name).OPERATION.argument_spec
    return whole


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
    specified = specification(name)
    assert_same(options(name, of="central_logging.aws"), specified, name)


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
    specified = specification(name)
    for arguments in _of_this_module(name):
        given = {option: value for option, value in arguments.items() if option in specified}
        filled = {option: _filled(value, specified[option]) for option, value in given.items()}
        for option, value in filled.items():
            assert value in specified[option].get("choices", [value])
        MAKE[name](support.module_options(name, **filled), arguments["region"])


# What only some options need. The files do not have it.
OPTIONAL = {"s3:DeleteBucketPolicy"}
ROLES = {
    "arn:aws:iam::111122223333:role/CentralLogging": ("member-permissions", "log-archive-permissions"),
    "arn:aws:iam::111122223333:role/LogReader": ("auditor-permissions",),
}


def _allowed(role_arn: str) -> set[str]:
    files = [json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text()) for name in ROLES.get(role_arn, ())]
    actions = [statement["Action"] for file in files for statement in file["Statement"]]
    return {action for given in actions for action in ([given] if isinstance(given, str) else given)}


def _needed(name: str) -> set[str]:
    notes = " ".join(note for note in documentation(name)["notes"] if note.startswith("Permissions needed"))
    return set(re.findall(r"C\(([a-z0-9]+:[A-Za-z]+)\)", notes)) - OPTIONAL


@pytest.mark.parametrize(
    "name",
    [
        "cloudtrail_delivery_info",
        "cloudtrail_integrity_info",
        "kms_key_grant_accounts",
        "log_archive_access_info",
        "s3_log_bucket_policy",
    ],
)
def test_the_role_of_an_example_has_the_permissions_in_docs_iam(name: str) -> None:
    """These modules run in the log-archive account. The credentials of most users belong to another account."""
    for task in examples(name):
        (used,) = [key for key in task if key not in ("name", "register", "failed_when")]
        if used.startswith("central_logging.aws.") and task[used].get("state") != "rendered":
            needed = _needed(used.rpartition(".")[2])
            assert needed and needed <= _allowed(task[used].get("assume_role_arn", "")), task["name"]


def test_d7_every_example_that_calls_aws_assumes_a_role() -> None:
    """The credentials of most users belong to another account than the one of the module."""
    checked = 0
    for path in sorted((ROOT / "plugins" / "modules").glob("[!_]*.py")):
        for task in examples(path.stem):
            for used in [key for key in task if key.startswith("central_logging.aws.")]:
                calls_aws = hasattr(module(used.rpartition(".")[2]), "OPERATION")
                if calls_aws and task[used].get("state") != "rendered":
                    assert task[used].get("assume_role_arn"), f"{path.name}: {task['name']}"
                    checked += 1
    assert checked > 15


def _filled(value: Any, spec: dict[str, Any]) -> Any:
    if spec["type"] == "list" and not isinstance(value, list):
        value = [] if spec.get("elements") == "dict" else [value]  # a template of other results
    if "options" not in spec:
        return value
    if isinstance(value, list):
        return [_filled(element, {**spec, "type": "dict"}) for element in value]
    sub = spec["options"]
    return {key: _filled(value[key], sub[key]) if key in value else sub[key].get("default") for key in sub}


def returned(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(module(name).RETURN)
    return loaded


def _results(name: str) -> list[dict[str, Any]]:
    if name == "log_archive_access_info":
        overlapping = fake_log_archive.allow("kms:Decrypt", {"AWS": support.PRODUCTION})
        return [fake_log_archive.report(fake_log_archive.FakeLogArchive(more_key=[overlapping]))]
    if name == "cloudtrail_central_info":
        return [reports.report(reports.FakeAccount([reports.described(), reports.described("second")]))]
    if name == "cloudtrail_central":
        gateway = trails.FakeCloudTrail()
        run = trails.run(gateway, bucket=support.BUCKET, tags={"a": "b"}, insights=[])
        return [
            trails.trail().result(run),
            trails.trail().result(trails.run(gateway, state="absent", allow_weaken=True)),
        ]
    if name == "cloudtrail_integrity_info":
        return [fake_digest_bucket.validate(fake_digests.FakeDelivery().hours(2))]
    if name == "s3_log_bucket_policy":
        return [policies.bucket_policy().result(policies.run_bucket(policies.empty_bucket(), accounts=[]))]
    return [policies.key_policy().result(policies.run_key(policies.key(), accounts=[]))]


TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


@each
def test_return_values_are_those_that_are_returned(name: str) -> None:
    documented = returned(name)
    for result in _results(name):
        assert {*result, *(() if name.endswith("_info") else ("plan",))} == set(documented)
        for key, value in result.items():
            assert value is None or isinstance(value, TYPES[documented[key]["type"]]), key
            if value is None:
                assert "null" in str(documented[key]["description"]).lower(), f"{key} may be null"


def test_return_values_of_a_trail() -> None:
    documented = returned("cloudtrail_central")["trail"]["contains"]
    whole = TrailState(name="x", exists=True, tags={}, insights=(), recursive_logging=False).as_result()
    assert set(documented) == set(whole)
    for key, value in whole.items():
        assert isinstance(value, TYPES[documented[key]["type"]]), key


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("_info")])
def test_return_values_of_what_is_read(name: str) -> None:
    """Each list of dictionaries that is returned has the keys that are documented."""
    (result, *_others) = _results(name)
    for key, documented in returned(name).items():
        for element in result[key] if "contains" in documented and isinstance(result[key], list) else []:
            assert set(element) == set(documented["contains"]), key


def test_return_values_of_the_integrity() -> None:
    trail = fake_digests.FakeDelivery().hours(3)
    del trail.objects[trail.digests[1]]
    result = fake_digest_bucket.validate(trail)
    for name in ("chains", "findings"):
        documented = returned("cloudtrail_integrity_info")[name]["contains"]
        for element in result[name]:
            assert set(documented) == set(element)
            for key, value in element.items():
                assert isinstance(value, TYPES[documented[key]["type"]]), key


def test_every_kind_of_finding_about_the_integrity_is_documented() -> None:
    kinds = returned("cloudtrail_integrity_info")["findings"]["contains"]["kind"]["description"]
    assert {kind.split("(")[1].split(")")[0] for kind in kinds} == set(problems.REMEDIATIONS)


def test_return_values_of_the_inventory() -> None:
    documented = returned("account_inventory")
    variables = {"role_arn": "arn", "external_id": "id", "central_logging_organization_trail": "y"}
    times = {"logging_since": "2026-11-25T14:00:00Z", "stopped_at": "2026-11-25T13:00:00Z"}
    trail = {"name": "y", "logging": True, "log_file_validation": True, **times}
    host = Host(name="x", variables={**variables, "trails": {"trails": [trail]}})
    inventory = Inventory(archive=[host], members=[])
    made = {
        "accounts": outputs.accounts(inventory),
        "organization_trails": [outputs.organization_trail(inventory)],
        "delivering": outputs.delivering(inventory, [host], "trails", datetime.now(timezone.utc)),
        "validated": outputs.validated(inventory, [host], "trails", datetime.now(timezone.utc)),
    }
    contents = {key: set(value["contains"]) for key, value in documented.items() if "contains" in value}
    assert contents == {key: set(value[0] or {}) for key, value in made.items()}
    assert set(documented) - set(contents) == {"organization_trail_arn", "organization_trail_reader"}
    action = importlib.import_module("ansible_collections.central_logging.aws.plugins.action.account_inventory")
    assert_same(documentation("account_inventory")["options"], action.ARGUMENT_SPEC, "account_inventory")


def test_the_evidence_is_documented_as_it_is() -> None:
    action = importlib.import_module("ansible_collections.central_logging.aws.plugins.action.evidence_report")
    assert_same(documentation("evidence_report")["options"], action.ARGUMENT_SPEC, "evidence_report")
    documented, evidence = returned("evidence_report"), fake_evidence.report()
    assert set(documented["hosts"]["contains"]) == set(vars(verdicts.verdicts(evidence)["production"]))
    assert set(documented["files"]["contains"]) == set(files.NAMES)
    words = set(re.findall(r"C\((\w+)\)", str(documented["files"]["contains"]["json"]["description"])))
    content = evidence.as_json()
    assert {*content, *content["accounts"][0]} <= words


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
    # operations of a single word, as encrypt, are words in texts as well
    named = {known[value] for value in constants if isinstance(value, str) and value in known and "_" in value}
    return {PERMISSIONS.get(operation, operation) for operation in named}


@each
def test_every_operation_has_its_permission(name: str) -> None:
    code = [CODE[name], *MORE_CODE.get(name, ())]
    assert {operation for file in code for operation in _operations(file)} <= set(CODE[name].PERMISSIONS)


def test_what_the_explanation_needs_is_documented() -> None:
    """It is asked for in the log-archive account, so it stands with the role that is given for it."""
    option = str(documentation("cloudtrail_central")["options"]["log_archive_role_arn"]["description"])
    for permission in _operations(explain_refusal) - {"s3:HeadBucket"}:
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
    everything = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
    assert sorted(group) == [n for n in everything if promised in documentation(n)["extends_documentation_fragment"]]
    assert set(group) >= set(NAMES)
