"""Editing and sharing an image by forms, and texts that try to be more than texts."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import piexif
import pytest
import requests

from chalicelib.web import render
from chalicelib.web.image import palette
from tests import samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

MARKUP = """"><img src=x onerror=alert(1)><script>alert(2)</script>'--{{ 7 * 7 }}"""


class Markup(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, {name: value or "" for name, value in attributes}))


def assert_harmless(text: str) -> None:
    """Fail where a page has a script of its own, a handler, an address that runs, or a picture from a text."""
    for tag, attributes in Markup(text).found:
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert tag not in ("iframe", "object", "embed", "base", "style"), tag
        for name in ("href", "src", "action"):
            assert not attributes.get(name, "").lower().startswith(("javascript:", "data:", "x")), attributes
        if tag == "script":
            assert attributes["src"].startswith("/static/")


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_texts_are_edited_by_a_form(place: Place, visitor: Visitor) -> None:
    """Blank texts remove, lines are tags, and the list that the image was opened from is kept."""
    image_id = place.upload(samples.photo())
    address = f"/images/{image_id}"
    saved = visitor.send(
        f"{address}/edit?tag=sea",
        f"{address}?tag=sea",
        title="Harbour",
        alt="Boats at dawn",
        description="One.\r\nTwo.",
        tags="sea\r\n\r\nearly, very early\r\n",
        visibility="public",
    )
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{address}?tag=sea")
    record = place.get(f"/v1/images/{image_id}").json()
    assert (record["title"], record["alt"], record["description"]) == ("Harbour", "Boats at dawn", "One.\nTwo.")
    assert (record["tags"], record["visibility"]) == (["early, very early", "sea"], "public")
    page = visitor.get(address).text
    assert "<h1>Harbour</h1>" in page
    assert '<p class="lead">Boats at dawn</p>' in page
    assert '<a class="chip" href="/library?tag=early%2C+very+early">early, very early</a>' in page
    assert "Public" in words(page)
    visitor.send(f"{address}/edit", address, title="  ", alt="", description="", tags="", visibility="private")
    record = place.get(f"/v1/images/{image_id}").json()
    assert (record["tags"], record["visibility"]) == ([], "private")
    assert not {"title", "alt", "description"} & record.keys()


def test_a_text_that_reads_null_is_a_text(place: Place, visitor: Visitor) -> None:
    """No word is taken for nothing."""
    image_id = place.upload(samples.photo())
    visitor.send(f"/images/{image_id}/edit", f"/images/{image_id}", title="null")
    assert place.get(f"/v1/images/{image_id}").json()["title"] == "null"


@pytest.mark.medium
def test_an_edit_of_an_old_state_is_held_up_kindly(place: Place, visitor: Visitor) -> None:
    """The form comes back with one's own texts and what is stored now; saved again, it is written."""
    image_id = place.upload(samples.photo())
    address = f"/images/{image_id}"
    old = field(visitor.get(f"{address}/edit").text, "match")
    place.http.patch(f"{place.api}/v1{address}", json={"title": "Theirs"})
    token = field(visitor.get(f"{address}/edit").text, "form_token")
    mine = {"title": "Mine", "alt": "", "description": "", "tags": "", "visibility": "private"}
    held = visitor.post(address, {**mine, "match": old, "form_token": token})
    assert held.status_code == 412
    assert field(held.text, "title") == "Mine"
    assert "Somebody else, or you in another window, has changed this image" in held.text
    assert "Now stored: Theirs" in held.text
    assert place.get(f"/v1{address}").json()["title"] == "Theirs"
    again = visitor.post(address, {**mine, "match": field(held.text, "match"), "form_token": token})
    assert again.status_code == 303
    assert place.get(f"/v1{address}").json()["title"] == "Mine"


BEYOND = {
    "title": "x" * 201,
    "alt": "x" * 1001,
    "description": "x" * 5001,
    "tags": "\n".join(f"tag {number}" for number in range(41)),
}


def test_a_text_beyond_its_bounds_is_refused_at_its_field(place: Place, visitor: Visitor) -> None:
    """The form comes back with the text in it, and the fault beside the field."""
    image_id = place.upload(samples.photo())
    for name, value in {**BEYOND, "tags": "x" * 65}.items() | BEYOND.items():
        refused = visitor.send(f"/images/{image_id}/edit", f"/images/{image_id}", **{name: value})
        assert refused.status_code == 400, name
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-note"', refused.text)
        assert f'<p class="fault" id="{name}-note">Expected ' in refused.text
        assert value[:60] in refused.text


@pytest.mark.medium
def test_a_link_is_made_shown_once_and_revoked(place: Place, visitor: Visitor) -> None:
    """Its whole address stands in a field, and works; the list tells its scope and its end."""
    image_id = place.upload(samples.photo())
    address = f"/images/{image_id}"
    made = visitor.send(address, f"{address}/shares", scope="original", expires_in="86400")
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    link = re.search(r'value="(http://127\.0\.0\.1:\d+)/s/([A-Za-z0-9_-]{32})"', made.text)
    assert link
    assert link[1] == visitor.api
    assert requests.get(f"{visitor.api}/v1/shared/{link[2]}", timeout=10).status_code == 200
    page = visitor.get(address).text
    assert link[2] not in page
    assert "The picture, its thumbnails and public facts until " in words(page)
    revoke = re.search(rf'action="({address}/shares/\w+/revoke)"', page)
    assert revoke
    assert visitor.send(address, revoke[1]).headers["Location"] == f"{address}#shares"
    assert requests.get(f"{visitor.api}/v1/shared/{link[2]}", timeout=10).status_code == 404
    assert "Nobody has a link to this image." in visitor.get(address).text
    assert visitor.send(address, f"{address}/shares", expires_in="1").status_code == 400


def test_a_deleted_image_lies_in_the_trash(place: Place, visitor: Visitor) -> None:
    """The form leads back to the list, which says so."""
    image_id = place.upload(samples.photo())
    done = visitor.send(f"/images/{image_id}?tag=a", f"/images/{image_id}/delete?tag=a")
    assert (done.status_code, done.headers["Location"]) == (303, "/library?tag=a&done=delete&images=1")
    assert visitor.get(f"/images/{image_id}").status_code == 404
    assert [one["image_id"] for one in place.get("/v1/trash").json()["images"]] == [image_id]


@pytest.mark.medium
def test_no_text_becomes_markup(place: Place, visitor: Visitor) -> None:
    """Neither a person's texts nor those of the file, on the page, in the form, and beside a new link."""
    exif = {
        "0th": {
            piexif.ImageIFD.Make: MARKUP.encode(),
            piexif.ImageIFD.Model: b"javascript:alert(1)",
            piexif.ImageIFD.Artist: MARKUP.encode(),
            piexif.ImageIFD.Copyright: b"</dd><script>alert(3)</script>",
            piexif.ImageIFD.ImageDescription: MARKUP.encode(),
            piexif.ImageIFD.Software: MARKUP.encode(),
        },
        "Exif": {piexif.ExifIFD.LensModel: MARKUP.encode()},
    }
    data = samples.jpeg(exif=piexif.dump(exif))
    image_id = place.upload(data, "%22%3E%3Csvg%20onload%3Dalert(4)%3E.jpg")
    address = f"/images/{image_id}"
    first = visitor.get(address).text
    assert "<h1>&#34;&gt;&lt;svg onload=alert(4)&gt;.jpg</h1>" in first
    texts = {"title": MARKUP, "alt": MARKUP, "description": MARKUP, "tags": [MARKUP[:64], "</a><b>"]}
    assert place.http.patch(f"{place.api}/v1{address}", json=texts).status_code == 200
    shared = visitor.send(address, f"{address}/shares")
    copy = place.upload(data, "another.jpg")  # the row of nearly the same images has the title
    place.follow()
    for page in (
        first,
        visitor.get(address).text,
        visitor.get(f"{address}/edit").text,
        shared.text,
        visitor.get(f"/images/{copy}").text,
    ):
        assert_harmless(page)
        assert "alert(" in page
    whole = visitor.get(address).text
    assert whole.count(html.escape(MARKUP).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")) >= 8
    assert "49" not in re.findall(r"<h1>(.*)</h1>", whole)[0]


def test_a_palette_s_names_are_texts_and_its_colours_are_colours() -> None:
    """A colour that is none comes into no style; a name comes into no markup, and into no name of a property."""
    found = palette.swatches(
        [
            {"hex": "#0a0b0c", "name": MARKUP, "share": 0.5, "oklch": [0.1, 0.2, 0.3]},
            {"hex": "red;background:url(//evil.example)", "name": "red", "share": 0.5},
        ]
    )
    assert [one.hex for one in found] == ["#0a0b0c"]
    assert palette.texts(found)[2][1] == "--img-src-x-onerror-alert-1-script-alert-2-script-7-7: #0a0b0c;"
    module = render._environment().get_template("image_parts.html").module
    drawn = str(module.palette(found, palette.texts(found)))  # type: ignore[attr-defined]
    assert_harmless(drawn)
    assert "&lt;script&gt;" in drawn
