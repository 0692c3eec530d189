"""Analyse the pixels of an image for designers: colours, light, structure, text areas.

    image = pixels.decode(source, found)
    analyse(image)["palette"][0]["hex"]

`types.Analysis` is the result: plain data that JSON can carry. Needs NumPy and Pillow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from image_processing.analysis import fingerprint, legibility, light, palette, placeholder, structure
from image_processing.analysis.sample import Sample, take
from image_processing.analysis.shapes import find as find_layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from image_processing.analysis.light import Count
    from image_processing.analysis.types import Analysis, Box, Size

VERSION: Final = 1
COLOURS: Final = 8

_STRIP = 1 << 20  # pixels that the full profile counts at once


def analyse(image: Image.Image, *, colours: int = COLOURS, full: bool = False, layers: bool = False) -> Analysis:
    """Return the analysis of an upright image in sRGB, mode RGB or RGBA, as `pixels.decode` yields it.

    All comes from a sample of at most 256 pixels a side. With `full`, histogram, light but for its layers,
    sharpness and legibility come from every pixel of `image`, which then should be the undiminished one. With
    `layers`, shapes and the layers that they lie in are looked for, too, and maps are finer.
    """
    sample = take(image)
    small = _opened(sample)
    whole = take(image, max(image.size)) if full else sample
    found = palette.find(sample, colours)
    average = palette.average(sample)
    slope = structure.slopes(sample.lightness)
    grid = structure.cells(sample, slope)
    fine = structure.cells(sample, slope, structure.FINE_MAP_SIDE) if layers else grid
    counted = _count(whole)
    analysis: Analysis = {
        "version": VERSION,
        "profile": "full" if full else "standard",
        "sampled": _size(sample),
        "measured": _size(whole),
        "colour_managed": image.info.get("colour_managed", "assumed"),
        "palette": found.swatches,
        "dominant": palette.dominant(found.swatches),
        "average": average,
        "vivid": palette.vivid(found.swatches),
        "muted": palette.muted(found.swatches),
        "accent": palette.accent(found.swatches),
        "luminosity": light.luminosity(counted, sample),
        "histogram": light.histogram(counted),
        "alpha": structure.alpha(sample, present=image.mode == "RGBA"),
        "structure": structure.describe(
            sample, slope, grid, structure.sharpness(strip.lightness for _, strip in _strips(whole, 2))
        ),
        "maps": structure.maps(sample, fine, found.of_pixel),
        "legibility": legibility.find(structure.mean_lightness(sample, grid), grid.slope, _cropper(whole)),
        "fingerprint": fingerprint.find(image, Image.fromarray(sample.over(255))),
        "placeholder": placeholder.find(small, average),
    }
    if layers:
        analysis["layers"] = find_layers(sample)
    return analysis


def _size(sample: Sample) -> Size:
    width, height = sample.size
    return {"width": width, "height": height}


def _opened(sample: Sample) -> Image.Image:
    """Return the sample as an image."""
    if sample.alpha is None:
        return Image.fromarray(sample.rgb)
    alpha = np.rint(sample.alpha * 255).astype(np.uint8)
    return Image.fromarray(np.concatenate((sample.rgb, alpha[..., None]), -1))


def _count(sample: Sample) -> Count:
    """Count a sample's pixels, strip by strip: the counts of a strip take twenty times its bytes."""
    total: Count | None = None
    width, height = sample.size
    for top, strip in _strips(sample):
        counted = light.count(strip, light.cells(width, strip.size[1], top, height))
        total = counted if total is None else total.plus(counted)
    assert total is not None
    return total


def _strips(sample: Sample, overlap: int = 0) -> Iterator[tuple[int, Sample]]:
    """Yield a sample in strips with the row each begins at, further rows of the next one below if asked for."""
    width, height = sample.size
    if width * height <= _STRIP:
        yield 0, sample
        return
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        lines = slice(top, top + rows + overlap)
        yield top, Sample(sample.rgb[lines], None if sample.alpha is None else sample.alpha[lines])


def _cropper(sample: Sample) -> legibility.Crop:
    """Return a function that yields every pixel of a box; translucent ones twice, on white and on black."""
    width, height = sample.size

    def crop(box: Box) -> NDArray[np.uint8]:
        left, top, across, down = box
        columns = slice(math.floor(left * width), max(1, math.ceil((left + across) * width)))
        rows = slice(math.floor(top * height), max(1, math.ceil((top + down) * height)))
        inner = Sample(sample.rgb[rows, columns], None if sample.alpha is None else sample.alpha[rows, columns])
        if inner.alpha is None:
            return inner.rgb.reshape(-1, 3)
        return np.concatenate([inner.over(ground).reshape(-1, 3) for ground in (255, 0)])

    return crop
