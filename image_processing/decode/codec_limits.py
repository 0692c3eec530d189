"""Refuse, before a codec opens a file, what would cost it far more than the image's pixels."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.errors import Corrupt, NotDecodable, TooManyPixels
from image_processing.metadata import tiff

if TYPE_CHECKING:
    from image_processing.source import Source

MAX_ENTRIES = 2048  # of a TIFF directory
MAX_STRIPS = 1 << 16  # Pillow keeps an object for each, and looks through them again and again
MAX_NUMBERS = 3 << 16  # of any other value: the largest colour map
MAX_RLE = 8 << 20  # bytes of run-length encoded BMP, which Pillow decodes in pure Python: five seconds at worst

_FEW = dict.fromkeys(
    (256, 257, 258, 259, 262, 266, 274, 277, 278, 282, 283, 284, 296, 317, 322, 323, 338, 339), 32
)
_COUNTS = _FEW | dict.fromkeys((273, 279, 324, 325), MAX_STRIPS)  # TIFF 6.0, offsets and sizes of strips and tiles
_TEXT = frozenset((1, 2, 6, 7))  # kinds of a byte each, which stay bytes
_RLE = (1, 2)  # BITMAPINFOHEADER, biCompression: BI_RLE8, BI_RLE4


def check(source: Source, name: str) -> None:
    """Refuse a TIFF whose directory claims too much, and a BMP of more runs than pixels.

    Raises:
        Corrupt: no sound file is like this.
        TooManyPixels, NotDecodable: a sound file may be, but its codec would take too long.

    """
    if name == "TIFF":
        _tiff(source)
    elif name == "BMP":
        _bmp(source)


def _tiff(source: Source) -> None:
    root = tiff.header(source)
    if root is None:
        raise Corrupt("The TIFF header is damaged. Please export the image again.")
    layout, count_code, inline = ("HHQ8x", "Q", 8) if root.big else ("HHI4x", "H", 4)
    size_of_count = struct.calcsize(count_code)
    head = source.read(root.first, size_of_count)
    count = struct.unpack(root.order + count_code, head)[0] if len(head) == size_of_count else 0
    if count > MAX_ENTRIES:
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    step = struct.calcsize("=" + layout)
    block = source.read(root.first + size_of_count, count * step)
    total = 0
    for tag, kind, length in struct.iter_unpack(root.order + layout, block[: len(block) // step * step]):
        size = length * tiff.SIZES.get(kind, 0)
        if size > inline:
            total += min(size, source.size)
        if length > _COUNTS.get(tag, length if kind in _TEXT else MAX_NUMBERS):
            if tag in (273, 279, 324, 325):
                raise TooManyPixels("The image is stored in too many strips. Please export it with larger ones.")
            raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    if total > max(source.size, MAX_NUMBERS):  # values that lie on each other, each of which the codec would copy
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")


def _bmp(source: Source) -> None:
    head = source.read(0, 34)
    if len(head) < 34:
        return
    header_size, width, height, _, _, compression = struct.unpack_from("<IiiHHI", head, 14)
    if header_size < 40 or compression not in _RLE:
        return
    if source.size > 4 * abs(width * height) + (1 << 16):
        raise Corrupt("The BMP holds far more data than pixels. Please export the image again.")
    if source.size > MAX_RLE:
        raise NotDecodable("A compressed BMP of this size is not decoded here. Please send a PNG.")
