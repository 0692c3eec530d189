"""Codes are read: QR from another writer, others from zxing's own."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from image_processing.recognition import codes, recognize
from tests.image_processing.analysis import pictures

TEXT = "https://example.com/images/harbour?size=large"


def drawn(content, form, scale=4):
    """Return a code on a grey ground, 60 pixels from the left and 40 from the top."""
    code = Image.fromarray(np.asarray(zxingcpp.create_barcode(content, form).to_image(scale=scale)))
    ground = Image.new("RGB", (code.width + 200, code.height + 120), "#dddddd")
    ground.paste(code, (60, 40))
    return ground


def read(image):
    """Return the annotations of codes."""
    return recognize(np.asarray(image), ["code"])


@pytest.mark.parametrize(
    ("content", "form", "name"),
    [
        (TEXT, zxingcpp.QRCode, "QRCode"),
        ("4006381333931", zxingcpp.EAN13, "EAN13"),
        ("96385074", zxingcpp.EAN8, "EAN8"),
        (TEXT, zxingcpp.DataMatrix, "DataMatrix"),
        (TEXT, zxingcpp.Aztec, "Aztec"),
        (TEXT, zxingcpp.PDF417, "PDF417"),
        ("JANUS-2041", zxingcpp.Code128, "Code128"),
        ("Grüße 港", zxingcpp.QRCode, "QRCode"),
    ],
)
def test_every_kind_of_code(content, form, name):
    """Its content, format and place."""
    image = drawn(content, form)
    (found,) = read(image)
    assert (found.kind, found.value, found.score) == ("code", content, 1.0)
    assert found.details == {"format": name, "binary": False}
    assert found.box.left * image.width == pytest.approx(60, abs=45)  # quiet zones are not part of a code
    assert found.box.left + found.box.width <= 1


@pytest.mark.parametrize("degrees", [13, 90, 180])
def test_turned_codes_are_read(degrees):
    """At any angle."""
    turned = drawn(TEXT, zxingcpp.QRCode).rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    assert [one.value for one in read(turned)] == [TEXT]


def test_bytes_that_are_no_text_are_said_to_be_binary():
    """Their value is text nevertheless, which JSON carries."""
    (found,) = read(drawn(bytes([0, 255, 254, 7, 128, 129]), zxingcpp.QRCode))
    assert found.details == {"format": "QRCode", "binary": True}
    found.value.encode()


def test_a_flood_of_codes_is_cut():
    """The topmost MAX_CODES are given, from the top down."""
    ground = Image.new("RGB", (1280, 1000), "white")
    for number in range(30):
        code = zxingcpp.create_barcode(f"code {number:02}", zxingcpp.QRCode).to_image(scale=4)
        ground.paste(Image.fromarray(np.asarray(code)), (20 + number % 6 * 200, 10 + number // 6 * 190))
    found = read(ground)
    assert len(found) == codes.MAX_CODES == 20
    assert found[0].value in {f"code {number:02}" for number in range(6)}
    assert [one.box.top for one in found] == sorted(one.box.top for one in found)


@pytest.mark.parametrize("number", range(3))
def test_no_code_where_there_is_none(number):
    """In a scene, in noise, in stripes."""
    stripes = Image.fromarray(np.tile(np.arange(400) // 5 % 2 * 255, (200, 1)).astype(np.uint8)).convert("RGB")
    assert read([pictures.scene(), pictures.noise(1, (400, 300)), stripes][number]) == []
