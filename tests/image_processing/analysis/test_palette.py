"""The palette: few colours that stand for all, the same for the same pixels, nearly the same for a copy."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from image_processing.analysis import palette
from image_processing.analysis.sample import take
from image_processing.colour import difference, spaces
from tests.image_processing.analysis import pictures


def swatches(image, count=8):
    return palette.find(take(image), count).swatches


def test_two_colours_are_found_as_they_are():
    """Each with its share, its names and the middle of where it sits."""
    red, blue = swatches(pictures.halves((200, 30, 40), (20, 60, 200), (100, 40)))

    assert {red["hex"], blue["hex"]} == {"#c81e28", "#143cc8"}
    assert (red["share"], blue["share"]) == (0.5, 0.5)
    places = {swatch["hex"]: (swatch["x"], swatch["y"]) for swatch in (red, blue)}
    assert places == {"#c81e28": (0.25, 0.5), "#143cc8": (0.75, 0.5)}
    assert {red["css_name"], blue["css_name"]} == {"crimson", "mediumblue"}


@pytest.mark.parametrize("count", [2, 5, 8, 32])
def test_as_many_colours_as_asked_for_come_by_share(count):
    """Shares add up to the whole; every colour says in three notations the same."""
    found = swatches(pictures.scene(), count)

    assert len(found) == count
    assert [swatch["share"] for swatch in found] == sorted((swatch["share"] for swatch in found), reverse=True)
    assert sum(swatch["share"] for swatch in found) == pytest.approx(1, abs=0.0001 * count)
    for swatch in found:
        assert swatch["lab"] == pytest.approx(spaces.lab_of_hex(swatch["hex"]), abs=0.01)
        assert swatch["oklch"] == pytest.approx(spaces.oklch_of_hex(swatch["hex"]), abs=0.06)


def test_no_more_colours_than_asked_for_are_each_found():
    """All twelve of a chart, exactly, though one covers all but single pixels."""
    colours = {(red, green, blue) for red in (10, 120, 240) for green in (20, 230) for blue in (30, 200)}
    image = pictures.plain((250, 250, 250), (100, 100))
    for column, colour in enumerate(sorted(colours)[1:]):
        image.paste(colour, (8 * column, 0, 8 * column + 1, 1))

    assert {swatch["hex"] for swatch in swatches(image, 12)} == {
        "#fafafa",
        *(spaces.to_hex((red / 255, green / 255, blue / 255)) for red, green, blue in sorted(colours)[1:]),
    }
    assert len({swatch["hex"] for swatch in swatches(image, 11)}) == 11


@pytest.mark.parametrize(("asked", "given"), [(0, 2), (-3, 2), (99, 32)])
def test_a_count_out_of_range_is_brought_into_it(asked, given):
    """No fewer than two colours, no more than 32."""
    assert len(swatches(pictures.noise(1), asked)) == given


def test_hidden_pixels_do_not_count():
    """The green behind a transparent border is in no palette."""
    found = swatches(pictures.vignette())

    assert {swatch["css_name"] for swatch in found} <= {"crimson", "firebrick", "red"}


def test_nothing_visible_has_no_colours():
    """An empty palette, and none of the colours that are chosen from it."""
    found = swatches(pictures.plain((10, 200, 30, 0), mode="RGBA"))

    assert found == []
    assert palette.dominant(found) is palette.vivid(found) is palette.muted(found) is palette.accent(found) is None


def test_roles_are_what_they_say():
    """Most vivid, most muted, largest, and the one that stands out against it."""
    image = pictures.plain((120, 122, 125), (100, 100))
    image.paste((240, 20, 30), (10, 10, 25, 25))
    image.paste((150, 60, 70), (40, 40, 70, 70))
    found = swatches(image)

    assert palette.dominant(found) == palette.muted(found) == "#787a7d"
    assert palette.vivid(found) == palette.accent(found) == "#f0141e"


def test_the_average_is_of_light():
    """Half black and half white is the grey that reflects half the light, not the middle of the numbers."""
    assert palette.average(take(pictures.halves((0, 0, 0), (255, 255, 255)))) == "#bcbcbc"


def test_a_copy_has_nearly_the_same_palette():
    """Half the size and JPEG quality 60 move every large colour by less than what is seen side by side."""
    image = pictures.scene((960, 640))
    out = io.BytesIO()
    image.resize((480, 320)).save(out, "JPEG", quality=60)
    one, other = swatches(image), swatches(Image.open(out))

    for swatch in one[:4]:
        nearest = min(difference.ciede2000(tuple(swatch["lab"]), tuple(kin["lab"])) for kin in other)
        assert nearest < 3


def test_the_middle_is_where_distances_are_least():
    """Few pixels far off do not drag a colour away from the many."""
    pixels = np.full((40, 40, 3), (60, 90, 160), np.uint8)
    pixels[0, :8] = (250, 240, 60)
    first = swatches(Image.fromarray(pixels), 2)[0]

    assert first["hex"] == "#3c5aa0"
