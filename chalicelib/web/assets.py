"""Static files under addresses that change with their content, so that browsers keep them for a year.

The version is in the folder, not in each name: modules that import each other need no rewriting. Fonts lie in a
stylesheet, because API Gateway answers with binary content only to some `Accept` headers.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parents[1] / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
FONTS = "fonts.css"
_FACES = {"Inter": "inter", "Newsreader": "newsreader"}


@cache
def names() -> frozenset[str]:
    """Return the names of the files that pages may load."""
    return frozenset({FONTS, *(path.name for path in STATIC.iterdir() if path.suffix in TYPES)})


@cache
def version() -> str:
    """Return the version of all files together: it changes when one of them does."""
    digest = hashlib.sha256()
    for name in sorted(names()):
        digest.update(name.encode() + b"\0" + read(name).encode() + b"\0")
    return digest.hexdigest()[:12]


@cache
def read(name: str) -> str:
    """Return the text of a file; `name` is one of `names`."""
    return _fonts() if name == FONTS else (STATIC / name).read_text()


def content_type(name: str) -> str:
    """Return the media type of a file."""
    return TYPES[Path(name).suffix]


def _fonts() -> str:
    return "\n".join(_face(family, STATIC / "fonts" / f"{file}.woff2") for family, file in _FACES.items())


def _face(family: str, file: Path) -> str:
    data = base64.b64encode(file.read_bytes()).decode()
    return (
        f'@font-face{{font-family:"{family}";font-style:normal;font-weight:100 900;font-display:swap;'
        f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
    )
