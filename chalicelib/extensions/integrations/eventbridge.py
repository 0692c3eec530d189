"""EventBridge: every event of a stage as CloudEvents 1.0 in `detail`, with the event's own id.

Forwarding to another bus gives an event another id of EventBridge's; the one in `detail` stays.
Source: CloudEvents 1.0.2, JSON Event Format; Amazon EventBridge API Reference, PutEvents.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.extensions.integrations import event

DESTINATION = "eventbridge"
SOURCE = "janus"


class NotTakenError(Exception):
    """EventBridge did not take an event; it should be put again."""


def put(body: bytes, owner: str) -> None:
    """Put an event on the stage's bus, given as receivers of webhooks get it.

    Raises NotTakenError and the errors of EventBridge. Cost: $1 per million.
    """
    answer = aws.client("events").put_events(Entries=[_entry(body, owner)])
    if answer.get("FailedEntryCount"):
        raise NotTakenError(f"EventBridge did not take the event: {answer['Entries'][0].get('ErrorCode')}")


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
