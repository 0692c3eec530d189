"""Write `image_processing/theme/series_sets.py`: sets of six colours for charts, found by search.

python -m scripts.series_sets

A greedy choice from a grid of OKLCH and two rounds of exchange give a set for the light mode, a second search
among the same hues its colours in the dark mode. Of all sets that keep the distances, the few are written that
together come nearest to the hues of any image, and that its primary can lead.
"""

from __future__ import annotations

import random
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from image_processing.colour import arrays, contrast, gamut, spaces, vision
from image_processing.theme import pairs, seeds, series

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = Path(__file__).parent.parent / "image_processing" / "theme" / "series_sets.py"
COUNT = 24
TRIES = 16_000
ROOM = 1.10  # times the least distances that `series` promises
HUE_GAP = 24.0  # degrees between two of a set
SAME_HUE = 12.0  # degrees between light and dark
TOP = 25  # candidates among which chance takes the next
IMAGES = 300  # of three hues, for which sets are chosen
PRIMARY: Final = ((0.40, 0.57), (0.70, 0.82), (0.07, 0.20))  # most primaries: lightness in light, in dark; chroma

HUES: Final = range(0, 360, 10)
CHROMAS: Final = (0.10, 0.125, 0.15)
LIGHTNESS: Final = {"light": (0.40, 0.445, 0.49, 0.535, 0.58, 0.62), "dark": (0.60, 0.66, 0.72, 0.78, 0.84)}
GROUND: Final = {"light": "#ececec", "dark": "#242424"}  # a little beyond the surface that leaves least contrast
YELLOWS: Final = (60, 125)  # hues that look like mud when dark
YELLOW_LIGHTNESS: Final = {"light": 0.49, "dark": 0.72}
MIN_CHROMA = 0.075  # left by the gamut

_HEAD = '''\
"""Sets of series: six colours for the light mode, and the same six hues for the dark mode.

Written by `scripts/series_sets`, which says how they are found.
"""

SETS = """\\
'''


LEAST: Final = np.array([series.LEAST_NORMAL] + [series.LEAST_DEFICIENT] * len(vision.DEFICIENCIES))

Pair = tuple[list[str], list[str]]
"""A set in light and in dark."""


class Grid(NamedTuple):
    """The candidates of a mode: `#rrggbb`, hues, and how far each two are apart, 1 being just far enough."""

    colours: list[str]
    hues: NDArray[np.float64]
    apart: NDArray[np.float64]


def grid(mode: str) -> Grid:
    """Return the candidates of a mode."""
    found = {}
    for lightness in LIGHTNESS[mode]:
        for hue in HUES:
            if YELLOWS[0] <= hue <= YELLOWS[1] and lightness < YELLOW_LIGHTNESS[mode]:
                continue
            for chroma in CHROMAS:
                colour = gamut.to_hex((lightness, chroma, hue))
                oklch = spaces.oklch_of_hex(colour)
                if oklch[1] >= MIN_CHROMA and contrast.ratio(colour, GROUND[mode]) >= contrast.NON_TEXT:
                    found[colour] = oklch[2]
    linear = [spaces.linear_of_srgb(spaces.parse_hex(colour)) for colour in found]
    apart = _distances(linear) / series.LEAST_NORMAL
    for name in vision.DEFICIENCIES:
        seen = [vision.simulate(colour, name) for colour in linear]
        apart = np.minimum(apart, _distances(seen) / series.LEAST_DEFICIENT)
    return Grid(list(found), np.array(list(found.values())), apart)


def search(light: Grid, dark: Grid, chance: random.Random) -> list[Pair]:
    """Return all sets found that keep the distances with room, light and dark."""
    distinct = _gaps(light.hues, light.hues) >= HUE_GAP
    same = [np.flatnonzero(gaps <= SAME_HUE) for gaps in _gaps(light.hues, dark.hues)]
    found = {}
    for _ in range(TRIES):
        chosen = [chance.randrange(len(light.colours))]
        while len(chosen) < len(pairs.SERIES):
            score = light.apart[chosen].min(0) * distinct[chosen].all(0)
            chosen.append(int(chance.choice(np.argsort(-score, kind="stable")[:TOP])))
        for _ in range(2):
            for index in range(1, len(chosen)):
                rest = chosen[:index] + chosen[index + 1 :]
                chosen[index] = int((light.apart[rest].min(0) * distinct[rest].all(0)).argmax())
        if _least(light.apart, chosen) < ROOM:
            continue
        likewise = [int(chance.choice(same[index])) for index in chosen]
        for _ in range(3):
            for index, allowed in enumerate(same[one] for one in chosen):
                rest = likewise[:index] + likewise[index + 1 :]
                likewise[index] = int(allowed[dark.apart[np.array(rest)[:, None], allowed].min(0).argmax()])
        if _least(dark.apart, likewise) >= ROOM:
            found[tuple(sorted(chosen))] = (
                [light.colours[index] for index in chosen],
                [dark.colours[index] for index in likewise],
            )
    return list(found.values())


def cover(pool: list[Pair], chance: random.Random) -> list[Pair]:
    """Return the few sets that together fit any images best: chosen greedily, then exchanged twice."""
    images = [image(chance) for _ in range(IMAGES)]
    offered = [[spaces.oklch_of_hex(colour)[2] for colour in light] for light, _ in pool]
    fits = [[series.fit(hues, wanted) for wanted, _, _ in images] for hues in offered]
    cost = np.array([[each[0] for each in row] for row in fits])
    first = np.array([[each[1][0] for each in row] for row in fits])
    for mode, primaries in enumerate(([light for _, light, _ in images], [dark for _, _, dark in images])):
        seen = np.array([[series.views(colour) for colour in each[mode]] for each in pool])
        for index, primary in enumerate(primaries):
            distances = arrays.ciede2000(seen, np.array(series.views(primary))[None, None])
            apart: NDArray[np.bool_] = np.all(distances >= LEAST, axis=-1)
            apart[np.arange(len(pool)), first[:, index]] = True  # whose place the primary takes
            cost[:, index] += series.STRANGE * ~apart.all(axis=1)
    chosen: list[int] = []
    for turn in range(3 * COUNT):
        if turn >= COUNT:
            chosen.pop(0)
        left = cost[chosen].min(0) if chosen else np.full(IMAGES, np.inf)
        chosen.append(int(np.minimum(cost, left).mean(1).argmin()))
    print(f"{len(pool)} sets; mean weighted hue distance {cost[chosen].min(0).mean():.1f} degrees")
    return [pool[index] for index in sorted(chosen)]


def image(chance: random.Random) -> tuple[list[float], str, str]:
    """Return distinct hues, and the primary in light and in dark."""
    hues: list[float] = []
    while len(hues) < len(series.WEIGHTS):
        hue = chance.uniform(0, 360)
        if all(abs(seeds.turn(hue, other)) >= seeds.DISTINCT_HUE for other in hues):
            hues.append(hue)
    light, dark, chroma = (chance.uniform(*bounds) for bounds in PRIMARY)
    return hues, gamut.to_hex((light, chroma, hues[0])), gamut.to_hex((dark, chroma, hues[0]))


def main() -> None:
    """Search, and write the file. Takes half a minute."""
    chance = random.Random(16)  # noqa: S311  a search that gives the same sets again
    found = cover(search(grid("light"), grid("dark"), chance), chance)
    rows = [" ".join(colour[1:] for colour in (*light, *dark)) for light, dark in found]
    FILE.write_text(_HEAD + "\n".join(rows) + '"""\n', encoding="utf-8")


def _distances(linear: list[spaces.Triple]) -> NDArray[np.float64]:
    lab = arrays.lab_of_linear(np.array(linear))
    return arrays.ciede2000(lab[:, None], lab[None, :])


def _gaps(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.abs((one[:, None] - other[None, :] + 180) % 360 - 180)
    return found


def _least(apart: NDArray[np.float64], chosen: list[int]) -> float:
    return min(float(apart[one, other]) for one, other in combinations(chosen, 2))


if __name__ == "__main__":
    main()
