"""The audit of a picture: literal texts, colours and sizes in; findings out, by the figures of WCAG 2.2."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw

from chalicelib.catalogue.index import image_annotations
from chalicelib.db.annotation_codec import Box, Findings, Found
from chalicelib.extensions.machine_learning import accessibility
from image_processing import examine
from image_processing.source import BytesSource

if TYPE_CHECKING:
    from chalicelib.catalogue.index.image_annotations import Annotations
    from chalicelib.extensions.machine_learning.accessibility import Finding

CONTENT = "ab" * 32
BOX = Box(0.1, 0.2, 0.5, 0.1)
NONE: dict[str, Any] = {}


def found(*texts: Found) -> Annotations:
    return image_annotations.merged(Findings(CONTENT, {"text": "reader/1"}, texts), None)


def line(value: str = "Open daily", **details: Any) -> Found:
    return Found("text", value, 0.9, BOX, None, details)


def audit(
    *texts: Found, alt: str | None = "Open daily", analysis: dict[str, Any] = NONE, width: int = 1000
) -> list[Finding]:
    """Audit a picture that is half as high as wide."""
    return accessibility.audit(alt, found(*texts), analysis, 0.5, width)


@pytest.mark.parametrize("alt", [None, ""])
def test_an_image_without_text_alternative_is_told_once(alt):
    """What its texts say is no second finding then."""
    assert [(one.code, one.criterion, one.suspected) for one in audit(line(), alt=alt)] == [
        ("alt_missing", "1.1.1", False)
    ]


@pytest.mark.parametrize(
    ("alt", "missing"),
    [
        ("A shop that is OPEN", []),
        ("A shop by the sea", ["Open daily"]),
        ("open, 10 to 18", []),
    ],
)
def test_a_text_whose_words_the_alternative_lacks_is_suspected(alt, missing):
    findings = audit(line(), line("!"), alt=alt)
    assert [one.code for one in findings] == ["text_not_in_alt"] * bool(missing)
    assert [one.facts["texts"] for one in findings] == ([missing] if missing else [])


# A line of 0.1 of the height of a picture 500 pixels high has 50 pixels, and a font of 40
@pytest.mark.parametrize(
    ("contrast", "height", "required"),
    [
        (4.5, 0.05, None),
        (4.49, 0.05, 4.5),  # 20 pixels
        (3.0, 0.06, None),  # 24 pixels: large
        (2.99, 0.06, 3.0),
        (2.99, None, 4.5),  # of unknown size
        (21.0, 0.1, None),
    ],
)
def test_contrast_of_text_is_held_to_wcag(contrast, height, required):
    """4.5:1, and 3:1 from 24 CSS pixels on (1.4.3)."""
    details = {"contrast": contrast, "text_colour": "#767676", "background": "#ffffff"}
    if height is not None:
        details["height"] = height
    findings = audit(line(**details))
    if required is None:
        assert findings == []
        return
    (finding,) = findings
    assert (finding.code, finding.criterion, finding.suspected) == ("text_contrast", "1.4.3", False)
    assert finding.facts["required"] == required
    assert finding.facts["contrast"] == contrast
    assert finding.facts["background"] == "#ffffff"
    assert finding.facts["box"] == {"left": 0.1, "top": 0.2, "width": 0.5, "height": 0.1}


@pytest.mark.parametrize(("width", "size"), [(1000, None), (600, None), (590, 11.8), (300, 6.0)])
def test_text_is_small_where_the_picture_is_shown_small(width, size):
    """A line of 0.05 of the height: 20 pixels at 1,000 wide, 12 at 600."""
    findings = [one for one in audit(line(height=0.05), width=width) if one.code == "text_small"]
    assert [round(one.facts["size"], 0) for one in findings] == ([] if size is None else [round(size)])


@pytest.mark.parametrize(
    ("own", "asked", "shown"), [(800, None, 800), (6000, None, 1200), (None, None, 1200), (800, 320, 320)]
)
def test_a_picture_is_taken_to_be_shown_at_its_own_width(own, asked, shown):
    assert accessibility.shown_width(own, asked) == shown


def analysis_of(colours: list[str], ground: str = "#ffffff") -> dict[str, Any]:
    """Analyse a chart: a bar in each colour, by the whole recipe."""
    image = Image.new("RGB", (400, 300), ground)
    draw = ImageDraw.Draw(image)
    for place, colour in enumerate(colours):
        draw.rectangle((20 + 90 * place, 80, 80 + 90 * place, 280), colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    analysis: Any = examine.examine(BytesSource(buffer.getvalue()), examine.STANDARD).pixels.analysis
    return dict(analysis)


# Brewer's own marks (colorbrewer2.org, "colorblind safe"; Harrower and Brewer, 2003), Okabe and Ito (2008)
@pytest.mark.parametrize(
    ("colours", "alike"),
    [
        (["#d7191c", "#1a9641"], ["deutan"]),  # RdYlGn
        (["#e41a1c", "#4daf4a"], ["deutan"]),  # Set1
        (["#a6d96a", "#fdae61"], ["protan", "deutan"]),  # RdYlGn
        (["#0072b2", "#e69f00", "#009e73"], None),  # Okabe and Ito
        (["#1b9e77", "#d95f02", "#7570b3"], None),  # Dark2 of three
        (["#2b83ba", "#fdae61"], None),  # RdYlBu
        (["#7fbf7b", "#af8dc3"], None),  # PRGn
        (["#202020", "#808080"], None),  # no hues
    ],
)
def test_hues_of_a_chart_that_look_alike_are_suspected(colours, alike):
    findings = audit(analysis=analysis_of(colours))
    assert [one.code for one in findings] == ([] if alike is None else ["colors_alike"])
    for one in findings:
        assert sorted(one.facts["colors"]) == sorted(colours)
        assert one.facts["deficiencies"] == alike
        assert one.suspected


@pytest.mark.parametrize(("entropy", "findings"), [(4.0, ["colors_alike"]), (4.01, [])])
def test_a_picture_without_flat_areas_is_no_chart(entropy, findings):
    """Nobody reads a legend in a photograph, whatever its colours."""
    analysis = {**analysis_of(["#a6d96a", "#fdae61"]), "structure": {"entropy": entropy}}
    assert [one.code for one in audit(analysis=analysis)] == findings


@pytest.mark.parametrize(
    ("share", "chroma", "findings"),
    [(0.005, 0.06, ["colors_alike"]), (0.0049, 0.06, []), (0.005, 0.059, [])],
)
def test_specks_and_greys_carry_no_meaning(share, chroma, findings):
    """A hue that is told from others has half a per cent of the picture, and is no grey."""
    palette = [
        {"hex": "#a6d96a", "share": 0.2, "oklch": [0.8, 0.15, 126]},
        {"hex": "#fdae61", "share": share, "oklch": [0.8, chroma, 66]},
    ]
    assert [one.code for one in audit(analysis={"structure": {"entropy": 1}, "palette": palette})] == findings
