"""Deliveries on the pages of webhooks: tests, attempts, replays."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.config import settings
from tests import delivery
from tests.chalicelib.routes.pages.webhook_forms import LIST, made, words
from tests.visitor import Visitor, forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chalicelib.extensions.integrations.receiver import Receiver


@pytest.fixture
def visitor(api: str, user: Any) -> Visitor:
    """Return somebody with an account of one's own, signed in."""
    one = Visitor(api)
    assert one.sign_in(user.owner, "Test-pass-12").status_code == 303
    return one


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


@pytest.mark.medium
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


@pytest.mark.medium
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
