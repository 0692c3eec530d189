"""HEAD, wherever GET is: the same status and headers, and no body; every route and page of docs/access.md."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.access.page_requests import ask, browser
from tests.access.test_access import PAGE_TABLE, TABLE

if TYPE_CHECKING:
    import requests

    from tests.access.conftest import World

pytestmark = pytest.mark.slow  # every GET once more, by HEAD

PAGES = sorted(path for method, path in PAGE_TABLE if method == "GET")
ROUTES = sorted(path for method, path in TABLE if method == "GET")
OF_ONE_REQUEST = {
    "date",
    "x-amzn-requestid",
    "x-request-id",
    "ratelimit",
}  # fields that differ between two GETs as well
DIFFER = {"/upload": {"etag", "content-length"}, "/v1/status/ready": {"content-length"}}  # a ticket; latencies


def told(answer: requests.Response, path: str) -> dict[str, str]:
    """Return the header fields that two GETs of a path have in common; of a signed address, its path."""
    left_out = OF_ONE_REQUEST | DIFFER.get(path, set())
    fields = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in left_out}
    fields["location"] = urlsplit(fields.get("location", "")).path
    return fields


@pytest.mark.parametrize("path", PAGES)
def test_a_page_answers_head(api: str, world: World, path: str) -> None:
    """Link previews and uptime checks ask so, for the pages of visitors and of the owner alike."""
    visitor = browser(api, world.owner)
    visitor.get("/account")  # the first page sets a cookie
    get = ask(api, visitor, "GET", path, world, world.owner)
    head = ask(api, visitor, "HEAD", path, world, world.owner)
    assert (head.status_code, head.content) == (get.status_code, b""), head.text
    assert told(head, path) == told(get, path)
    assert get.status_code < 500


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_answers_head(api: str, http: requests.Session, world: World, path: str) -> None:
    """Routes of the API do, too, to the same callers."""
    places = world.places | ({"image_id": world.places["trashed_id"]} if "/trash" in path else {})
    query = {"url": f"{api}/p/{places['image_id']}"} if path == "/oembed" else None
    admin = path.startswith("/v1/admin")
    url = api + path.format(**places)
    asked: dict[str, Any] = {
        "params": query,
        "headers": world.credentials("admin" if admin else "owner"),
        "allow_redirects": False,
        "timeout": 10,
    }
    get, head = http.request("GET", url, **asked), http.request("HEAD", url, **asked)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert told(head, path) == told(get, path)
    if not path.startswith(("/docs", "/oembed", "/v1/openapi", "/v1/public", "/v1/shared", "/v1/status")):
        assert http.head(url, timeout=10, allow_redirects=False).status_code == 401


def test_no_byte_follows_the_head(api: str, world: World) -> None:
    """A body would be read as the next answer of a kept connection (RFC 9110, section 9.3.2)."""
    address = urlsplit(api)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    for path in ("/", f"/p/{world.places['image_id']}", "/static/000000000000/janus.css", "/v1/status"):
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b""), path
        assert int(answer.headers["Content-Length"]) > 10, path
    connection.close()


def test_a_form_is_no_head(api: str, world: World, app: Any) -> None:
    """A path without GET has no HEAD."""
    del app
    answer = browser(api, world.owner).session.head(f"{api}/sign-out", timeout=10)
    assert answer.status_code == 405
