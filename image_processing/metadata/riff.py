"""Read WebP (RFC 9649): the chunks of its RIFF container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import exif, icc, xmp

if TYPE_CHECKING:
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

MAX_CHUNKS = 100_000
MAX_CHUNK = 16 << 20  # bytes of a chunk that is read
_FRAME_HEAD = 24  # bytes of a chunk's head and those of a frame
_PAYLOADS = {b"EXIF": exif.read, b"XMP ": xmp.read, b"XMP\0": xmp.read, b"ICCP": icc.read}


def read(source: Source, findings: Findings) -> None:
    """Read the chunks of a WebP file."""
    length = 8 + int.from_bytes(source.read(4, 4), "little")
    if source.size < length:
        findings.warn("truncated", "The file is shorter than it says.")
    frames: list[int] = []
    try:
        _chunks(source, min(source.size, length + 1), frames, findings)
    finally:  # what was found stays, even of a file of more chunks than are read
        if findings.known("stored_width") is not None:
            findings.fact("has_alpha", False, "WEBP:VP8")
            findings.fact("animated", False, "WEBP:VP8")
            findings.fact("frame_count", max(len(frames), 1), "WEBP:ANMF" if frames else "WEBP:VP8")
            if len(frames) > 1 and any(frames):
                findings.fact("duration", sum(frames) / 1000, "WEBP:ANMF")
            findings.fact("color_model", "rgb", "WEBP")
            findings.fact("bit_depth", 8, "WEBP")


def _chunks(source: Source, end: int, frames: list[int], findings: Findings) -> None:
    """Read every chunk up to `end`, and note how many milliseconds each frame is shown (RFC 9649, 2.7.1.1)."""
    at = 12
    for _ in range(MAX_CHUNKS):
        head = source.read(at, _FRAME_HEAD)
        if len(head) < 8 or at >= end:
            break
        kind, length = head[:4], int.from_bytes(head[4:8], "little")
        if kind in _PAYLOADS:
            if length <= MAX_CHUNK:
                _PAYLOADS[kind](source.read(at + 8, length), findings)
        elif kind == b"ANMF":
            frames.append(int.from_bytes(head[20:23], "little"))
        elif kind in _IMAGES and findings.known("frame_count") is None:
            _IMAGES[kind](source.read(at + 8, min(length, 10)), findings)
        elif kind == b"C2PA" and length <= MAX_CHUNK:
            findings.keep_jumbf(source.read(at + 8, length))
        at += 8 + length + (length & 1)


def _extended(body: bytes, findings: Findings) -> None:
    """Read VP8X: flags, and the canvas size less one in 24 bits each (RFC 9649, 2.7)."""
    if len(body) < 10:
        return
    findings.fact("stored_width", int.from_bytes(body[4:7], "little") + 1, "WEBP:VP8X")
    findings.fact("stored_height", int.from_bytes(body[7:10], "little") + 1, "WEBP:VP8X")
    findings.fact("has_alpha", bool(body[0] & 0x10), "WEBP:VP8X")
    findings.fact("animated", bool(body[0] & 0x02), "WEBP:VP8X")


def _lossy(body: bytes, findings: Findings) -> None:
    """Read the frame header of VP8 (RFC 6386, 9.1)."""
    findings.fact("compression", "VP8 (lossy)", "WEBP:VP8")
    if len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        findings.fact("stored_width", int.from_bytes(body[6:8], "little") & 0x3FFF, "WEBP:VP8")
        findings.fact("stored_height", int.from_bytes(body[8:10], "little") & 0x3FFF, "WEBP:VP8")


def _lossless(body: bytes, findings: Findings) -> None:
    """Read the header of VP8L (RFC 9649, 3.4): width and height less one in 14 bits each, the alpha hint."""
    findings.fact("compression", "VP8L (lossless)", "WEBP:VP8L")
    if len(body) >= 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        findings.fact("stored_width", (bits & 0x3FFF) + 1, "WEBP:VP8L")
        findings.fact("stored_height", (bits >> 14 & 0x3FFF) + 1, "WEBP:VP8L")
        findings.fact("has_alpha", bool(bits >> 28 & 1), "WEBP:VP8L")


def _animation(body: bytes, findings: Findings) -> None:
    if len(body) >= 6:
        findings.fact("loop_count", int.from_bytes(body[4:6], "little"), "WEBP:ANIM")


_IMAGES = {b"VP8X": _extended, b"VP8 ": _lossy, b"VP8L": _lossless, b"ANIM": _animation}
