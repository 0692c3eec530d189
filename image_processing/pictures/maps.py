"""Maps of an image, drawn from coarse cells as smooth shapes: its colours, its shapes, its edges."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.pictures import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MOST = 64  # columns and rows that are drawn
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_LEGEND = 12  # shapes and colours that are named
_COLUMNS = 4

# Cells are blurred, and what is left is drawn where it is denser than at a straight edge: corners become curves
SMOOTH = (
    '<filter id="smooth" color-interpolation-filters="sRGB" x="-.1" y="-.1" width="1.2" height="1.2">'
    '<feGaussianBlur stdDeviation=".55"/><feComponentTransfer><feFuncA type="linear" slope="14" intercept="-6"/>'
    "</feComponentTransfer></filter>\n"
)


class Frame(NamedTuple):
    """Where an image lies in a picture."""

    left: float
    top: float
    width: float
    height: float


class Grid(NamedTuple):
    """The cells of a map, by row: indices of colours, layers or shapes; -1 is nothing."""

    rows: list[list[int]]
    columns: int

    @classmethod
    def of(cls, part: Mapping[str, Any], name: str) -> Grid:
        """Return a map of an analysis, cut to the drawn part, its rows all of a length."""
        drawn = [row[:_MOST] for row in part.get(name) or () if isinstance(row, str)][:_MOST]
        columns = max(map(len, drawn), default=0)
        return cls([[_DIGITS.find(cell) for cell in row.ljust(columns, ".")] for row in drawn], columns)


def frame(part: Mapping[str, Any], left: float, top: float, width: float, height: float) -> Frame:
    """Return the largest frame of a map's proportions within a box, in its middle."""
    columns, rows = (_size(part.get(name)) for name in ("columns", "rows"))
    scale = min(width / columns, height / rows)
    drawn = columns * scale, rows * scale
    return Frame(left + (width - drawn[0]) / 2, top + (height - drawn[1]) / 2, *drawn)


def stacked(grid: Grid, where: Frame, fills: Sequence[Mapping[str, Any]]) -> str:
    """Return a map as sheets of paper: each kind of cell lies on those before it, so that no gap shows.

    `fills` are the attributes of each kind; needs `SMOOTH`, and to be clipped to the frame.
    """
    return _sheets(grid, where, [(range(kind, len(fills)), fill) for kind, fill in enumerate(fills)])


def lone(grid: Grid, where: Frame, kind: int, **fill: Any) -> str:
    """Return the cells of one kind as smooth shapes; needs `SMOOTH`, and to be clipped to the frame."""
    return _sheets(grid, where, [(range(kind, kind + 1), fill)])


def _sheets(grid: Grid, where: Frame, sheets: Sequence[tuple[range, Mapping[str, Any]]]) -> str:
    if not grid.columns:
        return ""
    placed = " ".join(map(svg.number, (where.left, where.top)))
    scaled = f"{where.width / grid.columns:.4f} {where.height / len(grid.rows):.4f}"
    drawn = "".join(
        svg.path(outline, filter="url(#smooth)", **fill)
        for kinds, fill in sheets
        if (outline := "".join(_outline(grid, kinds)))
    )
    return f'<g transform="translate({placed}) scale({scaled})">\n{drawn}</g>\n'


def _outline(grid: Grid, kinds: range) -> Iterator[str]:
    """Yield the runs of cells of some kinds as parts of a path; those at the rim reach beyond it."""
    last = len(grid.rows) - 1
    for index, row in enumerate(grid.rows):
        top, bottom = index - 2 * (index == 0), index + 1 + 2 * (index == last)
        start = 0
        for inside, run in groupby(row, kinds.__contains__):
            end = start + len(list(run))
            if inside:
                left, right = start - 2 * (start == 0), end + 2 * (end == grid.columns)
                yield f"M{left} {top}H{right}V{bottom}H{left}Z"
            start = end


def clipped(name: str, where: Frame, body: str, *, rx: float = 12) -> str:
    """Return shapes cut off at a frame's rounded rim; `name` is the clip's own in the document."""
    return (
        f'<clipPath id="{name}">{svg.rect(*where, rx=rx)}</clipPath>\n<g clip-path="url(#{name})">\n{body}</g>\n'
    )


def in_colours(analysis: Mapping[str, Any], where: Frame) -> str:
    """Return the image in the colours of its palette."""
    swatches = analysis["palette"][: len(_DIGITS)]
    grid = Grid.of(analysis["maps"], "palette")
    return stacked(grid, where, [{"fill": svg.colour(swatch.get("hex"))} for swatch in swatches])


def clusters(analysis: Mapping[str, Any]) -> str:
    """Return the image as its shapes where they were looked for, else in its palette's colours."""
    return _shapes(analysis) if isinstance(analysis.get("layers"), dict) else _colours(analysis)


def _colours(analysis: Mapping[str, Any]) -> str:
    where = frame(analysis["maps"], svg.MARGIN, 72, svg.INNER, 520)
    body = SMOOTH + clipped("image", where, in_colours(analysis, where))
    swatches = analysis["palette"][:_LEGEND]
    for swatch in swatches:
        x = where.left + svg.share(swatch.get("x")) * where.width
        y = where.top + svg.share(swatch.get("y")) * where.height
        body += svg.circle(x, y, 11, fill="#000000")
        body += svg.circle(x, y, 9, fill=svg.colour(swatch.get("hex")), stroke="#ffffff", stroke_width=3)
    return svg.document(
        624, "Where the colours are", f"The image in its palette: {_told(swatches)}. Rings mark the middles.", body
    )


def _shapes(analysis: Mapping[str, Any]) -> str:
    found = analysis["layers"]
    shapes = [shape for shape in found.get("shapes") or () if isinstance(shape, dict)][: len(_DIGITS)]
    where = frame(found, svg.MARGIN, 72, svg.INNER, 520)
    sheets = f'<g opacity=".3">\n{in_colours(analysis, where)}</g>\n'
    for index, shape in enumerate(shapes):  # larger ones first, so that what lies within lies above
        sheets += lone(Grid.of(found, "map"), where, index, fill=svg.colour(shape.get("hex")))
    body = SMOOTH + svg.rect(*where, rx=12, class_="panel") + clipped("image", where, sheets)
    named = shapes[:_LEGEND]
    for index, shape in enumerate(named):
        left = svg.MARGIN + index % _COLUMNS * svg.INNER / _COLUMNS
        top = 620 + index // _COLUMNS * 44
        body += svg.rect(left, top, 28, 28, rx=8, fill=svg.colour(shape.get("hex")), class_="line")
        body += svg.words(left + 38, top + 11, str(shape.get("name", ""))[:22], "small strong")
        layer = _size(shape.get("layer"), 0)
        body += svg.words(
            left + 38, top + 27, f"{svg.percent(shape.get('share'))}, layer {layer}", "small muted figure"
        )
    scattered = f"{svg.percent(found.get('scattered'))} scattered"
    return svg.document(
        624 + -(-len(named) // _COLUMNS) * 44,
        "Shapes",
        f"Shapes of like pixels: {_told(named)}. {scattered}, shown faintly.",
        body + svg.words(svg.WIDTH - svg.MARGIN, 48, scattered, "muted end"),
    )


def _told(parts: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{part.get('name', '')} around {svg.percent(part.get('x'))} from the left and "
        f"{svg.percent(part.get('y'))} from the top"
        for part in parts
    )


def edges(analysis: Mapping[str, Any]) -> str:
    """Return where edges are, the stronger the clearer."""
    where = frame(analysis["maps"], svg.MARGIN, 72, svg.INNER, 520)
    sheets = stacked(
        Grid.of(analysis["maps"], "edges"), where, [{"class": f"e{strength}"} for strength in range(10)]
    )
    body = SMOOTH + clipped("image", where, svg.rect(*where, class_="panel") + sheets)
    shades = ".e0 { fill: var(--panel); } " + "".join(
        f".e{level} {{ fill: color-mix(in oklab, var(--ink) {level}0%, var(--panel)); }} "
        for level in range(1, 10)
    )
    density = svg.percent(analysis["structure"].get("edge_density"))
    told = f"{density} of the pixels lie on an edge"
    return svg.document(
        624,
        "Edges",
        f"Where edges are, the stronger the clearer. {told}.",
        body + svg.words(svg.WIDTH - svg.MARGIN, 48, told, "muted end"),
        shades,
    )


def _size(value: Any, least: int = 1) -> int:
    return min(max(value, least), 4096) if isinstance(value, int) else least
