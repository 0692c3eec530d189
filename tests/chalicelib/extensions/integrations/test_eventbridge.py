"""Events on the stage's bus of EventBridge: CloudEvents 1.0, and none lost that the bus did not take."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import aws as clients
from chalicelib.config import settings
from chalicelib.extensions.integrations import event, event_types, eventbridge

NOON = datetime(2026, 11, 29, 12, 0, 0, 250_000, tzinfo=UTC)


class Bus:
    """Takes entries as EventBridge does: the first `refused` of all calls together are throttled."""

    def __init__(self, refused: int = 0) -> None:
        self.refused = refused
        self.calls: list[list[dict[str, Any]]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  the API's name
        self.calls.append(Entries)
        results: list[dict[str, Any]] = []
        for _ in Entries:
            taken = self.refused == 0
            self.refused -= not taken
            results.append({"EventId": "1"} if taken else {"ErrorCode": "ThrottlingException"})
        return {"FailedEntryCount": 0, "Entries": results}


def put(monkeypatch: pytest.MonkeyPatch, bus: Bus, number: int = 1) -> list[event.Event]:
    monkeypatch.setitem(vars(settings()), "event_bus", "janus")
    monkeypatch.setitem(vars(settings()), "stage", "prod")
    monkeypatch.setattr(clients, "client", lambda _service: bus)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    data = event_types.TYPES["image.removed"].example
    events = [event.make("image.removed", "anna", NOON, data, str(cause)) for cause in range(number)]
    eventbridge.put(events)
    return events


def test_an_event_is_a_cloud_event(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus()
    (told,) = put(monkeypatch, bus)
    ((entry,),) = bus.calls
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
            "version": "000000000000000000004711",
            "name": "harbour.jpg",
            "links": {"image": "/v1/images/mzxw6ytboi4dqnrshe2tgmzuga"},
        },
    }


def test_ten_go_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus()
    put(monkeypatch, bus, 23)
    assert [len(call) for call in bus.calls] == [10, 10, 3]


def test_the_refused_ones_alone_are_put_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus(refused=2)
    events = put(monkeypatch, bus, 3)
    ids = [[json.loads(entry["Detail"])["id"] for entry in call] for call in bus.calls]
    assert ids == [[told.event_id for told in events], [events[0].event_id, events[1].event_id]]


def test_a_bus_that_takes_nothing_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus(refused=100)
    with pytest.raises(eventbridge.NotTakenError, match="EventBridge did not take 1 events"):
        put(monkeypatch, bus)
    assert len(bus.calls) == 5
