"""Parts of a record as its owner sees it."""

from __future__ import annotations

import pytest

from chalicelib.api.presenters import image_record, thumbnails


@pytest.mark.parametrize(("stored", "shown"), [(None, None), (0, 0), (3.0, 3), (2.0**40, 1099511627776)])
def test_a_number_of_dynamodb_is_shown_as_a_whole_one(stored: float | None, shown: int | None) -> None:
    """JSON would have 3.0."""
    number = image_record.whole(stored)
    assert number == shown
    assert number is None or type(number) is int


def test_a_field_without_a_value_is_left_out() -> None:
    """Nothing, an empty text and zero are values."""
    shown = {"a": None, "b": "", "c": 0, "d": [], "e": False}
    assert image_record.present(shown) == {"b": "", "c": 0, "d": [], "e": False}


def test_a_thumbnail_is_described_with_its_link() -> None:
    """Its key in the bucket is not shown."""
    stored = {"small": {"width": 256, "height": 192, "key": "derived/x/small.webp"}}
    assert thumbnails.routes(stored, "/api/v1/images/a") == {
        "small": {"width": 256, "height": 192, "href": "/api/v1/images/a/thumbnail?size=small"}
    }
