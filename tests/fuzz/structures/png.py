"""PNG and APNG (W3C PNG, third edition): all rows of IHDR and fcTL, as a short stream of zeros."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from tests.fuzz.structures import zeros

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_MAX_RAW = 2 << 30  # bytes of rows that are written at most, a thousandth of that compressed


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def make(dice: Dice) -> bytes:
    """Make a PNG or APNG of any depth and colour type, with texts, profiles and palettes of any size."""
    width, height = dice.size((1 << 31) - 1)
    colour = dice.choice(list(_CHANNELS))
    depth = dice.choice(_DEPTHS[colour])
    interlace = 0 if dice.honest else dice.choice([0, 0, 1])
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    parts = [chunk(b"IHDR", head), *_extras(dice)]
    if colour == 3:
        colours = min(dice.count(1 << depth, 256), 1 << depth)
        parts.append(chunk(b"PLTE", bytes(3 * colours)))
        if dice.chance(0.3):
            parts.append(chunk(b"tRNS", bytes(dice.count(1, 70_000))))
    row = 1 + -(-width * depth * _CHANNELS[colour] // 8)
    pixels = zeros.deflated(min(row * height, _MAX_RAW))
    frames = dice.choice([0, 0, 0, 1, 3]) if dice.honest else dice.choice([0, 0, 0, 1, 3, 1000])
    if frames:
        parts.append(chunk(b"acTL", struct.pack(">II", dice.lie(frames, 0, (1 << 31) - 1), 0)))
        parts.append(chunk(b"fcTL", _frame(0, width, height, dice)))
    parts.append(chunk(b"IDAT", pixels))
    for n in range(1, frames):
        parts.append(chunk(b"fcTL", _frame(2 * n - 1, width, height, dice)))
        parts.append(
            chunk(b"fdAT", struct.pack(">I", 2 * n) + (pixels if len(pixels) < 10_000 else pixels[:1000]))
        )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def _frame(number: int, width: int, height: int, dice: Dice) -> bytes:
    width, height = dice.lie(width, 65_535, (1 << 31) - 1), dice.lie(height, 65_535)
    return struct.pack(
        ">IIIIIHHBB", number, width, height, dice.lie(0, 1, 1 << 30), 0, 1, 10, dice.lie(0, 1, 2), 0
    )


def _extras(dice: Dice) -> list[bytes]:
    extras = []
    if dice.chance(0.15):
        grown = zeros.deflated(dice.choice([1 << 20, 64 << 20, 1 << 30]))
        kind, head = dice.choice(
            [(b"iCCP", b"icc\0\0"), (b"zTXt", b"k\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")]
        )
        extras += [chunk(kind, head + grown)] * dice.choice([1, 1, 10])
    if dice.chance(0.1):
        extras += [chunk(b"tEXt", b"k%d\0v" % n) for n in range(dice.choice([10, 10_000]))]
    if dice.chance(0.1):
        extras.append(chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + bytes(12) * 65_535))
    return extras
