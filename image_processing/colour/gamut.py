"""Bring OKLCH colours into sRGB by lowering chroma, lightness and hue kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from image_processing.colour import difference, spaces

if TYPE_CHECKING:
    from image_processing.colour.spaces import Triple

JUST_NOTICEABLE = 0.02  # ΔE OK
EPSILON = 0.0001
_LEAST, _MOST = -1e-6, 1 + 1e-6  # of linear light; the rounding is far below half an 8-bit step


def fits(linear: Triple) -> bool:
    """Tell whether a linear sRGB colour lies in the gamut."""
    red, green, blue = linear
    return _LEAST <= red <= _MOST and _LEAST <= green <= _MOST and _LEAST <= blue <= _MOST


def to_linear(oklch: Triple) -> Triple:
    """Return the linear sRGB colour, inside the gamut, that stands for an OKLCH colour.

    CSS Color 4, section 13.2: binary search of chroma with local minimum ΔE (the clipped colour is taken as soon
    as nobody could tell it from the unclipped one). Lightness of 1 and more is white, of 0 and less black.
    """
    lightness, chroma, hue = oklch
    if lightness >= 1:
        return 1.0, 1.0, 1.0
    if lightness <= 0:
        return 0.0, 0.0, 0.0
    _, direction_a, direction_b = spaces.oklab_of_oklch((lightness, 1.0, hue))
    current = (lightness, chroma * direction_a, chroma * direction_b)
    linear = spaces.linear_of_oklab(current)
    clipped = _clip(linear)
    if fits(linear) or difference.ok(spaces.oklab_of_linear(clipped), current) < JUST_NOTICEABLE:
        return clipped
    low, high, low_fits = 0.0, chroma, True
    while high - low > EPSILON:
        chroma = (low + high) / 2
        current = (lightness, chroma * direction_a, chroma * direction_b)
        linear = spaces.linear_of_oklab(current)
        if low_fits and fits(linear):
            low = chroma
            continue
        clipped = _clip(linear)
        distance = difference.ok(spaces.oklab_of_linear(clipped), current)
        if distance >= JUST_NOTICEABLE:
            high = chroma
        elif JUST_NOTICEABLE - distance < EPSILON:
            break
        else:
            low, low_fits = chroma, False
    return clipped


def to_srgb(oklch: Triple) -> Triple:
    """Return the sRGB colour, inside the gamut, that stands for an OKLCH colour; see `to_linear`."""
    return spaces.srgb_of_linear(to_linear(oklch))


def to_hex(oklch: Triple) -> str:
    """Return the `#rrggbb` that stands for an OKLCH colour; see `to_linear`."""
    return spaces.to_hex(to_srgb(oklch))


def _clip(linear: Triple) -> Triple:
    red, green, blue = linear
    return (
        0.0 if red < 0 else 1.0 if red > 1 else red,  # a third of the time of min and max, and run most of all
        0.0 if green < 0 else 1.0 if green > 1 else green,
        0.0 if blue < 0 else 1.0 if blue > 1 else blue,
    )
