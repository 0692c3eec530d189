"""A world whose calls of AWS may go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.gate import through
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(aws: str, app: Any) -> Iterator[World]:
    """Return the world, whose clients go through the proxy for as long as the module's tests run."""
    with through(aws) as gate:
        yield World(app, gate)
