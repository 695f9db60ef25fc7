# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Several calls at a time, with a bounded number of results in memory.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """The results, in the order of the items. At most twice as many items as threads are taken in advance.

    The first error is raised in the place of its result. Work that has not started by then does not start.
    """
    source = iter(items)
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for item in itertools.islice(source, threads * 2):
                waiting.append(pool.submit(work, item))
            while waiting:
                result = waiting.popleft().result()
                for item in itertools.islice(source, 1):
                    waiting.append(pool.submit(work, item))
                yield result
        finally:
            for future in waiting:
                future.cancel()
