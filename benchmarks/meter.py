"""A meter of the requests to DynamoDB, for `catalog` and `deliveries`."""

from __future__ import annotations

import threading
from typing import Any


class Meter:
    """What DynamoDB is asked for, and what it bills."""

    def __init__(self, client: Any) -> None:
        self.units = 0.0  # of all requests
        self.writes = 0.0  # of those that write
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()  # deliveries are written by several threads
        client.meta.events.register("provide-client-params.dynamodb.*", self._asked)
        client.meta.events.register("after-call.dynamodb.*", self._answered)

    def clear(self) -> None:
        """Begin anew."""
        self.units, self.writes, self.requests = 0.0, 0.0, []

    def _asked(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.requests.append((model.name, params))
        context["consistent"] = params.get("ConsistentRead")
        return {**params, "ReturnConsumedCapacity": "INDEXES"}

    def _answered(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        told = parsed.get("ConsumedCapacity", [])
        units = sum(part.get("CapacityUnits", 0.0) for part in (told if isinstance(told, list) else [told]))
        if model.name in ("Query", "GetItem"):  # DynamoDB bills one that finds nothing, too; dynalite does not
            units = max(units, 1.0 if context["consistent"] else 0.5)
        with self._lock:
            self.units += units
            if model.name not in ("Query", "GetItem", "BatchGetItem"):
                self.writes += units
