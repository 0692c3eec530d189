"""How the stored pixels of HEIF and AVIF are shown: clean aperture, rotation, mirror (ISO/IEC 23008-12, 6.5)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.metadata.items import Property

CLEAN_APERTURE, ROTATION, MIRROR = b"clap", b"irot", b"imir"
KINDS = frozenset((CLEAN_APERTURE, ROTATION, MIRROR))

# an orientation as a matrix (a, b, c, d) that maps stored (x, y), y down, to shown ones
_Matrix = tuple[int, int, int, int]
_QUARTER, _UPSIDE_DOWN, _LEFT_RIGHT = (0, 1, -1, 0), (1, 0, 0, -1), (-1, 0, 0, 1)
_ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    _LEFT_RIGHT: 2,
    (-1, 0, 0, -1): 3,
    _UPSIDE_DOWN: 4,
    (0, 1, 1, 0): 5,
    (0, -1, 1, 0): 6,
    (0, -1, -1, 0): 7,
    _QUARTER: 8,
}


class Area(NamedTuple):
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int


class Shown(NamedTuple):
    """The part of the stored pixels that is shown, then its Exif orientation; whether every aperture was valid."""

    area: Area
    orientation: int
    valid: bool = True


def shown(size: tuple[int, int], properties: Iterable[Property]) -> Shown:
    """Apply transforms, each (type, body), in their order to stored pixels of a size; skip an invalid aperture."""
    area, matrix, valid = Area(0, 0, *size), (1, 0, 0, 1), True
    for kind, body in properties:
        if kind == ROTATION and body:  # quarter turns, anticlockwise
            for _ in range(body[0] & 3):
                matrix = _after(_QUARTER, matrix)
        elif kind == MIRROR and body:
            matrix = _after(_LEFT_RIGHT if body[0] & 1 else _UPSIDE_DOWN, matrix)
        elif kind == CLEAN_APERTURE:
            turned = matrix[0] == 0
            part = _aperture(body, area.height if turned else area.width, area.width if turned else area.height)
            valid = valid and part is not None
            area = _within(area, part, matrix) if part else area
    return Shown(area, _ORIENTATIONS[matrix], valid)


def _after(second: _Matrix, first: _Matrix) -> _Matrix:
    (a, b, c, d), (e, f, g, h) = second, first
    return (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)


def _aperture(body: bytes, width: int, height: int) -> Area | None:
    """Read a clean aperture (14496-12, 12.1.4) in a picture of a size; None where it is not within the picture."""
    if len(body) < 32:
        return None
    numbers = struct.unpack_from(">IIIIiIiI", body)
    left, shown_width = _span(width, numbers[0:2], numbers[4:6])
    top, shown_height = _span(height, numbers[2:4], numbers[6:8])
    if shown_width < 1 or shown_height < 1 or left < 0 or top < 0:
        return None
    if left + shown_width > width or top + shown_height > height:
        return None
    return Area(left, top, shown_width, shown_height)


def _span(whole: int, length: tuple[int, int], offset: tuple[int, int]) -> tuple[int, int]:
    """Place a length, whose middle lies `offset` from the middle of the whole, on pixels: start and length.

    Both are fractions. The length is rounded, the start rounded down, as libheif does.
    """
    (top, bottom), (shift, parts) = length, offset
    if not bottom or not parts:
        return -1, 0
    start = ((whole * bottom - top) * parts + 2 * bottom * shift) // (2 * bottom * parts)
    return start, (2 * top + bottom) // (2 * bottom)


def _within(area: Area, part: Area, matrix: _Matrix) -> Area:
    """Find the part of the shown pixels of an area, turned by a matrix, among the stored ones."""
    a, b, c, d = matrix
    width, height = (part.width, part.height) if a else (part.height, part.width)
    shown_width, shown_height = (area.width, area.height) if a else (area.height, area.width)
    across = 2 * part.left + part.width - shown_width  # twice the way from the middle to the part's middle
    down = 2 * part.top + part.height - shown_height
    return Area(
        area.left + (a * across + c * down + area.width - width) // 2,
        area.top + (b * across + d * down + area.height - height) // 2,
        width,
        height,
    )
