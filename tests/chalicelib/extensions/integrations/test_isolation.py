"""An endpoint that is slow, hangs or fails: how little it occupies, so that it delays no other."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.db import keys
from chalicelib.extensions.integrations import attempt_limit, deliver, sender, webhooks
from tests.chalicelib.extensions.integrations import calls
from tests.chalicelib.extensions.integrations.test_deliver import due, fresh, stored, told, waiting
from tests.system import wait_until

if TYPE_CHECKING:
    from chalicelib.extensions.integrations.sender import Answer
    from chalicelib.extensions.integrations.webhooks import Made
    from tests.chalicelib.extensions.integrations.receiver import Receiver


def remember(webhook: Made, item: Any) -> None:
    """Let this process know a webhook as it was some moments ago."""
    webhooks._known.keep((webhook.item.owner, webhook.item.webhook_id), item, 60)


def failing(webhook: Made) -> Any:
    """Return a webhook whose endpoint failed, and may be tried again."""
    since = keys.timestamp(keys.now() - timedelta(hours=1))
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, failing_since=since, failures=3)
    return fresh(webhook)


def test_an_endpoint_that_failed_has_one_attempt_at_a_time(webhook: Made, receiver: Receiver) -> None:
    """Of two processes that know the same state, one tries, and the other waits for its result."""
    made = told(webhook.item.owner)
    stale = failing(webhook)
    assert webhooks.hold(fresh(webhook), 17)
    remember(webhook, stale)
    deliver.deliver(due(webhook, made))
    assert receiver.requests == []
    assert (stored(webhook, made).state, stored(webhook, made).tries) == ("pending", 0)
    assert not webhooks.hold(stale, 17)
    waiting()


def test_the_one_attempt_ends_the_wait(webhook: Made, receiver: Receiver) -> None:
    made = told(webhook.item.owner)
    failing(webhook)
    deliver.deliver(due(webhook, made))
    assert len(receiver.requests) == 1
    item = fresh(webhook)
    assert (item.failing_since, item.failures, item.paused_until) == (None, None, None)
    waiting()


def test_after_another_failure_the_wait_is_that_of_its_number(webhook: Made, receiver: Receiver) -> None:
    """The fourth in a row: five minutes, not the seconds that the attempt itself may take."""
    receiver.answers = [(500, {})]
    made = told(webhook.item.owner)
    failing(webhook)
    before = keys.now()
    deliver.deliver(due(webhook, made))
    item = fresh(webhook)
    assert item.failures == 4
    wait = (datetime.fromisoformat(item.paused_until) - before).total_seconds()
    assert 300 <= wait <= 310
    waiting()


@pytest.mark.usefixtures("receiver")
def test_an_endpoint_that_takes_its_time_has_no_further_attempt_meanwhile(
    webhook: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other processes see it as paused, until it has answered."""
    made = told(webhook.item.owner)
    seen: list[str] = []
    send = sender.send

    def slow(*arguments: Any) -> Answer:
        seen.append(wait_until(lambda: fresh(webhook).paused_until, 10))
        return send(*arguments)

    monkeypatch.setattr(deliver, "SLOW_SECONDS", 0.05)
    monkeypatch.setattr(sender, "send", slow)
    before = keys.timestamp(keys.now())
    deliver.deliver(due(webhook, made))
    assert seen > [before]
    assert datetime.fromisoformat(seen[0]) < datetime.now(UTC) + timedelta(seconds=18)
    assert stored(webhook, made).state == "delivered"
    assert fresh(webhook).paused_until is None
    waiting()


def test_an_attempt_of_a_quick_endpoint_writes_nothing_about_it(
    webhook: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told(webhook.item.owner)
    webhooks.known(webhook.item.owner, webhook.item.webhook_id)
    attempt_limit.wait_seconds(webhook.item.owner)
    waiting()
    assert calls.count(monkeypatch, lambda: deliver.deliver(due(webhook, made))) == 2  # it is read, and noted


def test_a_delivery_to_a_paused_webhook_costs_a_message(webhook: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read: ten thousand may wait."""
    made = told(webhook.item.owner)
    webhooks.change(webhook.item.owner, webhook.item.webhook_id, paused_until="2999-01-01T00:00:00.000Z")
    paused = fresh(webhook)
    paused.paused_until = keys.timestamp(keys.now() + timedelta(minutes=5))
    remember(webhook, paused)
    waiting()
    assert calls.count(monkeypatch, lambda: deliver.deliver(due(webhook, made))) == 1


def test_who_waits_for_a_place_comes_again_when_those_before_have_gone(
    aws: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all of them after a minute: and the places of later minutes cost no more than others."""
    assert aws
    monkeypatch.setattr(attempt_limit, "PER_MINUTE", 20)
    monkeypatch.setattr(time, "time", lambda: 1_795_953_615.0)  # 15 s of its minute are over
    waits: list[float] = []
    requests = calls.count(monkeypatch, lambda: waits.extend(attempt_limit.wait_seconds(owner) for _ in range(60)))
    assert waits == [0] * 20 + [45] * 20 + [105] * 20
    assert requests == 6
