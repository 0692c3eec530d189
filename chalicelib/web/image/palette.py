"""A palette as people copy it: in hex, OKLCH, and CSS variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HEX = re.compile("#[0-9a-f]{6}")


class Swatch(NamedTuple):
    """A colour of a palette: `#rrggbb`, name, share (0 to 1), and its form in CSS as OKLCH."""

    hex: str
    name: str
    share: float
    oklch: str


def swatches(palette: Iterable[Mapping[str, Any]]) -> list[Swatch]:
    """Return the colours of an analysis, the largest first; the colours alone come into a style attribute."""
    return [
        Swatch(
            one["hex"], str(one.get("name") or one["hex"]), float(one.get("share") or 0), _oklch(one.get("oklch"))
        )
        for one in palette
        if _HEX.fullmatch(str(one.get("hex")))
    ]


def texts(found: list[Swatch]) -> list[tuple[str, str]]:
    """Return the palette as texts to copy: label and text."""
    return [
        ("Hex", "\n".join(one.hex for one in found)),
        ("OKLCH", "\n".join(one.oklch for one in found if one.oklch)),
        (
            "CSS variables",
            "\n".join(f"--{name}: {one.hex};" for name, one in zip(_names(found), found, strict=True)),
        ),
    ]


def _names(found: list[Swatch]) -> list[str]:
    """Return a name for each colour that CSS takes, no two alike."""
    names: list[str] = []
    for one in found:
        plain = re.sub("[^a-z0-9]+", "-", one.name.lower()).strip("-") or "colour"
        names.append(plain if plain not in names else f"{plain}-{one.hex[1:]}")
    return names


def _oklch(value: Any) -> str:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return ""
    lightness, chroma, hue = value
    return f"oklch({lightness:.4g} {chroma:.4g} {hue:.4g})"
