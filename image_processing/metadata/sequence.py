"""Read the tracks of an image sequence (ISO/IEC 14496-12, 8.2): size, frames, duration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.metadata import boxes

if TYPE_CHECKING:
    from image_processing.metadata.boxes import Box
    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

_CONTAINERS = frozenset((b"trak", b"mdia", b"minf", b"stbl"))


def read(source: Source, movie: Box, findings: Findings) -> None:
    """Note the first picture track: "Sequence" tags for its size, facts for frames and duration."""
    pending = [movie]
    while pending:
        outer = pending.pop(0)
        for box in boxes.walk(source, outer.start, outer.end):
            if box.kind in _CONTAINERS and len(pending) < boxes.MAX_BOXES:
                pending.append(box)
            elif box.kind == b"tkhd":
                _track_header(source, box, findings)
            elif box.kind == b"mdhd":
                _media_header(source, box, findings)
            elif box.kind == b"stsz":
                count = int.from_bytes(source.read(box.start + 8, 4), "big")
                findings.override("frame_count", count, "BMFF:stsz")
    frames = findings.known("frame_count")
    if frames is not None:
        findings.override("animated", frames > 1, "BMFF:stsz")


def _track_header(source: Source, box: Box, findings: Findings) -> None:
    """Read width and height, 16.16 fixed point at the end of the box (8.3.2)."""
    body = source.read(box.start, min(256, box.end - box.start))
    if len(body) >= 84 and findings.known("stored_width") is None:
        findings.put("Sequence", "TrackWidth", int.from_bytes(body[-8:-4], "big") >> 16)
        findings.put("Sequence", "TrackHeight", int.from_bytes(body[-4:], "big") >> 16)


def _media_header(source: Source, box: Box, findings: Findings) -> None:
    body = source.read(box.start, 36)
    wide = body[:1] == b"\1"
    at, size = (20, 8) if wide else (12, 4)
    scale = int.from_bytes(body[at : at + 4], "big")
    duration = int.from_bytes(body[at + 4 : at + 4 + size], "big")
    if scale and 0 < duration < 1 << 8 * size - 1:
        findings.fact("duration", duration / scale, "BMFF:mdhd")


def promote(findings: Findings) -> None:
    """Take the track's size for the image's, in a file without a primary item."""
    tags = findings.group("Sequence")
    if tags.get("TrackWidth") and tags.get("TrackHeight"):
        findings.fact("stored_width", tags["TrackWidth"], "BMFF:tkhd")
        findings.fact("stored_height", tags["TrackHeight"], "BMFF:tkhd")
