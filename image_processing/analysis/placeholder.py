"""Placeholders until an image is loaded: ThumbHash, BlurHash, a colour, a gradient."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from image_processing.analysis.sample import take
from image_processing.colour import arrays, spaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from image_processing.analysis.sample import Sample
    from image_processing.analysis.types import Placeholder
    from image_processing.colour.arrays import Floats

_THUMBHASH_SIDE, _BLURHASH_SIDE = 100, 32
_BASE83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_STRIPES = 4
_NOTHING = 1e-9  # a frequency that is there by rounding alone


def find(small: Image.Image, average: str | None) -> Placeholder:
    """Return every kind of placeholder of a small image of mode RGB or RGBA."""
    across = 4 if small.width >= small.height else 3
    smaller = _fitted(small, _THUMBHASH_SIDE)
    smallest = take(_fitted(smaller, _BLURHASH_SIDE))
    return {
        "thumbhash": base64.b64encode(thumbhash(smaller)).decode(),
        "blurhash": blurhash(Image.fromarray(smallest.over(255)), across, 7 - across),
        "css_colour": average or "transparent",
        "css_gradient": gradient(smallest),
    }


def _fitted(image: Image.Image, side: int) -> Image.Image:
    image = image.copy()
    image.thumbnail((side, side))
    return image


def thumbhash(image: Image.Image) -> bytes:
    """Return the ThumbHash (Wallace 2023) of an RGB or RGBA image of at most 100 x 100 pixels, 5 to 25 bytes."""
    width, height = image.size
    red, green, blue, *rest = (np.asarray(band) / 255 for band in image.split())
    has_alpha = bool(rest and rest[0].min() < 1)
    if has_alpha:
        opacity = rest[0]
        visible = opacity.sum()
        shown = [channel * opacity for channel in (red, green, blue)]
        red, green, blue = (seen + (1 - opacity) * (seen.sum() / visible if visible else 0.0) for seen in shown)
    longest = 5 if has_alpha else 7
    across, down = (max(1, round(longest * side / max(width, height))) for side in (width, height))
    light, light_waves, light_scale = _waves((red + green + blue) / 3, max(3, across), max(3, down))
    yellow, yellow_waves, yellow_scale = _waves((red + green) / 2 - blue, 3, 3)
    rosy, rosy_waves, rosy_scale = _waves(red - green, 3, 3)
    landscape = width > height
    head = round(63 * light) | round(31.5 + 31.5 * yellow) << 6 | round(31.5 + 31.5 * rosy) << 12
    head |= round(31 * light_scale) << 18 | has_alpha << 23
    tail = (down if landscape else across) | round(63 * yellow_scale) << 3 | round(63 * rosy_scale) << 9
    found = head.to_bytes(3, "little") + (tail | landscape << 15).to_bytes(2, "little")
    digits = [light_waves, yellow_waves, rosy_waves]
    if has_alpha:
        clear, clear_waves, clear_scale = _waves(rest[0], 5, 5)
        found += bytes([round(15 * clear) | round(15 * clear_scale) << 4])
        digits.append(clear_waves)
    nibbles = [round(15 * wave) for waves in digits for wave in waves]
    nibbles += [0] * (len(nibbles) & 1)
    return found + bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))


def _waves(channel: Floats, across: int, down: int) -> tuple[float, list[float], float]:
    """Return the mean, the triangle of low frequencies scaled to 0 to 1, and the scale."""
    height, width = channel.shape
    table = (_cosines(down, height) @ channel @ _cosines(across, width).T / (width * height)).tolist()
    kept = [table[y][x] for y in range(down) for x in range(across) if x * down < across * (down - y)]
    scale = max(abs(wave) for wave in kept[1:])
    if scale < _NOTHING:
        return kept[0], [0.5] * (len(kept) - 1), 0.0
    return kept[0], [0.5 + 0.5 / scale * wave for wave in kept[1:]], scale


@lru_cache(maxsize=64)  # images have few shapes
def _cosines(count: int, length: int, shift: float = 0.5) -> Floats:
    found: Floats = np.cos(np.pi / length * np.arange(count)[:, None] * (np.arange(length) + shift))
    return found


def blurhash(image: Image.Image, across: int, down: int) -> str:
    """Return the BlurHash (Ågren 2018) of an RGB image with 1 to 9 components each way."""
    width, height = image.size
    linear = arrays.LINEAR_OF_BYTE.take(np.asarray(image))
    rows, columns = _cosines(down, height, 0), _cosines(across, width, 0)
    waves = np.tensordot(columns, np.tensordot(rows, linear, 1), (1, 1)).swapaxes(0, 1)
    waves = waves.reshape(-1, 3) / (width * height)
    waves[1:] *= 2
    red, green, blue = (_byte(float(value)) for value in waves[0])
    strongest = float(np.abs(waves[1:]).max()) if len(waves) > 1 else 0.0
    scale = max(0, min(82, int(strongest * 166 - 0.5))) if len(waves) > 1 else 0
    most = (scale + 1) / 166 if len(waves) > 1 else 1.0
    text = _base83(across - 1 + (down - 1) * 9, 1) + _base83(scale, 1)
    text += _base83((red << 16) + (green << 8) + blue, 4)
    signs = np.sign(waves[1:]) * np.sqrt(np.abs(waves[1:]) / most)
    for red, green, blue in np.clip(np.floor(signs * 9 + 9.5), 0, 18).astype(int).tolist():
        text += _base83((red * 19 + green) * 19 + blue, 2)
    return text


def _byte(linear: float) -> int:
    return int(spaces.encode(max(0.0, min(1.0, linear))) * 255 + 0.5)


def _base83(value: int, length: int) -> str:
    return "".join(_BASE83[value // 83**place % 83] for place in range(length - 1, -1, -1))


def gradient(sample: Sample) -> str:
    """Return a CSS gradient of four stripes' mean colours, along the way in which they differ most."""
    linear = arrays.LINEAR_OF_BYTE.take(sample.rgb)
    lanes = {"to right": 1, "to bottom": 0}
    means = {way: _stripes(linear, sample.alpha, axis) for way, axis in lanes.items()}
    way = max(means, key=lambda way: round(float(np.abs(np.diff(means[way][:, :3], axis=0)).sum()), 6))
    return f"linear-gradient({way}, {', '.join(_css(stripe) for stripe in means[way])})"


def _stripes(linear: Floats, alpha: NDArray[np.float32] | None, axis: int) -> Floats:
    """Return mean linear colour, and opacity, of four stripes across an axis."""
    found = []
    for part in np.array_split(np.arange(linear.shape[axis]), _STRIPES):
        chosen = part if len(part) else np.array([linear.shape[axis] - 1])
        colours = linear.take(chosen, axis)
        if alpha is None:
            found.append([*colours.mean((0, 1)), 1.0])
            continue
        opacity = alpha.take(chosen, axis).astype(np.float64)
        whole = max(float(opacity.sum()), 1e-9)
        found.append([*((colours * opacity[..., None]).sum((0, 1)) / whole), float(opacity.mean())])
    return np.array(found)


def _css(stripe: Floats) -> str:
    red, green, blue, opacity = (float(value) for value in stripe)
    text = spaces.to_hex(spaces.srgb_of_linear((red, green, blue)))
    return text if opacity > 0.998 else f"{text}{round(opacity * 255):02x}"
