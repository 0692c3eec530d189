"""Find the JPEG preview that a camera embeds in a RAW file: the pixels of RAW that can be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from image_processing.errors import NotDecodable
from image_processing.metadata import tiff_structure
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.metadata.record import ImageMetadata
    from image_processing.source import Source

MAX_DIRECTORIES = 64
MAX_PREVIEW = 32 << 20  # bytes
MAX_SEGMENTS = 256  # before the frame of a preview

_MAGIC = {42: False, 43: True, 0x55: False, 0x4F52: False, 0x5352: False}  # TIFF, BigTIFF, RW2, ORF
_SUB_IFDS, _EXIF_IFD = 0x014A, 0x8769
_POINTERS = ((0x0201, 0x0202), (0x0111, 0x0117))  # JPEGInterchangeFormat; StripOffsets
_JPEG_FROM_RAW = 0x002E  # Panasonic keeps the whole preview in one tag


class _Span(NamedTuple):
    offset: int
    length: int


def largest(source: Source, metadata: ImageMetadata) -> Source:
    """Read the largest JPEG preview of a RAW file: the one the metadata knows, or one in a TIFF directory.

    Raises:
        NotDecodable: there is no preview that can be shown.

    """
    known = _Span(metadata.get("preview_offset", 0), metadata.get("preview_length", 0))
    for span in sorted({known, *_spans(source)}, key=lambda span: -span.length):
        if span.length <= MAX_PREVIEW and _is_shown(source, span):
            return BytesSource(source.read(span.offset, span.length))
    raise NotDecodable("This RAW file holds no preview that can be shown. Please send a JPEG of it.")


def _is_shown(source: Source, span: _Span) -> bool:
    """Tell a preview from raw data, which cameras keep as lossless JPEG (ITU-T T.81, SOF3) too."""
    head = source.read(span.offset, 4)
    position = span.offset + 2
    for _ in range(MAX_SEGMENTS if head[:2] == b"\xff\xd8" else 0):
        if position >= span.offset + min(span.length, 1 << 17):
            return False
        segment = source.read(position, 4)
        if len(segment) < 4 or segment[0] != 0xFF:
            return False
        if segment[1] in (0xC0, 0xC1, 0xC2):
            return True
        if segment[1] == 0xC3:
            return False
        position += 2 + int.from_bytes(segment[2:], "big")
    return False


def _spans(source: Source) -> Iterator[_Span]:
    root = tiff_structure.header(source, magic=_MAGIC)
    if root is None:
        return
    waiting, seen = [root.first], set[int]()
    while waiting and len(seen) < MAX_DIRECTORIES:
        offset = waiting.pop(0)
        if offset in seen or offset <= 0:
            continue
        seen.add(offset)
        directory = tiff_structure.directory(root, offset)
        waiting.append(directory.following)
        entries = {entry.tag: entry for entry in directory.entries}
        for tag in (_SUB_IFDS, _EXIF_IFD):
            waiting.extend(_numbers(root, entries.get(tag)))
        for pair in _POINTERS:
            where, length = (_numbers(root, entries.get(tag)) for tag in pair)
            if len(where) == len(length) == 1:
                yield _Span(where[0], length[0])
        if _JPEG_FROM_RAW in entries:
            yield _Span(entries[_JPEG_FROM_RAW].offset, entries[_JPEG_FROM_RAW].size)


def _numbers(root: tiff_structure.Tiff, entry: tiff_structure.Entry | None) -> list[int]:
    data = tiff_structure.raw_value(root, entry) if entry is not None else None
    value = tiff_structure.value(root, entry, data) if entry is not None and data is not None else None
    numbers = value if isinstance(value, tuple) else (value,)
    return [number for number in numbers if isinstance(number, int)]
