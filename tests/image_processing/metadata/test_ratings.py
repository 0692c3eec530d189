"""Ratings: stars, and Microsoft's percentages of them."""

import pytest

from image_processing import metadata
from image_processing.source import BytesSource
from tests.image_processing import builders as b


@pytest.mark.parametrize(
    ("percent", "stars"),
    [(0, 0), (1, 1), (12, 1), (13, 2), (25, 2), (37, 2), (38, 3), (50, 3), (62, 3), (63, 4), (75, 4), (87, 4)]
    + [(88, 5), (99, 5), (100, 5), (101, None)],
)
def test_microsofts_percents_are_stars(percent, stars):
    """Windows writes 1, 25, 50, 75 and 99 for one star to five, and takes what lies between by ranges."""
    packet = b.rdf(attributes=f'm:Rating="{percent}"', prefixes='xmlns:m="http://ns.microsoft.com/photo/1.0/"')
    exif = b.tiff([(0x4749, b.SHORT, percent)])

    for part, source in (
        (b.xmp_segment(packet), "XMP-MicrosoftPhoto:Rating"),
        (b.exif_segment(exif), "Exif:RatingPercent"),
    ):
        found = metadata.read(BytesSource(b.jpeg(part)))
        assert found.get("rating") == stars
        assert found.origins.get("rating") == (source if stars is not None else None)


def test_stars_go_before_percents():
    """Of both, the stars count."""
    exif = b.tiff([(0x4746, b.SHORT, 3), (0x4749, b.SHORT, 99)])

    assert metadata.read(BytesSource(b.jpeg(b.exif_segment(exif)))).get("rating") == 3
