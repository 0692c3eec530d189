"""SVG: documents, shapes and words, with everything that comes from outside made harmless."""

from __future__ import annotations

import html
import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 960
MARGIN = 32
INNER = WIDTH - 2 * MARGIN
_DESCRIBED = 4000  # characters of a description

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
_HEX = re.compile(r"#[0-9a-fA-F]{6}")

_STYLE = """
svg { --ground: #ffffff; --panel: #f4f4f6; --ink: #18181b; --muted: #5b5b66; --line: #d9d9df; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #141417; --panel: #1f1f24; --ink: #f3f3f5; --muted: #a5a5b0; --line: #3a3a43; }
}
.ground { fill: var(--ground); } .panel { fill: var(--panel); } .line { stroke: var(--line); }
text { font-family: Inter, system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 14px; fill: var(--ink); }
.title { font-size: 20px; font-weight: 650; letter-spacing: -.01em; } .strong { font-weight: 600; }
.muted { fill: var(--muted); } .small { font-size: 12px; } .tiny { font-size: 11px; }
.figure { font-variant-numeric: tabular-nums; } .end { text-anchor: end; } .middle { text-anchor: middle; }
"""


def document(height: float, title: str, description: str, body: str, style: str = "") -> str:
    """Return a whole SVG, `WIDTH` wide, with heading and text alternatives, light or dark as the reader has it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {number(height)}" width="{WIDTH}" '
        f'height="{number(height)}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{text(title)}</title>\n<desc id="desc">{text(description, _DESCRIBED)}</desc>\n'
        f"<style>{_STYLE}{style}</style>\n"
        f'<rect class="ground" width="{WIDTH}" height="{number(height)}" rx="16"/>\n'
        f"{words(MARGIN, 48, title, 'title')}{body}</svg>\n"
    )


def text(value: object, most: int = 500) -> str:
    """Return a value as XML text: escaped, cut, without characters that XML cannot carry."""
    return html.escape(_UNFIT.sub("\ufffd", str(value)[:most]))


def number(value: Any) -> str:
    """Return a coordinate with two digits at most; 0 unless it is a finite number."""
    if not isinstance(value, int | float) or not abs(value) < 1e6:  # a NaN compares as false
        return "0"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def share(value: Any) -> float:
    """Return a fraction, 0 to 1; 0 unless it is a number."""
    return min(max(0.0, float(value)), 1.0) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def colour(value: Any) -> str:
    """Return a `#rrggbb`; grey for any other text."""
    return value if isinstance(value, str) and _HEX.fullmatch(value) else "#808080"


def percent(value: Any) -> str:
    """Return a fraction as people write it: 42 %, 3.1 %, < 0.1 %."""
    hundredths = 100 * share(value)
    if 0 < hundredths < 0.1:
        return "< 0.1 %"
    return f"{hundredths:.0f} %" if hundredths >= 10 or hundredths == 0 else f"{hundredths:.1f} %"


def words(x: float, y: float, value: object, classes: str = "", fill: str = "") -> str:
    """Return a line of text on its baseline."""
    style = f' style="fill:{fill}"' if fill else ""
    named = f' class="{classes}"' if classes else ""
    return f'<text x="{number(x)}" y="{number(y)}"{named}{style}>{text(value)}</text>\n'


def rect(x: float, y: float, width: float, height: float, *, rx: float = 0, **attributes: Any) -> str:
    """Return a rectangle; `fill_opacity=0.5` becomes `fill-opacity="0.5"`, `class_` becomes `class`."""
    rounded = f' rx="{number(rx)}"' if rx else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
        f"{rounded}{_more(attributes)}/>\n"
    )


def circle(x: float, y: float, radius: float, **attributes: object) -> str:
    """Return a circle around a point."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"{_more(attributes)}/>\n'


def path(outline: str, **attributes: object) -> str:
    """Return a path along an outline of this package's own making."""
    return f'<path d="{outline}"{_more(attributes)}/>\n'


def _more(attributes: Mapping[str, object]) -> str:
    return "".join(f' {name.strip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items())


def area(points: Sequence[tuple[float, float]], base: float, **attributes: object) -> str:
    """Return the filled area between a line and its base."""
    line = " ".join(f"L{number(x)} {number(y)}" for x, y in points)
    first, last = points[0][0], points[-1][0]
    return path(f"M{number(first)} {number(base)} {line} L{number(last)} {number(base)} Z", **attributes)
