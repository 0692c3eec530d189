"""Walk through the blocks of a file while there are not so many that it takes too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from image_processing.errors import Corrupt
from image_processing.metadata.budget import Budget, Exhausted

if TYPE_CHECKING:
    from collections.abc import Iterator

_Block = TypeVar("_Block")

MAX_BLOCKS = 1_000_000  # of a file, those within blocks and each 16 bytes of tables too


class Walk:
    """The blocks of one file."""

    def __init__(self) -> None:
        self._budget = Budget(MAX_BLOCKS)

    def through(self, blocks: Iterator[_Block]) -> Iterator[_Block]:
        """Yield blocks.

        Raises:
            Corrupt: there are too many in this file.

        """
        for block in blocks:
            self.pay()
            yield block

    def pay(self, tables: int = 0) -> None:
        """Pay for a block, and for bytes of tables in it.

        Raises:
            Corrupt: there are too many in this file.

        """
        try:
            self._budget.spend(decoded=tables)
        except Exhausted:
            raise Corrupt("The file is in too many pieces. Please export the image again.") from None
