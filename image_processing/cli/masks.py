"""The command `masks`: the layers of an image's luminance as files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from image_processing import examine
from image_processing.cli import summary
from image_processing.errors import ImageError
from image_processing.source import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LAYERS = range(10)
_LONGEST = 100_000  # the map is as large as the masks


def command(words: Sequence[str]) -> int:
    """Run the command; 1 when the image is refused."""
    parser = argparse.ArgumentParser(
        prog="python -m image_processing masks",
        description="Write the ten luminance layers of an image as PNG: a mask of each, white where the image has "
        "the layer's luminance, and a map of all, whose greys are 25 times the layer's number plus one.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="an image")
    parser.add_argument(
        "--layer", metavar="N", type=int, choices=_LAYERS, action="append",
        help="write only this layer, 0 (dark) to 9 (light); repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=Path,
        default=Path(),
        help="folder of the files (default: the current one)",
    )
    options = parser.parse_args(words)
    try:
        for path in _written(options.file, options.layer, options.output):
            print(path)
    except (ImageError, OSError) as error:
        print(summary.refusal(options.file, error), file=sys.stderr)
        return 1
    return 0


def _written(file: Path, wanted: Iterable[int] | None, folder: Path) -> Iterator[Path]:
    chosen = tuple(sorted(set(_LAYERS if wanted is None else wanted)))
    side = _LONGEST if wanted is None else 0
    with FileSource(file) as source:
        seen = examine.examine(source, analysis=False, thumbnails=False, layers=side, masks=chosen).pixels
    assert seen is not None  # the standard profile looks at pixels
    folder.mkdir(parents=True, exist_ok=True)
    for name in [*(f"layer-{layer}" for layer in chosen), *(["layers"] if wanted is None else [])]:
        path = folder / f"{file.stem}.{name}.png"
        path.write_bytes(seen.pictures[name].data)
        yield path
