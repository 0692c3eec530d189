"""JPEG XL (ISO/IEC 18181): heads that say a size, bare and in boxes; there is no image behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.structures.boxes import box

if TYPE_CHECKING:
    from tests.fuzz.structures.dice import Dice


def head(width: int, height: int) -> bytes:
    """Write SizeHeader, then ImageMetadata all by default (18181-1, D.2 and D.3)."""
    bits, count = 0, 1
    for side, ratio in ((height, True), (width, False)):
        bits |= 3 << count | (side - 1 & (1 << 30) - 1) << count + 2
        count += 35 if ratio else 32
    bits |= 1 << count
    return b"\xff\x0a" + bits.to_bytes(count // 8 + 1, "little")


def make(dice: Dice) -> bytes:
    """Make a bare codestream or a file of boxes."""
    stream = head(*dice.size(1 << 30))
    if dice.random() < 0.5:
        return stream + bytes(64)
    boxes = [box(b"jxlc", stream)]
    if dice.chance(0.3):
        boxes = [box(b"jxlp", b"\0\0\0\0" + stream)] * dice.choice([1, 10_000])
    if dice.chance(0.3):
        boxes.append(box(b"Exif", b"\xff\xff\xff\xff" + bytes(100)))
    return b"\0\0\0\x0cJXL \r\n\x87\n" + box(b"ftyp", b"jxl \0\0\0\0jxl ") + b"".join(boxes)
