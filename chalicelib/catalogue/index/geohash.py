"""Places: geohashes, and the ranges of them that cover a circle or a box.

A geohash (Niemeyer 2008) is a position on the z-order curve: bits of longitude and latitude by turns, the halves
of halves, in base 32. Its digits sort as their values do, so a stretch of the curve is a range of keys. A cover is
found as exactly as 200 cells tell it, then its smallest gaps are closed until eight ranges are left, seven of a
circle: no others of these cells hold less. `distance` and `in_box` exclude the points outside the area.

Degrees are north and east, -90 to 90 and -180 to 180. Numbers out of range, and NaN, raise ValueError.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

EARTH_RADIUS = 6371.0088  # km, the mean (IUGG)
MAX_RANGES = 8
MAX_LENGTH = 12
_BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
_VALUE = {digit: value for value, digit in enumerate(_BASE32)}
_AFTER = "~"  # after every digit and the '#' of an id
_BITS = 5 * MAX_LENGTH  # half of them each coordinate's
_CELLS = 200  # twice as many take twice the time, and make a cover hardly smaller
_ROUNDING = 1e-6  # km
_ROUNDING_DEGREES = 1e-9


class Bounds(NamedTuple):
    """A rectangle of degrees."""

    west: float
    south: float
    east: float
    north: float


class Range(NamedTuple):
    """Keys from `low` to `high`, both included: those that begin with a geohash of 12 characters between them."""

    low: str
    high: str
    distance: float  # km from the centre to the nearest point of the area in it; 0 in a cover of a box


class _Cell(NamedTuple):
    """A stretch of the curve: its first bits, divided into those of longitude and latitude."""

    depth: int  # bits
    code: int
    x: int
    y: int

    def halves(self) -> tuple[_Cell, _Cell]:
        """Return the cell's western and eastern half, or southern and northern, by turns."""
        depth, code, x, y = self
        if depth % 2:
            return _Cell(depth + 1, 2 * code, x, 2 * y), _Cell(depth + 1, 2 * code + 1, x, 2 * y + 1)
        return _Cell(depth + 1, 2 * code, 2 * x, y), _Cell(depth + 1, 2 * code + 1, 2 * x + 1, y)

    def bounds(self) -> Bounds:
        """Return the rectangle."""
        width, height = 360 / (1 << (self.depth + 1) // 2), 180 / (1 << self.depth // 2)
        west, south = self.x * width - 180, self.y * height - 90
        return Bounds(west, south, west + width, south + height)


class _Stretch(NamedTuple):
    """Geohashes of 60 bits from `first` to `last`, both included."""

    first: int
    last: int
    distance: float  # km, the least from the centre


class _Overlap(NamedTuple):
    """The relation of a rectangle to the area to cover."""

    whole: bool  # all of it lies inside
    distance: float


def geohash(latitude: float, longitude: float, length: int = MAX_LENGTH) -> str:
    """Return the geohash of a place, of 1 to 12 characters."""
    _check(latitude, longitude)
    if not 1 <= length <= MAX_LENGTH:
        raise ValueError(f"a geohash has 1 to {MAX_LENGTH} characters, not {length}")
    return _text(_code(latitude, longitude))[:length]


def bounds(cell: str) -> Bounds:
    """Return the rectangle of a geohash. Raises ValueError for another text."""
    if not 1 <= len(cell) <= MAX_LENGTH or not all(digit in _VALUE for digit in cell):
        raise ValueError(f"no geohash: {cell!r:.40}")
    found = _Cell(0, 0, 0, 0)
    for digit in cell:
        for bit in (16, 8, 4, 2, 1):
            found = found.halves()[bool(_VALUE[digit] & bit)]
    return found.bounds()


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the km between two places, on a sphere (haversine; Sinnott 1984)."""
    up = math.sin(math.radians(other_latitude - latitude) / 2) ** 2
    along = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    square = up + math.cos(math.radians(latitude)) * math.cos(math.radians(other_latitude)) * along
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(square)))


def in_box(  # noqa: PLR0913, PLR0917  a place and four sides
    latitude: float, longitude: float, west: float, south: float, east: float, north: float
) -> bool:
    """Tell whether a place lies in a box, sides included. One whose west is more than its east spans 180°."""
    if not south <= latitude <= north:
        return False
    return west <= longitude <= east if west <= east else longitude >= west or longitude <= east


def near(latitude: float, longitude: float, radius: float) -> list[Range]:
    """Return up to eight ranges of geohashes that hold every place within a radius in km, the nearest first.

    The first ends with the centre: read downwards, it begins where nearly all is within the radius.
    """
    _check(latitude, longitude)
    if not radius >= 0:
        raise ValueError(f"no radius: {radius}")
    half_round = math.pi * EARTH_RADIUS
    antipode = -latitude, longitude - 180 if longitude > 0 else longitude + 180

    def overlap(rectangle: Bounds) -> _Overlap | None:
        least = _nearest(latitude, longitude, rectangle)
        if least > radius + _ROUNDING:
            return None
        most = half_round - _nearest(*antipode, rectangle)
        return _Overlap(most <= radius, least)

    centre = _code(latitude, longitude)
    found = []
    for stretch in _cover(overlap, MAX_RANGES - 1):
        if stretch.first <= centre < stretch.last:
            found += [stretch._replace(last=centre), stretch._replace(first=centre + 1)]
        else:
            found.append(stretch)
    found.sort(key=lambda stretch: (stretch.last != centre, stretch.distance))
    return [_range(stretch) for stretch in found]


def box(west: float, south: float, east: float, north: float) -> list[Range]:
    """Return up to eight ranges of geohashes that hold every place in a box, in order; see `in_box`."""
    _check(south, west)
    _check(north, east)
    if south > north:
        raise ValueError(f"a box's south, {south}, is north of its north, {north}")
    margin = _ROUNDING_DEGREES  # a place so near to a cell may round into it
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]

    def overlap(rectangle: Bounds) -> _Overlap | None:
        left, below, right, above = rectangle
        beside = not any(left - margin <= end and right + margin >= start for start, end in spans)
        if beside or above + margin < south or below - margin > north:
            return None
        across = any(start <= left and right <= end for start, end in spans)
        return _Overlap(across and south <= below and above <= north, 0.0)

    return [_range(stretch) for stretch in _cover(overlap, MAX_RANGES)]


def _nearest(latitude: float, longitude: float, rectangle: Bounds) -> float:
    """Return the km from a place to the nearest point of a rectangle of degrees."""
    west, south, east, north = rectangle
    if west <= longitude <= east:
        return distance(latitude, longitude, min(max(latitude, south), north), longitude)
    aside = min(abs((side - longitude + 180) % 360 - 180) for side in (west, east))
    # Distances along a meridian are least where a great circle meets it at a right angle
    foot = math.degrees(
        math.atan2(
            math.sin(math.radians(latitude)), math.cos(math.radians(latitude)) * math.cos(math.radians(aside))
        )
    )
    points = (south, north, foot) if south < foot < north else (south, north)
    return min(distance(latitude, 0, point, aside) for point in points)


def _cover(overlap: Callable[[Bounds], _Overlap | None], most: int) -> list[_Stretch]:
    """Return the stretches of the curve that cover the area of `overlap`, at most `most`.

    They are all cells down to some depth, the smallest gaps closed.
    """
    whole: list[tuple[_Cell, float]] = []
    partly = [(_Cell(0, 0, 0, 0), 0.0)]
    depth = 0
    while partly and depth <= _BITS and len(whole) + len(partly) <= _CELLS:
        candidates = [half for cell, _ in partly for half in cell.halves()] if depth else [partly[0][0]]
        partly = []
        for cell in candidates:
            found = overlap(cell.bounds())
            if found:
                ends = found.whole or cell.depth == _BITS
                (whole if ends else partly).append((cell, found.distance))
        depth += 1
    stretches = sorted(_stretch(cell, least) for cell, least in whole + partly)
    gaps = [(later.first - earlier.last, later.first) for earlier, later in pairwise(stretches)]
    kept = {start for gap, start in sorted(gaps)[-(most - 1) :] if gap > 1}
    joined: list[_Stretch] = []
    for stretch in stretches:
        if joined and stretch.first not in kept:
            nearer = min(joined[-1].distance, stretch.distance)
            joined[-1] = _Stretch(joined[-1].first, stretch.last, nearer)
        else:
            joined.append(stretch)
    return joined


def _stretch(cell: _Cell, distance: float) -> _Stretch:
    rest = _BITS - cell.depth
    return _Stretch(cell.code << rest, ((cell.code + 1) << rest) - 1, distance)


def _range(stretch: _Stretch) -> Range:
    return Range(_text(stretch.first), _text(stretch.last) + _AFTER, stretch.distance)


def _code(latitude: float, longitude: float) -> int:
    """Return how far along the curve a place lies."""
    size = 1 << _BITS // 2
    x = min(int((longitude + 180) / 360 * size), size - 1)
    y = min(int((latitude + 90) / 180 * size), size - 1)
    code = 0
    for bit in reversed(range(_BITS // 2)):
        code = code << 2 | (x >> bit & 1) << 1 | (y >> bit & 1)
    return code


def _text(code: int) -> str:
    return "".join(_BASE32[code >> shift & 31] for shift in range(_BITS - 5, -1, -5))


def _check(latitude: float, longitude: float) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"no place: {latitude}, {longitude}")
