"""The palette: a few colours that stand for all, and where they sit.

All colours are cut in two, softly, across their longest axis, and again, until there are enough parts (after
Orchard and Bouman, "Color quantization of images", 1991). The middles settle where the harmonic means of all
distances are least (Zhang, Hsu and Dayal, "K-harmonic means", 1999). Then, three times, each takes the colours
nearest to it and is their mean, into which near ones count more (steps of Weiszfeld 1937). No chance is in it, and
every order is fixed: the same pixels give the same palette.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from image_processing.colour import arrays, difference, spaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from image_processing.analysis.sample import Sample
    from image_processing.analysis.types import Swatch
    from image_processing.colour.arrays import Floats

FEWEST, MOST = 2, 32
_SOFTNESS: Final = 2.5  # standard deviations from the middle to where a colour is wholly on one side of a cut
_SETTLING = 14  # steps in which every colour pulls every middle
_CENTRING = 2  # steps in which it pulls the nearest one, before the palette's colours are made so
_LEAST_REACH = 1e-6  # of a cut: what lies closer together is one colour
_NEAR = 0.0125  # the distance below which a colour pulls no harder
_NOTHING: Final = 1e-30  # a weight that nothing is divided by in earnest
_OKLAB_OF_DIN99O: Final = 1 / 150  # where the two scales give a palette about the same mean error


class Palette(NamedTuple):
    """Swatches by share, descending, and for every pixel in reading order the index of its own."""

    swatches: list[Swatch]
    of_pixel: NDArray[np.intp]


def find(sample: Sample, count: int) -> Palette:
    """Return up to `count` colours (2 to 32); fewer where the image has fewer, none where nothing is visible."""
    colours = sample.colours
    if not len(colours.weights):
        return Palette([], np.zeros(sample.rgb.shape[0] * sample.rgb.shape[1], np.intp))
    places = np.vstack((colours.oklab.T, arrays.din99o_of_linear(colours.linear).T * _OKLAB_OF_DIN99O))
    middles = _middles(places, colours.weights, min(max(count, FEWEST), MOST))
    part, pull = _pull(places, colours.weights, middles)
    oklab = _means(colours.oklab, pull, part, middles[:, :3])
    shares = np.bincount(part, colours.weights, len(middles)) / colours.weights.sum()
    order = np.lexsort((np.arange(len(shares)), -np.round(shares, 6)))
    order = order[shares[order] > 0]
    rank = np.zeros(len(shares), np.intp)
    rank[order] = np.arange(len(order))
    of_pixel = rank[part][colours.of_pixel]  # hidden pixels get some colour, and weigh nothing
    rgb = arrays.bytes_of_linear(arrays.linear_of_oklab(oklab[order]))
    where = _positions(sample, of_pixel, len(order))
    texts = [spaces.to_hex((red / 255, green / 255, blue / 255)) for red, green, blue in rgb.tolist()]
    shown = [spaces.oklab_of_hex(text) for text in texts]
    called = arrays.names_of_oklab(np.reshape(shown, (-1, 3)))
    swatches = [_swatch(*told) for told in zip(texts, shown, called, shares[order].tolist(), where, strict=True)]
    return Palette(swatches, of_pixel)


def _middles(places: Floats, weights: Floats, count: int) -> Floats:
    """Return where the palette's colours lie, (n, axes): `count` places, or all where there are no more.

    `places` are those of all colours, (axes, colours): what is done to each colour runs along the memory.
    """
    if places.shape[1] <= count:
        return places.T
    ground = places @ weights[:, None] / weights.sum()  # from where small spreads do not drown in rounding
    away = places - ground
    terms = np.concatenate((away, np.square(away).sum(0, keepdims=True), np.ones((1, len(weights)))))
    middles = _split(terms, weights, count)
    for _ in range(_SETTLING):
        middles = _settle(terms, weights, middles)
    middles = middles + ground.T
    for _ in range(_CENTRING):
        part, pull = _pull(places, weights, middles)
        middles = _means(places.T, pull, part, middles)
    return _spread(places, weights, middles)


class _Part:
    """Some of all colours, by the weight of each."""

    def __init__(self, weights: Floats, moments: Floats) -> None:
        self.weights = weights
        self.moments = moments  # the weighted sums of the products of every two terms
        self.mass = float(moments[-1, -1])
        self.middle: Floats = moments[-1, :-2] / self.mass

    @cached_property
    def axis(self) -> tuple[float, Floats]:
        """The variance along the longest axis, and its direction."""
        spreads, directions = np.linalg.eigh(
            self.moments[:-2, :-2] / self.mass - np.outer(self.middle, self.middle)
        )
        return max(float(spreads[-1]), 0.0), directions[:, -1]

    @property
    def spread(self) -> float:
        """The sum of squares along that axis, most of which a cut takes away."""
        return self.axis[0] * self.mass


def _split(terms: Floats, weights: Floats, count: int) -> Floats:
    """Cut the part that is spread most, until there are enough; return the middles.

    `terms` are the places of the colours, (axes, colours), below them the sums of these squared, and ones: their
    products make means, spreads and squares of distances. A colour near a cut belongs to both sides: no part jumps
    when the colours move a little, as they do in a copy.
    """
    parts = [_part(terms, weights)]
    while len(parts) < count:
        widest = max(range(len(parts)), key=lambda index: parts[index].spread)
        variance, longest = parts[widest].axis
        reach = 2 * _SOFTNESS * math.sqrt(variance)
        if reach < _LEAST_REACH:
            break
        parts[widest], second = _cut(terms, parts[widest], longest / reach)
        parts.append(second)
    return np.stack([part.middle for part in parts])


def _part(terms: Floats, weights: Floats) -> _Part:
    return _Part(weights, (terms * weights) @ terms.T)


def _cut(terms: Floats, part: _Part, across: Floats) -> tuple[_Part, _Part]:
    """Cut a part across an axis, along which it is 1 from where a colour is wholly on one side to the other."""
    side = across @ terms[:-2]
    side += 0.5 - across @ part.middle
    second = _part(terms, part.weights * np.minimum(np.maximum(side, 0, out=side), 1, out=side))
    return _Part(part.weights - second.weights, part.moments - second.moments), second


def _settle(terms: Floats, weights: Floats, middles: Floats) -> Floats:
    """Return the middles after a step that lowers the harmonic means of each colour's distances to all of them."""
    axes = middles.shape[1]
    factors = np.ones((len(middles), axes + 2))
    factors[:, :axes] = -2 * middles
    factors[:, -1] = np.square(middles).sum(1)
    squares = factors @ terms
    pull = 1 / np.maximum(squares, _NEAR**2, out=squares)
    near = np.sqrt(pull, out=squares)
    near *= pull  # distances to the power of -3: the mean is of cubes
    pull *= near
    pull *= weights / np.square(near.sum(0))
    sums = pull @ terms.T
    found: Floats = sums[:, :axes] / sums[:, -1:]
    return found


def _spread(places: Floats, weights: Floats, middles: Floats) -> Floats:
    """Return the middles, those to which no colour is nearest moved to where one is missed most."""
    for _ in range(len(middles)):
        squares = _squares(places, middles)
        idle = np.bincount(squares.argmin(0), minlength=len(middles)) == 0
        if not idle.any():
            break
        middles[idle.argmax()] = places[:, (weights * squares.min(0)).argmax()]
    return middles


def _squares(places: Floats, middles: Floats) -> Floats:
    found: Floats = -2 * middles @ places
    found += np.square(places).sum(0)
    found += np.square(middles).sum(1, keepdims=True)
    return found


def _pull(places: Floats, weights: Floats, middles: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return which middle is nearest to each colour, and how hard the colour pulls it: weight over distance."""
    part = _squares(places, middles).argmin(0)
    away = places - middles.T.take(part, 1)
    return part, weights / np.maximum(np.sqrt(np.square(away).sum(0)), _NEAR)


def _means(values: Floats, weights: Floats, part: NDArray[np.intp], middles: Floats) -> Floats:
    """Return the weighted mean of each part; of one without colours, its middle as it was."""
    mass = np.bincount(part, weights, len(middles))[:, None]
    sums = np.stack([np.bincount(part, weights * axis, len(middles)) for axis in values.T], -1)
    return np.where(mass > 0, sums / np.maximum(mass, _NOTHING), middles)


def _positions(sample: Sample, of_pixel: NDArray[np.intp], count: int) -> Floats:
    """Return the mean position, 0 to 1, of the visible pixels of each colour."""
    width, height = sample.size
    colour = of_pixel.reshape(height, width)
    across, down = np.arange(width) * count, np.arange(height)[:, None] * count
    found = []
    for line, lines in ((colour + across, width), (colour + down, height)):  # how much of each colour a line holds
        mass = np.bincount(line.reshape(-1), sample.weights, lines * count).reshape(lines, count)
        found.append((np.arange(lines) + 0.5) @ mass / lines / np.maximum(mass.sum(0), _NOTHING))
    return np.stack(found, -1)


def _swatch(text: str, oklab: spaces.Triple, called: tuple[str, str], share: float, position: Floats) -> Swatch:
    lightness, chroma, hue = spaces.oklch_of_oklab(oklab)
    return {
        "hex": text,
        "oklch": [round(lightness, 4), round(chroma, 4), round(hue, 1)],
        "lab": [round(value, 2) for value in spaces.lab_of_hex(text)],
        "share": round(share, 4),
        "name": called[0],
        "css_name": called[1],
        "x": round(float(position[0]), 3),
        "y": round(float(position[1]), 3),
    }


def dominant(swatches: list[Swatch]) -> str | None:
    """Return the colour with the largest share."""
    return swatches[0]["hex"] if swatches else None


def vivid(swatches: list[Swatch]) -> str | None:
    """Return the colour with the most OKLCH chroma."""
    return max(swatches, key=lambda swatch: swatch["oklch"][1])["hex"] if swatches else None


def muted(swatches: list[Swatch]) -> str | None:
    """Return the colour with the least OKLCH chroma."""
    return min(swatches, key=lambda swatch: swatch["oklch"][1])["hex"] if swatches else None


def accent(swatches: list[Swatch]) -> str | None:
    """Return the colour that stands out: strong, and far from the dominant one (chroma times ΔE OK)."""
    if not swatches:
        return None
    ground = spaces.oklab_of_hex(swatches[0]["hex"])

    def standing_out(swatch: Swatch) -> float:
        return swatch["oklch"][1] * difference.ok(spaces.oklab_of_hex(swatch["hex"]), ground)

    return max(swatches, key=standing_out)["hex"]


def average(sample: Sample) -> str | None:
    """Return the mean of the visible pixels in linear light: the image seen from afar."""
    colours = sample.colours
    if not len(colours.weights):
        return None
    mean = colours.weights @ colours.linear / colours.weights.sum()
    return spaces.to_hex(spaces.srgb_of_linear((float(mean[0]), float(mean[1]), float(mean[2]))))
