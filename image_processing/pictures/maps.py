"""Coarse maps of an image: its colours and its edges, cell by cell; "." is transparent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.pictures import svg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST = 64  # columns and rows that are drawn
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


class Frame(NamedTuple):
    """Where an image lies in a picture."""

    left: float
    top: float
    width: float
    height: float


def frame(analysis: Mapping[str, Any], left: float, top: float, width: float, height: float) -> Frame:
    """Return the largest frame of the image's proportions within a box, in its middle."""
    columns, rows = (_size(analysis["maps"].get(name)) for name in ("columns", "rows"))
    scale = min(width / columns, height / rows)
    drawn = columns * scale, rows * scale
    return Frame(left + (width - drawn[0]) / 2, top + (height - drawn[1]) / 2, *drawn)


def cells(
    analysis: Mapping[str, Any], name: str, where: Frame, paint: Callable[[str], dict[str, Any] | None]
) -> str:
    """Return the cells of a map as rectangles; `paint` gives a character's attributes, or None for no cell."""
    rows = [row for row in analysis["maps"].get(name) or () if isinstance(row, str)][:_MOST]
    if not rows:
        return ""
    width, height = where.width / max(len(rows[0][:_MOST]), 1), where.height / len(rows)
    drawn = []
    for index, row in enumerate(rows):
        for start, length, character in svg.runs(row[:_MOST]):
            if (painted := paint(character)) is not None:
                x, y = where.left + start * width, where.top + index * height
                # a unit wider and higher, so that no gap shows between cells
                drawn.append(svg.rect(x, y, length * width + 1, height + 1, **painted))
    return f'<g shape-rendering="crispEdges">\n{"".join(drawn)}</g>\n'


def in_colours(analysis: Mapping[str, Any]) -> Callable[[str], dict[str, Any] | None]:
    """Return what paints a cell of the palette's map."""
    colours = [svg.colour(swatch.get("hex")) for swatch in analysis["palette"][: len(_DIGITS)]]

    def paint(character: str) -> dict[str, Any] | None:
        index = _DIGITS.find(character)
        return {"fill": colours[index]} if 0 <= index < len(colours) else None

    return paint


def clusters(analysis: Mapping[str, Any]) -> str:
    """Return the image in the colours of its palette, and where each of them sits."""
    where = frame(analysis, svg.MARGIN, 72, svg.INNER, 520)
    body = f'<clipPath id="image">{svg.rect(*where, rx=4)}</clipPath>\n<g clip-path="url(#image)">\n'
    body += cells(analysis, "palette", where, in_colours(analysis)) + "</g>\n"
    for swatch in analysis["palette"][:12]:
        x, y = (
            where.left + svg.share(swatch.get("x")) * where.width,
            where.top + svg.share(swatch.get("y")) * where.height,
        )
        body += svg.circle(x, y, 11, fill="#000000")
        body += svg.circle(x, y, 9, fill=svg.colour(swatch.get("hex")), stroke="#ffffff", stroke_width=3)
    told = ", ".join(
        f"{swatch.get('name', '')} around {svg.percent(swatch.get('x'))} from the left and "
        f"{svg.percent(swatch.get('y'))} from the top"
        for swatch in analysis["palette"][:12]
    )
    return svg.document(624, "Where the colours are", f"The image in its palette: {told}.", body)


def edges(analysis: Mapping[str, Any]) -> str:
    """Return where edges are, the stronger the clearer."""
    where = frame(analysis, svg.MARGIN, 72, svg.INNER, 520)
    body = svg.rect(*where, rx=4, class_="panel")
    body += cells(
        analysis, "edges", where, lambda strength: {"class": f"e{strength}"} if strength in _DIGITS[1:10] else None
    )
    shades = "".join(
        f".e{level} {{ fill: color-mix(in oklab, var(--ink) {level}0%, var(--panel)); }} "
        for level in range(1, 10)
    )
    density = svg.percent(analysis["structure"].get("edge_density"))
    return svg.document(
        624,
        "Edges",
        f"Where edges are, the stronger the clearer. {density} of the pixels lie on an edge.",
        body,
        shades,
    )


def _size(value: Any) -> int:
    return min(max(value, 1), 4096) if isinstance(value, int) else 1
