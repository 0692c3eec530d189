"""Walk the boxes of ISO base media files (ISO/IEC 14496-12, 4.2), JPEG 2000 and JPEG XL."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.source import Source

MAX_BOXES = 5000  # in one container


class Box(NamedTuple):
    """A box: its type, where its content starts and ends, whether the file holds all of it."""

    kind: bytes
    start: int
    end: int
    whole: bool


def walk(source: Source, start: int, end: int) -> Iterator[Box]:
    """Give the boxes between two offsets; stop at an impossible one."""
    for _ in range(MAX_BOXES):
        head = source.read(start, 16) if end - start >= 8 else b""
        if len(head) < 8:
            return
        size, kind, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            if len(head) < 16:
                return
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - start
        if size < header:
            return
        yield Box(kind, start + header, min(start + size, end), start + size <= end)
        start += size


class Cursor:
    """A reader that moves on through bytes; past the end it gives zeros and says so."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    @property
    def over(self) -> bool:
        """Whether more was read than there is."""
        return self.at > len(self.data)

    def number(self, size: int) -> int:
        """Read an unsigned big-endian number of `size` bytes."""
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        self.at += size
        return self.data[self.at - size : self.at]

    def string(self) -> bytes:
        """Read up to a NUL and move after it."""
        end = self.data.find(b"\0", self.at)
        end = len(self.data) if end < 0 else end
        start, self.at = self.at, end + 1
        return self.data[start:end]
