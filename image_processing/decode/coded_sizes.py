"""The size of picture that a codec will decode, read where the codec reads it, not where the container tells it.

A container tells the size of its picture once more (`ispe`, `ihdr`, a canvas); a codec allocates for the size in
its own stream. Each function here returns pixels, and 0 where there is no such stream.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from image_processing.metadata import boxes, items
from image_processing.metadata.budget import Budget
from image_processing.source import window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.source import Source

_HEAD = 1 << 16  # bytes of an item in which its parameter sets stand: before the first picture
_MAX_UNITS = 64  # of a stream that are looked through
_SPS = 33  # HEVC, NAL unit type (Rec. ITU-T H.265, table 7-1)
_SEQUENCE_HEADER = 1  # AV1, OBU type (AV1 specification, 6.2.2)
_PROFILE_BITS, _LEVEL_BITS = 88, 8  # H.265, 7.3.3


def bmff_pixels(source: Source, only: int | None = None) -> int:
    """Return the pixels of the largest picture in a HEIF or AVIF file, coded or composed; or of one item."""
    largest = 0
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"meta":
            meta = items.read_items(source, box, Budget())
            sizes = (
                _item_pixels(source, meta, number, item.kind)
                for number, item in meta.items.items()
                if only in (None, number)
            )
            largest = max(largest, *sizes, 0)
    return largest


def _item_pixels(source: Source, meta: items.Meta, number: int, kind: bytes) -> int:
    if kind not in (b"hvc1", b"hev1", b"av01", b"grid", b"iovl"):
        return 0
    item = items.item_source(source, meta, number)
    head = item.read(0, _HEAD)
    if kind == b"av01":
        configured = (body[4:] for name, body in meta.of(number) if name == b"av1C")
        return max(_av1_pixels(units) for units in (*configured, head))
    if kind in items.CANVASES:
        return math.prod(items.canvas(kind, head))
    sets, length_size = [], 4
    for name, body in meta.of(number):
        if name == b"hvcC" and len(body) > 22:
            length_size = (body[21] & 3) + 1
            sets += list(_hvcc_units(body))
    return max(0, *map(_hevc_pixels, [*sets, *_prefixed(window(item, 0, _HEAD), length_size)]))


def _hvcc_units(body: bytes) -> Iterator[bytes]:
    """Give the NAL units of an HEVC configuration (ISO/IEC 14496-15, 8.3.3.1)."""
    cursor = boxes.Cursor(body, 22)
    for _ in range(cursor.number(1)):
        cursor.number(1)
        for _ in range(min(cursor.number(2), _MAX_UNITS)):
            if cursor.over:
                return
            yield cursor.take(cursor.number(2))


def _prefixed(item: Source, length_size: int) -> Iterator[bytes]:
    """Give the NAL units of an item, each after its length."""
    at = 0
    for _ in range(_MAX_UNITS):
        length = int.from_bytes(item.read(at, length_size), "big")
        if not length:
            return
        yield item.read(at + length_size, min(length, 1 << 12))
        at += length_size + length


def _hevc_pixels(unit: bytes) -> int:
    """Read the picture's size in a sequence parameter set (H.265, 7.3.2.2.1); 0 for another unit."""
    if len(unit) < 4 or unit[0] >> 1 & 0x3F != _SPS:
        return 0
    bits = _Bits(unit[2:].replace(b"\0\0\3", b"\0\0"))
    bits.number(4)
    sub_layers = bits.number(3)
    bits.number(1 + _PROFILE_BITS + _LEVEL_BITS)
    present = [(bits.number(1), bits.number(1)) for _ in range(sub_layers)]
    bits.number(2 * (8 - sub_layers) if sub_layers else 0)
    for profile, level in present:
        bits.number(_PROFILE_BITS * profile + _LEVEL_BITS * level)
    bits.exp_golomb()
    if bits.exp_golomb() == 3:  # chroma_format_idc
        bits.number(1)
    return bits.exp_golomb() * bits.exp_golomb()


def _av1_pixels(data: bytes) -> int:
    """Return the pixels that the sequence headers among some OBUs allow a frame (AV1 specification, 5.3, 5.5)."""
    cursor, largest = boxes.Cursor(data), 0
    for _ in range(_MAX_UNITS):
        head = cursor.number(1)
        cursor.number(head >> 2 & 1)  # extension
        size = _leb128(cursor) if head & 2 else len(data) - cursor.at
        if cursor.over:
            break
        body = cursor.take(size)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            largest = max(largest, _sequence_pixels(_Bits(body)))
    return largest


def _leb128(cursor: boxes.Cursor) -> int:
    value = 0
    for index in range(8):
        byte = cursor.number(1)
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            break
    return value


def _sequence_pixels(bits: _Bits) -> int:
    bits.number(4)
    if bits.number(1):  # reduced_still_picture_header
        bits.number(5)
    else:
        _operating_points(bits)
    across, down = bits.number(4) + 1, bits.number(4) + 1
    return (bits.number(across) + 1) * (bits.number(down) + 1)


def _operating_points(bits: _Bits) -> None:
    """Read past the operating points of a sequence header (AV1 specification, 5.5.1)."""
    delay_bits = 0
    if bits.number(1):  # timing_info_present_flag
        bits.number(64)
        if bits.number(1):
            bits.exp_golomb()  # uvlc()
        if bits.number(1):  # decoder_model_info_present_flag
            delay_bits = bits.number(5) + 1
            bits.number(42)
    display_delay = bits.number(1)
    for _ in range(bits.number(5) + 1):
        bits.number(12)
        if bits.number(5) > 7:
            bits.number(1)
        if delay_bits and bits.number(1):
            bits.number(2 * delay_bits + 1)
        if display_delay and bits.number(1):
            bits.number(4)


class _Bits:
    """Numbers of any count of bits from bytes, the first bit highest; zeros beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:256], "big")
        self._left = 8 * min(len(data), 256)

    def number(self, count: int) -> int:
        """Read an unsigned number of `count` bits."""
        self._left -= count
        shifted = self._value >> self._left if self._left >= 0 else self._value << -self._left
        return shifted & (1 << count) - 1

    def exp_golomb(self) -> int:
        """Read an unsigned number of ue(v) (H.265, 9.2) or uvlc() (AV1 specification, 4.10.3)."""
        zeros = 0
        while zeros < 32 and not self.number(1):
            zeros += 1
        return (1 << zeros) - 1 + self.number(zeros)
