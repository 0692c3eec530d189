"""Acting on selected images by a form, without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests import samples
from tests.chalicelib.routes.pages.test_library import ids, visitor
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["place", "visitor"]

ACTIONS = "/library/actions"


@pytest.fixture
def two(place: Place) -> list[str]:
    """Return two images of the visitor."""
    found = [place.upload(samples.png(seed=seed), f"image-{seed}.png") for seed in range(2)]
    place.follow()
    return found


def record(place: Place, image_id: str) -> Any:
    """Return an image's record."""
    return place.get(f"/v1/images/{image_id}").json()


def follow(visitor: Visitor, answer: requests.Response) -> str:
    """Return the page that an answer leads to."""
    assert answer.status_code == 303
    return visitor.get(answer.headers["Location"]).text


def test_tags_are_added_and_removed(place: Place, visitor: Visitor, two: list[str]) -> None:
    """Separated by commas, to each image that is checked; the page says so, and keeps its filters."""
    sent = visitor.send("/library?format=PNG", ACTIONS, images=two, action="tag", tags=" sea, blue ,,sea")
    assert sent.headers["Location"] == "/library?format=PNG&done=tag&images=2"
    assert "2 images tagged." in follow(visitor, sent)
    assert [record(place, one)["tags"] for one in two] == [["blue", "sea"], ["blue", "sea"]]
    sent = visitor.send("/library", ACTIONS, images=two[:1], action="untag", tags="sea")
    assert "Tags taken from 1 image." in follow(visitor, sent)
    assert [record(place, one)["tags"] for one in two] == [["blue"], ["blue", "sea"]]


@pytest.mark.medium
def test_images_are_shown_and_hidden(place: Place, visitor: Visitor, two: list[str]) -> None:
    """To everybody, and to nobody else."""
    follow(visitor, visitor.send("/library", ACTIONS, images=two[:1], action="show"))
    assert [record(place, one)["visibility"] for one in two] == ["public", "private"]
    place.follow()
    assert visitor.get("/library").text.count('class="public"') == 1
    follow(visitor, visitor.send("/library", ACTIONS, images=two, action="hide"))
    assert [record(place, one)["visibility"] for one in two] == ["private", "private"]


@pytest.mark.medium
def test_deleted_images_are_in_the_trash(place: Place, visitor: Visitor, two: list[str]) -> None:
    """The page leads there; one that is not the visitor's is refused alone."""
    page = follow(visitor, visitor.send("/library", ACTIONS, images=[two[0], "b" * 26], action="delete"))
    assert "1 image moved to the trash. 1 image could not be changed." in page
    assert 'href="/trash"' in page
    place.follow()
    assert ids(visitor.get("/library").text) == [two[1]]


@pytest.mark.medium
def test_another_persons_images_stay_as_they_are(place: Place, api: str, other_user: User, two: list[str]) -> None:
    """Of each action."""
    stranger = Visitor(api)
    stranger.sign_in(other_user.owner, "Test-pass-12")
    fields = {"form_token": re.findall('data-form-token="([^"]*)"', stranger.get("/library").text)[0]}
    for action in ("tag", "show", "delete"):
        sent = stranger.post(ACTIONS, {**fields, "images": two, "action": action, "tags": "mine"})
        assert sent.headers["Location"] == f"/library?done={action}&refused=2"
    assert "none of these" in stranger.post("/library/download", {**fields, "images": two}).text.lower()
    assert all(
        (one := record(place, name)).get("tags", []) == [] and one["visibility"] == "private" for name in two
    )


@pytest.mark.medium
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "tag", "tags": "sea"}, "No image is selected."),
        ({"action": "tag", "images": ["a" * 26], "tags": " , "}, "Write one tag or more"),
        ({"action": "tag", "images": ["a" * 26], "tags": "x" * 65}, "Write one tag or more"),
        ({"action": "untag", "images": ["a" * 26], "tags": "\u200b"}, "Write one tag or more"),
    ],
)
def test_a_form_that_lacks_something_says_so(
    visitor: Visitor, two: list[str], fields: dict[str, Any], words: str
) -> None:
    """On the library's page."""
    assert words in follow(visitor, visitor.send("/library", ACTIONS, **fields))


@pytest.mark.medium
def test_an_unknown_action_and_more_than_a_hundred_images_are_refused(visitor: Visitor, two: list[str]) -> None:
    """With an error page."""
    assert visitor.send("/library", ACTIONS, images=two, action="burn").status_code == 400
    assert visitor.send("/library", ACTIONS, images=["a" * 26] * 101, action="delete").status_code == 400


@pytest.mark.medium
@pytest.mark.parametrize(
    "place_", ["//evil.example/library", "https://evil.example/", "/sign-out", "/library\\..", ""]
)
def test_the_form_leads_to_the_library_alone(visitor: Visitor, two: list[str], place_: str) -> None:
    """Whatever its field says."""
    sent = visitor.send("/library", ACTIONS, images=two, action="hide", next=place_)
    assert sent.headers["Location"] == "/library?done=hide&images=2"


@pytest.mark.medium
@pytest.mark.parametrize("action", [ACTIONS, "/library/download", "/trash/restore", "/trash/empty"])
def test_another_site_can_send_no_form(visitor: Visitor, place: Place, two: list[str], action: str) -> None:
    """Without the token, or from another origin."""
    token = re.findall('data-form-token="([^"]*)"', visitor.get("/library").text)[0]
    fields = {"images": two, "action": "delete", "image_id": two[0], "version": "1"}
    assert visitor.post(action, fields).status_code == 403
    assert visitor.post(action, {**fields, "form_token": token}, Origin="https://evil.example").status_code == 403
    assert record(place, two[0])["state"] == "ready"


@pytest.mark.medium
def test_originals_are_listed_as_links(visitor: Visitor, two: list[str]) -> None:
    """In the order in which they were checked, each to be saved under its name."""
    page = visitor.send("/library", "/library/actions", images=[], action="x")  # the form's token is on its page
    assert page.status_code == 303
    token = re.findall('data-form-token="([^"]*)"', visitor.get("/library").text)[0]
    found = visitor.post("/library/download", {"form_token": token, "images": [two[1], two[0], two[1], "x"]})
    assert found.headers["Cache-Control"] == "no-store"
    files = re.findall(r'href="([^"]*)" download data-file', found.text)
    assert re.findall('data-file="([^"]*)"', found.text) == [two[1], two[0]]
    assert len(files) == 2
    file = requests.get(files[0].replace("&amp;", "&"), timeout=10)
    assert file.content == samples.png(seed=1)
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''image-1.png"
    empty = visitor.post("/library/download", {"form_token": token})
    assert empty.headers["Location"] == "/library?done=none"
