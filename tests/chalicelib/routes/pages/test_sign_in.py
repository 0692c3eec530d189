"""Signing in and out, signing up, forgotten passphrases: as forms, without scripts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from chalicelib.offline.provisioning import CODE, DEMO
from tests.visitor import Visitor

if TYPE_CHECKING:
    import requests

PASSPHRASE = "a long passphrase"


@pytest.fixture
def visitor(api: str) -> Visitor:
    """Return somebody without a session."""
    return Visitor(api)


@pytest.fixture
def fresh() -> str:
    """Return an address that nobody has."""
    return f"page-{uuid.uuid4().hex[:12]}@example.org"


def cookies(answer: requests.Response) -> dict[str, str]:
    """Return the attributes of each cookie that an answer sets, by its name."""
    found = {}
    for one in answer.raw.headers.getlist("Set-Cookie"):
        pair, _, attributes = one.partition("; ")
        found[pair.partition("=")[0]] = attributes
    return found


def test_the_start_page_fills_in_the_demo_account(visitor: Visitor) -> None:
    """One click signs in, because the system runs on one machine."""
    page = visitor.get("/").text
    assert "Images that describe themselves." in page
    assert f'value="{DEMO.name}"' in page


def test_a_session_is_in_cookies_that_no_script_can_read(visitor: Visitor) -> None:
    """Three of them, each HttpOnly and Lax; the answer is kept nowhere."""
    answer = visitor.sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/library")
    assert answer.headers["Cache-Control"] == "no-store"
    expected = "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
    assert cookies(answer) == dict.fromkeys(("janus-access", "janus-refresh", "janus-form"), expected)


def test_over_https_cookies_belong_to_the_host_alone(visitor: Visitor) -> None:
    """By their prefix and Secure."""
    answer = visitor.get("/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert cookies(answer) == {
        "__Host-janus-form": "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure",
    }


def test_signing_in_leads_back_to_where_one_came_from(visitor: Visitor) -> None:
    """With the whole query."""
    first = visitor.get("/upload/arrived?key=a%2Fb")
    assert first.status_code == 303
    assert first.headers["Location"] == "/sign-in?next=%2Fupload%2Farrived%3Fkey%3Da%252Fb"
    answer = visitor.sign_in(next_page="%2Fupload%2Farrived%3Fkey%3Da%252Fb")
    assert answer.headers["Location"] == "/upload/arrived?key=a%2Fb"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "/%0d%0aSet-Cookie:a=b\r\n", " //evil.example", "evil.example",
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(visitor: Visitor, address: str) -> None:
    """An address of another site is dropped, however it is written."""
    answer = visitor.send("/sign-in", "/sign-in", username=DEMO.name, password=DEMO.password, next=address)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/library")


def test_a_wrong_passphrase_is_told_in_the_form(visitor: Visitor) -> None:
    """The name stays, the passphrase does not, and nothing tells which is wrong."""
    answer = visitor.sign_in("somebody", "not this one")
    assert answer.status_code == 401
    assert "User name or passphrase is wrong." in answer.text
    assert 'value="somebody"' in answer.text
    assert "not this one" not in answer.text
    assert "janus-access" not in cookies(answer)


def test_an_account_is_opened_with_three_forms(visitor: Visitor, fresh: str) -> None:
    """Sign up, the code, sign in; each page has the address from the one before."""
    code = visitor.send("/sign-up", "/sign-up", email=fresh, password=PASSPHRASE)
    assert code.status_code == 200
    assert f'value="{fresh}"' in code.text
    done = visitor.send("/confirm", "/confirm", username=fresh, code=CODE)
    assert "Your account is open." in done.text
    assert visitor.sign_in(fresh, PASSPHRASE).headers["Location"] == "/library"


def test_a_forgotten_passphrase_is_set_anew(visitor: Visitor, fresh: str) -> None:
    """With the code from the mail."""
    visitor.send("/sign-up", "/sign-up", email=fresh, password=PASSPHRASE)
    visitor.send("/confirm", "/confirm", username=fresh, code=CODE)
    assert 'name="code"' in visitor.send("/forgot", "/forgot", username=fresh).text
    wrong = visitor.send("/reset", "/reset", username=fresh, code="000", password="another long one")
    assert wrong.status_code == 403
    done = visitor.send("/reset", "/reset", username=fresh, code=CODE, password="another long one")
    assert "The new passphrase is set." in done.text
    assert visitor.sign_in(fresh, "another long one").status_code == 303


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("not an address", PASSPHRASE, "email"), ("a@example.org", "short", "password"), ("", PASSPHRASE, "email")],
)
def test_a_fault_stands_at_its_field(visitor: Visitor, email: str, password: str, field: str) -> None:
    """In words, with the field marked for screen readers."""
    answer = visitor.send("/sign-up", "/sign-up", email=email, password=password)
    assert answer.status_code == 400
    assert f'id="{field}-note"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "[" not in answer.text.partition(f'id="{field}-note">')[2].partition("</p>")[0]


def test_signing_out_ends_the_session(visitor: Visitor) -> None:
    """Also for somebody who has kept its cookies: the refresh token is revoked."""
    visitor.sign_in()
    kept = {name: value for name, value in visitor.session.cookies.items() if name == "janus-refresh"}
    assert "Clear-Site-Data" not in visitor.get("/library").headers
    ended = visitor.send("/upload", "/sign-out")
    assert ended.headers["Location"] == "/"
    assert ended.headers["Clear-Site-Data"] == '"cache"'
    assert not [name for name in visitor.session.cookies if name != "janus-form"]
    visitor.session.cookies.update(kept)
    assert visitor.get("/upload").headers["Location"].startswith("/sign-in")


def test_signing_out_everywhere_ends_every_session(api: str, fresh: str) -> None:
    """Of the account, in other browsers too."""
    here, there = Visitor(api), Visitor(api)
    here.send("/sign-up", "/sign-up", email=fresh, password=PASSPHRASE)
    here.send("/confirm", "/confirm", username=fresh, code=CODE)
    for one in (here, there):
        one.sign_in(fresh, PASSPHRASE)
        assert one.get("/upload").status_code == 200
    token = here.get("/upload").text.partition('data-form-token="')[2].partition('"')[0]
    assert here.post("/sign-out/everywhere", {"form_token": token}).headers["Location"] == "/"
    assert there.get("/upload").headers["Location"].startswith("/sign-in")


def test_values_of_before_the_sign_in_are_worth_nothing(visitor: Visitor) -> None:
    """A session fixed by somebody else's cookies: the value that forms are bound to is new."""
    visitor.session.cookies.set("janus-form", "chosen-by-somebody-else", domain="127.0.0.1", path="/")
    page = visitor.get("/sign-in").text
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    visitor.post("/sign-in", {"form_token": token, "username": DEMO.name, "password": DEMO.password})
    assert visitor.session.cookies["janus-form"] != "chosen-by-somebody-else"
    assert visitor.post("/sign-out", {"form_token": token}).status_code == 403
