"""Sessions in cookies: renewed before their token expires, ended where the user pool says so."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.api.http.problems import Problem
from chalicelib.api.security import rate_limit, sign_in
from chalicelib.cache import Memory
from chalicelib.web import session

if TYPE_CHECKING:
    from collections.abc import Callable


ADDRESS = "address:192.0.2.1"


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return the requests that were counted: the class of the limit, and its subject."""
    seen: list[tuple[str, str]] = []

    def admit(rate: str, subject: str) -> dict[str, str]:
        seen.append((rate, subject))
        return {}

    monkeypatch.setattr(rate_limit, "admit", admit)
    monkeypatch.setattr(session, "_answers", Memory())
    return seen


def token(seconds: float) -> str:
    """Return an access token that expires in so many seconds; nobody has signed it."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + seconds}).encode()).decode().rstrip("=")
    return f"header.{claims}.signature"


def jar(access: str, refresh: str = "refresh-1") -> session.Jar:
    return session.Jar({"cookie": f"janus-access={access}; janus-refresh={refresh}; janus-form=f"})


@pytest.fixture
def renewed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the refresh tokens for which a new access token was asked."""
    asked: list[str] = []

    def refresh(given: str) -> dict[str, Any]:
        asked.append(given)
        return {"access_token": "new.token.here", "token_type": "Bearer", "expires_in": 3600}

    monkeypatch.setattr(sign_in, "refresh", refresh)
    return asked


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a way to let the user pool refuse with a code."""

    def with_code(code: str) -> None:
        def refresh(_given: str) -> None:
            raise Problem(code, "for a test")

        monkeypatch.setattr(sign_in, "refresh", refresh)

    return with_code


@pytest.mark.parametrize(("left", "asks"), [(61.0, 0), (59.0, 1), (-5.0, 1)])
def test_a_token_is_renewed_in_its_last_minute(renewed: list[str], left: float, asks: int) -> None:
    """Not before, so that most requests ask nobody."""
    old = token(left)
    cookies = jar(old)
    found = session.load(cookies, ADDRESS)
    assert found == session.Session("new.token.here" if asks else old, "refresh-1")
    assert len(renewed) == asks
    assert [one.partition("=")[0] for one in cookies.set] == ["janus-access"] * asks


def test_requests_that_arrive_together_renew_once(renewed: list[str]) -> None:
    """A page and its pictures, say."""
    for _ in range(5):
        assert session.load(jar(token(0)), ADDRESS) is not None
    assert renewed == ["refresh-1"]


def test_a_session_that_the_user_pool_ended_is_removed(refused: Callable[[str], None]) -> None:
    """All its cookies go."""
    refused("unauthorized")
    cookies = jar(token(0))
    assert session.load(cookies, ADDRESS) is None
    assert {one.partition("=")[0] for one in cookies.set} == {"janus-access", "janus-refresh", "janus-form"}
    assert all("Max-Age=0" in one for one in cookies.set)


@pytest.mark.parametrize("code", ["too_many_requests", "not_ready", "over_capacity", "internal_error"])
def test_a_user_pool_that_is_busy_ends_no_session(refused: Callable[[str], None], code: str) -> None:
    """The same cookies are good a moment later."""
    refused(code)
    cookies = jar(token(0))
    with pytest.raises(Problem, match="for a test"):
        session.load(cookies, ADDRESS)
    assert cookies.set == []


@pytest.mark.parametrize(
    "header",
    ["", ";;;", "janus-refresh", "=", "janus-refresh=", "a" * 20_000, "janus-access=x.y.z", "\x00=\xff", '"'],
)
def test_broken_cookies_are_no_session(renewed: list[str], header: str) -> None:
    """And no error."""
    assert session.load(session.Jar({"cookie": header}), ADDRESS) is None
    assert renewed == []


@pytest.mark.parametrize("access", ["", "x", "x.y", "x.!!!.z", "x.e30.z", "x.W10.z", "x.eyJleHAiOiAieCJ9.z"])
def test_a_broken_access_token_is_renewed(renewed: list[str], access: str) -> None:
    """What cannot be read cannot be known to be valid."""
    assert session.load(jar(access), ADDRESS) == session.Session("new.token.here", "refresh-1")


def test_only_the_cookies_of_this_host_count_over_https() -> None:
    """Another host of the same site may set `janus-refresh`, but no name that begins with `__Host-`."""
    headers = {"x-forwarded-proto": "https", "cookie": f"janus-access={token(900)}; janus-refresh=r"}
    assert session.load(session.Jar(headers), ADDRESS) is None


@pytest.mark.usefixtures("renewed")
def test_each_question_to_the_user_pool_counts_for_its_address(counted: list[tuple[str, str]]) -> None:
    """As a log-in does: made-up refresh tokens must not use up what the user pool answers."""
    session.load(jar(token(900)), ADDRESS)
    assert counted == []
    session.load(jar(token(0)), ADDRESS)
    assert counted == [("auth", "address:192.0.2.1")]


def test_a_refused_token_is_not_asked_for_again(
    refused: Callable[[str], None], counted: list[tuple[str, str]]
) -> None:
    """Whoever keeps sending it gets the same answer from memory."""
    refused("unauthorized")
    for _ in range(3):
        cookies = jar(token(0))
        assert session.load(cookies, ADDRESS) is None
        assert len(cookies.set) == 3
    assert len(counted) == 1


def test_over_the_limit_the_user_pool_is_not_asked(renewed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """And the session stays."""

    def over(_rate: str, _subject: str) -> None:
        raise Problem("too_many_requests", "for a test")

    monkeypatch.setattr(rate_limit, "admit", over)
    cookies = jar(token(0))
    with pytest.raises(Problem, match="for a test"):
        session.load(cookies, ADDRESS)
    assert (renewed, cookies.set) == ([], [])
