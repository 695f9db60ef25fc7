# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The variables of the roles: defaults, documentation and inventory variables agree."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
# verification expects the organization trail, which the other roles do not
DIFFERENT = {"trail_name", "organization_id"}


def defaults(role: str) -> dict[str, Any]:
    """The variables of a role with their defaults, as the file has them."""
    values: dict[str, Any] = yaml.safe_load((ROOT / "roles" / role / "defaults" / "main.yml").read_text())
    return values


def not_set(role: str) -> dict[str, Any]:
    """The variables of a role that have no default, with the values that a comment in the file proposes."""
    text = (ROOT / "roles" / role / "defaults" / "main.yml").read_text()
    lines = [line[2:] for line in text.splitlines() if line.startswith(f"# {role}_")]
    values: dict[str, Any] = yaml.safe_load("\n".join(lines)) or {}
    return values


def documented(role: str) -> dict[str, dict[str, Any]]:
    """The options of a role's argument spec."""
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())
    options: dict[str, dict[str, Any]] = specs["argument_specs"]["main"]["options"]
    return options


def is_template(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


@pytest.mark.parametrize("role", ROLES)
def test_the_argument_spec_documents_every_variable_and_its_default(role: str) -> None:
    options, values = documented(role), defaults(role)
    assert {name for name, option in options.items() if not option.get("required")} == {*values, *not_set(role)}
    assert [name for name in not_set(role) if "default" in options[name]] == []
    for name, value in values.items():
        assert options[name].get("default", {}) == ({} if is_template(value) else value), name


@pytest.mark.parametrize("role", ROLES)
def test_a13_a_variable_that_is_not_set_is_not_sent(role: str) -> None:
    """So a variable that is deleted from the inventory removes nothing."""
    tasks = "".join(path.read_text() for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")))
    for name, value in not_set(role).items():
        inventory_variable = re.search(r"\w+", value[2:]) if is_template(value) else None
        fallback = f"{inventory_variable[0]} | default(omit)" if inventory_variable else "omit"
        used = re.findall(rf"\b{name}\b[^}}\n]*", tasks)
        assert used
        assert {use.strip() for use in used} == {f"{name} | default({fallback})"}


@pytest.mark.parametrize("role", ["log_archive", "member_account"])
def test_a13_no_default_is_an_empty_value_that_removes_something(role: str) -> None:
    """Every other empty default is used in a condition, or replaced by omit, or adds nothing to a loop."""
    tasks = "".join(path.read_text() for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")))
    empty = [name for name, value in defaults(role).items() if value in ([], {}, "") or "default('')" in str(value)]
    assert empty
    for name in empty:
        for use in re.findall(rf"\b{name}\b[^}}\n]*", tasks):
            assert re.search(rf"^{name} (or omit|\| length)|^{name}$", use.strip()) or "loop" in use, use


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_names_every_variable(role: str) -> None:
    readme = (ROOT / "roles" / role / "README.md").read_text()
    assert [name for name in documented(role) if f"`{name}`" not in readme] == []


def test_a_variable_of_the_same_name_has_the_same_inventory_variable_in_every_role() -> None:
    expressions: dict[str, set[str]] = defaultdict(set)
    for role in ROLES:
        for name, value in defaults(role).items():
            if is_template(value):
                expressions[name.removeprefix(f"{role}_")].add(value)
    assert {name for name, values in expressions.items() if len(values) > 1} == DIFFERENT


def test_the_readme_documents_every_inventory_variable() -> None:
    used: set[str] = set()
    for folder in ("roles", "playbooks"):
        for path in (ROOT / folder).rglob("*.yml"):
            used |= set(re.findall(r"\bcentral_logging_\w+", path.read_text()))
    documented_variables = set(re.findall(r"`(central_logging_\w+)`", (ROOT / "README.md").read_text()))
    # an answer to one question of a playbook, and no variable of the inventory
    assert used - documented_variables == {"central_logging_remove_account_trails"}
