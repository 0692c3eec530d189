"""Parts of a picture are blurred for good: by the numbers, and as a detector of faces sees it."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import piexif
import pytest
from PIL import Image

from image_processing import blur, blurred_parts, examine, metadata
from image_processing.recognition import recognize
from image_processing.source import BytesSource
from tests import samples
from tests.image_processing.recognition.pages import FACE, FACE_BOX


def steps(width: int, height: int) -> Image.Image:
    """Return a picture in which red counts the columns, green the rows, and blue is 7."""
    rows, columns = np.mgrid[:height, :width]
    return Image.fromarray(np.dstack([columns, rows, np.full_like(rows, 7)]).astype(np.uint8))


@pytest.mark.parametrize(
    ("part", "size", "expected"),
    [
        ((0.25, 0.5, 0.5, 0.25), (100, 100), (17, 46, 83, 79)),  # 65 and 32.5 pixels around (50, 62.5), outwards
        ((0.0, 0.0, 0.2, 0.2), (100, 100), (0, 0, 23, 23)),  # clipped to the left and above
        ((0.9, 0.8, 0.1, 0.2), (100, 100), (88, 77, 100, 100)),  # and to the right and below
        ((0.0, 0.0, 1.0, 1.0), (30, 20), (0, 0, 30, 20)),
        ((0.5, 0.5, 0.0, 0.0), (100, 100), (48, 48, 52, 52)),  # at least four pixels
        ((1.0, 1.0, 0.0, 0.0), (100, 100), (96, 96, 100, 100)),
        ((0.0, 0.0, 0.01, 0.01), (100, 100), (0, 0, 4, 4)),
        ((0.5, 0.5, 0.1, 0.1), (3, 2), (0, 0, 3, 2)),  # unless the picture has fewer
    ],
)
def test_a_box_is_enlarged_and_clipped(part, size, expected):
    """By 30 % around its middle; the bounds are whole pixels within the picture."""
    assert blurred_parts.region(part, size) == expected


def test_a_part_becomes_the_means_of_its_cells():
    """Of 16 x 16 pixels, 4 x 4 cells of four pixels are left; between their middles the colours run straight."""
    means = np.repeat([10, 50, 90, 10], 4)
    grain = np.tile([10, -10, -5, 5], (16, 4))  # of each cell, in every row and column its mean is 0
    plane = (means + grain).astype(np.uint8)
    image = Image.fromarray(np.dstack([plane, plane.T, np.full_like(plane, 7)]))
    blurred = np.asarray(blur.blur(image, [(0.0, 0.0, 1.0, 1.0)]))
    row = [10, 10, 15, 25, 35, 45, 55, 65, 75, 85, 80, 60, 40, 20, 10, 10]
    assert blurred[:, :, 0].tolist() == [row] * 16
    assert blurred[:, :, 1].T.tolist() == [row] * 16
    assert set(blurred[:, :, 2].ravel().tolist()) == {7}


def test_no_detail_survives():
    """Noise and stripes of one pixel become even: differences between pixels are gone for good."""
    noise = np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8)
    noise[:, ::2] = 0
    blurred = np.asarray(blur.blur(Image.fromarray(noise), [(0.0, 0.0, 1.0, 1.0)])).astype(int)
    assert np.abs(np.diff(blurred, axis=1)).max() <= 2  # of up to 255 before
    assert np.abs(np.diff(blurred, axis=0)).max() <= 2
    other = noise.copy()  # shuffled within its 16 cells of 16 pixels, it gives the same
    for top in range(0, 64, 16):
        for left in range(0, 64, 16):
            other[top : top + 16, left : left + 16] = noise[top : top + 16, left : left + 16][::-1, ::-1]
    assert (np.asarray(blur.blur(Image.fromarray(other), [(0.0, 0.0, 1.0, 1.0)])) == blurred).all()


def test_a_small_part_has_one_colour():
    """Of fewer than eight pixels a side there is one cell: no mean is of fewer than 16 pixels."""
    blurred = np.asarray(blur.blur(steps(20, 20), [(0.5, 0.5, 0.1, 0.1)]))
    assert blurred_parts.region((0.5, 0.5, 0.1, 0.1), (20, 20)) == (9, 9, 13, 13)
    assert {tuple(pixel) for pixel in blurred[9:13, 9:13].reshape(-1, 3).tolist()} == {(11, 11, 7)}  # mean 10.5
    assert blurred[8, 8].tolist() == [8, 8, 7]


def test_everything_else_stays():
    """Every pixel outside of all parts, and the picture that was given."""
    picture = steps(100, 80)
    before = np.asarray(picture).copy()
    blurred = np.asarray(blur.blur(picture, [(0.1, 0.1, 0.2, 0.2), (0.25, 0.2, 0.3, 0.3), (0.8, 0.8, 0.2, 0.2)]))
    outside = np.ones((80, 100), bool)
    for left, top, right, bottom in ((7, 5, 33, 27), (20, 12, 60, 44), (77, 61, 100, 80)):
        outside[top:bottom, left:right] = False
    assert (blurred[outside] == before[outside]).all()
    assert (blurred[~outside] != before[~outside]).any(
        axis=1
    ).mean() > 0.8  # a few have their cell's mean by chance
    assert (np.asarray(picture) == before).all()
    assert (np.asarray(blur.blur(picture, [])) == before).all()


@cache  # small copies are the same
def faces_in(data: bytes) -> list[float]:
    """Return the scores of the faces that recognition finds in a file."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.thumbnail((1280, 1280))
    return [one.score for one in recognize(np.asarray(picture), ["face"])]


@pytest.mark.medium
@pytest.mark.parametrize(
    "side", [240, pytest.param(320, marks=pytest.mark.slow), pytest.param(1600, marks=pytest.mark.slow)]
)
def test_no_face_is_found_in_any_copy(side):
    """Neither in the file nor in a thumbnail, whatever their size; before, one was in each."""
    out = io.BytesIO()
    Image.open(FACE).convert("RGB").resize((side, side)).save(out, "JPEG", quality=95)
    assert len(faces_in(out.getvalue())) == 1
    plain = examine.blurred(BytesSource(out.getvalue()), [])
    assert {name: len(faces_in(one.data)) for name, one in plain.items()} == dict.fromkeys(plain, 1)
    made = examine.blurred(BytesSource(out.getvalue()), [FACE_BOX])
    sizes = {name: (one.width, one.height) for name, one in made.items()}
    assert sizes == {
        "file": (side, side),
        "large": (min(side, 1280),) * 2,
        "medium": (min(side, 640),) * 2,
        "small": (min(side, 256),) * 2,
    }
    for one in made.values():
        assert Image.open(io.BytesIO(one.data)).size == (one.width, one.height)
        assert faces_in(one.data) == []


def test_the_file_is_encoded_anew():
    """Upright, as JPEG in sRGB; of all its metadata the copyright notice is left, and no preview."""
    small = io.BytesIO()
    samples.picture((64, 48)).save(small, "JPEG")
    exif = {
        "0th": {0x0112: 6, 0x8298: b"(c) Ann Artist", 0x010F: b"Maker"},
        "GPS": {1: b"N", 2: ((52, 1), (30, 1), (0, 1))},
        "1st": {0x0103: 6},
        "thumbnail": small.getvalue(),
    }
    regions = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>Ann Somebody</x:xmpmeta>"
    tiles = np.random.default_rng(3).integers(0, 256, (15, 20, 1), np.uint8).repeat(16, 0).repeat(16, 1)
    picture = io.BytesIO()
    Image.fromarray(tiles.repeat(3, 2)).save(picture, "JPEG", exif=piexif.dump(exif), quality=95)
    data = picture.getvalue()
    data = data[:2] + b"\xff\xe1" + (len(regions) + 2).to_bytes(2, "big") + regions + data[2:] + small.getvalue()
    assert data.count(b"\xff\xd8\xff") == 3
    made = examine.blurred(BytesSource(data), [(0.0, 0.0, 0.25, 0.25)])
    for one in made.values():
        assert b"Ann Somebody" not in one.data
        assert b"Maker" not in one.data
    file = made["file"].data
    assert file.count(b"\xff\xd8\xff") == 1
    assert file.endswith(b"\xff\xd9")
    found = metadata.read(BytesSource(file))
    assert (found.get("width"), found.get("height"), found.get("copyright")) == (240, 320, "(c) Ann Artist")
    assert {group: set(tags) for group, tags in found.tags.items()}.keys() <= {"JFIF", "IFD0", "Exif", "JPEG"}
    upright = np.asarray(Image.open(io.BytesIO(data)).transpose(Image.Transpose.ROTATE_270)).astype(int)
    blurred = np.asarray(Image.open(io.BytesIO(file))).astype(int)
    difference = np.abs(upright - blurred).max(axis=2)
    assert np.median(difference[:92, :69]) > 30  # the box, enlarged, in the upper left of the upright picture
    assert np.percentile(difference[110:, 90:], 99) <= 12  # JPEG's own
    assert np.percentile(difference[110:, :69], 99) <= 12


def test_nothing_hides_under_transparency():
    """A transparent picture lies on white: the colours of its transparent pixels are in no copy."""
    picture = Image.new("RGBA", (64, 64), (200, 10, 10, 0))
    picture.paste((0, 0, 255, 255), (40, 40, 64, 64))
    out = io.BytesIO()
    picture.save(out, "PNG")
    for one in examine.blurred(BytesSource(out.getvalue()), []).values():
        shown = Image.open(io.BytesIO(one.data))
        assert shown.mode == "RGB"
        assert shown.getpixel((10, 10)) == (255, 255, 255)


def test_a_strip_longer_than_a_jpeg_may_be():
    """Is made as long as that."""
    out = io.BytesIO()
    Image.new("RGB", (70_000, 20), "#336699").save(out, "PNG")
    file = examine.blurred(BytesSource(out.getvalue()), [(0.0, 0.0, 0.1, 0.1)])["file"]
    assert Image.open(io.BytesIO(file.data)).size[0] == 65_500
