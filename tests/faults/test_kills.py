"""Kills of every process amid mixed operations lose nothing that was answered."""

from __future__ import annotations

import pytest

from tests.faults import kills

pytestmark = pytest.mark.slow


def test_three_kills_lose_nothing() -> None:
    """After each restart all answered operations are there, no record or object is alone, and counts are right."""
    outcomes = kills.run(kills=3, operations=90, seed=20261129)
    assert len(outcomes) == 3
    assert [outcome.faults for outcome in outcomes] == [[], [], []]
    assert sum(outcome.done.total() for outcome in outcomes) >= 60
    assert sum(outcome.in_doubt for outcome in outcomes) > 0
