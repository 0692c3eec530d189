"""What models saw in a picture, on its page: findings in words, what keeps people from it, a draft to correct."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from chalicelib.config import settings
from chalicelib.db import annotation_codec
from chalicelib.db.annotation_codec import Box, Found
from tests import samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_image_annotations import FACE, OTHER, annotate

if TYPE_CHECKING:
    from tests.conftest import User
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

LINE = Found("text", "<b>Fish</b>", 0.93, Box(0.1, 0.1, 0.5, 0.1), None, {"contrast": 2.5, "height": 0.2})
CODE = Found("code", "https://example.org/\u202e", 1.0, Box(0.7, 0.7, 0.1, 0.1), None, {"format": "QRCode"})


def test_findings_are_told_with_their_scores(place: Place, visitor: Visitor) -> None:
    """A text is text and no markup, faces are a number, and a code leads nowhere."""
    image_id = place.upload(samples.photo())
    annotate(image_id, LINE, FACE, OTHER, CODE)
    html = visitor.get(f"/images/{image_id}").text
    assert "<b>Fish" not in html
    assert "&lt;b&gt;Fish&lt;/b&gt;" in html
    assert 'href="https://example.org' not in html
    assert "In the picture Text &lt;b&gt;Fish&lt;/b&gt; score 0.93 Code" in words(html)
    assert "Faces 2" in words(html)
    assert "has a contrast of 2.50:1 to what is behind it; it needs 3:1." in words(html)
    assert "The image has no text alternative." in words(html)


def test_the_form_offers_a_draft_where_there_is_no_alternative(place: Place, visitor: Visitor) -> None:
    """It is never filled in by itself, and is gone with a text of one's own."""
    image_id = place.upload(samples.photo())
    annotate(image_id, LINE)
    html = visitor.get(f"/images/{image_id}/edit").text
    draft = "A draft from what is known, to be corrected: Photograph taken in Rome, Italy with the text"
    assert draft in words(html)
    assert (
        '<textarea id="alt" name="alt" maxlength="1000" rows="3" aria-describedby="alt-note"></textarea>' in html
    )
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"alt": "A view over Rome"})
    assert "A draft from" not in words(visitor.get(f"/images/{image_id}/edit").text)
    assert "no text alternative" not in words(visitor.get(f"/images/{image_id}").text)


def test_boxes_are_in_percent_of_the_picture(place: Place, visitor: Visitor) -> None:
    """Each with its line, those of all faces with one; what has no box has nothing to switch."""
    image_id = place.upload(samples.photo())
    annotate(image_id, LINE, FACE, OTHER, Found("label", "boat", 0.9))
    html = visitor.get(f"/images/{image_id}").text
    assert re.findall(r'data-kind="(\w+)" data-boxes="([^"]*)"', html) == [
        ("text", "10 10 50 10"),
        ("face", "20 40 20 20|60 40 20 20"),
    ]
    assert (
        re.findall(r'<button class="button over small" type="button" aria-pressed="(\w+)"', html) == ["false"] * 2
    )
    assert "Text 1 Faces 2" in words(html)
    assert "Shows boat" in words(html)


def test_a_page_without_boxes_loads_nothing_for_them(place: Place, visitor: Visitor) -> None:
    image_id = place.upload(samples.photo())
    annotate(image_id, Found("label", "boat", 0.9))
    html = visitor.get(f"/images/{image_id}").text
    assert "Shows boat" in words(html)
    assert "seen." not in html
    assert 'class="switches"' not in html


@pytest.mark.parametrize("page", ["", "/edit"])
def test_a_page_reads_annotations_once(
    place: Place, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """They are unpacked for record, list, audit and draft together."""
    image_id = place.upload(samples.photo())
    annotate(image_id, LINE)
    read: list[bytes | None] = []
    unpack = annotation_codec.findings_of

    def counted(packed: bytes | None, content: str | None) -> annotation_codec.Findings | None:
        read.append(packed)
        return unpack(packed, content)

    monkeypatch.setattr(annotation_codec, "findings_of", counted)
    assert "Fish" in visitor.get(f"/images/{image_id}{page}").text
    assert len(read) == 1


def test_a_page_without_findings_has_no_heading_for_them(place: Place, visitor: Visitor) -> None:
    image_id = place.upload(samples.photo())
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"alt": "A view over Rome"})
    text = words(visitor.get(f"/images/{image_id}").text)
    assert "In the picture" not in text
    assert "For everyone to read" not in text


@pytest.mark.medium
def test_the_page_tells_why_others_do_not_see_the_image(
    place: Place, visitor: Visitor, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published or shared, it is hidden by the stage; an admin's judgement is told with its note, as text."""
    image_id = place.upload(samples.photo())
    annotate(image_id, Found("unsafe", "", 0.9), models={"unsafe": "judge/1"})

    def told() -> str:
        return words(visitor.get(f"/images/{image_id}").text)

    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    assert "Others do not see it" not in told()  # it is private
    share = place.http.post(f"{place.api}/v1/images/{image_id}/shares", json={"scope": "thumbnails"}).json()
    assert "Others do not see it: a model finds it unsafe to show." in told()
    place.http.delete(f"{place.api}/v1/images/{image_id}/shares/{share['share_id']}")
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    assert "Others do not see it: a model finds it unsafe to show." in told()
    assert "As others see it" not in told()
    judgement = f"{place.api}/v1/admin/images/{image_id}/judgement"
    admin.http.put(judgement, json={"verdict": "unsafe", "note": "<b>Violence"})
    assert (
        "Others do not see it: an admin has judged it unsafe to show, and only an admin can change that. "
        "The admin\u2019s note: &lt;b&gt;Violence" in told()
    )
    admin.http.put(judgement, json={"verdict": "safe"})
    assert "As others see it An admin has judged it safe to show." in told()
