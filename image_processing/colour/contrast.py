"""Contrast as WCAG 2.2 measures it, on the 8-bit colours that a screen is sent."""

from __future__ import annotations

from functools import lru_cache

from image_processing.colour import spaces

AA, AAA = 4.5, 7.0  # least contrast of text: success criteria 1.4.3 and 1.4.6
NON_TEXT = 3.0  # of parts of the interface, graphics and focus: 1.4.11 and 2.4.13


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2, "relative luminance").

    The definition breaks the transfer function at 0.04045 since 2021; no 8-bit value lies between that and the
    older 0.03928. Raises ValueError for another text.
    """
    red, green, blue = spaces.linear_of_srgb(spaces.parse_hex(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Return the contrast of two `#rrggbb`, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    first, second = luminance(one), luminance(other)
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
