"""Attacks on the pages by redirects, headers, cookies and hosts: none gets through."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from chalicelib.api.call import Call
from chalicelib.api.http.problems import Problem
from chalicelib.offline.provisioning import DEMO
from chalicelib.web import session, sign_in_form
from chalicelib.web.page import PageCall
from tests.access.conftest import World, world
from tests.access.page_requests import browser
from tests.access.test_access import ALLOWED, TABLE, body_of
from tests.visitor import Visitor

__all__ = ["world"]

ELSEWHERE = (
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example", "/\r\nSet-Cookie: a=b",
    "/a\nLocation: //evil.example", "/\u010d\u010aSet-Cookie:a=b", "/\u560d\u560aSet-Cookie:a=b", "/\u2028",
    "/\x00", "/caf\u00e9", "javascript:alert(1)", "", "?next=//evil.example", "http:/evil.example", "/\x7f",
)  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_form_leads_nowhere_else(api: str, world: World, address: str) -> None:
    """Neither after the sign-in, nor after an action in the library; nor does an address become a header."""
    assert sign_in_form.local(address) == ""
    visitor = Visitor(api)
    told = visitor.send("/sign-in", "/sign-in", username=DEMO.name, password=DEMO.password, next=address)
    assert (told.status_code, told.headers["Location"]) == (303, "/library")
    form = {"form_token": visitor.get("/account").text.partition('data-form-token="')[2].partition('"')[0]}
    told = visitor.post("/library/actions", {**form, "action": "tag", "images": "a", "tags": "", "next": address})
    assert told.status_code == 303
    assert urlsplit(told.headers["Location"])[:3] == ("", "", "/library")
    assert visitor.get(f"/sign-in?next={quote(address, safe='')}").headers["Location"] == "/library"


@pytest.mark.parametrize(
    "path", ["/", "/library", "/library?text=caf%C3%A9&tag=a%2Fb", "/images/a~b;c=d", "/a//b"]
)
def test_a_path_of_ours_is_kept(path: str) -> None:
    """With its query."""
    assert sign_in_form.local(path) == path


@pytest.mark.parametrize(
    "path", ["/images/%0d%0aSet-Cookie:%20a=b", "/images/%E2%80%A8", "/images/caf%C3%A9", "/images/a%5Cb"]
)
def test_the_way_back_to_a_deep_link_is_one_line(api: str, path: str) -> None:
    """Whatever is in its path."""
    answer = Visitor(api).get(path)
    assert answer.status_code == 303
    assert set(answer.headers) & {"Set-Cookie"} == set()
    assert answer.headers["Location"].startswith("/sign-in?next=%2Fimages%2F")
    assert answer.headers["Location"].isascii()


def request(**context: Any) -> Any:
    headers = {"host": context.pop("host", "janus.example"), "x-forwarded-proto": context.pop("scheme", "https")}
    path, query = context.pop("route", "/p/{image_id}"), None
    context = {"path": "/stage/p/x", **context}
    return SimpleNamespace(context=context, headers=headers, path=path, query_params=query)


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/stage/p/x", "/p/x"),
        ("/stage/p/caf\u00e9", "/p/caf%C3%A9"),
        ("/stage/p/a\r\nSet-Cookie: a=b", "/p/a%0D%0ASet-Cookie:%20a=b"),
        ("/stage/p/a%2Fb", "/p/a%2Fb"),
    ],
)
def test_the_way_back_has_a_path_as_it_is_sent(path: str, here: str) -> None:
    """Also where a gateway has decoded it, and without the stage, which comes again with the link."""
    call = PageCall(request(path=path))
    assert call.here == here
    assert call.go(here).headers["Location"] == f"/stage{here}"


@pytest.mark.parametrize("path", ["/stage", "/stage/"])
def test_the_start_page_knows_its_stage(path: str) -> None:
    """Its links lead into it."""
    assert PageCall(request(path=path, route="/")).link("/library") == "/stage/library"
    assert PageCall(request(path="/", route="/")).link("/library") == "/library"


def test_the_host_is_named_by_the_gateway() -> None:
    """The Host header counts only where there is no gateway; nothing else that a client sends does."""
    assert Call(request(domainName="api.janus.example", host="evil.example")).origin == "https://api.janus.example"
    assert Call(request(host="Janus.Example:8000", scheme="http")).origin == "http://janus.example:8000"
    assert Call(request(host="[::1]:8000", scheme="javascript")).origin == "http://[::1]:8000"


@pytest.mark.parametrize(
    "host",
    [
        'a"><script>',
        "a b",
        "a/b",
        "a@b",
        "a?b",
        "a#b",
        "a:b",
        "",
        "a\r\nb",
        "a:123456",
        "[a",
        "x" * 254,
        "a\\b",
        "\u00e9",
    ],
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    """400: no address is built from it."""
    with pytest.raises(Problem, match="not a host name"):
        _ = Call(request(host=host)).origin


def test_no_header_moves_the_addresses_of_a_page(api: str, world: World) -> None:
    """Those that proxies set count for nothing; a malformed Host is refused with a page."""
    path = f"{api}/p/{world.places['image_id']}"
    moved = dict.fromkeys(("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL"), "evil.example")
    assert "evil.example" not in requests.get(path, headers=moved, timeout=10).text
    refused = requests.get(path, headers={"Host": "evil.example/<script>"}, timeout=10)
    assert (refused.status_code, refused.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "evil.example" not in refused.text


@pytest.mark.parametrize(("method", "path"), list(TABLE))
def test_the_api_takes_no_cookie(api: str, world: World, method: str, path: str) -> None:
    """A good session in cookies is nobody to it."""
    person = browser(api, world.owner)
    body = (
        body_of(method, path, world) if method in ("POST", "PUT", "PATCH") and path != "/v1/auth/logout" else None
    )
    url = api + path.format(**world.places)
    answer = person.session.request(method, url, json=body, allow_redirects=False, timeout=10)
    if TABLE[method, path]["no token"] == ALLOWED:
        assert answer.status_code != 401 or "/auth/" in path
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "other",
    [
        'a={"x": 1}',
        "a=\u00e9",
        'a="',
        "a",
        "=",
        "a=b=c",
        "a b=c",
        "$Version=1",
        "a=\x01",
        'x="janus-refresh=evil"',
    ],
)
def test_no_cookie_of_another_application_hides_ours(other: str) -> None:
    """Each is read for itself: else a neighbour of the host could sign people out."""
    jar = session.Jar({"cookie": f"{other}; janus-refresh=ours; {other}"})
    assert jar.get("janus-refresh") == "ours"


def test_the_first_of_two_cookies_counts() -> None:
    """Browsers send the one with the longer path, which is ours, first (RFC 6265, section 5.4)."""
    assert session.Jar({"cookie": "janus-form=ours; janus-form=theirs"}).get("janus-form") == "ours"


@pytest.mark.parametrize("size", [16_385, 60_000])
def test_cookies_that_are_too_long_are_nobodys(api: str, size: int) -> None:
    """The page of a visitor, and no failure."""
    head = "janus-refresh=x; a="
    answer = requests.get(f"{api}/sign-in", headers={"Cookie": head + "a" * (size - len(head))}, timeout=10)
    assert answer.status_code == 200


def test_cookies_are_as_safe_as_they_can_be(api: str) -> None:
    """Over HTTPS, through signing in and out: `__Host-`, Secure, HttpOnly, Lax, no domain; values that differ."""
    told: list[str] = []
    held: dict[str, str] = {}

    def send(method: str, path: str, **fields: str) -> requests.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in held.items())
        headers = {"X-Forwarded-Proto": "https", "Cookie": cookies}
        answer = requests.request(
            method, api + path, data=fields, headers=headers, allow_redirects=False, timeout=10
        )
        told.extend(set_ := answer.raw.headers.getlist("Set-Cookie"))
        held.update(one.partition(";")[0].split("=", 1) for one in set_)
        return answer

    def token(page: str) -> str:
        return page.partition('name="form_token" value="')[2].partition('"')[0]

    before = token(send("GET", "/sign-in").text)
    first = held["__Host-janus-form"]
    fields = {"form_token": before, "username": DEMO.name, "password": DEMO.password}
    assert send("POST", "/sign-in", **fields).status_code == 303
    assert set(held) == {"__Host-janus-access", "__Host-janus-refresh", "__Host-janus-form"}
    assert held["__Host-janus-form"] != first
    assert send("POST", "/sign-out", form_token=before).status_code == 403
    assert send("POST", "/sign-out", form_token=token(send("GET", "/upload").text)).status_code == 303
    assert set(held.values()) == {""}
    assert len(told) == 7
    for one in told:
        assert one.startswith("__Host-janus-")
        assert set(one.split("; ")[1:]) - {"Max-Age=0", "Max-Age=2592000"} == {
            "Path=/",
            "HttpOnly",
            "SameSite=Lax",
            "Secure",
        }


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Cookie: " + "a" * 70_000], 400),
        (["X-A: 1\r\n X-B: 2"], 303),
        (["Content-Length: 5", "Content-Length: 6"], 400),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], 400),
    ],
)
def test_a_malformed_request_ends_there(api: str, lines: list[str], status: int) -> None:
    """No second answer comes from it (request smuggling), and no page."""
    parts = urlsplit(api)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(
            "\r\n".join(["GET /library HTTP/1.1", "Host: a", *lines, "Connection: close", "", ""]).encode()
        )
        told = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert told.count(b"HTTP/1.1 ") == 1
    assert told.startswith(f"HTTP/1.1 {status} ".encode())
