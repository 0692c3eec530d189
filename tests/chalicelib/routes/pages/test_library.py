"""The library's pages over HTTP, as a browser without scripts has them."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import piexif
import pytest
import requests
from PIL import Image

from tests import samples
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.packaging import lambda_events
from tests.visitor import Visitor

if TYPE_CHECKING:
    from tests.conftest import User

__all__ = ["place"]

ATTACK = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'{{7*7}}"


@pytest.fixture
def visitor(api: str, user: User) -> Visitor:
    """Return a browser in which the user is signed in."""
    found = Visitor(api)
    found.sign_in(user.owner, "Test-pass-12")
    return found


def ids(page: str) -> list[str]:
    """Return the ids of the figures of a page, in their order."""
    return re.findall(r'data-image-id="([a-z2-7]{26})"', page)


def headings(page: str) -> list[str]:
    """Return the months of a page with their counts."""
    return [" ".join(re.sub("<[^>]*>", "", text).split()) for text in re.findall("<h2.*?</h2>", page, re.DOTALL)]


def hrefs(page: str, words: str) -> list[str]:
    """Return where the links lead whose HTML contains the words."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [html.unescape(href) for href, inner in found if words in inner]


def dated(place: Place, *days: str) -> list[str]:
    """Send an image of each day; return their ids."""
    found = []
    for number, day in enumerate(days):
        exif = piexif.dump({"Exif": {piexif.ExifIFD.DateTimeOriginal: f"{day} 10:00:00".encode()}})
        found.append(place.upload(samples.jpeg((320, 200), number, exif=exif), f"day-{number}.jpg"))
    place.follow()
    return found


def test_an_empty_library_says_what_to_do(visitor: Visitor) -> None:
    """On the first visit there is nothing to filter."""
    page = visitor.get("/library").text
    assert "Your library is empty" in page
    assert 'class="filter' not in page
    assert hrefs(page, "Choose images") == ["/upload"]


@pytest.mark.medium
def test_images_lie_by_month_with_their_sizes_and_names(place: Place, visitor: Visitor) -> None:
    """The newest first; each has a link, a picture of known size, and a text alternative."""
    old, new, newer = dated(place, "2023:06:21", "2024:09:14", "2024:09:20")
    place.http.patch(f"{place.api}/v1/images/{newer}", json={"title": "Harbour", "alt": "Boats at dawn"})
    place.follow()
    page = visitor.get("/library").text
    assert ids(page) == [newer, new, old]
    assert headings(page) == ["September 2024 2 images", "June 2023 1 image"]
    assert f'href="/images/{newer}"' in page
    assert 'alt="Boats at dawn"' in page
    assert 'width="320" height="200" alt="day-1.jpg"' in page
    assert page.count("--ratio:1.6;background:linear-gradient(") == 3
    picture = html.unescape(re.findall(r'<img src="([^"]*)"', page)[0])
    assert requests.get(picture, timeout=10).headers["Content-Type"] == "image/webp"


@pytest.mark.medium
def test_the_rail_leads_to_a_month_and_keeps_the_filters(place: Place, visitor: Visitor) -> None:
    """By year and month, the latest first."""
    old, *_ = dated(place, "2023:06:21", "2024:09:14")
    page = visitor.get("/library?format=jpg").text
    rail = page[page.index('class="rail"') :]
    assert re.findall(r'<a class="year"[^>]*>(\d+)', rail) == ["2024", "2023"]
    (june,) = hrefs(rail, "Jun")
    assert june == "/library?format=jpg&taken_from=2023-06&taken_to=2023-06"
    month = visitor.get(june).text
    assert ids(month) == [old]
    assert hrefs(month, "June 2023") == ["/library?format=jpg"]


@pytest.mark.medium
def test_pages_lead_on_and_back(place: Place, visitor: Visitor) -> None:
    """With plain links; a cursor of another query leads to the start of this one."""
    days = dated(place, "2023:06:01", "2023:06:02", "2023:06:03")
    first = visitor.get("/library?limit=2").text
    assert ids(first) == [days[2], days[1]]
    assert headings(first) == ["June 2023"]  # how many there are is not known yet
    (onward,) = hrefs(first, "Next page")
    second = visitor.get(onward).text
    assert ids(second) == [days[0]]
    (back,) = hrefs(second, "Previous page")
    assert ids(visitor.get(back).text) == ids(first)
    cursor = re.search(r"cursor=([^&]*)", onward)
    assert cursor is not None
    astray = visitor.get(f"/library?tag=sea&cursor={cursor[1]}")
    assert (astray.status_code, astray.headers["Location"]) == (303, "/library?tag=sea")


@pytest.mark.medium
def test_a_filter_is_a_chip_that_removes_it(place: Place, visitor: Visitor) -> None:
    """The search field keeps its words, and other filters go with a new search."""
    telling = place.upload(samples.telling(), "telling.jpg")
    place.upload(samples.png(), "plain.png")
    place.follow()
    page = visitor.get("/library?text=telling&format=JPEG").text
    assert ids(page) == [telling]
    assert hrefs(page, "“telling”") == ["/library?format=JPEG"]
    assert hrefs(page, "JPEG <span") == ["/library?text=telling"]
    search = page[page.index('role="search"') : page.index("</form>")]
    assert 'name="format" value="JPEG"' in search
    assert 'name="text" value="telling"' in search


def test_nothing_found_leads_back_to_everything(place: Place, visitor: Visitor) -> None:
    """It is no error."""
    place.upload(samples.png(), "plain.png")
    answer = visitor.get("/library?text=absent")
    assert answer.status_code == 200
    assert "Nothing found" in answer.text
    assert hrefs(answer.text, "Clear all filters") == ["/library"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("taken_from=May", "taken_from", "Expected a year, month, day or time, such as “2024-05”."),
        ("near=Paris", "near", "Expected latitude and longitude in degrees"),
        ("color=tartan", "color", "is neither “#rrggbb” nor the CSS name"),
    ],
)
def test_a_value_that_does_not_fit_is_told_at_its_field(
    visitor: Visitor, place: Place, query: str, field: str, words: str
) -> None:
    """In its panel, which is open; the page is there nevertheless."""
    place.upload(samples.png(), "plain.png")
    place.follow()
    answer = visitor.get(f"/library?{query}")
    assert answer.status_code == 200
    assert len(ids(answer.text)) == 1
    panel = re.search(r"<details[^>]* open>.*?</details>", answer.text, re.DOTALL)
    assert panel is not None
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true" aria-describedby="filter-{field}-fault"', panel[0])
    assert words in html.unescape(panel[0])


def test_orders_that_do_not_go_with_a_place_are_told(visitor: Visitor, place: Place) -> None:
    """And left out."""
    place.upload(samples.photo(), "photo.jpg")
    answer = visitor.get("/library?bbox=-180,-90,180,90&sort=taken")
    assert answer.status_code == 200
    assert 'class="form-fault"' in answer.text


@pytest.mark.medium
def test_the_filters_have_counts_that_lead_to_their_images(place: Place, visitor: Visitor) -> None:
    """A camera, a format, a tag: as many images as the link then shows."""
    telling = place.upload(samples.telling(), "telling.jpg")
    place.upload(samples.png(), "plain.png")
    place.http.patch(f"{place.api}/v1/images/{telling}", json={"tags": ["sea & sand"]})
    place.follow()
    page = visitor.get("/library/filters?state=ready").text
    for words in ("JPEG</span>", "sea &amp; sand"):
        (href,) = hrefs(page, words)
        assert "state=ready" in href
        assert ids(visitor.get(href).text) == [telling]
    assert re.search(r"<span>JPEG</span> <small>1</small>", page)
    assert "Made by a machine" in page


@pytest.mark.medium
def test_countries_and_cities_are_filters_with_counts(place: Place, visitor: Visitor) -> None:
    """In the panel of places; each leads to its images, and the chips name both."""
    rome = place.upload(samples.photo(), "photo.jpg")
    place.upload(samples.png(), "plain.png")
    place.follow()
    page = visitor.get("/library/filters?state=ready").text
    for words, query in (("Italy</span>", "country=IT"), ("Rome</span>", "city=Rome&amp;country=IT")):
        (href,) = hrefs(page, words)
        assert query.replace("&amp;", "&") in href
        assert "state=ready" in href
        found = visitor.get(href).text
        assert ids(found) == [rome]
        assert re.search(r'class="chip on"[^>]*>Italy ', found)
    assert re.search(r"<span>Rome</span> <small>1</small>", page)
    assert ids(visitor.get("/library?city=rome&country=FR").text) == []


@pytest.mark.medium
def test_figures_of_some_images_are_given_for_scripts(
    place: Place, visitor: Visitor, api: str, other_user: User
) -> None:
    """The caller's own, in months; others are passed over."""
    old, new = dated(place, "2023:06:21", "2024:09:14")
    answer = visitor.get(f"/library/figures?ids={old},{new},{'a' * 26},nonsense&sort=-taken")
    assert ids(answer.text) == [new, old]
    assert headings(answer.text) == ["September 2024 1 image", "June 2023 1 image"]
    stranger = Visitor(api)
    stranger.sign_in(other_user.owner, "Test-pass-12")
    assert ids(stranger.get(f"/library/figures?ids={old}").text) == []


def test_a_file_that_failed_says_why(place: Place, visitor: Visitor) -> None:
    """On its tile."""
    place.upload(samples.jpeg((640, 480))[:2000], "cut.jpg")
    place.follow()
    page = visitor.get("/library").text
    assert '<p class="note">The file ends too early. Send it again.</p>' in page
    assert "<b>JPEG</b> <span>cut.jpg</span>" in page


def test_visitors_are_led_to_sign_in_and_back(api: str) -> None:
    """With the query that they asked for."""
    answer = Visitor(api).get("/library?tag=sea")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Flibrary%3Ftag%3Dsea")


@pytest.mark.medium
def test_no_text_becomes_markup(place: Place, visitor: Visitor) -> None:
    """Of a title, an alternative, a tag, a file name, and each parameter of the address."""
    image = place.upload(samples.png(), "%3Cimg%20src=x%20onerror=alert(1)%3E.png")
    told: dict[str, Any] = {"title": ATTACK, "alt": ATTACK, "tags": [ATTACK[:60]], "visibility": "public"}
    assert place.http.patch(f"{place.api}/v1/images/{image}", json=told).status_code == 200
    place.follow()
    given = quote(ATTACK, safe="")
    pages = [
        visitor.get(path).text
        for path in (
            "/library",
            "/library/filters",
            f"/library/figures?ids={image}",
            *(
                f"/library?{name}={given}"
                for name in ("text", "tag", "make", "color", "near", "sort", "done", "cursor")
            ),
            f"/library/filters?lens={given}&taken_from={given}",
        )
    ]
    for page in pages:
        assert "<img src=x" not in page
        assert "<script>" not in page
        assert "onerror=alert(1)>" not in page
    assert html.escape(ATTACK, quote=False).replace('"', "&#34;").replace("'", "&#39;") in pages[0]


def test_a_name_of_a_colour_is_the_only_text_in_a_style(place: Place, visitor: Visitor) -> None:
    """Whatever an address asks for: a colour that is none is refused."""
    place.upload(samples.png(), "plain.png")
    page = visitor.get("/library?color=red;background:url(//evil)").text
    assert "url(" not in page.split("</form>", 1)[1].replace(html.escape("red;background:url(//evil)"), "")
    styles = re.findall(r'style="background:([^"]*)"', page)
    assert styles
    assert all(re.fullmatch("[a-z]+", one) for one in styles)


@pytest.mark.medium
def test_the_policy_lets_in_only_files_from_here_and_pictures_of_the_bucket(
    visitor: Visitor, place: Place
) -> None:
    """The pictures of the page are from there."""
    place.upload(samples.png(), "plain.png")
    place.follow()
    answer = visitor.get("/library")
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(re.findall(r'<img src="([^"]*)"', answer.text)[0]))
    assert f"img-src 'self' data: blob: {origin};" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)", answer.text)
    assert "<style" not in answer.text


def test_a_stale_cursor_leads_back_behind_a_stage(app: Any, user: Any) -> None:
    """API Gateway serves under /api: the address has that once."""
    event = lambda_events.request("GET", "/library")
    event["headers"]["cookie"] = f"janus-access={user.token}; janus-refresh=any"
    event["multiValueHeaders"]["cookie"] = [event["headers"]["cookie"]]
    event["queryStringParameters"] = {"text": "harbour", "cursor": "stale"}
    event["multiValueQueryStringParameters"] = {"text": ["harbour"], "cursor": ["stale"]}
    answer = app(event, None)
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, "/api/library?text=harbour")


@pytest.mark.medium
def test_a_colour_of_a_small_part_is_found_when_it_is_asked_for(place: Place, visitor: Visitor) -> None:
    """A red sign of 4 % before grey: the picker asks for it by a box that tells of the bound."""
    picture = Image.new("RGB", (100, 100), (120, 120, 120))
    picture.paste((220, 20, 20), (0, 0, 20, 20))
    data = io.BytesIO()
    picture.save(data, "PNG")
    image_id = place.upload(data.getvalue(), "sign.png")
    place.follow()
    palette = place.get(f"/v1/images/{image_id}").json()["analysis"]["palette"]
    red = next(one for one in palette if one["hex"].startswith("#d"))
    assert red["share"] < 0.16
    page = visitor.get("/library").text
    assert '<input type="checkbox" name="share" value="0.01"> In parts under 16 % of a picture, too' in page
    wanted = f"/library?color=%23{red['hex'][1:]}"
    assert ids(visitor.get(wanted).text) == []
    found = visitor.get(f"{wanted}&share=0.01")
    assert ids(found.text) == [image_id]
    assert 'name="share" value="0.01" checked' in found.text
    assert ids(visitor.get(f"{wanted}&share=0.1").text) == []
