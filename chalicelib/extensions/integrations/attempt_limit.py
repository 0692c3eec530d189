"""How many attempts the webhooks of an owner may have in a minute: nobody's load test runs through Janus.

A process reserves slots of the minute in blocks, so that the limit holds over all processes. A slot beyond the
limit is one of a later minute: who waits comes again when the others before have gone.
"""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from chalicelib.cache import Memory
from chalicelib.db import rate_counters

PER_MINUTE = 600  # attempts for an owner
BLOCK = 10  # slots that a process reserves at once
WINDOW_SECONDS = 60
_RATE = "deliveries"
_KEPT_SECONDS = 10 * WINDOW_SECONDS


class _Slots(NamedTuple):
    """Reserved slots of one minute that are left, and how many minutes later they are."""

    left: int
    later: int


_reserved: Memory[tuple[str, int], _Slots] = Memory()
_lock = threading.Lock()


def wait_seconds(owner: str) -> float:
    """Take a slot for one attempt; return 0, or the seconds until the minute that has a slot for it.

    Cost: 1 WRU for ten attempts.
    """
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    with _lock:
        slots = _reserved.get((owner, window))
        if slots is None or slots.left == 0:
            last = rate_counters.reserve(_RATE, owner, window, BLOCK, now + _KEPT_SECONDS)
            slots = _Slots(BLOCK, (last - BLOCK) // PER_MINUTE)
        _reserved.keep((owner, window), slots._replace(left=slots.left - 1), 2 * WINDOW_SECONDS)
    return (window + slots.later) * WINDOW_SECONDS - now if slots.later else 0.0
