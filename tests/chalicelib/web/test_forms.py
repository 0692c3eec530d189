"""Forms: read as browsers send them, and refused where another site sent them."""

from __future__ import annotations

import pytest

from chalicelib.api.http.problems import Problem
from chalicelib.config import settings
from chalicelib.web import forms, session

HOST = {"host": "janus.example"}
MINE = session.Session("access", "refresh")


def jar(value: str = "random-value") -> session.Jar:
    return session.Jar({"cookie": f"janus-form={value}"})


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(settings()), "cursor_secret", b"of a test")


@pytest.mark.parametrize(
    "headers",
    [
        {**HOST, "sec-fetch-site": "same-origin"},
        {**HOST, "origin": "https://janus.example"},
        HOST,  # a client that tells neither; the token decides
    ],
)
def test_a_form_of_ours_is_taken(headers: dict[str, str]) -> None:
    """With the token of its page."""
    forms.check(headers, jar(), MINE, forms.token(jar(), MINE))


@pytest.mark.parametrize(
    "headers",
    [
        {**HOST, "sec-fetch-site": "cross-site"},
        {**HOST, "sec-fetch-site": "same-site"},
        {**HOST, "sec-fetch-site": "none"},
        {**HOST, "origin": "https://evil.example"},
        {**HOST, "origin": "https://janus.example.evil.example"},
        {**HOST, "origin": "https://sub.janus.example"},
        {**HOST, "origin": "null"},
        {**HOST, "origin": ""},
        {**HOST, "origin": "http://["},
    ],
)
def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    """Even with a token that fits."""
    with pytest.raises(Problem, match="another site"):
        forms.check(headers, jar(), MINE, forms.token(jar(), MINE))


@pytest.mark.parametrize(
    ("cookie", "signed_in", "given"),
    [
        ("random-value", MINE, ""),
        ("random-value", MINE, "0" * 64),
        ("random-value", MINE, "ü"),
        ("other-value", MINE, forms.TOKEN),
        ("", MINE, None),
        ("random-value", None, None),
        ("random-value", session.Session("access", "another"), None),
    ],
)
def test_a_token_of_another_page_or_session_is_refused(
    cookie: str, signed_in: session.Session | None, given: str | None
) -> None:
    """A token is bound to the cookie and to the session; none fits without the cookie."""
    told = forms.token(jar(), MINE) if given is None else given
    with pytest.raises(Problem, match="earlier session"):
        forms.check({**HOST, "sec-fetch-site": "same-origin"}, jar(cookie), signed_in, told)


def test_a_visitor_gets_the_cookie_with_the_first_form() -> None:
    """And keeps it, so that the page stays the same."""
    cookies = session.Jar({})
    first = forms.token(cookies, None)
    assert [one.partition("=")[0] for one in cookies.set] == ["janus-form"]
    assert forms.token(cookies, None) == first


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (b"", {}),
        (b"a=1&b=", {"a": ["1"], "b": [""]}),
        (b"tag=x&tag=y", {"tag": ["x", "y"]}),
        (b"t=caf%C3%A9+au+lait", {"t": ["café au lait"]}),
    ],
)
def test_fields_are_read(data: bytes, fields: dict[str, list[str]]) -> None:
    """Each with all its values, in UTF-8."""
    assert forms.read(data) == (fields, "")


@pytest.mark.parametrize("data", [b"a=%FF", b"\xff", b"&".join(b"a=1" for _ in range(401))])
def test_a_malformed_form_is_refused(data: bytes) -> None:
    """Bytes that are no UTF-8, and more fields than any form of ours has."""
    with pytest.raises(Problem, match="not a form"):
        forms.read(data)


def test_a_form_that_is_too_large_is_refused() -> None:
    """Before it is parsed."""
    forms.read(b"a=" + b"x" * (163_840 - 2))
    with pytest.raises(Problem, match="163,840 bytes"):
        forms.read(b"a=" + b"x" * (163_840 - 1))
