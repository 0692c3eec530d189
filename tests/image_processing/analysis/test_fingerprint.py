"""Fingerprints: equal to the common library's, firm under copying, apart for other images."""

from __future__ import annotations

import io
from pathlib import Path

import imagehash
import pytest
from PIL import Image

from image_processing import metadata
from image_processing.analysis import analyse, fingerprint
from image_processing.analysis.sample import take
from image_processing.decode import pixels
from image_processing.source import BytesSource
from tests.image_processing.analysis import pictures

SAMPLES = Path(__file__).parents[3] / "samples"
IMAGES = {
    **{f"scene {turn}": pictures.scene((240, 160), turn=turn) for turn in range(6)},
    **{f"noise {seed}": pictures.noise(seed, (40 + seed, 90 - 3 * seed)) for seed in range(12)},
    "small": pictures.noise(1, (3, 2)),
    "tall": pictures.scene((40, 400)),
    "photograph": Image.open(SAMPLES / "harbour.jpg").convert("RGB"),
}


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_hashes_are_those_of_imagehash(image):
    """Bit by bit, so that they can be compared with hashes made elsewhere."""
    assert fingerprint.phash(image) == str(imagehash.phash(image))
    assert fingerprint.dhash(image) == str(imagehash.dhash(image))


@pytest.mark.medium
def test_the_analysis_holds_the_hashes_of_its_sample():
    """Who has the sample, reduced in the same way, gets the same from ImageHash."""
    image = pictures.scene((960, 640))
    found, small = analyse(image)["fingerprint"], Image.fromarray(take(image).rgb)

    assert found["phash"] == str(imagehash.phash(small))
    assert found["dhash"] == str(imagehash.dhash(small))
    assert fingerprint.distance(found["phash"], found["dhash"]) == (
        imagehash.hex_to_hash(found["phash"]) - imagehash.hex_to_hash(found["dhash"])
    )


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


def test_an_edit_of_the_metadata_leaves_the_pixels_what_they_were():
    """Another comment, other bytes, the same decoded pixels: the same fingerprint."""
    found = []
    for comment in (b"before", b"after"):
        out = io.BytesIO()
        pictures.scene().save(out, "JPEG", comment=comment)
        source = BytesSource(out.getvalue())
        found.append((out.getvalue(), analyse(pixels.decode(source, metadata.read(source)))["fingerprint"]))

    assert found[0][0] != found[1][0]
    assert found[0][1] == found[1][1]


def test_what_is_no_hash_is_refused():
    """Not taken for a distance of some kind."""
    with pytest.raises(ValueError):
        fingerprint.distance("e6941263e91d5be2", "no hash")


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (90, 13, 200)])
def test_a_plain_image_has_a_plain_hash(colour):
    """What is zero but for rounding does not decide a bit."""
    assert fingerprint.phash(pictures.plain(colour)) in ("8000000000000000", "0000000000000000")
    assert fingerprint.dhash(pictures.plain(colour)) == "0000000000000000"
