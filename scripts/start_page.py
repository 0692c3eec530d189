"""Make the theme of the pages, and the sample of the start page, from a sample image, as Janus sees it.

`python -m scripts.start_page` writes `chalicelib/static/theme.css` and `chalicelib/templates/sample.html`.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from image_processing import examine, theme
from image_processing.source import BytesSource
from image_processing.theme import exports

if TYPE_CHECKING:
    from image_processing.analysis.types import Analysis

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "samples" / "harbour.jpg"
THEME = ROOT / "chalicelib" / "static" / "theme.css"
PART = ROOT / "chalicelib" / "templates" / "sample.html"
SIDE = 880  # pixels: twice the width that it has on most screens would be no clearer, for it is drawn
SHOWN = 6  # colours
ALT = "Sailing boats on calm water under a low sun, hills behind."


def main() -> None:
    """Write both files."""
    pixels = examine.examine(BytesSource(SAMPLE.read_bytes()), thumbnails=False).pixels
    assert pixels is not None
    analysis = pixels.analysis
    assert analysis is not None
    THEME.write_text(exports.write(theme.build(analysis), "css", "both"))
    PART.write_text(sample(analysis))


def sample(analysis: Analysis) -> str:
    """Return the HTML of the sample: the picture, its facts, and its palette."""
    with Image.open(SAMPLE) as image:
        small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE))
    data = io.BytesIO()
    small.save(data, "WEBP", quality=82, method=6)
    source = f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
    bars = "".join(
        f'<span style="background:{colour["hex"]};flex-grow:{max(100 * colour["share"], 4):.1f}"></span>'
        for colour in analysis["palette"][:SHOWN]
    )
    width, height = small.size
    return f"""{{# Made by scripts/start_page.py from samples/{SAMPLE.name}. #}}
<figure class="sample">
  <img src="{source}" width="{width}" height="{height}" alt="{ALT}">
  <figcaption class="sample-card sample-facts">
    <strong>Harbour at dusk</strong>
    <span>14 September 2024, 19:42 · Hamburg</span>
    <span class="badge good">Captured, no edits found</span>
  </figcaption>
  <div class="sample-card sample-palette" aria-hidden="true">
    <strong>Palette</strong>
    <span class="bars">{bars}</span>
  </div>
</figure>
"""


if __name__ == "__main__":
    main()
