"""The pages of webhooks: make, change, rotate, disable, delete."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from tests.chalicelib.routes.pages.webhook_forms import LIST, made, words
from tests.event_names import NAMES
from tests.visitor import Visitor, forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chalicelib.extensions.integrations.receiver import Receiver


NASTY = '"><script>alert(1)</script>'


@pytest.fixture
def visitor(api: str, user: Any) -> Visitor:
    """Return somebody with an account of one's own, signed in."""
    one = Visitor(api)
    assert one.sign_in(user.owner, "Test-pass-12").status_code == 303
    return one


def test_the_account_leads_to_an_empty_list(visitor: Visitor) -> None:
    """With a form that names every type that can be chosen, and no other."""
    assert 'href="/account/webhooks"' in visitor.get("/account").text
    page = visitor.get(LIST).text
    assert "Your first webhook" in page
    assert re.findall(r'name="types" value="([^"]*)"', page) == ["*", *NAMES]


def test_a_secret_is_shown_once(visitor: Visitor, receiver: Receiver) -> None:
    """Neither the webhook's page nor the list has it."""
    path, secret = made(
        visitor, receiver.url, types=["image.ready"], patterns="theme.* share.*", description="Site"
    )
    assert secret not in visitor.get(path).text + visitor.get(LIST).text
    shown = words(visitor.get(path).text)
    assert receiver.url in shown
    assert "Gets image.ready · share.* · theme.*" in shown
    assert "Site http://127.0.0.1" in words(visitor.get(LIST).text)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"url": "http://example.org/", "types": ["*"]}, "The URL must begin with https://."),
        ({"url": "https://10.0.0.1/", "types": ["*"]}, "10.0.0.1 is not a public address."),
        ({"url": "https://example.org/"}, "Choose at least one."),
        (
            {"url": "https://example.org/", "patterns": "film.*"},
            "'film.*' is no event type, nor a pattern of any.",
        ),
        ({"url": "", "types": ["*"]}, 'id="url-note"'),
    ],
)
def test_a_fault_is_told_at_its_field(visitor: Visitor, fields: dict[str, Any], told: str) -> None:
    """With all that was filled in; nothing is made."""
    answer = visitor.send(LIST, LIST, description="Kept", **fields)
    assert answer.status_code == 400
    assert told in unescape(answer.text)
    assert 'value="Kept"' in answer.text
    assert ('value="*" checked' in answer.text) is ("types" in fields)
    assert f'value="{fields.get("patterns", "")}"' in answer.text
    assert "Your first webhook" in answer.text


@pytest.mark.medium
def test_the_eleventh_webhook_has_no_form(visitor: Visitor) -> None:
    """An account has ten; one that is sent all the same is refused."""
    token = forms(visitor.get(LIST).text)[-1].fields
    for number in range(10):
        made(visitor, f"https://example.org/{number}")
    page = visitor.get(LIST).text
    assert "An account has up to 10 webhooks." in page
    assert f'action="{LIST}"' not in page
    given = {"form_token": token["form_token"], "url": "https://example.org/11", "types": "*"}
    assert visitor.post(LIST, given).status_code == 409


def test_a_webhook_is_changed_by_its_form(visitor: Visitor) -> None:
    """The form has what is stored: known types are checked, patterns are a text."""
    path, _ = made(visitor, "https://example.org/a", types=["image.ready"], patterns="theme.*", description="Site")
    page = visitor.get(f"{path}/edit").text
    assert 'value="https://example.org/a"' in page
    assert 'value="image.ready" checked' in page
    assert 'value="image.failed">' in page
    assert 'value="theme.*"' in page
    done = visitor.send(
        f"{path}/edit", path, url="https://example.org/b", types=["image.failed"], patterns="", description=""
    )
    assert (done.status_code, done.headers["Location"]) == (303, f"{path}?done=webhook-saved")
    told = words(visitor.get(f"{path}?done=webhook-saved").text)
    assert "Webhook https://example.org/b Enabled The webhook is saved." in told
    assert "Gets image.failed · made" in told
    refused = visitor.send(f"{path}/edit", path, url="ftp://example.org", types=["*"])
    assert refused.status_code == 400
    assert "The URL must begin with https://." in refused.text
    assert 'value="ftp://example.org"' in refused.text
    assert "https://example.org/b" in visitor.get(path).text


@pytest.mark.medium
def test_a_webhook_is_disabled_and_enabled(visitor: Visitor) -> None:
    """While it is disabled, it takes no test and no replay."""
    path, _ = made(visitor, "https://example.org/a")
    page = visitor.get(path).text
    test, replay = (next(one for one in forms(page) if one.action == f"{path}/{do}") for do in ("test", "replay"))
    assert visitor.send(path, f"{path}/state").headers["Location"] == f"{path}?done=webhook-disabled"
    told = words(visitor.get(path).text)
    assert "Disabled You have disabled it. Events that occur meanwhile are not kept for it." in told
    assert "Send a test" not in told
    assert "Deliver these again" not in told
    for form in (test, replay):
        refused = visitor.post(form.action, form.fields)
        assert refused.status_code == 409
        assert "This webhook is disabled. Enable it first." in refused.text
    assert visitor.send(path, f"{path}/state").headers["Location"] == f"{path}?done=webhook-enabled"
    assert "Send a test" in visitor.get(path).text


def test_a_new_secret_signs_beside_the_former_one(
    visitor: Visitor, receiver: Receiver, attempt: Callable[[], None]
) -> None:
    """Shown once, with the end of the overlap; a receiver with either of them accepts the next event."""
    path, former = made(visitor, receiver.url)
    answer = visitor.send(path, f"{path}/secret")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    secret = re.search(r"<code>(whsec_[\w+/=]+)</code>", answer.text)
    assert secret
    assert secret[1] != former
    later = visitor.get(path).text
    assert secret[1] not in later
    assert "The former secret signs beside the new one until" in later
    visitor.send(path, f"{path}/test")
    attempt()
    (sent,) = receiver.requests
    text = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    for known in (secret[1], former):
        key = base64.b64decode(known.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        assert f"v1,{expected}" in sent.headers["webhook-signature"].split()


def test_a_webhook_is_deleted_once_that_is_confirmed(visitor: Visitor) -> None:
    """Its page is gone then, and leads to the list."""
    path, _ = made(visitor, "https://example.org/a")
    assert "Delete this webhook?" in visitor.get(f"{path}/delete").text
    assert visitor.send(f"{path}/delete", f"{path}/delete").headers["Location"] == f"{LIST}?done=webhook-deleted"
    assert "The webhook is deleted." in visitor.get(f"{LIST}?done=webhook-deleted").text
    gone = visitor.get(path)
    assert gone.status_code == 404
    assert "This webhook is not here" in gone.text
    assert f'href="{LIST}"' in gone.text


@pytest.mark.parametrize("page", ["", "/edit", "/delete"])
def test_no_text_of_an_owner_becomes_markup(visitor: Visitor, page: str) -> None:
    """Neither a description nor a URL, whose characters are restricted besides, in any view."""
    path, _ = made(visitor, "https://example.org/?a='onclick=x()&b", description=NASTY)
    for shown in (visitor.get(path + page).text, visitor.get(LIST).text):
        assert "<script>alert" not in shown
        assert "'onclick" not in shown
        assert "https://example.org/?a=&#39;onclick=x()&amp;b" in shown
    refused = visitor.send(LIST, LIST, url=f"https://example.org/{NASTY}", patterns=NASTY, description=NASTY)
    assert refused.status_code == 400
    assert "<script>alert" not in refused.text
    assert refused.text.count("&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;") >= 3


@pytest.mark.parametrize("path", ["", "/edit", "/delete", "/deliveries/evt_" + "0" * 36])
def test_what_is_not_there_is_told_so(visitor: Visitor, path: str) -> None:
    """A webhook of nobody, and a text that can be no id."""
    for webhook_id in ("a" * 16, "%2e%2e", "A" * 16, "a" * 300):
        assert visitor.get(f"{LIST}/{webhook_id}{path}").status_code == 404
