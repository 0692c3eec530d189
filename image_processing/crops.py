"""Crop a picture to a ratio so that heads stay whole: the part that is kept, and how CSS shows it.

The crop is the largest rectangle of its ratio in the picture, so it can only be moved along one side. Its place
there is counted as CSS counts `object-position` under `object-fit: cover`: 0 % at the beginning, 100 % at the end,
in steps of a ten-thousandth of a percent. Each head is whole within a span of such positions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from math import ceil, floor
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from image_processing.examine import Part

    Extent = tuple[float, float]  # start and length along a side, in fractions of the picture
    Span = tuple[int, int]  # the first and the last position at which something is whole

ABOVE: Final = 0.7
BELOW: Final = 0.15
BESIDE: Final = 0.25
"""How far a head reaches beyond the box of its face, in heights and widths of that box.

The detector's box reaches from the brows to the chin. Eyes are halfway up a head, so that three quarters of the
box's height lie above the brows, of which the box has some; hair and ears are a fifth of its width at each side.
"""
AIR: Final = 0.5
"""How much of its width and height a head likes to have free at each side: at the very edge it looks cut."""

FULL: Final = 1_000_000  # 100 %
MIDDLE: Final = FULL // 2
_NEVER: Final = (1, 0)
_STEPS: Final = (10_000, 1_000, 100, 10)  # of the positions with 0, 1, 2 and 3 decimals of a percent
_NOISE: Final = 1e-3  # steps by which rounding may move the end of a span
_NOTHING: Final = 1e-9  # fraction of a picture below which nothing is to be seen
_UNITS: Final = 1e9  # by which weights become whole numbers, whose sums are exact in any order


class Face(NamedTuple):
    """A face: its box in fractions of the upright picture, and how sure it is, 0 to 1."""

    box: Part
    score: float = 1.0


class Crop(NamedTuple):
    """A part of a picture: left, top, width and height in fractions and in pixels, and the heads in it."""

    part: Part
    pixels: tuple[int, int, int, int]
    position: tuple[float, float]  # percent, across and down
    kept: int  # heads that are whole
    cut: int  # heads of which a part is outside
    outside: int  # heads that are outside

    @property
    def object_position(self) -> str:
        """The value of CSS's `object-position` that shows this crop under `object-fit: cover`."""
        return " ".join(f"{value:g}%" for value in self.position)


class _Tally:
    """The sum of the weights of those spans that contain a position."""

    def __init__(self, spans: Iterable[Span], weights: Iterable[int]) -> None:
        pairs = [(span, weight) for span, weight in zip(spans, weights, strict=True) if span != _NEVER]
        self._firsts, self._begun = _running((span[0], weight) for span, weight in pairs)
        self._lasts, self._ended = _running((span[1], weight) for span, weight in pairs)

    def at(self, position: int) -> int:
        begun = self._begun[bisect_right(self._firsts, position)]
        return begun - self._ended[bisect_left(self._lasts, position)]


def _running(pairs: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Return positions in their order, and the sums of the weights up to each, from 0 on."""
    ordered = sorted(pairs)
    return [place for place, _ in ordered], list(accumulate((weight for _, weight in ordered), initial=0))


def crop(size: tuple[int, int], ratio: float, faces: Iterable[Face] = ()) -> Crop:
    """Return the largest crop of a ratio (width by height) of an upright picture of `size` that keeps its heads.

    If not all heads fit, those are kept whose faces, by area times score, weigh most; so a person in front counts
    for more than several in the distance. Of other heads the faces are kept, weighed in the same way; of a face
    larger than the crop, its middle. Then heads get air around them. Otherwise the crop is as near to the
    picture's middle as that allows, because there it keeps most of the composition; of two such places it is the
    left or upper one.
    """
    own = size[0] / size[1]
    side = 0 if ratio < own else 1  # along which the crop is shorter than the picture
    length = min(ratio / own, own / ratio)
    inside = [(box, one) for one in faces if (box := _clipped(one.box))]
    shown = [(box[side], box[side + 2]) for box, _ in inside]
    heads = [(head[side], head[side + 2]) for box, one in inside for head in [_clipped(_head(one.box)) or box]]
    whole = [_span(head, length) for head in heads]
    aims = (
        whole,
        [_span(_middle(face, length), length) for face in shown],
        [_span(_middle(_with_air(head), length), length) for head in heads],
    )
    weights = [max(1, round(box[2] * box[3] * one.score * _UNITS)) for box, one in inside]
    place = _place(aims, weights)
    start = place / FULL * (1 - length)
    kept = sum(first <= place <= last for first, last in whole)
    outside = sum(_is_apart(head, (start, length)) for head in heads)
    pixels = max(1, round(size[side] * length))
    first = round((size[side] - pixels) * place / FULL)
    across = side == 0
    return Crop(
        (start, 0.0, length, 1.0) if across else (0.0, start, 1.0, length),
        (first, 0, pixels, size[1]) if across else (0, first, size[0], pixels),
        (place / (FULL / 100), 50.0) if across else (50.0, place / (FULL / 100)),
        kept,
        len(heads) - kept - outside,
        outside,
    )


def _head(face: Part) -> Part:
    left, top, width, height = face
    return left - BESIDE * width, top - ABOVE * height, (1 + 2 * BESIDE) * width, (1 + ABOVE + BELOW) * height


def _clipped(box: Part) -> Part | None:
    """Return the part of a box that is in the picture; None where there is none."""
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    width, height = min(box[0] + box[2], 1.0) - left, min(box[1] + box[3], 1.0) - top
    return (left, top, width, height) if min(width, height) > _NOTHING else None


def _with_air(head: Extent) -> Extent:
    """Return the extent of a head and its air in the picture."""
    first, last = max(head[0] - AIR * head[1], 0.0), min(head[0] + (1 + AIR) * head[1], 1.0)
    return first, last - first


def _middle(extent: Extent, length: float) -> Extent:
    """Return the middle of an extent that is longer than the crop; otherwise all of it."""
    return extent if extent[1] <= length else (extent[0] + (extent[1] - length) / 2, length)


def _span(extent: Extent, length: float) -> Span:
    """Return the positions at which a crop of a length contains all of an extent."""
    room = 1 - length
    if room < _NOTHING:
        return 0, FULL
    if extent[1] > length + _NOTHING:
        return _NEVER
    first, last = (extent[0] + extent[1] - length) / room * FULL, extent[0] / room * FULL
    span = ceil(first - _NOISE), floor(last + _NOISE)
    if span[0] > span[1]:  # it fits exactly, and between two positions
        span = round(first), round(first)
    return span


def _is_apart(one: Extent, other: Extent) -> bool:
    return min(one[0] + one[1], other[0] + other[1]) - max(one[0], other[0]) < _NOTHING


def _place(aims: Sequence[Sequence[Span]], weights: Sequence[int]) -> int:
    """Return the position that is best for the first aim, then for the next, with the fewest decimals."""
    tallies = [_Tally(spans, weights) for spans in aims]

    def worth(place: int) -> tuple[int, ...]:
        return tuple(tally.at(place) for tally in tallies)

    # what is whole changes at the ends of spans alone, and the ends count as within
    places = {MIDDLE, *(end for spans in aims for span in spans if span != _NEVER for end in span)}
    best = max(places, key=lambda place: (worth(place), -abs(place - MIDDLE), -place))
    away: Callable[[float], int] = ceil if best > MIDDLE else floor
    rounder = (away(best / step) * step for step in _STEPS)
    return next((place for place in rounder if worth(place) == worth(best)), best)
