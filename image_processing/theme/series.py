"""Colours for the series of a chart, told apart by everybody."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from image_processing.colour import difference, spaces, vision
from image_processing.theme import pairs, series_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from image_processing.colour.spaces import Triple

LEAST_NORMAL: Final = 20.0  # CIEDE2000 between any two series
LEAST_DEFICIENT: Final = 13.0  # the same, as seen with each colour-vision deficiency
LEAST_CHROMA: Final = 0.06  # OKLCH
LIGHTNESS: Final = {False: (0.36, 0.68), True: (0.56, 0.90)}  # OKLCH, in light and in dark

WEIGHTS: Final = (1.0, 0.6, 0.35)  # of the image's first hues in the choice of a set
STRANGE: Final = 25.0  # degrees of hue that it is worth, in each mode, to have the primary itself among the series
_FAR = 60.0  # degrees from which on no hue is farther than another
_WITHOUT_HUE = (255.0, 55.0, 150.0)  # hues for an image that has none: blue, orange, green

Views = tuple["Triple", ...]
"""A colour in CIELAB, as seen by normal vision and with each deficiency."""


class Set(NamedTuple):
    """Six series: `#rrggbb` in light and, of the same hues, in dark; and the hues in degrees."""

    light: tuple[str, ...]
    dark: tuple[str, ...]
    hues: tuple[float, ...]


def choose(hues: Sequence[float], light: str, dark: str) -> tuple[list[str], list[str]]:
    """Return the series in light and in dark: first those of the image's hues, then others.

    `hues` are the image's in degrees, the primary's first; `light` and `dark` are the primary's `#rrggbb`. The set
    with the nearest hues is taken, preferably one that the primary itself can lead; it does so in each mode where
    all bounds are kept.
    """
    wanted = hues or _WITHOUT_HUE
    least, found = math.inf, ([light], [dark])
    for gap, nearest, each in sorted((*fit(each.hues, wanted), each) for each in sets()):
        if gap >= least:
            break
        order = _whole(each.hues, nearest)
        series = (
            _led([each.light[index] for index in order], light, dark=False),
            _led([each.dark[index] for index in order], dark, dark=True),
        )
        cost = gap + STRANGE * ((series[0][0] != light) + (series[1][0] != dark))
        if cost < least:
            least, found = cost, series
    return found


def fit(offered: Sequence[float], wanted: Sequence[float]) -> tuple[float, list[int]]:
    """Return how far a set's hues are from wanted ones, weighted; and the index of the nearest to each."""
    order: list[int] = []
    cost = 0.0
    for hue, weight in zip(wanted, WEIGHTS, strict=False):
        gap, nearest = min((_gap(hue, other), index) for index, other in enumerate(offered) if index not in order)
        cost += weight * min(gap, _FAR)
        order.append(nearest)
    return cost, order


def _whole(offered: Sequence[float], order: Sequence[int]) -> list[int]:
    """Return an order with the rest of the set: each the farthest in hue from those before it."""
    whole = list(order)
    free = [index for index in range(len(offered)) if index not in order]
    while free:
        farthest = max(free, key=lambda index: min(_gap(offered[index], offered[one]) for one in whole))
        whole.append(farthest)
        free.remove(farthest)
    return whole


def _led(colours: list[str], first: str, *, dark: bool) -> list[str]:
    """Return series with `first` (`#rrggbb`) in place of the first if that keeps every bound, else as they are."""
    lightness, chroma, _ = spaces.oklch_of_hex(first)
    low, high = LIGHTNESS[dark]
    if low <= lightness <= high and chroma >= LEAST_CHROMA:
        seen = views(first)
        if all(apart(seen, views(other)) for other in colours[1:]):
            return [first, *colours[1:]]
    return colours


def distances(colours: Iterable[str]) -> dict[str, float]:
    """Return the least CIEDE2000 between two of the colours, by normal vision and by each deficiency."""
    seen = zip(*map(views, colours), strict=True)
    return {
        name: min(difference.ciede2000(one, other) for one, other in combinations(labs, 2))
        for name, labs in zip(("normal", *vision.DEFICIENCIES), seen, strict=True)
    }


@cache
def sets() -> tuple[Set, ...]:
    """Return the sets of `series_sets`."""
    found = []
    for line in series_sets.SETS.splitlines():
        colours = [f"#{digits}" for digits in line.split()]
        light, dark = tuple(colours[: len(pairs.SERIES)]), tuple(colours[len(pairs.SERIES) :])
        found.append(Set(light, dark, tuple(spaces.oklch_of_hex(colour)[2] for colour in light)))
    return tuple(found)


def apart(one: Views, other: Views) -> bool:
    """Tell whether two series are far enough apart for everybody."""
    return difference.ciede2000(one[0], other[0]) >= LEAST_NORMAL and all(
        difference.ciede2000(*seen) >= LEAST_DEFICIENT for seen in zip(one[1:], other[1:], strict=True)
    )


@lru_cache(maxsize=512)
def views(colour: str) -> Views:
    """Return the views of a `#rrggbb`."""
    linear = spaces.linear_of_srgb(spaces.parse_hex(colour))
    seen = (linear, *(vision.simulate(linear, name) for name in vision.DEFICIENCIES))
    return tuple(spaces.lab_of_xyz(spaces.xyz_of_linear(view)) for view in seen)


def _gap(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)
