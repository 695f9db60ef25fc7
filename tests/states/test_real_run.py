# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Some states with verify.yml as ansible-playbook runs it: hosts and findings are those of the run in this process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.accounts import ROOT
from tests.states.areas import TABLE
from tests.states.conftest import Bases
from tests.states.in_process import Verification

ROWS = (
    "nothing_is_unusual",
    "e7_late_files_wait_for_their_backfill_digest",
    "e9_the_key_is_disabled",
    "a_trail_was_stopped_hours_ago",
)
FAILING = re.compile(r"^(?:fatal: )?\[(\w+)\]: FAILED!", re.MULTILINE)


@pytest.mark.parametrize("name", ROWS)
def test_ansible_playbook_reports_the_same(name: str, bases: Bases, verification: Verification, tmp_path: Path) -> None:
    (row,) = (row for row in TABLE if row.name == name)
    variables = dict(row.change(bases.restore(row.base)) or {})
    here = verification.run(bases.sandbox.environment(), **variables)
    done, evidence = run_playbook(bases, tmp_path, variables)
    assert (done.returncode == 0) == (not row.fails), done.stdout
    assert set(FAILING.findall(done.stdout)) == set(here.failing) == set(row.fails)
    found = {(finding["account"], finding["check"], finding["kind"], finding["status"]) for finding in evidence}
    assert found == {
        (finding.account, finding.check, finding.kind, finding.status) for finding in here.evidence.findings
    }


def run_playbook(
    bases: Bases, folder: Path, variables: dict[str, Any]
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """The run, and the findings in the evidence that it wrote."""
    extra_vars = json.dumps({"central_logging_evidence_directory": str(folder), **variables})
    playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "playbooks/verify.yml", "-e", extra_vars]
    done = subprocess.run(
        playbook, cwd=ROOT, env=bases.sandbox.environment(), capture_output=True, text=True, check=False
    )
    return done, json.loads((folder / "evidence.json").read_text())["findings"]
