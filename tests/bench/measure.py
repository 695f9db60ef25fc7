# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A command's wall time, CPU time and memory, its children's included."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PAUSE = 0.25  # seconds between two looks at the memory


@dataclass(frozen=True)
class Cost:
    wall: float  # seconds
    cpu: float  # seconds, user and system


def timed(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Cost:
    """What the command takes. Raises RuntimeError with its output where it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu)


def peak_memory(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
    """The most bytes that the command and all its children ever held together, as proportional set size.

    A page that n processes share counts for 1/n in each, so that the sum is what is really taken from the machine:
    https://docs.kernel.org/filesystems/proc.html (smaps_rollup). The looking costs time, so it is a run of its own.
    """
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_proportional_set_size(child) for child in _tree(process.pid)))
        time.sleep(_PAUSE)
    return peak


def _tree(root: int) -> set[int]:
    """The process and all that descend from it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended
                continue
    found, more = set[int](), {root}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in more} - found
    return found


def _proportional_set_size(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
