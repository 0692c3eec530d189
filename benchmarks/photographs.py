"""The photographs that benchmarks of the analysis run on, and how their time is taken."""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.real_files import PHOTOGRAPHS

if TYPE_CHECKING:
    from collections.abc import Callable


def load() -> dict[str, bytes]:
    """Return the photographs by name; end the process, with 0, where there are none."""
    found = {path.name: path.read_bytes() for path in sorted(PHOTOGRAPHS.glob("*.jpg"))}
    if not found:
        print(f"No photographs in {PHOTOGRAPHS}: set JANUS_SHARED to the folder that holds photos/.")
        sys.exit(0)
    return found


def milliseconds(work: Callable[[], Any], runs: int = 5) -> float:
    """Return the median CPU time of some runs: on a busy machine the clock on the wall measures the others."""
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return median(taken) * 1000


def ratio(work: Callable[[], Any], peer: Callable[[], Any], runs: int = 5) -> float:
    """Return the median of the CPU time of some work over its peer's, one right behind the other.

    The speed of a shared machine changes within seconds: times that were taken apart cannot be compared. Each runs
    once before it is timed, since the other has given its memory back to the system.
    """

    def warm(one: Callable[[], Any]) -> float:
        one()
        return milliseconds(one, 1)

    return median(warm(work) / warm(peer) for _ in range(runs))
