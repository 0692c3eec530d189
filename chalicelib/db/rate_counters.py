"""Counters of requests: one item for a subject, a class of routes and a window of time, which then expires."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.db import keys
from chalicelib.db.models import Counter


def reserve(rate: str, subject: str, window: int, amount: int, expires: float) -> int:
    """Reserve the next `amount` slots of a window, which nobody else has then; return the last, counted from 1.

    `expires` is a time in seconds since 1970. Cost: 1 WRU.
    """
    counter = Counter(keys.counter(rate, subject, window))
    counter.update([Counter.taken.add(amount), Counter.expires.set(datetime.fromtimestamp(expires, UTC))])
    return int(counter.taken)


def taken(rate: str, subject: str, window: int) -> int:
    """Return how many slots of a window have been reserved. Cost: 1 RRU."""
    try:
        return int(Counter.get(keys.counter(rate, subject, window), consistent_read=True).taken)
    except Counter.DoesNotExist:
        return 0
