"""The one recipe: metadata, and in a sandbox the pixels, as far as a profile asks."""

import io
import sys

import pytest
from PIL import Image

from image_processing import examine, metadata
from image_processing.errors import NotAnImage, TooComplex, Truncated
from image_processing.source import BytesSource, RangeSource
from tests import samples


def saved(image, image_format="PNG", **options):
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


PHOTO = samples.photo()
RED = saved(Image.new("RGB", (300, 200), (220, 30, 30)))


def test_the_metadata_profile_looks_at_no_pixel():
    """Metadata alone comes without a decode: even of a file whose pixels are broken."""
    found = examine.examine(BytesSource(RED[:60]), examine.METADATA)

    assert (found.metadata.get("width"), found.metadata.get("height")) == (300, 200)
    assert found.pixels is None


def test_the_standard_profile_makes_thumbnails_and_an_analysis():
    """A red image of 300 by 200 is red, and comes in three sizes, none enlarged."""
    seen = examine.examine(BytesSource(RED)).pixels

    assert (seen.width, seen.height) == (300, 200)
    assert (seen.analysis or {})["dominant"] == "#dc1e1e"
    assert {name: (made.width, made.height) for name, made in seen.pictures.items()} == {
        "large": (300, 200),
        "medium": (300, 200),
        "small": (256, 171),
    }
    small = Image.open(io.BytesIO(seen.pictures["small"].data))
    assert (small.format, small.size) == ("WEBP", (256, 171))


def test_the_full_profile_looks_at_every_pixel():
    """At full size, with a map of the layers of at most 640 pixels."""
    seen = examine.examine(BytesSource(saved(Image.new("L", (1500, 900), 128))), examine.FULL).pixels

    assert (seen.width, seen.height) == (1500, 900)
    assert (seen.analysis or {})["measured"] == {"width": 1500, "height": 900}
    layers = seen.pictures["layers"]
    assert (layers.width, layers.height) == (640, 384)
    assert Image.open(io.BytesIO(layers.data)).format == "PNG"


def test_an_order_says_what_is_made():
    """Two masks of the eleven things that could be made; red of luminance 0.16 is in layer 1."""
    seen = examine.examine(BytesSource(RED), thumbnails=False, analysis=False, masks=(0, 1)).pixels

    assert seen.analysis is None
    masks = {name: Image.open(io.BytesIO(made.data)) for name, made in seen.pictures.items()}
    means = {name: mask.resize((1, 1)).getpixel((0, 0)) for name, mask in masks.items()}
    assert means == {"layer-0": 0, "layer-1": 255}


def test_any_source_will_do():
    """Bytes behind ranged requests come to the same as bytes in memory."""
    ranged = RangeSource(len(PHOTO), lambda offset, length: PHOTO[offset : offset + length])

    assert examine.examine(ranged).pixels == examine.examine(BytesSource(PHOTO)).pixels


def test_a_refusal_carries_the_metadata():
    """Of a file that ends within its pixels, what stands before them is known."""
    with pytest.raises(Truncated) as caught:
        examine.examine(BytesSource(RED[: len(RED) // 2]))

    assert caught.value.metadata.get("width") == 300


def test_a_file_that_is_no_image_reaches_no_sandbox(monkeypatch):
    """What the readers refuse is refused before any process is asked."""
    monkeypatch.setattr(examine, "_pool", lambda: pytest.fail("a sandbox was asked"))

    with pytest.raises(NotAnImage):
        examine.examine(BytesSource(b"no image"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_a_decode_that_takes_more_than_its_limit_is_too_complex(monkeypatch):
    """Whatever the header tells, 48 MB do not hold a picture of 36 megapixels."""
    data = saved(Image.new("L", (6000, 6000)))
    monkeypatch.setattr(examine, "MEMORY", 30 << 20)

    with pytest.raises(TooComplex):
        examine.examine(BytesSource(data))


@pytest.mark.parametrize(
    ("name", "size", "whole", "seconds"),
    [
        ("PNG", 0, False, 6),
        ("PNG", 4 << 20, False, 7),
        ("JP2", 4 << 20, False, 10),
        ("JP2", 200_000_000, False, 100),
        ("TIFF", 200_000_000, False, 53),
        ("PNG", 0, True, 14),
    ],
)
def test_cpu_time_goes_by_the_bytes_of_a_file(name, size, whole, seconds):
    """Six seconds, and one for 4 MB or 1 MB of JPEG 2000; eight more for every pixel; never over a hundred."""
    found = metadata.ImageMetadata({"format": name}, {})

    assert examine.cpu_seconds(found, size, whole=whole) == seconds
