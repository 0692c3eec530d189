"""Where moto is made more like AWS, and quicker: the one place that reaches into its services."""

from __future__ import annotations

import copy
import re
import threading
import time
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from chalicelib.offline import cognito_patches

if TYPE_CHECKING:
    from collections.abc import Iterator

_lock = threading.Lock()
_last = 0


def improve() -> None:
    """Give S3 its events' `sequencer` and its conditions, Cognito its secrets and codes, and DynamoDB speed.

    Call it once in the process that runs moto, before its first request.
    """
    from moto import backends  # noqa: PLC0415  moto is heavy, and only this process needs it
    from moto.core import responses  # noqa: PLC0415
    from moto.s3 import notifications  # noqa: PLC0415

    _forget_instances()
    _quicken_tables()
    _quicken_items()
    response_module: Any = responses
    s3: Any = notifications
    build_event = s3._get_s3_event  # noqa: SLF001

    def with_sequencer(*arguments: Any) -> Any:
        event = build_event(*arguments)
        for record in event["Records"]:
            record["s3"]["object"]["sequencer"] = sequencer()
        return event

    modules = tuple(backends.list_of_moto_modules())  # else a third of each request looks for them on the disk
    backends.list_of_moto_modules = lambda: iter(modules)
    response_module.method_names_from_class = cache(response_module.method_names_from_class)  # for every request
    s3._get_s3_event = with_sequencer  # noqa: SLF001
    cognito_patches.improve()
    _complete_s3()
    _end_streams()


def _complete_s3() -> None:
    """Let S3 refuse a malformed DeleteObjects, heed the conditions of CopyObject, and name objects by forms."""
    from xml.parsers.expat import ExpatError  # noqa: PLC0415  only here

    from moto.s3 import exceptions, responses  # noqa: PLC0415

    response: Any = responses.S3Response
    delete, copy_object = response._bucket_response_delete_keys, response.copy_object  # noqa: SLF001
    take_form = response._bucket_response_post  # noqa: SLF001

    def named_form(self: Any, request: Any, bucket_name: str) -> Any:
        key, file = self.querystring.get("key"), request.files.get("file")
        if key and file is not None:  # Amazon S3 User Guide, "Creating an HTML form", field `key`
            name = re.split(r"[/\\]", file.filename or "")[-1]
            self.querystring["key"] = [key[0].replace("${filename}", name)]
        return take_form(self, request, bucket_name)

    def delete_keys(self: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return delete(self, *arguments, **named)
        except ExpatError:
            raise exceptions.MalformedXML from None

    def conditional_copy(self: Any) -> Any:
        wanted = self.headers.get("x-amz-copy-source-if-match")
        source = unquote(self.headers["x-amz-copy-source"]).lstrip("/").split("/", 1)
        found = self.backend.get_object(*source) if wanted else None
        if found is not None and found.etag.strip('"') != wanted.strip('"'):
            raise exceptions.PreconditionFailed("x-amz-copy-source-If-Match")
        target = self.backend.get_object(self.bucket_name, self.parse_key_name())
        if self.headers.get("If-None-Match") == "*" and target is not None:
            raise exceptions.PreconditionFailed("If-None-Match")
        return copy_object(self)

    response._bucket_response_delete_keys = delete_keys  # noqa: SLF001
    response._bucket_response_post = named_form  # noqa: SLF001
    response.copy_object = conditional_copy


def _forget_instances() -> None:
    """Let go of deleted items, messages and objects: moto keeps every instance of its models for its dashboard.

    A server that answers 65 mixed requests a second grew by half a megabyte a second.
    """
    from moto.core.common_models import BaseModel  # noqa: PLC0415

    model: Any = BaseModel
    model.__new__ = lambda cls, *_, **__: object.__new__(cls)


def _end_streams() -> None:
    """Let a table's stream keep nothing that has been read: there is one reader, and no end of records."""
    from moto.dynamodb.models import table  # noqa: PLC0415

    shard: Any = table.StreamShard
    read = shard.get

    def get(self: Any, start: int, quantity: int) -> Any:
        gone = start - self.starting_sequence_number
        del self.items[: max(gone, 0)]
        self.starting_sequence_number = max(start, self.starting_sequence_number)
        return read(self, self.starting_sequence_number, quantity)

    shard.get = get


def _quicken_tables() -> None:
    """Let a transaction copy only the items it touches, and a query read only the items of its hash key.

    moto copies every table that a transaction writes to, whole, and goes for each query through all items of a
    table, sorted by methods of their keys: either would take longer with every item that there is. DynamoDB
    answers one request at a time, so that nothing else changes or asks meanwhile.
    """
    from moto.dynamodb import models  # noqa: PLC0415
    from moto.dynamodb.models.table import Table  # noqa: PLC0415

    module: Any = models
    backend: Any = models.DynamoDBBackend
    table_class: Any = Table
    write, look = backend.transact_write_items, table_class.query
    asked: list[tuple[str, Any]] = []  # values of the hash key, by the names of its attributes

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        touched = [
            (place, entry, copy.deepcopy(place.get(entry))) for place, entry in _places(self, transact_items)
        ]
        shards = [table.stream_shard for table in self.tables.values() if table.stream_shard is not None]
        streamed = [(shard, len(shard.items)) for shard in shards]
        try:
            write(self, transact_items)
        except Exception:
            for place, entry, item in touched:
                place.pop(entry, None)
                if item is not None:
                    place[entry] = item
            for shard, length in streamed:
                del shard.items[length:]
            raise

    def query(self: Any, *arguments: Any, hash_key_conditions: Any = None, **named: Any) -> Any:
        asked.extend(hash_key_conditions or ())
        try:
            return look(self, *arguments, hash_key_conditions=hash_key_conditions, **named)
        finally:
            asked.clear()

    def all_items(self: Any) -> list[Any]:
        own = [value for name, value in asked if name == self.hash_key_attr]
        held = [self.items[value] for value in own if value in self.items] if own else self.items.values()
        items = [item for items in held for item in items.values()] if self.range_key_attr else held
        return sorted((item for item in items if all(_has(item, *one) for one in asked)), key=_sort_key)

    module.copy = SimpleNamespace(
        deepcopy=lambda value: value if isinstance(value, Table) else copy.deepcopy(value)
    )
    backend.transact_write_items = transact_write_items
    table_class.query = query
    table_class.all_items = all_items


def _quicken_items() -> None:
    """Let an item be written out by the types that its values name, and an update's clauses be counted once.

    moto tries every type, in two spellings, for each value that it answers with; and at every part of an update
    it counts the clauses of all the parts within, which those of the whole are counted with again; and it lists
    anew which kinds of parts a step is for.
    """
    from moto.core.serialize import BaseJSONSerializer  # noqa: PLC0415
    from moto.dynamodb.parsing import ast_nodes  # noqa: PLC0415
    from moto.dynamodb.parsing.validators import ActionCountValidator  # noqa: PLC0415

    serializer: Any = BaseJSONSerializer
    validator: Any = ActionCountValidator
    nodes: Any = ast_nodes
    kinds: dict[type, tuple[type, ...]] = {}  # of parts that a step is for, by the step
    write, count = serializer._serialize_type_structure, validator.verify_action_counts  # noqa: SLF001

    def serialize_structure(self: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str) -> None:
        if shape.name != "AttributeValue":
            write(self, serialized, value, shape, key)
            return
        ((kind, held),) = value.items()
        if kind in {"S", "N", "BOOL", "NULL"}:
            serialized[key] = value
        else:
            serialized[key] = {}
            self._serialize(serialized[key], held, shape.members[kind], kind)

    def verify_whole(self: Any, node: Any) -> Any:
        return count(self, node) if node.parent is None else node

    def nodes_to_be_processed(self: Any) -> tuple[type, ...]:
        step = type(self)
        if step not in kinds:
            kinds[step] = tuple(self._processing_map())
        return kinds[step]

    serializer._serialize_type_structure = serialize_structure  # noqa: SLF001
    nodes.DepthFirstTraverser.nodes_to_be_processed = nodes_to_be_processed
    validator.verify_action_counts = verify_whole


def _places(backend: Any, transact_items: list[dict[str, Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield the dictionary and the key at which each item of a transaction is, or would be."""
    from moto.dynamodb.models.dynamo_type import DynamoType  # noqa: PLC0415

    for operation in (operation for item in transact_items for operation in item.values()):
        table = backend.tables.get(operation.get("TableName"))
        given = operation.get("Key") or operation.get("Item") or {}
        if table is None or not {table.hash_key_attr, table.range_key_attr or table.hash_key_attr} <= given.keys():
            continue  # moto refuses it
        hash_key = DynamoType(given[table.hash_key_attr])
        if table.range_key_attr:
            yield table.items[hash_key], DynamoType(given[table.range_key_attr])
        else:
            yield table.items, hash_key


def _sort_key(item: Any) -> Any:
    return (item.hash_key.cast_value, item.range_key.cast_value) if item.range_key else item.hash_key.cast_value


def _has(item: Any, name: str, value: Any) -> bool:
    held = item.attrs.get(name)
    return held is not None and held.value == value.value


def sequencer() -> str:
    """Return a text that sorts after all that were returned before it, as S3's `sequencer` does for a key.

    "00", the seconds since 1970 and their binary fraction as 8 hexadecimal digits each: the clock carries the
    order across restarts, and no two in a process are equal. Source: Amazon S3 User Guide, "Event message
    structure".
    """
    global _last  # noqa: PLW0603
    with _lock:
        _last = max(_last + 1, (time.time_ns() << 32) // 10**9)
        return f"00{_last:016X}"
