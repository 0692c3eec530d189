"""Pictures people look at, drawn as SVG from a stored analysis, without touching the pixels again.

Each looks good in light and dark, tells in `title` and `desc` what it shows, and holds no script and no link.
Standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from image_processing.pictures import histogram, luminosity, maps, palette, placement, preview

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONTENT_TYPE = "image/svg+xml"


class Picture(NamedTuple):
    """What draws a picture, and the parts of an analysis that it needs."""

    draw: Callable[[Mapping[str, Any]], str]
    needs: tuple[str, ...]


PICTURES: Final = {
    "palette": Picture(palette.draw, ("palette",)),
    "histogram": Picture(histogram.draw, ("histogram",)),
    "luminosity": Picture(luminosity.draw, ("luminosity", "maps")),
    "clusters": Picture(maps.clusters, ("palette", "maps")),
    "edges": Picture(maps.edges, ("structure", "maps")),
    "placement": Picture(placement.draw, ("legibility", "palette", "maps")),
    "theme": Picture(preview.draw, ("palette",)),
}
"""Every picture by its name."""


def draw(name: str, analysis: Mapping[str, Any]) -> str:
    """Return a picture of `PICTURES` as an SVG document; raise KeyError where the analysis lacks what it needs."""
    picture = PICTURES[name]
    for part in picture.needs:
        if not isinstance(analysis.get(part), dict | list):
            raise KeyError(part)
    return picture.draw(analysis)
