"""How many attempts the webhooks of an owner may have in a minute: nobody's load test runs through Janus.

A process reserves places of the minute in blocks, so that the limit holds over all processes.
"""

from __future__ import annotations

import threading
import time

from chalicelib.cache import Memory
from chalicelib.db import rate_counters

PER_MINUTE = 600  # attempts for an owner
BLOCK = 10  # places that a process reserves at once
WINDOW_SECONDS = 60
_RATE = "deliveries"
_KEPT_SECONDS = 10 * WINDOW_SECONDS

_left: Memory[tuple[str, int], int] = Memory()
_lock = threading.Lock()


def wait_seconds(owner: str) -> float:
    """Take a place for one attempt; return 0, or the seconds until the next minute where none is left.

    Cost: 1 WRU for ten attempts.
    """
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    with _lock:
        left = _left.get((owner, window))
        if left is None or left == 0:
            last = rate_counters.reserve(_RATE, owner, window, BLOCK, now + _KEPT_SECONDS)
            left = max(0, min(BLOCK, PER_MINUTE - last + BLOCK))
        if left == 0:
            return (window + 1) * WINDOW_SECONDS - now
        _left.keep((owner, window), left - 1, 2 * WINDOW_SECONDS)
    return 0.0
