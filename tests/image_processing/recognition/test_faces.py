"""Faces are found as boxes, as MediaPipe finds them, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from image_processing.recognition import blazeface, faces, recognize
from scripts import face_model
from tests.image_processing.analysis import pictures
from tests.image_processing.recognition.pages import FACE, FACE_BOX, overlap


def find(image):
    """Return the annotations of faces."""
    return recognize(np.asarray(image), ["face"])


def test_the_network_answers_as_mediapipe_does():
    """MediaPipe 0.10.14 gives this score and box for the same 128 x 128 pixels, which it need not resize."""
    small = np.asarray(Image.open(FACE).resize((128, 128), Image.Resampling.BILINEAR), np.float32)
    boxes, scores = blazeface.find(small / 127.5 - 1)
    assert boxes.shape == (896, 4)
    found = faces.merge((boxes[scores >= 0.3] / 128).astype(np.float32), scores[scores >= 0.3])
    assert found.scores == pytest.approx([0.96839], abs=0.003)
    left, top, right, bottom = found.boxes[0]
    assert (left, top, right - left, bottom - top) == pytest.approx((0.3255, 0.2371, 0.3177, 0.3177), abs=0.002)


@pytest.mark.medium
@pytest.mark.parametrize("side", [320, 160, 640, 1280])
def test_a_face_is_found_at_every_size(side):
    """One box, where it is."""
    (found,) = find(Image.open(FACE).resize((side, side)))
    assert (found.kind, found.value, found.model) == ("face", "", "blazeface-short-range")
    assert found.score > 0.85
    assert overlap(found.box, *FACE_BOX) > 0.8


@pytest.mark.medium
def test_three_faces_of_different_sizes():
    """In a scene of 1,280 pixels: 40 %, 15 % and 11 % of its height."""
    scene = pictures.scene((1280, 853), turn=1.0)
    places = [(60, 40, 1.0), (700, 300, 0.38), (1000, 80, 0.29)]
    for x, y, part in places:
        side = round(1070 * part)
        scene.paste(Image.open(FACE).resize((side, side)), (x, y))
    found = find(scene)
    assert len(found) == 3
    for x, y, part in places:
        left, top, width, height = (1070 * part * edge for edge in FACE_BOX)
        box = ((x + left) / 1280, (y + top) / 853, width / 1280, height / 853)
        assert max(overlap(one.box, *box) for one in found) > 0.7


def moon():
    """Return a disc with two dark spots, which looks like a face from far: at 256 pixels it scores 0.65."""
    image = Image.new("RGB", (400, 400), "#101010")
    pen = ImageDraw.Draw(image)
    pen.ellipse((120, 90, 280, 310), "#b0b0b0")
    pen.ellipse((155, 160, 180, 180), "#201008")
    pen.ellipse((220, 160, 245, 180), "#201008")
    return image


@pytest.mark.medium
@pytest.mark.parametrize("number", range(7))
def test_no_face_where_there_is_none(number):
    """In scenes, noise, rings, one colour, and a face in the moon."""
    scenes = [pictures.scene((640, 427), turn) for turn in (0.0, 1.0, 2.5)]
    rings = pictures.vignette((400, 400)).convert("RGB")
    assert find([*scenes, pictures.noise(5, (300, 300)), rings, pictures.plain("#c08060"), moon()][number]) == []


def test_two_candidates_may_be_one_face(monkeypatch):
    """A box too large and one too small, which have little in common, show the same face at a closer look."""
    left, top, width, height = (320 * edge for edge in FACE_BOX)
    x, y = left + width / 2, top + height / 2
    boxes = [[x - part * width, y - part * height, x + part * width, y + part * height] for part in (0.85, 0.29)]
    candidates = faces.Found(np.array(boxes, np.float32), np.array([0.9, 0.8], np.float32))
    monkeypatch.setattr(faces, "_search", lambda *_: candidates)
    (found,) = find(Image.open(FACE))
    assert overlap(found.box, *FACE_BOX) > 0.7


def test_boxes_of_one_face_become_one():
    """The mean weighted by score; a box elsewhere stays; the best come first."""
    boxes = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 50, 60, 60]], np.float32)
    merged = faces.merge(boxes, np.array([0.6, 0.2, 0.9], np.float32))
    assert merged.boxes.tolist() == [[50, 50, 60, 60], pytest.approx([0.5, 0, 10.5, 10])]
    assert merged.scores.tolist() == pytest.approx([0.9, 0.6])
    assert len(faces.merge(boxes[:0], np.zeros(0, np.float32)).scores) == 0


def test_two_boxes_need_a_third_in_common():
    """Of what both cover: at 0.3 they are of one face, below it of two."""
    one = [0.0, 0.0, 10.0, 10.0]
    for shift, number in ((5.3, 1), (5.5, 2)):  # 4.7 / 15.3 = 0.307; 4.5 / 15.5 = 0.290
        boxes = np.array([one, [shift, 0.0, shift + 10, 10.0]], np.float32)
        assert len(faces.merge(boxes, np.array([0.9, 0.8], np.float32)).scores) == number


def test_the_weights_have_the_shapes_of_the_model():
    """A stem, 16 blocks, four heads; nothing but finite halves."""
    with np.load(face_model.TARGET) as arrays:
        kernels = [arrays[name] for name in arrays if name.endswith(".kernel")]
        biases = [arrays[name] for name in arrays if name.endswith(".bias")]
    assert len(kernels) == len(biases) == 1 + 2 * 16 + 4
    assert kernels[0].shape == (24, 5, 5, 3)
    assert [kernel.shape[0] for kernel in kernels[-4:]] == [2, 6, 32, 96]
    assert {array.dtype for array in kernels + biases} == {np.dtype("<f2")}
    assert all(np.isfinite(array).all() for array in kernels + biases)


@pytest.mark.slow
def test_the_weights_are_those_of_the_package():
    """What is committed is what the script takes out of MediaPipe's wheel, to the byte."""
    assert face_model.packed(face_model.weights(face_model.download())) == face_model.TARGET.read_bytes()
