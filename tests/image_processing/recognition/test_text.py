"""Lines of text are read where they are, in order, with their contrast."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from image_processing.recognition import recognize, text
from image_processing.recognition.rectangles import Rectangle
from image_processing.recognition.text import Read
from tests.image_processing.analysis import pictures
from tests.image_processing.recognition.pages import page

LINES = ("Harbour office, 2nd floor", "Open 9:30 to 17:45")


def read(image):
    """Return the annotations of text."""
    return recognize(np.asarray(image), ["text"])


@pytest.mark.medium
def test_lines_are_read_in_order_with_their_places():
    """Text, score, box, height and colours of two lines; the model and its version."""
    first, second = read(page(*LINES))
    assert (first.value, second.value) == LINES
    assert min(first.score, second.score) > 0.9
    assert (first.kind, first.model, first.language) == ("text", "pp-ocr-small", None)
    assert first.box.left == pytest.approx(30 / 640, abs=0.02)
    assert first.box.top == pytest.approx(34 / 320, abs=0.03)
    assert second.box.top == pytest.approx(90 / 320, abs=0.03)
    assert first.details["height"] == pytest.approx(28 / 320, rel=0.3)
    assert first.details["text_colour"] == "#222222"
    assert first.details["background"] == "#ffffff"
    assert first.details["contrast"] == pytest.approx(15.91, abs=0.01)


@pytest.mark.medium
@pytest.mark.parametrize(
    "degrees", [4, -5, 90, *(pytest.param(turn, marks=pytest.mark.slow) for turn in (180, 270))]
)
def test_turned_lines_are_read(degrees):
    """A little askew, on their side, upside down."""
    turned = page(LINES[0]).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#ffffff")
    assert [one.value for one in read(turned)] == [LINES[0]]


@pytest.mark.medium
@pytest.mark.parametrize("number", range(5))
def test_nothing_is_read_where_nothing_is_written(number):
    """In scenes with hills and a sun, in noise, in one colour."""
    scenes = [pictures.scene(turn=turn) for turn in (0.0, 1.0, 2.5)]
    assert read([*scenes, pictures.noise(3), pictures.plain("#404040")][number]) == []


@pytest.mark.parametrize(
    ("best", "text_read"),
    [
        ([1, 1, 0, 1, 2], "aab"),  # a repetition is one letter, two with a blank between
        ([0, 0, 0], ""),
        ([3, 1, 3, 2, 3], "a b"),  # spaces around a line are not its text
        ([2, 2, 2, 1], "ba"),
    ],
)
def test_steps_become_characters(best, text_read):
    """Blanks part letters and are none; the score is the mean of those that were kept."""
    scores = np.full((len(best), 4), 0.01, np.float32)
    scores[np.arange(len(best)), best] = 0.8
    found = text.decode(scores, ("", "a", "b", " "))
    assert found.text == text_read
    assert found.score == pytest.approx(0.8 if text_read else 0.0)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (Read("Harbour", 0.6), True),
        (Read("Harbour", 0.59), False),
        (Read("7", 0.9), True),
        (Read("O", 0.89), False),
        (Read("...", 0.99), False),
        (Read("", 0.0), False),
        (Read("年", 0.95), True),
    ],
)
def test_what_counts_as_text(line, kept):
    """A single character must be surer than a word, and a line of dots is none."""
    assert text.is_text(line) is kept


def test_reading_order():
    """Rows from the top, each from the left; lines of one row need not lie exactly beside each other."""
    lines = [Rectangle(300, 52, 100, 20, 0), Rectangle(100, 48, 100, 20, 0), Rectangle(90, 10, 80, 20, 0)]
    lines += [Rectangle(50, 59, 20, 20, 0), Rectangle(50, 80, 20, 20, 0)]
    assert [(line.x, line.y) for line in text.in_order(lines)] == [
        (90, 10),
        (100, 48),
        (300, 52),
        (50, 59),
        (50, 80),
    ]


@pytest.mark.parametrize(
    ("size", "searched"),
    [
        ((1280, 853), (1248, 832)),  # at most 2^20 pixels
        ((640, 480), (992, 736)),  # the shorter side has 736 at least
        ((1280, 100), (1280, 96)),  # but the longer one 1,280 at most
        ((1, 1), (736, 736)),
        ((1, 1280), (32, 1280)),
    ],
)
def test_the_size_that_is_searched(size, searched):
    """Multiples of 32, between bounds of detail and of memory."""
    assert text._detected_size(*size) == searched


@pytest.mark.slow
def test_a_flood_of_lines_is_cut(monkeypatch):
    """At most MAX_LINES are looked at, and none is begun after MAX_SECONDS."""
    many = page(*("lorem ipsum",) * 5)
    monkeypatch.setattr(text, "MAX_LINES", 3)
    assert len(read(many)) == 3
    monkeypatch.setattr(text, "MAX_SECONDS", -1.0)
    assert read(many) == []
