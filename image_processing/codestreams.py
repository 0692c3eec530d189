"""What a codestream's header tells about the cost of decoding it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.source import open_source

if TYPE_CHECKING:
    from image_processing.source import Source

_MAX_SEGMENTS = 4096
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


def jp2_levels(source: Source) -> int:
    """Tell how often a JPEG 2000 image can be halved without decoding more (ISO/IEC 15444-1, A.6.1, COD)."""
    head = source.read(0, _JP2_HEAD)
    start = head.find(b"\xff\x4f\xff\x51")
    found = head.find(b"\xff\x52", start + 4) if start >= 0 else -1
    return head[found + 9] if 0 <= found < len(head) - 9 else 0
