"""The headers of a JPEG 2000 file (ISO/IEC 15444-1): its codec's allocations, and its greatest reduction."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from image_processing.errors import Corrupt, NotDecodable, Truncated
from image_processing.metadata import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_processing.metadata.boxes import Box
    from image_processing.source import Source

LACKING = "The file lacks a part of its image. Please send the whole file again."

_COD, _COC, _SOT, _SOD = 0xFF52, 0xFF53, 0xFF90, 0xFF93  # table A.2
_MAX_MARKERS = 1024  # of a header
_SOT_LENGTH = 12  # A.4.2, with its marker
_TILE_PARTS = 255  # of a tile, at most
_FEW = 8  # samples of a component on an axis: a thin image gains little by fewer, and they lie off its middle
_MAX_LEVELS = 32  # A.6.1


class Siz(NamedTuple):
    """The header of a codestream (A.5.1)."""

    start: int  # of the codestream in the file
    width: int
    height: int
    tiles: int
    components: int
    tile: tuple[int, int] = (0, 0)  # width and height of one, within the image


def siz(source: Source) -> Siz | None:
    """Read the SIZ marker of a JPEG 2000 file or codestream; None where it does not stand after SOC."""
    start = 0
    if source.read(0, 2) != b"\xff\x4f":
        start = next((box.start for box in boxes.walk(source, 0, source.size) if box.kind == b"jp2c"), -1)
    head = source.read(start, 42) if start >= 0 else b""
    if len(head) < 42 or head[:4] != b"\xff\x4f\xff\x51":
        return None
    right, bottom, left, top, across, down, first, upper = struct.unpack_from(">8I", head, 8)
    if not (across and down and right > left and bottom > top):
        return None
    tiles = -(-(right - first) // across) * -(-(bottom - upper) // down)
    width, height = right - left, bottom - top
    tile = min(across, width), min(down, height)
    return Siz(start, width, height, tiles, int.from_bytes(head[40:42], "big"), tile)


def check_size(source: Source, siz: Siz) -> None:
    """Refuse a file whose boxes tell another size than its codestream: neither is believed.

    Raises:
        Corrupt: they differ.

    """
    for box in _header_boxes(source):
        if box.kind == b"ihdr" and source.read(box.start, 8) != struct.pack(">II", siz.height, siz.width):
            raise Corrupt(
                "The JPEG 2000 header and its codestream tell different sizes. Please export the image again."
            )


def depth(source: Source, siz: Siz) -> int:
    """Return the most bits that a sample has."""
    return max((size & 0x7F for size in source.read(siz.start + 42, 3 * siz.components)[::3]), default=0) + 1


def palette_channels(source: Source) -> int:
    """Return how many channels a palette makes of an index (I.5.3.4); 0 where there is no palette."""
    counts = [source.read(box.start + 2, 1) for box in _header_boxes(source) if box.kind == b"pclr"]
    return max((count[0] for count in counts if count), default=0)


def enumerated_space(source: Source) -> int | None:
    """Return the number of the colour space (I.5.3.3); None where it is told by a profile, or not at all."""
    heads = (source.read(box.start, 7) for box in _header_boxes(source) if box.kind == b"colr")
    return next((int.from_bytes(head[3:], "big") for head in heads if head[:1] == b"\1"), None)


def _header_boxes(source: Source) -> Iterator[Box]:
    if source.read(0, 2) == b"\xff\x4f":
        return
    for box in boxes.walk(source, 0, source.size):
        if box.kind == b"jp2h":
            yield from boxes.walk(source, box.start, box.end)


def code_blocks(source: Source, siz: Siz) -> int:
    """Return how many code-blocks and precincts a tile is cut into, by COD and COC of the main header (A.6)."""
    styles = (_style(segment, siz) for segment in _segments(source, siz.start + 2))
    return max((_blocks(siz.tile, *style) for style in styles if style), default=0) * siz.components


def halvings(source: Source, siz: Siz, size: tuple[int, int]) -> int:
    """Return how often the codec can halve an image that is to be of `size` at last.

    One component keeps as many samples as that, each keeps a few, and each has the levels in every tile.

    Raises:
        NotDecodable: a component has no sample within the image.
        Truncated: there is no part of a tile, which OpenJPEG would leave black.

    """
    least, at = _enough_samples(source, siz, size), siz.start + 2
    for segment in _segments(source, at):
        least, at = _fewer(least, segment, siz), segment.end
    found: set[int] = set()
    for _ in range(siz.tiles * _TILE_PARTS):
        head = source.read(at, _SOT_LENGTH)
        if len(found) == siz.tiles or len(head) < _SOT_LENGTH or head[:2] != b"\xff\x90":
            break
        tile, length = struct.unpack_from(">HI", head, 4)
        found.add(tile)
        for segment in _segments(source, at + _SOT_LENGTH):
            least = _fewer(least, segment, siz)
        at += length or source.size  # 0: up to the end
    if len(found) < siz.tiles:
        raise Truncated(LACKING)
    return least


def _enough_samples(source: Source, siz: Siz, size: tuple[int, int]) -> int:
    right, bottom, left, top = struct.unpack(">4I", source.read(siz.start + 8, 16))
    steps = source.read(siz.start + 42, 3 * siz.components)
    some, enough = _MAX_LEVELS, 0
    for across, down in zip(steps[1::3], steps[2::3], strict=False):
        columns, rows = _Axis(left, right, max(across, 1)), _Axis(top, bottom, max(down, 1))
        some = min(some, columns.halvings(_FEW), rows.halvings(_FEW))
        enough = max(enough, min(columns.halvings(size[0]), rows.halvings(size[1])))
    if some < 0:
        raise NotDecodable("A component of the JPEG 2000 has no samples. Please send a larger image.")
    return min(some, enough)


class _Axis(NamedTuple):
    """The edges of an image on the reference grid, and the step of a component (B.2)."""

    start: int
    end: int
    step: int

    def halvings(self, least: int) -> int:
        """Tell how often the samples can be halved until there are fewer; -1 where there are none at all.

        How many there are depends on where they lie: a single one at an odd place is not among the half.
        """
        first, after = (-(-edge // self.step) for edge in (self.start, self.end))
        counts = [-(-after >> times) - -(-first >> times) for times in range(_MAX_LEVELS + 1)]
        if not counts[0]:
            return -1
        return max(0, next((times for times, count in enumerate(counts) if count < least), _MAX_LEVELS) - 1)


class _Segment(NamedTuple):
    """A marker segment: its code, its first bytes after the length, where it ends."""

    marker: int
    body: bytes
    end: int


def _segments(source: Source, at: int) -> Iterator[_Segment]:
    """Give the marker segments of a main header or of a tile-part's."""
    for _ in range(_MAX_MARKERS):
        head = source.read(at, 64)
        marker, length = int.from_bytes(head[:2], "big"), int.from_bytes(head[2:4], "big")
        if len(head) < 4 or marker < 0xFF00 or marker in (_SOT, _SOD):
            return
        at += 2 + length
        yield _Segment(marker, head[4 : 2 + length], at)


def _style(segment: _Segment, siz: Siz) -> tuple[int, bytes] | None:
    """Read from COD or COC whether precincts have sizes, and SPcod or SPcoc, whose first byte is the levels."""
    if segment.marker == _COD and len(segment.body) > 5:
        return segment.body[0] & 1, segment.body[5:]
    if segment.marker == _COC:
        style = segment.body[1 if siz.components < 257 else 2 :]
        return (style[0] & 1, style[1:]) if len(style) > 1 else None
    return None


def _fewer(levels: int, segment: _Segment, siz: Siz) -> int:
    style = _style(segment, siz)
    return min(levels, style[1][0]) if style else levels


def _blocks(tile: tuple[int, int], own_precincts: int, style: bytes) -> int:
    """Count the blocks of a component: of `style`, its levels, block exponents less two, two flags, precincts."""
    if len(style) < 5:
        return 0
    levels = min(style[0], _MAX_LEVELS)
    widest, tallest = style[1] + 2, style[2] + 2
    total = 0
    for level in range(levels + 1):
        size = style[5 + level] if own_precincts and len(style) > 5 + level else 0xFF
        precinct = size & 15, size >> 4
        inner = [max(0, exponent - (level > 0)) for exponent in precinct]  # each sub-band has half of it
        across, down = (-(-side >> levels - level) for side in tile)
        blocks = -(-across >> min(widest, inner[0])) * -(-down >> min(tallest, inner[1]))
        total += blocks + -(-across >> precinct[0]) * -(-down >> precinct[1])
    return total
