"""Errors as pages: each with a heading, the reason and the next step, with its own status and headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chalicelib.api.http.problems import CODES, Problem
from chalicelib.config import settings
from chalicelib.db import accounts
from chalicelib.db.models import DISABLED
from chalicelib.web import errors, render, session
from tests.chalicelib.routes.pages.test_image import visitor
from tests.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["visitor"]

HTML = "text/html; charset=utf-8"


def told(answer: requests.Response) -> tuple[str, str, str, str]:
    """Return a page's heading, reason, and the words and address of its next step."""
    found = re.search(
        r'<h1>([^<]+)</h1>\s*<p class="lead">([^<]+)</p>.*?<a class="button primary" href="([^"]*)">([^<]+)</a>',
        answer.text,
        re.DOTALL,
    )
    assert found, answer.text
    return found[1], found[2], found[4], found[3]


def test_what_is_not_there(visitor: Visitor, api: str) -> None:
    """For somebody who is signed in the way leads to the library, for others to the start page."""
    answer = visitor.get("/images/" + "a" * 26)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, HTML)
    assert told(answer) == (
        "This image is not here",
        "It may be deleted, or be private, or belong to another account.",
        "Go to your library",
        "/library",
    )
    assert "<title>This image is not here · Janus</title>" in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text
    assert told(Visitor(api).get("/p/" + "a" * 26))[2:] == ("Go to the start page", "/")


def test_an_expired_link(api: str) -> None:
    """It says what to do; a page of its own for the link, and none for its style sheet's address."""
    answer = Visitor(api).get("/s/" + "A" * 32)
    assert answer.status_code == 404
    assert told(answer) == (
        "This link no longer works",
        "It has expired, or the person who sent it has taken it back. Ask them for a new one.",
        "Go to the start page",
        "/",
    )


def test_a_form_that_is_out_of_date(visitor: Visitor) -> None:
    """403."""
    answer = visitor.post("/account/keys", {"name": "x"})
    assert answer.status_code == 403
    assert told(answer)[0] == "This form was not accepted"


def test_too_many_requests(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """429: in how many seconds to try again, in words and as a header; the same address again."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {"public": (1, 86_400), "shared": (1, 86_400)})
    for path in ("/sign-in", "/p/" + "a" * 26):
        answers = [Visitor(api).get(path) for _ in range(2)]
        last = answers[-1]
        assert (last.status_code, last.headers["Content-Type"]) == (429, HTML)
        seconds = last.headers["Retry-After"]
        assert int(seconds) > 0
        heading, reason, step, href = told(last)
        assert (heading, step, href) == ("A moment, please", "Try again", "")
        assert f"Wait {seconds} seconds." in reason


def test_static_files_are_not_counted(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page has many: an office behind one address would soon see pages without styles."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {"public": (3, 86_400)})
    statuses = [Visitor(api).get("/static/x/janus.css").status_code for _ in range(20)]
    assert statuses == [200] * 20


@pytest.mark.parametrize(
    ("raised", "status", "retry"),
    [
        (Problem("over_capacity", "Busy.", headers={"Retry-After": "2"}), 503, "2"),
        (Problem("not_ready", "Away."), 503, None),
        (Problem("too_many_requests", "Wait 7 seconds.", headers={"Retry-After": "7"}), 429, "7"),
        (RuntimeError("boom"), 500, None),
        (ConnectionError("the user pool is away"), 500, None),
    ],
)
def test_a_session_that_cannot_be_looked_up(
    api: str, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, retry: str | None
) -> None:
    """A page all the same, with its headers, and nothing of the error; no cookie is lost by it."""

    def fails(_jar: Any, _address: str) -> None:
        raise raised

    monkeypatch.setattr(session, "load", fails)
    answer = Visitor(api).get("/library")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, HTML)
    assert answer.headers.get("Retry-After") == retry
    assert told(answer)[2:] == ("Try again", "")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "boom" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_page_that_fails_is_a_page(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its own template does."""
    html: Callable[..., str] = render.html

    def fails(template: str, **context: Any) -> str:
        if template != "error.html":
            raise ZeroDivisionError
        return html(template, **context)

    monkeypatch.setattr(render, "html", fails)
    answer = Visitor(api).get("/sign-in")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, HTML)
    assert told(answer)[:2] == ("Something went wrong here", "It is not your fault, and it is logged.")


@pytest.mark.parametrize(
    ("raised", "status", "cookies"),
    [
        (RuntimeError("boom"), 500, False),
        (Problem("format_not_offered", "Not here."), 501, False),
        (Problem("over_capacity", "Busy."), 503, False),
        (Problem("too_many_requests", "Wait 7 seconds."), 429, True),
        (None, 200, True),
    ],
)
def test_an_answer_of_a_server_that_fails_sets_no_cookie(
    api: str, monkeypatch: pytest.MonkeyPatch, raised: Exception | None, status: int, *, cookies: bool
) -> None:
    """A cache that keeps it for a while would give the cookie of one person to another."""
    html: Callable[..., str] = render.html

    def fails(template: str, **context: Any) -> str:
        told = html(template, **context)  # which sets the cookie of forms
        if template != "error.html" and raised is not None:
            raise raised
        return told

    monkeypatch.setattr(render, "html", fails)
    answer = Visitor(api).get("/sign-in")
    assert answer.status_code == status
    assert ("Set-Cookie" in answer.headers) is cookies
    assert answer.headers["Vary"] == "Cookie, Origin"


@pytest.mark.parametrize("path", ["/nowhere", "/images", "/s", "/p/a/b/c", "/static"])
def test_a_path_that_the_gateway_does_not_know_stays_its_problem(api: str, path: str) -> None:
    """JSON: no function is asked."""
    answer = requests.get(api + path, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found")


@pytest.mark.parametrize("code", CODES)
def test_every_error_has_words_and_a_next_step(code: str) -> None:
    """Of those without an account, too; a visitor is led to no library."""
    for signed_in in (True, False):
        found = errors.described(Problem(code, "The reason."), signed_in=signed_in)
        assert found.status == CODES[code][0]
        assert found.heading
        assert found.reason
        assert found.step
        assert not found.href or found.href.startswith("/")
        assert signed_in or found.href != "/library"


def test_a_disabled_account_is_told_so_on_a_page(api: str, user: Any) -> None:
    """With a way out, not as JSON: the menu of the page needs no account."""
    one = Visitor(api)
    one.sign_in(user.owner, "Test-pass-12")
    assert one.get("/account").status_code == 200
    accounts.change(user.owner, state=DISABLED)
    accounts.forget(user.owner)
    answer = one.get("/account")
    assert answer.status_code == 403
    assert told(answer)[0] == "This account is disabled"
