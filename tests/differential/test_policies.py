# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A share of the generated policies; C(nox -s faults -- policies) compares all of them."""

from __future__ import annotations

import os

import pytest

from tests.differential.compare import compare
from tests.differential.shrink import shrunk

POLICIES = int(os.environ.get("POLICIES", "1500"))
CHUNK = 100


@pytest.mark.parametrize("first", range(0, POLICIES, CHUNK))
def test_product_and_judge_agree(first: int) -> None:
    for seed in range(first, min(first + CHUNK, POLICIES)):
        disagreements = compare(seed).disagreements
        assert not disagreements, f"seed {seed}, {shrunk(disagreements[0])}"


def test_the_policies_have_something_to_compare() -> None:
    """Most policies give an access, and some of the accesses are certain, with and without conditions."""
    figures = [compare(seed) for seed in range(100)]
    assert sum(compared.requests for compared in figures) > 10_000
    assert sum(compared.reported for compared in figures) > 300
    assert sum(compared.certain for compared in figures) > 50
