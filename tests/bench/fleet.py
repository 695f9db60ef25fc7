# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a fleet costs: the members' playbook beside amazon.aws alone, a plain boto3 program, and Ansible doing nothing.

All against the same stub of AWS, in one run, so that each figure is a ratio. C(--accounts 10,30) for a quick look.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.httpsession

from tests.bench.measure import Cost, peak_memory, timed
from tests.bench.stub import ROOT, Stub

FOLDER = ROOT / ".build" / "bench"
BIN = Path(sys.executable).parent
PLAYS = Path(__file__).parent / "plays"
DELAY = 0.08  # seconds, as a Region answers from another continent
ARCHIVE, REGION, BUCKET, TRAIL = "111122223333", "us-east-1", "bench-multiaccount-logs", "bench-trail"
KEY = f"arn:aws:kms:{REGION}:{ARCHIVE}:key/0d9f3c8e-5a0b-4b3c-9d7e-1f2a3b4c5d6e"


@dataclass(frozen=True)
class Fleet:
    """An inventory of so many member accounts, and where it lies."""

    accounts: int
    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "hosts.yml"

    @property
    def job(self) -> Path:
        return self.folder / "job.json"


Contestant = Callable[[Fleet], list[str]]


def ours(fleet: Fleet) -> list[str]:
    return [str(BIN / "ansible-playbook"), "-i", str(fleet.inventory), "playbooks/members.yml"]


def floor(fleet: Fleet) -> list[str]:
    return [str(BIN / "ansible-playbook"), "-i", str(fleet.inventory), str(PLAYS / "floor.yml")]


def plain(fleet: Fleet) -> list[str]:
    return [sys.executable, "-m", "tests.bench.plain", str(fleet.job)]


def amazon(fleet: Fleet) -> list[str]:
    play = [str(BIN / "ansible-playbook"), "-i", str(fleet.inventory), str(PLAYS / "amazon.yml")]
    return [*play, "-e", f"awscli={awscli()}"]


def awscli() -> str:
    return os.environ.get("AWSCLI") or str(ROOT / ".nox" / "awscli" / "bin" / "aws")


def write_fleet(accounts: int) -> Fleet:
    fleet = Fleet(accounts, FOLDER / f"fleet-{accounts}")
    (fleet.folder / "group_vars").mkdir(parents=True, exist_ok=True)
    ids = [f"{200000000000 + number}" for number in range(accounts)]
    roles = {account: f"arn:aws:iam::{account}:role/CentralLogging" for account in (ARCHIVE, *ids)}
    members = {f"account-{account}": {"account_id": account, "role_arn": roles[account]} for account in ids}
    archive = {"security": {"account_id": ARCHIVE, "role_arn": roles[ARCHIVE]}}
    settings = {
        "central_logging_region": REGION,
        "central_logging_bucket": BUCKET,
        "central_logging_kms_key_arn": KEY,
        "central_logging_trail_name": TRAIL,
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    job = {"region": REGION, "bucket": BUCKET, "key": KEY, "trail": TRAIL, "roles": [roles[account] for account in ids]}
    # JSON is YAML
    fleet.inventory.write_text(json.dumps({"log_archive": {"hosts": archive}, "members": {"hosts": members}}))
    (fleet.folder / "group_vars" / "all.yml").write_text(json.dumps(settings))
    fleet.job.write_text(json.dumps(job))
    return fleet


def environment(stub: Stub) -> dict[str, str]:
    """AWS is the stub, and the trust store is the usual one with the stub's authority added."""
    usual = Path(botocore.httpsession.get_cert_path(True)).read_text()
    trusted = FOLDER / "trusted.pem"
    trusted.write_text(usual + stub.authority)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    return {
        **kept,
        "AWS_ENDPOINT_URL": stub.url,
        "AWS_CA_BUNDLE": str(trusted),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "AKIABENCHOFNOBODY001",
        "AWS_SECRET_ACCESS_KEY": "bench-secret-access-key-of-nobody",
        "ANSIBLE_HOME": str(ROOT / ".build" / "ansible"),
        "PYTHONPATH": str(ROOT),
    }


def first_and_converged(contestant: Contestant, fleet: Fleet) -> dict[str, Cost]:
    """A run that finds nothing, and one that finds what the first has made."""
    with Stub(FOLDER / "stub", DELAY) as stub:
        command, settings = contestant(fleet), environment(stub)
        return {run: timed(command, settings, ROOT) for run in ("first", "converged")}


def memory(contestant: Contestant, fleet: Fleet) -> int:
    with Stub(FOLDER / "stub", DELAY) as stub:
        return peak_memory(contestant(fleet), environment(stub), ROOT)


def medians(costs: Sequence[Mapping[str, Cost]]) -> dict[str, float]:
    return {
        **{run: statistics.median(cost[run].wall for cost in costs) for run in costs[0]},
        "cpu": statistics.median(cost["converged"].cpu for cost in costs),
    }


def measure(sizes: Sequence[int], rounds: int, amazon_up_to: int) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for accounts in sizes:
        fleet = write_fleet(accounts)
        contestants: dict[str, Contestant] = {"ours": ours, "plain boto3": plain, "floor": floor}
        if accounts <= amazon_up_to:
            contestants["amazon.aws"] = amazon
        found: dict[str, Any] = {}
        for name, contestant in contestants.items():
            print(f"{accounts} accounts, {name} …", file=sys.stderr, flush=True)
            times = (
                1 if name == "amazon.aws" else rounds
            )  # it takes minutes, beside which a spread of seconds is little
            found[name] = medians([first_and_converged(contestant, fleet) for _round in range(times)])
        found["ours"]["memory"] = memory(ours, fleet)
        results[str(accounts)] = found
    return results


def table(results: Mapping[str, Any]) -> str:
    """Seconds, and beside each how many times the seconds of ours they are."""
    rows = [f"{'ACCOUNTS':>8}  {'':12}{'FIRST s':>9}{'':>7}{'CONVERGED s':>13}{'':>7}{'CPU s':>8}{'PSS MB':>8}"]
    for accounts, found in results.items():
        mine = found["ours"]
        for name, cost in found.items():
            ratios = {run: f"×{cost[run] / mine[run]:.2f}" for run in ("first", "converged")}
            memory_used = f"{cost['memory'] / 2**20:8.0f}" if "memory" in cost else f"{'':8}"
            rows.append(
                f"{accounts:>8}  {name:12}{cost['first']:9.1f}{ratios['first']:>7}{cost['converged']:13.1f}"
                f"{ratios['converged']:>7}{cost['cpu']:8.1f}{memory_used}"
            )
    sizes = sorted(results, key=int)
    if len(sizes) > 1:
        few, many = sizes[-2 if len(sizes) < 3 else 1], sizes[-1]
        growth = {
            run: (results[many]["ours"][run] / int(many)) / (results[few]["ours"][run] / int(few))
            for run in ("first", "converged")
        }
        rows.append(
            f"time per account at {many} beside {few}: first ×{growth['first']:.2f},"
            f" converged ×{growth['converged']:.2f}"
        )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", default="10,100,300,1000", help="sizes of the fleet")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, of which the median counts")
    parser.add_argument("--amazon-up-to", type=int, default=100, help="the largest fleet for amazon.aws alone")
    chosen = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in chosen.accounts.split(",")]
    results = measure(sizes, chosen.rounds, chosen.amazon_up_to)
    report = {"date": time.strftime("%Y-%m-%d"), "processors": os.cpu_count(), "delay": DELAY, "fleets": results}
    (FOLDER / "fleet.json").write_text(json.dumps(report, indent=2) + "\n")
    print(table(results))


if __name__ == "__main__":
    main()
