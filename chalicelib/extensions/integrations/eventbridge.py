"""EventBridge: every event of a stage as CloudEvents 1.0 in `detail`, with the event's own id.

Forwarding to another bus gives an event another id of EventBridge's; the one in `detail` stays.
Source: CloudEvents 1.0.2, JSON Event Format; Amazon EventBridge API Reference, PutEvents.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.extensions.integrations import event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.extensions.integrations.event import Event

DESTINATION = "eventbridge"
SOURCE = "janus"
BATCH = 10  # PutEvents' limit
_ATTEMPTS = 5


class NotTakenError(Exception):
    """EventBridge did not take some events; they should be put again."""


def put(events: Iterable[Event]) -> None:
    """Put events on the stage's bus. Raises NotTakenError and the errors of EventBridge. Cost: $1 per million."""
    _put([_entry(told.body, told.owner) for told in events])


def put_body(body: bytes, owner: str) -> None:
    """Put one event, given as receivers of webhooks get it."""
    _put([_entry(body, owner)])


def _put(entries: list[dict[str, Any]]) -> None:
    for batch in aws.batches(entries, BATCH):
        left = batch
        for attempt in range(_ATTEMPTS):
            answer = aws.client("events").put_events(Entries=left)
            results = zip(left, answer["Entries"], strict=True)
            left = [entry for entry, result in results if "ErrorCode" in result]
            if not left:
                break
            time.sleep(0.05 * 2**attempt)
        else:
            raise NotTakenError(f"EventBridge did not take {len(left)} events")


def _entry(body: bytes, owner: str) -> dict[str, Any]:
    payload = event.read(body)
    cloud_event = {
        "specversion": "1.0",
        "id": payload["id"],
        "source": f"urn:janus:{settings().stage}",
        "type": f"janus.{payload['type']}",
        "time": payload["timestamp"],
        "subject": payload["data"].get("image_id", owner),
        "datacontenttype": "application/json",
        "dataschema": f"urn:janus:event:{payload['type']}:{payload['schema']}",
        "owner": owner,
        "data": payload["data"],
    }
    return {
        "Time": datetime.fromisoformat(payload["timestamp"]),
        "Source": f"{SOURCE}.{settings().stage}",
        "DetailType": payload["type"],
        "Detail": msgspec.json.encode(cloud_event).decode(),
        "EventBusName": settings().event_bus,
    }
