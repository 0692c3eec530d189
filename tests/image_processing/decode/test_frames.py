"""Files of more than one image: the same pixels are those of all their images, at a bounded cost."""

from __future__ import annotations

import hashlib
import io
import time

import pytest
from PIL import Image, PngImagePlugin

from image_processing import metadata
from image_processing.analysis import fingerprint
from image_processing.decode import frames, pixels
from image_processing.source import BytesSource
from tests.image_processing.analysis import pictures

SIZE = (64, 48)
FORMATS = ("GIF", "PNG", "WEBP", "TIFF", "AVIF", "HEIF")
FIRST, SECOND, THIRD = (pictures.scene(SIZE, turn=turn) for turn in range(3))


def made(kind, images, **options):
    out = io.BytesIO()
    first, *rest = images
    more = {"save_all": True, "append_images": rest} if rest else {}
    first.save(out, kind, **more, **({"lossless": True} if kind == "WEBP" else {}), **options)
    return out.getvalue()


def hashed(data):
    source = BytesSource(data)
    return fingerprint.pixels(pixels.decode(source, metadata.read(source)))


@pytest.mark.parametrize("kind", FORMATS)
def test_files_that_share_but_their_first_image_are_not_the_same(kind):
    """Another second frame or page, another number of them, none at all: four hashes; the same ones, one."""
    made_of = [[FIRST], [FIRST, SECOND], [FIRST, THIRD], [FIRST, SECOND, THIRD]]
    assert len({hashed(made(kind, images)) for images in made_of}) == 4
    assert hashed(made(kind, [FIRST, SECOND])) == hashed(made(kind, [FIRST, SECOND]))


def test_an_animation_is_the_same_whatever_its_metadata_say():
    """Comments and times; as with a still image."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "another")
    plain, told = made("PNG", [FIRST, SECOND]), made("PNG", [FIRST, SECOND], pnginfo=text)
    assert plain != told
    assert hashed(plain) == hashed(told)
    assert hashed(made("GIF", [FIRST, SECOND])) == hashed(made("GIF", [FIRST, SECOND], comment=b"another"))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_a_still_image_keeps_the_hash_that_records_have(kind):
    """SHA-256 of `width height mode ` and its pixels, and of nothing more."""
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    assert hashed(made(kind, [image])) == hashlib.sha256(b"2 1 RGB \1\2\3\1\2\3").hexdigest()


@pytest.mark.parametrize(("bound", "value"), [("MAX_IMAGES", 2), ("MAX_PIXELS", 64 * 48 * 2 - 1)])
def test_beyond_the_bounds_only_the_same_file_is_the_same(monkeypatch, bound, value):
    """Nothing more is decoded then; just within them, metadata do not count."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "another")
    three = [FIRST, SECOND, THIRD]
    plain, told = made("PNG", three), made("PNG", three, pnginfo=text)
    monkeypatch.setattr(frames, bound, value + 1)
    assert hashed(plain) == hashed(told)
    monkeypatch.setattr(frames, bound, value)
    assert hashed(plain) == hashed(bytes(plain)) != hashed(told)


def test_images_that_cannot_be_decoded_leave_the_first_as_it_is():
    """A damaged later frame refuses nothing, and makes the file its own only likeness."""
    whole = made("GIF", [FIRST, SECOND, THIRD])
    cut = whole[: len(whole) - 200]
    assert hashed(cut) == hashed(cut)
    assert hashed(cut) not in {hashed(whole), hashed(made("GIF", [FIRST]))}


@pytest.mark.medium
def test_an_animation_of_a_thousand_frames_costs_no_more_than_a_few():
    """Bounded by number and by pixels."""
    many = [Image.new("P", (400, 300), number % 256) for number in range(1000)]
    data = made("GIF", many, duration=20, optimize=False)
    began = time.process_time()
    source = BytesSource(data)
    assert frames.digest(source, "GIF", 1000) is not None
    assert time.process_time() - began < 3
