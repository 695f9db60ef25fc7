# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every kind and cause of the code has a title. They are read from the code, not from its documentation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._integrity import failed_reads
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import titles
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.cause_rules import CAUSES, RULES

from tests.accounts import ROOT

PLUGINS = ROOT / "plugins"
# the checks about which each package makes findings
CHECKS = {
    "_trail_info": ("trail", "cost"),
    "_core": ("controls", "hardening"),
    "_delivery": ("delivery", "encryption"),
    "_digests": ("integrity", "encryption"),
    "_integrity": ("integrity", "encryption"),
    "_access": ("separation", "deletion", "hardening"),
    "_evidence": tuple(titles._TITLES),
}
FUNCTIONS = {"kind": "_verdict", "cause": "_cause"}  # the ends of the names of functions that return them
FINDINGS = {"Finding", "Draft", "Problem", "replace", "self._hole", "_invalid_digest"}


def trees(package: str) -> Iterator[ast.Module]:
    for path in sorted(PLUGINS.glob(f"*/{package}/*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def constants() -> dict[str, str]:
    """The values of the constants of all packages whose values are words, by name."""
    values: dict[str, str] = {}
    for package in CHECKS:
        for tree in trees(package):
            for node in tree.body:
                if isinstance(node, ast.Assign):
                    values |= dict(_pairs(node.targets[0], node.value))
    return values


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for name, part in zip(target.elts, value.elts, strict=True):
            yield from _pairs(name, part)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Constant) and _is_word(value.value):
        yield target.id, str(value.value)


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.replace("_", "").isalpha() and value.islower()


CONSTANTS = constants()


def words(expression: ast.expr) -> Iterator[str]:
    """The words that an expression can be, as far as it names them."""
    if isinstance(expression, ast.IfExp):
        yield from words(expression.body)
        yield from words(expression.orelse)
    elif isinstance(expression, ast.Constant) and isinstance(expression.value, str) and expression.value:
        yield expression.value
    elif isinstance(expression, ast.Name) and expression.id in CONSTANTS:
        yield CONSTANTS[expression.id]
    elif isinstance(expression, ast.BoolOp):
        for part in expression.values:
            yield from words(part)


def positions(tree: ast.Module, field: str) -> dict[str, int]:
    """The position of the field in each class of the file that has it."""
    result: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names = [ast.unparse(part.target) for part in node.body if isinstance(part, ast.AnnAssign)]
            if field in names:
                result[node.name] = names.index(field)
    return result


def given(package: str, field: str) -> set[str]:
    """What the calls, assignments and tables of a package give to a field of findings."""
    result: set[str] = set()
    for tree in trees(package):
        of_class = positions(tree, field)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if field == "cause" or name in FINDINGS or name in of_class:
                    result |= {word for key in node.keywords if key.arg == field for word in words(key.value)}
                if of_class.get(name, len(node.args)) < len(node.args):
                    result |= set(words(node.args[of_class[name]]))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == field:
                result |= set(words(node.value))
            elif isinstance(node, ast.FunctionDef) and node.name.endswith(FUNCTIONS[field]):
                for part in ast.walk(node):
                    if isinstance(part, ast.Return) and part.value:
                        result |= set(words(part.value.elts[0] if isinstance(part.value, ast.Tuple) else part.value))
    return result


def causes() -> set[str]:
    return {*failed_reads._REMEDIATIONS, *(cause for package in CHECKS for cause in given(package, "cause"))}


@pytest.mark.parametrize("package", CHECKS)
def test_every_kind_of_a_finding_has_a_title(package: str) -> None:
    kinds = given(package, "kind")
    assert kinds, "the code could not be read"
    untitled = {kind for kind in kinds if not any(kind in titles._TITLES[check] for check in CHECKS[package])}
    assert untitled == set()


def test_every_cause_has_words() -> None:
    assert {"bucket_denied", "key_disabled", "bucket_missing", "location_changed", "trail_missing"} <= causes()
    assert causes() - set(CAUSES) == set()
    assert set(CAUSES) - causes() == set(), "a cause that the code never gives"


def test_the_findings_that_state_a_cause_have_titles() -> None:
    homes = {home for cause in CAUSES.values() for home in cause.homes}
    roots = {root for rule in RULES for root in rule.roots if "/" in root}
    effects = {name for rule in RULES for effect in rule.effects for name in effect.names}
    for name in homes | roots | effects:
        check, kind = name.split("/")
        assert kind in titles._TITLES[check], name


def test_every_title_belongs_to_a_kind_of_the_code() -> None:
    sources = [path.read_text(encoding="utf-8") for path in sorted(Path(PLUGINS).rglob("*.py"))]
    text = "\n".join(source for source in sources if "_TITLES = {" not in source)
    composed = {
        f"{how}_{who}" for how in ("limited", "deleted", "indirect", "unexpected") for who in ("decrypter", "reader")
    }
    composed |= {"cannot_decrypt", "cannot_read", "unexpected_deleter", "indirect_deleter"}
    for check, kinds in titles._TITLES.items():
        for kind in kinds:
            assert f'"{kind}"' in text or kind in composed, f"{check}: {kind} is never reported"
