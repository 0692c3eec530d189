"""Words that follow the settings: a changed constant changes the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import sign_in
from chalicelib.config import settings
from chalicelib.processing import reconcile, trash
from chalicelib.web import wording
from tests import samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (900, "15 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (86_400, "1 day"),
        (30 * 86_400, "30 days"),
    ],
)
def test_a_length_of_time_has_the_largest_unit_that_is_whole(seconds: int, told: str) -> None:
    """So nothing is rounded."""
    assert wording.duration(seconds) == told


@pytest.mark.medium
def test_pages_tell_how_long_by_the_settings(
    place: Place, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trash, the form of an upload, the links of a download, the sweep."""
    image_id = place.upload(samples.photo())
    ticket = {"images": [{"filename": "later.jpg"}]}
    expected = place.http.post(f"{place.api}/v1/images", json=ticket).json()["images"][0]["image_id"]
    token = re.findall(r'data-form-token="([^"]+)"', visitor.get("/account").text)[0]

    def told() -> list[str]:
        download = visitor.post("/library/download", {"images": image_id, "form_token": token})
        return [
            *re.findall("in the trash for ([^.]+)", words(visitor.get(f"/images/{image_id}").text)),
            *re.findall("stays here for ([^,]+),", words(visitor.get("/trash").text)),
            *re.findall("form works for ([^.]+)", words(visitor.get("/upload").text)),
            *re.findall("link works for ([^.]+)", words(download.text)),
            *re.findall("finds it within ([^.]+)", words(visitor.get(f"/images/{expected}").text)),
        ]

    assert told() == ["30 days", "30 days", "15 minutes", "5 minutes", "1 hour"]
    monkeypatch.setattr(trash, "KEPT_SECONDS", 7 * 86_400)
    monkeypatch.setitem(settings().__dict__, "ticket_seconds", 600)
    monkeypatch.setitem(settings().__dict__, "link_seconds", 120)
    monkeypatch.setattr(reconcile, "EVERY_SECONDS", 2 * 3600)
    assert told() == ["7 days", "7 days", "10 minutes", "2 minutes", "2 hours"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Problem("invalid_credentials", "In other words."), "User name or passphrase is wrong."),
        (sign_in.StepRequiredError("invalid_credentials", "Another step."), "Another step."),
        (Problem("over_capacity", "Wait."), "Wait."),
    ],
)
def test_a_sign_in_is_refused_by_its_code(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, error: Problem, told: str
) -> None:
    """Not by the words of the reason."""

    def refuse(*_told: str) -> None:
        raise error

    monkeypatch.setattr(sign_in, "log_in", refuse)
    visitor.session.cookies.clear()
    assert told in words(visitor.sign_in("somebody", "a long passphrase").text)


def test_details_of_a_fault_are_told_where_the_file_must_be_another(place: Place, visitor: Visitor) -> None:
    """A file that ended too early is to be sent again, whatever its record says."""
    cut = place.upload(samples.jpeg()[:-400], "cut.jpg")
    none = place.upload(b"no image at all", "none.jpg")
    reasons = [place.get(f"/v1/images/{one}").json()["reason"] for one in (cut, none)]
    pages = [words(visitor.get(f"/images/{one}").text) for one in (cut, none)]
    assert [reason in page for reason, page in zip(reasons, pages, strict=True)] == [False, True]
