"""Pages of public and shared images: what others may see, nothing else, and no cookie."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import pytest
import requests

from chalicelib.db import keys
from chalicelib.db.models import Share
from tests import delivery, samples
from tests.chalicelib.routes.pages.test_image import visitor, words
from tests.chalicelib.routes.test_catalogue import Place, place

if TYPE_CHECKING:
    from tests.visitor import Visitor

__all__ = ["place", "visitor"]

TEXTS = {"title": "Harbour at dusk", "alt": "Boats on calm water.", "description": "Seen from\nthe pier."}


class Shown(NamedTuple):
    """An image that others may see: its id, the path of its page, and its share link, if that is how."""

    image_id: str
    path: str
    share_id: str = ""


def show(place: Place, kind: str, data: bytes = samples.telling(), **texts: str) -> Shown:
    """Let others see an image: `public`, or by a link that is for `thumbnails` or the `original`."""
    image_id = place.upload(data, samples.SECRETS["file name"])
    visibility = {"visibility": "public"} if kind == "public" else {}
    edited = place.http.patch(f"{place.api}/v1/images/{image_id}", json={**TEXTS, **texts, **visibility})
    assert edited.ok, edited.text
    if kind == "public":
        delivery.run_jobs(place.app)
        return Shown(image_id, f"/p/{image_id}")
    made = place.http.post(f"{place.api}/v1/images/{image_id}/shares", json={"scope": kind}).json()
    delivery.run_jobs(place.app)
    return Shown(image_id, f"/s/{made['token']}", made["share_id"])


def get(place: Place, path: str, **named: Any) -> requests.Response:
    """Open a page as somebody without an account."""
    return requests.get(place.api + path, timeout=10, allow_redirects=False, **named)


def meta(page: str) -> dict[str, str]:
    """Return the texts of a page's meta elements, by their names or properties."""
    pairs = re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in pairs}


def links(page: str) -> dict[str, str]:
    """Return the addresses of a page's link elements, by their relation."""
    return {
        rel: html.unescape(href) for rel, href in re.findall(r'<link rel="([^"]*)"[^>]*? href="([^"]*)"', page)
    }


@pytest.mark.parametrize("kind", ["public", "thumbnails", "original"])
def test_the_page_shows_what_others_may_see(place: Place, kind: str) -> None:
    """Texts of the owner, camera, exposure, rights and palette, in its theme; no private fact of the file."""
    shown = show(place, kind)
    answer = get(place, shown.path)
    assert answer.status_code == 200
    page, told = answer.text, words(answer.text)
    assert "<h1>Harbour at dusk</h1>" in page
    assert '<p class="lead">Boats on calm water.</p>' in page
    assert '<p class="description">Seen from\nthe pier.</p>' in page
    assert 'alt="Boats on calm water."' in page
    assert "Camera Janus Two Faces" in told
    assert "f/2.8" in told
    assert "Copyright (c) Ann Artist" in told
    assert "Dimensions 240 × 320" in told  # noqa: RUF001
    assert re.search(r'style="background:linear-gradient\([^"]*\)"', page)
    assert re.search(r'srcset="\S+/small\.webp\S* 192w, \S+/medium\.webp\S* 240w, \S+/large\.webp\S* 240w"', page)
    assert f'href="{shown.path}/theme.css"' in page
    private = [*samples.SECRETS.values(), place.owner, "2026-01-09", "9 January"]
    assert not [text for text in private if text in unquote(page)]
    if kind != "public":
        assert shown.image_id not in page
    sheet = get(place, f"{shown.path}/theme.css")
    assert sheet.headers["Content-Type"].startswith("text/css")
    assert "--color-background" in sheet.text


@pytest.mark.medium
@pytest.mark.parametrize("kind", ["public", "thumbnails"])
def test_no_cookie_is_needed_read_or_set(place: Place, visitor: Visitor, kind: str) -> None:
    """The page is the same for its owner, for a visitor, and for somebody with broken cookies."""
    shown = show(place, kind)
    plain = get(place, shown.path)
    broken = get(place, shown.path, headers={"Cookie": "janus-access=x; janus-refresh=y; janus-form=z"})
    own = visitor.get(shown.path)
    for answer in (plain, broken, own, get(place, f"{shown.path}/theme.css"), get(place, f"{shown.path[:3]}none")):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers["Vary"]
    assert plain.content == broken.content == own.content
    assert "<form" not in plain.text
    assert "form_token" not in plain.text
    assert plain.headers["Cache-Control"] == "private, max-age=60"
    again = get(place, shown.path, headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304
    for name in ("Content-Security-Policy", "Cache-Control", "Referrer-Policy", "X-Robots-Tag"):
        assert again.headers.get(name) == plain.headers.get(name)


@pytest.mark.medium
def test_a_share_link_is_kept_from_search_engines_and_from_other_hosts(place: Place) -> None:
    """By meta elements and by headers, of errors too; a public image has its one address for search engines."""
    secret, open_ = show(place, "thumbnails"), show(place, "public", samples.telling("PNG"))
    for path in (secret.path, f"{secret.path}/theme.css", "/s/none"):
        answer = get(place, path)
        assert answer.headers["X-Robots-Tag"] == "noindex", path
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = get(place, secret.path).text
    assert (meta(page)["robots"], meta(page)["referrer"]) == ("noindex", "no-referrer")
    assert "canonical" not in links(page)
    answer = get(place, open_.path)
    assert "X-Robots-Tag" not in answer.headers
    assert "robots" not in meta(answer.text)
    assert links(answer.text)["canonical"] == place.api + open_.path
    assert meta(answer.text)["description"] == "Seen from the pier."
    assert "<title>Harbour at dusk · Janus</title>" in answer.text


@pytest.mark.medium
def test_the_token_is_in_no_log(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Nor is that of a link that shows nothing, or of a page that fails."""
    shown = show(place, "original")
    with caplog.at_level("INFO"):
        for path in ("", "/theme.css", "/file", "/theme.css?contrast=none"):
            get(place, shown.path + path)
        get(place, "/oembed", params={"url": place.api + shown.path})
        place.http.delete(f"{place.api}/v1/images/{shown.image_id}/shares/{shown.share_id}")
        assert get(place, shown.path).status_code == 404
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert "/s/{token}" in told
    assert shown.path.removeprefix("/s/") not in told


@pytest.mark.medium
@pytest.mark.parametrize("kind", ["public", "original"])
def test_previews_of_a_link_have_a_picture(place: Place, kind: str) -> None:
    """Open Graph, Twitter and oEmbed have absolute addresses, by which others get title, text and picture."""
    shown = show(place, kind)
    page = get(place, shown.path).text
    told = meta(page)
    assert (told["og:title"], told["og:url"]) == ("Harbour at dusk", place.api + shown.path)
    assert (told["og:description"], told["twitter:description"]) == ("Seen from the pier.",) * 2
    assert (told["twitter:card"], told["og:image:alt"]) == ("summary_large_image", "Boats on calm water.")
    assert (told["og:image:width"], told["og:image:height"]) == ("240", "320")
    assert told["og:image"] == told["twitter:image"]
    assert told["og:image"].startswith(f"{place.api}/v1/")
    picture = requests.get(told["og:image"], timeout=10)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, told["og:image:type"])
    described = requests.get(links(page)["alternate"], timeout=10).json()
    assert (described["type"], described["title"]) == ("photo", "Harbour at dusk")


def test_an_image_without_texts_has_words_all_the_same(place: Place) -> None:
    """A heading, a description for previews and a text alternative; never the name of the file."""
    image_id = place.upload(samples.telling(), samples.SECRETS["file name"])
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    page = get(place, f"/p/{image_id}").text
    assert "<h1>Untitled picture</h1>" in page
    assert (
        meta(page)["description"] == "A picture taken with Janus Two Faces, shown in its own colours with Janus."
    )
    assert 'alt="Untitled picture"' in page
    assert samples.SECRETS["file name"] not in page


@pytest.mark.medium
@pytest.mark.parametrize("kind", ["public", "original"])
def test_the_file_is_saved_under_the_title(place: Place, kind: str) -> None:
    """The published copy, as an attachment, for the upload's own name is private."""
    shown = show(place, kind)
    assert f'href="{shown.path}/file"' in get(place, shown.path).text
    answer = requests.get(f"{place.api}{shown.path}/file", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Harbour-at-dusk.jpg"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert not [text for text in samples.SECRETS.values() if text.encode() in answer.content]


def test_a_link_for_thumbnails_gives_no_file(place: Place) -> None:
    """The page has no button for it, and its address leads to a page that says why."""
    shown = show(place, "thumbnails")
    assert "/file" not in get(place, shown.path).text
    answer = get(place, f"{shown.path}/file")
    assert answer.status_code == 404
    assert "This link shows the picture, and does not give its file away." in answer.text


def test_a_file_that_is_being_made_is_waited_for(place: Place) -> None:
    """A page says so, and leads to the same address again."""
    image_id = place.upload(samples.telling())
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"visibility": "public"})
    answer = get(place, f"/p/{image_id}/file")
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
    assert '<a class="button primary" href="">Try again</a>' in answer.text


def expire(place: Place, shown: Shown) -> None:
    item = Share.get(keys.account(place.owner), keys.share(shown.image_id, shown.share_id))
    item.expires = keys.now() - timedelta(seconds=1)
    item.save()


def revoke(place: Place, shown: Shown) -> None:
    place.http.delete(f"{place.api}/v1/images/{shown.image_id}/shares/{shown.share_id}")


def delete(place: Place, shown: Shown) -> None:
    place.http.delete(f"{place.api}/v1/images/{shown.image_id}")


def hide(place: Place, shown: Shown) -> None:
    place.http.patch(f"{place.api}/v1/images/{shown.image_id}", json={"visibility": None})


@pytest.mark.medium
@pytest.mark.parametrize(
    ("kind", "end", "heading"),
    [
        ("original", expire, "This link no longer works"),
        ("original", revoke, "This link no longer works"),
        ("original", delete, "This link no longer works"),
        ("public", hide, "This image is not here"),
        ("public", delete, "This image is not here"),
    ],
)
def test_the_page_ends_with_the_permission(place: Place, kind: str, end: Any, heading: str) -> None:
    """At once, word by word as where there never was an image, with a next step for those without an account."""
    shown = show(place, kind)
    end(place, shown)
    never = "/p/" + "a" * 26 if kind == "public" else "/s/" + "A" * 32
    for path in ("", "/theme.css", "/file"):
        gone, none = get(place, shown.path + path), get(place, never + path)
        assert (gone.status_code, gone.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert gone.text == none.text
        assert f"<h1>{heading}</h1>" in gone.text
        assert '<a class="button primary" href="/">Go to the start page</a>' in gone.text
        assert gone.headers["Cache-Control"] == "private, no-cache"


def test_a_private_image_of_somebody_is_public_for_nobody(place: Place, visitor: Visitor) -> None:
    """Not for its owner either: the page shows what others see."""
    image_id = place.upload(samples.photo())
    assert visitor.get(f"/images/{image_id}").status_code == 200
    assert visitor.get(f"/p/{image_id}").status_code == 404


@pytest.mark.medium
def test_parameters_of_campaigns_do_no_harm(place: Place) -> None:
    """Others append them to links."""
    shown = show(place, "public")
    assert get(place, f"{shown.path}?utm_source=mail&fbclid=1").status_code == 200
