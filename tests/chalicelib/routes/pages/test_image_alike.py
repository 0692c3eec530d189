"""Images that are nearly the same: a page of their own, which the page of the image leads to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import samples
from tests.chalicelib.dynamodb import READS, asked
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

IMAGE_READS = 5  # the image, its neighbours in two directions, its shares; one is spare
ALIKE_READS = 18  # the image, 16 bands, the cards of those found


@pytest.mark.medium
def test_copies_are_shown_on_a_page_of_their_own(place: Place, visitor: Visitor) -> None:
    """With the way back to the image, in the list that it was opened from; no link on the image itself."""
    first, second = place.upload(samples.photo(), "one.jpg"), place.upload(samples.photo(), "again.jpg")
    other = place.upload(samples.jpeg((64, 64), seed=9))
    place.follow()
    image = visitor.get(f"/images/{first}?sort=taken").text
    assert f'href="/images/{first}/alike?sort=taken"' in image
    assert "again.jpg" not in image
    page = visitor.get(f"/images/{first}/alike?sort=taken")
    assert re.findall(r"<h1[^>]*>([^<]*)</h1>", page.text) == ["Nearly the same"]
    assert f'href="/images/{first}?sort=taken"' in page.text
    assert f'href="/images/{second}"' in page.text
    assert "again.jpg the same picture" in words(page.text)
    assert f"/images/{other}" not in page.text
    alone = visitor.get(f"/images/{other}/alike").text
    assert "No other image of yours is nearly the same." in alone


@pytest.mark.medium
def test_an_image_s_page_does_not_look_for_them(place: Place, visitor: Visitor) -> None:
    """It asks the catalogue for its neighbours alone, whose cost is bounded; the other look-ups wait."""
    image_id = place.upload(samples.photo())
    place.follow()
    visitor.get(f"/images/{image_id}")  # what a process reads once is known from now on
    counts = []
    for path in (f"/images/{image_id}", f"/images/{image_id}/alike"):
        with asked(*READS) as seen:
            assert visitor.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] <= IMAGE_READS
    assert IMAGE_READS < counts[1] <= ALIKE_READS


def test_there_is_nothing_to_look_for_before_the_file_is_read(place: Place, visitor: Visitor) -> None:
    """The page of an image that is expected has no such part, and the page of those alike asks for a moment."""
    asked_for = {"images": [{"filename": "later.jpg"}]}
    image_id = place.http.post(f"{place.api}/v1/images", json=asked_for).json()["images"][0]["image_id"]
    assert "/alike" not in visitor.get(f"/images/{image_id}").text
    assert visitor.get(f"/images/{image_id}/alike").status_code == 409
