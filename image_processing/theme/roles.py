"""From seeds to the colours of a mode, each solved against those that it will lie on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from image_processing.colour import difference, spaces
from image_processing.theme import pairs, series, tones
from image_processing.theme.pairs import FAMILIES, NEEDS, SERIES, SURFACES
from image_processing.theme.seeds import STATUS_HUES, hues, turn, variants

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
_LEAST_ACCENT = 0.425  # in light: a darker accent reads as black; rounding leaves 0.42
_MIRROR = 0.4  # in dark, what is darker than a fill may be is as much lighter, times this: it stands out as before
_WORDS = (0.52, 0.76)
_HOVER = 0.06

_DISTINCT_HUE = 30.0  # degrees of OKLCH: the fills of primary and status are so far apart, or by CIEDE2000 so:
_DISTINCT = 15.0


def solve(seeds: Mapping[str, Seed], level: str) -> tuple[dict[str, Seed], dict[str, str], dict[str, str]]:
    """Return the seeds, each status distinct from the primary, and the `#rrggbb` of every role, light and dark."""
    settled = dict(seeds)
    light, dark = _Mode(settled, level, dark=False), _Mode(settled, level, dark=True)
    for status in STATUS_HUES:
        for seed in variants(status, seeds[status], seeds["primary"]):
            settled[status] = seed
            filled = [(mode.solved["primary"], mode.fill(status)) for mode in (light, dark)]
            if all(_distinct(*fills) for fills in filled):
                break
    charts = series.choose(hues(seeds), light.solved["primary"], dark.solved["primary"])
    return settled, light.finish(charts[0]), dark.finish(charts[1])


class _Mode:
    """The colours of one mode, settled one after the other.

    Each is settled against those before it that `pairs.TABLE` lets it meet: what lies below (surfaces, containers,
    the words on a fill) first and freely, then what lies on it, which moves away from it until the final 8-bit
    values keep their contrast.
    """

    def __init__(self, seeds: Mapping[str, Seed], level: str, *, dark: bool) -> None:
        """Settle the surfaces and the fills that are the image's own."""
        self.seeds = seeds
        self.level = level
        self.dark = dark
        self.solved: dict[str, str] = {}
        tint = seeds["neutral"].chroma
        for role in SURFACES:
            self.settle(role, seeds["neutral"], _NEUTRALS[role][dark], tint * (0.7 if dark else 0.35))
        for family in FAMILIES:
            if family not in STATUS_HUES:
                self.fill(family)

    def settle(self, role: str, seed: Seed, lightness: float, chroma: float) -> None:
        """Settle a role, which starts from a lightness and a chroma, in a seed's hue."""
        solved = self.solved
        against = [
            (solved[other], pairs.required(kind, self.level)) for other, kind in NEEDS[role] if other in solved
        ]
        solved[role] = tones.reach((lightness, chroma, seed.hue), against, darker=not self.dark)

    def fill(self, family: str) -> str:
        """Settle a family's fill and the words on it, anew if they are settled, and return the fill."""
        seed, dark = self.seeds[family], self.dark
        for role in (family, f"on-{family}"):
            self.solved.pop(role, None)
        self.settle(f"on-{family}", seed, _ON[dark], min(seed.chroma * 0.2, 0.03))
        low, high = _FILL[dark]
        if dark:
            low += _MIRROR * max(low - seed.lightness, 0)
        elif family == "accent":
            low = _LEAST_ACCENT
        self.settle(family, seed, min(max(seed.lightness, low), high), seed.chroma)
        return self.solved[family]

    def finish(self, colours: Sequence[str]) -> dict[str, str]:
        """Settle the other roles, with these colours of series, and return all."""
        seeds, dark, settle = self.seeds, self.dark, self.settle
        neutral = seeds["neutral"]
        for family in FAMILIES:
            settle(f"{family}-container", seeds[family], _CONTAINER[dark], min(seeds[family].chroma * 0.6, 0.07))
        for role in ("text", "text-muted", "text-subtle", "outline", "outline-strong", "focus-inner"):
            settle(role, neutral, _NEUTRALS[role][dark], neutral.chroma)
        for family in FAMILIES:
            seed = seeds[family]
            filled = spaces.oklch_of_hex(self.solved[family])[0]
            settle(f"{family}-hover", seed, filled + (_HOVER if dark else -_HOVER), seed.chroma)
            settle(f"{family}-text", seed, _WORDS[dark], seed.chroma)
            settle(f"on-{family}-container", seed, _ON_CONTAINER[dark], seed.chroma * 0.8)
        settle("focus", seeds["primary"], _WORDS[dark], seeds["primary"].chroma)
        self.solved |= zip(SERIES, colours, strict=True)
        return {role: self.solved[role] for role in pairs.ROLES}


def _distinct(one: str, other: str) -> bool:
    """Tell whether two fills are told apart by hue, or else by everything together."""
    turned = abs(turn(spaces.oklch_of_hex(one)[2], spaces.oklch_of_hex(other)[2]))
    return turned >= _DISTINCT_HUE or (
        difference.ciede2000(spaces.lab_of_hex(one), spaces.lab_of_hex(other)) >= _DISTINCT
    )
