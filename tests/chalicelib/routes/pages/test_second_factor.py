"""The pages of a second factor: as forms, without scripts."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from chalicelib.api.security import rate_limit
from chalicelib.config import settings
from tests import authenticator
from tests.visitor import Visitor, forms

if TYPE_CHECKING:
    import requests

    from tests.conftest import User

HERE = "/account/second-factor"
PASSWORD = "Test-pass-12"


@pytest.fixture
def secret(api: str, user: User) -> str:
    """Return the secret of the user's second factor."""
    return authenticator.enrol(api, user.token)


@pytest.fixture
def again(api: str, user: User, secret: str) -> Visitor:
    """Return somebody who has signed in with the second factor; the code of now is spent."""
    one = Visitor(api)
    page = one.sign_in(user.owner, PASSWORD)
    assert follow(one, page, "/sign-in/code", code=authenticator.code(secret)).status_code == 303
    return one


@pytest.fixture
def later(again: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on 30 seconds after the sign-in of `again`: the code of now is unused."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 30)


@pytest.fixture
def visitor(api: str, user: User) -> Visitor:
    """Return somebody with an account of one's own, signed in."""
    one = Visitor(api)
    assert one.sign_in(user.owner, PASSWORD).status_code == 303
    return one


def follow(visitor: Visitor, page: requests.Response, action: str, **fields: str) -> requests.Response:
    """Send the form of a page that was an answer to a form."""
    form = next(one for one in forms(page.text) if one.action == action)
    return visitor.post(action, {**form.fields, **fields})


def shown_secret(page: requests.Response) -> str:
    """Return the secret that a page shows."""
    found = re.search(r"<code>([A-Z2-7]+)</code>", page.text)
    assert found
    return found[1]


def test_it_is_set_up_with_a_picture_or_by_typing(visitor: Visitor, user: User) -> None:
    """From the page of the account; the secret is shown once, and kept nowhere."""
    assert f'href="{HERE}"' in visitor.get("/account").text
    assert "The second factor is off" in visitor.get(HERE).text
    page = visitor.send(HERE, HERE)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    secret = shown_secret(page)
    assert f'href="otpauth://totp/Janus:{quote(user.owner)}?secret={secret}&amp;issuer=Janus"' in page.text
    assert 'role="img" aria-label="QR code for the authenticator app"' in page.text
    done = follow(visitor, page, f"{HERE}/code", code=authenticator.code(secret))
    assert done.status_code == 200
    assert "The second factor is on, and you are signed out everywhere." in done.text
    assert secret not in done.text


def test_setting_it_up_signs_out_everywhere(api: str, user: User, visitor: Visitor) -> None:
    """This browser and all others; the form that follows signs in with a code."""
    other = Visitor(api)
    other.sign_in(user.owner, PASSWORD)
    page = visitor.send(HERE, HERE)
    secret = shown_secret(page)
    done = follow(visitor, page, f"{HERE}/code", code=authenticator.code(secret, -1))
    assert not {"janus-access", "janus-refresh"} & {*visitor.session.cookies.keys()}
    for one in (visitor, other):
        assert one.get("/library").headers.get("Location", "").startswith("/sign-in")
    step = follow(visitor, done, "/sign-in", username=user.owner, password=PASSWORD)
    again = follow(visitor, step, "/sign-in/code", code=authenticator.code(secret))
    assert (again.status_code, again.headers["Location"]) == (303, "/library")
    assert "The second factor is on" in visitor.get(HERE).text


@pytest.mark.parametrize(("code", "status"), [("12", 400), ("", 400), (None, 403)])
def test_a_wrong_code_is_told_at_its_field(visitor: Visitor, code: str | None, status: int) -> None:
    """With the same secret again, so that the app need not be set up anew."""
    page = visitor.send(HERE, HERE)
    secret = shown_secret(page)
    again = follow(visitor, page, f"{HERE}/code", code=authenticator.wrong(secret) if code is None else code)
    assert again.status_code == status
    assert 'id="code-note"' in again.text
    assert 'aria-invalid="true"' in again.text
    assert shown_secret(again) == secret
    done = follow(visitor, again, f"{HERE}/code", code=authenticator.code(secret))
    assert "The second factor is on" in done.text


def test_a_page_that_shows_another_secret_is_not_made(visitor: Visitor) -> None:
    """The secret comes back with the form: only base 32 is shown again."""
    page = visitor.send(HERE, HERE)
    answer = follow(visitor, page, f"{HERE}/code", code="1", secret="<script>alert(1)</script>")
    assert answer.status_code == 400
    assert "alert(1)" not in answer.text


def test_signing_in_takes_two_steps(api: str, user: User, secret: str) -> None:
    """Back to where one came from; no session begins before the code."""
    visitor = Visitor(api)
    page = visitor.sign_in(user.owner, PASSWORD, next_page="%2Ftrash")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "janus-access" not in visitor.session.cookies
    assert 'autocomplete="one-time-code"' in page.text
    wrong = follow(visitor, page, "/sign-in/code", code=authenticator.wrong(secret))
    assert wrong.status_code == 403
    assert 'aria-invalid="true"' in wrong.text
    short = follow(visitor, wrong, "/sign-in/code", code="12")
    assert short.status_code == 400
    done = follow(visitor, short, "/sign-in/code", code=authenticator.code(secret))
    assert (done.status_code, done.headers["Location"]) == (303, "/trash")
    assert visitor.get("/trash").status_code == 200


def test_the_second_step_leads_nowhere_else(api: str, user: User, secret: str) -> None:
    """An address of another site is dropped."""
    visitor = Visitor(api)
    page = visitor.sign_in(user.owner, PASSWORD)
    code = authenticator.code(secret)
    done = follow(visitor, page, "/sign-in/code", code=code, next="//evil.example")
    assert done.headers["Location"] == "/library"


def test_a_step_that_is_over_begins_again(api: str, user: User, secret: str) -> None:
    """With the form to sign in, which says why."""
    visitor = Visitor(api)
    page = visitor.sign_in(user.owner, PASSWORD)
    answer = follow(visitor, page, "/sign-in/code", session="s" * 36, code=authenticator.code(secret))
    assert answer.status_code == 401
    assert "This log-in has expired." in answer.text
    assert 'name="password"' in answer.text
    assert "janus-access" not in visitor.session.cookies


def test_the_second_step_needs_the_token_of_its_page(api: str, user: User, secret: str) -> None:
    """Else another site could sign somebody in to an account that it watches."""
    visitor = Visitor(api)
    page = visitor.sign_in(user.owner, PASSWORD)
    code = authenticator.code(secret)
    assert follow(visitor, page, "/sign-in/code", code=code, form_token="forged").status_code == 403
    assert follow(visitor, page, "/sign-in/code", code=code).status_code == 303


@pytest.mark.parametrize("path", [HERE, f"{HERE}/code", f"{HERE}/remove"])
def test_another_site_changes_no_second_factor(again: Visitor, path: str) -> None:
    """Without the form's token, or from elsewhere, nothing happens."""
    token = forms(again.get(HERE).text)[-1].fields["form_token"]
    fields = {"secret": "A" * 52, "code": "123456"}
    assert again.post(path, fields).status_code == 403
    foreign = again.post(path, {**fields, "form_token": token}, Origin="https://evil.example")
    assert foreign.status_code == 403
    assert "The second factor is on" in again.get(HERE).text


def prove(visitor: Visitor, action: str, code: str, password: str = PASSWORD) -> requests.Response:
    """Fill in passphrase and code, and press the button that sends the form to `action`."""
    page = visitor.get(HERE)
    assert f'action="{action}"' in page.text  # the form's own, or that of a button (formaction)
    form = next(one for one in forms(page.text) if one.action == HERE)
    return visitor.post(action, {**form.fields, "password": password, "code": code})


def test_it_is_turned_off(api: str, user: User, secret: str, again: Visitor, later: None) -> None:
    """With the passphrase and a code of the app; then the passphrase alone signs in."""
    assert prove(again, f"{HERE}/remove", authenticator.code(secret)).headers["Location"] == HERE
    assert "The second factor is off" in again.get(HERE).text
    assert Visitor(api).sign_in(user.owner, PASSWORD).status_code == 303


@pytest.mark.parametrize("action", [HERE, f"{HERE}/remove"])
def test_an_open_browser_changes_no_second_factor(again: Visitor, secret: str, action: str, later: None) -> None:
    """Passphrase and code are asked for; a wrong one is told at its field, and nothing has changed."""
    code = authenticator.code(secret)
    tries = [
        (prove(again, action, code, "Wrong-pass-12"), 401, "password"),
        (prove(again, action, authenticator.wrong(secret)), 403, "code"),
        (prove(again, action, "12"), 400, "code"),
        (prove(again, action, code, ""), 400, "password"),
    ]
    for page, status, field in tries:
        assert page.status_code == status
        assert re.findall(r'id="(\w+)-note">', page.text.replace('class="hint" id="code-note"', "")) == [field]
        assert code not in page.text
        assert "The second factor is on" in page.text
    token = {"form_token": forms(again.get(HERE).text)[-1].fields["form_token"]}
    assert again.post(action, token).status_code == 400
    assert "The second factor is on" in again.get(HERE).text


def test_another_app_is_set_up_with_the_code_of_the_present_one(again: Visitor, secret: str, later: None) -> None:
    """Its secret is shown only then, and its own code makes it count."""
    page = prove(again, HERE, authenticator.code(secret))
    assert page.status_code == 200
    new = shown_secret(page)
    assert new != secret
    done = follow(again, page, f"{HERE}/code", code=authenticator.code(new))
    assert "The second factor is on, and you are signed out everywhere." in done.text


def test_attempts_of_the_page_count_for_the_account(
    user: User, secret: str, again: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of the API do."""
    monkeypatch.setitem(vars(settings()), "rate_limits", {"auth": (2, 600)})
    monkeypatch.setattr(rate_limit, "limiter", rate_limit.Limiter())
    places = (f"address:{number}.{user.owner}" for number in range(100))
    monkeypatch.setattr(rate_limit, "address", lambda _request: next(places))
    wrong = authenticator.wrong(secret)
    for action in (HERE, f"{HERE}/remove"):
        assert prove(again, action, wrong, "Wrong-pass-12").status_code == 401
    assert prove(again, f"{HERE}/remove", wrong).status_code == 429


def test_another_issuer_has_its_own_second_factor(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the account leads to none."""
    monkeypatch.setitem(vars(settings()), "user_pool", None)
    assert HERE not in visitor.get("/account").text
