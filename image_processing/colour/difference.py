"""How far two colours are apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from image_processing.colour.spaces import Triple

_25_TO_THE_7 = 25.0**7


def ok(one: Triple, other: Triple) -> float:
    """Return ΔE OK of two OKLab colours: their distance (CSS Color 4, section 13). About 0.02 is just noticed."""
    return math.dist(one, other)


def ciede2000(one: Triple, other: Triple) -> float:
    """Return CIEDE2000 of two CIELAB colours, all weights 1. About 1 is just noticed.

    Sharma, Wu, Dalal: "The CIEDE2000 Color-Difference Formula" (2005), equations 2 to 22.
    """
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean_c7 / (mean_c7 + _25_TO_THE_7))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360

    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    if turn == -180 and h2 > h1:
        turn = 180.0
    delta_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    if c1 * c2 == 0:
        mean_h = h1 + h2
    elif abs(h1 - h2) <= 180:
        mean_h = (h1 + h2) / 2
    else:
        mean_h = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2

    weight = (
        1
        - 0.17 * math.cos(math.radians(mean_h - 30))
        + 0.24 * math.cos(math.radians(2 * mean_h))
        + 0.32 * math.cos(math.radians(3 * mean_h + 6))
        - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    )
    from_grey = (mean_l - 50) ** 2
    lightness = (l2 - l1) / (1 + 0.015 * from_grey / math.sqrt(20 + from_grey))
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    hue = delta_hue / (1 + 0.015 * mean_c * weight)
    rotation = (
        -2
        * math.sqrt(mean_c**7 / (mean_c**7 + _25_TO_THE_7))
        * math.sin(math.radians(60 * math.exp(-(((mean_h - 275) / 25) ** 2))))
    )
    return math.sqrt(max(0.0, lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue))
