"""TIFF 6.0 and BigTIFF: strips and tiles whose size, count and data agree, in every compression."""

from __future__ import annotations

import functools
import io
import struct
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, TiffImagePlugin

from tests.fuzz.structures import jpeg, zeros
from tests.fuzz.structures.dice import MAX_DATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.fuzz.structures.dice import Dice

NONE, CCITT, GROUP3, GROUP4, LZW, JPEG, DEFLATE, PACKBITS = 1, 2, 3, 4, 5, 7, 8, 32773
LZMA, ZSTD, WEBP = 34925, 50000, 50001
_BY_LIBTIFF = {LZW: "tiff_lzw", PACKBITS: "packbits", GROUP3: "group3", GROUP4: "group4", ZSTD: "zstd"}
_KINDS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 7: "B", 16: "Q"}
_MAX_RAW = 1 << 30  # bytes that a strip may grow to
_MAX_ENCODED = 4096  # pixels of a side that libtiff is asked to encode

Entry = tuple[int, "Sequence[int] | bytes"]  # TIFF's kind, values


def write(entries: Mapping[int, Entry], data: bytes = b"", *, big: bool = False, magic: bytes = b"II*\0") -> bytes:
    """Write a file of one directory: the header, data from byte 16 on, values, entries."""
    inline, layout, pointer = (8, "<HHQ", "<Q") if big else (4, "<HHI", "<I")
    body = (b"II+\0\x08\0\0\0" + bytes(8) if big else magic + bytes(12)) + data
    rows = []
    for tag, (kind, values) in sorted(entries.items()):
        packed = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_KINDS[kind]}", *values)
        if len(packed) > inline:
            place, body = struct.pack(pointer, len(body)), body + packed
        else:
            place = packed.ljust(inline, b"\0")
        rows.append(struct.pack(layout, tag, kind, len(values)) + place)
    at = len(body)
    body += struct.pack("<Q" if big else "<H", len(rows)) + b"".join(rows) + bytes(inline)
    start = 8 if big else 4
    return body[:start] + struct.pack(pointer, at) + body[start + inline :]


class _Layout(NamedTuple):
    """How pixels lie in a file."""

    width: int
    height: int
    samples: int
    bits: int
    rows: int  # of a strip or tile
    columns: int

    @property
    def row(self) -> int:
        """Bytes of a row of a strip or tile."""
        return -(-self.columns * self.samples * self.bits // 8)

    @property
    def pieces(self) -> int:
        """Strips or tiles that the image needs."""
        return -(-self.height // self.rows) * -(-self.width // self.columns)


@functools.lru_cache(maxsize=32)
def _by_libtiff(compression: str, width: int, height: int, mode: str) -> bytes:
    out = io.BytesIO()
    # all in one strip: what libtiff holds at a time
    Image.new(mode, (width, height)).save(out, "TIFF", compression=compression, tiffinfo={278: height})
    with Image.open(out) as image:
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        at, size = image.tag_v2[273][0], image.tag_v2[279][0]
    return out.getvalue()[at : at + size]


def _piece(compression: int, layout: _Layout, dice: Dice) -> bytes:
    """Write a strip or tile of zeros."""
    size = min(layout.row * layout.rows, _MAX_RAW)
    if compression == DEFLATE:
        return zeros.deflated(size)
    if compression == LZMA:
        return zeros.lzma_packed(min(size, 64 << 20))
    if compression == JPEG:
        inner = dice.lie((layout.columns, layout.rows), (65_500, 65_500), (16_384, 16_384), (1, 1))
        return jpeg.flat(inner, sampling=(0x11,) * min(layout.samples, 4))
    if compression in _BY_LIBTIFF:
        columns, rows = min(layout.row * 8, _MAX_ENCODED), min(layout.rows, _MAX_ENCODED)
        if compression in (GROUP3, GROUP4):
            return _by_libtiff(_BY_LIBTIFF[compression], min(layout.columns, _MAX_ENCODED), rows, "1")
        return _by_libtiff(_BY_LIBTIFF[compression], max(columns // 8, 1), rows, "L")
    return bytes(min(size, MAX_DATA))


def _layout(dice: Dice, compression: int, *, tiled: bool) -> _Layout:
    width, height = dice.told(dice.size())
    bits = 1 if compression in (CCITT, GROUP3, GROUP4) else dice.lie(8, 1, 2, 4, 12, 16, 32, 64)
    samples = (
        1 if bits == 1 else dice.choice([1, 3]) if dice.honest else min(dice.choice([1, 3, 3, 4, 5, 255]), 255)
    )
    if tiled:
        columns, rows = (dice.choice([16, 64, 256]),) * 2 if dice.honest else dice.size(1 << 20)
    else:
        columns, rows = width, dice.lie(height, 1, (1 << 32) - 1)
    return _Layout(width, height, samples, bits, rows, columns)


def make(dice: Dice) -> bytes:
    """Make a TIFF of strips or tiles."""
    data, entries = image(dice)
    big = dice.random() < 0.2
    if dice.chance(0.1):
        entries[0x02BC] = (7, b"<a>" + b"&" * 100_000)
    if dice.chance(0.1):
        entries[0x8773] = (7, bytes(1 << 20))
    return write(entries, data, big=big)


def image(dice: Dice) -> tuple[bytes, dict[int, Entry]]:
    """Make pixels that begin at byte 16, and the entries that describe them."""
    kinds = [NONE, DEFLATE, JPEG, LZW, PACKBITS, GROUP4]
    compression = dice.choice(
        kinds if dice.honest else [*kinds, DEFLATE, JPEG, LZMA, ZSTD, CCITT, GROUP3, WEBP, 6]
    )
    tiled = compression not in _BY_LIBTIFF and dice.random() < 0.5
    layout = _layout(dice, compression, tiled=tiled)
    planar = 2 if layout.samples > 1 and compression != JPEG and dice.chance(0.2) else 1
    piece = _piece(compression, layout._replace(samples=1) if planar == 2 else layout, dice)
    pieces = min(layout.pieces * (layout.samples if planar == 2 else 1), 65_535)
    pieces = dice.lie(pieces, 1, 65_535, often=0.1)
    # every strip is the same one: a small file that is large many times over
    entries: dict[int, Entry] = {
        256: (4, [layout.width]),
        257: (4, [layout.height]),
        258: (3, [layout.bits] * min(layout.samples, dice.lie(layout.samples, 1, 100))),
        259: (3, [compression]),
        262: (3, [dice.lie(2 if layout.samples >= 3 else 1, 0, 3, 5, 6, 8, 32_803, 34_892, often=0.1)]),
        277: (3, [layout.samples]),
        284: (3, [planar]),
        324 if tiled else 273: (4, [16] * pieces),
        325 if tiled else 279: (4, [len(piece)] * pieces),
    }
    if tiled:
        entries |= {322: (4, [layout.columns]), 323: (4, [layout.rows])}
    else:
        entries[278] = (4, [layout.rows])
    extra = layout.samples - 3 if layout.samples > 3 else 0
    if extra:
        entries[338] = (3, [dice.lie(0, 1, 2)] * extra)
    if dice.chance(0.2):
        entries[317] = (3, [dice.choice([2, 3])])  # a predictor: libtiff buffers a row, or a tile
    if dice.chance(0.1):
        entries[339] = (3, [dice.choice([1, 2, 3, 4])] * layout.samples)
    if dice.chance(0.1):
        entries[530] = (3, [dice.choice([1, 2, 4]), 4])
    return piece, entries
