"""Attacks on the pages by markup in texts and addresses, in frames, by guessed types: none gets through."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import piexif
import pytest

from tests import delivery, samples
from tests.access.conftest import World, call, make_world
from tests.access.page_requests import ask, browser
from tests.access.test_access import PAGE_TABLE
from tests.chalicelib.routes.pages.test_image_texts import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from tests.visitor import Visitor

MARKUP = """'"--></title></script><script src=//evil.example></script>"""
ATTRIBUTE = '" onfocus=alert(1) autofocus x="'
ADDRESS = "javascript:alert(document.domain)"
TEMPLATE = "{{ 7 * 7 }}{% raw %}"
SHOWN = ("title", "alt", "description", "tag")  # texts that the owner writes; each begins with its name
PAGES_READ = [path for method, path in PAGE_TABLE if method == "GET"]
BY_SESSION = [path for path in PAGES_READ if PAGE_TABLE["GET", path]["visitor"] != "✓"]


def hostile() -> bytes:
    """Return a file that brings markup in every text that Exif and XMP have room for."""
    first = {name: MARKUP.encode() for name in (
        piexif.ImageIFD.Make, piexif.ImageIFD.Model, piexif.ImageIFD.Artist, piexif.ImageIFD.Software,
        piexif.ImageIFD.Copyright, piexif.ImageIFD.ImageDescription, piexif.ImageIFD.HostComputer)}  # fmt: skip
    exif = {
        "0th": first,
        "Exif": {
            piexif.ExifIFD.LensModel: ATTRIBUTE.encode(),
            piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + MARKUP.encode(),
            piexif.ExifIFD.DateTimeOriginal: b'"><b>:01:09 12:30',
            piexif.ExifIFD.ExposureTime: (1, 250),
        },
    }
    told, address = html.escape(MARKUP), html.escape(ADDRESS)
    xmp = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:rights="http://ns.adobe.com/xap/1.0/rights/"
        xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
        xmlns:cc="http://creativecommons.org/ns#" rights:WebStatement="{address}" photoshop:Credit="{told}"
        photoshop:City="{told}" photoshop:Headline="{told}" cc:license="{address}" photoshop:Source="{address}">
        <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{told}</rdf:li></rdf:Alt></dc:title>
        <dc:creator><rdf:Seq><rdf:li>{told}</rdf:li></rdf:Seq></dc:creator>
        <dc:subject><rdf:Bag><rdf:li>{told}</rdf:li><rdf:li>{html.escape(ATTRIBUTE)}</rdf:li></rdf:Bag></dc:subject>
        <rights:UsageTerms><rdf:Alt><rdf:li xml:lang="x-default">{told}</rdf:li></rdf:Alt></rights:UsageTerms>
        </rdf:Description></rdf:RDF></x:xmpmeta>""".encode()
    return samples.jpeg((320, 240), exif=piexif.dump(exif), xmp=xmp)


@pytest.fixture(scope="module")
def attacked(api: str, app: Any) -> World:
    """Return a world in which every text of a file and of a person is an attack."""
    follow = delivery.following(app)
    made = make_world(api, app, hostile(), f"{MARKUP}.jpg".replace("/", ":"))
    texts = {name: f"{name} {MARKUP}" for name in ("title", "alt", "description")}
    image = f"/v1/images/{made.places['image_id']}"
    tags = ["tag " + MARKUP, "tag " + ATTRIBUTE, ADDRESS, TEMPLATE]
    call(api, "PATCH", image, made.owner.headers, {**texts, "tags": tags})
    call(api, "POST", "/v1/users/me/keys", made.owner.headers, {"name": MARKUP, "scopes": ["read"]})
    hook = f"/v1/webhooks/{made.places['webhook_id']}"
    call(api, "PATCH", hook, made.owner.headers, {"description": f"description {MARKUP}"})
    follow()
    return made


def assert_harmless(text: str) -> None:
    """Fail for any element or attribute that none of our templates has."""
    for tag, attributes in Markup(text).found:
        assert tag not in {"iframe", "object", "embed", "base", "style", "b", "applet", "frame"}, tag
        assert not [name for name in attributes if name.startswith("on") or name == "autofocus"], attributes
        for name in ("href", "src", "action", "formaction", "content"):
            value = attributes.get(name, "").strip().lower()
            assert not value.startswith(("javascript:", "vbscript:", "data:text", "//")), attributes
        assert not re.search(r"url\(|expression|@import", attributes.get("style", ""))
        if tag == "script":
            assert attributes["src"].startswith("/static/"), attributes
            assert set(attributes) == {"type", "src"}


@pytest.mark.parametrize("path", PAGES_READ)
def test_a_text_is_never_markup(api: str, attacked: World, path: str) -> None:
    """On no page, for its owner and for visitors; as no part of a picture, style sheet or JSON answer either."""
    for person in (attacked.owner, None):
        answer = ask(api, browser(api, person), "GET", path, attacked, person)
        kind = answer.headers["Content-Type"].partition(";")[0]
        if kind == "text/html":
            assert_harmless(answer.text)
            assert "49{% raw" not in answer.text
        elif kind == "image/svg+xml":
            root = ET.fromstring(answer.text)
            names = {one.tag.rpartition("}")[2] for one in root.iter()} | {
                name for one in root.iter() for name in one.attrib
            }
            assert not {
                name for name in names if name.startswith("on") or name in {"script", "foreignObject", "href"}
            }
        else:
            assert kind in {"text/css", "text/javascript", "application/json", "application/problem+json"}
            assert "evil.example" not in answer.text or kind.endswith("json")


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("/images/{image_id}", SHOWN),
        ("/images/{image_id}/edit", SHOWN),
        ("/library", ("alt",)),
        ("/account/webhooks", ("description",)),
        ("/account/webhooks/{webhook_id}", ("description",)),
        ("/account/webhooks/{webhook_id}/edit", ("description",)),
        ("/p/{image_id}", SHOWN[:3]),
        ("/s/{token}", SHOWN[:3]),
    ],
)
def test_the_attacks_are_there_as_texts(api: str, attacked: World, path: str, texts: tuple[str, ...]) -> None:
    """The pages above do show them, escaped: else nothing was tried."""
    page = ask(api, browser(api, attacked.owner), "GET", path, attacked, attacked.owner).text
    for name in texts:
        assert f"{name} {MARKUP}" in html.unescape(page)
        assert f"{name} {MARKUP}" not in page


QUERIES = (
    "/sign-in?next={}", "/confirm?username={}", "/reset?username={}", "/resend?username={}", "/forgot?username={}",
    "/library?text={}", "/library?tag={}", "/library?camera={}", "/library?cursor={}", "/library?sort={}",
    "/library?{}=1", "/library?done={}", "/library?done=tag&images={}", "/library/filters?text={}",
    "/trash?cursor={}", "/trash?done={}", "/upload/arrived?key={}", "/images/{}", "/images/{}/pictures/{}",
    "/p/{}", "/s/{}", "/static/x/{}", "/oembed?url={}",
    "/account/webhooks?done={}", "/account/webhooks/{}", "/account/webhooks/{}/deliveries/{}",
)  # fmt: skip


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("text", [MARKUP, ATTRIBUTE, ADDRESS, TEMPLATE])
def test_an_address_is_never_markup(api: str, attacked: World, path: str, text: str) -> None:
    """Each page as a link of somebody else's leads to it, for people with and without a session."""
    for person in (attacked.owner, None):
        answer = browser(api, person).get(path.replace("{}", quote(text, safe="")))
        assert answer.status_code < 500
        if answer.headers["Content-Type"].startswith("text/html"):
            assert_harmless(answer.text)
        else:
            assert answer.headers["Content-Type"].endswith("json")


def test_a_form_that_is_refused_is_never_markup(api: str) -> None:
    """It comes back with what was typed."""
    name = MARKUP.replace(" ", "/")
    answer = browser(api, None).send("/sign-in", "/sign-in", username=name, password="x", next=ADDRESS)
    assert answer.status_code == 401
    assert_harmless(answer.text)
    assert name in html.unescape(answer.text)


def answers(api: str, world: World, path: str) -> Iterator[requests.Response]:
    """Yield the answers of a page to its owner, another user and a visitor, and the 304s of those with an ETag."""
    for person in (world.owner, world.another, None):
        visitor: Visitor = browser(api, person)
        answer = ask(api, visitor, "GET", path, world, person)
        yield answer
        if answer.status_code == 200 and "ETag" in answer.headers:
            again = visitor.get(answer.url.removeprefix(api), headers={"If-None-Match": answer.headers["ETag"]})
            assert again.status_code in {200, 304}  # 200 where each answer has a new address to upload to
            yield again


@pytest.mark.parametrize("path", PAGES_READ)
def test_every_answer_says_how_it_may_be_used(api: str, attacked: World, path: str) -> None:
    """In no frame, as nothing but its type, from no shared cache, with no cookie of another origin's request."""
    for answer in answers(api, attacked, path):
        told = answer.headers
        assert "frame-ancestors 'none'" in told["Content-Security-Policy"], answer.status_code
        assert "default-src 'none'" in told["Content-Security-Policy"]
        assert "unsafe-inline" not in re.sub(
            "style-src(-attr)? 'unsafe-inline'", "", told["Content-Security-Policy"]
        )
        assert told["X-Content-Type-Options"] == "nosniff"
        assert "Content-Type" in told
        assert told["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert "Access-Control-Allow-Credentials" not in told
        if path.startswith("/static/"):
            assert "Set-Cookie" not in told
        else:
            assert told["Cache-Control"].startswith(("private", "no-store"))
        if path in BY_SESSION:
            assert "Cookie" in told["Vary"], told["Vary"]
        if "Set-Cookie" in told:
            assert told["Cache-Control"] == "no-store"
