"""A sample of the matrix: a fault at some request of a flow makes no difference in the end (docs/faults.md)."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.faults import matrix
from tests.faults.flows import FLOWS
from tests.faults.gate import FAULTS

if TYPE_CHECKING:
    from tests.faults.flows import Flow
    from tests.faults.world import World

SEED = os.environ.get("JANUS_FAULT_SEED", "2026")
OF_EACH = 3  # positions of a flow


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_a_fault_makes_no_difference_in_the_end(world: World, flow: Flow) -> None:
    """State and answers are as without it; `python -m tests.faults.matrix` tries every request."""
    expected = matrix.undisturbed(world, flow)
    everywhere = list(matrix.positions(flow, expected, FAULTS))
    chosen = random.Random(f"{SEED} {flow.name}").sample(everywhere, OF_EACH)
    found = [matrix.disturbed(world, *position, expected) for position in chosen]
    assert [failure for failure in found if failure is not None] == []
