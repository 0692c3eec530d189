"""Show no pixel that the file does not hold: find what a decoder leaves unwritten, and refuse the image.

A decoder that runs out of data may report success. The rest of its buffer is then fresh memory (libtiff), where
the image decoded before may still lie, or zeros (Pillow's PNG, OpenJPEG). The other decoders, those of libwebp,
libheif and libavif among them, refuse short data by themselves.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, cast

from PIL import Image, ImageFile, TiffImagePlugin

from image_processing.decode import coded_sizes, tiff_completeness
from image_processing.decode.tiff_parts import LACKING
from image_processing.errors import Truncated
from image_processing.source import open_source

if TYPE_CHECKING:
    from image_processing.source import Source

_MARKS = (90, 165)  # samples of a colour that a row of a picture hardly consists of
_BILEVEL_MARKS = (0, 255)
_SOT = b"\xff\x90"  # ISO/IEC 15444-1, A.4.2
_TILE_PARTS = 255  # of a tile, at most


def load(image: ImageFile.ImageFile, source: Source) -> None:
    """Load the pixels of an image that was opened from a source.

    Raises:
        Truncated: the file lacks pixels of the image.

    """
    if image.format == "PNG":
        _load_png(image, source)
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        tiff_completeness.load(image, source)
    else:
        if image.format == "JPEG2000":
            _check_tiles(source)  # first: OpenJPEG takes a minute to find nothing in 200 MB
        image.load()


def _load_png(image: ImageFile.ImageFile, source: Source) -> None:
    """Load a PNG into marked memory: its decoder ends without an error where the compressed data do.

    Where the rows that are written last are all mark, a second decode over another mark tells picture from mark.
    """
    _load_over(image, 0)
    if not _may_lack_rows(image):
        return
    rows = _last_rows(image)
    image.im = Image.new(image.mode, (1, 1)).im  # lets go of the pixels while they are decoded again
    file = cast("IO[bytes]", open_source(source))
    with Image.open(file, formats=("PNG",)) as again:
        _load_over(again, 1)
        if _last_rows(again) != rows:
            raise Truncated(LACKING)
        image.im = again.im


def _load_over(image: ImageFile.ImageFile, which: int) -> None:
    image.im = Image.new(image.mode, image.size, _mark(image, which)).im
    image.load()


def _mark(image: Image.Image, which: int) -> int | tuple[int, ...]:
    marks = _BILEVEL_MARKS if image.mode == "1" else _MARKS
    bands = len(image.getbands())
    return marks[which] if bands == 1 else tuple(marks[(which + band) % 2] for band in range(bands))


def _may_lack_rows(image: Image.Image) -> bool:
    """Tell whether one of the two last rows is all mark: one of them is written last, interlaced or not."""
    if image.height == 1 and image.info.get("interlace"):
        return True  # its last pass is not a row
    mark = _mark(image, 0)
    rows = [row for row in range(max(0, image.height - 2), image.height) if image.getpixel((0, row)) == mark]
    marked = Image.new(image.mode, (image.width, 1), mark).tobytes() if rows else b""
    return any(image.crop((0, row, image.width, row + 1)).tobytes() == marked for row in rows)


def _last_rows(image: Image.Image) -> bytes:
    return image.crop((0, max(0, image.height - 2), *image.size)).tobytes()


def _check_tiles(source: Source) -> None:
    """Refuse a JPEG 2000 codestream without a part of each tile: OpenJPEG leaves the tile black."""
    siz = coded_sizes.siz(source)
    if siz is None:
        return  # no main header: the decoder says so
    whole = source.read(siz.start, source.size - siz.start)
    at = _first_tile_part(whole, 2)
    found: set[int] = set()
    for _ in range(siz.tiles * _TILE_PARTS):
        if len(found) == siz.tiles:
            return
        if whole[at : at + 2] != _SOT or len(whole) < at + 12:
            break
        tile, length = struct.unpack_from(">HI", whole, at + 4)
        found.add(tile)
        at += length or len(whole)  # 0: up to the end
    if len(found) < siz.tiles:
        raise Truncated(LACKING)


def _first_tile_part(data: bytes, at: int) -> int:
    """Walk the segments of the main header; return where it ends."""
    while data[at : at + 1] == b"\xff" and data[at : at + 2] != _SOT and len(data) >= at + 4:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
