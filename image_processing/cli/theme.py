"""The command `theme`: an image's theme on the terminal, as files, or as a page that shows it at work."""

from __future__ import annotations

import argparse
import html
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from image_processing import examine, pictures, theme
from image_processing.cli import summary
from image_processing.errors import ImageError
from image_processing.source import FileSource
from image_processing.theme import exports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from image_processing.analysis.types import Analysis


def command(words: Sequence[str]) -> int:
    """Run the command; 1 when the image is refused."""
    parser = argparse.ArgumentParser(
        prog="python -m image_processing theme",
        description="Make a light and a dark theme from an image; every pair of colours passes WCAG 2.2.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="an image")
    parser.add_argument(
        "--contrast",
        choices=theme.CONTRASTS,
        default="aa",
        help="contrast of text: 4.5:1 (aa) or 7:1 (aaa); default: aa",
    )
    parser.add_argument(
        "--colours",
        metavar="N",
        type=int,
        choices=range(2, 33),
        default=8,
        help="colours of the palette, 2 to 32 (default: 8)",
    )
    parser.add_argument("--format", choices=exports.FORMATS, default="css", help="format to print (default: css)")
    parser.add_argument("--mode", choices=exports.MODES, default="both", help="modes to print (default: both)")
    parser.add_argument("--output", metavar="FOLDER", type=Path, help="write every format and picture, and a page")
    parser.add_argument("--open", action="store_true", help="show the page in a browser")
    options = parser.parse_args(words)
    try:
        image, found = _examined(options.file, options.colours)
        built = theme.build(found, options.contrast)
        if options.output is None and not options.open:
            print(exports.write(built, options.format, options.mode), end="")
            return 0
        folder = options.output or Path(tempfile.mkdtemp(prefix="janus-theme-"))
        page = write(folder, options.file.name, image, found, built)
    except exports.OneModeNeededError as error:
        parser.error(str(error))
    except (ImageError, OSError) as error:
        print(summary.refusal(options.file, error), file=sys.stderr)
        return 1
    print(page)
    if options.open:
        webbrowser.open(page.resolve().as_uri())
    return 0


def write(folder: Path, name: str, image: bytes, found: Analysis, built: theme.Theme) -> Path:
    """Write the theme in every format, the pictures, and a page that shows all; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "image.webp").write_bytes(image)
    for form, export in exports.FORMATS.items():
        for mode in ("light", "dark") if form == "figma" else ("both",):
            prefix = f"{mode}." if form == "figma" else ""
            (folder / f"{prefix}{export.filename}").write_text(exports.write(built, form, mode), "utf-8")
    for picture in pictures.PICTURES:
        (folder / f"{picture}.svg").write_text(pictures.draw(picture, found, built.contrast), "utf-8")
    page = folder / "index.html"
    page.write_text(_page(name, built, sorted(path.name for path in folder.iterdir())), "utf-8")
    return page


def _examined(path: Path, colours: int) -> tuple[bytes, Analysis]:
    with FileSource(path) as source:
        seen = examine.examine(source, colours=colours, shapes=True).pixels
    assert seen is not None  # the standard profile looks at pixels
    assert seen.analysis is not None
    return seen.pictures["large"].data, seen.analysis


def _page(name: str, built: theme.Theme, files: Sequence[str]) -> str:
    title = html.escape(summary.printable(name))
    drawn = "".join(f'<img src="{picture}.svg" alt="{picture.capitalize()}">\n' for picture in pictures.PICTURES)
    known = {export.filename for export in exports.FORMATS.values()}
    links = "".join(
        f'<a href="{file}">{file}</a>\n' for file in files if file in known or file.partition(".")[2] in known
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}: theme</title>\n<link rel="stylesheet" href="theme.css">\n<style>{_STYLE}</style>\n'
        "</head>\n"
        f'<body>\n<header>\n<img src="image.webp" alt="{title}">\n<div>\n<h1>{title}</h1>\n'
        f"<p>WCAG 2.2 {built.contrast.upper()}, light and dark as your system has it.</p>\n<nav>{links}</nav>\n"
        f"</div>\n</header>\n<main>\n{drawn}</main>\n</body>\n</html>\n"
    )


_STYLE = """
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
body { background: var(--color-background); color: var(--color-text); }
header, main { max-width: 1400px; margin: auto; padding: 2rem 1.5rem; }
header { display: flex; flex-wrap: wrap; gap: 2rem; align-items: center; }
header img { width: min(100%, 30rem); max-height: 22rem; object-fit: contain; border-radius: 16px; }
header div { flex: 1 1 22rem; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
p { color: var(--color-text-muted); }
nav { display: flex; flex-wrap: wrap; gap: .5rem; }
nav a {
  padding: .35rem .8rem; border-radius: 99px; text-decoration: none; font-size: .9rem;
  background: var(--color-primary-container); color: var(--color-on-primary-container);
}
nav a:focus-visible { outline: 3px solid var(--color-focus); outline-offset: 2px; }
main { columns: 2 34rem; column-gap: 1.5rem; }
main img { width: 100%; height: auto; margin-bottom: 1.5rem; break-inside: avoid; border-radius: 16px; }
"""
