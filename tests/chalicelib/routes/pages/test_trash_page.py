"""The trash as a page."""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING

import pytest

from chalicelib.processing import trash
from tests import delivery, samples
from tests.chalicelib.routes.pages.test_library import ids, visitor
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["place", "visitor"]


def thrown_away(place: Place, name: str, **wrote: str) -> str:
    """Return the id of an image that was uploaded and deleted."""
    image_id = place.upload(samples.png(), name)
    if wrote:
        place.http.patch(f"{place.api}/v1/images/{image_id}", json=wrote)
    assert place.http.delete(f"{place.api}/v1/images/{image_id}").status_code == 204
    place.follow()
    return image_id


def test_an_empty_trash_says_how_it_works(visitor: Visitor) -> None:
    """And has nothing to empty."""
    page = visitor.get("/trash").text
    assert "The trash is empty." in page
    assert "/trash/empty" not in page


@pytest.mark.medium
def test_a_file_is_shown_with_the_days_that_it_has_left_and_is_restored(place: Place, visitor: Visitor) -> None:
    """It is in the library again, once it is read."""
    image_id = thrown_away(place, "gull.png", title="A <b>gull</b>")
    page = visitor.get("/trash").text
    assert "30 days left" in page
    assert "A &lt;b&gt;gull&lt;/b&gt;" in page
    assert "<b>gull" not in page
    sent = visitor.send("/trash", "/trash/restore")
    assert sent.headers["Location"] == "/trash?done=restore&images=1"
    assert "1 image restored." in visitor.get(sent.headers["Location"]).text
    delivery.deliver(place.app)
    place.follow()
    assert ids(visitor.get("/library").text) == [image_id]


@pytest.mark.medium
def test_a_file_that_is_gone_meanwhile_is_told_of(place: Place, visitor: Visitor) -> None:
    """On the page of the trash."""
    thrown_away(place, "gull.png")
    page = visitor.get("/trash").text
    place.http.delete(f"{place.api}/v1/trash")
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page[page.index("/trash/restore") :]))
    sent = visitor.post("/trash/restore", fields)
    assert sent.status_code == 404
    assert "The trash is empty." in sent.text
    assert 'role="alert"' in sent.text


@pytest.mark.medium
def test_it_is_emptied_after_a_question(place: Place, visitor: Visitor) -> None:
    """Asking does nothing."""
    thrown_away(place, "gull.png")
    page = visitor.get("/trash").text
    assert 'href="/trash/empty"' in page
    assert "Empty the trash?" in visitor.get("/trash/empty").text
    assert "gull.png" in visitor.get("/trash").text
    sent = visitor.send("/trash/empty", "/trash/empty")
    assert sent.headers["Location"] == "/trash?done=empty"
    assert "gull.png" not in visitor.get("/trash").text


@pytest.mark.medium
def test_nobody_restores_from_another_trash(place: Place, visitor: Visitor, api: str, other_user: User) -> None:
    """With the fields of its owner's form."""
    image_id = thrown_away(place, "gull.png")
    page = html.unescape(visitor.get("/trash").text)
    stranger = Visitor(api)
    stranger.sign_in(other_user.owner, "Test-pass-12")
    token = re.findall('data-form-token="([^"]*)"', stranger.get("/trash").text)[0]
    version = re.findall('name="version" value="([^"]*)"', page)[0]
    sent = stranger.post("/trash/restore", {"form_token": token, "image_id": image_id, "version": version})
    assert sent.status_code == 404
    assert "gull.png" in visitor.get("/trash").text


def shown(page: str) -> list[str]:
    """Return the ids of the files of a page of the trash, in their order."""
    return re.findall(r'name="image_id" value="([a-z2-7]{26})"', page)


@pytest.mark.medium
@pytest.mark.parametrize("most", [1000, 3])
def test_what_was_deleted_last_comes_first(
    place: Place, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Over pages, too; a trash of more files than are sorted is in the order of ids. None is left out."""
    monkeypatch.setattr(trash, "SORTED", most)
    deleted = []
    for number in range(4):
        deleted.append(thrown_away(place, f"{number}.png"))
        time.sleep(1.1)  # S3 tells whole seconds
    expected = deleted[::-1] if most >= 4 else sorted(deleted)
    assert shown(visitor.get("/trash").text) == expected
    found, after = [], None
    while True:
        part = trash.newest(place.owner, 1, after)
        found += [entry.image_id for entry in part.items]
        if (after := part.after) is None:
            break
    assert found == expected
