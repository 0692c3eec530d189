"""The strips or tiles of a TIFF: where they lie, their bytes, and their decode from a plain copy."""

from __future__ import annotations

import bisect
import io
import math
import struct
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from PIL import Image

from image_processing.errors import Corrupt, Truncated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL.TiffImagePlugin import TiffImageFile

    from image_processing.source import Source

LACKING = "Some of the image's pixels are missing from the file. Please export the image again."

_SEPARATE = 2  # TIFF 6.0, PlanarConfiguration
_YCBCR = 6  # PhotometricInterpretation
# What tells how to read a part: bits per sample, photometric interpretation, fill order, samples per pixel, planar
# configuration, options of Group 3, predictor, colour map, extra samples, sample format, JPEG tables, and of YCbCr
# coefficients, subsampling, reference black and white.
_READING = (258, 262, 266, 277, 284, 292, 317, 320, 338, 339, 347, 529, 530, 532)
_PLACES = (256, 257, 259, 273, 278, 279, 322, 323, 324, 325)  # sizes, compression, offsets, sizes in bytes
_OLD_JPEG_TABLES = range(512, 522)  # TIFF 6.0, section 22
_KINDS = {347: (7, "B"), 529: (11, "f"), 532: (11, "f")}  # UNDEFINED, FLOAT; all others are LONG
_IN_MEMORY = 16 << 20  # bytes of a copy
_HEADER = 8


class Layout(NamedTuple):
    """How an image of `image` pixels is cut: row by row into parts of `size` pixels, plane after plane."""

    image: tuple[int, int]
    size: tuple[int, int]
    tiled: bool
    planes: int
    offsets: Sequence[int]
    counts: Sequence[int]  # bytes of each part; none where that is not told

    @property
    def across(self) -> int:
        """The number of parts beside each other."""
        return math.ceil(self.image[0] / self.size[0])

    @property
    def in_plane(self) -> int:
        """The number of parts of a plane."""
        return self.across * math.ceil(self.image[1] / self.size[1])

    @property
    def sizes(self) -> dict[int, int]:
        """The tags that tell the sizes of the image and of its parts."""
        image = {256: self.image[0], 257: self.image[1]}
        return image | ({322: self.size[0], 323: self.size[1]} if self.tiled else {278: self.size[1]})

    def top(self, part: int) -> int:
        """Tell the row of the image at which a part begins."""
        return part % self.in_plane // self.across * self.size[1]

    def shown(self, part: int) -> int:
        """Tell how many rows of a part belong to the image."""
        return min(self.size[1], self.image[1] - self.top(part))

    def rows(self, part: int) -> int:
        """Tell how many rows a part holds: tiles are padded, the last strip is not."""
        return self.size[1] if self.tiled else self.shown(part)


def layout(image: TiffImageFile) -> Layout:
    """Read from the directory of an opened TIFF how its image is cut; raises as `cut`."""
    return cut(dict(image.tag_v2), len(image.getbands()))


def cut(tags: Mapping[int, Any], bands: int) -> Layout:
    """Read from the tags of a directory how its image of some bands is cut.

    Raises:
        Truncated: the directory lists too few strips or tiles to cover the image.
        Corrupt: it does not tell where they are.

    """
    tiled = 273 not in tags or (322 in tags and tags.get(259, 1) != 1)  # as Pillow reads uncompressed ones
    width, height = tags[256], tags[257]
    size: Any = (tags.get(322), tags.get(323)) if tiled else (width, tags.get(278, height))
    own = tiled and 324 in tags  # some writers list tiles as strips
    offsets: Any = tags.get(324 if own else 273)
    counts: Any = tags.get(325 if own else 279, ())
    if not (_whole(size) and min(size) > 0 and _whole(offsets) and _whole(counts)):
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    if not tiled:
        size = width, min(size[1], height)
    planes = bands if tags.get(284) == _SEPARATE else 1
    found = Layout((width, height), size, tiled, planes, offsets, counts)
    needed = found.in_plane * planes
    if len(offsets) < needed or 0 < len(counts) < needed:
        raise Truncated(LACKING)
    return found._replace(offsets=offsets[:needed], counts=counts[:needed])


def _whole(values: Any) -> bool:
    return isinstance(values, tuple) and all(isinstance(value, int) for value in values)


def read(layout: Layout, source: Source) -> list[bytes]:
    """Read each part; one whose size is not told ends where the next one begins, or with the file.

    Raises:
        Truncated: a part is empty, or lies beyond the end of the file.

    """
    counts, gaps = layout.counts, _gaps(layout.offsets, source.size)
    if not any(counts):
        counts = gaps
    if any(offset + count > source.size for offset, count in zip(layout.offsets, counts, strict=True)):
        raise Truncated(LACKING)
    if sum(count for _, count in {*zip(layout.offsets, counts, strict=True)}) > source.size:  # on each other
        counts = [min(count, gap) for count, gap in zip(counts, gaps, strict=True)]
    parts = [source.read(offset, count) for offset, count in zip(layout.offsets, counts, strict=True)]
    if not all(parts):
        raise Truncated(LACKING)
    return parts


def _gaps(offsets: Sequence[int], size: int) -> list[int]:
    ends = sorted({*offsets, size})
    return [max(0, ends[min(bisect.bisect_right(ends, offset), len(ends) - 1)] - offset) for offset in offsets]


def decoded(
    tags: Mapping[int, Any],
    sizes: Mapping[int, int],
    parts: Sequence[bytes],
    reading: Mapping[int, Any] | None = None,
) -> Image.Image:
    """Decode parts from a TIFF that holds nothing else.

    `sizes` are the tags that tell the sizes of the image and of its parts. The parts are read as `tags`, or as the
    tags `reading` tell.
    """
    if reading is None:
        reading = {tag: tags[tag] for tag in _READING if tag in tags}
    places: dict[bytes, int] = {}
    start = _HEADER
    for part in parts:
        if part not in places:
            places[part] = start
            start += len(part)
    offsets, counts = (324, 325) if 322 in sizes else (273, 279)
    cut = {offsets: tuple(places[part] for part in parts), counts: tuple(map(len, parts))}
    chunks = list(places)
    del places, parts  # nothing but the copy shall hold them while it is decoded
    return _opened({262: 0, **reading, 259: tags[259], **sizes, **cut}, chunks)  # without 262 Pillow takes 0


def decoded_in_place(image: TiffImageFile, source: Source) -> Image.Image:
    """Decode old JPEG, whose tables lie anywhere, from the whole file with a plain directory added."""
    tags: dict[int, Any] = dict(image.tag_v2)
    values = {tag: tags[tag] for tag in (*_READING, *_PLACES, *_OLD_JPEG_TABLES) if tag in tags}
    if len(image.getbands()) > 1:
        values[262] = _YCBCR  # Pillow takes it for that, whatever the file says
    return _opened(values, [source.read(_HEADER, source.size - _HEADER)])


def _opened(values: Mapping[int, Any], chunks: list[bytes]) -> Image.Image:
    """Write a TIFF of chunks, which are let go, and a directory of whole numbers, fractions and bytes; load it."""
    start = _HEADER + sum(map(len, chunks))
    beyond = start + 2 + 12 * len(values) + 4
    entries, longer = b"", b""
    for tag, value in sorted(values.items()):
        items = value if isinstance(value, bytes | tuple) else (value,)
        kind, code = _KINDS.get(tag, (4, "I"))
        item = items if isinstance(items, bytes) else struct.pack(f"<{len(items)}{code}", *items)
        entries += struct.pack("<HHI", tag, kind, len(items))
        if len(item) > 4:
            entries += struct.pack("<I", beyond + len(longer))
            longer += item
        else:
            entries += item.ljust(4, b"\0")
    head = struct.pack("<2sHI", b"II", 42, start)
    # A large copy lies in a file, from which libtiff reads: memory is for the pixels
    with io.BytesIO() if start <= _IN_MEMORY else tempfile.TemporaryFile() as file:
        file.write(head)
        while chunks:
            file.write(chunks.pop(0))
        file.writelines([struct.pack("<H", len(values)), entries, bytes(4), longer])
        file.seek(0)
        with Image.open(file, formats=("TIFF",)) as copy:
            copy.load()
            return cast("Image.Image", copy)
