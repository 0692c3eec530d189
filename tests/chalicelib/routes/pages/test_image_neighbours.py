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


def ways(visitor: Visitor, album: dict[int, str], day: int, query: str = "") -> tuple[int | None, int | None]:
    """Return the days of the previous and the next image that a page links to."""
    days = {image_id: number for number, image_id in album.items()}
    page = visitor.get(f"/images/{album[day]}{query}").text
    led = dict(re.findall(r'<link rel="(prev|next)" href="/images/(\w+)', page))
    buttons = re.findall(r'href="/images/(\w+)[^"]*" aria-label="(?:Previous|Next) image"', page)
    assert buttons == [led[name] for name in ("prev", "next") if name in led]
    return (days[led["prev"]] if "prev" in led else None, days[led["next"]] if "next" in led else None)


ORDERS = {
    "": [5, 3, 2, 1],
    "?sort=taken": [1, 2, 3, 5],
    "?sort=uploaded": [3, 1, 5, 2],
    "?sort=-uploaded": [2, 5, 1, 3],
    "?tag=odd+%26+rare": [5, 3, 1],
    "?tag=odd+%26+rare&sort=taken": [1, 3, 5],
    "?taken_from=2026-01-02&taken_to=2026-01-03": [3, 2],
    "?color=no-such-colour": [5, 3, 2, 1],
}


def test_the_order_is_that_of_the_list(visitor: Visitor, album: dict[int, str]) -> None:
    """From the first image of each list to its last, and back, with the filters as they were given."""
    for query, order in ORDERS.items():
        ends = [None, *order, None]
        wanted = {day: (ends[place], ends[place + 2]) for place, day in enumerate(order)}
        assert {day: ways(visitor, album, day, query) for day in order} == wanted, query
    page = visitor.get(f"/images/{album[3]}?tag=odd+%26+rare").text
    assert f'href="/images/{album[5]}?tag=odd+%26+rare" aria-label="Previous image"' in page


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
    image = images.get_present(album[3])
    assert image is not None
    neighbours.of(cards.card(image), Search(format="PNG"), "-taken")
    assert given == [1.5, 1.5]
