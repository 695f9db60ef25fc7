# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A sandbox with snapshots of configured fleets, from which each state begins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT, new_sandbox
from tests.organizations import by_the_log_archive, write_accounts
from tests.states.fleet import Fleet
from tests.states.in_process import Verification

HOURS, DAYS = 6, 2
ORGANIZATION = "organization_hours_ago"


class Bases:
    """Snapshots of fleets, each configured when a state first needs it.

    C(hours_ago) and C(days_ago): configured six hours or two days ago, and nothing has been delivered yet.
    C(fleet): configured six hours ago, with a delivery each hour since then. C(days): the same for two days.
    C(organization_hours_ago): an organization trail, which the log-archive account manages, in a sandbox of its own.
    """

    def __init__(self, sandbox: Sandbox, stack: ExitStack, folder: Path) -> None:
        self.sandbox = sandbox
        self.organization_inventory = folder / "hosts.yml"
        self._stack, self._folder = stack, folder
        self._organization: Sandbox | None = None
        self._snapshots: dict[str, str] = {}

    def restore(self, name: str) -> Fleet:
        if name not in self._snapshots:
            self._make(name)
        sandbox = self._sandbox(name)
        sandbox.restore(self._snapshots[name])
        return Fleet(sandbox)

    def _sandbox(self, name: str) -> Sandbox:
        if name != ORGANIZATION:
            return self.sandbox
        if self._organization is None:
            accounts = write_accounts(self._folder / "accounts.yml")
            self._organization = self._stack.enter_context(new_sandbox(accounts))
            _write_inventory(self.organization_inventory)
        return self._organization

    def _make(self, name: str) -> None:
        configured, hours = {"fleet": ("hours_ago", HOURS), "days": ("days_ago", 24 * DAYS)}.get(name, ("", 0))
        sandbox = self._sandbox(name)
        if configured:
            self.restore(configured)
            sandbox.hours(hours)
        else:
            sandbox.reset()
            self._configure(sandbox, {"hours_ago": HOURS, "days_ago": 24 * DAYS, ORGANIZATION: HOURS}[name])
        self._snapshots[name] = sandbox.snapshot()

    def _configure(self, sandbox: Sandbox, hours: int) -> None:
        sandbox.settings(policy_delay=0, clock_offset=-3600 * hours)
        playbook = [str(Path(sys.executable).with_name("ansible-playbook")), "playbooks/site.yml"]
        inventory = [] if sandbox is self.sandbox else ["-i", str(self.organization_inventory)]
        done = subprocess.run(
            [*playbook, *inventory, "--skip-tags", "verify"],
            cwd=ROOT,
            env=sandbox.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def _write_inventory(hosts_file: Path) -> None:
    """The example inventory with an organization trail of the log-archive account."""
    hosts = yaml.safe_load((ROOT / "inventory" / "hosts.yml").read_text(encoding="utf-8"))
    variables = yaml.safe_load((ROOT / "inventory" / "group_vars" / "all.yml").read_text(encoding="utf-8"))
    by_the_log_archive(hosts, variables)
    hosts_file.write_text(yaml.safe_dump(hosts), encoding="utf-8")
    group_variables = hosts_file.parent / "group_vars" / "all.yml"
    group_variables.parent.mkdir()
    group_variables.write_text(yaml.safe_dump(variables), encoding="utf-8")


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bases]:
    with ExitStack() as stack:
        yield Bases(stack.enter_context(new_sandbox()), stack, tmp_path_factory.mktemp("states"))


@pytest.fixture(scope="session")
def verification() -> Verification:
    return Verification()
