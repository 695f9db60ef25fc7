# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules that keep the layers apart, read from the imports, and the limits of size and complexity."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
UTILS = sorted((PLUGINS / "module_utils").glob("*.py"))
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
ACTIONS = sorted((PLUGINS / "action").glob("*.py"))
ON_THE_CONTROLLER = sorted((PLUGINS / "plugin_utils").glob("*.py"))  # what actions share; no module may import it
INVENTORIES = sorted((PLUGINS / "inventory").glob("*.py"))
FRAGMENTS = sorted((PLUGINS / "doc_fragments").glob("*.py"))
EVERYTHING = [*UTILS, *ON_THE_CONTROLLER, *MODULES, *ACTIONS, *INVENTORIES, *FRAGMENTS]
OURS = "ansible_collections.central_logging.aws.plugins.module_utils"

# From the ground up. A file may import files of the rows below its own, and none of its own row or above.
LAYERS = [
    {
        "_arn",
        "_calls",
        "_errors",
        "_findings",
        "_gunzip",
        "_hints",
        "_log_objects",
        "_parallel",
        "_patterns",
        "_selectors",
        "_session",
    },
    {"_evidence_scene", "_evidence_text"},
    {"_moments", "_problems", "_signature"},
    {"_digest", "_log_folder"},
    {"_archive_state", "_controls", "_delivery_errors", "_document", "_key_state", "_names"},
    {"_trail_state", "_event_options"},
    {"_canonical", "_gateway", "_inventory", "_reconcile", "_trail_facts", "_trail_options"},
    {"_digest_chain", "_public_keys"},
    {"_digest_archive", "_folder_proof", "_integrity_options"},
    {"_admission", "_clauses", "_delivery_verdicts", "_duplicates", "_log_archive", "_trail_controls", "_verdict"},
    {"_organization_hosts", "_organization_trails"},
    {
        "_bucket_statements",
        "_explain",
        "_key_statements",
        "_owned_policy",
        "_trail_findings",
        "_trail_lookup",
        "_words",
    },
    {"_key_grants", "_log_bucket_policy", "_organization", "_trail"},  # the resources, and the organization
    {"_denials", "_entries", "_ownership"},
    {"_access"},
    {"_access_findings", "_archive_controls"},
    {"_access_report", "_delivery", "_integrity", "_trails_report"},  # the readings
    {"_evidence_findings"},
    {"_evidence"},
    {"_evidence_chart", "_evidence_junit"},
    {"_evidence_view"},  # the evidence
    {"_module"},
]
WITH_AWS = {"_gateway", "_session"}  # may import boto3 and botocore
WITH_ANSIBLE = {"_module"}  # may import ansible and amazon.aws
ASKS_AWS = {
    "_access_report",
    "_delivery",
    "_digest_archive",
    "_explain",
    "_integrity",
    "_key_grants",
    "_log_archive",
    "_log_bucket_policy",
    "_module",
    "_organization",
    "_public_keys",
    "_trail",
    "_trail_lookup",
    "_trails_report",
}  # may import the gateway
KEEPS_TIME = {"_gateway", "_integrity", "_reconcile"}  # may import time and random
PURE_STANDARD_LIBRARY = {
    "__future__",
    "abc",
    "collections",
    "dataclasses",
    "datetime",
    "fnmatch",
    "functools",
    "hashlib",
    "ipaddress",
    "json",
    "re",
    "typing",
    "zlib",
}

_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

each_util = pytest.mark.parametrize("path", UTILS, ids=lambda path: path.stem)
each_file = pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: f"{path.parent.name}/{path.stem}")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[str]:
    """The full names of what is imported; a file of ours as its name alone."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{OURS}.{node.module or ''}".rstrip(".") if node.level else node.module or ""
            if module == OURS:
                yield from (alias.name for alias in node.names)
            else:
                yield module.removeprefix(OURS + ".")


def _ours(path: Path) -> set[str]:
    names = {one.stem for one in UTILS}
    return {name for name in _imports(path) if name in names}


def _layer(name: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if name in layer)


def test_every_file_has_its_layer() -> None:
    listed = [name for layer in LAYERS for name in layer]
    assert sorted(listed) == sorted(path.stem for path in UTILS), "new files go into the table, gone ones out of it"


@each_util
def test_arrows_point_downwards(path: Path) -> None:
    """Which leaves no room for cycles."""
    above = {name for name in _ours(path) if _layer(name) >= _layer(path.stem)}
    assert not above


@each_util
def test_only_the_gateway_knows_botocore_and_only_the_module_ansible(path: Path) -> None:
    for name in _imports(path):
        root = name.split(".")[0]
        assert root not in ("boto3", "botocore") or path.stem in WITH_AWS, name
        assert root not in ("ansible", "ansible_collections") or path.stem in WITH_ANSIBLE, name
        assert name != "_gateway" or path.stem in ASKS_AWS
        assert root not in ("time", "random") or path.stem in KEEPS_TIME


@each_util
def test_everything_else_is_pure(path: Path) -> None:
    """No files, no network, no processes, no clock: the standard library's pure parts and nothing else."""
    outside = {name.split(".")[0] for name in _imports(path)} - {one.stem for one in UTILS}
    impure = outside - PURE_STANDARD_LIBRARY
    permitted = {
        "_evidence_junit": {"xml"},
        "_gateway": {"botocore", "email", "random", "threading", "time"},
        "_log_archive": {"itertools", "threading"},
        "_parallel": {"concurrent", "itertools"},
        "_reconcile": {"time"},
        "_module": {"ansible_collections", "contextlib", "contextvars"},
        "_digest_archive": {"threading"},
        "_public_keys": {"threading"},
        "_signature": {"cryptography"},
        "_session": {"botocore", "contextlib", "functools", "gc", "os", "ssl"},
    }
    assert impure <= permitted.get(path.stem, set())


@each_util
def test_what_is_pure_says_so_and_asks_nobody(path: Path) -> None:
    if " Pure." in (ast.get_docstring(_tree(path)) or ""):
        assert path.stem not in ASKS_AWS | WITH_AWS | WITH_ANSIBLE | KEEPS_TIME


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules_are_docs_a_spec_and_one_call(path: Path) -> None:
    tree = _tree(path)
    assert {name.split(".")[0] for name in _imports(path)} <= {"__future__", *(one.stem for one in UTILS)}
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.IfExp)]
    guards = [node for node in branches if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
    assert len(branches) == len(guards) <= 1


@pytest.mark.parametrize("path", [*UTILS, *MODULES], ids=lambda path: path.stem)
def test_what_a_module_needs_runs_without_a_controller(path: Path) -> None:
    """Modules and what they import are sent to where they run; plugin_utils and actions are not."""
    assert not [name for name in _imports(path) if ".plugin_utils" in name or ".plugins.action" in name]


def test_the_only_looks_at_check_mode() -> None:
    """The module's, what hands it on from a task where there is no AnsibleModule, and that of what writes files."""
    looks = [
        path.stem
        for path in [*UTILS, *MODULES, *ACTIONS, *ON_THE_CONTROLLER]
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in ("check_mode", "_check_mode"))
        or (isinstance(node, ast.Constant) and node.value in ("check_mode", "ansible_check_mode"))
    ]
    assert looks == ["_module", "evidence_report", "_in_worker", "_worker_module"]


@pytest.mark.parametrize("path", ON_THE_CONTROLLER, ids=lambda path: path.stem)
def test_check_mode_decides_nothing_on_the_way_to_it(path: Path) -> None:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.If | ast.IfExp | ast.BoolOp | ast.While):
            assert "check_mode" not in ast.unparse(node)


@each_file
def test_every_file_is_licensed(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#!")]
    assert lines[0].startswith("# GNU General Public License v3.0+")
    assert "from __future__ import annotations" in lines


@pytest.mark.parametrize("path", [*UTILS, *ON_THE_CONTROLLER], ids=lambda path: path.stem)
def test_utils_are_private(path: Path) -> None:
    assert path.stem.startswith("_")
    assert "PRIVATE to the collection" in (ast.get_docstring(_tree(path)) or "")


@each_file
def test_files_stay_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks = [
        node
        for node in _tree(path).body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) in ("DOCUMENTATION", "EXAMPLES", "RETURN")
        and path in [*MODULES, *INVENTORIES]
    ]
    documentation = sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in blocks)
    assert len(lines) - documentation <= 300


_BRANCHES = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.match_case)


@each_file
def test_functions_stay_simple(path: Path) -> None:
    for function in ast.walk(_tree(path)):
        if isinstance(function, ast.FunctionDef):
            complexity = 1 + sum(isinstance(node, _BRANCHES) for node in ast.walk(function))
            assert complexity <= 10, function.name
            assert (function.end_lineno or 0) - function.lineno < 60, function.name


@each_file
def test_nothing_of_the_workshop_gets_in(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("/tmp/", "TODO", "FIXME", "XXX"):
        assert word not in text
