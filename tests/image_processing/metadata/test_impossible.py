"""Values that cannot be are not told: how cameras and programs write that they do not know."""

import jsonschema
import pytest

from image_processing import metadata
from tests.image_processing import builders as b
from tests.image_processing.metadata.told import read

ALL_BITS = [(0xFFFFFFFF, 1)]


@pytest.mark.parametrize(
    ("field", "exif", "possible"),
    [
        ("subject_distance", (0x9206, b.RATIONAL, ALL_BITS), (0x9206, b.RATIONAL, [(35, 10)])),
        ("subject_distance", (0x9206, b.RATIONAL, [(0xFFFFFFFF, 100)]), (0x9206, b.RATIONAL, [(1, 1)])),
        ("exposure_time", (0x829A, b.RATIONAL, ALL_BITS), (0x829A, b.RATIONAL, [(1, 8000)])),
        ("exposure_time", (0x829A, b.RATIONAL, [(0, 1)]), (0x829A, b.RATIONAL, [(3600, 1)])),
        ("f_number", (0x829D, b.RATIONAL, ALL_BITS), (0x829D, b.RATIONAL, [(95, 100)])),
        ("focal_length", (0x920A, b.RATIONAL, ALL_BITS), (0x920A, b.RATIONAL, [(800, 1)])),
        ("exposure_bias", (0x9204, b.SRATIONAL, [(36, 1)]), (0x9204, b.SRATIONAL, [(-5, 1)])),
        ("brightness", (0x9203, b.SRATIONAL, [(-1000, 1)]), (0x9203, b.SRATIONAL, [(-99, 1)])),
        ("iso", (0x8827, b.LONG, 0xFFFFFFFF), (0x8827, b.LONG, 3_280_000)),
        ("digital_zoom", (0xA404, b.RATIONAL, ALL_BITS), (0xA404, b.RATIONAL, [(4, 1)])),
    ],
)
def test_a_field_of_all_bits_is_none(field, exif, possible):
    """And the farthest that cameras do is told."""
    assert field not in read(exif=[exif]).values
    assert field in read(exif=[possible]).values


@pytest.mark.parametrize(
    ("field", "attributes"),
    [
        ("rating", 'xmp:Rating="100"'),
        ("rating", 'xmp:Rating="-2"'),
        ("color_space", 'exif:ColorSpace="-1"'),
        ("subject_distance", 'exif:SubjectDistance="4294967295/1"'),
        ("exposure_bias", 'exif:ExposureBiasValue="36/1"'),
    ],
)
def test_the_same_holds_in_xmp(field, attributes):
    """Text of any number."""
    assert field not in read(xmp=b.rdf(attributes=attributes)).values


@pytest.mark.parametrize("rating", [-1, 0, 4.5, 5])
def test_ratings_are_minus_one_to_five(rating):
    """-1 is rejected, 0 unrated (XMP Specification part 1, 8.4)."""
    assert read(xmp=b.rdf(attributes=f'xmp:Rating="{rating}"')).get("rating") == rating


def test_a_direction_is_within_the_circle():
    """Degrees."""
    assert read(gps=[(0x11, b.RATIONAL, [(3600, 10)])]).get("gps_img_direction") == 360
    assert "gps_img_direction" not in read(gps=[(0x11, b.RATIONAL, [(3610, 10)])]).values


def test_a_resolution_that_rounds_to_nothing_is_none():
    """One pixel in 100,000 inches; the schema asks for more than 0."""
    found = read([(0x11A, b.RATIONAL, [(1, 100_000)]), (0x11B, b.RATIONAL, [(72, 1)])])
    assert (found.get("dpi_x"), found.get("dpi_y")) == (None, 72)
    jsonschema.validate(found.to_dict(), metadata.schema())
