"""Decode YCbCr of a TIFF that Pillow or libtiff cannot: uncompressed, or in planes with less of chroma.

TIFF 6.0, section 21. All else is left to libtiff and libjpeg.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from image_processing.decode import codec_limits, tiff_bytes, tiff_parts
from image_processing.errors import Corrupt, NotDecodable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from image_processing.source import Source

_YCBCR, _SEPARATE = 6, 2
_UNSHARED = (1, 1)
_UNITS = (1, 2, 4)  # pixels that share a chroma sample, across or down
_COST = 12  # bytes a pixel: parts, planes, Pillow's image and its conversion


def is_ours(tags: Mapping[int, Any]) -> bool:
    """Tell YCbCr that Pillow takes for RGB, or cannot read."""
    compression, separate = tags.get(259, 1), tags.get(284) == _SEPARATE
    shared = separate and tags.get(530, _UNSHARED) != _UNSHARED and compression in tiff_bytes.CODECS
    return tags.get(262) == _YCBCR and tags.get(277) == 3 and (shared or compression == tiff_bytes.RAW)


def decode(source: Source, tags: Mapping[int, Any]) -> Image.Image:
    """Decode the image that the tags of a directory tell of, as RGB.

    Raises:
        NotDecodable: its samples are not of 8 bits, or decoding takes more than `codec_limits.MAX_MEMORY`.
        Truncated, Corrupt: strips or tiles are missing, short or damaged.

    """
    if {*tags.get(258, (8,))} != {8}:
        raise NotDecodable("YCbCr is decoded with 8 bits a sample, not with others. Please send a PNG or JPEG.")
    units = tags.get(530, (2, 2))
    if not (isinstance(units, tuple) and len(units) == 2 and all(unit in _UNITS for unit in units)):
        raise Corrupt("The TIFF directory is damaged. Please export the image again.")
    layout = tiff_parts.cut(tags, 3)
    width, height = layout.image
    if math.prod(layout.image) * _COST > codec_limits.MAX_MEMORY:
        raise NotDecodable(
            f"A TIFF of such samples takes too much memory at {width} x {height} pixels. Send a smaller one."
        )
    planes = np.zeros((3, height, width), np.uint8)
    shares = [
        (1, 1) if layout.planes > 1 and part < layout.in_plane else units for part in range(len(layout.offsets))
    ]
    unit = 1 if layout.planes > 1 else units[0] * units[1] + 2
    sizes = [
        (math.ceil(layout.size[0] / across) * unit, math.ceil(layout.rows(part) / down))
        for part, (across, down) in enumerate(shares)
    ]
    for part, data in tiff_bytes.decompressed(source, tags, layout, sizes):
        plane, place = divmod(part, layout.in_plane)
        left, top = place % layout.across * layout.size[0], layout.top(part)
        found = np.frombuffer(data, np.uint8).reshape(sizes[part][1], -1, unit)
        bands = [_spread(found[..., 0], shares[part])] if layout.planes > 1 else _bands(found, units)
        for band, samples in enumerate(bands, plane):
            target = planes[band, top : top + layout.shown(part), left : left + layout.size[0]]
            target[:] = samples[: target.shape[0], : target.shape[1]]
    _stretch(planes, tags.get(532))
    return Image.merge("YCbCr", [Image.fromarray(plane) for plane in planes]).convert("RGB")


def _bands(units: NDArray[Any], share: Sequence[int]) -> list[NDArray[Any]]:
    """Take data units apart: the lumas of some pixels, row by row, and the two chromas that these share."""
    rows, columns, _ = units.shape
    across, down = share
    lumas = units[..., :-2].reshape(rows, columns, down, across).transpose(0, 2, 1, 3)
    return [lumas.reshape(rows * down, -1), _spread(units[..., -2], share), _spread(units[..., -1], share)]


def _spread(chroma: NDArray[Any], share: Sequence[int]) -> NDArray[Any]:
    return chroma.repeat(share[1], axis=0).repeat(share[0], axis=1)


def _stretch(planes: NDArray[Any], reference: Any) -> None:
    """Bring samples to the full range by ReferenceBlackWhite, as video has them between 16 and 235."""
    if not (isinstance(reference, tuple) and len(reference) == 6):
        return
    levels = [float(value) for value in reference]
    for band, (plane, black, white) in enumerate(zip(planes, levels[::2], levels[1::2], strict=True)):
        span, middle = (127, 128) if band else (255, 0)
        if white > black:
            table = (np.arange(256) - black) * span / (white - black) + middle
            plane[:] = np.clip(table + 0.5, 0, 255).astype(np.uint8)[plane]
