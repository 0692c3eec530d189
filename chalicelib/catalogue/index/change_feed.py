"""The change feed, owner by owner, in an order that loses nothing.

Each batch of changes of an owner is one numbered item; the number is taken in the transaction that counts the
changes, so that a reader who has seen a number has seen all before it. They are kept for a month. An owner's first
number is the time, in milliseconds: an owner who was forgotten and comes back meets none of the old numbers, from
which no reader may go on. With the first batch, the owner is noted in a list of all that the catalogue knows.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.db import index_table
from chalicelib.db.slices import Slice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["created", "updated", "removed"]
CREATED: Kind = "created"
UPDATED: Kind = "updated"
REMOVED: Kind = "removed"
KEPT_SECONDS = 31 * 24 * 3600
HEAD = "head"
_HEAD_UNITS = 1.0  # RRU of reading it
OWNER_SHARDS = 4
_DIGITS = 15
_FORGOTTEN = 500  # batches, at once
_BATCHES = 20  # of one page


class Change(Struct, array_like=True, frozen=True):
    """The creation, update or removal of an image: its time, and the state afterwards."""

    image_id: str
    kind: Kind
    time: str
    state: str | None


class Batch(NamedTuple):
    """Changes of an owner's images that were counted together, and their number, from which a reader goes on."""

    number: int
    changes: list[Change]


class LostError(Exception):
    """The changes asked for are no longer kept: the list must be read anew."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Change]).decode


def head(owner: str) -> int:
    """Return the number of an owner's last batch of changes; 0 where there was none. Cost: 1 RRU."""
    found = index_table.get(_list(owner), HEAD)
    return int(found.attributes["number"]["S"]) if found else 0


def append(transaction: index_table.Transaction, owner: str, standing: int, batch: Sequence[Change]) -> int:
    """Let a transaction tell of changes, if the last batch before has the number `standing`; return theirs."""
    holder, number = _list(owner), standing + 1 if standing else time.time_ns() // 1_000_000
    transaction.replace((holder, HEAD), "number", str(standing) if standing else None, str(number), None)
    expires = {"N": str(int(time.time()) + KEPT_SECONDS)}
    transaction.put((holder, _entry(number)), {"batch": {"B": _pack(list(batch))}, "expires": expires})
    if not standing:
        transaction.note(_noted(owner))
    return number


def since(owner: str, number: int) -> Slice[Batch]:
    """Return the batches after the one with a number; 0: all. Cost: 1 RRU, and 1 per 4 KB of batches.

    Raises LostError when the batches after it are no longer there.
    """
    last = head(owner)
    if number > last:
        raise LostError
    if number == last:
        return Slice([], more=False, units=_HEAD_UNITS)
    found = index_table.read(_list(owner), _entry(number + 1), _entry(last), limit=_BATCHES, consistent=True)
    if not found.items or (number and found.items[0].entry != _entry(number + 1)):
        raise LostError
    batches = [Batch(int(item.entry), _unpack(item.attributes["batch"]["B"])) for item in found.items]
    return Slice(batches, batches[-1].number < last, _HEAD_UNITS + found.units)


def owners() -> Iterator[str]:
    """Yield the owners that the catalogue knows. Cost: 0.5 RRU per 4 KB."""
    for shard in range(OWNER_SHARDS):
        yield from (item.entry for item in index_table.every(_owners(shard)))


def forget(owner: str) -> bool:
    """Delete a part of an owner's changes; return whether none is left.

    The head goes last, on the condition that no batch has come. Cost: 1 WRU each.
    """
    holder = _list(owner)
    last = index_table.get(holder, HEAD)
    found = index_table.read(holder, high="9" * _DIGITS, limit=_FORGOTTEN, consistent=True)
    index_table.write({}, [(holder, item.entry) for item in found.items])
    if last is None or found.more:
        return not found.more
    transaction = index_table.Transaction()
    transaction.remove((holder, HEAD), "number", last.attributes["number"]["S"])
    transaction.remove(_noted(owner))
    return transaction.commit()


def _noted(owner: str) -> index_table.Key:
    return _owners(zlib.crc32(owner.encode()) % OWNER_SHARDS), owner


def _owners(shard: int) -> str:
    return f"*#owners#{shard}"


def _list(owner: str) -> str:
    return f"{owner}#changes"


def _entry(number: int) -> str:
    return f"{number:0{_DIGITS}}"
