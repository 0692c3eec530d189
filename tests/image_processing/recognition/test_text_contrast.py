"""The contrast of a line with its background is WCAG's, of the colours that were used."""

from __future__ import annotations

import pytest
from PIL import Image

from image_processing.recognition.text_contrast import measure
from tests.image_processing.recognition.pages import page


@pytest.mark.parametrize(
    ("colour", "paper", "ratio"),
    [
        ("#777777", "#ffffff", 4.48),
        ("#ffffff", "#000000", 21.0),
        ("#cccccc", "#ffffff", 1.61),
        ("#ff0000", "#008000", 1.28),  # colours that a grey picture hardly tells apart
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_colours_and_contrast(colour, paper, ratio):
    """Ratios as WebAIM's contrast checker gives them, whichever of the two is darker."""
    line = page("Harbour office", colour=colour, paper=paper).crop((20, 20, 240, 72))
    assert measure(line) == {
        "contrast": pytest.approx(ratio, abs=0.01),
        "text_colour": colour,
        "background": paper,
    }


def test_a_line_of_one_colour_has_no_contrast():
    """Nothing is divided by nothing."""
    same = {"contrast": 1.0, "text_colour": "#336699", "background": "#336699"}
    assert measure(Image.new("RGB", (40, 12), "#336699")) == same
    assert measure(Image.new("RGB", (1, 1), "#336699")) == same
