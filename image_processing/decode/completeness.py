"""Show no pixel that the file does not hold: find pixels that a decoder leaves unwritten, and refuse the image.

A decoder that runs out of data may report success. The rest of its buffer is then fresh memory (libtiff), where
the image decoded before may still lie, or zeros (Pillow's PNG, OpenJPEG). The other decoders, those of libwebp,
libheif and libavif among them, refuse short data by themselves.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

from PIL import Image, ImageFile, TiffImagePlugin

from image_processing.decode import tiff_completeness
from image_processing.decode.tiff_parts import LACKING
from image_processing.errors import Truncated
from image_processing.source import open_source

if TYPE_CHECKING:
    from image_processing.source import Source

_MARKS = (90, 165)  # samples of a colour that a row of a picture hardly consists of
_BILEVEL_MARKS = (0, 255)


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
