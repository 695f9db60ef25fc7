# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several calls at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core import parallel


def test_results_are_in_the_order_of_the_items() -> None:
    later = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert later.wait(5)
        if item == 1:
            later.set()
        return item * item

    assert list(parallel.each(work, range(50), 2)) == [item * item for item in range(50)]


def test_items_are_not_taken_far_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(1000):
            taken.append(item)
            yield item

    results = parallel.each(lambda item: item, items(), 3)
    assert [next(results) for _turn in range(10)] == list(range(10))
    assert len(taken) <= 10 + 2 * 3
    results.close()  # type: ignore[attr-defined]  # it is a generator


def test_after_the_first_error_no_further_work_starts() -> None:
    started: list[int] = []

    def work(item: int) -> int:
        started.append(item)
        if item == 2:
            raise ValueError("two")
        return item

    with pytest.raises(ValueError, match="two"):
        list(parallel.each(work, range(1000), 2))
    assert len(started) < 20
