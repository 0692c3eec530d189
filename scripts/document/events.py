"""The page about events, docs/events.md, and a JSON schema of each type, from the one table of types."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.extensions.integrations import event_types
from scripts.document.schemas import comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.extensions.integrations.event_types import EventType

FOLDER = "docs/events"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"
_TIME = "2026-11-29T12:00:00.000Z"
_ID = "evt_01a2272dae007b6fdbb3a3a1d2c1e5f0a9c4"
_HEAD = f"""\
# Events

Made by `make docs` from `chalicelib/extensions/integrations/event_types.py`; do not edit.
[Webhooks](webhooks.md) says how events are received.

The body of each request is JSON (Standard Webhooks 1.0):

| field | type | meaning |
|---|---|---|
| `type` | string | One of the types below |
| `timestamp` | string | When it happened, RFC 3339 in UTC |
| `id` | string | The same at every attempt, also in the header `webhook-id` |
| `schema` | integer | Version of the schema, {event_types.SCHEMA_VERSION}; a later one may change fields |
| `data` | object | The fields below, up to {event_types.MAX_BYTES:,} bytes; paths in `links` lead to the rest |

New fields may be added to a type without a new version: ignore those that you do not know. Each type has a JSON
schema in `{FOLDER}`; its part for `data` has the id that `dataschema` of EventBridge names.
"""


def page() -> str:
    """Return the page: every type with its meaning, its fields and an example."""
    kinds = event_types.TYPES.values()
    listed = "".join(f"| [`{kind.name}`](#{_anchor(kind.name)}) | {kind.meaning} |\n" for kind in kinds)
    return f"{_HEAD}\n| type | sent when |\n|---|---|\n{listed}" + "".join(map(_section, kinds))


def schemas() -> dict[str, str]:
    """Return the JSON schema of each type, by its file in the project."""
    return {
        f"{FOLDER}/{kind.name}.json": json.dumps(schema(kind), indent=1) + "\n"
        for kind in event_types.TYPES.values()
    }


def schema(kind: EventType) -> dict[str, Any]:
    """Return the JSON schema of the body of a type."""
    (found,), named = msgspec.json.schema_components([kind.data], ref_template=_REFERENCE)
    own = found["$ref"].rpartition("/")[2]
    for name, part in named.items():
        part["description"] = inspect.cleandoc(part["description"])
        for field, text in comments(getattr(event_types, name)).items():
            part["properties"][field]["description"] = text[:1].upper() + text[1:]
    data = {"$id": f"urn:janus:event:{kind.name}:{event_types.SCHEMA_VERSION}", **named.pop(own)}
    if named:
        data["$defs"] = named
    envelope = {
        "type": {"const": kind.name},
        "timestamp": {"type": "string", "format": "date-time"},
        "id": {"type": "string", "pattern": "^evt_[0-9a-f]{36}$"},
        "schema": {"const": event_types.SCHEMA_VERSION},
        "data": data,
    }
    return {
        "$schema": DIALECT,
        "title": kind.name,
        "description": kind.meaning,
        "type": "object",
        "properties": envelope,
        "required": list(envelope),
    }


def example(kind: EventType) -> dict[str, Any]:
    """Return a body of a type."""
    told = {"type": kind.name, "timestamp": _TIME, "id": _ID, "schema": event_types.SCHEMA_VERSION}
    return {**told, "data": msgspec.to_builtins(kind.example)}


def _section(kind: EventType) -> str:
    data = schema(kind)["properties"]["data"]
    rows = "".join(f"| `{name}` | {kind_of} | {text} |\n" for name, kind_of, text in _fields(data, data))
    shown = json.dumps(example(kind), indent=2)
    return (
        f"\n## {kind.name}\n\n{kind.meaning}\n\n{' '.join(data['description'].split())}\n\n"
        f"| field of `data` | type | meaning |\n|---|---|---|\n{rows}\n```json\n{shown}\n```\n"
    )


def _fields(part: dict[str, Any], whole: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield path, type and meaning of the fields of an object, and of the objects within it."""
    for name, field in part["properties"].items():
        optional = "" if name in part.get("required", ()) else ", not always there"
        path = f"{prefix}{name}"
        inner = field.get("items", field)
        if "$ref" in inner:
            step = f"{path}[]." if "items" in field else f"{path}."
            yield from _fields(whole["$defs"][inner["$ref"].rpartition("/")[2]], whole, step)
        else:
            yield path, _type(field) + optional, field["description"]


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}s"
    return str(field.get("type", "any"))


def _anchor(name: str) -> str:
    return name.replace(".", "")
