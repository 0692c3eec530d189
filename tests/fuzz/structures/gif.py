"""GIF (89a): frames within and beyond the screen, with the pixels they say, or none."""

from __future__ import annotations

import functools
import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

from tests.fuzz.structures.dice import MAX_DATA

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice


@functools.lru_cache(maxsize=16)
def pixels(width: int, height: int) -> bytes:
    """Write the LZW data of a flat frame: code size, then sub-blocks."""
    out = io.BytesIO()
    Image.new("P", (width, height)).save(out, "GIF")
    data = out.getvalue()
    at = data.index(b"\x2c" + struct.pack("<HHHH", 0, 0, width, height))
    flags = data[at + 9]
    return data[at + 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0) : -1]


def make(dice: Dice) -> bytes:
    """Make a GIF of some frames, or of a great many that hold nothing."""
    width, height = dice.told(dice.size(65_535))
    palette = dice.choice([1, 7])
    screen = struct.pack("<HHBBB", width, height, 0x80 | palette, dice.lie(0, 255), 0) + bytes(3 << palette + 1)
    frames = dice.choice([1, 3]) if dice.honest else dice.choice([1, 1, 2, 10, 1000, 100_000])
    empty = frames > 10 or dice.chance(0.3)
    frame = b"".join(_frame(width, height, dice, empty=empty) for _ in range(min(frames, 10)))
    loop = b"\x21\xff\x0bNETSCAPE2.0\3\1" + struct.pack("<H", dice.lie(0, 65_535)) + b"\0"
    frame *= max(1, min(frames // 10, MAX_DATA // len(frame)))
    return b"GIF89a" + screen + loop + frame + (b"" if dice.chance(0.1) else b"\x3b")


def _frame(width: int, height: int, dice: Dice, *, empty: bool) -> bytes:
    width, height = dice.lie((width, height), dice.size(65_535))
    left, top = dice.lie(0, 1, 65_535), dice.lie(0, 65_535)
    control = b"\x21\xf9\4" + bytes([dice.lie(4, 0, 8, 12, 9)]) + struct.pack("<H", 10) + b"\0\0"
    data = b"\2\0" if empty else pixels(min(width, 512), min(height, 512))
    if dice.chance(0.1):  # codes that clear the table again and again
        data = b"\2" + (b"\xff" + b"\x24\x49\x92" * 85) * 100 + b"\0"
    return control + b"\x2c" + struct.pack("<HHHHB", left, top, width, height, dice.lie(0, 0x40)) + data
