"""An event: what happened to which owner's things, with an id that stays the same however often it is told."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.db import keys
from chalicelib.extensions.integrations import event_types

if TYPE_CHECKING:
    from datetime import datetime

    from msgspec import Struct

PREFIX = "evt_"
_TIME_DIGITS = 12  # hexadecimal milliseconds since 1970, until the year 10889
_DIGEST_DIGITS = 24
_EVENT_ID = re.compile(PREFIX + f"[0-9a-f]{{{_TIME_DIGITS + _DIGEST_DIGITS}}}")


class Event(NamedTuple):
    """An event, ready to be told."""

    event_id: str
    type: str
    owner: str
    time: datetime
    data: Struct

    @property
    def body(self) -> bytes:
        """The JSON that receivers get: the payload of Standard Webhooks, with the event's id and schema."""
        payload = {
            "type": self.type,
            "timestamp": keys.timestamp(self.time),
            "id": self.event_id,
            "schema": event_types.SCHEMA_VERSION,
            "data": self.data,
        }
        return msgspec.json.encode(payload)


def make(kind: str, owner: str, time: datetime, data: Struct, *cause: str, since: datetime | None = None) -> Event:
    """Return an event whose id follows from its type, owner, time and cause: told again, it is the same one.

    Ids sort by time, or by `since` where an event is the same however late it is told. Raises TypeError where the
    data is not of its type.
    """
    if not isinstance(data, event_types.TYPES[kind].data):
        raise TypeError(f"{kind} carries {event_types.TYPES[kind].data.__name__}, not {type(data).__name__}")
    digest = hashlib.sha256(json.dumps([kind, owner, *cause]).encode()).hexdigest()[:_DIGEST_DIGITS]
    milliseconds = int((since or time).timestamp() * 1000)
    return Event(f"{PREFIX}{milliseconds:0{_TIME_DIGITS}x}{digest}", kind, owner, time, data)


def is_event_id(text: str) -> bool:
    """Tell whether a text from outside can be the id of an event at all."""
    return _EVENT_ID.fullmatch(text) is not None


def earliest_id(time: datetime) -> str:
    """Return a text that sorts before the ids of all events at or after a time, and after all earlier ones."""
    return f"{PREFIX}{max(0, int(time.timestamp() * 1000)):0{_TIME_DIGITS}x}"


def read(body: bytes) -> dict[str, Any]:
    """Return the payload of a body."""
    payload: dict[str, Any] = msgspec.json.decode(body)
    return payload
