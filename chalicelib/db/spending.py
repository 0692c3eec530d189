"""The cost of services that a stage pays by use: one item for a service and a month (UTC), in micro-dollars."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.db import conditional, keys
from chalicelib.db.models import Spending


def reserve(service: str, amount: int, budget: int) -> str | None:
    """Count an amount before it is spent; return the month that it is counted in, or None beyond the budget.

    Of callers at the same time, only so many succeed as the month's budget has room for. Cost: 1 WRU.
    """
    month = _month()
    room = Spending.spent.does_not_exist() | (Spending.spent <= budget - amount)
    item = Spending(keys.spending(service), month)
    return month if amount <= budget and conditional.add(item, "spent", amount, room) else None


def release(service: str, amount: int, month: str) -> None:
    """Take back an amount that was reserved in a month, and not spent. Cost: 1 WRU."""
    conditional.add(Spending(keys.spending(service), month), "spent", -amount)


def spent(service: str) -> int:
    """Return how much was spent or reserved in the present month. Cost: 1 RRU."""
    try:
        return int(Spending.get(keys.spending(service), _month(), consistent_read=True).spent)
    except Spending.DoesNotExist:
        return 0


def next_month() -> datetime:
    """Return when the present month ends and the next begins (UTC)."""
    now = keys.now()
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)


def _month() -> str:
    return keys.timestamp(keys.now())[:7]
