"""Where text can lie on an image, in which colour, and behind which scrim it is read.

Contrast is that of WCAG 2.2, between text and each single pixel below. A scrim is a plain layer of black or white,
composed as browsers do: in sRGB, rounded to eight bits. What is translucent is held before white and before black.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from image_processing.analysis.sample import LEVELS, luminance_levels
from image_processing.colour import arrays, contrast

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    from image_processing.analysis.types import Box, Legibility, Place, Scrim

    Crop = Callable[[Box], NDArray[np.uint8]]

_SHAPES: Final = ((1.0, 0.25), (0.5, 0.3), (0.35, 0.7), (0.45, 0.2))
"""Width and height of a banner, a headline, a column and a caption, as parts of the image's."""

_SPREAD = 0.15  # how much the spread of L* in a box weighs beside the slopes in it
_UNREAD = 0.01  # the part of the pixels that "99 %" leaves out
_ROUNDING = 1e-9
_FEW = 1 << 18  # pixels
_LEVEL_ERROR = 3  # levels, by which rounding the shares of three channels, and the least one, moves a pixel
_EXTREMES = 16  # pixels that a scrim is first fitted to; then all are looked at


class _Pixels(NamedTuple):
    """Pixels of a box."""

    channels: NDArray[Any]  # (3, n), bytes
    levels: NDArray[np.int32]  # of luminance, (n,)


class _Text(NamedTuple):
    """A colour of text and the scrim that it takes."""

    colour: str
    scrim: str
    scrim_byte: int
    sign: int  # 1 where light pixels are the trouble, -1 where dark ones are

    def contrast(self, luminance: float) -> float:
        """Return the contrast with a relative luminance, 1 to 21."""
        light, dark = (1.0, luminance) if self.sign > 0 else (luminance, 0.0)
        return (light + 0.05) / (dark + 0.05)

    def limit(self, ratio: float) -> float:
        """Return the luminance that just has this contrast."""
        return 1.05 / ratio - 0.05 if self.sign > 0 else 0.05 * ratio - 0.05


_WHITE = _Text("#ffffff", "#000000", 0, 1)
_BLACK = _Text("#000000", "#ffffff", 255, -1)


def find(lightness: NDArray[np.floating], slope: NDArray[np.floating], crop: Crop) -> Legibility:
    """Return the places for text, best first.

    `lightness` (mean L*) and `slope` are those of coarse cells, (rows, columns); `crop` gives the pixels, (n, 3),
    of a box.
    """
    taken = np.zeros(slope.shape, bool)
    slopes, lightnesses, squares = (_sums(values) for values in (slope, lightness, lightness**2))
    places = []
    for shape in _SHAPES:
        box = _calmest(slopes, lightnesses, squares, taken, shape)
        if box is not None:
            places.append(measure(crop(box), box))
    return {"places": sorted(places, key=lambda place: (place["opacity"]["aa_99"], place["opacity"]["aa"]))}


def _sums(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the sums of all that is above and to the left, one row and one column more (Crow 1984)."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    values.cumsum(0, dtype=np.float64).cumsum(1, out=sums[1:, 1:])
    return sums


def _calmest(
    slope: NDArray[np.float64],
    lightness: NDArray[np.float64],
    squares: NDArray[np.float64],
    taken: NDArray[np.bool_],
    shape: tuple[float, float],
) -> Box | None:
    """Return the box of a shape where least happens and nothing is taken yet, and take it; from `_sums`."""
    rows, columns = taken.shape
    width, height = (max(1, round(part * cells)) for part, cells in zip(shape, (columns, rows), strict=True))

    def means(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        lower, upper = sums[height:], sums[:-height]
        found: NDArray[np.float64] = lower[:, width:] - upper[:, width:] - lower[:, :-width] + upper[:, :-width]
        found /= width * height  # in place: for mypy, a quotient is Any under NumPy 2.4
        return found

    spread = np.sqrt(np.maximum(means(squares) - means(lightness) ** 2, 0))
    cost = np.round(means(slope) + _SPREAD * spread, 4)
    cost[means(_sums(taken)) > 1e-9] = np.inf
    top, left = np.unravel_index(int(cost.argmin()), cost.shape)
    if not np.isfinite(cost[top, left]):
        return None
    taken[top : top + height, left : left + width] = True
    return [round(float(part), 3) for part in (left / columns, top / rows, width / columns, height / rows)]


def measure(pixels: NDArray[np.uint8], box: Box) -> Place:
    """Return how text is read on some pixels, (n, 3) with n at least 1, in the colour that is read better."""
    # as places in tables, which are read faster; of many pixels these would take too much memory
    channels = np.ascontiguousarray(pixels.T, np.intp if len(pixels) < _FEW else np.uint8)
    looked_at = _Pixels(channels, luminance_levels(*channels))
    ordered = np.sort(looked_at.levels)
    unread = int(len(ordered) * _UNREAD)
    text = max((_WHITE, _BLACK), key=lambda text: text.contrast(_worst(ordered, text, unread)))
    first = _worst_first(looked_at.levels, ordered, text, unread + _EXTREMES)
    every, most = (_behind_scrims(channels[:, first[out : out + _EXTREMES]], text) for out in (0, unread))
    opacity: Scrim = {
        "aa": _opacity(looked_at, every, text, contrast.AA, 0),
        "aaa": _opacity(looked_at, every, text, contrast.AAA, 0),
        "aa_99": _opacity(looked_at, most, text, contrast.AA, unread),
        "aaa_99": _opacity(looked_at, most, text, contrast.AAA, unread),
    }
    return {
        "box": box,
        "text": text.colour,
        "contrast": round(text.contrast(_worst(ordered, text, 0)), 2),
        "contrast_99": round(text.contrast(_worst(ordered, text, unread)), 2),
        "scrim": text.scrim,
        "opacity": opacity,
    }


def _worst(ordered: NDArray[np.int32], text: _Text, left_out: int) -> float:
    """Return the luminance that is read worst, after leaving out some that are worse still."""
    return float(ordered[_place(ordered, text, left_out)]) / (LEVELS - 1)


def _place(ordered: NDArray[np.int32], text: _Text, left_out: int) -> int:
    return len(ordered) - 1 - left_out if text.sign > 0 else left_out


def _worst_first(
    levels: NDArray[np.int32], ordered: NDArray[np.int32], text: _Text, count: int
) -> NDArray[np.intp]:
    """Return the indices of the pixels that are read worst; `ordered` is `levels` in order."""
    least = ordered[_place(ordered, text, min(count, len(ordered)) - 1)]
    chosen = np.flatnonzero(levels >= least if text.sign > 0 else levels <= least)
    return chosen[np.argsort(levels[chosen] * -text.sign, kind="stable")][:count]


def _behind_scrims(channels: NDArray[Any], text: _Text) -> NDArray[np.float64]:
    """Return the luminance that is read worst among some pixels behind scrims of 0 to 100 hundredths, (101,)."""
    luminance = _seen(channels, _scrims(text).tables)
    found: NDArray[np.float64] = luminance.max(0) if text.sign > 0 else luminance.min(0)
    return found


def _seen(channels: NDArray[Any], tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the luminance of pixels from the contribution of each byte of their channels, as `_scrims`."""
    luminance: NDArray[np.float64] = tables[0].take(channels[0], 0)
    luminance += tables[1].take(channels[1], 0)
    luminance += tables[2].take(channels[2], 0)
    return luminance


def _opacity(pixels: _Pixels, worst: NDArray[np.float64], text: _Text, ratio: float, unread: int) -> float:
    """Return the least opacity, in hundredths, at which all pixels but `unread` of them reach a contrast."""
    opacity = int(np.argmax(worst * text.sign <= text.limit(ratio) * text.sign + _ROUNDING))
    while _failing(pixels, text, ratio, opacity) > unread:  # a scrim changes the order of luminance a little
        opacity += 1
    return opacity / 100


def _failing(pixels: _Pixels, text: _Text, ratio: float, opacity: int) -> int:
    """Count the pixels behind a scrim that miss a contrast; only those that can miss it are looked at."""
    limit = text.sign * text.limit(ratio) + _ROUNDING
    scrims = _scrims(text)
    least = (limit - scrims.above[opacity]) / scrims.slope[opacity] * (LEVELS - 1)  # of levels, times the sign
    level = math.floor(min(max(text.sign * least, 0), LEVELS))
    near = pixels.levels >= level - _LEVEL_ERROR if text.sign > 0 else pixels.levels <= level + _LEVEL_ERROR
    channels = pixels.channels.take(np.flatnonzero(near), 1)
    return int(np.count_nonzero(text.sign * _seen(channels, scrims.tables[..., opacity]) > limit))


class _Scrims(NamedTuple):
    """Luminance under a scrim, at 0 to 100 hundredths of opacity.

    A grey's luminance behind it, times the text's sign, is nowhere more than `above` over the straight line
    through 0 with `slope`. Nor is any other colour's: its luminance is the weighted mean of what its channels are
    as greys, before the scrim and behind it.
    """

    tables: NDArray[np.float64]  # what each byte of a channel adds to luminance, (3, 256, 101)
    slope: NDArray[np.float64]  # (101,)
    above: NDArray[np.float64]  # (101,)


@cache
def _scrims(text: _Text) -> _Scrims:
    opacity = np.arange(101)
    seen = np.rint((np.arange(256)[:, None] * (100 - opacity) + text.scrim_byte * opacity) / 100).astype(int)
    tables = arrays.LUMINANCE_WEIGHTS[:, None, None] * arrays.LINEAR_OF_BYTE[seen]
    greys = tables.sum(0)
    slope = np.maximum(greys[-1] - greys[0], _ROUNDING)
    above = (text.sign * (greys - slope * arrays.LINEAR_OF_BYTE[:, None])).max(0)
    return _Scrims(tables, slope, above)
