"""Counters of requests in DynamoDB."""

from __future__ import annotations

import time
import uuid

import pytest

from chalicelib.db import keys, rate_counters
from chalicelib.db.models import Counter

pytestmark = pytest.mark.usefixtures("aws")


def test_places_are_counted_and_nobody_gets_one_twice(owner: str) -> None:
    """Each reservation ends where all before it together end."""
    expires = time.time() + 120
    assert [rate_counters.reserve("read", owner, 7, amount, expires) for amount in (1, 2, 4)] == [1, 3, 7]
    assert rate_counters.taken("read", owner, 7) == 7


def test_another_window_class_or_subject_is_counted_apart(owner: str) -> None:
    """And a number that was never counted is zero."""
    rate_counters.reserve("read", owner, 7, 5, time.time() + 120)
    assert rate_counters.taken("read", owner, 6) == 0
    assert rate_counters.taken("write", owner, 7) == 0
    assert rate_counters.taken("read", uuid.uuid4().hex, 7) == 0


def test_a_counter_expires(owner: str) -> None:
    """DynamoDB removes it after the time it is told."""
    rate_counters.reserve("read", owner, 7, 1, 2_000_000_000)
    counter = Counter.get(keys.counter("read", owner, 7))
    assert counter.expires.timestamp() == 2_000_000_000
