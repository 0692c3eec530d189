"""Read the trailers that cameras append to a picture: Samsung's, and the video of a motion photo."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.metadata.findings import Findings
    from image_processing.source import Source

TAIL = 1 << 12  # bytes at the end of a file in which a trailer shows
MAX_DIRECTORY = 1 << 16  # bytes of Samsung's directory
MAX_VIDEO = 64 << 20  # bytes at the end of a file that are searched for a video
MAX_CANDIDATES = 16
_BLOCK = 1 << 20
_END_OF_IMAGE = b"\xff\xd9"
_VIDEO = frozenset((b"ftyp", b"moov"))


def read(source: Source, start: int, findings: Findings) -> None:
    """Read the data after the pixels of a JPEG, which begin at `start`; most have nothing there.

    Of a ranged source nothing but the end of the file is read.
    """
    first = max(start, source.size - TAIL)
    tail = source.read(first, TAIL)
    if tail.rstrip(b"\0").endswith(_END_OF_IMAGE):
        return
    end = tail.rfind(b"SEFT")
    if end >= 0 and samsung(source, first + end + 4, findings):
        return
    first = max(first if source.ranged else start, source.size - MAX_VIDEO)
    if any(_is_video(source, at - 4) for at in _found(source, b"ftyp", first)):
        findings.fact("motion_photo", True, "JPEG:trailer")


def samsung(source: Source, end: int, findings: Findings) -> bool:
    """Read Samsung's trailer that ends at `end`: a directory ("SEFH" ... "SEFT") of named blocks that precede it.

    Tell whether there is one.
    """
    length, mark = struct.unpack("<I4s", source.read(end - 8, 8).rjust(8, b"\0"))
    start = end - 8 - length
    if mark != b"SEFT" or length > MAX_DIRECTORY or source.read(start, 4) != b"SEFH":
        return False
    directory = source.read(start + 12, length - 12)
    for distance, size in struct.iter_unpack("<4xII", directory[: len(directory) // 12 * 12]):
        at = start - distance
        head = source.read(at, min(size, 64))
        findings.budget.spend()
        name_end = 8 + int.from_bytes(head[4:8], "little")
        name = head[8:name_end]
        if name == b"MotionPhoto_Data" and size > name_end:
            findings.fact("motion_photo", True, "Samsung:MotionPhoto_Data")
        elif name == b"Image_UTC_Data" and (value := head[name_end:size].rstrip(b"\0")).isdigit():
            findings.put("Samsung", "TimeStamp", int(value))
    return True


def _found(source: Source, mark: bytes, start: int) -> Iterator[int]:
    """Give where a mark stands after `start`, the last one first; a few of them."""
    end = source.size
    left = MAX_CANDIDATES
    while end > start and left:
        first = max(start, end - _BLOCK)
        block = source.read(first, end - first + len(mark) - 1)
        at = block.rfind(mark)
        while at >= 0 and left:
            yield first + at
            left -= 1
            at = block.rfind(mark, 0, at)
        end = first


def _is_video(source: Source, start: int) -> bool:
    """Tell whether an MP4 begins at `start`."""
    return {box.kind for box in boxes.walk(source, start, source.size)} >= _VIDEO
