"""Light and histograms, both from one count of the pixels, which adds up over strips of any image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from image_processing.analysis.sample import LEVELS, LIGHTNESS, LUMINANCE_LAYERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from image_processing.analysis.sample import Sample
    from image_processing.analysis.types import Channels, Histogram, Layer, Luminosity
    from image_processing.colour.arrays import Floats

BINS, GRID_BINS = 32, 8
HUE_BINS, GRID_HUE_BINS = 24, 12
_CELLS = 9
_FINE = 4096  # bins of luminance and of L* that percentiles are read from
_LEAST_CHROMA = 0.02  # OKLCH chroma below which nobody would name a hue
_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_LOW_KEY, _HIGH_KEY = 35.0, 65.0  # of the median L*
_FLARE = 0.001  # of relative luminance, added to both ends of the dynamic range: what a screen cannot show darker

_LUMINANCE_SHIFT = (LEVELS // BINS).bit_length() - 1
_RED_BINS = np.arange(256) // (256 // BINS) * BINS
_BITS = (1 << np.arange(LUMINANCE_LAYERS)).astype(np.int16)
_FINE_MIDDLES = (np.arange(_FINE) + 0.5) * (100 / _FINE)
_FINE_LIGHTNESS = np.minimum(LIGHTNESS * (_FINE / 100), _FINE - 1).astype(np.intp)


class Count(NamedTuple):
    """Weighted numbers of pixels; the first axis of channels is the cell of a 3 x 3 grid."""

    channels: Floats  # (3, 9, 32): red, green, blue
    luminance: Floats  # (9, 32)
    lightness: Floats  # (9, 4096)
    hue: Floats  # (9, 24)
    luminance_sum: float
    shadows: float
    highlights: float

    def plus(self, other: Count) -> Count:
        """Return the count of both."""
        pairs: zip[tuple[Any, Any]] = zip(self, other, strict=True)
        return Count(*(mine + theirs for mine, theirs in pairs))


def count(sample: Sample, cells: NDArray[np.intp]) -> Count:
    """Count the pixels of a sample, or of a strip of one; `cells` is the cell of each, 0 to 8."""
    colours, levels, weights = sample.colours, sample.levels.reshape(-1), sample.weights
    hues = np.append(hue_bins(colours.oklab) + 1, 0).take(colours.of_pixel)  # hidden pixels, -1, read the last: 0
    red, green, blue = sample.channels
    shape = _CELLS, -1, BINS  # two histograms from one count
    reds_greens = _spread(cells, _RED_BINS.take(red) + (green >> 3), BINS * BINS, weights).reshape(shape)
    hues_blues = _spread(cells, hues * BINS + (blue >> 3), (HUE_BINS + 1) * BINS, weights).reshape(shape)
    return Count(
        np.stack([reds_greens.sum(2), reds_greens.sum(1), hues_blues.sum(1)]),
        _spread(cells, levels >> _LUMINANCE_SHIFT, BINS, weights),
        _spread(cells, _FINE_LIGHTNESS.take(levels), _FINE, weights),
        hues_blues.sum(2)[:, 1:],
        float(levels.sum(dtype=np.float64) if weights is None else levels @ weights.astype(np.float64)),
        _sum(levels == 0, weights),
        _sum((red == 255) | (green == 255) | (blue == 255), weights),
    )


def _spread(cells: NDArray[np.intp], bins: NDArray[Any], size: int, weights: NDArray[Any] | None) -> Floats:
    found = np.bincount(cells * size + bins, weights, _CELLS * size)
    return found.astype(np.float64).reshape(_CELLS, size)


def _sum(chosen: NDArray[np.bool_], weights: NDArray[Any] | None) -> float:
    return float(np.count_nonzero(chosen) if weights is None else weights[chosen].sum(dtype=np.float64))


def cells(width: int, height: int, top: int = 0, whole_height: int | None = None) -> NDArray[np.intp]:
    """Return the cell of the 3 x 3 grid, 0 to 8, of every pixel of a strip, in reading order."""
    rows = (np.arange(top, top + height) * 3) // (whole_height or height)
    found: NDArray[np.intp] = (rows[:, None] * 3 + (np.arange(width) * 3) // width).reshape(-1)
    return found


def hue_bins(oklab: Floats) -> NDArray[np.intp]:
    """Return the bin of OKLCH hue of each colour, -1 for those without a hue."""
    angle = np.arctan2(oklab[:, 2], oklab[:, 1]) * (HUE_BINS / (2 * np.pi))
    bins = np.floor(angle).astype(np.intp) % HUE_BINS
    return np.where(np.hypot(oklab[:, 1], oklab[:, 2]) < _LEAST_CHROMA, -1, bins)


def histogram(counted: Count) -> Histogram:
    """Return the histograms of the whole and of the grid."""
    counts = *counted.channels, counted.luminance, counted.lightness, counted.hue
    whole = [channel.sum(0, keepdims=True) for channel in counts]
    return {
        "whole": _channels(whole, BINS, HUE_BINS, 1000)[0],
        "grid": _channels(counts, GRID_BINS, GRID_HUE_BINS, 100),  # of cells of a few thousand pixels
    }


def _channels(counts: Sequence[Floats], bins: int, hue_bins: int, parts: int) -> list[Channels]:
    """Return the histograms of each cell from the counts, (cells, ...): the channels in order, hue last.

    `parts` are those of the pixels that they count in: 1000 for thousandths.
    """
    pixels = np.maximum(counts[0].sum(1), 1e-9)
    folded = (
        channel.reshape(len(channel), size, -1).sum(2) * (parts / pixels[:, None])
        for channel, size in zip(counts, (*[bins] * 5, hue_bins), strict=True)
    )
    return [
        {"red": red, "green": green, "blue": blue, "luminance": luminance, "lightness": lightness, "hue": hue}
        for red, green, blue, luminance, lightness, hue in zip(
            *(np.rint(channel).astype(int).tolist() for channel in folded), strict=True
        )
    ]


def luminosity(counted: Count, sample: Sample) -> Luminosity:
    """Return how light is spread; the extent of the layers comes from the sample."""
    fine = counted.lightness.sum(0)
    total = max(float(fine.sum()), 1e-9)
    mean = fine @ _FINE_MIDDLES / total
    spread = np.sqrt(fine @ np.square(_FINE_MIDDLES - mean) / total)
    reached = np.cumsum(fine)
    at = {part: _percentile(reached, part) for part in _PERCENTILES}
    median = at[50]
    dark, light = (_luminance(at[part]) + _FLARE for part in (1, 99))
    return {
        "mean": round(counted.luminance_sum / (LEVELS - 1) / total, 4),
        "median": round(_luminance(median), 4),
        "key": "low" if median < _LOW_KEY else "high" if median > _HIGH_KEY else "middle",
        "contrast": round(float(spread), 2),
        "dynamic_range": round(float(np.log2(light / dark)), 2),
        "percentiles": {str(part): round(value, 1) for part, value in at.items()},
        "clipping": {
            "shadows": round(counted.shadows / total, 4),
            "highlights": round(counted.highlights / total, 4),
        },
        "layers": _layers(sample),
    }


def _percentile(reached: Floats, part: int) -> float:
    """Return the L* below which a percentage of the pixels lies, to the middle of a bin; 0 where there is none.

    `reached` is how many pixels lie in each bin and below it.
    """
    if reached[-1] <= 0:
        return 0.0
    place = int(np.searchsorted(reached, reached[-1] * (part / 100) - 1e-6))
    if place >= _FINE - 1:
        return 100.0
    return 0.0 if place == 0 else (place + 0.5) * (100 / _FINE)


def _luminance(lightness: float) -> float:
    return float(np.searchsorted(LIGHTNESS, lightness)) / (LEVELS - 1)


def _layers(sample: Sample) -> list[Layer]:
    layer = sample.layers
    levels = sample.levels.reshape(-1)
    mass = np.bincount(layer.reshape(-1), sample.weights, LUMINANCE_LAYERS)
    sums = np.bincount(
        layer.reshape(-1), levels if sample.weights is None else levels * sample.weights, LUMINANCE_LAYERS
    )
    # which layers each row and column holds, a bit each: a layer extends from the first to the last of them
    bits = _BITS.take(layer) if sample.alpha is None else np.where(sample.alpha > 0, _BITS.take(layer), 0)
    by_row, by_column = np.bitwise_or.reduce(bits, 1), np.bitwise_or.reduce(bits, 0)
    total = max(float(mass.sum()), 1e-9)
    return [
        {
            "share": round(float(mass[index]) / total, 4),
            "mean": round(float(sums[index]) / float(mass[index]) / (LEVELS - 1), 4) if mass[index] else None,
            "box": extent(by_row & _BITS[index], by_column & _BITS[index]),
        }
        for index in range(LUMINANCE_LAYERS)
    ]


def extent(rows: NDArray[Any], columns: NDArray[Any]) -> list[float] | None:
    """Return the box, as fractions, around the rows and columns that hold something; None where none does."""
    down, across = np.flatnonzero(rows), np.flatnonzero(columns)
    if not len(down) or not len(across):
        return None
    left, top = across[0] / len(columns), down[0] / len(rows)
    right, bottom = (across[-1] + 1) / len(columns), (down[-1] + 1) / len(rows)
    return [round(float(value), 3) for value in (left, top, right - left, bottom - top)]
