"""Edges, sharpness, lines, calm regions, alpha, and the coarse maps that pictures are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from image_processing.analysis import light

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from image_processing.analysis.sample import Sample
    from image_processing.analysis.types import Alpha, Box, Maps, Structure

MAP_SIDE: Final = 24
FINE_MAP_SIDE: Final = 48
"""Longest side of the maps, in cells; the fine ones come with layers, and take four times the room."""

_EDGE = 6.0  # slope of L* a pixel of the sample from which an edge is seen
_CALM = 2.0  # mean slope of a cell below which little happens
_ANGLES = 36
_STEPS = 4  # of slope, an L* a pixel, that directions are told by
_STEEPEST = 50 * _STEPS  # what Sobel's operator makes of black beside white
_LINES = 3
_LINE_OVER_MEAN = 2.0  # how far the lines of one direction stand out of the mean of all directions
_CALM_BOXES = 3
_LEAST_CALM = 0.02  # share of the image
_DIGITS = np.frombuffer(b"0123456789abcdefghijklmnopqrstuv", np.uint8)


def _directions() -> NDArray[np.intp]:
    """Return the direction of an edge, in steps of 180 / `_ANGLES` degrees, for every slope (across, down)."""
    steps = np.arange(-_STEEPEST, _STEEPEST + 1)
    # an edge runs at a right angle to its slope, and rows count downwards
    found: NDArray[np.intp] = np.rint(np.arctan2(steps[:, None], steps) * (_ANGLES / np.pi)).astype(np.intp)
    return found % _ANGLES


_DIRECTIONS: Final = _directions()


class Slopes(NamedTuple):
    """Slope of L* at every pixel, in L* a pixel: its size and its parts to the right and down."""

    size: NDArray[np.float32]
    across: NDArray[np.float32]
    down: NDArray[np.float32]


class Cells(NamedTuple):
    """The sample cut into a coarse grid: the cell of every pixel, the cells' pixels and mean slope."""

    of_pixel: NDArray[np.intp]
    pixels: NDArray[np.intp]  # rows, columns
    slope: NDArray[np.float64]


def slopes(lightness: NDArray[np.float32]) -> Slopes:
    """Return the slope of L* by Sobel's operator, in L* a pixel; the border repeats."""
    padded = np.pad(lightness, 1, mode="edge")
    smooth = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = (smooth[:, 2:] - smooth[:, :-2]) * np.float32(0.125)
    smooth = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    down = (smooth[2:] - smooth[:-2]) * np.float32(0.125)
    return Slopes(np.sqrt(across * across + down * down), across, down)


def cells(sample: Sample, slope: Slopes, side: int = MAP_SIDE) -> Cells:
    """Cut the sample into cells, `side` along its longer side."""
    width, height = sample.size
    scale = min(1.0, side / max(width, height))
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    of_row, of_column = np.arange(height) * rows // height, np.arange(width) * columns // width
    of_pixel = (of_row[:, None] * columns + of_column).reshape(-1)
    pixels = np.outer(np.bincount(of_row), np.bincount(of_column))
    sums = np.bincount(of_pixel, slope.size.reshape(-1), rows * columns)
    return Cells(of_pixel, pixels, sums.reshape(rows, columns) / pixels)


def mean_lightness(sample: Sample, grid: Cells) -> NDArray[np.float64]:
    """Return the mean L* of each cell, (rows, columns)."""
    sums = np.bincount(grid.of_pixel, sample.lightness.reshape(-1), grid.pixels.size)
    found: NDArray[np.float64] = sums.reshape(grid.pixels.shape) / grid.pixels
    return found


def describe(sample: Sample, slope: Slopes, grid: Cells, sharpness: float) -> Structure:
    """Return the figures of edges and shapes."""
    return {
        "edge_density": round(float(np.count_nonzero(slope.size > _EDGE)) / slope.size.size, 4),
        "sharpness": round(sharpness, 2),
        "entropy": round(_entropy(sample.lightness), 3),
        "colourfulness": round(_colourfulness(sample), 2),
        "lines": _lines(slope),
        "calm": _calm(grid.slope < _CALM),
    }


def sharpness(strips: Iterable[NDArray[np.float32]]) -> float:
    """Return the variance of the Laplacian of L* (Pech-Pacheco and others 2000); 0 for less than 3 x 3 pixels.

    `strips` are parts of the image from top to bottom, each beginning two rows before the last ended.
    """
    count, total, squares = 0, 0.0, 0.0
    for lightness in strips:
        if min(lightness.shape) < 3:
            continue
        around = lightness[:-2, 1:-1] + lightness[2:, 1:-1] + lightness[1:-1, :-2] + lightness[1:-1, 2:]
        curved = around - 4 * lightness[1:-1, 1:-1]
        count += curved.size
        total += float(curved.sum(dtype=np.float64))
        squares += float(np.square(curved).sum(dtype=np.float64))
    return max(squares / count - (total / count) ** 2, 0.0) if count else 0.0


def _entropy(lightness: NDArray[np.float32]) -> float:
    """Return Shannon's entropy of L* in 256 steps, in bits."""
    counts = np.bincount((lightness * np.float32(2.55)).astype(np.intp).reshape(-1), minlength=256)
    shares = counts[counts > 0] / lightness.size
    return abs(float(shares @ np.log2(shares)))


def _colourfulness(sample: Sample) -> float:
    """Return Hasler and Süsstrunk's M3 (2003) of the visible pixels: 0 grey, 15 slight, 45 fair, 82 high."""
    if sample.visible <= 0:
        return 0.0
    red, green, blue = (channel.astype(np.float32) for channel in sample.channels)
    squares, means = 0.0, 0.0
    for opposed in (red - green, (red + green) / 2 - blue):
        mean = float(np.average(opposed, weights=sample.weights))
        squares += float(np.average(opposed * opposed, weights=sample.weights)) - mean * mean
        means += mean * mean
    return float(np.sqrt(max(squares, 0.0)) + 0.3 * np.sqrt(means))


def _lines(slope: Slopes) -> list[dict[str, float]]:
    """Return the directions in which edges run: 0 is level, 90 upright, 45 rises to the right."""
    chosen = np.flatnonzero(slope.size > _EDGE)
    if not len(chosen):
        return []
    across, down = (np.rint(part.take(chosen) * _STEPS).astype(np.intp) for part in (slope.across, slope.down))
    bins = _DIRECTIONS[across + _STEEPEST, down + _STEEPEST]
    mass = np.bincount(bins, slope.size.take(chosen), _ANGLES)
    shares = mass / mass.sum()
    peaks = (shares >= np.roll(shares, 1)) & (shares > np.roll(shares, -1)) & (shares > _LINE_OVER_MEAN / _ANGLES)
    found = sorted(np.flatnonzero(peaks).tolist(), key=lambda index: (-round(float(shares[index]), 6), index))
    return [
        {"angle": index * 180 / _ANGLES, "strength": round(float(shares[index]), 3)} for index in found[:_LINES]
    ]


def _calm(calm: NDArray[np.bool_]) -> list[Box]:
    """Return the largest boxes of calm cells that do not overlap."""
    calm, found = calm.copy(), []
    rows, columns = calm.shape
    for _ in range(_CALM_BOXES):
        left, top, width, height = largest_box(calm)
        if width * height < max(_LEAST_CALM * calm.size, 1):
            break
        calm[top : top + height, left : left + width] = False
        found.append([
            round(value, 3) for value in (left / columns, top / rows, width / columns, height / rows)
        ])  # fmt: skip
    return found


def largest_box(cells: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the largest box of true cells.

    Of equal ones it is the one that ends first, by row and then by column, and of these the tallest.
    """
    heights = np.arange(len(cells), 0, -1)
    tall = _runs(cells, 0)  # how many true cells end at each, counted upwards
    wide = _runs(tall[..., None] >= heights, 1)  # and how many that are as tall as each height, counted leftwards
    bottom, right, index = (int(place) for place in np.unravel_index((wide * heights).argmax(), wide.shape))
    height, width = int(heights[index]), int(wide[bottom, right, index])
    if not width:
        return 0, 0, 0, 0
    return right + 1 - width, bottom + 1 - height, width, height


def _runs(chosen: NDArray[np.bool_], axis: int) -> NDArray[np.intp]:
    """Return how many true values in a row end at each place, along an axis."""
    shape = [1] * chosen.ndim
    shape[axis] = -1
    place = np.arange(1, chosen.shape[axis] + 1).reshape(shape)
    found: NDArray[np.intp] = place - np.maximum.accumulate(np.where(chosen, 0, place), axis)
    return found


def alpha(sample: Sample, *, present: bool) -> Alpha:
    """Return the transparent parts; `present` tells whether the file has the channel at all."""
    if sample.alpha is None:
        return {
            "present": present,
            "used": False,
            "transparent": 0.0,
            "translucent": 0.0,
            "box": [0.0, 0.0, 1.0, 1.0],
        }
    seen, opaque = sample.alpha > 0, sample.alpha >= 1
    return {
        "present": True,
        "used": True,
        "transparent": round(1 - float(seen.mean()), 4),
        "translucent": round(float((seen & ~opaque).mean()), 4),
        "box": light.extent(np.any(seen, 1), np.any(seen, 0)),
    }


def maps(sample: Sample, grid: Cells, palette: NDArray[np.intp]) -> Maps:
    """Return the prevailing values of each cell: colour of the palette (its index for a pixel), layer, edges."""
    rows, columns = grid.pixels.shape
    opacity, cells = sample.weights, grid.pixels.size
    seen = grid.pixels if opacity is None else np.bincount(grid.of_pixel, opacity, cells).reshape(rows, columns)
    hidden = (seen < grid.pixels / 2).reshape(-1)
    layer = sample.layers.reshape(-1)
    edges = np.minimum(grid.slope.reshape(-1) * (9 / (2 * _EDGE)), 9).astype(np.intp)
    return {
        "columns": columns,
        "rows": rows,
        "palette": _drawn(_prevailing(grid.of_pixel, palette, opacity, cells), hidden, columns),
        "luminosity": _drawn(_prevailing(grid.of_pixel, layer, opacity, cells), hidden, columns),
        "edges": _drawn(edges, hidden, columns),
    }


def _prevailing(
    cell: NDArray[np.intp], value: NDArray[np.intp], weights: NDArray[np.floating] | None, cells: int
) -> NDArray[np.intp]:
    kinds = int(value.max()) + 1
    found: NDArray[np.intp] = (
        np.bincount(cell * kinds + value, weights, cells * kinds).reshape(cells, kinds).argmax(1)
    )
    return found


def _drawn(values: NDArray[np.intp], hidden: NDArray[np.bool_], columns: int) -> list[str]:
    text = np.where(hidden, np.uint8(ord(".")), _DIGITS.take(values)).tobytes().decode()
    return [text[start : start + columns] for start in range(0, len(text), columns)]
