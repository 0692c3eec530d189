"""A HEIF file that is too large to decode shows the thumbnail that its camera made."""

import io

import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import codec_limits, pixels
from image_processing.errors import TooManyPixels
from image_processing.source import BytesSource


def saved(**options):
    """Write a picture that is red on its left and blue on its right."""
    image = Image.new("RGB", (1200, 800), (220, 20, 20))
    image.paste((20, 20, 220), (600, 0, 1200, 800))
    out = io.BytesIO()
    image.save(out, "HEIF", quality=90, **options)
    return out.getvalue()


def decoded(data):
    return pixels.decode(BytesSource(data), metadata.read(BytesSource(data)))


def test_a_heif_too_large_to_decode_shows_its_largest_thumbnail(monkeypatch):
    """The picture takes 8 bytes for each of 960,000 pixels; its thumbnails of 300 and 150 do not."""
    data = saved(thumbnails=[150, 300])
    assert decoded(data).size == (1200, 800)
    monkeypatch.setattr(codec_limits, "MAX_MEMORY", 8 * 960_000 - 1)

    image = decoded(data)

    assert image.size == (300, 200)
    for x, brightest in ((20, 0), (280, 2)):
        colour = image.getpixel((x, 100))
        assert colour[brightest] > 200
        assert colour[2 - brightest] < 60


@pytest.mark.medium
def test_without_a_thumbnail_it_is_refused(monkeypatch):
    """There is nothing else to show."""
    monkeypatch.setattr(codec_limits, "MAX_MEMORY", 8 * 960_000 - 1)

    with pytest.raises(TooManyPixels):
        decoded(saved())
