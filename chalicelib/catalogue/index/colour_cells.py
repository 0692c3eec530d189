"""Colour cells: a partition of OKLab by which images are found by colour.

A cell is a box of OKLab, 0.2 high in lightness and 0.12 wide in a and b; greys lie in the middle of theirs.
61 boxes hold colours of sRGB. The colours near a colour are found exactly in them: `near` returns every cell that
may hold a colour within a distance, `matches` then decides for each colour.

That no cell is missed rests on extents and inequalities, not on samples. Each cell has up to eight parts; the
extents of each in CIELAB are those of all 16,777,216 colours (`scripts/colour_cells`), rounded outwards. `_least`
then bounds every term of CIEDE2000 from below over a part. Around colours drawn at random, a CIEDE2000 of 10
leaves ten cells on average; seven truly hold such colours.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from image_processing.colour import difference, names, spaces

Metric = Literal["ciede2000", "oklab"]

SIZE = (0.2, 0.12, 0.12)  # of a cell, in L, a and b of OKLab
SHIFT = (0.0, 3.5, 3.5)  # in cells: makes every index positive, and grey the middle of a cell
LAST_LIGHTNESS = 4  # white itself lies in it, too
_DIGITS = "0123456789abcdef"
_ROUNDING = 1e-6  # of a distance; no 8-bit colour lies that near to another


class Extent(NamedTuple):
    """Of a part of a cell, in CIELAB: lightness, chroma and hue of all its colours."""

    light: float
    lightest: float
    weak: float  # least chroma
    strong: float
    hue: float  # where hues begin, degrees
    span: float  # degrees, at most 180, or 360


class Part(NamedTuple):
    """An eighth of a cell."""

    cell: str
    corner: spaces.Triple  # in OKLab, the least of each component
    extent: Extent


class _Primed(NamedTuple):
    """A range of chromas and hues after CIEDE2000 has stretched a*."""

    weak: float
    strong: float
    first: float  # hue, as a turn from some hue, degrees
    last: float


@lru_cache(maxsize=4096)
def cell(colour: str) -> str:
    """Return the cell of `#rrggbb`: three digits, of L, a and b. Raises ValueError for another text."""
    return _cell(_indices(spaces.oklab_of_hex(colour)))


def near(colour: str, within: float, metric: Metric) -> list[str]:
    """Return the cells that may hold a colour within a distance of `#rrggbb`, the nearest first.

    `within` is a CIEDE2000 (0 to 100), or a distance in OKLab (0 to 1). Raises ValueError for another metric, and
    for a text that is no colour.
    """
    oklab = spaces.oklab_of_hex(colour)
    lightness, a, b = spaces.lab_of_hex(colour)
    lch = (lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)
    found: dict[str, tuple[float, float]] = {}
    exactly = _known(metric) == "oklab"
    for part in _parts().values():
        least = _apart(oklab, part) if exactly else _least(lch, part.extent, within)
        if least <= within + _ROUNDING:
            distance = least, least if exactly else _apart(oklab, part)
            found[part.cell] = min(found.get(part.cell, distance), distance)
    return sorted(found, key=lambda name: (found[name], name))


def near_name(name: str) -> list[str]:
    """Return the cells that may hold a colour whose nearest name is one of CSS's, the nearest first.

    Another name is nearer to all colours of a box where it is to the corner that is best for the name: that one
    square of a distance exceeds another is linear in the colour. Raises ValueError for a name that CSS lacks.
    """
    table = dict(names.css())
    if name not in table:
        raise ValueError(f"no name of a colour: {name!r:.40}")
    own = table.pop(name)
    others = sorted(table.values(), key=lambda other: difference.ok(own, other))  # near ones exclude the most
    found: dict[str, float] = {}
    for part in _parts().values():
        if not any(_excludes(other, own, part.corner) for other in others):
            distance = _apart(own, part)
            found[part.cell] = min(found.get(part.cell, distance), distance)
    return sorted(found, key=lambda cell: (found[cell], cell))


def _excludes(other: spaces.Triple, own: spaces.Triple, corner: spaces.Triple) -> bool:
    """Tell whether all of a part, from its corner on, is nearer to one colour than to another."""
    best = 0.0
    for one, two, low, size in zip(other, own, corner, SIZE, strict=True):
        at = low + size / 2 if two > one else low  # each axis by itself is best at an end
        best += (at - one) ** 2 - (at - two) ** 2
    return best < -_ROUNDING


def matches(colour: str, other: str, within: float, metric: Metric) -> bool:
    """Tell whether two `#rrggbb` are within a distance, as `near` measures it."""
    return distance(colour, other, metric) <= within


def distance(colour: str, other: str, metric: Metric) -> float:
    """Return how far two `#rrggbb` are apart: a CIEDE2000, or a distance in OKLab."""
    if _known(metric) == "oklab":
        return difference.ok(_oklab(colour), _oklab(other))
    return difference.ciede2000(_lab(colour), _lab(other))


@lru_cache(maxsize=4096)
def css_name(colour: str) -> str:
    """Return the CSS name nearest to `#rrggbb` in OKLab: the name that it is counted under and found by."""
    return names.css_name(spaces.oklab_of_hex(colour))


def named(name: str) -> str | None:
    """Return the `#rrggbb` of a name of a colour: CSS's, else of the survey's list. None where nobody knows it."""
    return names.find(name)


def part_name(lightness: int, a: int, b: int) -> str:
    """Return a part as the table names it: by its index along each axis, in half cells."""
    return _DIGITS[lightness] + _DIGITS[a] + _DIGITS[b]


def _indices(oklab: spaces.Triple) -> list[int]:
    """Return along each axis the index of a colour's part."""
    found = [
        math.floor(2 * value / size + 2 * shift + 1e-12)
        for value, size, shift in zip(oklab, SIZE, SHIFT, strict=True)
    ]
    return [min(max(found[0], 0), 2 * LAST_LIGHTNESS + 1), *found[1:]]


def _known(metric: str) -> str:
    if metric not in ("ciede2000", "oklab"):
        raise ValueError(f"no metric of colours: {metric!r:.40}")
    return metric


@lru_cache(maxsize=4096)
def _lab(colour: str) -> spaces.Triple:
    return spaces.lab_of_hex(colour)


@lru_cache(maxsize=4096)
def _oklab(colour: str) -> spaces.Triple:
    return spaces.oklab_of_hex(colour)


@cache
def _parts() -> dict[str, Part]:
    from chalicelib.catalogue.index.colour_cell_extents import PARTS  # noqa: PLC0415  only a query by colour needs it

    found = {}
    for row in PARTS.split(","):
        name, *numbers = row.split()
        indices = [int(digit, 16) for digit in name]
        lightness, a, b = (
            (index / 2 - shift) * size for index, size, shift in zip(indices, SIZE, SHIFT, strict=True)
        )
        found[name] = Part(_cell(indices), (lightness, a, b), Extent(*map(float, numbers)))
    return found


def _cell(indices: list[int]) -> str:
    return "".join(_DIGITS[index // 2] for index in indices)


def _apart(oklab: spaces.Triple, part: Part) -> float:
    """Return the distance of a colour from a part's box in OKLab."""
    (lightness, a, b), (low, least_a, least_b) = oklab, part.corner
    return math.hypot(
        _gap(lightness, low, low + SIZE[0] / 2),
        _gap(a, least_a, least_a + SIZE[1] / 2),
        _gap(b, least_b, least_b + SIZE[2] / 2),
    )


def _gap(value: float, low: float, high: float) -> float:
    return max(low - value, 0.0, value - high)


def _least(lch: spaces.Triple, extent: Extent, enough: float) -> float:
    """Return a CIEDE2000 that no colour of a part falls below, from one of L*, C*ab and hue.

    It need not be the best, once it is more than `enough`.

    Names and equations are those of Sharma, Wu, Dalal (2005). The sum of squares is bounded term by term: each
    difference is the least, each weight S the greatest over the part. Of ΔC' / S_C, monotonic in both chromas, and
    of ΔH' / S_H, which rises and then falls, the least is at the ends. The rotation R_T, never positive, takes at
    most `rotation` times the product of the two.
    """
    lightness, chroma, hue = lch
    far = max(abs((lightness + end) / 2 - 50) for end in (extent.light, extent.lightest)) ** 2
    light = _gap(lightness, extent.light, extent.lightest) / (1 + 0.015 * far / math.sqrt(20 + far))
    if light > enough + _ROUNDING:
        return light

    stretches = (_stretch((chroma + extent.strong) / 2), _stretch((chroma + extent.weak) / 2))
    middle = extent.hue + extent.span / 2
    one = _primed(Extent(0, 0, chroma, chroma, hue, 0), stretches, middle)
    other = _primed(extent, stretches, middle)
    turn, mean, leeway = _hues(one, other)
    mean += middle

    weight = (
        1
        - 0.17 * _cosine(mean - 30)
        + 0.24 * _cosine(2 * mean)
        + 0.32 * _cosine(3 * mean + 6)
        - 0.20 * _cosine(4 * mean - 63)
    )
    weight = min(1.93, weight + math.radians(leeway) * 2.41)  # the sums of the amplitudes, and of the slopes
    off_blue = max(0.0, abs(_folded(mean - 275)) - leeway)
    rotation = 2 * _sevenths((one.strong + other.strong) / 2)
    rotation *= math.sin(math.radians(60 * math.exp(-((off_blue / 25) ** 2))))

    low, high = (one.strong, other.weak) if other.weak > one.strong else (other.strong, one.weak)
    by_chroma = max(0.0, high - low) / (1 + 0.045 * (low + high) / 2)
    by_hue = min(
        2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * weight * (c1 + c2) / 2)
        for c1 in one[:2]
        for c2 in other[:2]
    )
    # c² + h² - rotation c h is convex: where both may only grow, it is least with one of them at its own least
    pairs = (by_chroma, max(by_hue, rotation * by_chroma / 2)), (max(by_chroma, rotation * by_hue / 2), by_hue)
    across = min(c * c + h * h - rotation * c * h for c, h in pairs)
    return math.sqrt(light * light + max(0.0, across))


def _stretch(chroma: float) -> float:
    """Return 1 + G, by which a* is stretched at a mean chroma (equation 4)."""
    return 1.5 - 0.5 * _sevenths(chroma)


def _sevenths(chroma: float) -> float:
    seventh: float = chroma**7
    return math.sqrt(seventh / (seventh + 25.0**7))


def _primed(extent: Extent, stretches: tuple[float, float], middle: float) -> _Primed:
    """Return the range of C' and h' of an extent, where a* is stretched by anything between two factors."""
    least, most = stretches
    if extent.span > 180:
        return _Primed(extent.weak, extent.strong * most, -180, 180)
    ends = (extent.hue, extent.hue + extent.span)
    along = [_cosine(end) ** 2 for end in ends]
    low = 0.0 if any((axis - extent.hue) % 360 <= extent.span for axis in (90, 270)) else min(along)
    high = 1.0 if any((axis - extent.hue) % 360 <= extent.span for axis in (0, 180)) else max(along)
    turns = [
        _folded(math.degrees(math.atan2(_cosine(end - 90), factor * _cosine(end))) - middle)
        for end in ends
        for factor in stretches
    ]
    return _Primed(
        extent.weak * math.sqrt(1 + (least * least - 1) * low),
        extent.strong * math.sqrt(1 + (most * most - 1) * high),
        min(turns),
        max(turns),
    )


def _hues(one: _Primed, other: _Primed) -> tuple[float, float, float]:
    """Return the least angle between two ranges of hues, their mean and its leeway."""
    first, last = other.first - one.last, other.last - one.first
    if one.last - one.first > 180 or first < -180 or last > 180:  # the mean may lie on either side
        around = one.last - one.first > 180 or last - first >= 360 or first <= 0 <= last
        return 0.0 if around else min(abs(_folded(first)), abs(_folded(last))), 0.0, 180.0
    turn = 0.0 if first <= 0 <= last else min(abs(first), abs(last))
    low, high = (one.first + other.first) / 2, (one.last + other.last) / 2
    return turn, (low + high) / 2, (high - low) / 2


def _folded(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


def _cosine(degrees: float) -> float:
    return math.cos(math.radians(degrees))
