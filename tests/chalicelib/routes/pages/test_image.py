"""The page of an image, without a script: its facts in words, its theme, its files and its states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests import delivery, samples
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["place"]


@pytest.fixture
def visitor(api: str, user: User) -> Visitor:
    """Return somebody with images of one's own, signed in."""
    return _signed_in(api, user)


@pytest.fixture
def other(api: str, other_user: User) -> Visitor:
    """Return somebody else, signed in."""
    return _signed_in(api, other_user)


def _signed_in(api: str, user: User) -> Visitor:
    one = Visitor(api)
    assert one.sign_in(user.owner, "Test-pass-12").status_code == 303
    return one


def words(html: str) -> str:
    """Return the text of a page, its spaces made single."""
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_a_photograph_tells_in_words_what_its_file_says(place: Place, visitor: Visitor) -> None:
    """When with the offset, where with a link that tells no other site whence it comes, camera and exposure."""
    image_id = place.upload(samples.photo(), "on-the-hill.jpg")
    answer = visitor.get(f"/images/{image_id}")
    assert answer.status_code == 200
    page, html = words(answer.text), answer.text
    assert re.findall(r"<h1>([^<]*)</h1>", html) == ["on-the-hill.jpg"]
    assert "When 9 January 2026, 12:30 UTC+1 Place Pigna, Rome, Lazio, Italy Position" in page
    assert "Position 41.89000° N, 12.48500° E" in page
    assert re.search(r'<a href="https://www\.openstreetmap\.org/\?[^"]*" rel="noreferrer nofollow">', html)
    assert "Camera Janus Two Faces" in page
    assert "Exposure 1/250 s · f/2.8 · ISO 200" in page
    assert "Captured, no edits found" in page
    assert "Captured: Exif:Model says Janus Two Faces" in page
    assert "Dimensions 240 × 320" in page  # noqa: RUF001
    sources = (
        "When Exif:DateTimeOriginal Place from GPS position, GeoNames Position GPS:GPSLatitude Camera Exif:Model"
    )
    assert f"Sources {sources}" in page
    assert "290 of 290 pairs pass" in page


def test_the_picture_has_its_place_before_it_comes(place: Place, visitor: Visitor) -> None:
    """The size of the file, a set of files by width, the placeholder, and the ratio of the frame."""
    image_id = place.upload(samples.jpeg((1600, 900)))
    html = visitor.get(f"/images/{image_id}").text
    picture = re.search(r'<img class="picture"[^>]*>', html)
    assert picture
    assert 'width="1280" height="720"' in picture[0]
    assert re.findall(r" (\d+w)", picture[0]) == ["256w", "640w", "1280w"]
    assert 'style="background:linear-gradient(' in picture[0]
    assert 'style="--ratio:1.77778;--most:1600px"' in html


@pytest.mark.medium
def test_the_page_wears_the_theme_of_its_image(place: Place, visitor: Visitor) -> None:
    """A style sheet after that of the app, kept by this browser alone, confirmed by its ETag; light and dark."""
    image_id = place.upload(samples.photo())
    html = visitor.get(f"/images/{image_id}").text
    sheets = [urlsplit(path).path for path in re.findall(r'<link rel="stylesheet" href="([^"]*)"', html)]
    names = [path.rpartition("/")[2] for path in sheets]
    assert names[:3] == ["theme.css", "theme.css", "janus.css"]
    assert sheets[1] == f"/images/{image_id}/theme.css"
    address = re.findall(r'href="(/images/[^"]*theme\.css[^"]*)"', html)[0].replace("&amp;", "&")
    sheet = visitor.get(address)
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert sheet.headers["Cache-Control"] == "private, max-age=3600"
    assert "--color-primary: light-dark(#" in sheet.text
    assert '[data-theme="dark"]' in sheet.text
    assert visitor.get(address, headers={"If-None-Match": sheet.headers["ETag"]}).status_code == 304
    strict = visitor.get(f"/images/{image_id}?tag=a&contrast=aaa").text
    assert "WCAG 2.2 AAA" in visitor.get(f"/images/{image_id}/theme.css?contrast=aaa").text
    assert "theme.css?contrast=aaa" in strict
    assert f'href="/images/{image_id}?tag=a#theme"' in strict


FILES = {
    "format=css&contrast=aa": ("text/css", "/* Colours from an image"),
    "format=dtcg&contrast=aa": ("application/design-tokens+json", "{"),
    "format=tailwind&contrast=aa": ("text/css", "/* Colours from an image"),
    "format=figma&mode=light&contrast=aa": ("application/design-tokens+json", "{"),
    "format=json&contrast=aa": ("application/json", "{"),
    "format=contrast-page&contrast=aaa": ("text/html", "<!doctype html>"),
}


@pytest.mark.medium
def test_the_theme_is_there_as_files(place: Place, visitor: Visitor) -> None:
    """Each link of the page leads to one, in the contrast that the page shows; none runs a script."""
    image_id = place.upload(samples.photo())
    pages = {
        contrast: visitor.get(f"/images/{image_id}?contrast={contrast}").text.replace("&amp;", "&")
        for contrast in ("aa", "aaa")
    }
    for query, (kind, begins) in FILES.items():
        assert f'href="/images/{image_id}/theme?{query}"' in pages[query.rpartition("=")[2]]
        answer = visitor.get(f"/images/{image_id}/theme?{query}")
        assert answer.headers["Content-Type"].startswith(kind), query
        assert answer.text.startswith(begins), query
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'"), query


@pytest.mark.medium
def test_pictures_of_the_analysis_have_text_alternatives(place: Place, visitor: Visitor) -> None:
    """Every picture that the page has is served, and says in words what there is to be seen."""
    image_id = place.upload(samples.photo())
    html = visitor.get(f"/images/{image_id}").text
    pictures = re.findall(r'<img src="(/images/[^"]*\.svg)" width="960" height="\d+" alt="([^"]+)"', html)
    names = [path.rpartition("/")[2] for path, _ in pictures]
    assert names == ["placement.svg", "clusters.svg", "luminosity.svg", "histogram.svg", "edges.svg"]
    for path, told in pictures:
        assert len(told) > 40
        drawn = visitor.get(path)
        assert drawn.headers["Content-Type"].startswith("image/svg+xml")
        assert drawn.headers["Cache-Control"] == "private, max-age=300"
        assert drawn.text.startswith("<svg ")
    assert visitor.get(f"/images/{image_id}/pictures/none.svg").status_code == 404


def test_an_image_without_analysis_wears_the_app_s_theme(place: Place, visitor: Visitor) -> None:
    """It has neither palette nor theme, and links none."""
    sent = place.http.post(
        f"{place.api}/v1/images?filename=a.jpg&profile=metadata",
        data=samples.photo(),
        headers={"Content-Type": "application/octet-stream"},
    )
    delivery.deliver(place.app)
    page = visitor.get(f"/images/{sent.json()['image_id']}")
    assert page.status_code == 200
    assert re.findall(r"/(\w+\.css)\"", page.text)[:3] == ["theme.css", "janus.css", "image.css"]
    assert "Palette" not in page.text
    assert visitor.get(f"/images/{sent.json()['image_id']}/theme.css").status_code == 404


def test_the_original_is_saved_and_the_copy_is_made_when_it_is_asked_for(place: Place, visitor: Visitor) -> None:
    """The original under its own name; the copy has lost the camera."""
    data = samples.photo()
    image_id = place.upload(data, "hill.jpg")
    original = visitor.get(f"/images/{image_id}/original")
    assert original.status_code == 302
    query = parse_qs(urlsplit(original.headers["Location"]).query)
    assert query["response-content-disposition"] == ["attachment; filename*=UTF-8''hill.jpg"]
    assert requests.get(original.headers["Location"], timeout=10).content == data
    waiting = visitor.get(f"/images/{image_id}/copy")
    assert waiting.status_code == 409
    assert waiting.headers["Refresh"] == f"1; url=/images/{image_id}/copy?tried=1"
    assert "A moment, please" in waiting.text
    delivery.run_jobs(place.app)
    copy = requests.get(visitor.get(f"/images/{image_id}/copy").headers["Location"], timeout=10).content
    assert copy.startswith(b"\xff\xd8")
    assert b"Two Faces" not in copy


def test_an_image_on_its_way_is_looked_at_again(api: str, user: User, visitor: Visitor) -> None:
    """By a refresh without scripts, and by the script; there is nothing to edit or to share yet."""
    asked = {"images": [{"filename": "later.jpg"}]}
    image_id = user.http.post(f"{api}/v1/images", json=asked).json()["images"][0]["image_id"]
    html = visitor.get(f"/images/{image_id}").text
    again = f"1; url=/images/{image_id}?tried=1"
    assert f'<noscript><meta http-equiv="refresh" content="{again}"></noscript>' in html
    assert 'data-state="expected"' in html
    assert "On its way" in html
    assert "/edit" not in html
    assert 'id="share-form"' not in html
    assert "/delete" not in html
    assert visitor.get(f"/images/{image_id}/theme.css").status_code == 409


def test_a_failed_image_says_why(place: Place, visitor: Visitor) -> None:
    """In words, with the next step; it can be deleted, and is not shared."""
    image_id = place.upload(samples.jpeg()[:-400], "cut.jpg")
    page = visitor.get(f"/images/{image_id}")
    assert page.status_code == 200
    assert "The file ends too early. Send it again." in page.text
    assert 'role="alert"' in page.text
    assert f'action="/images/{image_id}/delete"' in page.text
    assert 'id="share-form"' not in page.text
    assert "refresh" not in page.text


@pytest.mark.medium
def test_the_library_s_links_carry_its_filters(place: Place, visitor: Visitor) -> None:
    """So that previous and next, and the way back, are those of the list."""
    image_id = place.upload(samples.photo())
    place.http.patch(f"{place.api}/v1/images/{image_id}", json={"tags": ["a & b"]})
    place.follow()
    listed = visitor.get("/library?tag=a+%26+b&sort=taken&limit=5").text
    assert f'<a href="/images/{image_id}?tag=a+%26+b&amp;sort=taken">' in listed
    assert f'<a href="/images/{image_id}">' in visitor.get("/library").text
    one = visitor.get(f"/library/figures?ids={image_id}&sort=-uploaded").text
    assert f'<a href="/images/{image_id}?sort=-uploaded">' in one


@pytest.mark.medium
def test_the_way_back_keeps_the_filters(place: Place, visitor: Visitor) -> None:
    """And forgets paging, and parameters that are no filters."""
    image_id = place.upload(samples.photo())
    html = visitor.get(f"/images/{image_id}?tag=sea+side&sort=taken&cursor=abc&limit=5&other=1").text
    assert '<a class="button over" href="/library?tag=sea+side&amp;sort=taken" data-back>' in html
    assert visitor.get(f"/images/{image_id}?color=no-such-colour").status_code == 200


PATHS = ("", "/edit", "/theme.css", "/theme?format=css", "/pictures/histogram.svg", "/original", "/copy")


@pytest.mark.medium
def test_nobody_else_sees_anything_of_it(place: Place, visitor: Visitor, other: Visitor, api: str) -> None:
    """Somebody else finds no such image; a visitor is asked to sign in, and led back afterwards."""
    image_id = place.upload(samples.photo())
    for path in PATHS:
        address = f"/images/{image_id}{path}"
        assert visitor.get(address).status_code in (200, 302, 409), path
        assert other.get(address).status_code == 404, path
        led = Visitor(api).get(address)
        assert (led.status_code, led.headers["Location"].partition("=")[0]) == (303, "/sign-in?next"), path
    assert visitor.get("/images/not-an-id").status_code == 404


ACTIONS: dict[str, dict[str, Any]] = {
    "": {"match": '"x"', "title": "Mine"},
    "/delete": {},
    "/shares": {"scope": "original", "expires_in": "3600"},
    f"/shares/{'a' * 26}/revoke": {},
}


def _from_evil(visitor: Visitor, action: str, fields: dict[str, Any]) -> int:
    return visitor.post(action, fields, Origin="https://evil.example").status_code


@pytest.mark.medium
def test_no_form_is_taken_from_another_site_or_for_somebody_else(
    place: Place, visitor: Visitor, other: Visitor
) -> None:
    """Without the token of the page it is refused; with a token of one's own, the image is not found."""
    image_id = place.upload(samples.photo())
    own, foreign = (
        re.findall(r'data-form-token="([^"]+)"', one.get("/account").text)[0] for one in (visitor, other)
    )
    for path, fields in ACTIONS.items():
        action = f"/images/{image_id}{path}"
        assert visitor.post(action, {**fields, "form_token": "forged"}).status_code == 403, path
        assert _from_evil(visitor, action, {**fields, "form_token": own}) == 403, path
        assert other.post(action, {**fields, "form_token": foreign}).status_code == 404, path
    assert place.get(f"/v1/images/{image_id}").json()["state"] == "ready"
