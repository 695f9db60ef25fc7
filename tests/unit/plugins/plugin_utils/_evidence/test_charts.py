# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Positions and sizes of the shapes in the charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._digests.problems import VALID, WORST_FIRST
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence import charts, html
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.charts import Circles, Timelines
from ansible_collections.central_logging.aws.plugins.plugin_utils._evidence.inputs import InventoryAccount

from tests.fakes import fake_evidence as fake
from tests.fakes.fake_evidence import ARCHIVE, FOUR, MEMBERS, hours, overlap, principal, report

PRODUCTION = MEMBERS[0]


def drawn(chains: dict[str, list[dict[str, str]]], accounts: Sequence[InventoryAccount] = FOUR) -> Timelines:
    evidence = report(accounts, integrity=fake.integrity(accounts, chains=chains))
    return charts.timelines(evidence, {account.id: account.host for account in accounts})


def test_a_chain_without_a_break_is_one_bar() -> None:
    lane = drawn({}).lanes[0]
    assert [(block.x, block.width, block.shape) for block in lane.bars] == [(0.0, 1000.0, "good")]


def test_a_break_is_at_its_time_and_its_lane_comes_first() -> None:
    lane, *others = drawn({PRODUCTION.id: hours(*["valid"] * 12, "missing", "missing", *["valid"] * 10)}).lanes
    assert (lane.account, lane.host) == (PRODUCTION.id, PRODUCTION.host)
    assert [(block.x, block.shape) for block in lane.bars] == [(0.0, "good"), (500.0, "hollow"), (583.3, "good")]
    assert lane.breaks == ["missing 2026-11-25 02:00 UTC to 04:00 UTC"]
    assert not any(other.breaks for other in others)


def test_a_break_over_midnight_has_both_dates() -> None:
    (lane, *_others) = drawn({PRODUCTION.id: hours("gap", *["valid"] * 2, *["gap"] * 14)}).lanes
    assert lane.breaks[0] == "gap 2026-11-24 21:00 UTC to 22:00 UTC"
    assert lane.breaks[1] == "gap 2026-11-25 00:00 UTC to 14:00 UTC"
    (lane, *_others) = drawn({PRODUCTION.id: hours(*["gap"] * 15)}).lanes
    assert lane.breaks == ["gap 2026-11-24 23:00 UTC to 2026-11-25 14:00 UTC"]


@pytest.mark.parametrize("status", ["waiting", "not_covered", "continues_elsewhere"])
def test_a_period_before_the_chain_or_before_the_next_digest_is_not_a_break(status: str) -> None:
    assert not any(lane.breaks for lane in drawn({PRODUCTION.id: hours(*["valid"] * 23, status)}).lanes)


def test_a_short_gap_in_a_long_range_is_visible() -> None:
    timeline = [{"start": "2026-11-24T14:00:00Z", "end": "2026-11-24T14:00:01Z", "status": "gap"}]
    assert drawn({PRODUCTION.id: timeline}).lanes[0].bars[0].width == 2.0


def test_bars_do_not_leave_the_range() -> None:
    timeline = [{"start": "2026-11-20T00:00:00Z", "end": "2026-11-30T00:00:00Z", "status": "tampered"}]
    (block,) = drawn({PRODUCTION.id: timeline}).lanes[0].bars
    assert (block.x, block.width) == (0.0, 1000.0)


def test_of_a_fleet_the_chains_with_a_break_are_drawn_and_the_others_counted() -> None:
    accounts = fake.many(300)
    broken = {account.id: hours(*["valid"] * 23, "tampered") for account in accounts[1:101]}
    timelines = drawn(broken, accounts)
    assert (len(timelines.lanes), timelines.more_broken, timelines.more_whole) == (60, 40, 200)
    assert timelines.legend == {"valid": "good", "tampered": "bad"}


def test_without_chains_there_is_no_lane() -> None:
    timelines = drawn({account.id: [] for account in FOUR})
    assert (timelines.lanes, timelines.axis != []) == ([], True)


def test_every_status_of_a_period_has_a_shape_that_the_style_knows() -> None:
    style = (html.FOLDER / "evidence.css").read_text()
    for status in WORST_FIRST:
        shape = charts.shape(status)
        assert (shape == "good") == (status == VALID)
        assert f".{shape} {{" in style


def drawn_circles(accounts: Sequence[InventoryAccount], **changes: Any) -> Circles:
    access = report(accounts, access=fake.access(accounts, **changes)).access
    assert access
    return charts.circles(access, ARCHIVE.id)


@pytest.mark.parametrize("number", [2, 300])
def test_circles_overlap_only_if_a_principal_is_in_both(number: int) -> None:
    accounts = fake.many(number)
    apart = drawn_circles(accounts)
    assert apart.right - apart.left > 2 * apart.radius
    assert (apart.encrypt, apart.decrypt, apart.both) == (number, 1, 0)
    decrypters = [principal("a"), principal("a"), principal("b")]
    overlapping = drawn_circles(accounts, decrypt=decrypters, overlap=[overlap("a")])
    assert overlapping.right - overlapping.left < 2 * overlapping.radius
    assert (overlapping.decrypt, overlapping.both) == (2, 1)
