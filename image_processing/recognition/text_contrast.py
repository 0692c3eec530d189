"""Measure how well a line of text stands out from its background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from image_processing.colour import contrast

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

_BINS = 128
_CORE = 0.3  # of the text's pixels: those farthest from the background; the others are smoothed edges


def measure(line: Image.Image) -> dict[str, Any]:
    """Return the colours of text and background of a line, cut out with its margin, and their contrast (WCAG 2.2).

    The pixels are split into two groups along the direction in which their colours differ most, where the groups
    are the most uniform (Otsu, 1979). The group that has most of the margin is the background.
    """
    pixels = np.asarray(line, np.float32)
    colours = pixels.reshape(-1, 3)
    values = _along_the_widest(colours).reshape(pixels.shape[:2])
    above = values > _threshold(values.ravel())
    margin = np.concatenate([above[0], above[-1]])
    if margin.mean() > 0.5:
        above, values = ~above, -values
    text, background = colours[above.ravel()], colours[~above.ravel()]
    if not len(text) or not len(background):
        text = background = colours
    else:
        far = values[above]
        text = text[far >= np.quantile(far, 1 - _CORE)]
    one, other = _hex(np.median(text, axis=0)), _hex(np.median(background, axis=0))
    return {"contrast": round(contrast.ratio(one, other), 2), "text_colour": one, "background": other}


def _along_the_widest(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the position of each colour on the first principal axis of all of them."""
    centred = colours - colours.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    positions: NDArray[np.float32] = centred @ axis
    return positions


def _threshold(values: NDArray[np.float32]) -> float:
    """Return the value that parts two groups with the most variance between them (Otsu, 1979)."""
    counts, edges = np.histogram(values, _BINS)
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * (edges[:-1] + edges[1:]) / 2)
    after = len(values) - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * after * (sums[:-1] / below - (sums[-1] - sums[:-1]) / after) ** 2
    return float(edges[1 + int(np.argmax(np.nan_to_num(between, posinf=0.0)))])


def _hex(colour: NDArray[np.float32]) -> str:
    red, green, blue = (round(float(value)) for value in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"
