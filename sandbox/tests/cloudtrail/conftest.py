# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A CloudTrail without trails, per test."""

from __future__ import annotations

import pytest

from fake_state import Trails


@pytest.fixture
def trails() -> Trails:
    return Trails()
