"""Findings as lines: an unsafe picture with its category."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.image import seen


@pytest.mark.parametrize(
    ("details", "value"), [({}, "nudity"), ({"details": {"category": "Violence"}}, "Violence")]
)
def test_an_unsafe_picture_has_its_category(details: Any, value: str) -> None:
    """The local model knows one only; Rekognition names it."""
    one: Any = {
        "annotation_id": "a" * 16,
        "kind": "unsafe",
        "value": "",
        "source": "model",
        "score": 0.9,
        **details,
    }
    found = seen.seen([one])
    assert found is not None
    (line,) = found.lines
    assert (line.label, line.value, line.note) == ("Unsafe to show", value, "score 0.90")
