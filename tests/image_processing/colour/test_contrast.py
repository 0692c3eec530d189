"""WCAG contrast, vision deficiencies and names."""

import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from image_processing.colour import contrast, names, spaces, vision

channels = st.integers(0, 255)
colours = st.tuples(channels, channels, channels).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


@given(colours, colours)
def test_contrast_is_the_reference_s(one, other):
    """The WCAG contrast of coloraide, whichever colour comes first."""
    expected = Color(one).contrast(Color(other), method="wcag21")
    assert contrast.ratio(one, other) == pytest.approx(expected, rel=5e-4)  # it takes the longer digits of XYZ
    assert contrast.ratio(other, one) == contrast.ratio(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21),
        ("#777777", "#ffffff", 4.4781),
        ("#767676", "#ffffff", 4.5422),
        ("#0000ff", "#0000ff", 1),
    ],
)
def test_contrast_of_known_pairs(one, other, expected):
    """The greys at which white text passes and fails, and the extremes."""
    assert contrast.ratio(one, other) == pytest.approx(expected, abs=5e-5)


@given(colours, st.sampled_from(sorted(vision.DEFICIENCIES)))
def test_vision_is_the_reference_s(colour, deficiency):
    """The Machado filter of coloraide at full severity."""
    seen = vision.simulate(spaces.linear_of_srgb(spaces.parse_hex(colour)), deficiency)
    expected = Color(colour).filter(deficiency, method="machado").convert("srgb-linear").clip().coords()
    assert seen == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("deficiency", sorted(vision.DEFICIENCIES))
def test_greys_look_the_same_to_everybody(deficiency):
    """Black, grey and white are moved by no deficiency."""
    for grey in (0.0, 0.2, 1.0):
        assert vision.simulate((grey, grey, grey), deficiency) == pytest.approx((grey,) * 3, abs=1e-5)


def test_css_names_are_css_s():
    """Each name of the table is a CSS keyword of that very colour, and names itself."""
    for name, oklab in names.css():
        assert names.css_name(oklab) == name
        if name not in ("mediumpurple", "palevioletred"):  # coloraide has older values of these two
            assert oklab == pytest.approx(Color(name).convert("oklab").coords(), abs=1e-9)
    assert len(names.css()) == 139


@pytest.mark.parametrize(
    ("colour", "name", "css"),
    [("#000000", "black", "black"), ("#ffffff", "white", "white"), ("#95d0fc", "light blue", "lightskyblue"),
     ("#8e82fe", "periwinkle", "mediumpurple")],
)  # fmt: skip
def test_colours_are_called_what_people_call_them(colour, name, css):
    """By the survey's fuller list and by CSS's keywords."""
    oklab = spaces.oklab_of_hex(colour)
    assert (names.name(oklab), names.css_name(oklab)) == (name, css)
