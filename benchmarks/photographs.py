"""The photographs that benchmarks of the analysis run on, and how their time is taken."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(os.environ.get("JANUS_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def load() -> dict[str, bytes]:
    """Return the photographs by name; end the process, with 0, where there are none."""
    found = {path.name: path.read_bytes() for path in sorted(SHARED.glob("photos/*.jpg"))}
    if not found:
        print(f"No photographs in {SHARED / 'photos'}: set JANUS_SHARED to the folder that holds photos/.")
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
