"""The costs of a month never exceed its budget, however many count at the same time."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.db import keys, spending


@pytest.fixture
def service(aws: str) -> str:
    """Return the name of a service of one's own."""
    return f"service-{uuid.uuid4().hex[:8]}"


def test_a_budget_is_spent_to_its_end_and_no_further(service: str) -> None:
    """The last amount may reach it exactly."""
    assert spending.spent(service) == 0
    assert [bool(spending.reserve(service, 1000, 2999)) for _ in range(3)] == [True, True, False]
    assert spending.spent(service) == 2000
    assert spending.reserve(service, 1000, 3000)
    assert not spending.reserve(service, 1, 3000)
    assert spending.spent(service) == 3000


@pytest.mark.parametrize("budget", [0, 999])
def test_a_budget_below_the_first_amount_takes_none(service: str, budget: int) -> None:
    """Neither does it leave an item."""
    assert spending.reserve(service, 1000, budget) is None
    assert spending.spent(service) == 0


def test_of_many_at_the_same_time_as_many_succeed_as_there_is_room(service: str) -> None:
    """Thirty for the room of seven."""
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: spending.reserve(service, 1000, 7500), range(30)))
    assert sum(one is not None for one in made) == 7
    assert spending.spent(service) == 7000


def test_an_amount_that_was_not_spent_is_released(service: str) -> None:
    """In the month in which it was counted."""
    month = spending.reserve(service, 1000, 1000)
    assert month is not None
    spending.release(service, 1000, month)
    assert spending.spent(service) == 0
    assert spending.reserve(service, 1000, 1000)


def test_each_month_has_its_own_sum(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By UTC: the last second of a month, and the first of the next."""
    monkeypatch.setattr(keys, "now", lambda: datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC))
    assert spending.reserve(service, 1000, 1000) == "2026-11"
    assert spending.reserve(service, 1000, 1000) is None
    monkeypatch.setattr(keys, "now", lambda: datetime(2026, 12, 1, tzinfo=UTC))
    assert spending.spent(service) == 0
    assert spending.reserve(service, 1000, 1000) == "2026-12"


@pytest.mark.parametrize(
    ("now", "right"),
    [
        (datetime(2026, 1, 31, 12, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_month_ends_where_the_next_begins(
    now: datetime, right: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its last day, and after December in the next year."""
    monkeypatch.setattr(keys, "now", lambda: now)
    assert spending.next_month() == right
