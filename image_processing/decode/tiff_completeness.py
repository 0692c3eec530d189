"""Load a TIFF only where each of its strips or tiles yields all its pixels, and show no others.

libtiff refuses most data that are too short. Three kinds it decodes without an error that Pillow sees: Group 4
data that end early and JPEG streams smaller than their strip leave Pillow's buffer as it was, fresh memory; YCbCr
other than JPEG is read through libtiff's RGBA interface, which goes on after an error. Their parts are checked one
by one.

Pillow and libtiff read a directory differently where it is odd (a tag twice, of a strange type): Pillow then shows
the memory that follows the tile that libtiff decoded. So all that libtiff decodes it decodes from a copy whose
directory is plain, and the parts that are checked are those that it decodes.
"""

from __future__ import annotations

import io
import math
import struct
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from image_processing.decode import tiff_parts
from image_processing.errors import Corrupt, NotDecodable, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.TiffImagePlugin import TiffImageFile

    from image_processing.decode.tiff_parts import Layout
    from image_processing.source import Source

_RAW, _GROUP4, _OLD_JPEG, _JPEG, _WEBP = 1, 4, 6, 7, 50001  # TIFF 6.0, Compression; libtiff's own
_YCBCR = 6  # PhotometricInterpretation
_REVERSED_BITS = 2  # FillOrder
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ITU-T T.81, table B.1, SOF
_DECODED, _PRECISIONS = (
    frozenset((0xC0, 0xC1, 0xC2)),
    (8, 12),
)  # by libtiff: sequential, progressive; bits a sample
_SCAN, _ALONE = 0xDA, frozenset((0, 1, *range(0xD0, 0xD8)))  # SOS; what has no length: stuffing, TEM, RST
_END = b"\xff\xd9"
# How Group 4 (ITU-T T.6) data begin whose rows are white, or white but for the first pixel: the horizontal code of
# 0 white and 1 black, 001 00110101 010. The vertical code "1" without end follows: each row is like the row above.
_WHITE, _DOTTED = b"", b"\x26\xab"
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def load(image: TiffImageFile, source: Source) -> None:
    """Load the pixels of an opened TIFF, as they are stored: not turned by its orientation.

    Pillow's own end of loading turns them; and reads Exif, where it raises on what says nothing of the pixels.

    Raises:
        Truncated: a strip or tile is missing or short.
        Corrupt: the directory does not tell where the pixels are.

    """
    compression = image.tag_v2.get(259, _RAW)
    if compression == _RAW:  # Pillow's own decoder, which refuses missing rows
        _check_lengths(image, tiff_parts.layout(image))
        image.load_end = lambda: None  # type: ignore[method-assign]
        image.load()
        _set_size(image)
        return
    known = {_GROUP4: _group4, _JPEG: _jpeg, _OLD_JPEG: _old_jpeg, _WEBP: _webp}
    decode = known.get(compression, _plain)
    image.im, image.tile = decode(image, source).im, []
    _set_size(image)


def _set_size(image: TiffImageFile) -> None:
    """Make the size of an image that of its pixels; Pillow has told that of the upright one until now."""
    image._size = image.im.size  # noqa: SLF001 - Pillow's own way to set it


def _plain(image: TiffImageFile, source: Source) -> Image.Image:
    """Decode parts that libtiff refuses when they are short; of YCbCr it must be asked first."""
    layout = tiff_parts.layout(image)
    if image.tag_v2.get(262) == _YCBCR and len(image.getbands()) > 1:
        _check_ycbcr(image, layout, tiff_parts.read(layout, source))
    return tiff_parts.decoded(dict(image.tag_v2), layout.sizes, tiff_parts.read(layout, source))


def _check_lengths(image: TiffImageFile, layout: Layout) -> None:
    """Refuse uncompressed parts shorter than the file declares; for a single part that is often wrong."""
    bits = image.tag_v2.get(258, (1,))
    row = math.ceil(layout.size[0] * (sum(bits) if layout.planes == 1 else bits[0]) / 8)
    if len(layout.counts) > 1 and any(
        count < row * layout.shown(part) for part, count in enumerate(layout.counts)
    ):
        raise Truncated(tiff_parts.LACKING)


def _group4(image: TiffImageFile, source: Source) -> Image.Image:
    """Decode Group 4 parts, each after a part of known rows: those stay where a part ends before its last row.

    Pillow decodes every part into the same buffer. Where the last row of a part is the known row, a second decode
    after other known rows tells picture from buffer.
    """
    layout = tiff_parts.layout(image)
    parts = tiff_parts.read(layout, source)
    stack = _stacked(image, layout, parts, _DOTTED)
    doubtful = set(_doubtful(layout, stack))
    if doubtful and not doubtful.isdisjoint(_doubtful(layout, _stacked(image, layout, parts, _WHITE))):
        raise Truncated(tiff_parts.LACKING)
    whole = Image.new(stack.mode, layout.image)
    width = layout.size[0]
    for part in range(len(parts)):
        top = _stack_top(layout, part)
        pixels = stack.crop((0, top, width, top + layout.shown(part)))
        whole.paste(pixels, (part % layout.across * width, layout.top(part)))
    return whole


def _stacked(image: TiffImageFile, layout: Layout, parts: Sequence[bytes], known: bytes) -> Image.Image:
    """Decode parts one below the other, a part of known rows before each."""
    width, height = layout.size
    filler = known + b"\xff" * (3 * height // 8 + 1)  # a row takes three vertical codes at most
    if image.tag_v2.get(266) == _REVERSED_BITS:
        filler = filler.translate(_REVERSED)
    last = len(parts) - 1
    sizes = {256: width, 257: _stack_top(layout, last) + layout.rows(last), 278: height}
    return tiff_parts.decoded(dict(image.tag_v2), sizes, [data for part in parts for data in (filler, part)])


def _stack_top(layout: Layout, part: int) -> int:
    return (2 * part + 1) * layout.size[1]


def _doubtful(layout: Layout, stack: Image.Image) -> Iterator[int]:
    """Give the parts whose last row is the known row."""
    width = layout.size[0]
    known = stack.crop((0, 0, width, 1)).tobytes()
    for part in range(len(layout.offsets)):
        below = _stack_top(layout, part) + layout.rows(part)
        if stack.crop((0, below - 1, width, below)).tobytes() == known:
            yield part


def _jpeg(image: TiffImageFile, source: Source) -> Image.Image:
    """Decode JPEG parts, each of which has the columns and rows of its strip or tile, and its end."""
    layout = tiff_parts.layout(image)
    tables = image.tag_v2.get(347, b"")
    parts = tiff_parts.read(layout, source)
    frames = [_frame(data) for data in parts]
    for part, (data, frame) in enumerate(zip(parts, frames, strict=True)):
        if frame.width < layout.size[0] or frame.height < layout.rows(part):
            raise Truncated(tiff_parts.LACKING)
        if data.find(_END, frame.scan) < 0:
            alone = tables[:-2] + data[2:] if tables else data
            with Image.open(io.BytesIO(alone), formats=("JPEG",)) as stream:
                stream.load()  # refuses what is cut short, where libtiff shows grey
    try:
        found = tiff_parts.decoded(dict(image.tag_v2), layout.sizes, parts)
    except OSError as error:
        if all(frame.kind in _DECODED and frame.precision in _PRECISIONS for frame in frames):
            raise
        raise NotDecodable("JPEG of this kind in a TIFF is not decoded here. Please send a plain JPEG.") from error
    if found.mode == "I;16":  # of 12 bits, whose white is 4095
        return found.convert("I").point(lambda value: value * (65535 / 4095)).convert("I;16")
    return found


def _old_jpeg(image: TiffImageFile, source: Source) -> Image.Image:
    """Decode JPEG of TIFF 6.0, section 22, whose codec refuses missing rows, but not missing strips."""
    if 273 in image.tag_v2 or 324 in image.tag_v2:  # JPEGInterchangeFormat may stand for them
        tiff_parts.layout(image)
    return tiff_parts.decoded_in_place(image, source)


def _webp(image: TiffImageFile, source: Source) -> Image.Image:
    """Decode parts each of which is a WebP file, whether libtiff knows them or not."""
    layout = tiff_parts.layout(image)
    whole = Image.new(image.mode, layout.image)
    for part, data in enumerate(tiff_parts.read(layout, source)):
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as stream:
            if stream.width < layout.size[0] or stream.height < layout.rows(part):
                raise Truncated(tiff_parts.LACKING)
            pixels = stream.convert(image.mode)
        shown = pixels.crop((0, 0, layout.size[0], layout.shown(part)))
        whole.paste(shown, (part % layout.across * layout.size[0], layout.top(part)))
    return whole


class _Frame(NamedTuple):
    width: int
    height: int
    kind: int  # its marker
    precision: int  # bits of a sample
    scan: int  # where the first one begins


def _frame(data: bytes) -> _Frame:
    """Read a JPEG stream up to its scan, as libjpeg does."""
    kind, precision, width, height, at = 0, 0, 0, 0, 2
    while (at := data.find(b"\xff", at)) >= 0:  # stray bytes are skipped
        at += len(data[at:]) - len(data[at:].lstrip(b"\xff"))
        marker, at = data[at : at + 1], at + 1
        if not marker:
            break
        if marker[0] == _SCAN:
            return _Frame(width, height, kind, precision, at)
        if marker[0] in _FRAMES and len(data) >= at + 7:
            kind = marker[0]
            precision, height, width = struct.unpack_from(">BHH", data, at + 2)
        if marker[0] not in _ALONE:
            at += int.from_bytes(data[at : at + 2], "big")
    raise Truncated(tiff_parts.LACKING)


def _check_ycbcr(image: TiffImageFile, layout: Layout, parts: Sequence[bytes]) -> None:
    """Decode parts as plain bytes, one row for a row of data units (TIFF 6.0, section 21): libtiff then tells."""
    across, down, unit = 1, 1, 1  # of separate planes, which libtiff reads only where chroma is not subsampled
    if layout.planes == 1:
        across, down = image.tag_v2.get(530, (2, 2))
        unit = across * down + 2  # lumas, and a chroma of each kind
    if across not in (1, 2, 4) or down not in (1, 2, 4):
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    rows = [math.ceil(layout.rows(part) / down) for part in range(layout.in_plane)]
    sizes = {256: math.ceil(layout.size[0] / across) * unit, 257: sum(rows), 278: rows[0]}
    for first in range(0, len(parts), layout.in_plane):
        mine = parts[first : first + layout.in_plane]
        tiff_parts.decoded(dict(image.tag_v2), sizes, mine, {258: 8, 262: 1, 277: 1})
