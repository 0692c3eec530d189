"""HEIF and AVIF: the primary item, its properties and transforms, metadata items, sequences."""

import struct

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b

EXIF = b"\0\0\0\6Exif\0\0" + b.tiff([(0x10F, b.ASCII, "Maker"), (0x112, b.SHORT, 6)])


def read(data):
    return metadata.read(BytesSource(data))


def rotation(quarters):
    return b.box(b"irot", bytes([quarters]))


def mirror(axis):
    return b.box(b"imir", bytes([axis]))


def test_the_primary_item_tells_size_and_depth():
    """ispe, pixi and the codec's configuration are its properties."""
    pixi = b.full(b"pixi", bytes([3, 10, 10, 10]))
    found = read(b.heif(properties=[pixi]))
    assert (found.get("width"), found.get("height"), found.get("bit_depth"), found.get("format")) == (
        40,
        30,
        10,
        "HEIF",
    )


@pytest.mark.parametrize(("flags", "depth"), [(0x00, 8), (0x40, 10), (0x60, 12)])
def test_avif_depth_comes_from_its_configuration(flags, depth):
    """High bit depth and twelve bits are flags of av1C."""
    found = read(b.heif(brand=b"avif", properties=[b.box(b"av1C", bytes([0x81, 0, flags | 0x0C, 0]))]))
    assert (found.get("format"), found.get("bit_depth"), found.get("chroma_subsampling")) == (
        "AVIF",
        depth,
        "4:2:0",
    )


@pytest.mark.parametrize(
    ("properties", "orientation"),
    [
        ([], 1),
        ([rotation(1)], 8),
        ([rotation(2)], 3),
        ([rotation(3)], 6),
        ([mirror(1)], 2),
        ([mirror(0)], 4),
        ([rotation(1), mirror(1)], 7),
        ([rotation(3), mirror(1)], 5),
        ([rotation(1), mirror(0)], 5),
    ],
)
def test_the_containers_transform_is_the_orientation(properties, orientation):
    """Rotation is anticlockwise, mirrors follow in their order; Exif's orientation does not count."""
    found = read(b.heif(properties=properties, items=[(b"Exif", b"", EXIF)]))
    assert found.get("orientation") == orientation
    assert (found.get("width"), found.get("height")) == ((30, 40) if orientation > 4 else (40, 30))
    assert found.tags["Exif"]["Orientation"] == 6


def test_metadata_items_are_read():
    """Exif and XMP are items of their own, here in "idat"."""
    xmp = b.rdf(attributes='xmp:Rating="4"')
    found = read(b.heif(items=[(b"Exif", b"", EXIF), (b"mime", b"application/rdf+xml", xmp)]))
    assert (found.get("make"), found.get("rating")) == ("Maker", 4)


def test_colour_is_read_as_profile_and_as_code_points():
    """Property colr is an ICC profile or nclx."""
    nclx = b.box(b"colr", b"nclx", struct.pack(">HHHB", 9, 16, 9, 0x80))
    found = read(b.heif(properties=[b.box(b"colr", b"prof", b.icc("Display P3", 4)), nclx]))
    assert (found.get("icc_profile"), found.get("cicp_transfer"), found.get("hdr")) == ("Display P3", 16, True)


def test_a_sequence_without_a_still_tells_its_track():
    """An image sequence has frames and a duration."""
    tkhd = b.full(b"tkhd", bytes(72), struct.pack(">II", 40 << 16, 30 << 16), flags=1)
    mdhd = b.full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, 2500, 0, 0))
    stsz = b.full(b"stsz", struct.pack(">II", 0, 5))
    track = b.box(b"trak", tkhd, b.box(b"mdia", mdhd, b.box(b"minf", b.box(b"stbl", stsz))))
    found = read(b.box(b"ftyp", b"avis\0\0\0\0avisavif") + b.box(b"moov", track))
    assert (
        found.values.items()
        >= {"width": 40, "height": 30, "frame_count": 5, "animated": True, "duration": 2.5}.items()
    )


def test_an_item_that_claims_to_lie_outside_the_file_is_left_out():
    """A location beyond the end yields nothing and breaks nothing."""
    data = b.heif(items=[(b"Exif", b"", EXIF)])
    found = read(data[: len(data) - len(EXIF) + 4])
    assert found.get("width") == 40
    assert found.get("make") is None
