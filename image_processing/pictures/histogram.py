"""Histograms: red, green and blue; lightness; hue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.colour import gamut
from image_processing.pictures import svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHANNELS = {"red": "#e5484d", "green": "#30a46c", "blue": "#3e63dd"}
_HALF = (svg.INNER - 24) / 2
_BASE = 276  # of the colour channels' curves


def draw(analysis: Mapping[str, Any]) -> str:
    """Return the histograms of the whole image, each scaled to its own highest bin."""
    whole = analysis["histogram"].get("whole") or {}
    channels = {name: _bins(whole, name) for name in ("red", "green", "blue", "lightness", "hue")}
    highest = max(max(channels[name]) for name in _CHANNELS)
    body = svg.rect(svg.MARGIN, 72, svg.INNER, 220, rx=12, class_="panel")
    for index, (name, colour) in enumerate(_CHANNELS.items()):
        body += svg.area(
            _line(channels[name], highest), _BASE, fill=colour, fill_opacity=0.28, stroke=colour, stroke_width=2
        )
        left = svg.MARGIN + 20 + 84 * index
        body += svg.rect(left, 86, 10, 10, rx=3, fill=colour)
        body += svg.words(left + 16, 96, name.capitalize(), "small muted")
    body += _bars(channels["lightness"], svg.MARGIN, "Lightness (L*)", _grey)
    body += _bars(channels["hue"], svg.MARGIN + _HALF + 24, "Hue", _hue)
    light = channels["lightness"]
    middle = sum((index + 0.5) * value for index, value in enumerate(light)) / max(sum(light), 1) / len(light)
    return svg.document(
        540,
        "Histograms",
        f"How often each level of red, green and blue, each lightness and each hue occurs. Mean lightness is "
        f"{100 * middle:.0f} of 100; the hue most often met lies at {_peak(channels['hue'])} degrees of OKLCH.",
        body,
    )


def _bins(whole: Mapping[str, Any], name: str) -> list[float]:
    values = [
        value if isinstance(value, int | float) and 0 <= value <= 1e6 else 0 for value in whole.get(name) or ()
    ]
    return values[:256] if len(values) > 1 else [0, 0]


def _line(bins: Sequence[float], highest: float) -> list[tuple[float, float]]:
    left, step = svg.MARGIN + 16, (svg.INNER - 32) / (len(bins) - 1)
    return [(left + index * step, _BASE - 180 * value / (highest or 1)) for index, value in enumerate(bins)]


def _bars(bins: Sequence[float], left: float, title: str, colour: Any) -> str:
    body = svg.rect(left, 316, _HALF, 192, rx=12, class_="panel") + svg.words(left + 20, 340, title, "small muted")
    step, highest = (_HALF - 40) / len(bins), max(bins) or 1
    for index, value in enumerate(bins):
        height = 126 * value / highest
        body += svg.rect(
            left + 20 + index * step, 488 - height, step - 1.5, height, rx=1.5, fill=colour(index, len(bins))
        )
        body += svg.rect(left + 20 + index * step, 491, step - 1.5, 4, rx=1.5, fill=colour(index, len(bins)))
    return body


def _grey(index: int, count: int) -> str:
    return gamut.to_hex((0.25 + 0.63 * (index + 0.5) / count, 0.0, 0.0))


def _hue(index: int, count: int) -> str:
    return gamut.to_hex((0.68, 0.14, 360 * (index + 0.5) / count))


def _peak(bins: Sequence[float]) -> int:
    return round(360 * (max(range(len(bins)), key=lambda index: bins[index]) + 0.5) / len(bins))
