"""Attempts to deliver an event, with a receiver that answers in every way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.extensions.integrations import (
    attempt_limit,
    deliver,
    deliveries,
    event,
    event_types,
    outbox,
    webhooks,
)
from chalicelib.extensions.integrations.deliveries import Due
from tests import delivery
from tests.chalicelib.extensions.integrations import calls

if TYPE_CHECKING:
    from typing import Any

    from chalicelib.db.models import Delivery
    from chalicelib.extensions.integrations.event import Event
    from chalicelib.extensions.integrations.webhooks import Made
    from tests.chalicelib.extensions.integrations.receiver import Receiver

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
MINUTE, HOUR = 60, 3600
# Standard Webhooks 1.0: immediately, then after these waits
WAITS = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]


def an_event(owner: str, cause: str = "1") -> Event:
    return event.make("quota.near", owner, NOON, event_types.TYPES["quota.near"].example, cause)


def told(owner: str, cause: str = "1") -> Event:
    """Return an event that is in the outbox; its message is taken from the queue."""
    made = an_event(owner, cause)
    outbox.tell([made])
    return made


def waiting() -> list[dict[str, Any]]:
    """Take the messages from the queue that are due now."""
    return [json.loads(item["body"]) for item in delivery.receive(settings().deliveries_queue)]


def stored(webhook: Made, told_event: Event) -> Delivery:
    found = deliveries.get(keys.deliveries(webhook.item.owner, webhook.item.webhook_id), told_event.event_id)
    assert found is not None
    return found


def due(webhook: Made, told_event: Event, tries: int = 0) -> Due:
    return Due(webhook.item.owner, webhook.item.webhook_id, told_event.event_id, tries)


def unpaused(webhook: Made) -> None:
    """Forget failures, so that the next attempt may be made at once."""
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, paused_until=None)


def fresh(webhook: Made) -> Any:
    return webhooks.get(webhook.item.owner, webhook.item.webhook_id)


def test_an_event_is_signed_and_delivered(webhook: Made, receiver: Receiver) -> None:
    made = told(webhook.item.owner)
    (message,) = waiting()
    assert message == due(webhook, made)._asdict()
    deliver.deliver(Due(**message))
    (request,) = receiver.requests
    assert request.path == "/hooks?from=janus"
    assert request.body == made.body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == made.event_id
    assert abs(int(request.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    secret = base64.b64decode(webhook.keys.secret.removeprefix("whsec_"))
    signed = f"{made.event_id}.{request.headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{expected}" in request.headers["webhook-signature"].split(" ")
    kept = stored(webhook, made)
    assert (kept.state, kept.tries, kept.due) == ("delivered", 1, None)
    (attempt,) = deliveries.attempts_of(kept)
    assert (attempt.status, attempt.error) == (204, None)
    assert waiting() == []


def test_an_event_told_twice_is_delivered_once(webhook: Made, receiver: Receiver) -> None:
    made = told(webhook.item.owner)
    outbox.tell([made])
    messages = waiting()
    assert [message["event_id"] for message in messages] == [made.event_id] * 2  # nobody had tried yet
    for message in messages:
        deliver.deliver(Due(**message))
    outbox.tell([made])
    assert len(receiver.requests) == 1
    assert waiting() == []


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(webhook: Made, receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {})]
    made = told(webhook.item.owner)
    deliver.deliver(due(webhook, made))
    assert stored(webhook, made).state == "delivered"
    waiting()


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 500, 503])
def test_all_else_is_tried_again(webhook: Made, receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {"Location": receiver.url})]
    made = told(webhook.item.owner)
    deliver.deliver(due(webhook, made))
    assert len(receiver.requests) == 1, "no redirect is followed"
    kept = stored(webhook, made)
    assert (kept.state, kept.tries) == ("pending", 1)
    assert deliveries.attempts_of(kept)[0].status == status
    waiting()


@pytest.mark.parametrize(("tries", "wait"), list(enumerate(WAITS)))
def test_the_waits_between_attempts(webhook: Made, receiver: Receiver, tries: int, wait: int) -> None:
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    kept = stored(webhook, made)
    kept.tries = tries
    kept.save()
    waiting()
    before = keys.now()
    deliver.deliver(due(webhook, made, tries))
    kept = stored(webhook, made)
    assert (kept.state, kept.tries) == ("pending", tries + 1)
    seconds = (datetime.fromisoformat(kept.due or "") - before).total_seconds()
    assert wait - 1 <= seconds <= 1.2 * wait + 10
    later = [item for shard in keys.due_shards() for item in all_due(shard, made)]
    # SQS delays for 15 minutes at most
    assert later == ([due(webhook, made, tries + 1)] if wait > 15 * MINUTE else [])


def all_due(shard: str, made: Event) -> list[Due]:
    """Return the later attempts of an event in a shard, due or not."""
    from chalicelib.db import index_table

    found = [item.entry.split("#", 4) for item in index_table.every(shard, consistent=True)]
    return [
        Due(owner, webhook_id, event_id, int(tries))
        for _, webhook_id, event_id, tries, owner in found
        if event_id == made.event_id
    ]


def test_after_ten_attempts_a_delivery_has_failed(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    kept = stored(webhook, made)
    kept.tries = 9
    kept.save()
    deliver.deliver(due(webhook, made, 9))
    kept = stored(webhook, made)
    assert (kept.state, kept.tries, kept.due) == ("failed", 10, None)
    page = deliveries.page(webhook.item.owner, webhook.item.webhook_id, 10, None, failed=True)
    assert [one.entry for one in page.items] == [made.event_id]
    assert fresh(webhook).enabled, "an hour of failures disables nothing"
    waiting()


def test_days_of_failure_disable_a_webhook(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    kept = stored(webhook, made)
    kept.tries = 9
    kept.save()
    since = keys.timestamp(keys.now() - timedelta(days=3, minutes=1))
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, failing_since=since, failures=30)
    deliver.deliver(due(webhook, made, 9))
    item = fresh(webhook)
    assert (item.enabled, item.disabled_because) == (False, "failing")
    assert not webhooks.listening(webhook.item.owner)
    waiting()


def test_410_disables_a_webhook_at_once(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    made, other = told(webhook.item.owner), told(webhook.item.owner, "2")
    deliver.deliver(due(webhook, made))
    item = fresh(webhook)
    assert (item.enabled, item.disabled_because) == (False, "gone")
    deliver.deliver(due(webhook, other))
    assert len(receiver.requests) == 1, "a disabled webhook is not called"
    assert [stored(webhook, one).state for one in (made, other)] == ["failed", "failed"]
    outbox.tell([an_event(webhook.item.owner, "3")])
    assert [message["event_id"] for message in waiting()] == [made.event_id, other.event_id]


def test_410_is_the_reason_however_long_it_failed(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    made = told(webhook.item.owner)
    since = keys.timestamp(keys.now() - timedelta(days=9))
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, failing_since=since, failures=30)
    deliver.deliver(due(webhook, made))
    assert fresh(webhook).disabled_because == "gone"
    waiting()


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heeded(webhook: Made, receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {"Retry-After": "600"})]
    made = told(webhook.item.owner)
    before = keys.now()
    deliver.deliver(due(webhook, made))
    kept = stored(webhook, made)
    assert datetime.fromisoformat(kept.due or "") >= before + timedelta(seconds=600)
    assert datetime.fromisoformat(fresh(webhook).paused_until) >= before + timedelta(seconds=600)
    waiting()


def test_a_failing_endpoint_is_left_alone_for_a_while(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    made, other = told(webhook.item.owner), told(webhook.item.owner, "2")
    deliver.deliver(due(webhook, made))
    deliver.deliver(due(webhook, other))
    assert len(receiver.requests) == 1
    assert (stored(webhook, other).state, stored(webhook, other).tries) == ("pending", 0)
    unpaused(webhook)
    deliver.deliver(due(webhook, other))
    assert stored(webhook, other).state == "delivered"
    item = fresh(webhook)
    assert (item.failing_since, item.failures, item.paused_until) == (None, None, None)
    waiting()


def test_a_message_that_comes_twice_makes_one_attempt(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    deliver.deliver(due(webhook, made))
    unpaused(webhook)
    deliver.deliver(due(webhook, made))
    assert len(receiver.requests) == 1
    waiting()


def test_killed_after_the_note_the_next_attempt_is_asked_for(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    waiting()

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(deliver, "_ask", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver.deliver(due(webhook, made))
    asked: list[Due] = []
    monkeypatch.setattr(deliver, "_ask", lambda _when, one: asked.append(one))
    deliver.deliver(due(webhook, made), again=True)
    assert asked == [due(webhook, made, 1)]
    assert len(receiver.requests) == 1


@pytest.mark.medium
def test_later_attempts_are_released_when_they_are_due(webhook: Made) -> None:
    made, later = told(webhook.item.owner), told(webhook.item.owner, "2")
    waiting()
    deliveries.later(due(webhook, made, 3), keys.now() - timedelta(seconds=1)).save()
    deliveries.later(due(webhook, later, 3), keys.now() + timedelta(hours=1)).save()
    outbox.release(10)
    assert [message for message in waiting() if message["owner"] == webhook.item.owner] == [
        due(webhook, made, 3)._asdict()
    ]
    outbox.release(10)
    assert [message for message in waiting() if message["owner"] == webhook.item.owner] == []


def test_a_failed_delivery_is_replayed_with_the_same_id(webhook: Made, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    made = told(webhook.item.owner)
    deliver.deliver(due(webhook, made))
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, **webhooks.ENABLED)
    waiting()
    assert outbox.replay(webhook.item.owner, webhook.item.webhook_id, stored(webhook, made))
    (message,) = waiting()
    deliver.deliver(Due(**message))
    assert [request.headers["webhook-id"] for request in receiver.requests] == [made.event_id] * 2
    kept = stored(webhook, made)
    assert kept.state == "delivered"
    assert [attempt.status for attempt in deliveries.attempts_of(kept)] == [410, 204]
    assert not deliveries.page(webhook.item.owner, webhook.item.webhook_id, 10, None, failed=True).items


def test_during_a_rotation_both_secrets_sign(webhook: Made, receiver: Receiver) -> None:
    rotated = webhooks.rotate(webhook.item)
    assert rotated is not None
    made = told(webhook.item.owner)
    deliver.deliver(due(webhook, made))
    (request,) = receiver.requests
    signed = f"{made.event_id}.{request.headers['webhook-timestamp']}.".encode() + request.body
    signatures = request.headers["webhook-signature"].split(" ")
    for shown in (webhook.keys.secret, rotated.keys.secret):
        secret = base64.b64decode(shown.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        assert f"v1,{expected}" in signatures
    assert len([one for one in signatures if one.startswith("v1a,")]) == 2
    waiting()


@pytest.mark.medium
def test_deliveries_need_no_secret_of_page_tokens(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The functions that deliver and release have none: see .chalice/resources.yaml."""
    made = told(webhook.item.owner)
    monkeypatch.delenv("CURSOR_SECRET")
    monkeypatch.delitem(vars(settings()), "cursor_secret", raising=False)
    outbox.release(10)
    deliver.deliver(due(webhook, made))
    assert len(receiver.requests) == 1
    waiting()


def test_a_deleted_webhook_gets_nothing_more(webhook: Made, receiver: Receiver) -> None:
    made = told(webhook.item.owner)
    assert webhooks.delete(webhook.item.owner, webhook.item.webhook_id)
    deliver.deliver(due(webhook, made))
    assert receiver.requests == []
    waiting()


def test_a_webhook_that_was_changed_meanwhile_is_left_alone(webhook: Made, receiver: Receiver) -> None:
    """An answer of the former address says nothing about the new one."""
    made = told(webhook.item.owner)
    item = fresh(webhook)
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, url=f"{receiver.url}&new=1")
    webhooks.note_end(item, webhooks.GONE)
    webhooks.note_failure(item)
    item = fresh(webhook)
    assert (item.enabled, item.failures, item.paused_until) == (True, None, None)
    deliver.deliver(due(webhook, made))
    assert receiver.requests[0].path.endswith("&new=1")
    waiting()


def test_days_of_failure_end_what_still_waits(webhook: Made, receiver: Receiver) -> None:
    """Without waiting for the tenth attempt of any event."""
    receiver.answers = [(500, {})]
    first, second = told(webhook.item.owner), told(webhook.item.owner, "2")
    since = keys.timestamp(keys.now() - timedelta(days=3, minutes=1))
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, failing_since=since, failures=30)
    deliver.deliver(due(webhook, first))
    assert not fresh(webhook).enabled
    deliver.deliver(due(webhook, second))
    assert stored(webhook, second).state == "failed"
    assert len(receiver.requests) == 1
    waiting()


@pytest.mark.medium
def test_an_owner_has_so_many_attempts_a_minute(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest waits for the next minute; nothing is lost."""
    monkeypatch.setattr(attempt_limit, "PER_MINUTE", 20)
    monkeypatch.setattr(time, "time", lambda: 1_795_953_600.0)
    events = [told(webhook.item.owner, str(number)) for number in range(25)]
    waiting()
    for one in events:
        deliver.deliver(due(webhook, one))
    assert len(receiver.requests) == 20
    assert [stored(webhook, one).state for one in events[20:]] == ["pending"] * 5
    assert attempt_limit.wait_seconds(webhook.item.owner) == 60
    assert attempt_limit.wait_seconds("somebody else") == 0


def test_a_forgotten_delivery_is_asked_for_after_a_redrive(webhook: Made, receiver: Receiver) -> None:
    """A message of the dead-letter queue comes as a new one, for an attempt that was noted long ago."""
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    deliver.deliver(due(webhook, made))
    kept = stored(webhook, made)
    kept.due = keys.timestamp(keys.now() - timedelta(hours=1))
    kept.save()
    unpaused(webhook)
    waiting()
    deliver.deliver(due(webhook, made))
    assert waiting() == [due(webhook, made, 1)._asdict()]


@pytest.mark.medium
def test_a_replay_that_is_killed_anywhere_is_delivered(
    webhook: Made, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the list of later attempts, or by another replay."""
    owner, webhook_id = webhook.item.owner, webhook.item.webhook_id

    def failed(cause: str) -> Event:
        made = told(owner, cause)
        waiting()
        deliveries.give_up(stored(webhook, made))
        deliveries.list_failed(owner, webhook_id, made.event_id, failed=True)
        return made

    first = failed("first")
    number = calls.count(monkeypatch, lambda: outbox.replay(owner, webhook_id, stored(webhook, first)))
    for position, after in calls.positions(number):
        made = failed(f"{position} {after}")
        receiver.requests.clear()
        kept = stored(webhook, made)
        calls.kill(monkeypatch, lambda one=kept: outbox.replay(owner, webhook_id, one), position, after=after)
        outbox.replay(owner, webhook_id, stored(webhook, made))
        later = keys.now() + timedelta(seconds=outbox.SAFETY_SECONDS + 1)
        with monkeypatch.context() as patched:
            patched.setattr(keys, "now", lambda moment=later: moment)
            outbox.release(10)
        for message in waiting():
            deliver.deliver(Due(**message))
        assert made.event_id in {request.headers["webhook-id"] for request in receiver.requests}, (position, after)
        assert not deliveries.page(owner, webhook_id, 100, None, failed=True).items
