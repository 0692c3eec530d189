"""The table of the catalogue, item by item as DynamoDB has them: ordered lists of entries under a key.

PynamoDB's models stay out of it: the answer of a query is used as it is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.db.models import connection
from chalicelib.db.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LEAST, MOST = "\x01", "\U0010ffff"
"""Range keys that sort before and after every entry."""

Key = tuple[str, str]
"""Hash and range key of an item: its list, and its position in there."""

_BATCH = 25  # BatchWriteItem's limit
_MOST_READ = 100  # BatchGetItem's
_ATTEMPTS = 8


class Item(NamedTuple):
    """An entry of a list, with its attributes in DynamoDB's JSON."""

    entry: str
    attributes: dict[str, Any]

    @property
    def card(self) -> bytes:
        """The packed card of an image."""
        packed: bytes = self.attributes["card"]["B"]
        return packed

    def numbers(self) -> dict[str, int]:
        """Return the counts that it holds."""
        return {name: int(value["N"]) for name, value in self.attributes.items() if "N" in value}


def read(  # noqa: PLR0913  a query has as many parts
    list_key: str,
    low: str = LEAST,
    high: str = MOST,
    *,
    limit: int | None = None,
    descending: bool = False,
    after: str | None = None,
    consistent: bool = False,
) -> Slice[Item]:
    """Return the entries of a list from `low` to `high`, both included, after `after` where it is given.

    Cost: 0.5 RRU per 4 KB, at least one such; twice that when consistent.
    """
    request: dict[str, Any] = {
        "TableName": settings().facets_table,
        "KeyConditionExpression": "facet = :facet AND entry BETWEEN :low AND :high",
        "ExpressionAttributeValues": {":facet": {"S": list_key}, ":low": {"S": low}, ":high": {"S": high}},
        "ScanIndexForward": not descending,
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": "TOTAL",
    }
    if limit is not None:
        request["Limit"] = limit
    if after is not None:
        request["ExclusiveStartKey"] = {"facet": {"S": list_key}, "entry": {"S": after}}
    answer = _call("query", **request)
    items = [Item(item["entry"]["S"], item) for item in answer["Items"]]
    return Slice(items, "LastEvaluatedKey" in answer, answer["ConsumedCapacity"]["CapacityUnits"])


def every(list_key: str, low: str = LEAST, high: str = MOST, *, consistent: bool = False) -> Iterator[Item]:
    """Yield the entries of a list from `low` to `high`, both included, however many. Cost: as `read`."""
    after, more = None, True
    while more:
        found = read(list_key, low, high, after=after, consistent=consistent)
        yield from found.items
        after, more = (found.items[-1].entry if found.items else None), found.more


def get(list_key: str, entry: str) -> Item | None:
    """Return one entry, read consistently, or None. Cost: 1 RRU."""
    key = {"facet": {"S": list_key}, "entry": {"S": entry}}
    found = _call("get_item", TableName=settings().facets_table, Key=key, ConsistentRead=True).get("Item")
    return Item(entry, found) if found else None


class Fetched(NamedTuple):
    """The items that are there among some keys, and the cost of reading them in RRU."""

    items: dict[Key, Item]
    units: float


def fetch(keys: Iterable[Key]) -> Fetched:
    """Return the items that are there among some keys. Cost: 0.5 RRU per 4 KB of each. Raises BusyError."""
    items, units = read_batch(settings().facets_table, map(_key, keys))
    found = {(item["facet"]["S"], item["entry"]["S"]): Item(item["entry"]["S"], item) for item in items}
    return Fetched(found, units)


def read_batch(table: str, keys: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
    """Return the items that a table has among some keys, in no order, and the cost in RRU; all in DynamoDB's JSON.

    Each is returned once: DynamoDB refuses a request that names a key twice. Cost: 0.5 RRU per 4 KB of each.
    Raises BusyError.
    """
    found: list[dict[str, Any]] = []
    units = 0.0
    distinct = {str(key): key for key in keys}
    for batch in aws.batches(distinct.values(), _MOST_READ):
        left = batch
        for attempt in range(_ATTEMPTS):
            answer = _call("batch_get_item", RequestItems={table: {"Keys": left}}, ReturnConsumedCapacity="TOTAL")
            found += answer["Responses"].get(table, [])
            # absent from emulators: the cost is then unknown, and counts as none
            units += sum(used["CapacityUnits"] for used in answer.get("ConsumedCapacity", ()))
            left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not left:
                break
            time.sleep(0.05 * 2**attempt)
        else:
            raise BusyError(f"{len(left)} items of {table} could not be read")
    return found, units


def write(puts: Mapping[Key, bytes], deletes: Iterable[Key] = ()) -> None:
    """Put cards and take others away. Cost: 1 WRU each. Raises BusyError when DynamoDB takes them too slowly."""
    requests = [{"PutRequest": {"Item": {**_key(key), "card": {"B": card}}}} for key, card in puts.items()]
    _send([*requests, *({"DeleteRequest": {"Key": _key(key)}} for key in deletes)])


def note(keys: Iterable[Key]) -> None:
    """Put items that say by their key all there is to say, where they are not there yet.

    Cost: 0.5 RRU each, and 1 WRU for each that was not there. Raises BusyError as `write` does.
    """
    for batch in aws.batches(keys, _MOST_READ):
        known = fetch(batch).items
        _send([{"PutRequest": {"Item": _key(key)}} for key in batch if key not in known])


def _send(requests: Iterable[dict[str, Any]]) -> None:
    for batch in aws.batches(requests, _BATCH):
        left = batch
        for attempt in range(_ATTEMPTS):
            answer = _call("batch_write_item", RequestItems={settings().facets_table: left})
            left = answer.get("UnprocessedItems", {}).get(settings().facets_table, [])
            if not left:
                break
            time.sleep(0.05 * 2**attempt)
        else:
            raise BusyError(f"{len(left)} index entries could not be written")


class BusyError(Exception):
    """DynamoDB, or others who write the same, left no room; the work should come again."""


class TooLargeError(Exception):
    """Items have no room for the values that should be added to them."""

    def __init__(self, keys: frozenset[Key]) -> None:
        super().__init__(f"{sorted(keys)} are full")
        self.keys = keys


class RefusedError(Exception):
    """DynamoDB refuses a request as it is, however often it comes: a key is too long, a value of no use there."""


class Transaction:
    """Counts, and items under conditions, that are written together or not at all."""

    MAX_ACTIONS = 100  # TransactWriteItems' limit

    def __init__(self) -> None:
        self._actions: list[dict[str, Any]] = []
        self._keys: list[Key] = []

    def add(self, key: Key, numbers: Mapping[str, int]) -> None:
        """Add numbers to those of an item, each by its name."""
        names = {f"#{number}": name for number, name in enumerate(numbers)}
        values = {f":{number}": {"N": str(amount)} for number, amount in enumerate(numbers.values())}
        terms = ", ".join(f"#{number} :{number}" for number in range(len(numbers)))
        self._append("Update", key, f"ADD {terms}", names, values)

    def replace(self, key: Key, attribute: str, standing: str | None, value: str, expires: float | None) -> None:
        """Set a text, on the condition that it is still `standing` (None: that there is none)."""
        names = {"#value": attribute}
        values = {":value": {"S": value}}
        condition = "attribute_not_exists(#value)"
        if standing is not None:
            values[":standing"] = {"S": standing}
            condition = "#value = :standing"
        expression = "SET #value = :value"
        if expires is not None:
            values[":expires"] = {"N": str(int(expires))}
            expression += ", expires = :expires"
        self._append("Update", key, expression, names, values, condition)

    def put(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """Put an item that must not be there yet; its attributes are DynamoDB's JSON."""
        self._keys.append(key)
        self._actions.append(
            {
                "Put": {
                    "TableName": settings().facets_table,
                    "Item": {**_key(key), **attributes},
                    "ConditionExpression": "attribute_not_exists(facet)",
                }
            }
        )

    def note(self, key: Key) -> None:
        """Put an item that says by its key all there is to say, whether it is there or not."""
        self._keys.append(key)
        self._actions.append({"Put": {"TableName": settings().facets_table, "Item": _key(key)}})

    def remove(self, key: Key, attribute: str | None = None, standing: str | None = None) -> None:
        """Delete an item, if an attribute is named on the condition that it is still `standing`."""
        action: dict[str, Any] = {"TableName": settings().facets_table, "Key": _key(key)}
        if attribute is not None:
            action["ConditionExpression"] = "#value = :standing"
            action["ExpressionAttributeNames"] = {"#value": attribute}
            action["ExpressionAttributeValues"] = {":standing": {"S": standing}}
        self._keys.append(key)
        self._actions.append({"Delete": action})

    def commit(self) -> bool:
        """Write all of it; False where a condition does not hold, or another transaction was in the way.

        botocore gives each call a token, with which DynamoDB does a repetition after a lost answer only once.
        Cost: 2 WRU per KB of every item. Raises TooLargeError where an item would exceed DynamoDB's 400 KB, and
        RefusedError for values that can never be written, or more than 4 MB in all.
        """
        client = _client()
        try:
            _call("transact_write_items", TransactItems=self._actions)
        except client.exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
            if {*reasons} - {None, "None"} <= {"ConditionalCheckFailed", "TransactionConflict"}:
                return False
            full = frozenset(
                key for key, code in zip(self._keys, reasons, strict=False) if code == "ValidationError"
            )
            if full:
                raise TooLargeError(full) from None
            raise
        return True

    def _append(  # noqa: PLR0913, PLR0917
        self,
        kind: str,
        key: Key,
        expression: str,
        names: dict[str, str],
        values: dict[str, Any],
        condition: str | None = None,
    ) -> None:
        action = {
            "TableName": settings().facets_table,
            "Key": _key(key),
            "UpdateExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        if condition is not None:
            action["ConditionExpression"] = condition
        self._keys.append(key)
        self._actions.append({kind: action})


def _key(key: Key) -> dict[str, dict[str, str]]:
    list_key, entry = key
    return {"facet": {"S": list_key}, "entry": {"S": entry}}


def _call(operation: str, **request: Any) -> dict[str, Any]:
    """Call DynamoDB; return its answer. Raises its errors, and RefusedError for what it can never take."""
    client = _client()
    try:
        answer: dict[str, Any] = getattr(client, operation)(**request)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ValidationException":
            raise RefusedError(error.response["Error"].get("Message")) from error
        raise
    return answer


def _client() -> Any:
    return connection(settings().region).client
