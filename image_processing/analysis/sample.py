"""The pixels that an analysis looks at, reduced once, and values that several of its parts need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from PIL import Image

from image_processing.colour import arrays

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from image_processing.colour.arrays import Floats

SIDE: Final = 256
"""Longest side of the sample, in pixels."""

_LEVEL_BITS = 16
LEVELS: Final = 1 << _LEVEL_BITS
"""Steps of relative luminance: whole numbers add up to the same on every machine."""

LUMINANCE_LAYERS: Final = 10

_STEPS = 24  # of each channel, finer in the dark: colours that share them are one to the palette, at their mean
_BINS = _STEPS**3
_STEP_OF_BYTE = np.minimum(np.sqrt(np.arange(256) / 255) * _STEPS, _STEPS - 1).astype(np.intp)
_BIN_OF_RED, _BIN_OF_GREEN = _STEP_OF_BYTE * _STEPS**2, _STEP_OF_BYTE * _STEPS
_SHARES = tuple(
    np.rint(arrays.LINEAR_OF_BYTE * weight * (LEVELS - 1)).astype(np.int32) for weight in arrays.LUMINANCE_WEIGHTS
)


def luminance_levels(red: NDArray[Any], green: NDArray[Any], blue: NDArray[Any]) -> NDArray[np.int32]:
    """Return the relative luminance (WCAG 2.2) of 8-bit sRGB, as steps from 0 to `LEVELS` - 1."""
    levels: NDArray[np.int32] = _SHARES[0].take(red)
    levels += _SHARES[1].take(green)
    levels += _SHARES[2].take(blue)
    return np.minimum(levels, LEVELS - 1, out=levels)


LIGHTNESS: Floats = arrays.lightness_of_luminance(np.arange(LEVELS) / (LEVELS - 1))
"""L*, 0 to 100, of each step of luminance."""

_LIGHTNESS_32 = LIGHTNESS.astype(np.float32)


class Colours(NamedTuple):
    """The distinct colours of a sample, up to some thousands, each the mean of pixels that are nearly the same."""

    weights: Floats  # visible pixels of each, by their alpha
    linear: Floats
    oklab: Floats
    of_pixel: NDArray[np.intp]  # index into the above, for every pixel in reading order; -1 for hidden ones


@dataclass(frozen=True)
class Sample:
    """Upright sRGB pixels, (height, width, 3), and their opacity, 0 to 1, or None where all are opaque."""

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.float32] | None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @cached_property
    def levels(self) -> NDArray[np.int32]:
        """Relative luminance of every pixel, in steps of `LEVELS`."""
        return luminance_levels(*self.places).reshape(self.rgb.shape[:2])

    @cached_property
    def layers(self) -> NDArray[np.intp]:
        """Tenth of the scale of luminance, 0 to 9, of every pixel."""
        return (self.levels.astype(np.intp) * LUMINANCE_LAYERS) >> _LEVEL_BITS

    @cached_property
    def channels(self) -> tuple[NDArray[np.uint8], ...]:
        """Red, green and blue of every pixel, in reading order."""
        return tuple(np.ascontiguousarray(self.rgb[..., axis]).reshape(-1) for axis in range(3))

    @cached_property
    def places(self) -> tuple[NDArray[np.intp], ...]:
        """The channels as places in tables, which they are often read by."""
        return tuple(channel.astype(np.intp) for channel in self.channels)

    @cached_property
    def lightness(self) -> NDArray[np.float32]:
        """L* of every pixel, 0 to 100; translucent ones before white."""
        if self.alpha is None:
            return _LIGHTNESS_32.take(self.levels)
        return _LIGHTNESS_32.take(luminance_levels(*np.moveaxis(self.over(255), -1, 0)))

    @cached_property
    def weights(self) -> NDArray[np.float32] | None:
        """The weight of every pixel, in reading order: its opacity; None is 1 for all."""
        return None if self.alpha is None else self.alpha.reshape(-1)

    @cached_property
    def visible(self) -> float:
        """How many pixels are seen, the translucent ones in part."""
        return float(self.rgb.shape[0] * self.rgb.shape[1]) if self.alpha is None else float(self.alpha.sum())

    def over(self, background: int) -> NDArray[np.uint8]:
        """Return the pixels composed over a grey, 0 to 255, as browsers do it: in sRGB, not in linear light."""
        if self.alpha is None:
            return self.rgb
        opacity = self.alpha[..., None]
        found: NDArray[np.uint8] = np.rint(self.rgb * opacity + background * (1 - opacity)).astype(np.uint8)
        return found

    @cached_property
    def colours(self) -> Colours:
        """The distinct colours of the visible pixels."""
        red, green, blue = self.places
        keys = _BIN_OF_RED.take(red)
        keys += _BIN_OF_GREEN.take(green)
        keys += _STEP_OF_BYTE.take(blue)
        counts = np.bincount(keys, self.weights, _BINS)
        used = np.flatnonzero(counts)
        sums = [np.bincount(keys, self._weighted(channel), _BINS)[used] for channel in self.channels]
        weights = counts[used].astype(np.float64)
        linear = arrays.linear_of_srgb(np.stack(sums, -1) / (255 * weights[:, None]))
        position = np.full(_BINS, -1, np.intp)
        position[used] = np.arange(len(used))
        return Colours(weights, linear, arrays.oklab_of_linear(linear), position.take(keys))

    def _weighted(self, values: NDArray[Any]) -> NDArray[Any]:
        return values if self.weights is None else values * self.weights


def take(image: Image.Image, side: int = SIDE) -> Sample:
    """Reduce an image of mode RGB or RGBA to fit and take its pixels."""
    ratio = side / max(image.size)
    if ratio < 1:
        size = max(1, round(image.width * ratio)), max(1, round(image.height * ratio))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    pixels = np.asarray(image)
    if image.mode == "RGB":
        return Sample(pixels, None)
    alpha = pixels[..., 3]
    return Sample(pixels[..., :3], None if alpha.min() == 255 else alpha.astype(np.float32) / np.float32(255))
