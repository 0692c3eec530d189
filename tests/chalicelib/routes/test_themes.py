"""Themes and pictures over HTTP, from an analysis that is stored with the record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args
from xml.etree import ElementTree as ET

import pytest

from chalicelib import storage
from chalicelib.api.schemas import image_requests
from chalicelib.config import settings
from chalicelib.db import document_codec, images, keys
from image_processing import pictures, theme
from image_processing.theme import exports
from tests import conftest, delivery, samples
from tests.image_processing.pictures import analyses
from tests.image_processing.theme import dtcg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import User


def stored(app: Any, key: str, analysis: Any) -> str:
    """Put an image of an owner, let it be processed, give its record an analysis; return its id."""
    storage.put(key, samples.png(), "image/png")
    delivery.deliver(app)
    identifier = keys.image_id(settings().images_bucket, key)
    image = images.get(identifier, consistent=True)
    assert image is not None
    document = {name: part for name, part in document_codec.unpack(image.document).items() if name != "analysis"}
    image.document = document_codec.pack(document if analysis is None else document | {"analysis": analysis})
    image.save()
    return identifier


@pytest.fixture(scope="module")
def user(aws: str) -> Iterator[User]:
    """Return one user for the whole module, whose tests only read."""
    yield from conftest._user()


@pytest.fixture(scope="module")
def url(api: str, app: Any, user: Any) -> str:
    """Return the address of an image with an analysis, which nothing changes."""
    identifier = stored(app, f"uploads/{user.owner}/dusk.png", analyses.analysis())
    return f"{api}/v1/images/{identifier}"


@pytest.mark.parametrize("form", exports.FORMATS)
@pytest.mark.parametrize("contrast", theme.CONTRASTS)
def test_a_theme_comes_in_every_format(url: str, user: Any, form: str, contrast: str) -> None:
    """Word by word what the library writes, under its media type and file name."""
    answer = user.http.get(f"{url}/theme", params={"format": form, "contrast": contrast, "mode": "light"})
    expected = exports.write(theme.build(analyses.analysis(), contrast), form, "light")
    assert (answer.status_code, answer.content.decode()) == (200, expected)
    assert answer.headers["Content-Type"] == exports.FORMATS[form].content_type
    assert answer.headers["Content-Disposition"] == f'inline; filename="{exports.FORMATS[form].filename}"'


def test_a_theme_is_plain_json_in_both_modes_unless_asked_otherwise(url: str, user: Any) -> None:
    """The default is the form for programs, AA."""
    shown = user.http.get(f"{url}/theme").json()
    assert (shown["contrast"], sorted(shown["modes"])) == ("aa", ["dark", "light"])


def test_tokens_resolve_in_both_modes(url: str, user: Any) -> None:
    """The resolver document is valid as it comes over the wire."""
    document = user.http.get(f"{url}/theme?format=dtcg").json()
    light, dark = (dtcg.resolve(document, theme=mode) for mode in ("light", "dark"))
    assert light["color.background"] != dark["color.background"]


@pytest.mark.parametrize("path", ["theme?format=css", "theme?format=contrast-page", "pictures/palette"])
def test_an_etag_saves_sending_it_again(url: str, user: Any, path: str) -> None:
    """304 for the same, another tag for another contrast; a page and a picture may run nothing."""
    first = user.http.get(f"{url}/{path}")
    again = user.http.get(f"{url}/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    for name in ("Content-Security-Policy", "Content-Type", "Content-Disposition", "Cache-Control"):
        assert again.headers.get(name) == first.headers.get(name)
    assert "default-src 'none'" in first.headers["Content-Security-Policy"]
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    if path.startswith("theme"):
        other = user.http.get(f"{url}/{path}&contrast=aaa", headers={"If-None-Match": first.headers["ETag"]})
        assert (other.status_code, other.headers["ETag"] == first.headers["ETag"]) == (200, False)


@pytest.mark.parametrize("query", ["format=pdf", "contrast=a", "mode=dim", "unknown=1", "format="])
def test_a_query_that_does_not_fit_is_refused(url: str, user: Any, query: str) -> None:
    """400, naming what is wrong."""
    answer = user.http.get(f"{url}/theme?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert query.partition("=")[0] in answer.json()["detail"]


def test_figma_needs_one_mode(url: str, user: Any) -> None:
    """400, and what to ask for instead; each mode alone is there."""
    answer = user.http.get(f"{url}/theme?format=figma")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "ask for light" in answer.json()["detail"]
    assert user.http.get(f"{url}/theme?format=figma&mode=dark").status_code == 200


@pytest.mark.parametrize("name", image_requests.PICTURES)
def test_every_picture_is_an_svg(url: str, user: Any, name: str) -> None:
    """Well-formed, under its type, and linked from the record."""
    record = user.http.get(url).json()
    answer = user.http.get(url.partition("/v1/")[0] + record["pictures"][name]["href"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert ET.fromstring(answer.content.decode()).get("role") == "img"
    assert record["links"]["theme"] == f"{record['links']['self']}/theme"


def test_a_picture_that_does_not_exist_names_those_that_do(url: str, user: Any) -> None:
    """404, with the list."""
    answer = user.http.get(f"{url}/pictures/portrait")
    assert (answer.status_code, answer.json()["code"]) == (404, "picture_not_found")
    assert all(name in answer.json()["detail"] for name in image_requests.PICTURES)


@pytest.mark.parametrize("analysis", [None, {"version": 1}])
def test_an_image_without_an_analysis_says_so(api: str, app: Any, user: Any, analysis: Any) -> None:
    """404 with a code of its own, where the pixels were not looked at; nothing in the record leads there."""
    identifier = stored(app, f"uploads/{user.owner}/plain.png", analysis)
    answer = user.http.get(f"{api}/v1/images/{identifier}/pictures/palette")
    assert (answer.status_code, answer.json()["code"]) == (404, "analysis_not_available")
    if analysis is None:
        assert user.http.get(f"{api}/v1/images/{identifier}/theme").json()["code"] == "analysis_not_available"
        assert "theme" not in user.http.get(f"{api}/v1/images/{identifier}").json()["links"]


def test_an_uploaded_photograph_has_its_theme_at_once(api: str, app: Any, user: Any) -> None:
    """From the upload to proven tokens: the analysis that ingest stores is all it takes."""
    key = f"uploads/{user.owner}/photo.jpg"
    storage.put(key, samples.photo(), "image/jpeg")
    delivery.deliver(app)
    url = f"{api}/v1/images/{keys.image_id(settings().images_bucket, key)}"
    assert user.http.get(f"{url}/theme?format=contrast&contrast=aaa").json()["passes"] is True
    for name in image_requests.PICTURES:
        assert user.http.get(f"{url}/pictures/{name}").status_code == 200


def test_a_transparent_image_has_a_theme(api: str, app: Any, user: Any) -> None:
    """An empty palette gives a whole, grey one."""
    identifier = stored(app, f"uploads/{user.owner}/clear.png", analyses.analysis() | {"palette": []})
    report = user.http.get(f"{api}/v1/images/{identifier}/theme?format=contrast&contrast=aaa").json()
    assert report["passes"] is True


def test_anothers_theme_looks_like_no_image_at_all(url: str, other_user: Any) -> None:
    """404, as for every route of an image."""
    for path in ("theme", "pictures/palette", "pictures/portrait", "theme?format=css"):
        answer = other_user.http.get(f"{url}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "image_not_found")


def test_names_are_those_of_the_library() -> None:
    """The query's formats, contrasts and modes, and the pictures, are what the library has."""
    kinds = image_requests.ThemeQuery.__annotations__
    query = json.loads(
        json.dumps({name: list(get_args(eval(kind, vars(image_requests)))) for name, kind in kinds.items()})
    )
    assert query["format"] == list(exports.FORMATS)
    assert query["contrast"] == list(theme.CONTRASTS)
    assert query["mode"] == list(exports.MODES)
    assert tuple(pictures.PICTURES) == image_requests.PICTURES
