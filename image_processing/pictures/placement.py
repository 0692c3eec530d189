"""Where text can lie on an image: the boxes, in the colour and with the scrim that make it readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.pictures import maps, svg
from image_processing.theme import pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST = 4
_INK = {"#ffffff": "white", "#000000": "black"}


def draw(analysis: Mapping[str, Any], contrast: str = "aa") -> str:
    """Return the best places over a blur of the image, each with the scrim that makes every pixel below pass."""
    places = [place for place in (analysis["legibility"].get("places") or ())[:_MOST] if _box(place) is not None]
    where = maps.frame(analysis["maps"], svg.MARGIN, 72, svg.INNER, 520)
    body = (
        '<filter id="blur"><feGaussianBlur stdDeviation="14"/></filter>\n'
        f'<g id="cells">{maps.in_colours(analysis, where)}</g>\n<use href="#cells" filter="url(#blur)"/>\n'
    )
    told = []
    for index, place in enumerate(places):
        body += _drawn(index, place, where, contrast)
        told.append(f"{index + 1}: {_told(place, contrast)}")
    body = maps.SMOOTH + maps.clipped("image", where, body)
    text = "; ".join(told) or "there is no calm place for text"
    return svg.document(624, "Where text can lie", f"The best places for text, {text}.", body)


def _drawn(index: int, place: Mapping[str, Any], where: maps.Frame, contrast: str) -> str:
    x, y, width, height = _box(place) or (0.0, 0.0, 0.0, 0.0)
    left, top = where.left + x * where.width, where.top + y * where.height
    wide, high = width * where.width, height * where.height
    ink, scrim = svg.colour(place.get("text")), svg.colour(place.get("scrim"))
    opacity = svg.share((place.get("opacity") or {}).get(contrast))
    inset, size = min(18.0, wide / 12), min(34.0, high / 3, wide / 10.5)
    body = svg.rect(left, top, wide, high, rx=8, fill=scrim, fill_opacity=svg.number(opacity))
    body += svg.rect(
        left, top, wide, high, rx=8, fill="none", stroke=ink, stroke_width=1.5, stroke_dasharray="6 5",
        stroke_opacity=0.85,
    )  # fmt: skip
    body += (
        f'<text x="{svg.number(left + inset)}" y="{svg.number(top + inset + size)}" '
        f'style="font-size:{svg.number(size)}px;font-weight:650;fill:{ink}">{index + 1}. Words here</text>\n'
    )
    if high > size * 2.6 and wide > 230:
        detail = "as it is" if opacity == 0 else f"with a scrim of {svg.percent(opacity)}"
        body += svg.words(
            left + inset, top + inset + size * 1.9, f"{pairs.LEVELS[contrast]:g}:1 {detail}", "figure", ink
        )
    return body


def _told(place: Mapping[str, Any], contrast: str) -> str:
    x, y, width, height = _box(place) or (0.0, 0.0, 0.0, 0.0)
    ink = _INK.get(str(place.get("text")).lower(), "coloured")
    opacity = svg.share((place.get("opacity") or {}).get(contrast))
    veil = "as it is" if opacity == 0 else f"with a scrim of {svg.percent(opacity)}"
    return (
        f"{ink} text at {svg.percent(x)} from the left and {svg.percent(y)} from the top, "
        f"{svg.percent(width)} wide and {svg.percent(height)} high, {veil}"
    )


def _box(place: Any) -> tuple[float, float, float, float] | None:
    """Return a place's box within the image, or None where there is none."""
    box = place.get("box") if isinstance(place, dict) else None
    if not isinstance(box, list) or len(box) != 4:
        return None
    x, y, width, height = map(svg.share, box)
    width, height = min(width, 1 - x), min(height, 1 - y)
    return (x, y, width, height) if width > 0 and height > 0 else None
