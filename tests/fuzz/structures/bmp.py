"""BMP: headers of every version, runs that skip, palettes that are longer than the file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.fuzz.structures.dice import MAX_DATA

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice


def make(dice: Dice) -> bytes:
    """Make a BMP, plain or of runs."""
    width, height = dice.size((1 << 31) - 1)
    bits = dice.choice([1, 4, 8, 16, 24, 32])
    runs = {8: 1, 4: 2}.get(bits, 0) if dice.random() < 0.5 else 0
    if dice.honest and runs:
        width, height = 64, 64
    size = dice.lie(40, 12, 52, 56, 64, 108, 124, often=0.2)
    colours = dice.lie(1 << bits if bits <= 8 else 0, 1, 1 << 16, (1 << 32) - 1, often=0.2)
    palette = bytes(4 * min(colours, 256))
    data = _runs(width, height, dice) if runs else bytes(min(-(-width * bits // 32) * 4 * height, MAX_DATA))
    sign = dice.lie(1, -1) if not runs else 1
    compression = dice.lie(runs, 3, 4, 5, 6, often=0.1)
    head = struct.pack("<IIIHHII", size, width, sign * height & 0xFFFFFFFF, 1, bits, compression, len(data))
    head = (head + struct.pack("<IIII", 0, 0, colours, 0)).ljust(size, b"\xff")[: max(size, 12)]
    if size == 12:
        head = struct.pack("<IHHHH", 12, width & 0xFFFF, height & 0xFFFF, 1, bits)
        palette = bytes(3 * min(colours, 256))
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + head + palette + data


def _runs(width: int, height: int, dice: Dice) -> bytes:
    """Write rows of full runs, each ended; or codes that move on and write nothing (BI_RLE8, delta)."""
    if dice.chance(0.4):
        return (
            dice.choice([b"\0\0", b"\0\2\xff\0", b"\0\2\0\xff", b"\1\0"]) * dice.choice([1000, 1_000_000])
            + b"\0\1"
        )
    row = b"\xff\0" * (min(width, 65_535) // 255) + bytes([min(width, 65_535) % 255, 0]) + b"\0\0"
    return (row * min(height, MAX_DATA // len(row)))[:MAX_DATA] + b"\0\1"
