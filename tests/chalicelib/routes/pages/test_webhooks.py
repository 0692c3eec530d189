"""The pages of webhooks and their deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.config import settings
from tests import delivery
from tests.chalicelib.extensions.integrations.receiver import Receiver
from tests.visitor import Visitor, forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIST = "/account/webhooks"
NASTY = '"><script>alert(1)</script>'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return an endpoint on this machine."""
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Return what serves an endpoint with a body in its answer; it returns its address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(500)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def visitor(api: str, user: Any) -> Visitor:
    """Return somebody with an account of one's own, signed in."""
    one = Visitor(api)
    assert one.sign_in(user.owner, "Test-pass-12").status_code == 303
    return one


@pytest.fixture
def attempt(app: Any) -> Callable[[], None]:
    """Return what makes the attempts that wait for their turn."""

    def make() -> None:
        for item in delivery.receive(settings().deliveries_queue):
            assert delivery.give(app, item, function="deliver_events") == []

    return make


def made(visitor: Visitor, url: str, **fields: Any) -> tuple[str, str]:
    """Make a webhook by the form; return its page's path, and its secret."""
    answer = visitor.send(LIST, LIST, url=url, **({"types": ["*"]} | fields))
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    secret = re.search(r"<code>(whsec_[\w+/=]+)</code>", answer.text)
    action = re.search(r'action="(/account/webhooks/[a-z2-7]{16})/state"', answer.text)
    assert secret
    assert action
    return action[1], secret[1]


def words(html: str) -> str:
    """Return the text of a page, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<main")[2])).split())


def test_the_account_leads_to_an_empty_list(visitor: Visitor) -> None:
    """With a form that names every type that can be chosen, and no other."""
    assert 'href="/account/webhooks"' in visitor.get("/account").text
    page = visitor.get(LIST).text
    assert "Your first webhook" in page
    assert re.findall(r'name="types" value="([^"]*)"', page) == [
        "*",
        "image.expected",
        "image.ready",
        "image.failed",
        "image.updated",
        "image.removed",
        "image.shared",
        "share.revoked",
        "theme.changed",
        "duplicate.found",
        "quota.near",
        "job.finished",
        "account.deleted",
    ]


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


def test_a_test_is_sent_and_its_delivery_shown(
    visitor: Visitor, receiver: Receiver, attempt: Callable[[], None]
) -> None:
    """First it waits, then its attempt tells the status; it can be delivered again, with the same id."""
    path, _ = made(visitor, receiver.url)
    place = visitor.send(path, f"{path}/test").headers["Location"]
    address = place.removesuffix("?done=webhook-test")
    assert re.fullmatch(rf"{path}/deliveries/evt_[0-9a-f]{{36}}", address)
    waiting = words(visitor.get(place).text)
    assert "Waiting A test event is on its way. Look again" in waiting
    assert "Attempts None yet." in waiting
    attempt()
    done = words(visitor.get(address).text)
    assert " Delivered Deliver it again Attempts 204 No Content " in done
    assert '"message": "A test of this webhook."' in done
    listed = words(visitor.get(path).text)
    assert "webhook.test of " in listed
    assert "204 No Content" in listed
    again = visitor.send(address, f"{address}/replay")
    assert again.headers["Location"] == f"{address}?done=webhook-replay"
    assert "Waiting The event is being delivered again." in words(visitor.get(again.headers["Location"]).text)
    attempt()
    assert len(receiver.requests) == 2
    assert {one.headers["webhook-id"] for one in receiver.requests} == {address.rpartition("/")[2]}


def test_an_event_on_its_way_is_not_sent_twice(visitor: Visitor, receiver: Receiver) -> None:
    """Its page has no form for that, and says why one that is sent all the same is refused."""
    path, _ = made(visitor, receiver.url)
    address = visitor.send(path, f"{path}/test").headers["Location"].partition("?")[0]
    token = forms(visitor.get(path).text)[-1].fields
    refused = visitor.post(f"{address}/replay", token)
    assert refused.status_code == 409
    assert "This event is being delivered" in refused.text


def test_an_endpoint_that_fails_is_told_in_words(
    visitor: Visitor, receiver: Receiver, attempt: Callable[[], None]
) -> None:
    """How many attempts have failed, and when the next one is made; in the list, too."""
    path, _ = made(visitor, receiver.url)
    receiver.answers.append((500, {}))
    address = visitor.send(path, f"{path}/test").headers["Location"].partition("?")[0]
    attempt()
    for page in (path, LIST):
        assert "Failing 1 attempt has failed since" in words(visitor.get(page).text)
    shown = words(visitor.get(address).text)
    assert "Tried again The next attempt is made after" in shown
    assert "500 Internal Server Error" in shown


def test_an_endpoint_that_is_gone_disables_its_webhook(
    visitor: Visitor, receiver: Receiver, attempt: Callable[[], None]
) -> None:
    """Its delivery is among those that failed; all that failed are delivered again once it is enabled."""
    path, _ = made(visitor, receiver.url)
    receiver.answers.append((410, {}))
    visitor.send(path, f"{path}/test")
    attempt()
    assert "Disabled Its endpoint answered 410 Gone" in words(visitor.get(path).text)
    failed = words(visitor.get(f"{path}?state=failed").text)
    assert "webhook.test" in failed
    assert "410 Gone" in failed
    visitor.send(path, f"{path}/state")
    assert visitor.send(path, f"{path}/replay").headers["Location"] == f"{path}?done=webhook-replays"


@pytest.fixture
def failed_once(visitor: Visitor, receiver: Receiver, attempt: Callable[[], None]) -> str:
    """Return the path of a webhook that is enabled again after its only delivery has failed in the end."""
    path, _ = made(visitor, receiver.url, types=["image.ready"])  # not the job's own end
    receiver.answers.append((410, {}))
    visitor.send(path, f"{path}/test")
    attempt()
    visitor.send(path, f"{path}/state")
    assert "webhook.test" in visitor.get(f"{path}?state=failed").text
    return path


@pytest.mark.parametrize(
    ("fields", "again"),
    [
        ({}, 1),
        ({"since": "2020-01-01T00:00"}, 1),
        ({"since": "2020-01-01T00:00:30"}, 1),
        ({"since": "2999-01-01T00:00"}, 0),
    ],
)
def test_events_are_delivered_again(  # noqa: PLR0913, PLR0917  the system's parts
    app: Any, visitor: Visitor, receiver: Receiver, attempt: Callable[[], None], failed_once: str,
    fields: dict[str, str], again: int,
) -> None:  # fmt: skip
    """All that failed, or all since a time; those before it are not."""
    form = next(one for one in forms(visitor.get(failed_once).text) if one.action == f"{failed_once}/replay")
    token = {"form_token": form.fields["form_token"]}
    assert visitor.post(form.action, {**token, **fields}).status_code == 303
    delivery.run_jobs(app)
    attempt()
    assert len(receiver.requests) == 1 + again
    assert ("None has failed in the end." in visitor.get(f"{failed_once}?state=failed").text) is bool(again)


@pytest.mark.parametrize("since", ["", "yesterday", "2026-13-01T00:00"])
def test_a_time_that_is_none_is_refused_at_its_field(visitor: Visitor, since: str) -> None:
    """Nothing is delivered again: without a time, it would be all that failed."""
    path, _ = made(visitor, "https://example.org/a")
    answer = visitor.send(path, f"{path}/replay", since=since)
    assert answer.status_code == 400
    assert "Give a date and a time, as 2026-11-29T14:30." in answer.text
    assert delivery.receive(settings().jobs_queue) == []


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


def test_the_list_of_deliveries_goes_on(visitor: Visitor, receiver: Receiver) -> None:
    """Twenty a page, each delivery on one of them; a cursor of no list leads to the first."""
    path, _ = made(visitor, receiver.url)
    for _ in range(21):
        assert visitor.send(path, f"{path}/test").status_code == 303
    first = visitor.get(path).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = visitor.get(unescape(following[1])).text
    found = [re.findall(r'href="[^"]*/deliveries/(evt_\w+)"', page) for page in (first, second)]
    assert [len(page) for page in found] == [20, 1]
    assert len({*found[0], *found[1]}) == 21
    assert "rel=" not in second.partition("<main")[2].partition("pager")[2]
    assert visitor.get(f"{path}?cursor=made-up").headers["Location"] == path


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


def test_no_answer_of_a_receiver_becomes_markup(
    visitor: Visitor, attempt: Callable[[], None], answering: Callable[[bytes], str]
) -> None:
    """It is a text, shown as it came."""
    path, _ = made(visitor, answering(b"</pre><script>alert(1)</script><b onclick='x()'>"))
    address = visitor.send(path, f"{path}/test").headers["Location"].partition("?")[0]
    attempt()
    page = visitor.get(address).text
    assert "<script>alert" not in page
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick=&#39;x()&#39;&gt;</pre>" in page
    assert page.count("</pre>") == 2  # the answer's, and the event's


@pytest.mark.parametrize("path", ["", "/edit", "/delete", "/deliveries/evt_" + "0" * 36])
def test_what_is_not_there_is_told_so(visitor: Visitor, path: str) -> None:
    """A webhook of nobody, and a text that can be no id."""
    for webhook_id in ("a" * 16, "%2e%2e", "A" * 16, "a" * 300):
        assert visitor.get(f"{LIST}/{webhook_id}{path}").status_code == 404
