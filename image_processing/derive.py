"""Files made from an image: thumbnails, a JPEG, and a copy without private metadata.

The copy keeps the stored pixels byte for byte, and the blocks they need to look the same: colour profile,
orientation, animation. Every other block is left out whole, known or not; `privacy` knows the blocks of each
format. A copyright notice is written back, for rights outlive a copy.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

from image_processing import privacy, thumbnail_sizes
from image_processing.errors import FormatNotAccepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from image_processing.metadata.record import ImageMetadata
    from image_processing.source import Source

_MAX_COPYRIGHT = 2000  # bytes
_COLOR_SPACES = (1, 2, 0xFFFF)  # sRGB, Adobe RGB, uncalibrated
_QUALITY = 78
# Of 0 (fast) to 6 (small). Photographs of 256, 640 and 1280 pixels, beside 4: 0.35 to 0.42 of the time for
# 11 to 14 % more bytes, at most 25 %; 2 took 0.45 to 0.51 for 3 %, 0 took 0.28 to 0.34 for 18 to 26 %
_METHOD = 1


_JPEG_QUALITY = 90  # of a picture in full size
_JPEG_SIDE = 65_500  # pixels, libjpeg's limit


class Thumbnail(NamedTuple):
    """A small upright image in WebP, with no metadata in it."""

    name: str
    width: int
    height: int
    data: bytes


def thumbnails(image: Image.Image, sides: Mapping[str, int] = thumbnail_sizes.SIDES) -> list[Thumbnail]:
    """Make a WebP of each size (name -> longest side in pixels) from the image of `pixels.decode`.

    Nothing is enlarged: an image smaller than a size comes at its own. The largest is first.
    """
    made: list[Thumbnail] = []
    for name, size in thumbnail_sizes.series(image.size, sides).items():
        if image.size != size:
            image = image.resize(size, Image.Resampling.HAMMING)
        same = next((other for other in made if (other.width, other.height) == image.size), None)
        made.append(Thumbnail(name, *image.size, same.data if same else _webp(image)))
    return made


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=b"", exif=b"", xmp=b"")
    return out.getvalue()


def jpeg(image: Image.Image, metadata: ImageMetadata) -> bytes:
    """Encode an upright RGB image in sRGB as a JPEG, with no metadata but the copyright notice of its file.

    A side longer than a JPEG may have is made as long as that.
    """
    if max(image.size) > _JPEG_SIDE:
        image = image.resize(thumbnail_sizes.fitted(image.size, _JPEG_SIDE), Image.Resampling.HAMMING)
    notice = _exif({"copyright": metadata.get("copyright")})
    exif = b"Exif\0\0" + notice if notice else b""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_JPEG_QUALITY, exif=exif, icc_profile=None, comment=b"")
    return out.getvalue()


def strip_private(source: Source, metadata: ImageMetadata) -> bytes:
    """Copy a JPEG, PNG or WebP without places, serial numbers, names, thumbnails and all other metadata.

    Pixels, colour profile, orientation and copyright notice stay. Besides private metadata it leaves out comments,
    captions, dates, C2PA manifests (a changed file breaks their signature), further pictures after the first
    (gain maps, motion photos).

    Only blocks that show the picture are kept, each cut to the length its own header gives; a PNG's pixels end
    where their zlib stream does, which may hold no more than the image's rows. A colour
    profile keeps the tags that colours need, its name and copyright. Not looked into: the values in tables,
    palettes and these tags, which are copied as they are, and the coded pixels of JPEG (scans)
    and WebP (VP8, VP8L, ALPH), whose end only a decoder finds. Who hides text there on purpose, or after the
    last coded pixel, finds it in the copy; so does who draws it into the picture.

    Raises:
        FormatNotAccepted: the format cannot be copied without decoding it.
        Truncated, Corrupt: the file is too broken, or holds too much, to tell pixels from the rest.
        TooManyPixels: the frames of a PNG would inflate to more than 2 GiB.

    """
    copy = privacy.COPIES.get(str(metadata.get("format")))
    if copy is None:
        raise FormatNotAccepted("Only JPEG, PNG and WebP can be cleaned without a loss. Please convert the image.")
    return copy(source.read(0, source.size), _exif(metadata))


def _exif(metadata: ImageMetadata | Mapping[str, Any]) -> bytes:
    """Write an Exif block of the remaining tags (CIPA DC-008); empty when there is none."""
    orientation, copyright_ = metadata.get("orientation", 1), str(metadata.get("copyright") or "")
    entries = []
    if orientation != 1:
        entries.append((0x0112, 3, 1, struct.pack(">HH", orientation, 0)))
    if copyright_:
        text = copyright_.encode()[:_MAX_COPYRIGHT].decode("utf-8", "ignore").encode() + b"\0"
        entries.append((0x8298, 2, len(text), text))
    space = metadata.get("color_space")
    if space in _COLOR_SPACES and not metadata.get("icc_profile"):
        pair = struct.pack(">HHHII", 1, 0xA001, 3, 1, space << 16) + bytes(4)
        entries.append((0x8769, 4, 1, pair))
    if not entries:
        return b""
    at = 8 + 2 + 12 * len(entries) + 4
    directory, values = struct.pack(">H", len(entries)), b""
    for tag, kind, count, value in entries:
        directory += struct.pack(">HHI", tag, kind, count)
        if len(value) <= 4:
            directory += value.ljust(4, b"\0")
        else:
            directory += struct.pack(">I", at + len(values))
            values += value + bytes(len(value) & 1)
    return b"MM\0*\0\0\0\x08" + directory + bytes(4) + values
