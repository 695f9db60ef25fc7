# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the shapes of the pictures stand."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import charts

from tests.fakes import fake_evidence as evidence
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, hours, principal, report

PRODUCTION = MEMBERS[0]


def drawn(chains: dict[str, list[dict[str, str]]], accounts: Any = FOUR) -> dict[str, Any]:
    made = report(accounts, integrity=evidence.integrity(accounts, chains=chains))
    return charts.timelines(made, {account.id: account.host for account in accounts})


def test_neighbours_of_one_status_are_one_shape() -> None:
    lane = drawn({})["lanes"][0]
    assert [(shape["x"], shape["width"], shape["status"]) for shape in lane["shapes"]] == [(0.0, 1000.0, "valid")]


def test_a_gap_stands_where_it_was_and_comes_first() -> None:
    lane, *others = drawn({PRODUCTION.id: hours(*["valid"] * 12, "missing", "missing", *["valid"] * 10)})["lanes"]
    assert lane["account"] == PRODUCTION.id
    assert [(shape["x"], shape["status"]) for shape in lane["shapes"]] == [
        (0.0, "valid"),
        (500.0, "missing"),
        (583.3, "valid"),
    ]
    assert [(part["start"], part["end"]) for part in lane["wrong"]] == [
        ("2026-11-25T02:00:00Z", "2026-11-25T04:00:00Z")
    ]
    assert all(lane["whole"] for lane in others)


@pytest.mark.parametrize("status", ["waiting", "not_covered"])
def test_what_is_still_to_come_is_no_break(status: str) -> None:
    lanes = drawn({PRODUCTION.id: hours(*["valid"] * 23, status)})["lanes"]
    assert all(lane["whole"] for lane in lanes)


def test_a_short_gap_in_a_long_range_can_be_seen() -> None:
    timeline = [{"start": "2026-11-24T14:00:00Z", "end": "2026-11-24T14:00:01Z", "status": "gap"}]
    assert drawn({PRODUCTION.id: timeline})["lanes"][0]["shapes"][0]["width"] == 2.0


def test_shapes_do_not_leave_the_range() -> None:
    timeline = [{"start": "2026-11-20T00:00:00Z", "end": "2026-11-30T00:00:00Z", "status": "tampered"}]
    (shape,) = drawn({PRODUCTION.id: timeline})["lanes"][0]["shapes"]
    assert (shape["x"], shape["width"]) == (0.0, 1000.0)


def test_of_a_fleet_those_with_a_break_are_drawn_and_the_rest_is_counted() -> None:
    accounts = evidence.many(300)
    broken = {account.id: hours(*["valid"] * 23, "tampered") for account in accounts[1:101]}
    made = drawn(broken, accounts)
    assert (len(made["lanes"]), made["more_broken"], made["more_whole"]) == (60, 40, 200)
    assert made["legend"] == ["tampered"]


def test_no_chain_at_all_is_no_picture() -> None:
    made = drawn({account.id: [] for account in FOUR})
    assert (made["lanes"], made["labels"] != []) == ([], True)


@pytest.mark.parametrize("number", [2, 300])
def test_circles_meet_only_where_somebody_is_in_both(number: int) -> None:
    accounts = evidence.many(number)
    apart = charts.circles(evidence.access(accounts), ARCHIVE.id)
    assert apart["right"] - apart["left"] > 2 * apart["radius"]
    assert (apart["encrypt"], apart["decrypt"], apart["both"]) == (number, 1, 0)
    both = evidence.access(
        accounts, decrypt=[principal("a"), principal("a"), principal("b")], overlap=[{"principal": "a"}]
    )
    met = charts.circles(both, ARCHIVE.id)
    assert met["right"] - met["left"] < 2 * met["radius"]
    assert (met["decrypt"], met["both"]) == (2, 1)
