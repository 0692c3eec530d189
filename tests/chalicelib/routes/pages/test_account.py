"""The page of one's own account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from tests.visitor import Visitor

if TYPE_CHECKING:
    from typing import Any


@pytest.fixture
def visitor(api: str, user: Any) -> Visitor:
    """Return somebody with an account of one's own, signed in."""
    one = Visitor(api)
    assert one.sign_in(user.owner, "Test-pass-12").status_code == 303
    return one


def test_usage_is_told_in_words(visitor: Visitor) -> None:
    """Of a fresh account."""
    page = visitor.get("/account").text
    assert "0 images of 100,000" in page
    assert "0 bytes of 100 GB" in page


def test_a_key_is_made_shown_once_and_revoked(visitor: Visitor, api: str) -> None:
    """It works until it is revoked; the next view of the page does not have it."""
    made = visitor.send("/account", "/account/keys", name="My <b>script</b>", scopes="read", days="30")
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    key = re.search(r"<code>(\S+)</code>", made.text)
    assert key
    answer = requests.get(f"{api}/v1/images", headers={"X-API-Key": key[1]}, timeout=10)
    assert answer.status_code == 200
    page = visitor.get("/account").text
    assert key[1] not in page
    assert "My &lt;b&gt;script&lt;/b&gt;" in page
    action = re.search(r'action="(/account/keys/\w+/revoke)"', page)
    assert action
    assert visitor.send("/account", action[1]).headers["Location"] == "/account"
    assert "My &lt;b&gt;" not in visitor.get("/account").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "scopes": "read"}, 'id="name-note">'),
        ({"name": "mine"}, "Choose what it may do."),
        ({"name": "mine", "scopes": "all"}, "Choose what it may do."),
    ],
)
def test_a_wrong_key_is_refused_at_its_field(visitor: Visitor, fields: dict[str, str], words: str) -> None:
    """On the same page, with what was typed."""
    answer = visitor.send("/account", "/account/keys", **fields)
    assert answer.status_code == 400
    assert words in answer.text
    assert f'value="{fields["name"]}"' in answer.text


def test_an_account_is_deleted_by_its_name(visitor: Visitor, user: Any) -> None:
    """Not by another one; then the session is over."""
    assert visitor.send("/account", "/account/delete", username="somebody").status_code == 400
    done = visitor.send("/account", "/account/delete", username=user.owner)
    assert "Your account is deleted." in done.text
    assert visitor.get("/account").headers["Location"].startswith("/sign-in")
