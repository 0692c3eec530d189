"""Make files that agree with their own lies: sizes, counts, tiles and offsets set together.

Mutation of bytes finds none of these: a codec checks one field against the next, and they fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.structures import bmp, gif, heif, jp2, jpeg, jxl, png, raw, tiff, webp

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fuzz.structures.dice import Dice

GENERATORS: dict[str, Callable[[Dice], bytes]] = {
    "jpeg": jpeg.make,
    "png": png.make,
    "gif": gif.make,
    "webp": webp.make,
    "tiff": tiff.make,
    "bmp": bmp.make,
    "heif": heif.make,
    "jp2": jp2.make,
    "raw": raw.make,
    "jxl": jxl.make,
}
