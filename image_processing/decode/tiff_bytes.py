"""The bytes of the strips or tiles of a TIFF, decompressed, without interpretation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.decode import tiff_parts
from image_processing.errors import Truncated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from image_processing.decode.tiff_parts import Layout
    from image_processing.source import Source

RAW, PACKBITS = 1, 32773
CODECS = frozenset((RAW, PACKBITS, 5, 8, 32946, 34925, 50000))
"""The compressions of bytes of any meaning: LZW, Deflate (two numbers), LZMA, Zstandard."""

_REVERSED_BITS = 2  # FillOrder
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_BATCH = 4 << 20  # bytes that libtiff decodes at once


def decompressed(
    source: Source, tags: Mapping[int, Any], layout: Layout, sizes: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, bytes]]:
    """Give the bytes of each part, by its number; `sizes` are the bytes of a row and the rows of each.

    Raises:
        Truncated: a part is missing or short.
        OSError: libtiff cannot decode a part.

    """
    if tags.get(259, RAW) == RAW:
        for part, (row, rows) in enumerate(sizes):
            data = source.read(layout.offsets[part], row * rows)
            if len(data) < row * rows:
                raise Truncated(tiff_parts.LACKING)
            yield part, data.translate(_REVERSED) if tags.get(266) == _REVERSED_BITS else data
        return
    parts = tiff_parts.read(layout, source)
    reading = {258: 8, 262: 1, 277: 1, 266: tags.get(266, 1)}
    first = 0
    while first < len(sizes):
        end = _batch(sizes, first)
        row = sizes[first][0]
        heights = [rows for _, rows in sizes[first:end]]
        whole = {256: row, 257: sum(heights), 278: heights[0]}
        data = tiff_parts.decoded(tags, whole, parts[first:end], reading).tobytes()
        for part, rows in enumerate(heights, first):
            yield part, data[: row * rows]
            data = data[row * rows :] if len(heights) > 1 else b""
        first = end


def _batch(sizes: Sequence[tuple[int, int]], first: int) -> int:
    """Tell up to which part all are of a size; but the last may have fewer rows."""
    row, rows = sizes[first]
    most = first + max(1, _BATCH // max(1, row * rows))
    end = first + 1
    while (
        end < min(len(sizes), most)
        and sizes[end - 1] == sizes[first]
        and sizes[end][0] == row
        and sizes[end][1] <= rows
    ):
        end += 1
    return end
