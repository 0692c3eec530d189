"""The public fields are an allow-list of existing fields."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.api.http.problems import Problem
from chalicelib.api.presenters import public_image
from image_processing.metadata.record import FIELDS, by_name
from tests.chalicelib.dynamodb import READS, asked

FREE_TEXT = {"text", "list", "semicolons"}
SHOWN_TEXT = {
    "make", "model", "lens_make", "lens_model", "color_model",
    "creator", "copyright", "credit", "usage_terms", "web_statement", "license", "licensor", "licensor_url",
    "provenance",
}  # fmt: skip


@pytest.mark.parametrize(
    "field", [(group, name) for group, names in public_image.METADATA.items() for name in names], ids=str
)
def test_a_field_that_is_shown_is_one_and_is_not_private(field: tuple[str, str]) -> None:
    """In its group, and not marked as private in the table of fields."""
    group, name = field
    assert by_name[name].group == group
    assert not by_name[name].private


def test_no_free_text_is_shown_but_what_is_meant_for_others() -> None:
    """Text that names the kind of camera, and rights; the rest are numbers and words of a standard."""
    shown = {name for names in public_image.METADATA.values() for name in names}
    assert {item.name for item in FIELDS if item.name in shown and item.kind in FREE_TEXT} == SHOWN_TEXT


def test_nothing_of_these_groups_is_shown() -> None:
    """Neither time nor place, nor the file's texts, nor its name."""
    assert not set(public_image.METADATA) & {"file", "time", "place", "description"}


def test_what_is_not_listed_is_left_out() -> None:
    """A field that is new to the reader, and a group that is."""
    whole: dict[str, Any] = {"camera": {"make": "Janus", "new": "x"}, "new": {"make": "x"}, "place": {"city": "x"}}
    assert public_image._metadata(whole) == {"camera": {"make": "Janus"}}


@pytest.mark.parametrize("text", ["", "a" * 25, "A" * 26, "../" * 9, "x" * 3000])
def test_a_text_that_is_no_id_or_token_is_not_looked_for(aws: str, text: str) -> None:
    """404 as for any other; it costs no read, and DynamoDB refuses keys of more than 2,048 bytes."""
    with asked(*READS) as requests:
        with pytest.raises(Problem) as image:
            public_image.public(text)
        with pytest.raises(Problem) as share:
            public_image.shared(text)
    assert (image.value.code, share.value.code) == ("image_not_found", "share_not_found")
    assert requests == []


def test_a_palette_does_not_tell_where_its_pixels_are() -> None:
    """The places of the pixels point at things in the picture, such as blurred faces."""
    swatch = {"hex": "#336699", "share": 40.0, "x": 0.25, "y": 0.75}
    shown = public_image._colours({"palette": [swatch], "dominant": "#336699"})
    assert shown["palette"] == [{"hex": "#336699", "share": 40.0}]
