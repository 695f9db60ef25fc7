# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The requests of whole runs as data: a multiset of parameters for each scenario, account and operation.

Placeholders replace values that differ in each run: ids of keys and requests, times, names of log files. A time range
touches one or two days, months and years, which depends on the clock. So the listings of the folder of a day, month or
year are counted as those of one such folder.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudtrail_sandbox.client import Sandbox
from tests.e2e.conftest import Play

HOURS = 6
Record = dict[str, dict[str, list[list[Any]]]]

_RANDOM = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "<time>"),
    (re.compile(r"\d{8}T\d{4,6}Z?"), "<time>"),
    (re.compile(r'(?<=Time": )\d{10}'), '"<time>"'),
    (re.compile(r"/\d{4}/\d\d/\d\d(?=/|$)"), "/<day>"),
    (re.compile(r"/\d{4}/\d\d(?=/\")"), "/<month>"),
    (re.compile(r"/\d{4}(?=/\")"), "/<year>"),
    (re.compile(r"_[A-Za-z0-9]{16}\.json\.gz"), "_<name>.json.gz"),
    (re.compile(r"(ansible|central-logging|botocore-session|boto3)-?\d{6,}[-0-9a-z]*"), "<session>"),
]
_DATED_FOLDER = re.compile(r'"Prefix": "[^"]*/<(?:day|month|year)>/"')
# the first request of each worker goes through botocore, which asks S3 for a checksum too; the others are direct
_NOT_STABLE = {"ChecksumMode"}


def requests(calls: list[dict[str, Any]]) -> dict[str, list[list[Any]]]:
    """How often which parameters were sent, by account and operation."""
    sent: dict[str, Counter[str]] = {}
    for call in calls:
        stable = {name: value for name, value in call["parameters"].items() if name not in _NOT_STABLE}
        name = f"{call['account']} {call['service']} {call['operation']} {call['error'] or 'ok'}"
        sent.setdefault(name, Counter())[json.dumps({"region": call["region"], **stable}, sort_keys=True)] += 1
    return {
        name: [[number, json.loads(parameters)] for parameters, number in sorted(_counted(counter).items())]
        for name, counter in sorted(sent.items())
    }


def _counted(sent: Counter[str]) -> Counter[str]:
    """The numbers with placeholders in the parameters."""
    counted: Counter[str] = Counter()
    for parameters, number in sent.items():
        text = parameters
        for pattern, word in _RANDOM:
            text = pattern.sub(word, text)
        if _DATED_FOLDER.search(text):
            counted[text] = max(counted[text], number)
        else:
            counted[text] += number
    return counted


def record(sandbox: Sandbox, play: Callable[..., Play], directory: Path) -> Record:
    """The requests of each scenario, in order. Each scenario starts from the final state of the previous scenario."""
    recorded: Record = {}

    def run(scenario: str, *command: str) -> None:
        sandbox.forget_calls()
        done = play(*command)
        assert done.code == 0, done.output
        recorded[scenario] = requests(sandbox.calls())

    options = ("-e", f"central_logging_evidence_directory={directory}")
    run("check mode on empty accounts", "site", "--check", "--diff", *options)
    run("first run", "site", *options)
    run("converged run", "site", *options)
    run("limited run", "site", "--limit", "production", *options)
    run("check mode on a converged fleet", "site", "--check", "--diff", *options)

    sandbox.reset()
    sandbox.settings(policy_delay=0, clock_offset=-3600 * HOURS)
    assert play("site", "--skip-tags", "verify").code == 0
    sandbox.hours(HOURS)
    run("verify", "verify", *options)
    return recorded
