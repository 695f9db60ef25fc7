# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""verify.yml after an operator has changed all trails with site.yml."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import ARCHIVE, MEMBERS, Play
from tests.e2e.test_verify import failing_hosts, fleet, verify

__all__ = ["fleet", "verify"]  # fixtures
Verify = Callable[..., tuple[Play, dict[str, Any]]]


def test_b15_a_changed_prefix_waits_for_its_first_delivery(
    fleet: Sandbox, play: Callable[..., Play], inventory: Callable[..., Path], tmp_path: Path
) -> None:
    changed = inventory(lambda _hosts, variables: variables.update(central_logging_prefix="team"))
    options = ("-e", "member_account_allow_weaken=true", "-e", f"central_logging_evidence_directory={tmp_path}")
    for playbook in ("site", "verify"):  # the second run knows the change from the event history
        run = play(playbook, *options, inventory=changed)
        assert run.code == 0, run.output
        evidence = json.loads((tmp_path / "evidence.json").read_text())
        assert evidence["status"] == "waiting"
        assert {row["account"]: row["checks"]["delivery"] for row in evidence["accounts"]} == dict.fromkeys(
            (ARCHIVE, *MEMBERS), "waiting"
        )
        assert "log file validation" not in run.output
    late = play("verify", "-e", "central_logging_first_delivery_timeout=0", inventory=changed)
    assert failing_hosts(late) == {"security", "production", "staging", "development"}


def test_b15_another_key_waits_for_the_first_file_that_it_encrypts(
    fleet: Sandbox, play: Callable[..., Play], inventory: Callable[..., Path], tmp_path: Path
) -> None:
    changed = inventory(lambda _hosts, variables: variables.update(central_logging_key_alias="alias/another"))
    folder = ("-e", f"central_logging_evidence_directory={tmp_path}")
    for playbook in ("site", "verify"):
        run = play(playbook, *folder, inventory=changed)
        evidence = json.loads((tmp_path / "evidence.json").read_text())
        assert not [item for item in evidence["findings"] if item["status"] == "failed"], run.output
        assert (run.code, evidence["status"]) == (0, "waiting"), run.output
