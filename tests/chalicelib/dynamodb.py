"""The requests that DynamoDB gets, seen below PynamoDB: some cost more there, or are refused."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chalicelib.config import settings
from chalicelib.db.models import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

READS = ("GetItem", "BatchGetItem", "Query")


@contextmanager
def asked(*operations: str) -> Iterator[list[dict[str, Any]]]:
    """Yield a list to which the bodies of the requests of some operations are added, in their order."""
    seen: list[dict[str, Any]] = []
    events = connection(settings().region).client.meta.events

    def note(params: dict[str, Any], **_: Any) -> None:
        seen.append(json.loads(params["body"]))

    for operation in operations:
        events.register(f"before-call.dynamodb.{operation}", note)
    try:
        yield seen
    finally:
        for operation in operations:
            events.unregister(f"before-call.dynamodb.{operation}", note)
