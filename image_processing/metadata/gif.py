"""Read GIF (87a, 89a): its screen, frames, comments and the XMP and ICC that applications put in."""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING

from image_processing.metadata import gif_alpha, icc, text, xmp

if TYPE_CHECKING:
    from image_processing.metadata.budget import Budget
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_COMMENT = 1 << 16
MAX_PAYLOAD = 4 << 20
BLOCK = 1 << 16

DECLARED = "GIF:GraphicControl"
"""Where `has_alpha` comes from when the pixels were not looked at."""

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _CONTROL, _APPLICATION = 0xFE, 0xF9, 0xFF


class _Bytes:
    """A reader that moves on through a source, block by block."""

    def __init__(self, source: Source, at: int, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._start = at
        self._block = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """Give the next bytes, fewer at the end."""
        piece = self._block[self._at : self._at + count]
        self._at += count
        if len(piece) < count:
            offset = self._start + self._at - count
            self._block = self._source.read(offset, max(count, BLOCK))
            self._start, self._at = offset, count
            piece = self._block[:count]
        return piece

    def sub_blocks(self, limit: int) -> tuple[bytes, bool]:
        """Give the data of a chain of sub-blocks up to `limit` bytes, and whether the chain ends properly."""
        pieces: list[bytes] = []
        total = 0
        while length := self.take(1):
            self._budget.spend()
            if not length[0]:
                return b"".join(pieces), True
            if total < limit:
                pieces.append(self.take(length[0]))
                total += length[0]
            else:
                self._at += length[0]
        return b"".join(pieces), False


def read(source: Source, findings: Findings) -> None:
    """Read the screen descriptor, then every block up to the trailer: frames are counted, not decoded."""
    counts = Counter(frames=0, duration=0)
    try:
        head = source.read(0, 13)
        if len(head) == 13:
            _screen(head, findings)
            start = 13 + (3 << (head[10] & 7) + 1 if head[10] & 0x80 else 0)
            canvas = gif_alpha.Canvas(int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
            _blocks(_Bytes(source, start, findings.budget), counts, canvas, findings)
            findings.fact("has_alpha", canvas.shows, DECLARED if canvas.declared else "GIF:Image")
    finally:  # what was counted stays, even of a file of more blocks than are read
        frames, duration = counts["frames"], counts["duration"]
        if frames > 1 and duration:
            findings.fact("duration", duration / 100, "GIF:GraphicControl")
        findings.fact("frame_count", max(frames, 1), "GIF:Image")
        findings.fact("animated", frames > 1, "GIF:Image")
        findings.fact("has_alpha", False, "GIF:Image")


def _screen(head: bytes, findings: Findings) -> None:
    findings.fact("stored_width", int.from_bytes(head[6:8], "little"), "GIF:Screen")
    findings.fact("stored_height", int.from_bytes(head[8:10], "little"), "GIF:Screen")
    findings.fact("color_model", "palette", "GIF:Screen")
    findings.fact("bit_depth", (head[10] & 7) + 1, "GIF:Screen")
    findings.put("GIF", "BackgroundColor", head[11])


def _blocks(stream: _Bytes, counts: Counter[str], canvas: gif_alpha.Canvas, findings: Findings) -> None:
    """Count frames, and the hundredths of a second that they are shown; put each on the canvas."""
    control = gif_alpha.Control()
    while True:
        introducer = stream.take(1)
        if not introducer or introducer[0] == _TRAILER:
            break
        if introducer[0] == _IMAGE:
            counts["frames"] += 1
            descriptor = stream.take(9)
            if len(descriptor) < 9:
                break
            if descriptor[8] & 0x80:
                stream.take(3 << (descriptor[8] & 7) + 1)
            bits = stream.take(1)
            data, whole = stream.sub_blocks(canvas.wants(control))
            left, top, width, height = struct.unpack_from("<4H", descriptor)
            area = left, top, left + width, top + height
            canvas.put(area, control, data, bits[0] if bits else 0, findings.budget)
            control = gif_alpha.Control()
            if not whole:
                break
        elif introducer[0] == _EXTENSION:
            found = _extension(stream, findings)
            if found is None:
                break
            delay, control = found[0], found[1] or control
            counts["duration"] += delay
        else:
            findings.warn("block", "There is a block of no known kind.")
            break
    if not introducer or introducer[0] in (_IMAGE, _EXTENSION):
        findings.warn("truncated", "The file ends before its trailer.")


def _extension(stream: _Bytes, findings: Findings) -> tuple[int, gif_alpha.Control | None] | None:
    """Read an extension; give the delay it sets in hundredths of a second, and its settings for the next frame.

    None when it is cut short.
    """
    label = stream.take(1)
    if not label:
        return None
    if label[0] == _APPLICATION:
        return (0, None) if _application(stream, findings) else None
    data, whole = stream.sub_blocks(MAX_COMMENT)
    if label[0] == _COMMENT:
        findings.budget.spend(decoded=len(data))
        findings.put("GIF", "Comment", text.decode(data))
    if label[0] == _CONTROL and len(data) >= 4:
        control = gif_alpha.Control(data[3] if data[0] & 1 else None, data[0] >> 2 & 7)
        return (int.from_bytes(data[1:3], "little"), control) if whole else None
    return (0, None) if whole else None


def _application(stream: _Bytes, findings: Findings) -> bool:
    """Read an application's extension; tell whether it ends properly."""
    length = stream.take(1)
    name = stream.take(length[0]) if length else b""
    if name == b"XMP DataXMP":
        return _xmp(stream, findings)
    data, whole = stream.sub_blocks(MAX_PAYLOAD)
    if name == b"ICCRGBG1012":
        icc.read(data, findings)
    elif name in (b"NETSCAPE2.0", b"ANIMEXTS1.0") and len(data) >= 3 and data[0] == 1:
        findings.fact("loop_count", int.from_bytes(data[1:3], "little"), "GIF:NETSCAPE2.0")
    return whole


def _xmp(stream: _Bytes, findings: Findings) -> bool:
    """Read XMP, whose text stands unblocked before a "magic trailer" that any sub-block reader falls through."""
    packet = bytearray()
    while len(packet) < MAX_PAYLOAD:
        findings.budget.spend()
        length = stream.take(1)
        if not length:
            return False
        if not length[0]:
            break
        packet += length + stream.take(length[0])
    xmp.read(bytes(packet[: packet.rfind(b">") + 1]), findings)
    return True
