"""The file that others may have of an image: there, being made, or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api import file_links
from chalicelib.api.call import Call
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas.image_requests import Redirected
from chalicelib.config import settings
from chalicelib.db.models import Image
from tests import delivery

pytestmark = pytest.mark.usefixtures("aws")
REQUEST: Any = SimpleNamespace(method="GET", path="/", headers={}, context={})


def image(published: str | None, **more: Any) -> Image:
    return Image("a" * 26, state="ready", format="TIFF", sequencer="5", published=published, **more)


@pytest.mark.parametrize(
    ("name", "media_type"), [("x.jpg", "image/jpeg"), ("x.png", "image/png"), ("large.webp", "image/webp")]
)
def test_a_published_file_is_led_to(name: str, media_type: str) -> None:
    """By a redirect, or by an address that says how long it works."""
    made = image(f"derived/a/b.c/{name}")
    answer = file_links.lead_to_published(Call(REQUEST), made, Redirected(redirect=True))
    assert answer.status_code == 302
    assert f"/derived/a/b.c/{name}?" in answer.headers["Location"]
    assert f"response-content-type={media_type.replace('/', '%2F')}" in answer.headers["Location"]
    answer = file_links.lead_to_published(Call(REQUEST), made, Redirected(redirect=False))
    assert answer.status_code == 200
    assert f"/derived/a/b.c/{name}?" in answer.body
    expires = datetime.fromisoformat(answer.body.rpartition('"expires":"')[2].rstrip('"}'))
    left = timedelta(seconds=settings().link_seconds) - (expires - datetime.now(UTC))
    assert timedelta() <= left < timedelta(minutes=1)


def test_an_image_without_a_file_to_show_says_so() -> None:
    """404: it can be neither cleaned nor drawn, and waiting changes nothing."""
    with pytest.raises(Problem) as raised:
        file_links.lead_to_published(Call(REQUEST), image(""), Redirected())
    assert raised.value.code == "file_not_available"
    assert raised.value.detail == "This TIFF cannot be cleaned of private metadata, and has no thumbnail."
    assert delivery.receive(settings().jobs_queue) == []


def test_a_file_that_is_not_made_yet_is_being_made() -> None:
    """409 with Retry-After, and one job."""
    for _ in range(2):
        with pytest.raises(Problem) as raised:
            file_links.lead_to_published(Call(REQUEST), image(None), Redirected())
        assert raised.value.code == "image_not_ready"
        assert "Retry-After" in raised.value.headers
    assert len(delivery.receive(settings().jobs_queue)) == 1


@pytest.mark.parametrize(
    ("shown", "jobs"),
    [
        (image(None, visibility="public"), 1),
        (image(None), 0),
        (image("derived/x.jpg", visibility="public"), 0),
        (image("", visibility="public"), 0),
        (Image("b" * 26, state="failed", visibility="public"), 0),
        (Image("b" * 26, state="expected", visibility="public"), 0),
    ],
)
def test_a_public_image_has_its_file_made_before_somebody_asks(shown: Image, jobs: int, owner: str) -> None:
    """A ready one whose file is not there."""
    shown.image_id = owner  # a job waits for another of the same image
    file_links.prepare_public(shown)
    assert len(delivery.receive(settings().jobs_queue)) == jobs


def test_copies_with_blurred_faces_are_asked_for_each_time(owner: str) -> None:
    """The job compares faces and links, and leaves out a link that is about to be revoked."""
    shown = image(None)
    shown.image_id = owner
    file_links.renew_blurred(shown)
    file_links.renew_blurred(shown, without="link")
    jobs = [json.loads(one["body"]) for one in delivery.receive(settings().jobs_queue)]
    assert [(one["job"], one["image_id"], one.get("without")) for one in jobs] == [
        ("blur_faces", owner, None), ("blur_faces", owner, "link"),
    ]  # fmt: skip
