# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A sandbox with snapshots of configured fleets, from which each state begins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT, new_sandbox
from tests.states.fleet import Fleet
from tests.states.in_process import Verification

HOURS, DAYS = 6, 2


class Bases:
    """Snapshots of fleets, each configured when a state first needs it.

    C(hours_ago) and C(days_ago): configured six hours or two days ago, and nothing has been delivered yet.
    C(fleet): configured six hours ago, with a delivery each hour since then. C(days): the same for two days.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._snapshots: dict[str, str] = {}

    def restore(self, name: str) -> Fleet:
        if name not in self._snapshots:
            self._make(name)
        self.sandbox.restore(self._snapshots[name])
        return Fleet(self.sandbox)

    def _make(self, name: str) -> None:
        configured, hours = {"fleet": ("hours_ago", HOURS), "days": ("days_ago", 24 * DAYS)}.get(name, ("", 0))
        if configured:
            self.restore(configured)
            self.sandbox.hours(hours)
        else:
            self.sandbox.reset()
            self._configure({"hours_ago": HOURS, "days_ago": 24 * DAYS}[name])
        self._snapshots[name] = self.sandbox.snapshot()

    def _configure(self, hours: int) -> None:
        self.sandbox.settings(policy_delay=0, clock_offset=-3600 * hours)
        playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "playbooks/site.yml"]
        done = subprocess.run(
            [*playbook, "--skip-tags", "verify"],
            cwd=ROOT,
            env=self.sandbox.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="session")
def bases() -> Iterator[Bases]:
    with new_sandbox() as sandbox:
        yield Bases(sandbox)


@pytest.fixture(scope="session")
def verification() -> Verification:
    return Verification()
