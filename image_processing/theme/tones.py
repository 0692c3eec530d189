"""Lightness: the ramps of a theme, and how a colour is moved until it keeps its contrast."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from image_processing.colour import contrast, gamut

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.colour.spaces import Triple
    from image_processing.theme.seeds import Seed

# step -> OKLab lightness, and the part of the seed's chroma that a colour of this lightness carries
STEPS: Final = {
    50: (0.977, 0.12),
    100: (0.950, 0.22),
    200: (0.900, 0.42),
    300: (0.830, 0.65),
    400: (0.740, 0.90),
    500: (0.650, 1.00),
    600: (0.560, 1.00),
    700: (0.480, 0.92),
    800: (0.400, 0.80),
    900: (0.330, 0.65),
    950: (0.240, 0.50),
}

_SURPLUS = 0.0015  # lightness beyond what is computed, which rounding to 8 bits may take away again


def ramp(seed: Seed) -> dict[int, str]:
    """Return a seed's `#rrggbb` from 50 (lightest) to 950, each mapped into the gamut."""
    return {
        step: gamut.to_hex((lightness, seed.chroma * part, seed.hue)) for step, (lightness, part) in STEPS.items()
    }


def reach(oklch: Triple, against: Iterable[tuple[str, float]], *, darker: bool) -> str:
    """Return the `#rrggbb` nearest to a colour that keeps a contrast with each of some others.

    `against` are `#rrggbb` and the ratio to keep. Only lightness moves, one way; the contrast is that of the final
    8-bit value. Black or white is the end of the way: it keeps any ratio up to 9 with every colour that the tables
    of `roles` put on the other side.
    """
    needs = [(contrast.luminance(colour), ratio) for colour, ratio in against]
    if darker:
        limit = min(((luminance + 0.05) / ratio - 0.05 for luminance, ratio in needs), default=1.0)
    else:
        limit = max(((luminance + 0.05) * ratio - 0.05 for luminance, ratio in needs), default=0.0)
    lightness, chroma, hue = oklch
    while True:
        found = gamut.to_hex((lightness, chroma, hue))
        luminance = contrast.luminance(found)
        if (luminance <= limit if darker else luminance >= limit) or not 0 < lightness < 1:
            return found
        # of a grey, lightness is the cube root of luminance; of a colour, nearly so
        gap = abs(math.cbrt(luminance) - math.cbrt(limit)) + _SURPLUS
        lightness += -gap if darker else gap
