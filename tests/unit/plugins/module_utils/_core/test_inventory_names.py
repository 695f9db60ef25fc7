# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages name an option of a module as users of the playbooks know it, too."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import FAILED, Finding, as_results
from ansible_collections.central_logging.aws.plugins.module_utils._core.inventory_names import (
    FIRST_WORDS,
    INVENTORY_NAMES,
    with_inventory_names,
)

ROOT = Path(__file__).parents[5]
ROLE = "assume_role_arn (role_arn of the host in the inventory)"


@pytest.mark.parametrize(
    ("message", "explained"),
    [
        ("Set assume_role_arn to a role in account 1.", f"Set {ROLE} to a role in account 1."),
        ("assume_role_arn: 'x' is not the ARN of a role.", f"{ROLE}: 'x' is not the ARN of a role."),
        ("Set assume_role_arn, or omit assume_role_arn.", f"Set {ROLE}, or omit assume_role_arn."),
        (f"Set {ROLE}.", f"Set {ROLE}."),
        ("Set central_logging_organization_id.", "Set central_logging_organization_id."),
        (
            "set organization_id: the size",
            "set organization_id (central_logging_organization_id in the inventory): the size",
        ),
        ("kms_key_grant_accounts failed.", "kms_key_grant_accounts failed."),
        ("bucket: 'B' is not valid.", "bucket (central_logging_bucket in the inventory): 'B' is not valid."),
        ("The bucket: 'B' is not valid.", "The bucket: 'B' is not valid."),
        ("region is required: set it.", "region (central_logging_region in the inventory) is required: set it."),
        ("accounts: entry 2: id is empty.", "accounts (the hosts of the inventory): entry 2: id is empty."),
        ("name: 'a--b' is not", "name (trail_name of the host, or central_logging_trail_name): 'a--b' is not"),
        ("regional events", "regional events"),
        (
            "Set allow_weaken: true to allow it.",
            "Set allow_weaken: true (member_account_allow_weaken or log_archive_allow_weaken) to allow it.",
        ),
        ("purge_accounts: true removes them.", "purge_accounts: true (log_archive_purge_accounts) removes them."),
        ("purge_accounts: text", "purge_accounts (log_archive_purge_accounts): text"),
        ("", ""),
    ],
)
def test_f9_an_option_has_its_name_in_the_inventory_once(message: str, explained: str) -> None:
    assert with_inventory_names(message) == explained
    assert with_inventory_names(explained) == explained


def test_f9_remediations_of_findings_have_it_too() -> None:
    finding = Finding(
        account="",
        region="",
        check="trail",
        kind="k",
        resource="",
        status=FAILED,
        message="",
        remediation="Set kms_key.",
    )
    (result,) = as_results([finding])
    assert result["remediation"] == "Set kms_key (central_logging_kms_key_arn in the inventory)."


def test_f9_each_option_and_each_variable_exists() -> None:
    options: set[str] = set()
    for path in (ROOT / "plugins" / "modules").glob("[!_]*.py"):
        module = importlib.import_module(f"ansible_collections.central_logging.aws.plugins.modules.{path.stem}")
        if operation := getattr(module, "OPERATION", None):
            options |= {"region", *operation.argument_spec}
            for option in operation.argument_spec.values():
                options |= set(option.get("options", ()))
    assert set(INVENTORY_NAMES) | set(FIRST_WORDS) <= options
    variables = set(
        re.findall(r"\bcentral_logging_\w+", "".join(p.read_text() for p in ROOT.glob("roles/*/defaults/*.yml")))
    )
    variables |= set(re.findall(r"\bcentral_logging_\w+", (ROOT / "README.md").read_text()))
    for defaults in ROOT.glob("roles/*/defaults/main.yml"):
        variables |= set(yaml.safe_load(defaults.read_text()))
    named = re.findall(
        r"\b(?:central_logging|log_archive|member_account|verification)_\w+",
        " ".join((INVENTORY_NAMES | FIRST_WORDS).values()),
    )
    assert set(named) <= variables
