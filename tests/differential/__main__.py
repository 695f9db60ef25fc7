# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare product and judge about many generated policies, in processes, and print the figures."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from .compare import Figures, compare
from .shrink import shrunk

CHUNK = 50


def compared(seeds: range) -> Figures:
    """The figures of several seeds."""
    figures = Figures()
    for seed in seeds:
        figures.add(compare(seed))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policies", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first policy")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shown", type=int, default=10, help="how many disagreements to print")
    options = parser.parse_args()
    start = time.monotonic()
    end = options.first + options.policies
    chunks = [range(first, min(first + CHUNK, end)) for first in range(options.first, end, CHUNK)]
    total = Figures()
    with ProcessPoolExecutor(options.processes) as pool:
        for figures in pool.map(compared, chunks):
            total.add(figures)
    different = {(found.rule, found.ability, str(found.case)): found for found in total.disagreements}
    for found in sorted(different.values(), key=lambda item: len(str(item.case)))[: options.shown]:
        print(shrunk(found))
    rules = Counter(disagreement.rule for disagreement in total.disagreements)
    print(
        f"{total.policies} policies, {total.requests} requests compared, {total.reported} accesses reported,"
        f" {total.certain} of them certain, {len(total.disagreements)} disagreements {dict(rules)},"
        f" {time.monotonic() - start:.0f} seconds"
    )
    return bool(total.disagreements)


if __name__ == "__main__":
    sys.exit(main())
