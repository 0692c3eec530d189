"""The images of a file after its first: further frames of an animation, further pages of a document."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from PIL import Image, TiffImagePlugin

from image_processing.decode import tiff_completeness, upright
from image_processing.source import open_source

if TYPE_CHECKING:
    from image_processing.source import Source

MAX_IMAGES = 64
MAX_PIXELS = 8_000_000  # of all of them together: within a second, also of WebP
_CHUNK = 1 << 20
_ORIENTATION = 274
_COLOURED = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"})  # modes that are the same picture in RGBA


def digest(source: Source, plugin: str, count: int) -> str | None:
    """Return a SHA-256 of all images after the first, decoded; None for a still image.

    `count` is how many images the header tells of; of HEIF the codec tells, too, for the header may name but the
    primary one. Where there are more than `MAX_IMAGES` or `MAX_PIXELS`, or not all can be decoded, it is the hash
    of the file's bytes instead: then no other file is taken for the same, not even one that differs in metadata
    alone.
    """
    if count <= 1 and plugin != "HEIF":
        return None
    found = None
    with (
        suppress(Exception),  # the first image is sound; codecs leak all kinds for the others
        Image.open(cast("IO[bytes]", open_source(source)), formats=(plugin,)) as image,
    ):
        if max(count, getattr(image, "n_frames", 1)) <= 1:
            return None
        found = _of_pixels(image, source, count)
    return found or _of_bytes(source)


def _of_pixels(image: Image.Image, source: Source, count: int) -> str | None:
    """Return the hash of the decoded frames; None where they are incomplete, or too many."""
    total = hashlib.sha256()
    seen, area = 1, 0
    while True:
        try:
            image.seek(seen)
        except EOFError:
            return total.hexdigest() if seen >= count else None
        area += image.width * image.height
        if seen >= MAX_IMAGES or area > MAX_PIXELS:
            return None
        frame: Image.Image = image
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            tiff_completeness.load(image, source)  # the other codecs write all of a frame, or refuse it
            frame = upright.turned(image, image.tag_v2.get(_ORIENTATION))
        frame = frame.convert("RGBA") if frame.mode in _COLOURED else frame
        total.update(f"{frame.width} {frame.height} {frame.mode} ".encode())
        total.update(frame.tobytes())
        seen += 1


def _of_bytes(source: Source) -> str:
    total = hashlib.sha256()
    for offset in range(0, source.size, _CHUNK):
        total.update(source.read(offset, _CHUNK))
    return total.hexdigest()
