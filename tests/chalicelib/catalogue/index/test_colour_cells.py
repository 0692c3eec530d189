"""Colour cells: a search by colour misses nothing, and reads little."""

from __future__ import annotations

import random
from typing import Any

import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalogue.index import colour_cells as colour_index
from image_processing.colour import difference, names, spaces
from scripts import colour_cells

colours = st.builds("#{:06x}".format, st.integers(0, 0xFFFFFF))
SATURATED_BLUE = [(0, 0, 255), (20, 0, 250), (0, 40, 255), (60, 0, 255), (0, 0, 128), (70, 20, 200)]
EXTREME = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0), (255, 255, 0), (0, 255, 255), (255, 0, 255)]
GREY = [(value, value, value) for value in (1, 40, 119, 128, 200, 254)]


def hexed(rgb):
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def around(chance, rgb, spread):
    return hexed([min(255, max(0, value + chance.randint(-spread, spread))) for value in rgb])


@pytest.mark.parametrize(("metric", "most"), [("ciede2000", 25), ("oklab", 0.2)])
def test_no_colour_within_the_distance_lies_outside_the_cells_returned(metric, most):
    """20,000 pairs, near and far, of saturated blues, greys, extremes and anything: those that match are found."""
    chance = random.Random(29)
    anything = [[chance.randrange(256) for _ in range(3)] for _ in range(61)]
    matched = 0
    for rgb in SATURATED_BLUE + EXTREME + GREY + anything:
        within = chance.uniform(0.02, 1) * most
        cells = set(colour_index.near(hexed(rgb), within, metric))
        for spread in (8, 25, 60, 120, 255):
            for _ in range(50):
                other = around(chance, rgb, spread)
                if colour_index.matches(other, hexed(rgb), within, metric):
                    matched += 1
                    assert colour_index.cell(other) in cells, (hexed(rgb), other, within)
    assert matched > 3000


def test_no_part_is_nearer_than_its_bound_says():
    """Of colours all over the gamut, CIEDE2000 is at least what is said of their part, for every distance."""
    chance = random.Random(31)
    others = [hexed([chance.randrange(256) for _ in range(3)]) for _ in range(100)]
    parts = [colour_index.part_name(*colour_index._indices(spaces.oklab_of_hex(other))) for other in others]
    for rgb in SATURATED_BLUE + EXTREME + GREY + [[chance.randrange(256) for _ in range(3)] for _ in range(30)]:
        lab = spaces.lab_of_hex(hexed(rgb))
        lightness, chroma, hue = lab[0], *spaces.oklch_of_oklab(lab)[1:]
        for other, part in zip(others, parts, strict=True):
            least = colour_index._least((lightness, chroma, hue), colour_index._parts()[part].extent, 1000)
            assert least <= difference.ciede2000(lab, spaces.lab_of_hex(other)) + 1e-9


@pytest.mark.medium
@given(colours, st.floats(0, 100))
def test_the_colour_s_own_cell_comes_first(colour, within):
    """For any distance, even zero."""
    assert colour_index.near(colour, within, "ciede2000")[0] == colour_index.cell(colour)
    assert colour_index.near(colour, within / 100, "oklab")[0] == colour_index.cell(colour)


@given(colours, st.floats(0, 0.5))
def test_cells_come_in_order_of_distance(colour, within):
    """A greater distance only adds cells behind."""
    few, many = colour_index.near(colour, within, "oklab"), colour_index.near(colour, within * 2, "oklab")
    assert many[: len(few)] == few
    assert len(set(many)) == len(many)


@pytest.mark.medium
@settings(max_examples=50)
@given(colours, st.floats(0, 50))
def test_a_greater_ciede2000_leaves_the_order_too(colour, within):
    """As in OKLab."""
    few, many = colour_index.near(colour, within, "ciede2000"), colour_index.near(colour, within * 2, "ciede2000")
    assert many[: len(few)] == few


@settings(max_examples=50)
@given(colours)
def test_every_colour_has_a_cell_that_is_known(colour):
    """All that the greatest distance returns are all the cells there are."""
    everything = colour_index.near("#808080", 1, "oklab")
    assert colour_index.cell(colour) in everything
    assert len(everything) == 61


@pytest.mark.parametrize(
    ("hue", "span", "weak", "strong"),
    [
        # chroma 10 to 20: the length of (1.5 a, b) is most at hue 0 and 180, least at 90 and 270
        (80, 20, 10.0, 20.3734),
        (260, 20, 10.0, 20.3734),
        (350, 20, 14.8738, 30.0),
        (170, 20, 14.8738, 30.0),
        (0, 90, 10.0, 30.0),
        (30, 30, 11.4564, 27.8388),
        (120, 30, 11.4564, 27.8388),
        (350, 170, 10.0, 30.0),
        (0, 360, 10.0, 30.0),
    ],
)
def test_a_stretch_of_a_bounds_the_chroma(hue, span, weak, strong):
    """From below where it is least within the hues, from above where it is most."""
    found = colour_index._primed(colour_index.Extent(40, 60, 10, 20, hue, span), (1.5, 1.5), 0.0)
    assert (found.weak, found.strong) == (pytest.approx(weak, abs=1e-4), pytest.approx(strong, abs=1e-4))


@pytest.mark.medium
def test_a_search_reads_few_cells():
    """A CIEDE2000 of 10 reads a sixth of the cells on average, an exact colour one or two."""
    chance = random.Random(37)
    sample = [hexed([chance.randrange(256) for _ in range(3)]) for _ in range(100)]
    assert sum(len(colour_index.near(colour, 10, "ciede2000")) for colour in sample) / len(sample) < 11.5
    assert sum(len(colour_index.near(colour, 0, "oklab")) for colour in sample) / len(sample) == 1


@pytest.mark.parametrize("colour", ["#000000", "#ffffff"])
def test_black_and_white_have_their_neighbourhood(colour):
    """The ends of the gamut, where hue is none and lightness ends."""
    assert colour_index.near(colour, 0, "ciede2000") == [colour_index.cell(colour)]
    assert colour_index.matches(colour, colour, 0, "ciede2000")
    assert len(colour_index.near(colour, 100, "ciede2000")) > 40


def test_every_grey_lies_in_the_middle_of_a_column_of_cells():
    """No rounding moves a grey from one cell to another: five cells hold them all."""
    assert {colour_index.cell(hexed((value,) * 3)) for value in range(256)} == {f"{level}33" for level in range(5)}


@given(colours, colours, st.floats(0, 100))
def test_a_match_is_the_difference_itself(one, other, within):
    """Exact, by either metric."""
    ciede = difference.ciede2000(spaces.lab_of_hex(one), spaces.lab_of_hex(other))
    ok = difference.ok(spaces.oklab_of_hex(one), spaces.oklab_of_hex(other))
    assert colour_index.matches(one, other, within, "ciede2000") == (ciede <= within)
    assert colour_index.matches(one, other, within / 100, "oklab") == (ok <= within / 100)


def test_what_is_no_metric_or_no_colour_is_refused():
    """By a ValueError, not by an empty answer."""
    metric: Any = "cie76"
    with pytest.raises(ValueError, match="metric"):
        colour_index.near("#000000", 1, metric)
    with pytest.raises(ValueError, match="metric"):
        colour_index.matches("#000000", "#000000", 1, metric)
    with pytest.raises(ValueError, match="colour"):
        colour_index.near("navy", 1, "oklab")
    with pytest.raises(ValueError, match="colour"):
        colour_index.cell("#12345")


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("navy", "#000080"),
        ("Navy ", "#000080"),
        ("cyan", "#00ffff"),
        ("aqua", "#00ffff"),
        ("fuchsia", "#ff00ff"),
        ("lightgray", "#d3d3d3"),
        ("dark slate gray", "#2f4f4f"),
        ("dark-salmon", "#c85a53"),
        ("burnt sienna", "#b04e0f"),
        ("light  blue", "#95d0fc"),
        ("lightblue", "#add8e6"),
        ("nothing of the kind", None),
        ("", None),
        ("red" + " " * 10**6, None),
        ("\ud800\0", None),
    ],
)
def test_a_name_is_the_colour_that_people_mean(name, colour):
    """CSS's keywords first, as they are written; then names from a survey; None for the rest."""
    assert colour_index.named(name) == colour


@given(colours)
def test_a_name_that_is_given_can_be_asked_for(colour):
    """A name given by an analysis has a colour."""
    oklab = spaces.oklab_of_hex(colour)
    assert colour_index.named(names.name(oklab)) is not None
    assert colour_index.named(names.css_name(oklab)) is not None


@pytest.mark.slow
def test_the_table_is_what_all_colours_say():
    """Written anew from all 16,777,216, it is the one that is committed."""
    assert colour_cells.extents() == {name: part.extent for name, part in colour_index._parts().items()}


@pytest.mark.medium
@given(colours)
def test_a_colour_lies_in_the_cells_of_its_name(colour):
    """The name is that of the nearest CSS colour in OKLab, as coloraide has both."""
    given_colour = Color(colour)
    nearest = min(names.css(), key=lambda one: Color(one[0]).delta_e(given_colour, method="ok"))[0]
    assert colour_index.cell(colour) in colour_index.near_name(nearest)


@pytest.mark.medium
def test_a_name_has_few_cells():
    """Of 61: where another name is nearer to all of a part, that is left out."""
    assert set(colour_index.near_name("red")) == {"354", "254", "344", "244", "353"}
    assert colour_index.near_name("white") == ["433"]
    assert max(len(colour_index.near_name(name)) for name, _ in names.css()) == 14
