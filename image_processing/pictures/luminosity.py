"""Light: ten layers of relative luminance, how much of the image lies in each, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.colour import spaces
from image_processing.pictures import maps, svg

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = 5
_GAP = 16


def draw(analysis: Mapping[str, Any]) -> str:
    """Return a small map a layer, dark to light, each in a grey of its luminance."""
    found = analysis["luminosity"]
    layers = [layer if isinstance(layer, dict) else {} for layer in (found.get("layers") or ())[:10]]
    step = (svg.INNER + _GAP) / _COLUMNS
    grid = maps.Grid.of(analysis["maps"], "luminosity")
    body = maps.SMOOTH
    for index, layer in enumerate(layers):
        left, top = svg.MARGIN + index % _COLUMNS * step, 72 + index // _COLUMNS * 218
        body += svg.rect(left, top, step - _GAP, 140, rx=10, class_="panel")
        where = maps.frame(analysis["maps"], left + 8, top + 8, step - _GAP - 16, 124)
        body += maps.clipped(f"l{index}", where, maps.lone(grid, where, index, class_="lit"), rx=3)
        body += svg.rect(*where, rx=3, class_="line", fill="none")
        level = spaces.encode((index + 0.5) / 10)
        body += svg.rect(left, top + 152, 12, 12, rx=3, fill=spaces.to_hex((level,) * 3), class_="line")
        body += svg.words(
            left + 20, top + 163, f"{index / 10:.1f} to {(index + 1) / 10:.1f}", "small muted figure"
        )
        body += svg.words(left + step - _GAP, top + 163, svg.percent(layer.get("share")), "strong figure end")
    key = found.get("key") if found.get("key") in ("low", "middle", "high") else "unknown"
    stops = svg.number(found.get("dynamic_range"))
    told = ", ".join(
        f"{svg.percent(layer.get('share'))} from {index / 10:.1f} to {(index + 1) / 10:.1f}"
        for index, layer in enumerate(layers)
        if svg.share(layer.get("share")) > 0
    )
    summary = f"Key: {key}. Dynamic range: {stops} stops."
    return svg.document(
        72 + 2 * 218 - 8,
        "Layers of luminance",
        f"Relative luminance in ten layers: {told}. {summary}",
        body + svg.words(svg.WIDTH - svg.MARGIN, 48, summary, "muted end"),
        ".lit { fill: var(--ink); }",
    )
