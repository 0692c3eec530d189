"""HEIF and AVIF pixels: the shown part, turned, is where the record says, whatever the codec does by itself."""

import io

import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource
from tests.image_processing import builders as b

ROTATE, CLOCKWISE, MIRROR, FLIP = (
    b.box(b"irot", b"\1"),
    b.box(b"irot", b"\3"),
    b.box(b"imir", b"\1"),
    b.box(b"imir", b"\0"),
)
# Red tells the column, green half the row
PICTURE = Image.frombytes(
    "RGB", (200, 120), bytes(value for y in range(120) for x in range(200) for value in (x, 2 * y, 100))
)


def coded(image, kind):
    """Give the codec's configuration and the coded picture, as Pillow writes them."""
    out = io.BytesIO()
    if kind == b"hvc1":
        image.save(out, "HEIF", quality=-1)
    else:
        image.save(out, "AVIF", quality=100, subsampling="4:4:4")
    data = out.getvalue()
    at = data.index(b"hvcC" if kind == b"hvc1" else b"av1C") - 4
    return data[at : at + int.from_bytes(data[at : at + 4], "big")], data[data.index(b"mdat") + 4 :]


CODED = {kind: coded(PICTURE, kind) for kind in (b"hvc1", b"av01")}
BRANDS = {b"hvc1": b"heic", b"av01": b"avif"}


def decoded(data):
    found = metadata.read(BytesSource(data))
    image = pixels.decode(BytesSource(data), found)
    assert image.size == (found.get("width"), found.get("height"))
    return image


def corners(image):
    """Tell which stored pixels (column, row) the first and the last one are."""
    ends = [image.getpixel(place) for place in ((0, 0), (image.width - 1, image.height - 1))]
    return [(red, green / 2) for red, green, *_ in ends]


@pytest.mark.parametrize("kind", [b"hvc1", b"av01"])
@pytest.mark.parametrize(
    ("transforms", "size", "first", "last"),
    [
        ([], (200, 120), (0, 0), (199, 119)),
        ([b.clap(50, 40)], (50, 40), (75, 40), (124, 79)),
        ([b.clap(21, 11, (1, 2), (-1, 2))], (21, 11), (90, 54), (110, 64)),
        ([b.clap(50, 40), ROTATE], (40, 50), (124, 40), (75, 79)),
        ([ROTATE, b.clap(40, 50)], (40, 50), (124, 40), (75, 79)),
        ([MIRROR, b.clap(20, 40, (5, 1))], (20, 40), (104, 40), (85, 79)),
        ([b.clap(20, 40, (5, 1)), MIRROR], (20, 40), (114, 40), (95, 79)),
        ([CLOCKWISE, b.clap(30, 20, (4, 1), (-6, 1))], (30, 20), (84, 70), (103, 41)),
        ([ROTATE, MIRROR], (120, 200), (199, 119), (0, 0)),
        ([MIRROR, ROTATE], (120, 200), (0, 0), (199, 119)),
        ([b.clap(500, 40), FLIP], (200, 120), (0, 119), (199, 0)),  # not within the picture: ignored
        ([b.clap((50, 0), 40), ROTATE], (120, 200), (199, 0), (0, 119)),
    ],
)
def test_the_pixels_are_cut_and_turned_as_the_record_says(kind, transforms, size, first, last):
    """In the order of the properties; libheif would fail at an invalid aperture, libavif ignores every one."""
    configuration, picture = CODED[kind]
    own = [1, 2, *(0x80 | at for at in range(3, len(transforms) + 3))]
    data = b.item_file(
        {1: (kind, picture, own)}, [configuration, b.ispe(200, 120), *transforms], brand=BRANDS[kind]
    )
    image = decoded(data)

    assert image.size == size
    assert corners(image) == [pytest.approx(first, abs=2), pytest.approx(last, abs=2)]


@pytest.mark.parametrize("kind", [b"hvc1", b"av01"])
def test_an_identity_of_an_identity_is_decoded(kind):
    """Cut by the picture's own aperture, then turned by the identity's rotation."""
    configuration, picture = CODED[kind]
    data = b.item_file(
        {1: (kind, picture, [1, 2, 0x83]), 2: (b"iden", b"", [4]), 3: (b"iden", b"", [4, 0x85])},
        [configuration, b.ispe(200, 120), b.clap(50, 40), b.ispe(50, 40), ROTATE],
        [(b"dimg", 3, [2]), (b"dimg", 2, [1])],
        primary=3,
        brand=BRANDS[kind],
    )
    image = decoded(data)

    assert image.size == (40, 50)
    assert corners(image) == [pytest.approx((124, 40), abs=2), pytest.approx((75, 79), abs=2)]


def test_a_picture_that_its_codec_padded_is_cut_at_the_right_place():
    """HEVC of 60 rows is coded as 64; the middle is that of the 60, two rows higher."""
    configuration, picture = coded(PICTURE.crop((0, 0, 200, 60)), b"hvc1")
    middle = b.clap(50, 40, (0, 1), (-2, 1))
    data = b.item_file({1: (b"hvc1", picture, [1, 2, 0x83])}, [configuration, b.ispe(200, 64), middle])

    assert corners(decoded(data)) == [pytest.approx((75, 10), abs=2), pytest.approx((124, 49), abs=2)]


def test_a_grid_is_cut_and_turned_as_a_whole():
    """Two tiles of 200 by 120; a tile's own transforms stay the codec's affair."""
    configuration, picture = CODED[b"hvc1"]
    data = b.item_file(
        {
            1: (b"hvc1", picture, [1, 2]),
            2: (b"hvc1", picture, [1, 2, 0x86]),
            3: (b"grid", b"\0\0\0\1\x01\x90\0\x78", [3, 0x84, 0x85]),
        },
        [configuration, b.ispe(200, 120), b.ispe(400, 120), b.clap(300, 100), ROTATE, b.box(b"irot", b"\2")],
        [(b"dimg", 3, [1, 2])],
        primary=3,
    )
    image = decoded(data)

    assert image.size == (100, 300)
    # right end of the canvas: column 149 of the second tile, which is upside down
    assert corners(image) == [pytest.approx((50, 109), abs=3), pytest.approx((50, 109), abs=3)]


def test_transparency_turns_with_its_picture():
    """The alpha picture has the same transforms, by the standard: the clear corner stays the picture's."""
    alpha = Image.new("L", (200, 120), 255)
    alpha.paste(0, (0, 0, 100, 60))
    configuration, picture = CODED[b"hvc1"]
    grey, clear = coded(alpha, b"hvc1")
    data = b.item_file(
        {1: (b"hvc1", picture, [1, 2, 0x83]), 2: (b"hvc1", clear, [4, 2, 5, 0x83])},
        [
            configuration,
            b.ispe(200, 120),
            ROTATE,
            grey,
            b.full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"),
        ],
        [(b"auxl", 2, [1])],
    )
    image = decoded(data)

    assert (image.mode, image.size) == ("RGBA", (120, 200))
    assert [image.getpixel(place)[3] for place in ((5, 195), (5, 5), (115, 195))] == [0, 255, 255]
