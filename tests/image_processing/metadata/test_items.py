"""HEIF and AVIF of more than one item: clean aperture, identities, canvases, and whose Exif and XMP it is."""

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b

ROTATE, MIRROR = (b.box(b"irot", b"\1"), b.box(b"imir", b"\1"))
CLOCKWISE, FLIP = (b.box(b"irot", b"\3"), b.box(b"imir", b"\0"))
SIZE = b.ispe(200, 120)


def read(*arguments, **options):
    return metadata.read(BytesSource(b.item_file(*arguments, **options)))


def size(found):
    return found.get("width"), found.get("height")


def with_transforms(*transforms, brand=b"heic"):
    own = range(1, len(transforms) + 2)
    return read({1: (b"hvc1", b"", own)}, [SIZE, *transforms], brand=brand)


@pytest.mark.parametrize("brand", [b"heic", b"avif"])
@pytest.mark.parametrize(
    ("transforms", "shown", "area", "orientation"),
    [
        ([b.clap(50, 40)], (50, 40), [75, 40, 50, 40], None),
        ([b.clap(51, 39)], (51, 39), [74, 40, 51, 39], None),
        ([b.clap(21, 11, (1, 2), (-1, 2))], (21, 11), [90, 54, 21, 11], None),
        ([b.clap((101, 2), (81, 2))], (51, 41), [74, 39, 51, 41], None),
        ([b.clap(50, 40), b.clap(30, 30)], (30, 30), [85, 45, 30, 30], None),
        ([b.clap(50, 40), ROTATE], (40, 50), [75, 40, 50, 40], 8),
        ([ROTATE, b.clap(40, 50)], (40, 50), [75, 40, 50, 40], 8),
        ([MIRROR, b.clap(20, 40, (5, 1))], (20, 40), [85, 40, 20, 40], 2),
        ([b.clap(20, 40, (5, 1)), MIRROR], (20, 40), [95, 40, 20, 40], 2),
        ([CLOCKWISE, b.clap(30, 20, (4, 1), (-6, 1))], (30, 20), [84, 41, 20, 30], 6),
        ([b.clap(50, 40, (7, 1), (5, 1)), ROTATE, FLIP], (40, 50), [82, 45, 50, 40], 5),
        ([b.clap(200, 120)], (200, 120), None, None),
    ],
)
def test_transforms_apply_in_their_order(transforms, shown, area, orientation, brand):
    """A clean aperture cuts the picture as it is by then, turned or not; the area is told in stored pixels."""
    found = with_transforms(*transforms, brand=brand)

    assert (size(found), found.get("clean_aperture"), found.get("orientation")) == (shown, area, orientation)
    assert (found.get("stored_width"), found.get("stored_height")) == (200, 120)
    assert not found.warnings


@pytest.mark.parametrize(
    "aperture",
    [
        b.clap(201, 40),
        b.clap(50, 121),
        b.clap(50, 40, (76, 1)),
        b.clap(50, 40, (0, 1), (-41, 1)),
        b.clap((50, 0), 40),
        b.clap(50, 40, (0, 0)),
        b.clap(0, 40),
        b.clap(0xFFFFFFF0, 40),
        b.box(b"clap", bytes(31)),
    ],
)
def test_an_aperture_that_is_not_within_the_picture_is_ignored(aperture):
    """All of the picture is shown, turned as it should be, and a warning tells of it."""
    found = with_transforms(aperture, ROTATE)

    assert (size(found), found.get("clean_aperture"), found.get("orientation")) == ((120, 200), None, 8)
    assert [warning.code for warning in found.warnings] == ["clean_aperture"]


def test_an_aperture_may_reach_to_the_very_edge():
    """An offset of 75 puts the last of 50 columns on the last of 200."""
    assert with_transforms(b.clap(50, 40, (75, 1))).get("clean_aperture") == [150, 40, 50, 40]


@pytest.mark.parametrize("told", [True, False])
def test_an_identity_is_the_picture_it_stands_for(told):
    """Identities of identities: their transforms come after those of the picture they stand for."""
    picture = {1: (b"hvc1", b"", [1, 2]), 2: (b"iden", b"", []), 3: (b"iden", b"", [5, 3, 4] if told else [3, 4])}
    properties = [SIZE, b.clap(50, 40), ROTATE, FLIP, b.ispe(50, 40)]
    found = read(picture, properties, [(b"dimg", 3, [2]), (b"dimg", 2, [1])], primary=3)

    assert (size(found), found.get("orientation"), found.get("compression")) == ((40, 50), 5, "HEVC")


def test_identities_that_go_round_in_a_circle_end():
    """They tell what they have themselves."""
    pair = {1: (b"iden", b"", [1]), 2: (b"iden", b"", [])}
    assert size(read(pair, [SIZE], [(b"dimg", 1, [2]), (b"dimg", 2, [1])])) == (200, 120)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (b"grid", b"\0\0\0\1\0\x80\0\x30"),
        (b"grid", b"\0\1\0\1\0\0\0\x80\0\0\0\x30"),
        (b"iovl", bytes(10) + b"\0\x80\0\x30"),
    ],
)
@pytest.mark.parametrize("own", [[], [2], [2, 3]])
def test_a_canvas_has_a_size_of_its_own(kind, data, own):
    """Not that of its tiles: it stands in its data where no property tells it."""
    found = read(
        {1: (b"hvc1", b"", [1]), 2: (b"hvc1", b"", [1]), 3: (kind, data, own)},
        [b.ispe(64, 48), b.full(b"pixi", bytes([3, 8, 8, 8])), b.ispe(128, 48)],
        [(b"dimg", 3, [1, 2])],
        primary=3,
    )
    assert (size(found), found.get("bit_depth"), found.get("compression")) == ((128, 48), 8, "HEVC")


def test_a_canvas_is_cut_and_turned():
    """Clean aperture and rotation of a grid apply to the whole canvas."""
    found = read(
        {1: (b"hvc1", b"", [1]), 2: (b"grid", b"\0\0\0\1\0\x80\0\x30", [2, 3, 4])},
        [b.ispe(64, 48), b.ispe(128, 48), b.clap(100, 40), ROTATE],
        [(b"dimg", 2, [1, 1])],
        primary=2,
    )
    assert (size(found), found.get("clean_aperture")) == ((40, 100), [14, 4, 100, 40])


def exif(make):
    return b"\0\0\0\0" + b.tiff([(0x10F, b.ASCII, make)])


def xmp(rating):
    return b.rdf(attributes=f'xmp:Rating="{rating}"')


@pytest.mark.parametrize(
    ("described", "make", "rating"),
    [
        ({4: [1], 5: [2], 6: [1], 7: [2]}, "First", 1),
        ({4: [2], 5: [1], 6: [2], 7: [1]}, "Second", 2),
        ({4: [2], 5: [3], 6: [3], 7: [2]}, None, None),
        ({4: [2], 6: [2]}, "Second", 2),  # an item of no picture is the file's
        ({4: [2], 5: [99], 6: [2], 7: [99]}, "Second", 2),  # as is one of a picture that is not there
        ({4: [2], 5: [3, 1], 6: [2], 7: [3, 1]}, "Second", 2),
        ({}, "First", 1),
    ],
)
def test_exif_and_xmp_are_those_of_the_primary_picture(described, make, rating):
    """Another picture's, a thumbnail's or an auxiliary's (here a depth map) do not describe it."""
    found = read(
        {
            1: (b"hvc1", b"", [1]),
            2: (b"hvc1", b"", [1]),
            3: (b"hvc1", b"", [1]),
            4: (b"Exif", exif("First"), []),
            5: (b"Exif", exif("Second"), []),
            6: (b"mime:application/rdf+xml", xmp(1), []),
            7: (b"mime:application/rdf+xml", xmp(2), []),
        },
        [SIZE],
        [(b"auxl", 3, [1]), *((b"cdsc", one, to) for one, to in described.items())],
    )
    assert (found.get("make"), found.get("rating")) == (make, rating)


@pytest.mark.parametrize(
    ("references", "primary"),
    [
        ([(b"dimg", 2, [1]), (b"cdsc", 4, [1])], 2),  # of a tile of the grid, or of what an identity stands for
        ([(b"dimg", 3, [1]), (b"cdsc", 4, [3])], 1),  # of its rendition with a gain map
    ],
)
def test_exif_of_what_is_the_same_picture_counts(references, primary):
    """Writers refer to a tile, or to the tone-mapped rendition alone."""
    found = read(
        {
            1: (b"hvc1", b"", [1]),
            2: (b"grid", b"\0\0\0\0\0\xc8\0\x78", [1]),
            3: (b"tmap", b"", [1]),
            4: (b"Exif", exif("Maker"), []),
        },
        [SIZE],
        references,
        primary=primary,
    )
    assert found.get("make") == "Maker"


def test_references_that_cannot_be_are_not_believed():
    """Metadata that claim to be a thumbnail, too, are the file's."""
    found = read(
        {1: (b"hvc1", b"", [1]), 2: (b"hvc1", b"", [1]), 3: (b"Exif", exif("Maker"), [])},
        [SIZE],
        [(b"thmb", 3, [1]), (b"cdsc", 3, [1])],
        primary=2,
    )
    assert found.get("make") == "Maker"


TIFF = b.tiff([(0x10F, b.ASCII, "Maker")])


@pytest.mark.parametrize(
    "item",
    [
        b"\0\0\0\0" + TIFF,
        b"\0\0\0\6Exif\0\0" + TIFF,
        b"\0\0\0\0Exif\0\0" + TIFF,
        b"\0\0\0\4" + bytes(4) + TIFF,
        TIFF,
        b"Exif\0\0" + TIFF,
        b.tiff([(0x10F, b.ASCII, "Maker")], order=">"),
        b"\0\0\x40\0" + TIFF,
    ],
)
def test_an_exif_item_is_read_with_and_without_its_offset(item):
    """The offset of the TIFF header comes first, by the standard; some leave it out, or count wrongly."""
    assert read({1: (b"hvc1", b"", [1]), 2: (b"Exif", item, [])}, [SIZE]).get("make") == "Maker"
    jxl = b"\0\0\0\x0cJXL \r\n\x87\n" + b.box(b"jxlc", b"\xff\x0a\x41\x05\0\0\0") + b.box(b"Exif", item)
    assert metadata.read(BytesSource(jxl)).get("make") == "Maker"
