"""WebP (RFC 9649): canvases, frames and bitstreams that agree about a size, or each have their own."""

from __future__ import annotations

import functools
import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice


def chunk(kind: bytes, body: bytes) -> bytes:
    """Write a chunk."""
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


@functools.cache
def _encoded(*, lossless: bool) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (1, 2, 3)).save(out, "WEBP", lossless=lossless)
    return out.getvalue()[20:]


def lossless(width: int, height: int) -> bytes:
    """Write VP8L of one colour: no code has a bit, so that any size is whole."""
    size = (width - 1 & 0x3FFF) | (height - 1 & 0x3FFF) << 14
    return chunk(b"VP8L", b"\x2f" + struct.pack("<I", size) + _encoded(lossless=True)[5:])


def lossy(width: int, height: int) -> bytes:
    """Write VP8 of a size; its partitions are those of 16 by 16 pixels."""
    data = _encoded(lossless=False)
    return chunk(b"VP8 ", data[:6] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + data[10:])


def _canvas(flags: int, width: int, height: int) -> bytes:
    sides = ((side - 1 & 0xFFFFFF).to_bytes(3, "little") for side in (width, height))
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + b"".join(sides))


def extended(canvas: tuple[int, int], size: tuple[int, int]) -> bytes:
    """Write a still of one size on a canvas of another."""
    return _file(_canvas(0, *canvas) + lossless(*size))


def animation(canvas: tuple[int, int], size: tuple[int, int], count: int) -> bytes:
    """Write frames of one size on a canvas of another."""
    numbers = (0, 0, size[0] - 1, size[1] - 1, 10)
    head = b"".join(number.to_bytes(3, "little") for number in numbers)
    frame = chunk(b"ANMF", head + b"\0" + lossless(*size))
    return _file(_canvas(2, *canvas) + chunk(b"ANIM", bytes(6)) + frame * count)


def make(dice: Dice) -> bytes:
    """Make a still or an animation."""
    width, height = dice.size(16_383)
    still = lossless if dice.honest or dice.random() < 0.7 else lossy
    picture = still(width, height)
    kind = dice.choice(["plain", "extended", "animation"])
    if kind == "plain":
        return _riff(picture, dice)
    wide, high = dice.lie(dice.told((width, height)), dice.size(1 << 24))
    if kind == "extended":
        alpha = chunk(b"ALPH", b"\0" + bytes(100)) if dice.chance(0.3) else b""
        return _riff(_canvas(0x10 if alpha else 0, wide, high) + alpha + picture, dice)
    frames = dice.choice([1, 3]) if dice.honest else dice.choice([1, 10, 1000, 50_000])
    frame = b"".join(_frame(width, height, dice) for _ in range(min(frames, 10)))
    head = _canvas(2, wide, high) + chunk(b"ANIM", bytes(4) + struct.pack("<H", 0))
    return _riff(head + frame * max(1, frames // 10), dice)


def _frame(width: int, height: int, dice: Dice) -> bytes:
    wide, high = dice.lie((width, height), dice.size(1 << 24))
    numbers = (dice.lie(0, 2, 1 << 23), 0, wide - 1 & 0xFFFFFF, high - 1 & 0xFFFFFF, 10)
    head = b"".join(number.to_bytes(3, "little") for number in numbers)
    return chunk(b"ANMF", head + b"\0" + lossless(width, height))


def _riff(body: bytes, dice: Dice) -> bytes:
    return _file(body, dice.lie(None, 4, 0xFFFFFFFE, often=0.05))


def _file(body: bytes, size: int | None = None) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + b"WEBP" + body
