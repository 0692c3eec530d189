"""Pages that wait: they ask again more and more slowly, then say what is the matter and ask no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

PAUSES = [1, 2, 4, 8, 16, 30, 30, 30, 30]  # seconds: two and a half minutes


def followed(visitor: Visitor, path: str) -> tuple[list[int], str]:
    """Follow the refreshes of a page; return their pauses, and the text of the page that has none."""
    pauses: list[int] = []
    while len(pauses) < 20:
        answer = visitor.get(path)
        in_page = re.search(r'<meta http-equiv="refresh" content="([^"]*)"', answer.text)
        told = in_page[1].replace("&amp;", "&") if in_page else answer.headers.get("Refresh")
        if told is None:
            return pauses, words(re.sub(r"<(\w+)[^>]* hidden>.*?</\1>", "", answer.text, flags=re.DOTALL))
        seconds, _, path = told.partition("; url=")
        pauses.append(int(seconds))
    raise AssertionError("the page never ends")


@pytest.fixture
def expected(place: Place) -> str:
    """Return an image whose file never comes."""
    asked = {"images": [{"filename": "later.jpg"}]}
    return str(place.http.post(f"{place.api}/v1/images", json=asked).json()["images"][0]["image_id"])


def test_an_image_that_never_comes(visitor: Visitor, expected: str) -> None:
    """The list that it was opened from stays; the next steps are told."""
    html = visitor.get(f"/images/{expected}?sort=taken").text
    assert f'content="1; url=/images/{expected}?sort=taken&amp;tried=1"' in html
    pauses, text = followed(visitor, f"/images/{expected}?sort=taken")
    assert pauses == PAUSES
    assert "Its file is not here yet." in text
    assert "add the file again" in text
    assert "This page shows it as soon as it is there" not in text
    assert (
        f'href="/images/{expected}?sort=taken">Look again'
        in visitor.get(f"/images/{expected}?sort=taken&tried=9").text
    )


def test_a_file_that_nobody_reads(visitor: Visitor, place: Place) -> None:
    """It has arrived, and its event is lost: the sweep finds it."""
    key = f"uploads/{place.owner}/lost.jpg"
    pauses, text = followed(visitor, f"/upload/arrived?bucket=b&key={key}&etag=e")
    assert pauses == PAUSES
    assert "Janus finds files that it has missed within 1 hour" in text
    assert "This page goes on by itself" not in text


@pytest.mark.medium
def test_a_copy_that_is_never_made(visitor: Visitor, place: Place) -> None:
    """The page says so, and no longer asks."""
    image_id = place.upload(samples.photo())
    pauses, text = followed(visitor, f"/images/{image_id}/copy")
    assert pauses == PAUSES
    assert "Making the copy takes longer than usual." in text


@pytest.mark.parametrize("tried", ["", "-1", "two", "٣", "9" * 5, "1.5"])
def test_a_number_that_no_page_has_written_is_none(visitor: Visitor, expected: str, tried: str) -> None:
    """The waiting begins anew."""
    html = visitor.get(f"/images/{expected}?tried={tried}").text
    assert f'content="1; url=/images/{expected}?tried=1"' in html
