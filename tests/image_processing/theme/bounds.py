"""The figures of a theme beside the bounds that it promises, by coloraide's formulas."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from coloraide import Color

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEAST = {
    "series: OKLCH lightness, light": 0.36,
    "series: OKLCH lightness, dark": 0.56,
    "series: OKLCH chroma": 0.06,
    "series: CIEDE2000, normal": 20,
    "series: CIEDE2000, protan": 13,
    "series: CIEDE2000, deutan": 13,
    "series: CIEDE2000, tritan": 13,
    "accent: OKLCH lightness, light": 0.42,
    "primary and status: of 30 degrees or CIEDE2000 15": 1,
    "contrast, of what is required": 1,
}
MOST = {"series: OKLCH lightness, light": 0.68, "series: OKLCH lightness, dark": 0.90}

TEXT = {"aa": 4.5, "aaa": 7.0}
KINDS = {"non-text": 3.0, "focus ring": 9.0}
DEFICIENCIES = ("protan", "deutan", "tritan")


def measure(built) -> dict[str, tuple[float, float]]:
    """Return the least and the most that a theme has of each figure, over both modes."""
    found: dict[str, list[float]] = {}
    for mode in built.modes:
        for name, values in _mode(mode, built.contrast).items():
            found.setdefault(name, []).extend(values)
    return _extremes(found)


def of_series(mode: str, colours: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the least and the most that some series have of each figure, in a mode ("light" or "dark")."""
    return _extremes(_series(mode, [Color(colour) for colour in colours]))


def short(figures: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Return the figures that are out of bounds."""
    return {
        name: (least, most)
        for name, (least, most) in figures.items()
        if least < LEAST[name] or most > MOST.get(name, float("inf"))
    }


def _extremes(found: Mapping[str, list[float]]) -> dict[str, tuple[float, float]]:
    return {name: (min(values), max(values)) for name, values in found.items()}


def _mode(mode, contrast: str) -> dict[str, list[float]]:
    colours = {role: Color(colour) for role, colour in mode.roles.items()}
    found = _series(mode.name, [colours[f"chart-{number}"] for number in range(1, 7)]) | {
        "primary and status: of 30 degrees or CIEDE2000 15": [
            _apart(colours["primary"], colours[status]) for status in ("success", "warning", "danger")
        ],
        "contrast, of what is required": [
            colours[pair.foreground].contrast(colours[pair.background], method="wcag21")
            / (TEXT[contrast] if pair.kind == "text" else KINDS[pair.kind])
            / 0.9997  # coloraide's luminance has other digits than WCAG's, whose ratio decides
            for pair in mode.pairs
        ],
    }
    if mode.name == "light":
        found["accent: OKLCH lightness, light"] = [colours["accent"].convert("oklch")["lightness"]]
    return found


def _series(mode: str, series: list[Color]) -> dict[str, list[float]]:
    shapes = [colour.convert("oklch") for colour in series]
    return {
        f"series: OKLCH lightness, {mode}": [shape["lightness"] for shape in shapes],
        "series: OKLCH chroma": [shape["chroma"] for shape in shapes],
        "series: CIEDE2000, normal": _distances(series),
        **{
            f"series: CIEDE2000, {name}": _distances([_seen(colour, name) for colour in series])
            for name in DEFICIENCIES
        },
    }


def _seen(colour: Color, name: str) -> Color:
    return colour.filter(name, method="machado", space="srgb-linear").convert("srgb").clip()


def _distances(colours: list[Color]) -> list[float]:
    labs = [colour.convert("lab-d65") for colour in colours]
    return [one.delta_e(other, method="2000", space="lab-d65") for one, other in combinations(labs, 2)]


def _apart(one: Color, other: Color) -> float:
    """Return the better of hue and difference, each as a part of the least that tells them apart."""
    hues = [colour.convert("oklch").get("hue", nans=False) for colour in (one, other)]
    turned = abs((hues[0] - hues[1] + 180) % 360 - 180)
    return max(turned / 30, one.delta_e(other, method="2000", space="lab-d65") / 15)
