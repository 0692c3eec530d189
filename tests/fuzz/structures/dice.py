"""The random choices of a generator: sizes, counts and fields, all true for an honest file."""

from __future__ import annotations

import random
from typing import TypeVar

_T = TypeVar("_T")

SMALL = (1, 2, 7, 16, 33, 64)
SIDES = (
    *(1, 2, 16, 64, 255, 256, 1000, 4096, 8192, 10_900, 12_000, 16_383, 16_384, 20_000, 32_768, 65_500),
    *(65_535, 100_000, (1 << 24) - 1, (1 << 31) - 1, (1 << 32) - 1),
)
DEAR = (64, 255, 1000, 4096, 5000, 8192, 10_900, 16_384)
COUNTS = (0, 1, 2, 3, 4, 5, 16, 30, 64, 255, 256, 1000, 4096, 16_384, 65_535)
MAX_DATA = 6 << 20  # bytes of pixels that are written at most; beyond it a file ends before its pixels do


class Dice(random.Random):
    """Chance; with `honest` it is held to files that are what they say.

    A file has one lie, or a few: a codec that trips over the first never comes to the last.
    """

    def __init__(self, seed: int | None = None, *, honest: bool = False) -> None:
        super().__init__(seed)
        self.honest = honest
        self._lies = 0 if honest else self.choice((0, 1, 1, 1, 2, 3))

    def side(self, limit: int = (1 << 32) - 1) -> int:
        """Throw a width or height; most often one at which a decode is dear but not refused at sight."""
        if self.honest:
            return self.choice(SMALL)
        return min(self.choice(DEAR if self.random() < 0.8 else SIDES), limit)

    def size(self, limit: int = (1 << 32) - 1) -> tuple[int, int]:
        """Throw a width and a height."""
        width = self.side(limit)
        return (width, width) if self.random() < 0.5 else (width, self.side(limit))

    def told(self, truth: tuple[int, int]) -> tuple[int, int]:
        """Throw the size that an outer header tells; a liar's is small where the codec's is not."""
        return self.lie(truth, (64, 64), (255, 255), (1000, 1000), often=0.5)

    def count(self, truth: int, limit: int = 65_535) -> int:
        """Throw a count."""
        return min(self.lie(truth, *COUNTS), limit)

    def lie(self, truth: _T, *lies: _T, often: float = 0.3) -> _T:
        """Throw the truth, or now and then a lie."""
        return self.choice(lies) if self.chance(often) else truth

    def chance(self, often: float) -> bool:
        """Tell whether a file has data that only a liar would write."""
        if self._lies == 0 or self.random() >= often:
            return False
        self._lies -= 1
        return True
