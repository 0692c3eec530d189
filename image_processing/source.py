"""An image read by byte ranges: from memory, from a file, or from anything that serves ranges (S3)."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable

FILE_BLOCK = 1 << 16
RANGE_WHOLE = 1 << 16  # an object no larger than this is fetched in one request
RANGE_HEAD = 1 << 13  # most directories of tags begin within it
RANGE_BLOCK = 1 << 12  # what a seek fetches at least; doubled while the reader moves on
RANGE_CACHE = 64  # blocks kept
RANGE_KEPT = 32 << 20  # bytes kept
RANGE_LARGEST = 8 << 20  # the most that is fetched beyond what is asked for
RANGE_PATIENCE = 16  # requests after which every block grows: no file is worth thousands of requests
RANGE_PACE = 4  # requests from then on until it doubles


class Source(Protocol):
    """Bytes that can be read from anywhere."""

    @property
    def size(self) -> int:
        """The number of bytes in all."""

    @property
    def ranged(self) -> bool:
        """Whether a read may be a request over the network, so that bytes that may not be needed stay there."""

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the source ends."""


class BytesSource:
    """Bytes in memory."""

    ranged = False

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the data ends."""
        if offset < 0 or length <= 0:
            return b""
        return self.data[offset : offset + length]


class WindowSource:
    """A part of another source, read as if it were all there is."""

    def __init__(self, source: Source, start: int, size: int) -> None:
        self._source = source
        self._start = start
        self.size = max(min(size, source.size - start), 0)
        self.ranged = source.ranged

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the part ends."""
        if offset < 0 or offset >= self.size:
            return b""
        return self._source.read(self._start + offset, min(length, self.size - offset))


class FileSource:
    """A file on disk, read through one buffered block; a context manager when it opens the file itself.

    Reads name their offset (pread(2)), so that several processes may read one open file at the same time. A file
    that was written must be flushed.
    """

    ranged = False

    def __init__(self, path_or_file: str | os.PathLike[str] | BinaryIO | io.FileIO) -> None:
        self._owned = isinstance(path_or_file, str | os.PathLike)
        self.file: BinaryIO | io.FileIO = (
            io.FileIO(path_or_file) if isinstance(path_or_file, str | os.PathLike) else path_or_file
        )
        self.size = os.fstat(self.file.fileno()).st_size
        self._block = b""
        self._start = 0

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the file ends."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        at = offset - self._start
        if at < 0 or at + length > len(self._block):
            length = min(length, self.size - offset)
            if length >= FILE_BLOCK:
                return self._fill(offset, length)
            self._start, self._block = offset, self._fill(offset, FILE_BLOCK)
            at = 0
        return self._block[at : at + length]

    def _fill(self, offset: int, length: int) -> bytes:
        data = os.pread(self.file.fileno(), length, offset)
        while len(data) < length and (
            more := os.pread(self.file.fileno(), length - len(data), offset + len(data))
        ):
            data += more
        return data

    def close(self) -> None:
        """Close the file, if it was opened here."""
        if self._owned:
            self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RangeSource:
    """Bytes behind `fetch(offset, length)`, cached so that few large requests are made, not many small ones.

    A small object comes whole with the first read; of a larger one the head comes first, then blocks where the
    reader seeks, growing while it reads on in order, and after many requests in any case. `requests` and `fetched`
    (bytes) count the requests.
    """

    ranged = True

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        self.size = size
        self.requests = 0
        self.fetched = 0
        self._fetch = fetch
        self._runs: OrderedDict[int, bytes] = OrderedDict()  # start -> bytes, least recently used first
        self._kept = 0  # bytes in `_runs`
        self._step = RANGE_BLOCK

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the object ends."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        length = min(length, self.size - offset)
        pieces = []
        while length > 0:
            piece = self._piece(offset, length)
            if not piece:
                break
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece(self, offset: int, length: int) -> bytes:
        for start, data in reversed(self._runs.items()):  # a reader goes on where it was
            if start <= offset < start + len(data):
                self._runs.move_to_end(start)
                return data[offset - start : offset - start + length]
        start, wanted = self._plan(offset, length)
        data = self._fetch(start, wanted)[:wanted]
        self.requests += 1
        self.fetched += len(data)
        self._runs[start] = data
        self._kept += len(data)
        while len(self._runs) > RANGE_CACHE or (self._kept > RANGE_KEPT and len(self._runs) > 1):
            self._kept -= len(self._runs.popitem(last=False)[1])
        return data[offset - start : offset - start + length]

    def _plan(self, offset: int, length: int) -> tuple[int, int]:
        if self.size <= RANGE_WHOLE:
            return 0, self.size
        if not self._runs and offset < RANGE_HEAD:
            return 0, min(max(RANGE_HEAD, offset + length), self.size)
        if any(start + len(data) == offset for start, data in self._runs.items()):
            self._step = min(self._step * 2, 1 << 20)
        else:
            self._step = RANGE_BLOCK
        doublings = min(max(self.requests - RANGE_PATIENCE, 0) // RANGE_PACE, 16)
        least = min(RANGE_BLOCK << doublings, RANGE_LARGEST)
        end = min(offset + max(length, self._step, least), self.size)
        later = [start for start in self._runs if offset < start < end]
        return offset, min([*later, end]) - offset


def window(source: Source, start: int, size: int) -> Source:
    """Give a part of a source as a source; a small part of a local one is copied, for many small reads."""
    if source.ranged or isinstance(source, WindowSource) or size > FILE_BLOCK:
        return WindowSource(source, start, size)
    return BytesSource(source.read(start, size))


class _View(io.RawIOBase):
    """A Source as an unbuffered file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise OSError("seek before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def open_source(source: Source) -> io.BufferedIOBase:
    """Open a source as a file that can be read and sought, for Pillow."""
    if isinstance(source, BytesSource):
        return io.BytesIO(source.data)
    return io.BufferedReader(_View(source), FILE_BLOCK)
