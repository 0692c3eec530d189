"""The formulas on arrays give what their scalar forms give."""

from __future__ import annotations

import numpy as np
import pytest
from coloraide import Color
from coloraide.spaces.din99o import DIN99o

from image_processing.colour import arrays, contrast, difference, names, spaces

RANDOM = np.random.default_rng(11)
BYTES = np.concatenate(
    (RANDOM.integers(0, 256, (200, 3)), [[0, 0, 0], [255, 255, 255], [128, 128, 128], [0, 0, 255]])
)
LINEAR = [spaces.linear_of_srgb(tuple(colour)) for colour in (BYTES / 255).tolist()]


@pytest.mark.parametrize(
    ("of_array", "of_one"),
    [
        (arrays.oklab_of_linear, spaces.oklab_of_linear),
        (arrays.linear_of_oklab, spaces.linear_of_oklab),
        (arrays.lab_of_linear, lambda linear: spaces.lab_of_xyz(spaces.xyz_of_linear(linear))),
    ],
)
def test_spaces_agree(of_array, of_one):
    """Colour by colour."""
    assert of_array(np.array(LINEAR)) == pytest.approx(np.array([of_one(colour) for colour in LINEAR]), abs=1e-9)


def test_din99o_is_coloraides():
    """DIN99o to the digits that its published constants have."""

    class Colour(Color):
        """Colours that know DIN99o too."""

    Colour.register(DIN99o())
    expected = [Colour("srgb", colour).convert("din99o").coords() for colour in (BYTES / 255).tolist()]

    assert arrays.din99o_of_linear(np.array(LINEAR)) == pytest.approx(np.array(expected), abs=5e-4)


def test_linear_light_goes_there_and_back():
    """From bytes to light and back to the same bytes, by table and by formula."""
    linear = arrays.LINEAR_OF_BYTE[BYTES]

    assert linear == pytest.approx(np.array(LINEAR))
    assert arrays.linear_of_srgb(BYTES / 255) == pytest.approx(linear)
    assert (arrays.bytes_of_linear(linear) == BYTES).all()


def test_luminance_and_lightness_agree():
    """WCAG's luminance, and CIE's L* of it."""
    luminance = arrays.LINEAR_OF_BYTE[BYTES] @ arrays.LUMINANCE_WEIGHTS
    names = [spaces.to_hex(tuple(colour)) for colour in (BYTES / 255).tolist()]

    assert luminance == pytest.approx(np.array([contrast.luminance(name) for name in names]))
    expected = np.array([spaces.lab_of_hex(name)[0] for name in names])
    assert arrays.lightness_of_luminance(luminance) == pytest.approx(
        expected, abs=0.01
    )  # XYZ's weights have more digits


def test_ciede2000_agrees():
    """Pair by pair, greys and opposite hues among them."""
    lab = arrays.lab_of_linear(arrays.LINEAR_OF_BYTE[BYTES])
    other = np.roll(lab, 1, 0)
    pairs = zip(lab.tolist(), other.tolist(), strict=True)
    expected = [difference.ciede2000(tuple(one), tuple(two)) for one, two in pairs]

    assert arrays.ciede2000(lab, other) == pytest.approx(np.array(expected), abs=1e-7)


def test_names_are_those_of_the_scalar_form():
    """Of whatever colours, those that have a name of their own among them."""
    chosen = np.random.default_rng(3)
    named = np.array([oklab for _, oklab in (*names.survey()[::9], *names.css()[::9])])
    colours = np.concatenate([chosen.uniform((0, -0.4, -0.4), (1, 0.4, 0.4), (200, 3)), named])
    expected = [(names.name(oklab), names.css_name(oklab)) for oklab in map(tuple, colours.tolist())]
    assert arrays.names_of_oklab(colours) == expected
    assert arrays.names_of_oklab(colours[:0]) == []
