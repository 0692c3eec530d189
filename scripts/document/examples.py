"""An example of a JSON schema: its own where it has one, else the plainest value that fits."""

from __future__ import annotations

from typing import Any

_BY_FORMAT = {"date-time": "2026-11-05T09:30:00.000Z"}
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 0.5, "boolean": True, "null": None}
_BY_NAME = {
    "content_type": "image/jpeg",
    "created": "2026-11-05T09:30:00.000Z",
    "email": "ada@example.org",
    "event_id": "evt_01a2272dae007b6fdbb3a3a1d2c1e5f0a9c4",
    "filename": "photo.jpg",
    "format": "jpeg",
    "href": "/v1/images/mfrggzdfmztwq2lknnwg23tpoa/thumbnail?size=small",
    "key": "uploads/demo/0f8a7c1e-4d5b-4e0a-9a53-6c1f8f7b2d10/photo.jpg",
    "name": "photo.jpg",
    "owner": "demo",
    "password": "Janus-demo-1",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "time": "2026-11-05T09:30:00.000Z",
    "url": "https://bucket.s3.amazonaws.com/",
    "username": "demo",
    "webhook_id": "mfrggzdfmztwq2lk",
}
"""Texts for fields of such names, so that examples read well."""
_DEPTH = 8


def example(schema: dict[str, Any], named: dict[str, Any], depth: int = 0, name: str = "") -> Any:
    """Return a value that fits; of an object's fields those that are required, and those that have an example."""
    if "$ref" in schema:
        return example(named[schema["$ref"].rpartition("/")[2]], named, depth, name)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], named, depth, name)
    return _of_type(schema, named, depth, name)


def _of_type(schema: dict[str, Any], named: dict[str, Any], depth: int, name: str) -> Any:
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, named, depth)
    if kind == "array":
        least = max(schema.get("minItems", 0), 1 if depth < _DEPTH else 0)
        return [example(schema.get("items", {"type": "string"}), named, depth + 1)] * least
    if kind == "string":
        text = _BY_FORMAT.get(schema.get("format", ""), _BY_NAME.get(name, "text"))
        return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]
    return schema.get("minimum", _BY_TYPE[kind])


def _object(schema: dict[str, Any], named: dict[str, Any], depth: int) -> dict[str, Any]:
    required = schema.get("required", [])
    return {
        name: example(inner, named, depth + 1, name)
        for name, inner in schema.get("properties", {}).items()
        if name in required or "examples" in inner
    }
