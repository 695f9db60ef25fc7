# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Durations for messages, and times with an offset."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps

MOMENT = datetime(2026, 11, 25, 14, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (12, "12 s"),
        (60, "1 min"),
        (3 * 3600, "3 h"),
        (3 * 3600 + 1261, "3 h 21 min"),
        (86_400 * 400 + 3600, "400 d 1 h"),
        (86_400 + 60, "1 d 1 min"),
    ],
)
def test_durations(seconds: int, words: str) -> None:
    assert timestamps.duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-25T14:00:00Z", MOMENT),
        ("2026-11-25T14:00:00", MOMENT),
        ("2026-11-25 16:00:00+02:00", MOMENT),
        ("yesterday", None),
    ],
)
def test_times_with_offset(text: str, moment: datetime | None) -> None:
    assert timestamps.parse_with_offset(text) == moment


def test_times_for_people_are_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert timestamps.minute(MOMENT) == timestamps.minute(MOMENT.astimezone(east)) == "2026-11-25 14:00 UTC"


def test_times_in_their_own_time_zone() -> None:
    east = MOMENT.astimezone(timezone(timedelta(hours=10)))
    assert timestamps.axis(east) == "26 Nov 00:00"
    assert timestamps.optional_day(east) == "2026-11-26"
    assert timestamps.optional_day(None) == ""
