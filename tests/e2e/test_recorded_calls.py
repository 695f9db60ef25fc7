# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whole runs send exactly the requests of recorded_calls.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudtrail_sandbox.client import Sandbox
from tests.accounts import ROOT
from tests.e2e.conftest import Play
from tests.e2e.recorded_calls import record, requests

EXPECTED = Path(__file__).with_name("recorded_calls.json")
ACTUAL = ROOT / ".build" / "recorded_calls.json"


def test_whole_runs_send_the_recorded_requests(sandbox: Sandbox, play: Callable[..., Play], tmp_path: Path) -> None:
    actual = record(sandbox, play, tmp_path)
    ACTUAL.parent.mkdir(exist_ok=True)
    ACTUAL.write_text(json.dumps(actual, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert set(actual) == set(expected)
    for scenario, recorded in expected.items():
        assert sorted(actual[scenario]) == sorted(recorded), f"{scenario}: other operations; see {ACTUAL}"
        for operation, sent in recorded.items():
            assert actual[scenario][operation] == sent, f"{scenario}, {operation}: see {ACTUAL}"


def listings(names: Sequence[str], after: str) -> list[dict[str, Any]]:
    """The listings of a Region's folders, and one after a key."""
    root = "AWSLogs/444455556666/CloudTrail/us-east-1/"
    sent = [{"Prefix": root + name} for name in names] + [{"Prefix": root, "StartAfter": f"{root}{after}/"}]
    call = {
        "account": "111122223333",
        "service": "s3",
        "operation": "ListObjectsV2",
        "error": "",
        "region": "us-east-1",
    }
    return [{**call, "parameters": parameters} for parameters in sent]


@pytest.mark.parametrize(
    ("names", "after"),
    [
        (["", "2026/", "2026/11/", "2026/11/30/", "2026/12/", "2026/12/01/"], "2026/11/30"),
        (["", "2026/", "2027/", "2026/12/", "2027/01/", "2026/12/31/", "2027/01/01/"], "2027/01/01"),
    ],
)
def test_the_record_does_not_depend_on_the_clock(names: Sequence[str], after: str) -> None:
    """At any time of the day, month and year, a listing that is sent twice for a folder is another record."""
    usual = ["", "2026/", "2026/11/", "2026/11/14/", "2026/11/15/"]
    assert requests(listings(names, after)) == requests(listings(usual, "2026/11/14"))
    assert requests(listings([*usual, usual[-1]], after)) != requests(listings(usual, after))
