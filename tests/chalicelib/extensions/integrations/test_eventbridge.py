"""Events on the stage's bus of EventBridge: CloudEvents 1.0, and none lost that the bus did not take."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import aws as clients
from chalicelib.config import settings
from chalicelib.extensions.integrations import deliver, deliveries, event, event_types, eventbridge, outbox
from chalicelib.extensions.integrations.deliveries import Due
from tests import delivery
from tests.chalicelib.extensions.integrations.test_image_changes import READY, TOMBSTONE, change
from tests.chalicelib.extensions.integrations.test_outbox import of

NOON = datetime(2026, 11, 29, 12, 0, 0, 250_000, tzinfo=UTC)


class Bus:
    """Takes entries as EventBridge does, or throttles them."""

    def __init__(self, *, throttled: bool = False) -> None:
        self.throttled = throttled
        self.entries: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  the API's name
        """Keep the entries; answer as PutEvents does."""
        self.entries += Entries
        result = {"ErrorCode": "ThrottlingException"} if self.throttled else {"EventId": "1"}
        return {"FailedEntryCount": int(self.throttled), "Entries": [result]}


def put(monkeypatch: pytest.MonkeyPatch, bus: Bus) -> event.Event:
    """Put an event on a bus, and return it."""
    monkeypatch.setitem(vars(settings()), "event_bus", "janus")
    monkeypatch.setitem(vars(settings()), "stage", "prod")
    monkeypatch.setattr(clients, "client", lambda _service: bus)
    told = event.make("image.removed", "anna", NOON, event_types.TYPES["image.removed"].example)
    eventbridge.put(told.body, told.owner)
    return told


def test_an_event_is_a_cloud_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudEvents 1.0.2, in an entry of PutEvents."""
    bus = Bus()
    told = put(monkeypatch, bus)
    (entry,) = bus.entries
    detail = json.loads(entry.pop("Detail"))
    assert entry == {
        "Time": NOON,
        "Source": "janus.prod",
        "DetailType": "image.removed",
        "EventBusName": "janus",
    }
    assert detail == {
        "specversion": "1.0",
        "id": told.event_id,
        "source": "urn:janus:prod",
        "type": "janus.image.removed",
        "time": "2026-11-29T12:00:00.250Z",
        "subject": "mzxw6ytboi4dqnrshe2tgmzuga",
        "datacontenttype": "application/json",
        "dataschema": "urn:janus:event:image.removed:1",
        "owner": "anna",
        "data": {
            "image_id": "mzxw6ytboi4dqnrshe2tgmzuga",
            "version": "0000000000000000000000000000000000004711",
            "name": "harbour.jpg",
            "links": {"image": "/v1/images/mzxw6ytboi4dqnrshe2tgmzuga"},
        },
    }


def test_an_event_that_the_bus_does_not_take_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message of its delivery then stays in the queue."""
    with pytest.raises(eventbridge.NotTakenError, match="ThrottlingException"):
        put(monkeypatch, Bus(throttled=True))


def test_a_stage_with_a_bus_tells_it_of_every_owner(aws: str, owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the queue of deliveries, so that the bus never holds up the catalogue."""
    assert aws
    bus = Bus()
    with monkeypatch.context() as patched:
        patched.setitem(vars(settings()), "event_bus", "janus")
        told = event.make("quota.near", owner, NOON, event_types.TYPES["quota.near"].example)
        outbox.tell([told])
        (message,) = delivery.receive(settings().deliveries_queue)
        patched.setattr(clients, "client", lambda _service: bus)
        deliver.deliver(Due(**json.loads(message["body"])))
    assert [json.loads(entry["Detail"])["id"] for entry in bus.entries] == [told.event_id]
    kept = deliveries.get(f"{owner}#deliveries#eventbridge", told.event_id)
    assert kept is not None
    assert kept.state == "delivered"


def test_a_stage_with_a_bus_tells_it_of_images_whose_owner_has_no_webhook(
    aws: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a bus nobody is told."""
    assert aws
    records = of(owner, change(READY, TOMBSTONE))
    assert outbox.tell_changes(records) == 0
    with monkeypatch.context() as patched:
        patched.setitem(vars(settings()), "event_bus", "janus")
        assert outbox.tell_changes(records) == 1
    assert len(delivery.receive(settings().deliveries_queue)) == 1
