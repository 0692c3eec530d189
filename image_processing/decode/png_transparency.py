"""Make the one colour that a PNG's tRNS names transparent, at any depth (PNG, third edition, 11.3.1.1).

Pillow compares that colour, as it stands in the file, with samples that it has brought to 8 bits: of 2 and 4 bits
it then finds others, of 16 bits none.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

import numpy as np
from PIL import Image, ImageFile

from image_processing.decode import codec_limits
from image_processing.source import open_source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from image_processing.source import Source

_GREY, _RGB = 0, 2
_LOW_BYTES = (
    "RGB;16L"  # Pillow's reading of 16 bits, low byte first: of a PNG, whose high byte is first, the low one
)
_COST = 14  # bytes a pixel: two images, what is compared, and the alpha


def apply(image: ImageFile.ImageFile, source: Source) -> None:
    """Let `info["transparency"]` of a loaded PNG name the colour as Pillow has its samples, or give it an alpha.

    Grey of 16 bits stays as it is (mode "I;16"), with the sample that is transparent in `info`.
    """
    colour = image.info.get("transparency")
    depth, kind = source.read(24, 2)
    if kind == _GREY and isinstance(colour, int):
        colour &= (1 << depth) - 1
        image.info["transparency"] = colour * 255 // ((1 << depth) - 1) if depth < 16 else colour
    elif kind == _RGB and depth == 16 and isinstance(colour, tuple):
        del image.info["transparency"]
        if image.width * image.height * _COST <= codec_limits.MAX_MEMORY:
            image.putalpha(_alpha(image, source, colour))


def alpha_of_grey(image: Image.Image, transparent: int) -> Image.Image:
    """Return the alpha of an image of mode "I;16" of which one sample is transparent."""
    return _mask(np.asarray(image) != transparent)


def _alpha(image: Image.Image, source: Source, colour: tuple[int, ...]) -> Image.Image:
    """Compare both bytes of each sample; the low ones are lost in Pillow's image, so decode them, too."""
    opaque = np.zeros((image.height, image.width), bool)
    with Image.open(cast("IO[bytes]", open_source(source)), formats=("PNG",)) as low:
        assert isinstance(low, ImageFile.ImageFile)
        low.tile = [tile._replace(args=_LOW_BYTES) for tile in low.tile]
        low.load()
        for band, sample in enumerate(colour):
            opaque |= np.asarray(image.getchannel(band)) != sample >> 8
            opaque |= np.asarray(low.getchannel(band)) != sample & 0xFF
    return _mask(opaque)


def _mask(opaque: NDArray[np.bool_]) -> Image.Image:
    return Image.fromarray(opaque.astype(np.uint8) * 255)
