"""Read JPEG XL (ISO/IEC 18181): a bare codestream, or the boxes around one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import boxes, exif, xmp
from image_processing.source import window

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_PAYLOAD = 16 << 20
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def read(source: Source, findings: Findings) -> None:
    """Read the size from the codestream, and the metadata boxes."""
    findings.fact("compression", "JPEG XL", "JXL")
    if source.read(0, 2) == b"\xff\x0a":
        _codestream(source.read(2, 32), findings)
        return
    for box in boxes.walk(source, 0, source.size):
        length = min(box.end - box.start, MAX_PAYLOAD)
        if not box.whole:
            findings.warn("truncated", "The file ends within a box.")
        if box.kind in (b"jxlc", b"jxlp"):
            start = box.start + (4 if box.kind == b"jxlp" else 0)
            if source.read(start, 2) == b"\xff\x0a":
                _codestream(source.read(start + 2, 32), findings)
        elif box.kind == b"Exif":
            exif.read_item(window(source, box.start, length), findings)
        elif box.kind == b"xml ":
            xmp.read(source.read(box.start, length), findings)
        elif box.kind == b"jumb":
            findings.keep_jumbf(source.read(box.start - 8, length + 8))
        elif box.kind == b"brob":
            findings.warn("brotli", "Some metadata is compressed with Brotli and is not read.")


class _Bits:
    """Bits, the least significant first (18181-1, B.2)."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._value & (1 << count) - 1
        self._value >>= count
        return value

    def choose(self, *widths: int) -> int:
        """Read U32 with a choice of widths."""
        return self.take(widths[self.take(2)])


def _codestream(data: bytes, findings: Findings) -> None:
    """Read SizeHeader and the start of ImageMetadata (18181-1, D.2 and D.3)."""
    if len(data) < 4:
        return
    bits = _Bits(data)
    small = bits.take(1)
    height = (bits.take(5) + 1) * 8 if small else bits.choose(9, 13, 18, 30) + 1
    ratio = bits.take(3)
    if ratio:
        width = height * _RATIOS[ratio][0] // _RATIOS[ratio][1]
    else:
        width = (bits.take(5) + 1) * 8 if small else bits.choose(9, 13, 18, 30) + 1
    findings.fact("stored_width", width, "JXL:SizeHeader")
    findings.fact("stored_height", height, "JXL:SizeHeader")
    if bits.take(1):  # all defaults
        findings.fact("bit_depth", 8, "JXL:ImageMetadata")
        return
    simple = True
    if bits.take(1):  # extra fields
        orientation = bits.take(3) + 1
        if orientation != 1:
            findings.fact("container_orientation", orientation, "JXL:ImageMetadata")
        simple = not (bits.take(1) or bits.take(1) or bits.take(1))  # intrinsic size, preview, animation
    if simple and not bits.take(1):  # integer samples
        depth = (8, 10, 12, 0)[choice] if (choice := bits.take(2)) < 3 else bits.take(6) + 1
        findings.fact("bit_depth", depth, "JXL:ImageMetadata")
