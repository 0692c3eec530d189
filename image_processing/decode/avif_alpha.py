"""Give the alpha of an AVIF its size where the file leaves it out, as early encoders did.

Every image item has an `ispe` (ISO/IEC 23008-12, 6.5.3.1), and libavif refuses a file whose alpha has none
(AVIF_STRICT_ALPHA_ISPE_REQUIRED). Alpha is as large as its picture, so it gets the size of that: in a copy of the
"meta" box at the end of the file, so that no offset in it changes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from image_processing.metadata import boxes, items
from image_processing.metadata.budget import Budget
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from image_processing.source import Source

_MAX_META = 1 << 20  # bytes


def with_sizes(source: Source) -> Source:
    """Return an AVIF in which each auxiliary image has a size; the file as it is where none lacks one."""
    start = 0
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"meta":
            missing = _missing(items.read_items(source, box, Budget()))
            if not missing or box.end - box.start > _MAX_META or not box.whole:
                return source
            content = source.read(box.start, 4) + _content(source, box.start + 4, box.end, missing)
            kind = start + 4  # of the old box, which is free space from now on
            head = source.read(0, kind) + b"free" + source.read(kind + 4, source.size)
            return BytesSource(head + _box(b"meta", content))
        start = box.end
    return source


def _missing(meta: items.Meta) -> dict[int, int]:
    """Return the number of the property that each auxiliary image without a size lacks."""
    found = {}
    for kind, item, targets in meta.references:
        if kind == b"auxl" and item in meta.items and targets and _size(meta, item) is None:
            size = _size(meta, targets[0])
            if size is not None:
                found[item] = size
    return found


def _size(meta: items.Meta, item: int) -> int | None:
    numbers = meta.associations.get(item, {})
    known = (number for number in numbers if number <= len(meta.properties))
    return next((number for number in known if meta.properties[number - 1].kind == b"ispe"), None)


def _content(source: Source, start: int, end: int, missing: Mapping[int, int]) -> bytes:
    """Return boxes with the associations ("ipma" in "iprp") that are missing."""
    made = b""
    for box in boxes.walk(source, start, end):
        if box.kind == b"iprp":
            made += _box(box.kind, _content(source, box.start, box.end, missing))
        elif box.kind == b"ipma":
            made += _box(box.kind, _associations(source.read(box.start, box.end - box.start), missing))
        else:
            made += source.read(start, box.end - start)
        start = box.end
    return made


def _associations(body: bytes, missing: Mapping[int, int]) -> bytes:
    """Return an "ipma" (ISO/IEC 23008-12, 9.3.1) with one more association of each item that lacks one."""
    cursor = boxes.Cursor(body)
    version, flags = cursor.number(1), cursor.number(3)
    width, code = 4 if version else 2, ">H" if flags & 1 else "B"
    made = cursor.data[:4] + (count := cursor.take(4))
    for _ in range(min(int.from_bytes(count, "big"), items.MAX_ITEMS)):
        item = cursor.number(width)
        properties = cursor.number(1)
        found = cursor.take(properties * struct.calcsize(code))
        if cursor.over:
            break
        if item in missing and properties < 0xFF and missing[item] < 0x80:
            found += struct.pack(code, missing[item])
            properties += 1
        made += item.to_bytes(width, "big") + bytes((properties,)) + found
    return made


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content
