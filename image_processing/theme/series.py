"""Colours for the series of a chart, told apart by everybody."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from image_processing.colour import contrast, difference, gamut, spaces, vision
from image_processing.theme import pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from image_processing.colour.spaces import Triple

_HUES = 6  # around the circle, besides the image's own
_OWN_HUES = 3
_CHROMA = 0.12

# OKLab lightness of candidates; deficiencies of colour vision leave lightness as it is
_LIGHTNESS: Final = {True: (0.61, 0.42, 0.23), False: (0.56, 0.75, 0.94)}


class _Candidate(NamedTuple):
    colour: str
    seen: tuple[Triple, ...]  # OKLab, by normal and by each deficient vision


def choose(first: str, hues: Sequence[float], surfaces: Iterable[str], *, darker: bool) -> list[str]:
    """Return as many `#rrggbb` as there are series: `first`, then each as far as can be from those before it.

    Far as the worst of four pairs of eyes sees it: normal, and without one kind of cone each. Every colour has 3:1
    with each of `surfaces`; `darker` says on which side of them. Among the candidates are `hues` (degrees), the
    image's own.
    """
    grounds = list(surfaces)
    start = spaces.oklch_of_hex(first)
    around = [start[2] + 360 * index / _HUES for index in range(_HUES)]
    candidates = []
    for hue in [*hues[:_OWN_HUES], *around]:
        for lightness in _LIGHTNESS[darker]:
            linear = gamut.to_linear((lightness, _CHROMA, hue))
            colour = spaces.to_hex(spaces.srgb_of_linear(linear))
            if all(contrast.ratio(colour, ground) >= contrast.NON_TEXT for ground in grounds):
                candidates.append(_Candidate(colour, _seen(linear)))
    chosen = [first]
    nearest = [float("inf")] * len(candidates)
    last = _seen(spaces.linear_of_srgb(spaces.parse_hex(first)))
    while len(chosen) < len(pairs.SERIES):
        nearest = [
            min(near, *map(difference.ok, candidate.seen, last))
            for near, candidate in zip(nearest, candidates, strict=True)
        ]
        best = nearest.index(max(nearest))
        chosen.append(candidates[best].colour)
        last = candidates[best].seen
    return chosen


def distances(colours: Sequence[str]) -> dict[str, float]:
    """Return the least CIEDE2000 between two of the colours, by normal vision and by each deficiency."""
    linear = [spaces.linear_of_srgb(spaces.parse_hex(colour)) for colour in colours]
    views = {"normal": linear} | {
        name: [vision.simulate(colour, name) for colour in linear] for name in vision.DEFICIENCIES
    }
    found = {}
    for name, seen in views.items():
        labs = [spaces.lab_of_xyz(spaces.xyz_of_linear(colour)) for colour in seen]
        found[name] = min(difference.ciede2000(one, other) for one, other in combinations(labs, 2))
    return found


def _seen(linear: Triple) -> tuple[Triple, ...]:
    views = [linear, *(vision.simulate(linear, name) for name in vision.DEFICIENCIES)]
    return tuple(spaces.oklab_of_linear(view) for view in views)
