"""The job that delivers events again, with literal times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.db import keys
from chalicelib.extensions.integrations import deliveries, event, event_types, replay
from tests.chalicelib.extensions.integrations.test_deliver import waiting

if TYPE_CHECKING:
    from chalicelib.extensions.integrations.webhooks import Made

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
NOON_SECONDS = 1795953600.0


def delivered(webhook: Made, *seconds: float) -> list[str]:
    """Return the ids of events of so many seconds after noon, which were delivered."""
    ids = []
    for after in seconds:
        data = event_types.TYPES["quota.near"].example
        told = event.make("quota.near", webhook.item.owner, NOON + timedelta(seconds=after), data)
        item = deliveries.new(webhook.item.owner, webhook.item.webhook_id, told)
        item.state = "delivered"
        item.save()
        ids.append(told.event_id)
    return ids


def slice_of(webhook: Made, **arguments: Any) -> dict[str, Any] | None:
    return replay.replay_deliveries(
        {"owner": webhook.item.owner, "webhook_id": webhook.item.webhook_id, **arguments}
    )


@pytest.mark.parametrize(
    ("until", "places"),
    [(None, [1, 2, 3]), (30.0, [1, 2]), (20.0, [1]), (20.001, [1, 2]), (10.0, []), (10_000.0, [1, 2, 3])],
)
def test_a_replay_ends_before_its_end(webhook: Made, until: float | None, places: list[int]) -> None:
    """An event at the very end is not in it, one at the beginning is."""
    ids = delivered(webhook, 0, 10, 20, 30)
    given = {} if until is None else {"until": NOON_SECONDS + until}
    assert slice_of(webhook, since=NOON_SECONDS + 10, **given) is None
    assert [message["event_id"] for message in waiting()] == [ids[place] for place in places]


def test_a_replay_without_end_does_not_follow_new_events(webhook: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends where the job began, in however many slices, and however many events come meanwhile."""
    monkeypatch.setattr(replay, "PAGE", 2)
    ids = delivered(webhook, 0, 10, 20)
    monkeypatch.setattr(keys, "now", lambda: NOON + timedelta(seconds=25))
    left = slice_of(webhook, since=NOON_SECONDS)
    assert left is not None
    delivered(webhook, 30, 40)
    monkeypatch.setattr(keys, "now", lambda: NOON + timedelta(seconds=60))
    while left is not None:
        left = replay.replay_deliveries(left)
    assert [message["event_id"] for message in waiting()] == ids


def test_a_replay_since_a_time_to_come_delivers_nothing(webhook: Made) -> None:
    delivered(webhook, 0)
    assert slice_of(webhook, since=NOON_SECONDS + 10**9) is None
    assert waiting() == []
