"""The pages, and the document that they show, come from here and no other host."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from chalicelib.routes import api_docs
from tests.packaging import lambda_events


@pytest.mark.parametrize("path", ["/docs"])
def test_pages_load_nothing_from_elsewhere(api: str, path: str) -> None:
    """All that a page refers to is served here, and its policy forbids all else, scripts within the page too."""
    page = requests.get(api + path, timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    found = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert found
    for address in (address for address in found if address != "data:,"):
        assert requests.get(api + address, timeout=10).status_code == 200, address
    assert not re.search(r"<script(?![^>]*src=)", page.text)


def test_pages_work_behind_a_stage(app: Any) -> None:
    """API Gateway serves under /api: links and scripts of a page lead there."""
    answer = app(lambda_events.request("GET", "/docs"), None)
    assert answer["statusCode"] == 200
    assert set(re.findall(r'src="/(\w+)/', answer["body"])) == {"api"}


@pytest.mark.parametrize("asset", api_docs.ASSETS)
def test_assets_are_kept_and_known_again(api: str, asset: str) -> None:
    """With their type, for a while by anybody, and 304 for who has them."""
    answer = requests.get(f"{api}/docs/{asset}", timeout=10)
    assert answer.headers["Content-Type"] == api_docs.ASSETS[asset][1]
    assert answer.headers["Cache-Control"].startswith("public")
    known = {"If-None-Match": answer.headers["ETag"]}
    assert requests.get(f"{api}/docs/{asset}", headers=known, timeout=10).status_code == 304


@pytest.mark.parametrize("asset", ["start.html", "openapi.json", "..%2fpages.py", "swagger-ui.js"])
def test_nothing_else_is_an_asset(api: str, asset: str) -> None:
    """Only what the pages load, by its name."""
    answer = requests.get(f"{api}/docs/{asset}", timeout=10)
    assert answer.json()["code"] in ("asset_not_found", "route_not_found")


def test_the_document_is_served(api: str) -> None:
    """As it is committed, with an ETag."""
    answer = requests.get(f"{api}/v1/openapi.json", timeout=10)
    assert answer.json()["openapi"].startswith("3.1")
    assert answer.text == (api_docs.STATIC / "openapi.json").read_text()
    assert answer.headers["ETag"]


OF_ONE_ANSWER = {"Content-Encoding", "Content-Length", "Date", "RateLimit", "X-Request-Id", "x-amzn-RequestId"}


@pytest.mark.parametrize("path", ["/docs", "/v1/openapi.json", *(f"/docs/{asset}" for asset in api_docs.ASSETS)])
def test_a_304_has_the_headers_of_its_200(api: str, path: str) -> None:
    """Browsers put them in place of those that they kept: another policy would break the next visit."""
    first = requests.get(api + path, timeout=10)
    again = requests.get(api + path, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    kept = [
        {name: told for name, told in answer.headers.items() if name not in OF_ONE_ANSWER}
        for answer in (first, again)
    ]
    assert kept[0] == kept[1]
    assert "Content-Security-Policy" in kept[1]
