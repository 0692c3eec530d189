"""Colour differences, against the published pairs and coloraide."""

import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from image_processing.colour import difference

labs = st.tuples(st.floats(0, 100), st.floats(-120, 120), st.floats(-120, 120))

# Sharma, Wu, Dalal (2005), table 1: the pairs at which implementations differ
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, -1.1848, -84.8006), (50, 0, -82.7485), 1.0000),
    ((50, -0.9009, -85.5211), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, -1, 2), (50, 0, 0), 2.3669),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0010), 7.1792),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0012), 7.2195),
    ((50, -0.0010, 2.4900), (50, 0.0009, -2.4900), 4.8045),
    ((50, -0.0010, 2.4900), (50, 0.0011, -2.4900), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_ciede2000_gives_the_published_values(one, other, expected):
    """To the four digits that the paper prints, in both directions."""
    assert difference.ciede2000(one, other) == pytest.approx(expected, abs=5e-5)
    assert difference.ciede2000(other, one) == pytest.approx(expected, abs=5e-5)


@given(labs, labs)
def test_ciede2000_is_the_reference_s(one, other):
    """The value of coloraide, anywhere in CIELAB."""
    expected = Color("lab-d65", one).delta_e(Color("lab-d65", other), method="2000", space="lab-d65")
    assert difference.ciede2000(one, other) == pytest.approx(expected, abs=1e-6)


@given(labs)
def test_a_colour_is_no_distance_from_itself(lab):
    """Zero, by both measures."""
    assert difference.ciede2000(lab, lab) == pytest.approx(0, abs=1e-9)
    assert difference.ok(lab, lab) == 0
