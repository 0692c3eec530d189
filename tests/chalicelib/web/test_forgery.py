"""Forged requests: neither another site nor somebody with another session changes anything, by any route."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from chalicelib.config import settings
from tests.access.conftest import World, world
from tests.access.page_requests import ask, browser, form_token
from tests.access.test_access import PAGE_TABLE

__all__ = ["world"]


pytestmark = pytest.mark.slow  # every unsafe route, by ten forgeries


@pytest.fixture(autouse=True)
def _no_limits(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of requests of one address are no attack here; 429 would hide the answer."""
    assert api
    monkeypatch.setitem(vars(settings()), "rate_limits", {})


UNSAFE = [(method, path) for method, path in PAGE_TABLE if method != "GET"]
FOREIGN = {
    "another site": {"Origin": "https://evil.example"},
    "a host of the same name": {"Origin": "https://127.0.0.1.evil.example"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "a sandboxed frame": {"Origin": "null"},
    "a browser that says so": {"Sec-Fetch-Site": "cross-site"},
    "another host of the site": {"Sec-Fetch-Site": "same-site"},
}


def state(api: str, world: World) -> list[Any]:
    """Return all that an owner has: images, texts, shares, keys, trash, account."""
    image = f"/v1/images/{world.places['image_id']}"
    paths = ("/v1/images", image, f"{image}/shares", "/v1/users/me/keys", "/v1/trash", "/v1/users/me")
    answers = [requests.get(api + path, headers=world.owner.headers, timeout=10) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    bodies = [answer.json() for answer in answers]
    bodies[0] = [one["image_id"] for one in bodies[0]["images"]]  # thumbnails' addresses change with the clock
    return bodies


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_a_forged_request_changes_nothing(api: str, world: World, method: str, path: str) -> None:
    """Neither without a token, nor with another's, nor from another site with the right one."""
    before = state(api, world)
    mine, theirs, nobody = browser(api, world.owner), browser(api, world.another), browser(api, None)
    token = form_token(mine)
    forged: dict[str, tuple[str, dict[str, str]]] = {
        "without a token": ("", {}),
        "a token that was guessed": ("0" * 64, {}),
        "a token of another session": (form_token(theirs), {}),
        "a token of a visitor": (form_token(nobody), {}),
        **{name: (token, headers) for name, headers in FOREIGN.items()},
    }
    for name, (given, headers) in forged.items():
        answer = ask(api, mine, method, path, world, world.owner, token=given, headers=headers)
        assert answer.status_code == 403, name
        told = answer.json()["code"] if path.startswith("/_/") else answer.text
        assert told == "forged_request" or "This form was not accepted" in told
        assert "janus-access" not in answer.headers.get("Set-Cookie", "")
    assert state(api, world) == before


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/json; x=1", ""])
def test_a_body_of_another_type_changes_nothing(api: str, world: World, kind: str) -> None:
    """The types that a form of another site can send are no way around: there is no token in them that counts."""
    before, mine = state(api, world), browser(api, world.owner)
    data = f"form_token={form_token(mine)}".encode()
    headers = {"Origin": api, **({"Content-Type": kind} if kind else {})}
    for method, path in UNSAFE:
        url = api + path.format(**world.places)
        answer = mine.session.request(method, url, data=data, headers=headers, allow_redirects=False, timeout=10)
        assert answer.status_code in {400, 403, 415}, (path, answer.text)
    assert state(api, world) == before


def test_no_form_is_sent_by_a_link(api: str, world: World) -> None:
    """A GET with the fields of a form shows a page at most."""
    before, mine = state(api, world), browser(api, world.owner)
    fields = {"form_token": form_token(mine), "action": "delete", "images": world.places["image_id"]}
    for method, path in UNSAFE:
        url, named = api + path.format(**world.places), {**fields, "_method": method}
        headers = {"X-HTTP-Method-Override": method}
        mine.session.get(url, params=named, headers=headers, allow_redirects=False, timeout=10)
    assert state(api, world) == before
