# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings as return values."""

from __future__ import annotations

from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    Finding,
    as_results,
)


def test_nothing_is_reported_twice_and_the_order_is_stable() -> None:
    missing = Finding(
        account="111122223333",
        region="us-east-1",
        check="integrity",
        kind="missing",
        resource="key",
        status=FAILED,
        message="A digest is missing.",
    )
    foreign = Finding(
        account="",
        region="",
        check="separation",
        kind="foreign",
        resource="Sid",
        status=INFO,
        message="The statement is not managed.",
    )
    assert [result["kind"] for result in as_results([missing, foreign, missing])] == ["foreign", "missing"]
    assert as_results([missing, foreign]) == as_results([foreign, missing])
