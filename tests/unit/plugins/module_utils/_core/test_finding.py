# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proof found."""

from __future__ import annotations

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    Finding,
    as_results,
)


def test_nothing_is_reported_twice_and_the_order_is_stable() -> None:
    one = Finding("111122223333", "us-east-1", "integrity", "missing", "key", FAILED, "A digest is missing.")
    other = Finding("", "", "separation", "foreign", "Sid", INFO, "Somebody else's statement.")
    assert [item["kind"] for item in as_results([one, other, one])] == ["foreign", "missing"]
    assert as_results([one, other]) == as_results([other, one])
