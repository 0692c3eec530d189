"""The headers of every answer: permission for browsers, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.config import ConfigurationError, Settings, settings

if TYPE_CHECKING:
    from tests.conftest import User

OURS, FOREIGN = "https://app.example.org", "https://elsewhere.example"


@pytest.fixture
def exact(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure two origins."""
    allowed = frozenset({OURS, "http://localhost:3000"})
    monkeypatch.setitem(settings().__dict__, "allowed_origins", allowed)


def ask(method: str, url: str, origin: str | None, **more: str) -> requests.Response:
    sent = {**({"Origin": origin} if origin else {}), **more}
    return requests.request(method, url, headers=sent, timeout=10)


@pytest.mark.parametrize("path", ["/v1/status", "/v1/images", "/v1/images/x?y=1", "/v1/auth/login"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_only_named_origins_may_read(api: str, exact: None, path: str, method: str) -> None:
    """Answers, errors and preflights name the origin that asks where it is allowed, and none where it is not."""
    ours, foreign = ask(method, api + path, OURS), ask(method, api + path, FOREIGN)
    gateway = ours.status_code == 405  # a constant text of the gateway, which all may read
    assert ours.headers["Access-Control-Allow-Origin"] == ("*" if gateway else OURS)
    assert foreign.headers.get("Access-Control-Allow-Origin") == ("*" if gateway else None)
    for answer in (ours, foreign):
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_allows_what_the_api_needs(api: str, exact: None) -> None:
    """The methods of the path, and the headers that the API heeds; a browser asks again after an hour."""
    answer = ask("OPTIONS", f"{api}/v1/images", OURS, **{"Access-Control-Request-Method": "POST"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert {"GET", "POST"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert set(answer.headers["Access-Control-Allow-Headers"].split(", ")) == {
        "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-API-Key",
    }  # fmt: skip
    assert answer.headers["Access-Control-Max-Age"] == "3600"
    assert set(answer.headers["Access-Control-Expose-Headers"].split(", ")) == {
        "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
        "X-Request-Id",
    }  # fmt: skip


def test_any_origin_may_call_where_all_are_named(api: str) -> None:
    """The default, `*`, is said as such, and to all."""
    for origin in (OURS, None):
        assert ask("GET", f"{api}/v1/status", origin).headers["Access-Control-Allow-Origin"] == "*"


def test_one_caller_s_answer_never_reaches_another(api: str, user: User) -> None:
    """Caches revalidate each answer, and know by whose headers it differs."""
    for answer in (user.http.get(f"{api}/v1/images"), requests.get(f"{api}/v1/images", timeout=10)):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "X-API-Key"} <= set(answer.headers["Vary"].split(", "))


def test_a_browser_runs_nothing_of_an_answer(api: str) -> None:
    """It is not sniffed, framed, or run, and no address leaks in a Referer."""
    answer = ask("GET", f"{api}/v1/status", None)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in answer.headers  # this was no HTTPS


def test_https_stays_https(api: str) -> None:
    """Behind API Gateway, which says how it was called."""
    answer = ask("GET", f"{api}/v1/status", None, **{"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "text", ["", "https://app.example.org/", "app.example.org", "https://A.org", "https://*.a.org"]
)
def test_what_is_no_origin_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A browser would never send it, so that it would be allowed in vain."""
    monkeypatch.setenv("ALLOWED_ORIGINS", f"https://app.example.org, {text}")
    with pytest.raises(ConfigurationError):
        _ = Settings().allowed_origins
