"""From seeds to the colours of a mode, each solved against those that it will lie on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from image_processing.colour import spaces
from image_processing.theme import pairs, series, tones
from image_processing.theme.pairs import FAMILIES, NEEDS, SERIES, SURFACES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from image_processing.theme.seeds import Seed

# OKLab lightness that a role starts from, in light and in dark; the pairs it must keep move it on from there
_NEUTRALS: Final = {
    "background": (0.980, 0.165),
    "surface-sunken": (0.955, 0.135),
    "surface": (0.993, 0.205),
    "surface-raised": (1.000, 0.250),
    "text": (0.220, 0.955),
    "text-muted": (0.380, 0.830),
    "text-subtle": (0.540, 0.700),
    "outline": (0.640, 0.530),
    "outline-strong": (0.500, 0.700),
    "focus-inner": (0.993, 0.135),
}
_CONTAINER, _ON_CONTAINER, _ON = (0.915, 0.310), (0.380, 0.880), (0.990, 0.175)
_FILL = ((0.36, 0.60), (0.70, 0.84))  # the image's own lightness, within these
_MIRROR = 0.4  # in dark, what is darker than a fill may be is as much lighter, times this: it stands out as before
_WORDS = (0.52, 0.76)
_HOVER = 0.06


def solve(seeds: Mapping[str, Seed], hues: Sequence[float], level: str, *, dark: bool) -> dict[str, str]:
    """Return the `#rrggbb` of every role.

    Colours are settled one after the other, each against those before it that `pairs.TABLE` lets it meet: what
    lies below (surfaces, containers, the words on a fill) first and freely, then what lies on it, which moves away
    from it until the final 8-bit values keep their contrast. `hues` are the image's, for chart series.
    """
    solved: dict[str, str] = {}

    def settle(role: str, seed: Seed, lightness: float, chroma: float) -> None:
        against = [(solved[other], pairs.required(kind, level)) for other, kind in NEEDS[role] if other in solved]
        solved[role] = tones.reach((lightness, chroma, seed.hue), against, darker=not dark)

    neutral = seeds["neutral"]
    tint = neutral.chroma
    for role in SURFACES:
        settle(role, neutral, _NEUTRALS[role][dark], tint * (0.7 if dark else 0.35))
    for family in FAMILIES:
        seed = seeds[family]
        settle(f"{family}-container", seed, _CONTAINER[dark], min(seed.chroma * 0.6, 0.07))
        settle(f"on-{family}", seed, _ON[dark], min(seed.chroma * 0.2, 0.03))
    for role in ("text", "text-muted", "text-subtle", "outline", "outline-strong", "focus-inner"):
        settle(role, neutral, _NEUTRALS[role][dark], tint)
    for family in FAMILIES:
        seed = seeds[family]
        low, high = _FILL[dark]
        lightness = low + _MIRROR * max(low - seed.lightness, 0) if dark else low
        settle(family, seed, min(max(seed.lightness, lightness), high), seed.chroma)
        filled = spaces.oklch_of_hex(solved[family])[0]
        settle(f"{family}-hover", seed, filled + (_HOVER if dark else -_HOVER), seed.chroma)
        settle(f"{family}-text", seed, _WORDS[dark], seed.chroma)
        settle(f"on-{family}-container", seed, _ON_CONTAINER[dark], seed.chroma * 0.8)
    settle("focus", seeds["primary"], _WORDS[dark], seeds["primary"].chroma)
    grounds = [solved[surface] for surface in SURFACES]
    solved |= zip(SERIES, series.choose(solved["primary"], hues, grounds, darker=not dark), strict=True)
    return {role: solved[role] for role in pairs.ROLES}
