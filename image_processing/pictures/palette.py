"""The palette: a strip by share, and each colour with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.pictures import svg

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = 4
_STRIP = 150
_LEAST = 0.012  # of the strip: a share so small is drawn wider than it is, to be seen at all


def draw(analysis: Mapping[str, Any]) -> str:
    """Return the palette strip; the least shares are drawn a little wider."""
    swatches = analysis["palette"][:32]
    widths = [max(svg.share(swatch.get("share")), _LEAST) for swatch in swatches]
    body, x = "", float(svg.MARGIN)
    for swatch, width in zip(swatches, widths, strict=True):
        drawn = svg.INNER * width / sum(widths)
        body += svg.rect(x, 72, drawn + 0.5, _STRIP, fill=svg.colour(swatch.get("hex")))
        x += drawn
    clip = svg.rect(svg.MARGIN, 72, svg.INNER, _STRIP, rx=12)
    body = f'<clipPath id="strip">{clip}</clipPath>\n<g clip-path="url(#strip)">\n{body}</g>\n'
    step = svg.INNER / _COLUMNS
    for index, swatch in enumerate(swatches):
        left, top = svg.MARGIN + index % _COLUMNS * step, 72 + _STRIP + 32 + index // _COLUMNS * 64
        body += svg.rect(left, top, 44, 44, rx=10, fill=svg.colour(swatch.get("hex")), class_="line")
        body += svg.words(left + 56, top + 14, str(swatch.get("name", ""))[:22], "strong")
        body += svg.words(left + 56, top + 30, swatch.get("hex"), "small muted figure")
        body += svg.words(left + 56, top + 45, svg.percent(swatch.get("share")), "small muted figure")
    if not swatches:
        body += svg.words(svg.MARGIN, 100, "No colour: the image is transparent.", "muted")
    rows = -(-len(swatches) // _COLUMNS)
    told = ", ".join(
        f"{swatch.get('name', '')} {swatch.get('hex', '')} {svg.percent(swatch.get('share'))}"
        for swatch in swatches
    )
    return svg.document(
        72 + _STRIP + 32 + rows * 64 + 12,
        "Palette",
        f"The colours of the image by share: {told or 'none, it is transparent'}.",
        body,
    )
