"""Spaces and gamut mapping, against coloraide and against themselves."""

import math

import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from image_processing.colour import gamut, spaces

channels = st.integers(0, 255)
colours = st.tuples(channels, channels, channels).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))
lightnesses = st.floats(-0.1, 1.1)
chromas = st.floats(0, 0.5)
hues = st.floats(0, 360)


@given(colours)
def test_oklab_is_the_reference_s(colour):
    """OKLab of every 8-bit colour is coloraide's to nine digits."""
    assert spaces.oklab_of_hex(colour) == pytest.approx(Color(colour).convert("oklab").coords(), abs=1e-9)


@given(colours)
def test_lab_is_the_reference_s(colour):
    """CIELAB relative to D65 is coloraide's."""
    assert spaces.lab_of_hex(colour) == pytest.approx(Color(colour).convert("lab-d65").coords(), abs=1e-6)


@given(colours)
def test_oklch_is_the_reference_s(colour):
    """Chroma is coloraide's, and hue wherever there is any."""
    lightness, chroma, hue = spaces.oklch_of_hex(colour)
    expected = Color(colour).convert("oklch").coords(nans=False)
    assert (lightness, chroma) == pytest.approx(expected[:2], abs=1e-9)
    if chroma > 1e-3:
        assert math.remainder(hue - expected[2], 360) == pytest.approx(0, abs=1e-5)


@given(colours)
def test_every_way_there_leads_back(colour):
    """Hex to linear, XYZ, CIELAB, OKLab, OKLCH and back is the same hex."""
    linear = spaces.linear_of_srgb(spaces.parse_hex(colour))
    by_lab = spaces.xyz_of_lab(spaces.lab_of_xyz(spaces.xyz_of_linear(linear)))
    by_oklch = spaces.oklab_of_oklch(spaces.oklch_of_oklab(spaces.oklab_of_linear(linear)))
    assert spaces.to_hex(spaces.srgb_of_linear(spaces.linear_of_xyz(by_lab))) == colour
    assert spaces.to_hex(spaces.srgb_of_linear(spaces.linear_of_oklab(by_oklch))) == colour


@given(st.floats(-1, 2))
def test_the_transfer_function_is_the_reference_s(value):
    """Outside the gamut, too, where it is mirrored."""
    expected = Color("srgb", [value] * 3).convert("srgb-linear")[0]
    assert spaces.decode(value) == pytest.approx(expected, abs=1e-12)
    assert spaces.encode(spaces.decode(value)) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    "text", ["", "#fff", "1a2b3c", "#1a2b3g", "#1a2b3c ", "#1a2b3c\n", "#" + "a" * 10_000, None, 7]
)
def test_what_is_no_colour_is_refused(text):
    """Six hexadecimal digits behind a number sign, nothing else."""
    with pytest.raises(ValueError, match="not a colour"):
        spaces.parse_hex(text)


@given(st.tuples(lightnesses, chromas, hues))
def test_gamut_mapping_is_the_reference_s(oklch):
    """The search of CSS Color 4 ends at coloraide's colour, to less than anybody could notice."""
    expected = Color("oklch", list(oklch)).fit("srgb", method="oklch-chroma").convert("oklab").coords()
    mapped = spaces.oklab_of_linear(gamut.to_linear(oklch))
    assert mapped == pytest.approx(expected, abs=2e-3)


@given(st.tuples(lightnesses, chromas, hues))
def test_what_is_mapped_lies_in_the_gamut_and_keeps_its_hue(oklch):
    """Every component from 0 to 1; lightness within one just noticeable difference."""
    srgb = gamut.to_srgb(oklch)
    assert 0 <= min(srgb) <= max(srgb) <= 1 + 1e-9
    assert spaces.oklab_of_linear(gamut.to_linear(oklch))[0] == pytest.approx(
        min(max(oklch[0], 0), 1), abs=gamut.JUST_NOTICEABLE
    )


@given(colours)
def test_what_fits_stays_as_it_is(colour):
    """A colour of the gamut is its own mapping."""
    assert gamut.to_hex(spaces.oklch_of_hex(colour)) == colour
