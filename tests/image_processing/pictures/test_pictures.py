"""Pictures: well-formed, described, harmless whatever the analysis holds, and true to it."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from image_processing import pictures, theme
from tests.image_processing.pictures import analyses

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "rect", "text", "tspan", "g", "path", "circle", "clipPath", "filter",
            "feGaussianBlur", "feComponentTransfer", "feFuncA", "use"}  # fmt: skip


def parsed(name, analysis):
    root = ET.fromstring(pictures.draw(name, analysis))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ELEMENTS
    return root


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_tells_in_words_what_it_shows(name):
    """A title and a description, named by the image's role, in both colour schemes."""
    root = parsed(name, analyses.analysis())
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert len(root.findtext(f"{SVG}desc")) > 40
    assert "prefers-color-scheme: dark" in root.findtext(f"{SVG}style")


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_nothing_from_outside_becomes_markup(name):
    """An analysis full of markup, control characters and absurd numbers draws a picture, and only shapes."""
    hostile = analyses.poisoned(analyses.analysis())
    if name == "theme":
        with pytest.raises(ValueError, match="not a colour"):
            pictures.draw(name, hostile)
        return
    root = parsed(name, hostile)
    for element in root.iter():
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on")
            assert "alert" not in value
            assert value == "#cells" or "href" not in attribute
            assert "nan" not in value
            assert "inf" not in value


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_picture_has_an_end(name):
    """However long the lists of an analysis are."""
    endless = analyses.analysis()
    endless["palette"] *= 1000
    endless["luminosity"]["layers"] *= 1000
    endless["legibility"]["places"] *= 1000
    endless["layers"]["shapes"] *= 1000
    for maps, part in [(endless["maps"], name) for name in ("palette", "luminosity", "edges")] + [
        (endless["layers"], "map")
    ]:
        maps[part] = [row * 1000 for row in maps[part]] * 1000
    for channel, bins in endless["histogram"]["whole"].items():
        endless["histogram"]["whole"][channel] = bins * 1000
    assert len(pictures.draw(name, endless)) < 1_000_000


@pytest.mark.parametrize("name", pictures.PICTURES)
@pytest.mark.parametrize("empty", [[], {}])
def test_an_image_without_a_visible_pixel_has_pictures(name, empty):
    """Empty lists draw an empty picture, or say what is missing."""
    bare: dict[str, Any] = {
        part: type(value)() for part, value in analyses.analysis().items() if isinstance(value, list | dict)
    }
    bare["histogram"], bare["maps"]["palette"] = {"whole": empty}, empty
    parsed(name, bare)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_what_is_missing_is_named(name):
    """An analysis of another version lacks a part: KeyError with its name."""
    with pytest.raises(KeyError, match=pictures.PICTURES[name].needs[0]):
        pictures.draw(name, {"version": 0})


def test_the_strip_is_as_wide_as_the_shares():
    """Half the image, half the strip."""
    analysis = analyses.analysis()
    analysis["palette"] = [analysis["palette"][0] | {"share": 0.5}, analysis["palette"][1] | {"share": 0.5}]
    widths = re.findall(
        r'<rect x="[\d.]+" y="72" width="([\d.]+)" height="150" fill=', pictures.draw("palette", analysis)
    )
    assert [float(width) for width in widths] == pytest.approx([448.5, 448.5])


def test_the_strip_names_every_colour():
    """By name, hex and share."""
    drawn = pictures.draw("palette", analyses.analysis())
    for colour, *_ in analyses.COLOURS:
        assert f">{colour}</text>" in drawn
    assert ">31 %</text>" in drawn


def outlines(drawn, fill):
    """Return the outlines that a picture paints with a fill, in cells."""
    return re.findall(rf'<path d="([^"]+)" filter="url\(#smooth\)" {fill}/>', drawn)


def test_clusters_are_the_shapes_that_were_found():
    """Each where the map has it, reaching over the rim that it touches; named with share and layer."""
    drawn = pictures.draw("clusters", analyses.analysis())
    assert outlines(drawn, 'fill="#f4d9b0"')[-1] == "M7 -2H10V1H7Z" + "".join(
        f"M7 {row}H10V{row + 1}H7Z" for row in range(1, 8)
    )
    assert outlines(drawn, 'fill="#1d2b3f"')[-1].endswith("M21 15H22V18H21ZM23 15H26V18H23Z")
    assert ">pale peach</text>" in drawn
    assert ">5.0 %, layer 1</text>" in drawn
    assert ">25 % scattered</text>" in drawn


def test_clusters_are_the_palettes_where_no_shapes_were_looked_for():
    """Sheets upon sheets: the first colour lies below all, the last shows only its own."""
    analysis = analyses.analysis()
    del analysis["layers"]
    analysis["maps"] |= {"columns": 4, "rows": 1, "palette": ["02.1"]}
    drawn = pictures.draw("clusters", analysis)
    first, second, third = (outlines(drawn, f'fill="{colour}"') for colour, *_ in analyses.COLOURS[:3])
    assert (first, second, third) == (
        ["M-2 -2H2V3H-2ZM3 -2H6V3H3Z"],
        ["M1 -2H2V3H1ZM3 -2H6V3H3Z"],
        ["M1 -2H2V3H1Z"],
    )
    assert "Rings mark the middles" in drawn


def test_edges_lie_the_stronger_above():
    """A sheet a strength, each in a shade of its own."""
    analysis = analyses.analysis()
    analysis["maps"] |= {"columns": 3, "rows": 1, "edges": ["029"]}
    drawn = pictures.draw("edges", analysis)
    assert outlines(drawn, 'class="e2"') == ["M1 -2H5V3H1Z"]
    assert outlines(drawn, 'class="e9"') == ["M2 -2H5V3H2Z"]


def test_places_lie_where_the_analysis_says():
    """The box, its scrim's opacity, and text in the colour that is read."""
    drawn = pictures.draw("placement", analyses.analysis())
    assert 'fill="#000000" fill-opacity="0.18"' in drawn
    assert "white text at 4.0 % from the left and 5.0 % from the top" in drawn
    assert "with a scrim of 18 %" in drawn


def test_the_preview_is_the_theme():
    """Its colours are those of the theme that the palette gives."""
    analysis = analyses.analysis()
    built, drawn = theme.build(analysis), pictures.draw("theme", analysis)
    for mode in built.modes:
        for role in ("background", "surface", "primary", "accent", "outline", "focus", "chart-1", "chart-6"):
            assert mode.roles[role] in drawn
    assert "290 of 290 pairs pass" in drawn


def test_the_analysis_of_the_tests_is_plain_json():
    """It is what a record would give back."""
    assert json.loads(json.dumps(analyses.analysis())) == analyses.analysis()
