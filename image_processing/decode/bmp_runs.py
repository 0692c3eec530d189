"""Decode run-length encoded BMP, which Pillow refuses or shifts where rows end early or hold an odd count.

The data may leave pixels out, row by row or by a move (BITMAPINFOHEADER, BI_RLE8, BI_RLE4): these have colour 0.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PIL import Image

from image_processing import formats
from image_processing.decode.tiff_parts import LACKING
from image_processing.errors import Corrupt, TooManyPixels, Truncated

if TYPE_CHECKING:
    from image_processing.source import Source

_BITS = {1: 8, 2: 4}  # BI_RLE8, BI_RLE4: bits of an index
_CORE, _INFO = 12, 40  # bytes of the headers before which none has compression, and of that which has
_FILE_HEADER = 14
_END_OF_LINE, _END, _MOVE = 0, 1, 2


def decode(source: Source) -> Image.Image | None:
    """Decode as RGB; None where the BMP has no runs.

    Raises:
        Truncated: the runs end before the picture does, and without saying so.
        Corrupt: the header is damaged.

    """
    head = source.read(0, _FILE_HEADER + _INFO)
    if len(head) < _FILE_HEADER + _INFO or int.from_bytes(head[14:18], "little") < _INFO:
        return None
    start, size, width, height, bits, compression, colours = struct.unpack_from("<10xIIii2xHI12xI", head)
    if _BITS.get(compression) != bits:
        return None
    if width <= 0 or height <= 0:
        raise Corrupt("The BMP header is damaged. Please export the image again.")
    if width * height > formats.MAX_PIXELS // 2:
        raise TooManyPixels("The image has too many pixels to decode. Please send a smaller one.")
    palette = source.read(_FILE_HEADER + size, 4 * min(colours or 1 << bits, 256))
    indices = _indices(source.read(start, source.size), width, height, bits)
    image = Image.frombuffer("P", (width, height), bytes(indices), "raw", "P", 0, -1)
    image.putpalette(palette.ljust(1024, b"\0"), "BGRX")
    return image.convert("RGB")


def _indices(data: bytes, width: int, height: int, bits: int) -> bytearray:
    """Return the indices of colours, a byte each, the lowest row first."""
    canvas = bytearray(width * height)
    at, x, y = 0, 0, 0
    while y < height:
        if at + 2 > len(data):
            if y == height - 1 and x >= width:
                break  # some writers leave the last mark out
            raise Truncated(LACKING)
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            run = bytes((value,)) * count if bits == 8 else bytes((value >> 4, value & 15)) * (count + 1 >> 1)
        elif value == _END_OF_LINE:
            x, y = 0, y + 1
            continue
        elif value == _END:
            break
        elif value == _MOVE:
            if at + 2 > len(data):
                raise Truncated(LACKING)
            x, y = x + data[at], y + data[at + 1]
            at += 2
            continue
        else:
            count, size = value, value * bits + 7 >> 3
            run = data[at : at + size]
            if len(run) < size:
                raise Truncated(LACKING)
            if bits != 8:
                run = bytes(index for byte in run for index in (byte >> 4, byte & 15))
            at += size + (size & 1)  # up to the next word
        count = min(count, max(0, width - x))
        canvas[y * width + x : y * width + x + count] = run[:count]
        x += count
    return canvas
