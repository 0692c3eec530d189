"""An exposure as photographers write it."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.image import exposure


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            {"exposure_time": 1 / 120, "f_number": 1.9, "iso": 53, "focal_length": 7.0},
            "1/120 s · f/1.9 · ISO 53 · 7 mm",
        ),
        ({"exposure_time": 2.5, "f_number": 8.0}, "2.5 s · f/8"),
        ({"exposure_time": 0.4}, "0.4 s"),
        ({"exposure_time": 0.3333333}, "1/3 s"),
        ({"exposure_time": 30}, "30 s"),
        ({"exposure_time": 0, "f_number": float("inf"), "iso": -1}, ""),
        ({"exposure_time": "1/60", "iso": True}, ""),
        ({"focal_length": 4.15, "focal_length_35mm": 29}, "4.15 mm (29 mm on 35 mm film)"),
        ({"focal_length": 35.0, "focal_length_35mm": 35}, "35 mm"),
        ({"focal_length_35mm": 28}, "28 mm on 35 mm film"),
        ({}, ""),
    ],
)
def test_an_exposure_is_one_line(found: dict[str, Any], line: str) -> None:
    """Of the parts that are known, and make sense."""
    assert exposure.line(found) == line


def test_settings_have_words() -> None:
    """Those of the camera that were told in words, and a compensation that is not next to nothing."""
    words = {"exposure_program": "Aperture priority", "metering_mode": "Spot", "flash": "Did not fire"}
    assert exposure.settings({"exposure_bias": -0.6667}, words) == [
        ("Program", "Aperture priority", "exposure_program"),
        ("Metering", "Spot", "metering_mode"),
        ("Flash", "Did not fire", "flash"),
        ("Compensation", "-0.7 EV", "exposure_bias"),
    ]
    assert exposure.settings({"exposure_bias": 0.0039}, {}) == []
    assert exposure.settings({"exposure_bias": 0.05}, {}) == [("Compensation", "+0.1 EV", "exposure_bias")]


@pytest.mark.parametrize(
    ("make", "model", "words"),
    [
        ("NIKON CORPORATION", "NIKON D40", "NIKON D40"),
        ("Apple", "iPhone 7", "Apple iPhone 7"),
        ("Canon", None, "Canon"),
        (" ", "X100", "X100"),
        (None, None, ""),
    ],
)
def test_a_camera_names_its_maker_once(make: str | None, model: str | None, words: str) -> None:
    """Many models name it themselves."""
    assert exposure.camera({"make": make, "model": model}) == words
