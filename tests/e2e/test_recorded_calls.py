# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whole runs send exactly the requests of recorded_calls.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT
from tests.e2e.conftest import Play
from tests.e2e.recorded_calls import record

EXPECTED = Path(__file__).with_name("recorded_calls.json")
ACTUAL = ROOT / ".build" / "recorded_calls.json"


def test_whole_runs_send_the_recorded_requests(sandbox: Sandbox, play: Callable[..., Play], tmp_path: Path) -> None:
    actual = record(sandbox, play, tmp_path)
    ACTUAL.parent.mkdir(exist_ok=True)
    ACTUAL.write_text(json.dumps(actual, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert set(actual) == set(expected)
    for scenario, requests in expected.items():
        assert sorted(actual[scenario]) == sorted(requests), f"{scenario}: other operations; see {ACTUAL}"
        for operation, sent in requests.items():
            assert actual[scenario][operation] == sent, f"{scenario}, {operation}: see {ACTUAL}"
