"""Fingerprints of an image: its decoded pixels exactly, and two perceptual hashes that survive copying."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from image_processing.analysis.types import Fingerprint

_SIDE = 32
_KEPT = 8
# the lowest rows of the discrete cosine transform (DCT-II, unnormalised) of 32 values
_COSINES = 2 * np.cos(np.pi * np.arange(_KEPT)[:, None] * (2 * np.arange(_SIDE) + 1) / (2 * _SIDE))


def find(image: Image.Image, small: Image.Image) -> Fingerprint:
    """Return the fingerprint of a decoded image; `small` is the same, reduced and opaque."""
    greys = small.convert("L")
    return {"pixels": pixels(image), "phash": phash(greys), "dhash": dhash(greys)}


def pixels(image: Image.Image) -> str:
    """Return the SHA-256 of size, mode and pixels: an edit of the metadata alone does not change it.

    Of a file of more images it covers the others, too, by the hash of them that `decode` has left in `info`.
    """
    digest = hashlib.sha256(f"{image.width} {image.height} {image.mode} ".encode())
    digest.update(image.tobytes())
    digest.update(image.info.get("rest", "").encode())
    return digest.hexdigest()


def phash(image: Image.Image) -> str:
    """Return 64 bits: which of the lowest 8 x 8 frequencies of 32 x 32 greys exceed their median.

    Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), in the variant that the
    ImageHash library made common. 16 hexadecimal digits, the constant term first.
    """
    frequencies = _COSINES @ _greys(image, _SIDE, _SIDE).astype(np.float64) @ _COSINES.T
    frequencies = np.round(frequencies, 6)  # what is 0 but for rounding is 0 everywhere
    return _hex(frequencies > np.median(frequencies))


def dhash(image: Image.Image) -> str:
    """Return 64 bits: which of 9 x 8 greys are lighter than their left neighbour (Krawetz, "dHash", 2013)."""
    greys = _greys(image, 9, 8)
    return _hex(greys[:, 1:] > greys[:, :-1])


def distance(one: str, other: str) -> int:
    """Return the number of bits in which two perceptual hashes differ; raise ValueError for another text."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _greys(image: Image.Image, width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(image.convert("L").resize((width, height), Image.Resampling.LANCZOS))


def _hex(bits: NDArray[Any]) -> str:
    return np.packbits(bits).tobytes().hex()
