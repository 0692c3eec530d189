"""Pictures people look at, drawn as SVG from a stored analysis, without touching the pixels again.

Each looks good in light and dark, describes itself in `title` and `desc`, and holds no script and no link.
Standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from image_processing.pictures import histogram, luminosity, maps, palette, placement, preview

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONTENT_TYPE = "image/svg+xml"


class Picture(NamedTuple):
    """The function that draws a picture, and the parts of an analysis that it needs."""

    draw: Callable[[Mapping[str, Any], str], str]
    needs: tuple[str, ...]


PICTURES: Final = {
    "theme": Picture(preview.draw, ("palette",)),
    "palette": Picture(lambda analysis, _: palette.draw(analysis), ("palette",)),
    "placement": Picture(placement.draw, ("legibility", "palette", "maps")),
    "clusters": Picture(lambda analysis, _: maps.clusters(analysis), ("palette", "maps")),
    "luminosity": Picture(lambda analysis, _: luminosity.draw(analysis), ("luminosity", "maps")),
    "histogram": Picture(lambda analysis, _: histogram.draw(analysis), ("histogram",)),
    "edges": Picture(lambda analysis, _: maps.edges(analysis), ("structure", "maps")),
}
"""Every picture by its name."""


def draw(name: str, analysis: Mapping[str, Any], contrast: str = "aa") -> str:
    """Return a picture of `PICTURES` as an SVG document; `contrast` is that of the theme it may show.

    Raises KeyError where the analysis lacks a part that the picture needs.
    """
    picture = PICTURES[name]
    for part in picture.needs:
        if not isinstance(analysis.get(part), dict | list):
            raise KeyError(part)
    return picture.draw(analysis, contrast)
