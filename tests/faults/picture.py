"""A picture of all that stays after a flow: items, objects and messages, without times and random names.

What may come twice is in it once: entries of the audit trail (an order that is given again is noted again), and
what is told of an image's changes, of which only the last counts.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from typing import Any

import msgspec

from chalicelib import aws, storage
from chalicelib.catalogue.index import counters, entries
from chalicelib.config import settings
from chalicelib.db import document_codec, index_table
from chalicelib.db.models import AccountItem, CatalogueItem, Image, connection

_QUEUES = (
    "uploads_queue", "jobs_queue", "uploads_dead_letter_queue", "jobs_dead_letter_queue",
)  # fmt: skip
_TIMES = frozenset(
    {"expires", "changed", "created", "since", "touched", "last_used", "sealed", "time", "edits", "not_before"}
)
_RANDOM = frozenset({"token", "key_id", "share_id", "secret_sha256"})
_NORMAL = (
    (re.compile(r"\b[0-9a-f]{48}\b"), "SEALED ORDER"),  # of a folder of derived files; may begin as an ORDER
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d#\d\d"), "DAY"),
    (re.compile(r"[0-9A-F]{32}"), "ORDER"),
    (re.compile(r"\b1[789]\d{8}\b"), "SECONDS"),  # since 1970, until 2033
    (re.compile(r"SEALED ORDER/[0-9a-f]{16}/"), "SEALED ORDER/STATE/"),  # of the copies with blurred faces
    (re.compile(r"TIME#[0-9a-f]{32}"), "TIME"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"(key:|key#|share:[a-z2-7]+#|share#[a-z2-7]+#)[a-z2-7]+"), r"\1RANDOM"),
)


def take() -> Counter[str]:
    """Return all that stays: items, objects, messages."""
    seen = Counter[str]()
    for model in (Image, AccountItem):
        seen.update(f"{model.Meta.table_name} {_shown(item)}" for item in _items(model.Meta.table_name))
    changed: dict[str, str] = {}
    everybody = Counter[str]()
    for item in sorted(_items(CatalogueItem.Meta.table_name), key=lambda item: item["entry"]["S"]):
        list_key = item["facet"]["S"]
        if list_key.startswith("*#stream#"):
            continue
        if list_key == entries.FLAGGED:
            item["card"] = {"S": item["card"]["B"].decode()}  # an owner
        if "batch" in item:
            changed |= {f"{list_key} {told[0]}": told[1] for told in msgspec.msgpack.decode(item["batch"]["B"])}
        elif list_key.startswith(f"{counters.EVERYBODY}#count#"):  # spread at random over shards
            for name, number in index_table.Item(item["entry"]["S"], item).numbers().items():
                everybody[f"everybody {item['entry']['S']} {name}"] += number
        elif not (list_key.endswith("#changes") and item["entry"]["S"] == "head"):
            numbers = index_table.Item(item["entry"]["S"], item).numbers()
            if not numbers or any(numbers.values()):
                seen[f"facets {_shown(item)}"] += 1
    seen.update({name: number for name, number in everybody.items() if number})
    seen.update(f"told {name} {'gone' if kind == 'removed' else 'there'}" for name, kind in changed.items())
    seen.update(f"object {normal(item.key)} {item.etag}" for item in storage.list_objects(""))
    for name in _QUEUES:
        waiting = _waiting(getattr(settings(), name))
        if waiting:
            seen[f"queue {name}"] = waiting
    trail = [line for line in seen if '"audit"' in line]
    seen.update({line: 1 - seen[line] for line in trail})  # an order that is given again is noted again
    return seen


def _items(table: str) -> list[dict[str, Any]]:
    client = connection(settings().region).client
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def _waiting(queue: str) -> int:
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=aws.queue_url(queue), AttributeNames=names)
    return sum(int(found["Attributes"][name]) for name in names)


def _shown(item: dict[str, Any]) -> str:
    """Return an item as text, without times and random names."""
    plain = {name: _plain(name, value) for name, value in item.items()}
    return normal(json.dumps(plain, sort_keys=True, default=_text))


def _text(value: Any) -> str:
    """Return a value that JSON lacks as text; bytes in hexadecimal, as names of derived folders are written."""
    return value.hex() if isinstance(value, bytes) else str(value)


def _plain(name: str, value: dict[str, Any]) -> Any:
    if name in _TIMES or name in _RANDOM:
        return name.upper()
    ((kind, found),) = value.items()
    if name == "document":
        return document_codec.unpack(found)
    if name == "decisions":
        content, made, *stopped = msgspec.msgpack.decode(zlib.decompress(found))
        return [content, [one[1:] for one in made], *stopped]  # without their ids, which are random
    if kind == "B":
        return msgspec.msgpack.decode(found)
    return sorted(found) if kind == "SS" else found


def normal(text: str) -> str:
    """Return a text without times, orders and random names."""
    for pattern, name in _NORMAL:
        text = pattern.sub(name, text)
    return text
