"""The size of picture that a codec will decode, read where the codec reads it, not where the container tells it.

A container tells the size of its picture once more (`ispe`, `ihdr`, a canvas); a codec allocates for the size in
its own stream. Each function here returns pixels, and 0 where there is no such stream.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from image_processing.metadata import bmff, boxes
from image_processing.metadata.budget import Budget
from image_processing.source import window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.source import Source

_HEAD = 1 << 16  # bytes of an item in which its parameter sets stand: before the first picture
_MAX_UNITS = 64  # of a stream that are looked through
_SPS = 33  # HEVC, NAL unit type (Rec. ITU-T H.265, table 7-1)
_SEQUENCE_HEADER = 1  # AV1, OBU type (AV1 specification, 6.2.2)
_COD, _COC, _SOT, _SOD = 0xFF52, 0xFF53, 0xFF90, 0xFF93  # ISO/IEC 15444-1, table A.2
_MAX_MARKERS = 1024  # of a main header
_PROFILE_BITS, _LEVEL_BITS = 88, 8  # H.265, 7.3.3


class Siz(NamedTuple):
    """What the header of a JPEG 2000 codestream tells (ISO/IEC 15444-1, A.5.1)."""

    start: int  # of the codestream in the file
    width: int
    height: int
    tiles: int
    components: int
    tile: tuple[int, int] = (0, 0)  # width and height of one, within the image


def siz(source: Source) -> Siz | None:
    """Read the SIZ marker of a JPEG 2000 file or codestream; None where it does not stand behind SOC."""
    start = 0
    if source.read(0, 2) != b"\xff\x4f":
        start = next((box.start for box in boxes.walk(source, 0, source.size) if box.kind == b"jp2c"), -1)
    head = source.read(start, 42) if start >= 0 else b""
    if len(head) < 42 or head[:4] != b"\xff\x4f\xff\x51":
        return None
    right, bottom, left, top, across, down, first, upper = struct.unpack_from(">8I", head, 8)
    if not (across and down and right > left and bottom > top):
        return None
    tiles = -(-(right - first) // across) * -(-(bottom - upper) // down)
    width, height = right - left, bottom - top
    tile = min(across, width), min(down, height)
    return Siz(start, width, height, tiles, int.from_bytes(head[40:42], "big"), tile)


def code_blocks(source: Source, siz: Siz) -> int:
    """Return how many code-blocks and precincts a tile is cut into, by COD and COC of the main header (A.6)."""
    at, most = siz.start + 2, 0
    for _ in range(_MAX_MARKERS):
        head = source.read(at, 64)
        marker = int.from_bytes(head[:2], "big")
        if len(head) < 4 or marker in (_SOT, _SOD):
            break
        if marker == _COD:
            most = max(most, _blocks(siz.tile, head[4] & 1, head[9:]))
        elif marker == _COC:
            style = head[4 + (1 if siz.components < 257 else 2) :]
            most = max(most, _blocks(siz.tile, style[0] & 1, style[1:]))
        at += 2 + int.from_bytes(head[2:4], "big")
    return most * siz.components


def _blocks(tile: tuple[int, int], own_precincts: int, style: bytes) -> int:
    """Count the blocks of a component: of `style`, its levels, block exponents less two, two flags, precincts."""
    if len(style) < 5:
        return 0
    levels = min(style[0], 32)
    widest, tallest = style[1] + 2, style[2] + 2
    total = 0
    for level in range(levels + 1):
        size = style[5 + level] if own_precincts and len(style) > 5 + level else 0xFF
        precinct = size & 15, size >> 4
        inner = [max(0, exponent - (level > 0)) for exponent in precinct]  # each sub-band has half of it
        across, down = (-(-side >> levels - level) for side in tile)
        blocks = -(-across >> min(widest, inner[0])) * -(-down >> min(tallest, inner[1]))
        total += blocks + -(-across >> precinct[0]) * -(-down >> precinct[1])
    return total


def bmff_pixels(source: Source, only: int | None = None) -> int:
    """Return the pixels of the largest picture in a HEIF or AVIF file, coded or composed; or of one item."""
    largest = 0
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"meta":
            meta = bmff.read_items(source, box, Budget())
            sizes = (
                _item_pixels(source, meta, number, item.kind)
                for number, item in meta.items.items()
                if only in (None, number)
            )
            largest = max(largest, *sizes, 0)
    return largest


def _item_pixels(source: Source, meta: bmff.Meta, number: int, kind: bytes) -> int:
    if kind not in (b"hvc1", b"hev1", b"av01", b"grid", b"iovl"):
        return 0
    item = bmff.item_source(source, meta, number)
    head = item.read(0, _HEAD)
    if kind == b"av01":
        configured = (body[4:] for name, body in meta.of(number) if name == b"av1C")
        return max(_av1_pixels(units) for units in (*configured, head))
    if kind == b"grid":
        return _canvas(head, 4)
    if kind == b"iovl":
        return _canvas(head, 10)
    sets, length_size = [], 4
    for name, body in meta.of(number):
        if name == b"hvcC" and len(body) > 22:
            length_size = (body[21] & 3) + 1
            sets += list(_hvcc_units(body))
    return max(0, *map(_hevc_pixels, [*sets, *_prefixed(window(item, 0, _HEAD), length_size)]))


def _canvas(head: bytes, at: int) -> int:
    """Read the size of a derived image (ISO/IEC 23008-12, 6.6.2.3.2 and 6.6.2.2.2), which stands at an offset."""
    size = 4 if len(head) > 1 and head[1] & 1 else 2
    return int.from_bytes(head[at : at + size], "big") * int.from_bytes(head[at + size : at + 2 * size], "big")


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
    """Give the NAL units of an item, each behind its length."""
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
    """Read on to behind the operating points of a sequence header (AV1 specification, 5.5.1)."""
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
