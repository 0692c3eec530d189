"""Crops on the page of an image: for its owner, and nobody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chalicelib.db.annotation_codec import Box, Found
from tests import delivery, samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import annotate

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

FACE = Found("face", "", 0.9, Box(0.72, 0.4, 0.1, 0.2))  # its head with air from 0.62 to 0.92


def copied(html: str) -> list[str]:
    """Return the lines to copy."""
    return re.findall(r"<code data-copy>(object-fit[^<]*)</code>", html)


def test_crops_with_the_lines_to_copy(place: Place, visitor: Visitor) -> None:
    """In four ratios; the picture stands as its line says. Of 1:1: 0.3575 of a room of 0.4375, 81.7 %."""
    image_id = place.upload(samples.photo(size=(900, 1600)))
    annotate(image_id, FACE)
    html = visitor.get(f"/images/{image_id}").text
    lines = copied(html)
    assert lines == [
        "object-fit: cover; object-position: 82% 50%",
        "object-fit: cover; object-position: 86% 50%",
        "object-fit: cover; object-position: 50% 50%",
        "object-fit: cover; object-position: 89% 50%",
    ]
    assert re.findall(r'style="(object-position[^"]*)"', html) == [line.partition("; ")[2] for line in lines]
    assert re.findall(r'alt="photo.jpg, cropped to ([\d:]+)"', html) == ["1:1", "4:5", "16:9", "9:16"]
    note = "Each crop keeps heads whole; where not all fit, the largest and surest."
    assert f"Cropped {note} 1:1 Head whole object-fit" in words(html)


@pytest.mark.medium
def test_no_crops_where_there_is_no_picture(place: Place, visitor: Visitor) -> None:
    """Of a file that cannot be read, and of one whose profile makes no thumbnails."""
    failed = place.upload(samples.photo()[:3000])
    assert copied(visitor.get(f"/images/{failed}").text) == []
    sent = place.http.post(
        f"{place.api}/v1/images?filename=a.jpg&profile=metadata",
        data=samples.photo(),
        headers={"Content-Type": "application/octet-stream"},
    )
    delivery.deliver(place.app)
    html = visitor.get(f"/images/{sent.json()['image_id']}").text
    assert "There is no picture to show." in html
    assert copied(html) == []


def test_nobody_else_sees_crops(place: Place, visitor: Visitor) -> None:
    """A public page shows the picture, not where its people are."""
    image_id = place.upload(samples.photo())
    annotate(image_id, FACE)
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    html = visitor.get(f"/p/{image_id}").text
    assert "<img" in html
    assert "object-position" not in html
