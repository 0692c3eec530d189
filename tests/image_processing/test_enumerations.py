"""Words for the numbers of enumerated fields, beside those of ExifTool where it has some."""

from __future__ import annotations

import pytest

from image_processing import enumerations
from image_processing.metadata.record import FIELDS, by_name

ENUMERATED = {"code", "orientation", "flash", "flash_mode", "flash_return", "flash_red_eye"}


def test_every_enumerated_field_has_words_and_no_other():
    """A new field of such a kind fails here until it has some; CICP's are whole numbers by their kind."""
    wanted = {field.name for field in FIELDS if field.kind in ENUMERATED}
    assert set(enumerations.WORDS) == wanted | {"cicp_primaries", "cicp_transfer", "cicp_matrix"}


@pytest.mark.parametrize(
    ("name", "number", "word"),
    [
        ("exposure_program", 3, "Aperture priority"),
        ("exposure_program", 4, "Shutter priority"),
        ("metering_mode", 5, "Pattern"),
        ("metering_mode", 2, "Centre-weighted"),
        ("white_balance", 0, "Automatic"),
        ("light_source", 10, "Cloudy weather"),
        ("light_source", 21, "D65"),
        ("orientation", 6, "Turned by 90° clockwise"),
        ("color_space", 65535, "Uncalibrated"),
        ("cicp_transfer", 16, "PQ"),
        ("flash", 0x00, "Did not fire"),
        ("flash", 0x01, "Fired"),
        ("flash", 0x05, "Fired, return light not detected"),
        ("flash", 0x0F, "Fired, always on, return light detected"),
        ("flash", 0x10, "Did not fire, always off"),
        ("flash", 0x18, "Did not fire, automatic"),
        ("flash", 0x20, "No flash function"),
        ("flash", 0x5F, "Fired, automatic, red-eye reduction, return light detected"),
    ],
)
def test_a_number_has_the_words_of_its_standard(name, number, word):
    """In the group in which the field is."""
    group = by_name[name].group
    assert enumerations.words({group: {name: number, "iso": 3}}) == {group: {name: word}}


@pytest.mark.parametrize("number", [99, -1, "3", None, 2.5])
def test_a_number_without_a_meaning_has_no_words(number):
    """Nor has a value of another kind; the record shows it as it is."""
    assert enumerations.words({"exposure": {"exposure_program": number}, "place": {}}) == {}


def test_words_are_short_and_said_once():
    """So that they fit a page: up to 80 characters, no two numbers of a field with the same words."""
    for name, known in enumerations.WORDS.items():
        assert all(0 < len(word) <= 80 for word in known.values())
        if name != "flash":
            assert len({*known.values()}) == len(known), name
