# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documentation of a module that only reads says is what the module does."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, Finding, as_results
from ansible_collections.central_logging.aws.plugins.module_utils._delivery import drafts, findings, report, unreadable
from ansible_collections.central_logging.aws.plugins.module_utils._log_files import bucket

from tests.fakes import support
from tests.fakes.fake_log_bucket import CENTRAL, FakeLogBucket, ago, digest, log
from tests.unit.plugins.modules import test_docs as docs


@dataclass(frozen=True)
class Reading:
    """How one module is tried."""

    make: Callable[[Mapping[str, Any], str], Any]
    options: Callable[..., dict[str, Any]]  # with the defaults, as Ansible hands them over
    code: tuple[ModuleType, ...]  # that asks AWS
    permissions: tuple[str, ...]
    gateway: Callable[[], Any]  # to an AWS in which every return value has something in it


def _delivery_gateway() -> FakeLogBucket:
    keys = (log(ago(minutes=5)), digest(ago(minutes=50)))
    return FakeLogBucket(dict.fromkeys(keys, CENTRAL))


READINGS = {
    "cloudtrail_delivery_info": Reading(
        report.DeliveryInfo,
        support.delivery_options,
        (report, bucket),
        report.PERMISSIONS,
        _delivery_gateway,
    ),
}
each = pytest.mark.parametrize("name", READINGS)


def specified(name: str) -> dict[str, Any]:
    return docs.specification(name)


@each
def test_options_are_those_of_the_argument_spec(name: str) -> None:
    docs.assert_same(docs.options(name, of="central_logging.aws"), specified(name), name)


@each
def test_it_has_what_every_module_has(name: str) -> None:
    docs.test_connection_options_are_those_of_amazon_aws(name)
    docs.test_nothing_is_masked_that_is_no_secret(name)
    docs.test_every_module_promises_check_mode_and_diff(name)
    assert "central_logging.aws._attributes.info" in docs.documentation(name)["extends_documentation_fragment"]


@each
def test_examples_are_accepted(name: str) -> None:
    tasks = docs._of_this_module(name)
    assert tasks
    allowed = {*docs.options(name, of="central_logging.aws"), *docs.options(name, of="amazon.aws")}
    for arguments in tasks:
        assert set(arguments) <= allowed
        given = {option: value for option, value in arguments.items() if option in specified(name)}
        filled = {option: docs._filled(value, specified(name)[option]) for option, value in given.items()}
        READINGS[name].make(READINGS[name].options(**filled), arguments["region"])


@each
def test_return_values_are_those_that_are_returned(name: str) -> None:
    reading = READINGS[name]
    result = reading.make(reading.options(), support.REGION).read(reading.gateway(), lambda _sentence: None)
    _assert_documented(docs.returned(name), result, name)


def _assert_documented(documented: dict[str, Any], result: dict[str, Any], where: str) -> None:
    assert set(documented) == set(result), where
    for key, value in result.items():
        here = f"{where}: {key}"
        if value is None:
            assert "null" in str(documented[key]["description"]).lower(), here
            continue
        assert isinstance(value, docs.TYPES[documented[key]["type"]]), here
        if isinstance(value, dict):
            _assert_documented(documented[key]["contains"], value, here)
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict):
                _assert_documented(documented[key]["contains"], item, here)


def _example() -> Finding:
    return Finding(
        account="1",
        region="2",
        check="3",
        kind="4",
        resource="5",
        status=FAILED,
        message="6",
        remediation="7",
        since="8",
        cause="9",
    )


@each
def test_findings_are_documented(name: str) -> None:
    documented = docs.returned(name)["findings"]["contains"]
    (whole,) = as_results([_example()])
    _assert_documented(documented, whole, name)


def test_every_kind_of_finding_of_the_delivery_is_documented() -> None:
    documented = str(docs.returned("cloudtrail_delivery_info")["findings"]["contains"]["kind"]["description"])
    kinds = {kind for code in (drafts, findings, unreadable) for kind in _kinds(code)}
    assert kinds == set(re.findall(r"V\((\w+)\)", documented)) - {"delivery", "encryption"}


def _kinds(code: ModuleType) -> Iterator[str]:
    """The kinds of findings that the source makes."""
    for node in ast.walk(ast.parse(inspect.getsource(code))):
        if isinstance(node, ast.keyword) and node.arg == "kind" and isinstance(node.value, ast.Constant):
            yield node.value.value


@each
def test_the_permissions_in_the_notes_are_those_of_the_code(name: str) -> None:
    assert docs._permissions_in_the_notes(name) == set(READINGS[name].permissions)


IAM = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}  # where they are called otherwise


@each
def test_every_operation_has_its_permission(name: str) -> None:
    asked = {operation for code in READINGS[name].code for operation in docs._operations(code)}
    assert asked, "the test looks for nothing"
    assert {IAM.get(operation, operation) for operation in asked} == set(READINGS[name].permissions)
