"""The greatest cost of reading one file, whose claims do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from image_processing.source import Source

MAX_STEPS = 2_000_000
"""Steps of about a microsecond. Half of them take a GIF of 200 MB, each of whose sub-blocks is a step."""

_READ = 12  # a power of two: bytes copied in a step
_DECODED = 4  # a power of two: bytes of text, numbers or markup decoded in a step


class Exhausted(Exception):
    """The reading has cost all that it may."""


class Budget:
    """The steps that are left to everything that reads one file."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int = 1, *, decoded: int = 0) -> None:
        """Pay for steps, and for bytes that are decoded.

        Raises:
            Exhausted: there is not enough left. The giver of the budget keeps the findings so far.

        """
        self.left -= steps + (decoded >> _DECODED)
        if self.left < 0:
            raise Exhausted


class Metered:
    """A source whose reads are paid for: no loop that reads goes on for ever, however many parts a file claims."""

    __slots__ = ("_budget", "_read", "ranged", "size")

    def __init__(self, source: Source, budget: Budget) -> None:
        self.size = source.size
        self.ranged = source.ranged
        self._read = source.read
        self._budget = budget

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the source ends.

        Raises:
            Exhausted: the budget is used up.

        """
        data = self._read(offset, length)
        budget = self._budget
        budget.left -= 1 + (len(data) >> _READ)  # as `spend`, without another call: every read comes here
        if budget.left < 0:
            raise Exhausted
        return data
