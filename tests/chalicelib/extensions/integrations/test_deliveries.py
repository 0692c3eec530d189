"""Deliveries in the table: how many attempts one keeps, a new round, and the end of all of a webhook."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.db.models import CatalogueItem, Delivery, Webhook
from chalicelib.extensions.integrations import deliver, deliveries, event, event_types, outbox, webhooks
from chalicelib.extensions.integrations.deliveries import Attempt, Due
from tests import delivery as queue

pytestmark = pytest.mark.usefixtures("aws")
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
WEBHOOK = "wh_1"


def made(owner: str, number: int = 0) -> Delivery:
    """Write a delivery of an event of an owner."""
    told = event.make("account.deleted", owner, NOON, event_types.AccountData(owner=owner), str(number))
    found = deliveries.new(owner, WEBHOOK, told)
    assert deliveries.write(found)
    return found


def stored(delivery: Delivery) -> Delivery:
    found = deliveries.get(delivery.list_key, delivery.entry)
    assert found is not None
    return found


def attempt(number: int) -> Attempt:
    return Attempt(f"attempt {number:02}", 503, None, 7, "busy")


def test_the_last_twenty_attempts_are_kept(owner: str) -> None:
    """Replays begin new rounds of ten; an item has to stay small."""
    found = made(owner)
    for number in range(23):
        assert deliveries.note(found, attempt(number), deliveries.PENDING, NOON)
    assert [one.time for one in deliveries.attempts_of(stored(found))] == [f"attempt {n:02}" for n in range(3, 23)]


def test_a_replay_begins_a_new_round_that_is_kept_as_long(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty days from then on, with the attempts before; none begins while one is under way."""
    found = made(owner)
    assert not deliveries.replay(found)
    assert deliveries.note(found, attempt(1), deliveries.FAILED, None)
    later = keys.now() + timedelta(days=20)
    monkeypatch.setattr(keys, "now", lambda: later)
    assert deliveries.replay(found)
    again = stored(found)
    assert (again.state, again.tries, again.due) == ("pending", 0, None)
    assert abs(again.expires - (later + timedelta(days=30))) < timedelta(seconds=2)
    assert deliveries.attempts_of(again) == [attempt(1)]


def test_all_of_a_webhook_are_forgotten_part_by_part(owner: str) -> None:
    """Those on the list of the failed, too; another webhook's stay."""
    for number in range(3):
        found = made(owner, number)
        deliveries.list_failed(owner, WEBHOOK, found.entry, failed=True)
    assert [deliveries.forget(owner, WEBHOOK, 2) for _ in range(3)] == [True, True, False]
    for failed in (False, True):
        assert deliveries.page(owner, WEBHOOK, 10, None, failed=failed).items == []


def test_a_delivery_of_a_disabled_webhook_is_listed_as_failed(owner: str) -> None:
    """So that its owner may replay it once the webhook is enabled."""
    found = made(owner)
    deliver._give_up(found, Due(owner, WEBHOOK, found.entry, 0))
    (listed,) = deliveries.page(owner, WEBHOOK, 10, None, failed=True).items
    assert (listed.entry, listed.state) == (found.entry, "failed")


@pytest.mark.parametrize(
    ("due", "expected"),
    [(None, NOON), ("2026-11-29T13:00:00.000Z", NOON + timedelta(hours=1))],
)
def test_a_delivery_without_a_time_is_due_now(
    due: str | None, expected: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new one has none."""
    monkeypatch.setattr(keys, "now", lambda: NOON)
    assert deliver._at(Delivery("list", "event", due=due)) == expected


def test_a_webhook_is_held_once_and_again_when_its_pause_is_over(owner: str) -> None:
    """One attempt at a time tells whether a failing endpoint works; others wait."""
    known = webhooks.make(owner, "http://127.0.0.1:9/", ["account.*"], None).item

    def fresh() -> Webhook:
        found = webhooks.get(owner, known.webhook_id)
        assert found is not None
        return found

    first, second = fresh(), fresh()
    assert (webhooks.hold(first, -1), webhooks.hold(second, -1)) == (True, False)
    assert webhooks.hold(fresh(), -1)


def test_a_changed_webhook_is_returned(owner: str) -> None:
    """And none where it is gone."""
    known = webhooks.make(owner, "http://127.0.0.1:9/", ["account.*"], None).item
    changed = webhooks.change(owner, known.webhook_id, description="mine")
    assert changed is not None
    assert changed.description == "mine"
    assert webhooks.change(owner, "wh_gone", description="mine") is None


def test_each_attempt_is_logged_with_its_webhook(owner: str, caplog: pytest.LogCaptureFixture) -> None:
    """With owner, event and status, by which operators find it."""
    known = webhooks.make(owner, "http://127.0.0.1:9/", ["account.*"], None).item
    told = event.make("account.deleted", owner, NOON, event_types.AccountData(owner=owner))
    found = deliveries.new(owner, known.webhook_id, told)
    assert deliveries.write(found)
    with caplog.at_level("INFO"):
        deliver.deliver(Due(owner, known.webhook_id, found.entry, 0))
    (line,) = [vars(one) for one in caplog.records if one.message == "event_not_delivered"]
    assert (line["owner"], line["webhook_id"], line["event_id"], line["status"]) == (
        owner, known.webhook_id, found.entry, None,
    )  # fmt: skip
    queue.receive(settings().deliveries_queue)


def test_a_replay_whose_message_is_lost_is_made_a_minute_later(
    owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the list of later attempts before SQS is asked, for a time to come."""
    found = made(owner)
    assert deliveries.note(found, attempt(1), deliveries.FAILED, None)
    planned: list[datetime] = []
    later = deliveries.later

    def noted(due: Due, when: datetime) -> CatalogueItem:
        planned.append(when)
        return later(due, when)

    monkeypatch.setattr(keys, "now", lambda: NOON)
    monkeypatch.setattr(deliveries, "later", noted)
    assert outbox.replay(owner, WEBHOOK, found)
    assert planned == [NOON + timedelta(seconds=60)]
    assert len(queue.receive(settings().deliveries_queue)) == 1
