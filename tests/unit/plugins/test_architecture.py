# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules that keep the layers apart, read from the imports, and the limits of size and complexity."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
UTILS = sorted((PLUGINS / "module_utils").rglob("*.py"))
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
ACTIONS = sorted((PLUGINS / "action").glob("*.py"))
ON_THE_CONTROLLER = sorted((PLUGINS / "plugin_utils").rglob("*.py"))  # shared by actions; no module may import it
INVENTORIES = sorted((PLUGINS / "inventory").glob("*.py"))
FRAGMENTS = sorted((PLUGINS / "doc_fragments").glob("*.py"))
EVERYTHING = [*UTILS, *ON_THE_CONTROLLER, *MODULES, *ACTIONS, *INVENTORIES, *FRAGMENTS]
OURS = "ansible_collections.central_logging.aws.plugins"

# The whole rule. A package imports itself and the packages named here, and nothing else of the collection.
FEATURE = {"_core", "_aws", "_policy", "_log_files"}
CONTROLLER = {"_fast_path", "_inventory", "_evidence"}  # in plugin_utils; every other package is in module_utils
MAY_IMPORT: dict[str, set[str]] = {
    "_core": set(),
    "_aws": {"_core"},
    **dict.fromkeys(["_policy", "_log_files", "_runner"], {"_core", "_aws"}),
    "_digests": {"_core", "_log_files"},
    **dict.fromkeys(["_log_policy", "_trail", "_delivery"], FEATURE),
    "_integrity": FEATURE | {"_digests"},
    "_trail_info": FEATURE | {"_trail"},
    "_access": FEATURE | {"_log_policy"},
    "_fast_path": {"_core", "_aws", "_runner"},
    "_evidence": {"_core", "_aws", "_digests"},
    "_inventory": {"_core", "_aws"},
}

# Names that several files define for the same thing: of their own API calls, policy, option or input.
SAME_MEANING = {
    "PERMISSIONS",
    "parse",
    "preload",
    "as_results",
    "controls",
    "merged",
    "part",
    "recover",
    "allow_accounts",
    "allow_organization_trails",
}

WITH_AWS = {"_aws/direct_read", "_aws/gateway", "_aws/retry", "_aws/session"}  # may import boto3 and botocore
WITH_ANSIBLE = {"_runner/entries", "_runner/module"}  # may import ansible and amazon.aws
ASKS_AWS = {
    "_aws/organizations",
    "_access/report",
    "_access/settings",
    "_delivery/report",
    "_integrity/public_keys",
    "_integrity/report",
    "_log_files/bucket",
    "_log_policy/bucket_policy",
    "_log_policy/key_policy",
    "_runner/execute",
    "_trail/explain_refusal",
    "_trail/lookup",
    "_trail/resource",
    "_trail_info/history_search",
    "_trail_info/report",
}  # may import the gateway
KEEPS_TIME = {"_aws/gateway", "_aws/retry", "_core/reconcile"}  # may import time and random
PURE_STANDARD_LIBRARY = {
    "__future__",
    "abc",
    "collections",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "fnmatch",
    "functools",
    "hashlib",
    "ipaddress",
    "json",
    "re",
    "typing",
    "zlib",
}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> str:
    """The package of a file; a folder of plugins that Ansible loads is one room."""
    folder, *rest = path.relative_to(PLUGINS).parts
    return rest[0] if folder in ("module_utils", "plugin_utils") else folder


def place(path: Path) -> str:
    """Package and file, as C(_aws/gateway)."""
    return f"{room(path)}/{path.stem}"


def _imports(path: Path) -> Iterator[str]:
    """What is imported: a file of the collection as package and file, everything else by its full name."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                module = ".".join([OURS, "utils", *([room(path)] if node.level == 1 else []), *filter(None, [module])])
            if not module.startswith(OURS):
                yield module
                continue
            _folder, *names = module.removeprefix(OURS + ".").split(".")
            yield from ("/".join([*names, alias.name][:2]) for alias in node.names)


def _folders(path: Path) -> Iterator[tuple[str, str]]:
    """The folder of plugins and the package of each import from the collection."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith(OURS)):
            folder = path.relative_to(PLUGINS).parts[0]
            names = (node.module or "").removeprefix(OURS + ".").split(".")
            if node.level == 1:
                yield folder, room(path)
            elif node.level:
                yield folder, names[0]
            elif len(names) > 1:
                yield names[0], names[1]


def _rooms(path: Path) -> set[str]:
    """The rooms of the collection from which a file imports."""
    return {name.split("/")[0] for name in _imports(path) if name.split("/")[0] in MAY_IMPORT} - {room(path)}


def _names(path: Path) -> Iterator[str]:
    """The classes, and the public functions and constants that a file defines. A type variable is a parameter."""
    for node in _tree(path).body:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and node.name[0] != "_"):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign) and "TypeVar" not in ast.unparse(node.value or node):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name) and name.id[0] != "_")


each_util = pytest.mark.parametrize("path", UTILS, ids=place)
each_file = pytest.mark.parametrize("path", EVERYTHING, ids=place)


def test_every_package_is_in_the_rule() -> None:
    assert {room(path) for path in ON_THE_CONTROLLER} == CONTROLLER
    packages = {room(path) for path in [*UTILS, *ON_THE_CONTROLLER]}
    assert packages == set(MAY_IMPORT)
    flat = [path for path in [*UTILS, *ON_THE_CONTROLLER] if len(path.relative_to(PLUGINS).parts) != 3]
    assert not flat, "a util belongs into one package"


@each_file
def test_imports_lead_to_a_file_where_it_belongs(path: Path) -> None:
    """A file that is moved without its importers, or to the controller's packages, is found here."""
    files = {place(other) for other in [*UTILS, *ON_THE_CONTROLLER]}
    assert {name for name in _imports(path) if name.startswith("_") and "/" in name} <= files
    for folder, package in _folders(path):
        assert not package.startswith("_") or folder == ("plugin_utils" if package in CONTROLLER else "module_utils")


@pytest.mark.parametrize("path", [*UTILS, *ON_THE_CONTROLLER], ids=place)
def test_packages_import_what_the_rule_permits(path: Path) -> None:
    assert _rooms(path) <= MAY_IMPORT[room(path)]


def test_the_rule_has_no_circle() -> None:
    settled: set[str] = set()
    while ready := {name for name, others in MAY_IMPORT.items() if others <= settled} - settled:
        settled |= ready
    assert settled == set(MAY_IMPORT)


def test_files_of_a_package_have_no_circle() -> None:
    files = {place(path): {name for name in _imports(path) if "/" in name} for path in [*UTILS, *ON_THE_CONTROLLER]}
    settled: set[str] = set()
    while ready := {name for name, others in files.items() if others & set(files) <= settled} - settled:
        settled |= ready
    assert settled == set(files)


def test_one_name_means_one_thing() -> None:
    defined: dict[str, list[str]] = {}
    for path in [*UTILS, *ON_THE_CONTROLLER]:
        for name in _names(path):
            defined.setdefault(name, []).append(place(path))
    twice = {name: places for name, places in defined.items() if len(places) > 1 and name not in SAME_MEANING}
    assert not twice


def test_the_map_of_module_utils_stays_small() -> None:
    """18 packages at most. A package that is added may add a room, and imports as few others as possible."""
    arrows = {(room(path), other) for path in UTILS for other in _rooms(path)}
    assert len({room(path) for path in [*UTILS, *ON_THE_CONTROLLER]}) <= 18
    assert len(arrows) <= 30


@each_util
def test_only_the_gateway_knows_botocore_and_only_the_module_ansible(path: Path) -> None:
    for name in _imports(path):
        root = name.split(".")[0]
        assert root not in ("boto3", "botocore") or place(path) in WITH_AWS, name
        assert root not in ("ansible", "ansible_collections") or place(path) in WITH_ANSIBLE, name
        assert name != "_aws/gateway" or place(path) in ASKS_AWS
        assert root not in ("time", "random") or place(path) in KEEPS_TIME


@each_util
def test_everything_else_is_pure(path: Path) -> None:
    """No files, no network, no processes, no clock: the standard library's pure parts and nothing else."""
    outside = {name.split(".")[0] for name in _imports(path) if "/" not in name}
    impure = outside - PURE_STANDARD_LIBRARY
    permitted = {
        "_aws/direct_read": {"botocore", "threading"},
        "_aws/gateway": {"botocore", "threading", "time"},
        "_aws/retry": {"botocore", "contextlib", "random"},
        "_log_files/bucket": {"threading"},
        "_log_files/newest": {"itertools"},
        "_core/parallel": {"concurrent", "itertools"},
        "_core/reconcile": {"time"},
        "_core/timestamps": {"email"},  # parses the times in headers of HTTP
        "_delivery/options": {"sys"},  # sys.intern, here and below
        "_integrity/encryption": {"sys"},
        "_runner/entries": {"ansible"},
        "_runner/module": {"ansible", "ansible_collections"},
        "_integrity/failed_reads": {"threading"},
        "_integrity/object_validator": {"threading"},
        "_integrity/public_keys": {"threading"},
        "_digests/signature": {"cryptography"},
        "_aws/session": {"botocore", "contextlib", "functools", "gc", "os", "ssl"},
    }
    assert impure <= permitted.get(place(path), set())


@each_util
def test_what_is_pure_says_so_and_asks_nobody(path: Path) -> None:
    if " Pure." in (ast.get_docstring(_tree(path)) or ""):
        assert place(path) not in ASKS_AWS | WITH_AWS | WITH_ANSIBLE | KEEPS_TIME


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_modules_are_docs_a_spec_and_one_call(path: Path) -> None:
    tree = _tree(path)
    assert {name for name in _imports(path) if "/" not in name} <= {"__future__"}
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.IfExp)]
    guards = [node for node in branches if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)]
    assert len(branches) == len(guards) <= 1


@pytest.mark.parametrize("path", [*UTILS, *MODULES], ids=place)
def test_what_a_module_needs_runs_without_a_controller(path: Path) -> None:
    """Modules and what they import are sent to where they run; plugin_utils and actions are not."""
    assert not [
        name
        for name in _imports(path)
        if name.split("/")[0] in {room(other) for other in ON_THE_CONTROLLER} | {"action"}
    ]


def test_the_only_looks_at_check_mode() -> None:
    """A module and the fast path pass it on, and the report writes no files."""
    looks = [
        place(path)
        for path in [*UTILS, *MODULES, *ACTIONS, *ON_THE_CONTROLLER]
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in ("check_mode", "_check_mode"))
        or (isinstance(node, ast.Constant) and node.value in ("check_mode", "ansible_check_mode"))
    ]
    assert looks == [
        "_runner/module",
        "action/evidence_report",
        "_fast_path/action",
    ]


@pytest.mark.parametrize("path", ON_THE_CONTROLLER, ids=place)
def test_check_mode_decides_nothing_on_the_way_to_it(path: Path) -> None:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.If | ast.IfExp | ast.BoolOp | ast.While):
            assert "check_mode" not in ast.unparse(node)


@each_file
def test_every_file_is_licensed(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#!")]
    assert lines[0].startswith("# GNU General Public License v3.0+")
    assert "from __future__ import annotations" in lines


@pytest.mark.parametrize("path", [*UTILS, *ON_THE_CONTROLLER], ids=place)
def test_utils_are_private(path: Path) -> None:
    assert room(path).startswith("_") and not path.stem.startswith("_")
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
