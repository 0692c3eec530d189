"""The record's width and height are those of the decoded picture, in every format and orientation."""

import io
from pathlib import Path

import pytest
from PIL import Image

from image_processing import metadata
from image_processing.decode import pixels
from image_processing.source import BytesSource

SAMPLES = Path(__file__).parents[3] / "samples"
FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix in {".jpg", ".png", ".webp", ".gif", ".heic"})


def both(data, side):
    """Return the size by the record, fitted into a square, and that of the decoded picture."""
    found = metadata.read(BytesSource(data))
    told = found.get("width"), found.get("height")
    image = pixels.decode(BytesSource(data), found, side)
    ratio = min(1.0, side / max(told))
    return tuple(max(1, round(length * ratio)) for length in told), image.size


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_samples_are_as_large_as_their_records_say(path):
    """Whole and reduced."""
    data = path.read_bytes()
    for side in (100_000, 200):
        told, decoded = both(data, side)
        assert told == pytest.approx(decoded, abs=side < 1280)  # reduced, a side may round the other way


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_an_orientation_turns_record_and_pixels_alike(image_format, orientation):
    """A picture of 61 by 40 pixels stands upright in four orientations, however the format stores them."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    Image.linear_gradient("L").resize((61, 40)).convert("RGB").save(out, image_format, exif=exif.tobytes())

    assert both(out.getvalue(), 1280) == (((40, 61),) if orientation > 4 else ((61, 40),)) * 2
