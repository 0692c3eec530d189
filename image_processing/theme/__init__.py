"""Look ahead: from an image's palette to a theme, light and dark, in which every pair of colours passes WCAG 2.2.

    theme = build(analysis, contrast="aaa")
    theme.light.roles["primary"], theme.dark.pairs

`seeds` chooses from the palette, `tones` and `roles` solve colours against each other, `series` those of charts,
`pairs` is the table of permitted pairs, `exports` writes files. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.theme import pairs, roles, seeds, series, tones

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.theme.pairs import Pair
    from image_processing.theme.seeds import Seed

CONTRASTS = tuple(pairs.LEVELS)


class Mode(NamedTuple):
    """The colours of the light or the dark mode, and the proof of their contrast."""

    name: str
    roles: Mapping[str, str]  # role -> `#rrggbb`
    pairs: tuple[Pair, ...]
    distances: Mapping[str, float]  # between chart series: vision -> least CIEDE2000


class Theme(NamedTuple):
    """A whole theme: its seeds, its ramps, its two modes."""

    contrast: str  # "aa" or "aaa"
    seeds: Mapping[str, Seed]
    ramps: Mapping[str, Mapping[int, str]]  # family -> step -> `#rrggbb`
    light: Mode
    dark: Mode

    @property
    def modes(self) -> tuple[Mode, Mode]:
        """Both modes, light first."""
        return self.light, self.dark


def build(palette: Iterable[Any] | Mapping[str, Any], contrast: str = "aa") -> Theme:
    """Return the theme of a palette, or of an analysis that has one.

    A palette holds `#rrggbb`, pairs of it and its share, or mappings with `hex` and `share`. Any palette gives a
    whole theme: one colour, greys, neon, none at all. Text keeps 4.5:1 ("aa") or 7:1 ("aaa"), everything else 3:1.
    Raises ValueError for a text that is no colour, and for another contrast.
    """
    if contrast not in pairs.LEVELS:
        raise ValueError(f"contrast is one of {', '.join(CONTRASTS)}, not {contrast!r:.40}")
    colours = (palette.get("palette") or ()) if isinstance(palette, Mapping) else palette
    swatches = list(islice(colours, seeds.MAX_COLOURS))
    chosen, light, dark = roles.solve(seeds.choose(swatches), contrast)
    ramps = {family: tones.ramp(seed) for family, seed in chosen.items()}
    return Theme(contrast, chosen, ramps, _mode("light", light, contrast), _mode("dark", dark, contrast))


def _mode(name: str, solved: dict[str, str], contrast: str) -> Mode:
    return Mode(
        name,
        solved,
        pairs.measure(solved, contrast),
        series.distances([solved[role] for role in pairs.SERIES]),
    )
