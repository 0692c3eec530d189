"""Examine an image: the one recipe from a source and a profile to everything that is known of it.

Metadata is read here, within the budget of the readers. Pixels are decoded, analysed and made into pictures in a
sandbox (`image_processing.sandbox`), so that no file, with any headers, takes more memory or time than
`MEMORY` and `cpu_seconds` allow. Needs neither Pillow nor NumPy in this process.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from image_processing import metadata, sandbox
from image_processing.errors import ImageError
from image_processing.metadata import gif
from image_processing.metadata.findings import Warning  # noqa: A004

if TYPE_CHECKING:
    from collections.abc import Iterable

    from image_processing.analysis.types import Analysis
    from image_processing.metadata import ImageMetadata
    from image_processing.source import Source

METADATA, STANDARD, FULL = "metadata", "standard", "full"
PROFILES: Final = (METADATA, STANDARD, FULL)
"""How far to look: not at the pixels, at a sample of them, at all of them."""

MEMORY: Final = 440 << 20
"""Bytes of address space that the work on one image may take: `codec_limits.MAX_MEMORY` and a tenth more."""

_MEMORY_WHOLE: Final = 160 << 20  # more, where every pixel is measured: 578 MB for 24 megapixels with transparency

LAYERS_SIDE: Final = 640
"""Longest side, in pixels, of the map of layers that is kept with an image."""

_CPU_SECONDS: Final = 6  # of a small file; the slowest sound one of the corpus takes 2.5
_CPU_SECONDS_WHOLE: Final = 8  # more, where all of 24 megapixels are looked at
_BYTES_A_SECOND: Final = 4 << 20  # of coded pixels: half of what the slowest codec but one decodes
_JPEG_2000_A_SECOND: Final = 1 << 20
_MAX_CPU_SECONDS: Final = 100

_TONE_MAPPED: Final = Warning(
    "tone_mapped",
    "The samples have no agreed white: they are numbers beyond 0 to 1, signed, or of more than 16 bits. "
    "Thumbnails and analysis show them stretched between their darkest and lightest.",
)


Part = tuple[float, float, float, float]
"""Left, top, width and height of a part of an upright picture, in fractions of its width and height."""


class Order(NamedTuple):
    """The results to make from the pixels of an image."""

    whole: bool = False  # decode at full size, up to 24 megapixels, and measure every pixel
    analysis: bool = True
    colours: int = 8  # of the palette, 2 to 32
    shapes: bool = False  # look for shapes and their layers in the analysis
    thumbnails: bool = True
    layers: int = 0  # longest side of the map of all layers in pixels; 0 for no map
    masks: tuple[int, ...] = ()  # layers, 0 (dark) to 9 (light), that come as masks
    samples: bool = False  # the pixels themselves, as 8-bit RGB
    blurred: tuple[Part, ...] | None = None  # these parts, of all pictures; the whole picture comes as a file, too


ORDERS: Final = {STANDARD: Order(), FULL: Order(whole=True, shapes=True, layers=LAYERS_SIDE)}
"""The results that a profile makes from the pixels."""


class Picture(NamedTuple):
    """A picture that was made.

    A thumbnail in WebP ("small", "medium", "large"), "layers" or "layer-N" in PNG, "samples" as bytes of RGB,
    "file" in JPEG.
    """

    name: str
    width: int
    height: int
    data: bytes


class Pixels(NamedTuple):
    """The results from the pixels: the size at which they were decoded, their analysis, pictures by name."""

    width: int
    height: int
    analysis: Analysis | None
    pictures: dict[str, Picture]


class Examined(NamedTuple):
    """Everything known of an image; `pixels` is None where the profile does not look at them."""

    metadata: ImageMetadata
    pixels: Pixels | None


def examine(source: Source, profile: str = STANDARD, *, deadline: float | None = None, **changes: Any) -> Examined:
    """Read an image's metadata and, as far as the profile asks, look at its pixels.

    `changes` replace fields of the profile's `Order`. The pixels must be done
    before `deadline`, a time of `time.monotonic`.

    Raises:
        ImageError: the file is refused; the error carries the metadata that could be read.
        OutOfTimeError: the deadline has passed.
        sandbox.SandboxLostError: the decoding process was killed from outside.

    """
    found = metadata.read(source)
    if profile == METADATA:
        return Examined(found, None)
    order = ORDERS[profile]._replace(**changes)
    arguments = {
        "order": order,
        "values": dict(found.values),
        "warnings": [warning.code for warning in found.warnings],
    }
    memory = MEMORY + _MEMORY_WHOLE * order.whole
    limits = sandbox.Limits(memory, cpu_seconds(found, source.size, whole=order.whole))
    try:
        data, blobs = _pool().run(source, arguments, limits, deadline)
    except ImageError as error:
        error.metadata = found
        raise
    pictures = {
        name: Picture(name, width, height, blob)
        for (name, width, height), blob in zip(data["pictures"], blobs, strict=True)
    }
    if data["tone_mapped"]:
        found = replace(found, warnings=(*found.warnings, _TONE_MAPPED))
    seen = Pixels(data["width"], data["height"], data.get("analysis"), pictures)
    return Examined(_corrected(found, opaque=data["opaque"]), seen)


def samples(source: Source, *, deadline: float | None = None) -> Picture:
    """Return the pixels of an image, upright, in sRGB, at most 1,280 a side: three bytes each, row by row.

    Transparent ones lie on white. Raises as `examine`, and sandbox.SandboxLostError for an answer of another size.
    """
    seen = examine(source, analysis=False, thumbnails=False, samples=True, deadline=deadline).pixels
    assert seen is not None
    picture = seen.pictures["samples"]
    if (picture.width, picture.height) != (seen.width, seen.height) or (
        len(picture.data) != 3 * picture.width * picture.height
    ):
        raise sandbox.SandboxLostError("the decoding process returned pixels of another size")
    return picture


def blurred(source: Source, parts: Iterable[Part], *, deadline: float | None = None) -> dict[str, Picture]:
    """Return an image with some parts blurred (`blur`): as a "file", and its thumbnails by their names.

    All are encoded anew from the pixels of the first frame, upright, in sRGB, on white where they are transparent;
    none has any metadata but a copyright notice. The file has all pixels up to 24 megapixels, else 1,280 a side.
    Raises as `examine`.
    """
    seen = examine(source, whole=True, analysis=False, blurred=tuple(parts), deadline=deadline).pixels
    assert seen is not None
    return seen.pictures


def _corrected(found: ImageMetadata, *, opaque: bool) -> ImageMetadata:
    """Correct a transparency that a still GIF declares for a colour that none of its pixels has."""
    declared = found.origins.get("has_alpha") == gif.DECLARED and found.get("frame_count") == 1
    if not (declared and opaque):
        return found
    values, origins = {**found.values, "has_alpha": False}, {**found.origins, "has_alpha": "pixels"}
    return replace(found, values=values, origins=origins)


def prepare() -> None:
    """Start the sandbox, so that it imports while the first image is on its way."""
    _pool().prepare()


def cpu_seconds(found: ImageMetadata, size: int, *, whole: bool = False) -> int:
    """Return the CPU time that the pixels of a file of `size` bytes may take: sound ones cost by their bytes."""
    pace = _JPEG_2000_A_SECOND if found.get("format") == "JP2" else _BYTES_A_SECOND
    return min(_CPU_SECONDS + _CPU_SECONDS_WHOLE * whole + size // pace, _MAX_CPU_SECONDS)


@cache
def _pool() -> sandbox.Pool:
    return sandbox.Pool("image_processing.sandboxed:look", os.cpu_count() or 1)
