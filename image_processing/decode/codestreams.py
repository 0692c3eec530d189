"""The cost of decoding a codestream, from its header."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from image_processing.errors import TooComplex
from image_processing.source import BytesSource, open_source

if TYPE_CHECKING:
    from image_processing.source import Source

_MAX_SEGMENTS = 4096
_BLOCK = 1 << 14
_ANY_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffed nor a restart (ITU-T T.81, B.1.1.2)


class Frame(NamedTuple):
    """An image as libjpeg knows it after reading the header of its first scan."""

    width: int
    height: int
    components: int
    buffered: bool  # it keeps every coefficient: the image is progressive, or a scan holds some components only


def jpeg_frame(source: Source) -> Frame | None:
    """Read a JPEG's markers up to its first scan as libjpeg does (jdmarker.c, `read_markers`); or None."""
    found = _frame_header(source)
    if found is None:
        return None
    head, _, in_scan = found
    height, width = struct.unpack_from(">HH", head, 5)
    progressive = head[1] in (0xC2, 0xC6, 0xCA, 0xCE)
    return Frame(width, height, head[9], progressive or in_scan < head[9])


def with_height(source: Source, height: int) -> Source:
    """Put its height into a JPEG's frame header where that leaves it to a DNL segment, which libjpeg ignores."""
    found = _frame_header(source)
    if found is None or found[0][5:7] != b"\0\0" or not 0 < height < 1 << 16:
        return source
    data, at = source.read(0, source.size), found[1] + 5
    return BytesSource(b"".join((data[:at], struct.pack(">H", height), data[at + 2 :])))


def _frame_header(source: Source) -> tuple[bytes, int, int] | None:
    """Find the frame header before the first scan: its start, its offset, how many components the scan holds.

    Bytes before a marker are passed over, FF 00 too; RSTn and TEM have no length (ITU-T T.81, B.1.1.3).
    """
    position, frame, place = 2, b"", 0
    for _ in range(_MAX_SEGMENTS):
        position = _next_marker(source, position)
        head = source.read(position, 11)
        marker = head[1] if len(head) > 1 else 0xD9
        if marker in (0x01, *range(0xD0, 0xD8)):
            position += 2
            continue
        if marker in (0xD8, 0xD9) or len(head) < 4:
            return None
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if frame or len(head) < 10:
                return None  # libjpeg refuses a second frame
            frame, place = head, position
        elif marker == 0xDA:
            return (frame, place, head[4] if len(head) > 4 else 0) if frame else None
        position += 2 + int.from_bytes(head[2:4], "big")
    raise TooComplex("The JPEG has thousands of segments before its picture. Please export the image again.")


def _next_marker(source: Source, position: int) -> int:
    """Return the offset of the next marker, or the end, skipping the data before it block by block."""
    while block := source.read(position, _BLOCK):
        found = _ANY_MARKER.search(block)
        if found is not None:
            return position + found.start()
        if len(block) < _BLOCK:
            break
        position += len(block) - 1  # FF may be its last byte
    return source.size


def jpeg_scans(source: Source) -> int:
    """Count the scans of a JPEG; those of embedded previews count too."""
    view = open_source(source)
    count, last = 0, b""
    while block := view.read(1 << 20):
        count += (last + block).count(b"\xff\xda")
        last = block[-1:]
    return count


def jpeg_dc_scans(data: bytes) -> bytes:
    """Leave out the scans of a progressive JPEG that a decode to an eighth does not need: of AC coefficients.

    Their quantisation steps become 0, so that libjpeg does not guess at missing ones (block smoothing). A file
    of another kind, or one that is damaged or cut short, comes back as it is, for the decoder to judge.
    """
    parts, at, kept, progressive = [data[:2]], 2, False, False
    while marker := _MARKER.search(data, at):
        code, start = data[marker.start() + 1], marker.start()
        if kept:
            parts.append(data[at:start])  # what a scan holds
        if code == 0xD9:
            return b"".join([*parts, b"\xff\xd9"]) if progressive else data
        at = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        segment = data[start:at]
        if at < start + 4 or at > len(data) or (0xC0 <= code <= 0xCF and code not in (0xC2, 0xC4)):
            return data
        progressive = progressive or code == 0xC2
        if code == 0xDA:
            if len(segment) < 10:
                return data
            kept = segment[-3] == 0  # the first coefficient of the scan's band
        elif code == 0xDB:
            segment = _without_ac_steps(segment)
        else:
            kept = False
        if code != 0xDA or kept:
            parts.append(segment)
    return data


def _without_ac_steps(segment: bytes) -> bytes:
    """Return quantisation tables (ITU-T T.81, B.2.4.1) whose steps are 0 but for the first."""
    tables, at = bytearray(segment), 4
    while at < len(tables):
        size = 2 if tables[at] >> 4 else 1
        end = min(at + 1 + 64 * size, len(tables))
        tables[at + 1 + size : end] = bytes(max(0, end - at - 1 - size))
        at += 1 + 64 * size
    return bytes(tables)
