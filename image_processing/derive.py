"""What is made from an image: thumbnails, and a copy without what should not be published.

The copy keeps the stored pixels byte for byte, and what they need to look the same: colour profile, orientation,
animation. Every other block is left out whole, known or not, rather than edited: what is not kept cannot leak.
A copyright notice is written back, for rights outlive a copy.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from image_processing.errors import Corrupt, FormatNotAccepted, Truncated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from image_processing.metadata.record import ImageMetadata
    from image_processing.source import Source

THUMBNAIL_SIZES: Mapping[str, int] = {"small": 256, "medium": 640, "large": 1280}
"""Name -> longest side in pixels."""

_MAX_COPYRIGHT = 2000  # bytes
_COLOR_SPACES = (1, 2, 0xFFFF)  # sRGB, Adobe RGB, uncalibrated
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffed nor a restart (ITU-T T.81, B.1.1.2)
_PNG_KEPT = frozenset(
    (b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"cICP", b"mDCV", b"cLLI")
    + (b"acTL", b"fcTL", b"fdAT")
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04
_QUALITY = 80
_METHOD = 2  # of 0 (fast) to 6 (small): half the time of 4, for 3 % more bytes


class Thumbnail(NamedTuple):
    """A small upright image in WebP, with no metadata in it."""

    name: str
    width: int
    height: int
    data: bytes


def thumbnails(image: Image.Image, sizes: Mapping[str, int] = THUMBNAIL_SIZES) -> list[Thumbnail]:
    """Make a WebP of each size (name -> longest side in pixels) from what `pixels.decode` yields.

    Nothing is enlarged: an image smaller than a size comes at its own. The largest is first.
    """
    made: list[Thumbnail] = []
    for name, side in sorted(sizes.items(), key=lambda item: -item[1]):
        if max(image.size) > side:
            image = _resized(image, side)
        same = next((other for other in made if (other.width, other.height) == image.size), None)
        made.append(Thumbnail(name, *image.size, same.data if same else _webp(image)))
    return made


def _resized(image: Image.Image, side: int) -> Image.Image:
    ratio = side / max(image.size)
    size = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
    return image.resize(size, Image.Resampling.LANCZOS)


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=b"", exif=b"", xmp=b"")
    return out.getvalue()


def strip_private(source: Source, metadata: ImageMetadata) -> bytes:
    """Copy a JPEG, PNG or WebP without places, serial numbers, names, thumbnails and whatever else it carries.

    Pixels, colour profile, orientation and copyright notice stay. Left out besides what is private: comments,
    captions, dates, C2PA manifests (a changed file breaks their signature), further pictures behind the first
    (gain maps, motion photos).

    Raises:
        FormatNotAccepted: the format cannot be copied without decoding it.
        Truncated, Corrupt: the file is too broken to tell pixels from the rest.

    """
    copy = _COPIES.get(str(metadata.get("format")))
    if copy is None:
        raise FormatNotAccepted("Only JPEG, PNG and WebP can be cleaned without a loss. Please convert the image.")
    return copy(source.read(0, source.size), _exif(metadata))


def _exif(metadata: ImageMetadata) -> bytes:
    """Write an Exif block of what stays (CIPA DC-008); empty when that is nothing."""
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


def _jpeg(data: bytes, exif: bytes) -> bytes:
    """Keep tables, frames and scans, up to the end of the first image."""
    parts, at, in_scan = [data[:2]], 2, False
    while marker := _MARKER.search(data, at):
        code, start = data[marker.start() + 1], marker.start()
        if in_scan:
            parts.append(data[at:start])
        if code == 0xD9:
            if exif:
                block = b"Exif\0\0" + exif
                segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
                parts.insert(2 if parts[1].startswith(b"\xff\xe0") else 1, segment)
            return b"".join([*parts, b"\xff\xd9"])
        at = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        if at > len(data) or at < start + 4 or code == 0xD8:
            raise Corrupt("The JPEG's segments are damaged. Please export the image again.")
        parts.append(_jpeg_segment(code, data[start:at]))
        in_scan = code == 0xDA
    raise Truncated("The JPEG ends before its image does. Please send the whole file again.")


def _jpeg_segment(code: int, segment: bytes) -> bytes:
    """Keep a segment, or of the application's own those that tell size and colours; of JFIF not its thumbnail."""
    if not 0xE0 <= code <= 0xEF and code != 0xFE:
        return segment
    if code == 0xE0 and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
        return b"\xff\xe0\0\x10" + segment[4:16] + bytes(2)
    if (code == 0xE2 and segment[4:16] == b"ICC_PROFILE\0") or (code == 0xEE and segment[4:9] == b"Adobe"):
        return segment
    return b""


def _png(data: bytes, exif: bytes) -> bytes:
    """Keep critical chunks and those that tell colours, sizes and animation (W3C PNG, third edition)."""
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            break
        if kind == b"IDAT" and exif:
            parts.append(_png_chunk(b"eXIf", exif))
            exif = b""
        if kind in _PNG_KEPT or not kind[0] & 0x20:
            parts.append(data[at:end])
        if kind == b"IEND":
            return b"".join(parts)
        at = end
    raise Truncated("The PNG ends before its image does. Please send the whole file again.")


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _webp_copy(data: bytes, exif: bytes) -> bytes:
    """Keep pixels, profile and animation (RFC 9649); flags and length are set anew."""
    parts, at = [], 12
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        following = at + 8 + length + (length & 1)
        if at + 8 + length > len(data):
            raise Truncated("The WebP ends before its image does. Please send the whole file again.")
        chunk = data[at:following].ljust(following - at, b"\0")
        if kind == b"VP8X" and length >= 10:
            flags = chunk[8] & ~(_WEBP_EXIF | _WEBP_XMP) | (_WEBP_EXIF if exif else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind in _WEBP_KEPT:
            parts.append(chunk)
        at = following
    if exif and parts and parts[0].startswith(b"VP8X"):  # a file without VP8X has no place for Exif, nor had any
        parts.append(b"EXIF" + struct.pack("<I", len(exif)) + exif + bytes(len(exif) & 1))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_COPIES = {"JPEG": _jpeg, "PNG": _png, "WEBP": _webp_copy}
