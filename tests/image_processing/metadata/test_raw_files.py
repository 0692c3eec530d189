"""Camera RAW formats that are not plain TIFF."""

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b
from tests.image_processing.seeds import SEEDS


def read(data):
    return metadata.read(BytesSource(data))


@pytest.mark.parametrize("name", ["crw", "rw2"])
def test_the_size_is_the_raw_images(name):
    """Canon's heap and Panasonic's sensor borders tell it."""
    found = read(SEEDS[name])
    assert found.get("format") == name.upper()
    assert (found.get("stored_width"), found.get("stored_height")) == (40, 30)


def test_a_raf_takes_exif_from_its_jpeg_and_names_it_as_preview():
    """The JPEG inside is the preview, and where the camera wrote Exif."""
    found = read(SEEDS["raf"])
    assert found.get("make") == "NIKON CORPORATION"
    assert found.get("preview_offset") == 108


def test_a_cr3_takes_exif_from_its_boxes():
    """CMT1, CMT2 and CMT4 are IFD0, Exif and GPS, each a TIFF structure of its own."""
    uuid = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    boxes = (
        b.box(b"CMT1", b.tiff([(0x100, b.SHORT, 40), (0x101, b.SHORT, 30), (0x10F, b.ASCII, "Canon")])),
        b.box(b"CMT2", b.tiff([(0x8827, b.SHORT, 400)])),
        b.box(b"CMT4", b.tiff([(5, 1, b"\0"), (6, b.RATIONAL, [(7, 1)])])),
    )
    found = read(b.box(b"ftyp", b"crx \0\0\0\1crx isom") + b.box(b"moov", b.box(b"uuid", uuid, *boxes)))
    assert (
        found.values.items()
        >= {
            "format": "CR3",
            "width": 40,
            "height": 30,
            "make": "Canon",
            "iso": 400,
            "gps_altitude": 7,
        }.items()
    )


def test_a_cr3_has_xmp_in_a_box_of_its_own():
    """Where Canon keeps the stars given on the camera."""
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    found = read(
        b.box(b"ftyp", b"crx \0\0\0\1crx isom") + b.box(b"uuid", uuid, b.rdf(attributes='xmp:Rating="3"'))
    )
    assert (found.get("rating"), found.origins["rating"]) == (3, "XMP-xmp:Rating")
