"""The formulas of this package on NumPy arrays, whose last axis holds the three components.

The constants are those of the scalar forms, which tests hold these against. Values are float64.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from image_processing.colour import names, spaces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LINEAR_OF_BYTE: Floats = np.array([spaces.decode(value / 255) for value in range(256)])
"""Linear light of each 8-bit sRGB component."""

LUMINANCE_WEIGHTS: Floats = np.array([0.2126, 0.7152, 0.0722])  # WCAG 2.2, "relative luminance"

_XYZ_OF_LINEAR = np.array(spaces.XYZ_OF_LINEAR).T
_LMS_OF_LINEAR = np.array(spaces.LMS_OF_LINEAR).T
_LINEAR_OF_LMS = np.linalg.inv(_LMS_OF_LINEAR)
_OKLAB_OF_ROOTS = np.array(spaces.OKLAB_OF_ROOTS).T
_ROOTS_OF_OKLAB = np.linalg.inv(_OKLAB_OF_ROOTS)
_WHITE = np.array(spaces.WHITE_D65)
_25_TO_THE_7 = 25.0**7
_COS_26, _SIN_26 = np.cos(np.radians(26)), np.sin(np.radians(26))  # DIN99o's axis of red lies at 26 degrees


def names_of_oklab(oklab: Floats) -> list[tuple[str, str]]:
    """Return the nearest name of the survey and the nearest CSS keyword of each colour (n, 3), by ΔE OK."""
    return list(zip(*(_nearest(oklab, called, colours) for called, colours in _named()), strict=True))


@cache
def _named() -> list[tuple[list[str], Floats]]:
    tables = (sorted(table) for table in (names.survey(), names.css()))  # of equally near names the first is taken
    return [([called for called, _ in table], np.array([colour for _, colour in table])) for table in tables]


def _nearest(oklab: Floats, called: list[str], colours: Floats) -> list[str]:
    squares = np.square(colours - oklab[:, None]).sum(-1)
    return [called[place] for place in squares.argmin(1)]


def linear_of_srgb(srgb: Floats) -> Floats:
    """Return linear light of sRGB components 0 to 1 (IEC 61966-2-1)."""
    low: Floats = srgb / 12.92
    return np.where(srgb <= 0.04045, low, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)


def bytes_of_linear(linear: Floats) -> NDArray[np.uint8]:
    """Return 8-bit sRGB of linear light; values outside are clipped."""
    linear = np.clip(linear, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    found: NDArray[np.uint8] = np.rint(encoded * 255).astype(np.uint8)
    return found


def lightness_of_luminance(luminance: Floats) -> Floats:
    """Return L*, 0 to 100, of relative luminance, 0 to 1 (CIE 15:2004, section 8.2.1.1)."""
    return 116 * _lab_f(luminance) - 16


def lab_of_linear(linear: Floats) -> Floats:
    """Return CIE L*a*b* (D65) of linear sRGB."""
    f = _lab_f((linear @ _XYZ_OF_LINEAR) / _WHITE)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), -1)


def _lab_f(ratio: Floats) -> Floats:
    return np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)


def oklab_of_linear(linear: Floats) -> Floats:
    """Return OKLab (Ottosson 2020) of linear sRGB."""
    found: Floats = np.cbrt(linear @ _LMS_OF_LINEAR) @ _OKLAB_OF_ROOTS
    return found


def linear_of_oklab(oklab: Floats) -> Floats:
    """Return linear sRGB of OKLab, unclipped."""
    found: Floats = (oklab @ _ROOTS_OF_OKLAB) ** 3 @ _LINEAR_OF_LMS
    return found


def din99o_of_linear(linear: Floats) -> Floats:
    """Return DIN99o of linear sRGB: L 0 to 100, and distances that are nearly differences as they are seen.

    DIN 6176, with the constants of Cui, Luo, Rigg, Roesler and Witt, "Uniform colour spaces based on the DIN99
    colour-difference formula" (2002).
    """
    lightness, a, b = np.moveaxis(lab_of_linear(linear), -1, 0)
    red = a * _COS_26 + b * _SIN_26
    yellow = 0.83 * (b * _COS_26 - a * _SIN_26)
    chroma = np.hypot(red, yellow)
    shrink = np.where(chroma > 0, np.log1p(0.075 * chroma) / (0.0435 * np.where(chroma > 0, chroma, 1)), 0)
    red, yellow = red * shrink, yellow * shrink
    back = red * _COS_26 - yellow * _SIN_26, red * _SIN_26 + yellow * _COS_26
    return np.stack((303.67 * np.log1p(0.0039 * lightness), *back), -1)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return CIEDE2000 of CIELAB colours, element by element (Sharma, Wu, Dalal 2005, equations 2 to 22)."""
    l1, a1, b1 = np.moveaxis(one, -1, 0)
    l2, a2, b2 = np.moveaxis(other, -1, 0)
    stretch = 1.5 - 0.5 * _sevenths((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    delta_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    across = np.where(h1 + h2 < 360, 360, -360)
    mean_h = np.where(grey, h1 + h2, (h1 + h2 + np.where(np.abs(h1 - h2) <= 180, 0, across)) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * _cosine(mean_h - 30)
        + 0.24 * _cosine(2 * mean_h)
        + 0.32 * _cosine(3 * mean_h + 6)
        - 0.20 * _cosine(4 * mean_h - 63)
    )
    from_grey = (mean_l - 50) ** 2
    lightness = (l2 - l1) / (1 + 0.015 * from_grey / np.sqrt(20 + from_grey))
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    hue = delta_hue / (1 + 0.015 * mean_c * weight)
    rotation = -2 * _sevenths(mean_c) * np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    square = lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue
    found: Floats = np.sqrt(np.maximum(0.0, square))
    return found


def _sevenths(chroma: Any) -> Any:
    return np.sqrt(chroma**7 / (chroma**7 + _25_TO_THE_7))


def _cosine(degrees: Any) -> Any:
    return np.cos(np.radians(degrees))
