"""The command `masks`: the layers of an image's luminance as files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from image_processing import summary
from image_processing.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LAYERS = range(10)


def command(words: Sequence[str]) -> int:
    """Run the command; 1 when the image is refused."""
    parser = argparse.ArgumentParser(
        prog="python -m image_processing masks",
        description="Write the ten layers of an image's luminance as PNG: masks, white where the image is as "
        "light as the layer, and a map of all, whose greys are 25 times the layer's number plus one.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="an image")
    parser.add_argument(
        "--layer", metavar="N", type=int, choices=_LAYERS, action="append",
        help="only this one, 0 (dark) to 9 (light); may be given again",
    )  # fmt: skip
    parser.add_argument("--output", metavar="FOLDER", type=Path, default=Path(), help="where to (here)")
    options = parser.parse_args(words)
    try:
        for path in _written(options.file, options.layer, options.output):
            print(path)
    except (ImageError, OSError) as error:
        print(summary.refusal(options.file, error), file=sys.stderr)
        return 1
    return 0


def _written(file: Path, wanted: Iterable[int] | None, folder: Path) -> Iterator[Path]:
    from image_processing import metadata  # noqa: PLC0415  Pillow and NumPy, only for pixels
    from image_processing.analysis import masks  # noqa: PLC0415
    from image_processing.decode import pixels  # noqa: PLC0415  Pillow and NumPy, only for pixels
    from image_processing.source import FileSource  # noqa: PLC0415

    with FileSource(file) as source:
        image = pixels.decode(source, metadata.read(source))
    folder.mkdir(parents=True, exist_ok=True)
    for layer in sorted(set(_LAYERS if wanted is None else wanted)):
        path = folder / f"{file.stem}.layer-{layer}.png"
        masks.mask(image, layer).save(path)
        yield path
    if wanted is None:
        path = folder / f"{file.stem}.layers.png"
        path.write_bytes(masks.layers(image, max(image.size)).data)
        yield path
