"""Refuse, before a codec opens a file, files that would cost it far more than the image's pixels."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.decode import coded_sizes, jpeg2000
from image_processing.errors import Corrupt, NotDecodable, TooComplex, TooManyPixels
from image_processing.metadata import tiff_structure

if TYPE_CHECKING:
    from image_processing.source import Source

MAX_MEMORY = 400 << 20
"""Bytes a decode may take at its peak."""

MAX_ENTRIES = 2048  # of a TIFF directory
MAX_STRIPS = 1 << 16  # Pillow keeps an object for each, and looks through them again and again
MAX_NUMBERS = 3 << 16  # of any other value: the largest colour map
MAX_RLE = 8 << 20  # bytes of run-length encoded BMP, which Pillow decodes in pure Python: five seconds at worst

_CODED_PIXEL = {"HEIF": 8, "AVIF": 14}  # bytes a pixel that decoding takes at its peak, as measured
_JP2_TILE, _JP2_COMPONENT = 6 << 10, 1200  # bytes that OpenJPEG keeps for each tile, and each component of a tile
_JP2_BLOCK = 300  # of a code-block with its share of precinct and tag trees, as measured
_JP2_MAX_DEPTH = 31  # bits
_JP2_MAX_COMPONENTS = 4  # grey or colours, with alpha
# YCbCr of video, CMY, YCCK, CIELab, CIEJab, e-sYCC (ISO/IEC 15444-2, table M.25): OpenJPEG leaves them as they are
_JP2_OTHER_SPACES = frozenset({1, 3, 4, 11, 13, 14, 19, 24})
_TIFF_TILE = 3  # times its bytes: libtiff's, Pillow's, and one in the image's mode

_TILE_TAGS = (322, 323, 258, 277)  # TileWidth, TileLength, BitsPerSample, SamplesPerPixel

_FEW = dict.fromkeys(
    (256, 257, 258, 259, 262, 266, 274, 277, 278, 282, 283, 284, 296, 317, 322, 323, 338, 339), 32
)
_COUNTS = _FEW | dict.fromkeys((273, 279, 324, 325), MAX_STRIPS)  # TIFF 6.0, offsets and sizes of strips and tiles
_TEXT = frozenset((1, 2, 6, 7))  # kinds of a byte each, which stay bytes
_RLE = (1, 2)  # BITMAPINFOHEADER, biCompression: BI_RLE8, BI_RLE4


def check(source: Source, name: str, item: int | None = None) -> None:
    """Refuse a file by its codec's allocations and loops, as far as the codec's own headers tell.

    Of a HEIF or AVIF file `item` is the only one that is decoded; all may be where it is not told.

    Raises:
        Corrupt: no sound file is like this.
        TooComplex: the coded picture is larger than its codec can decode within `MAX_MEMORY`.
        TooManyPixels, NotDecodable: a sound file may be, but its codec would take too long.

    """
    if name == "TIFF":
        _tiff(source)
    elif name == "BMP":
        _bmp(source)
    elif name == "JP2":
        _jp2(source)
    elif name in _CODED_PIXEL:
        _refuse_cost(coded_sizes.bmff_pixels(source, item) * _CODED_PIXEL[name])


def _refuse_cost(cost: int) -> None:
    if cost > MAX_MEMORY:
        raise TooComplex(
            "The picture that is coded in the file is too large to decode. Please export a smaller image."
        )


def _jp2(source: Source) -> None:
    siz = jpeg2000.siz(source)
    if siz is None:
        raise Corrupt("The JPEG 2000 codestream has no size. Please export the image again.")
    tiles = siz.tiles * (_JP2_TILE + siz.components * _JP2_COMPONENT)
    _refuse_cost(tiles + jpeg2000.code_blocks(source, siz) * _JP2_BLOCK)
    components = max(siz.components, jpeg2000.palette_channels(source))
    if components > _JP2_MAX_COMPONENTS:
        raise NotDecodable(
            f"JPEG 2000 of {components} components is not decoded here. Please send grey or RGB, with alpha."
        )
    if (depth := jpeg2000.depth(source, siz)) > _JP2_MAX_DEPTH:
        raise NotDecodable(f"JPEG 2000 of {depth} bits a sample is not decoded here. Please send 8 or 16.")
    if (space := jpeg2000.enumerated_space(source)) in _JP2_OTHER_SPACES:
        raise NotDecodable(f"JPEG 2000 in the colour space {space} is not decoded here. Please send sRGB.")


def _tiff(source: Source) -> None:
    root = tiff_structure.header(source)
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
        size = length * tiff_structure.SIZES.get(kind, 0)
        if size > inline:
            total += min(size, source.size)
        if length > _COUNTS.get(tag, length if kind in _TEXT else MAX_NUMBERS):
            if tag in (273, 279, 324, 325):
                raise TooManyPixels("The image is stored in too many strips. Please export it with larger ones.")
            raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    if total > max(source.size, MAX_NUMBERS):  # values that lie on each other, each of which the codec would copy
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    _refuse_cost(_TIFF_TILE * _tile_bytes(root))


def _tile_bytes(root: tiff_structure.Tiff) -> int:
    """Return the bytes of one tile as the codec allocates it; 0 where the image is in strips."""
    largest = dict.fromkeys(_TILE_TAGS, 0)
    for entry in tiff_structure.directory(root, root.first, only=_TILE_TAGS).entries:
        data = tiff_structure.raw_value(root, entry)
        value = None if data is None else tiff_structure.value(root, entry, data)
        numbers = value if isinstance(value, tuple) else (value,)
        largest[entry.tag] = max(largest[entry.tag], *(item for item in numbers if isinstance(item, int)), 0)
    width, length, bits, samples = (largest[tag] for tag in _TILE_TAGS)
    return width * length * max(samples, 1) * max(bits, 8) // 8


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
