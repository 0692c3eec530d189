"""Fingerprints: equal to the common library's, firm under copying, apart for other images."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from image_processing.analysis import analyse, fingerprint
from tests.image_processing.analysis import pictures

# What ImageHash 4.3.2 gives; computed once, for it brings SciPy and PyWavelets
REFERENCE = [
    (pictures.scene(), "e6941263e91d5be2", "040c9c26c7c93241"),
    (pictures.scene(turn=2.0), "b5924235bb49453f", "040ce41b3e668986"),
    (pictures.noise(7), "9ffe797d2460a104", "2b31a54d7458485a"),
]


@pytest.mark.parametrize(("image", "phash", "dhash"), REFERENCE)
def test_hashes_are_those_of_imagehash(image, phash, dhash):
    """Bit by bit, so that they can be compared with hashes made elsewhere."""
    assert (fingerprint.phash(image), fingerprint.dhash(image)) == (phash, dhash)


def test_copies_stay_near_and_others_far():
    """Half the size at quality 60 moves few bits; another picture of the same kind differs in many."""
    image = pictures.scene((960, 640))
    out = io.BytesIO()
    image.resize((480, 320)).save(out, "JPEG", quality=60)
    original, copy, other = (
        analyse(each)["fingerprint"] for each in (image, Image.open(out), pictures.scene((960, 640), turn=2.0))
    )

    for kind in ("phash", "dhash"):
        assert fingerprint.distance(original[kind], copy[kind]) <= 3
        assert fingerprint.distance(original[kind], other[kind]) >= 12


def test_pixels_tell_every_difference():
    """One bit of one pixel, another size, another mode: another hash. The same pixels: the same."""
    image = pictures.scene((30, 20))
    changed = image.copy()
    changed.putpixel((3, 3), tuple(value ^ 1 for value in image.getpixel((3, 3))))
    others = [changed, image.transpose(Image.Transpose.ROTATE_90), image.convert("RGBA")]

    assert fingerprint.pixels(image.copy()) == fingerprint.pixels(image)
    assert len({fingerprint.pixels(each) for each in [image, *others]}) == 4


def test_what_is_no_hash_is_refused():
    """Not taken for a distance of some kind."""
    with pytest.raises(ValueError):
        fingerprint.distance("e6941263e91d5be2", "no hash")


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 13, 200)])
def test_a_plain_image_has_a_plain_hash(colour):
    """What is zero but for rounding does not decide a bit."""
    assert fingerprint.phash(pictures.plain(colour)) in ("8000000000000000", "0000000000000000")
    assert fingerprint.dhash(pictures.plain(colour)) == "0000000000000000"
