"""What a codestream's header tells about the cost of decoding it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from image_processing.source import open_source

if TYPE_CHECKING:
    from image_processing.source import Source

_MAX_SEGMENTS = 4096
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # neither stuffed nor a restart (ITU-T T.81, B.1.1.2)
_JP2_HEAD = 1 << 16  # boxes and main header of a JPEG 2000 file end within it, or its levels stay unknown


def jpeg_is_buffered(source: Source) -> bool:
    """Tell whether libjpeg must keep every coefficient: progressive, or scans of some components only."""
    position, components = 2, 0
    for _ in range(_MAX_SEGMENTS):
        head = source.read(position, 10)
        if len(head) < 10:
            break
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if head[0] != 0xFF or marker == 0xFF:
            position += 1  # fill bytes before a marker (ITU-T T.81, B.1.1.2), or garbage that libjpeg skips
            continue
        if marker in (0xC2, 0xC6, 0xCA, 0xCE):
            return True
        if marker in (0xC0, 0xC1, 0xC9):
            components = head[9]
        if marker == 0xDA:
            return head[4] < components
        position += 2 + length
    return True


def jpeg_scans(source: Source) -> int:
    """Count the scans of a JPEG; those of embedded previews count too."""
    view = open_source(source)
    count, last = 0, b""
    while block := view.read(1 << 20):
        count += (last + block).count(b"\xff\xda")
        last = block[-1:]
    return count


def jpeg_dc_scans(data: bytes) -> bytes:
    """Leave out of a progressive JPEG what a decode to an eighth does not need: the scans of AC coefficients.

    Their quantisation steps become 0, so that libjpeg does not guess at what is missing (block smoothing). A file
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


def jp2_levels(source: Source) -> int:
    """Tell how often a JPEG 2000 image can be halved without decoding more (ISO/IEC 15444-1, A.6.1, COD)."""
    head = source.read(0, _JP2_HEAD)
    start = head.find(b"\xff\x4f\xff\x51")
    found = head.find(b"\xff\x52", start + 4) if start >= 0 else -1
    return head[found + 9] if 0 <= found < len(head) - 9 else 0
