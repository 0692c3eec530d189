"""The frame of every route: the limit of a body, checked before anything else."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from chalicelib.api.call import Call
from chalicelib.api.endpoint import BODIES, ROUTES
from chalicelib.api.security import rate_limit

KIB = 1024
IMAGES = 4_500_000


def post(api: str, path: str, body: bytes, method: str = "POST", kind: str = "application/json") -> Any:
    return requests.request(method, api + path, data=body, headers={"Content-Type": kind}, timeout=10)


def padded(size: int) -> bytes:
    return b"{}" + b" " * (size - 2)


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "/v1/auth/login", 16 * KIB),
        ("POST", "/v1/auth/refresh", 16 * KIB),
        ("PATCH", "/v1/users/me", 16 * KIB),
        ("PATCH", f"/v1/images/{'a' * 26}", 128 * KIB),
        ("POST", "/v1/images/actions", 128 * KIB),
        ("POST", "/v1/images", 512 * KIB),
    ],
)
def test_a_larger_body_than_the_route_takes_is_refused_before_the_caller_is_asked(
    api: str, method: str, path: str, most: int
) -> None:
    """413 from the first byte too many; up to it the answer is about caller or content."""
    refused = post(api, path, padded(most + 1), method)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert f"{most:,}" in refused.json()["detail"]
    assert post(api, path, padded(most), method).status_code in (400, 401)


def test_an_image_has_its_own_limit_and_the_refusal_names_the_other_way(api: str) -> None:
    """Tickets take more."""
    path = "/v1/images?filename=a.jpg"
    refused = post(api, path, b"\0" * (IMAGES + 1), kind="image/jpeg")
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert "ticket" in refused.json()["detail"]
    assert post(api, path, b"\0" * IMAGES, kind="image/jpeg").status_code == 401


@pytest.mark.parametrize("body", [b'[{"a":1.0},' * 450_000, b"[" * 5_000_000, b'{"a":' * 1_000_000])
def test_a_huge_body_costs_no_parsing_and_no_count(api: str, monkeypatch: Any, body: bytes) -> None:
    """5 MB from a stranger: refused by their number alone, in a moment."""
    monkeypatch.setattr(rate_limit, "admit", None)
    began = time.process_time()
    assert post(api, "/v1/auth/login", body).status_code == 413
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("body", [b"[" * 16_000, b'{"username":' * 1_300, b'{"a":[1.0' + b",1.0" * 4_000 + b"]}"])
def test_a_body_within_the_limit_is_refused_in_a_moment_however_it_is_made(api: str, body: bytes) -> None:
    """Deep nesting and thousands of values are 400."""
    began = time.process_time()
    assert post(api, "/v1/auth/login", body).status_code == 400
    assert time.process_time() - began < 0.5


@pytest.mark.medium
def test_the_longest_bodies_that_fit_are_taken(api: str, user: Any) -> None:
    """However their characters are escaped."""
    file = {"filename": "\U0001f600" * 250 + ".jpeg", "content_type": "image/jpeg", "profile": "standard"}
    tickets = json.dumps({"images": [file] * 100}).encode()
    assert len(tickets) > 300_000
    assert user.http.post(f"{api}/v1/images", data=tickets, headers=_JSON).status_code == 201
    (ticket,) = user.http.post(f"{api}/v1/images", json={"images": [file]}).json()["images"]
    edit = {
        "title": "\U0001f600" * 200,
        "description": "\U0001f600" * 5000,
        "alt": "\U0001f600" * 1000,
        "tags": [chr(0x1F600 + number) * 64 for number in range(40)],
    }
    url = f"{api}/v1/images/{ticket['image_id']}"
    assert user.http.patch(url, data=json.dumps(edit), headers=_JSON).status_code == 200
    action = {"action": "tag", "images": [chr(0x1F600 + n) * 64 for n in range(100)], "tags": edit["tags"]}
    assert user.http.post(f"{api}/v1/images/actions", data=json.dumps(action), headers=_JSON).status_code == 200


_JSON = {"Content-Type": "application/json"}


def test_every_body_has_a_limit(app: Any) -> None:
    """A megabyte of JSON at most, an image as documented."""
    limits = {
        (media == "application/json", most)
        for route in ROUTES
        if route.method in BODIES
        for media, most in route.content_types.items()
    }
    assert limits == {(True, 16 * KIB), (True, 128 * KIB), (True, 512 * KIB), (False, IMAGES)}


@pytest.mark.parametrize(
    ("method", "sent", "taken"),
    [
        ("PATCH", "application/merge-patch+json", "application/json"),
        ("PATCH", "application/merge-patch+json; charset=utf-8", "application/json"),
        ("PATCH", "application/json", "application/json"),
        ("PATCH", "text/plain", "text/plain"),
        ("POST", "application/merge-patch+json", "application/merge-patch+json"),
        ("POST", "image/jpeg", "image/jpeg"),
    ],
)
def test_a_merge_patch_is_json_in_a_patch_alone(method: str, sent: str, taken: str) -> None:
    """Its media type is taken for what it is."""
    request: Any = SimpleNamespace(method=method, headers={"content-type": sent})
    assert Call(request).content_type == taken


def test_only_reads_heed_if_none_match(app: Any) -> None:
    """A write that has happened is not answered with 304 (RFC 9110, section 13.1.2)."""
    assert {route.method for route in ROUTES if route.tagged} == {"GET"}
