"""Previous and next on an image's page: the order of the list that it was opened from, at a bounded cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import piexif
import pytest

from chalicelib.api import neighbours
from chalicelib.api.schemas.search_query import Search
from chalicelib.catalogue.index import cards
from chalicelib.catalogue.search import result_page
from chalicelib.db import images
from tests import samples
from tests.chalicelib.routes.pages.test_image import visitor
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

DAYS = (3, 1, 5, 2)  # of January, in the order of upload


def dated(day: int) -> bytes:
    taken = f"2026:01:{day:02d} 12:00:00".encode()
    return samples.jpeg(seed=day, exif=piexif.dump({"Exif": {piexif.ExifIFD.DateTimeOriginal: taken}}))


@pytest.fixture
def album(place: Place) -> dict[int, str]:
    """Return four images by the day on which they were taken; those of the odd days have a tag."""
    found = {day: place.upload(dated(day), f"{day}.jpg") for day in DAYS}
    for day in (1, 3, 5):
        place.http.patch(f"{place.api}/v1/images/{found[day]}", json={"tags": ["odd & rare"]})
    place.follow()
    return found


def of(image_id: str, query: Search, sort: str | None) -> neighbours.Neighbours:
    image = images.get_present(image_id)
    assert image is not None
    return neighbours.of(cards.card(image), query, sort)


ORDERS: list[tuple[dict[str, Any], str | None, list[int]]] = [
    ({}, "-taken", [5, 3, 2, 1]),
    ({}, "taken", [1, 2, 3, 5]),
    ({}, "uploaded", [3, 1, 5, 2]),
    ({}, "-uploaded", [2, 5, 1, 3]),
    ({"tag": "odd & rare"}, "-taken", [5, 3, 1]),
    ({"tag": "odd & rare"}, "taken", [1, 3, 5]),
    ({"tag": "odd & rare"}, None, [5, 3, 1]),
    ({"taken_from": "2026-01-02", "taken_to": "2026-01-03"}, "-taken", [3, 2]),
    ({"near": "0,0"}, None, [5, 3, 2, 1]),  # whose order no card tells
]


@pytest.mark.medium
def test_the_order_is_that_of_the_list(album: dict[int, str]) -> None:
    """From the first image of each list to its last, and back."""
    ids = dict[int | None, str | None]([(None, None), *album.items()])
    for filters, sort, order in ORDERS:
        ends = [None, *order, None]
        for at, day in enumerate(order):
            found = of(album[day], Search(**filters), sort)
            assert found == (ids[ends[at]], ids[ends[at + 2]]), (filters, sort, day)


@pytest.mark.parametrize(("query", "before", "after"), [("", 5, 2), ("?tag=odd+%26+rare&sort=taken", 1, 5)])
def test_the_list_is_carried_on(
    visitor: Visitor, album: dict[int, str], query: str, before: int, after: int
) -> None:
    """With its filters as they were given; without any, by date taken, as the library has it."""
    page = visitor.get(f"/images/{album[3]}{query}").text
    carried = query.replace("&", "&amp;")
    led = re.findall(r'href="(/images/[^"]*)" aria-label="(Previous|Next) image"', page)
    assert led == [
        (f"/images/{album[before]}{carried}", "Previous"),
        (f"/images/{album[after]}{carried}", "Next"),
    ]
    told = re.findall(r'<link rel="(?:prev|next)" href="([^"]*)"', page)
    assert told == [address for address, _ in led]


@pytest.mark.medium
def test_a_search_of_many_images_ends_with_its_budget(
    place: Place, album: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each direction gets 1.5 RRU, however long the list is that holds nothing more of those asked for."""
    given = []
    page = result_page.page

    def watched(plan: Any, *rest: Any, **named: Any) -> Any:
        given.append(plan.units)
        return page(plan, *rest, **named)

    monkeypatch.setattr(result_page, "page", watched)
    assert of(album[3], Search(format="PNG"), "-taken") == (None, None)
    assert given == [1.5, 1.5]
