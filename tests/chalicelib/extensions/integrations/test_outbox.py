"""The outbox: what it costs nobody, and that nothing is lost wherever a process ends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import Share
from chalicelib.extensions.integrations import deliver, event, event_types, outbox, webhooks
from chalicelib.extensions.integrations.deliveries import Due
from tests import delivery
from tests.chalicelib.extensions.integrations import calls
from tests.chalicelib.extensions.integrations.test_image_changes import READY, TOMBSTONE, change

if TYPE_CHECKING:
    from chalicelib.extensions.integrations.event import Event
    from chalicelib.extensions.integrations.webhooks import Made
    from tests.chalicelib.extensions.integrations.receiver import Receiver


def of(owner: str, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """Return changes of images of an owner, with numbers of their own."""
    told = json.loads(json.dumps(records).replace('"anna"', json.dumps(owner)))
    for number, record in enumerate(told):
        record["dynamodb"]["SequenceNumber"] = str(4711 + number)
    return list(told)


def deliver_all() -> None:
    """Deliver what is in the queue, each message as after a failure: with `again`."""
    while waiting := delivery.receive(settings().deliveries_queue):
        for item in waiting:
            deliver.deliver(Due(**json.loads(item["body"])), again=True)


def received(receiver: Receiver) -> dict[str, set[str]]:
    """Return the ids under which events came, by their type."""
    found: dict[str, set[str]] = {}
    for request in receiver.requests:
        found.setdefault(json.loads(request.body)["type"], set()).add(request.headers["webhook-id"])
    return found


def test_an_owner_without_webhooks_costs_nothing_once_that_is_known(
    aws: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws
    monkeypatch.setitem(vars(settings()), "account_seconds", 600)  # however slow this machine is
    records = of(owner, change(None, READY), change(READY, TOMBSTONE))
    assert calls.count(monkeypatch, lambda: outbox.tell_changes(records)) == 1  # are there any?
    assert calls.count(monkeypatch, lambda: outbox.tell_changes(records)) == 0


def test_events_that_nobody_asks_for_are_not_written(aws: str, owner: str, receiver: Receiver) -> None:
    assert aws
    webhooks.make(owner, receiver.url, ["image.removed"], None)
    outbox.tell_changes(of(owner, change(None, READY)))
    assert delivery.receive(settings().deliveries_queue) == []
    outbox.tell_changes(of(owner, change(READY, TOMBSTONE)))
    deliver_all()
    assert set(received(receiver)) == {"image.removed"}


def test_every_webhook_gets_the_event_with_one_id(webhook: Made, receiver: Receiver) -> None:
    webhooks.make(webhook.item.owner, receiver.url, ["image.*"], None)
    outbox.tell_changes(of(webhook.item.owner, change(None, READY)))
    deliver_all()
    (ids,) = received(receiver).values()
    assert len(receiver.requests) == 2
    assert len(ids) == 1


@pytest.mark.medium
def test_killed_anywhere_a_change_of_an_image_is_told(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = webhook.item.owner
    webhooks.make(owner, receiver.url, ["image.*"], None)

    def work(number: int) -> list[dict[str, Any]]:
        records = of(owner, change(None, READY), change(READY, TOMBSTONE))
        for record in records:
            record["dynamodb"]["SequenceNumber"] += f"{number:06}"
        return records

    number = calls.count(monkeypatch, lambda: outbox.tell_changes(work(999)))
    assert number >= 5  # four deliveries, and their messages
    deliver_all()
    killed = 0
    for place, (position, after) in enumerate(calls.positions(number)):
        receiver.requests.clear()
        records = work(place)
        killed += calls.kill(monkeypatch, lambda told=records: outbox.tell_changes(told), position, after=after)
        outbox.tell_changes(records)  # the stream brings the same records again
        deliver_all()
        assert {kind: len(ids) for kind, ids in received(receiver).items()} == {
            "image.ready": 1,
            "image.removed": 1,
        }, (position, after)
        assert len(receiver.requests) == 4, (position, after)
    assert killed >= 10  # of four deliveries and their messages, before and after each


@pytest.mark.medium
def test_killed_anywhere_a_delivery_arrives(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(cause: str) -> Due:
        data = event_types.TYPES["quota.near"].example
        made = event.make("quota.near", webhook.item.owner, keys.now(), data, cause)
        outbox.tell([made])
        delivery.receive(settings().deliveries_queue)
        return Due(webhook.item.owner, webhook.item.webhook_id, made.event_id, 0)

    first = told("first")
    number = calls.count(monkeypatch, lambda: deliver.deliver(first))
    assert number >= 2  # read it, note it
    for position, after in calls.positions(number):
        receiver.requests.clear()
        due = told(f"{position} {after}")
        calls.kill(monkeypatch, lambda one=due: deliver.deliver(one), position, after=after)
        deliver.deliver(due, again=True)  # the queue brings the message again
        ids = {request.headers["webhook-id"] for request in receiver.requests}
        assert ids == {due.event_id}, (position, after)


def a_share(owner: str, number: int) -> Share:
    return Share(
        keys.account(owner),
        keys.share("mzxw6ytboi4dqnrshe2tgmzuga", f"share{number}"),
        owner=owner,
        token=keys.share_token(f"share{number}"),
        share_id=f"share{number}",
        image_id="mzxw6ytboi4dqnrshe2tgmzuga",
        scope="thumbnails",
        created=keys.timestamp(keys.now()),
        expires=keys.now() + timedelta(days=1),
    )


def of_share(share: Share) -> Event:
    data = event_types.ShareData(
        version="0" * 40,
        image_id=share.image_id,
        share_id=share.share_id,
        scope=share.scope,
        expires=None,
        links=event_types.Links("/v1/images/mzxw6ytboi4dqnrshe2tgmzuga"),
    )
    return event.make("image.shared", share.owner, keys.now(), data, share.share_id)


def test_a_deletion_is_done_and_told_together(webhook: Made) -> None:
    """Done already, nobody is told again."""
    share = a_share(webhook.item.owner, 1)
    share.save()
    assert outbox.tell_with(outbox.Write(delete=share), [of_share(share)])
    assert not is_there(share)
    assert len(delivery.receive(settings().deliveries_queue)) == 1
    assert not outbox.tell_with(outbox.Write(delete=share), [of_share(share)])
    assert delivery.receive(settings().deliveries_queue) == []


def is_there(share: Share) -> bool:
    return bool(list(Share.query(share.holder, Share.item == share.item, consistent_read=True)))


@pytest.mark.medium
def test_killed_anywhere_a_change_is_told_exactly_if_it_was_done(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = webhook.item.owner

    def work(share: Share) -> None:
        outbox.tell_with(outbox.Write(put=share), [of_share(share)])

    first = a_share(owner, 999)
    number = calls.count(monkeypatch, lambda: work(first))
    assert number >= 2  # the transaction, the message
    deliver_all()
    done, killed = set(), 0
    for place, (position, after) in enumerate(calls.positions(number)):
        receiver.requests.clear()
        share = a_share(owner, place)
        killed += calls.kill(monkeypatch, lambda one=share: work(one), position, after=after)
        later = keys.now() + timedelta(seconds=outbox.SAFETY_SECONDS + 1)
        with monkeypatch.context() as patched:
            patched.setattr(keys, "now", lambda moment=later: moment)
            outbox.release(10)
        deliver_all()
        told = [json.loads(request.body)["data"]["share_id"] for request in receiver.requests]
        assert set(told) == ({share.share_id} if is_there(share) else set()), (position, after)
        done.add(is_there(share))
    assert done == {True, False}
    assert killed >= 4  # the transaction and the message, before and after each


def test_without_webhooks_a_change_is_a_plain_write(aws: str, owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert aws
    share = a_share(owner, 1)
    monkeypatch.setitem(vars(settings()), "account_seconds", 600)
    webhooks.listening(owner)
    change_ = outbox.Write(put=share)
    assert calls.count(monkeypatch, lambda: outbox.tell_with(change_, [of_share(share)])) == 1
    assert is_there(share)
    assert calls.count(monkeypatch, lambda: outbox.tell_with(outbox.Write(delete=share), [])) == 1
    assert not is_there(share)
