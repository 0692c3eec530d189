"""The ten layers of relative luminance as masks: where in the image each of them is."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from image_processing.analysis.sample import LUMINANCE_LAYERS, take

STEP: Final = 25
"""Grey of an index in the map: the index times this."""


class Map(NamedTuple):
    """All layers in one picture: a PNG of indexed colour, 1 to 10 for layers 0 to 9, 0 where nothing is seen."""

    width: int
    height: int
    data: bytes


def layers(image: Image.Image, side: int) -> Map:
    """Return the layer of every pixel of an upright image in sRGB, mode RGB or RGBA, reduced to fit.

    `side` is the longest side of the map in pixels. The colour of index n is the grey 25 n: without a loss,
    visible as it stands, and easily told apart by filters.
    """
    sample = take(image, side)
    index = sample.layers.astype(np.uint8) + np.uint8(1)
    if sample.alpha is not None:
        index[sample.alpha == 0] = 0
    drawn = Image.fromarray(index)
    drawn.putpalette([grey for index in range(LUMINANCE_LAYERS + 1) for grey in [STEP * index] * 3])
    out = io.BytesIO()
    options = {} if sample.alpha is None else {"transparency": 0}
    drawn.save(out, "PNG", bits=4, **options)
    return Map(*drawn.size, out.getvalue())


def mask(image: Image.Image, layer: int, side: int | None = None) -> Image.Image:
    """Return a layer, 0 (dark) to 9 (light), as a mask of mode L: white where the image is as light as that.

    Translucent pixels are in it in part. Raises ValueError for another layer.
    """
    if not 0 <= layer < LUMINANCE_LAYERS:
        raise ValueError(f"a layer is 0 to {LUMINANCE_LAYERS - 1}, not {layer!r:.20}")
    sample = take(image, side or max(image.size))
    opacity = 1.0 if sample.alpha is None else sample.alpha
    return Image.fromarray(np.rint((sample.layers == layer) * opacity * 255).astype(np.uint8))
