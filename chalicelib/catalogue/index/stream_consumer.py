"""Write index entries, counters and the change feed from the changes of records.

The stream of the table of images brings every change of an item at least once, in order, shard by shard, with the
item before and after. Index entries are written first, and may be written twice; then counters, changes, and the
number of the last change are written in one transaction, on the condition that no other invocation has reached
that number. So an interrupted change is repeated, and counted once.

A poison record never blocks its shard: a change that cannot be read, or that DynamoDB refuses, goes to the
dead-letter queue of changes, and the next one follows.
"""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from chalicelib import queues
from chalicelib.catalogue.index import change_feed, counters, entries, record_change
from chalicelib.config import settings
from chalicelib.db import index_table
from chalicelib.db.index_table import BusyError, RefusedError, TooLargeError, Transaction
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from chalicelib.catalogue.index.change_feed import Change
    from chalicelib.catalogue.index.counters import Counted
    from chalicelib.catalogue.index.entries import Identity
    from chalicelib.catalogue.index.record_change import Step
    from chalicelib.db.index_table import Key

CHUNK = 500  # changes that are written together, at most
_ACTIONS = index_table.Transaction.MAX_ACTIONS - 1  # one says how far the stream is followed
_NAMES = 200  # that are added to in one item; an expression may have 300 operators, and 4 KB
_ATTEMPTS = 10
_DUPLICATES = 100  # of one content that are told of; each change of one reads them all
_CHECKPOINT_SECONDS = 3 * 24 * 3600  # a stream keeps its records for one day


def follow(shard: str | None, records: Iterable[Mapping[str, Any]]) -> int:
    """Process the records of one shard of the stream; return how many were new.

    `records` are those of a DynamoDB event of Lambda, in their order. Where the event names no shard, each record
    is counted alone under the checkpoint of its image: the numbers of two shards cannot be compared, those of one
    item always can. Raises BusyError, and the errors of DynamoDB and SQS; the same records should then come again.
    Cost: 1 WRU an index entry; 2 an item of counters in each chunk, which without a shard is a single change.
    """
    if shard is None:
        return sum(follow(f"image#{record['dynamodb']['Keys']['image_id']['S']}", [record]) for record in records)
    done = _reached(shard)
    new = [step for step in map(record_change.of, records) if done is None or step.number > done]
    for step in new:
        if step.unreadable:
            _set_aside(shard, step.number, "record_unreadable", step.unreadable)
    for chunk in _chunks(new):
        done = _written(shard, done, chunk)
    return len(new)


def _chunks(new: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield chunks of changes that fit into one transaction each, in order."""
    chunk: list[Step] = []
    touched: defaultdict[Key, set[str]] = defaultdict(set)
    for step in new:
        more: dict[Key, set[str]] = {key: {*numbers} for key, numbers in step.counted.items()}
        if step.news:
            more |= {(step.news.owner, item): set() for item in ("changes", "head", "noted")}
        crowded = any(len(touched.get(key, set()) | names) > _NAMES for key, names in more.items())
        if chunk and (len(chunk) == CHUNK or len(touched.keys() | more.keys()) > _ACTIONS or crowded):
            yield chunk
            chunk, touched = [], defaultdict(set)
        chunk.append(step)
        for key, names in more.items():
            touched[key] |= names
    if chunk:
        yield chunk


def _write_entries(chunk: Sequence[Step]) -> None:
    puts: dict[Key, bytes] = {}
    deletes: set[Key] = set()
    identities: dict[Identity, str] = {}
    for step in chunk:
        before, after = step.entries()
        for key in before.keys() - after.keys():
            puts.pop(key, None)
            deletes.add(key)
        for key, card in after.items():
            if before.get(key) != card:
                puts[key] = card
                deletes.discard(key)
        identities |= _identities(step, changed=before != after)
    index_table.note({key for step in chunk for key in step.words})
    index_table.write(puts, deletes)
    for identity, owner in sorted(identities.items()):
        _tell_duplicates(owner, identity)


def _identities(step: Step, *, changed: bool) -> dict[Identity, str]:
    """Return where the images before and after a change lie with others of their content, each with its owner."""
    there = [indexed.card for indexed in (step.before, step.after) if indexed.card and changed]
    return {identity: card.owner for card in there if (identity := entries.identity(card))}


def _tell_duplicates(owner: str, identity: Identity) -> None:
    """Let the list of duplicates have all images of one content, or none.

    Two processes at once are right in the end: each writes its own entries first, then reads all of them, and
    reads again the entries that it deleted.
    """
    told = entries.same(owner)
    for _ in range(_ATTEMPTS):
        there = {item.entry: item.card for item in _all(identity.list_key, identity.prefix)}
        shown = {item.entry: item.card for item in _all(told, identity.prefix)}
        wanted = there if len(there) > 1 else {}
        if shown == wanted:
            return
        puts = {(told, entry): card for entry, card in wanted.items() if shown.get(entry) != card}
        index_table.write(puts, [(told, entry) for entry in shown.keys() - wanted.keys()])
    raise BusyError(f"the duplicates under {identity.list_key} keep changing")


def _all(list_key: str, prefix: str) -> list[index_table.Item]:
    return index_table.read(list_key, prefix, prefix + index_table.MOST, limit=_DUPLICATES, consistent=True).items


def _written(shard: str, done: int | None, chunk: Sequence[Step]) -> int | None:
    """Write a chunk, and return how far the shard is followed then; a refused change is set aside alone."""
    try:
        _write_entries(chunk)
        return _count(shard, done, chunk, counters.merge(step.counted for step in chunk))
    except RefusedError:
        if len(chunk) > 1:
            middle = len(chunk) // 2
            return _written(shard, _written(shard, done, chunk[:middle]), chunk[middle:])
        logger.exception("change_refused", extra={"change": chunk[0].number})
    card = chunk[0].after.card or chunk[0].before.card
    _set_aside(shard, chunk[0].number, "change_refused", card.image_id if card else None)
    return _count(shard, done, chunk, {})


def _set_aside(shard: str, number: int, reason: str, image_id: str | None) -> None:
    """Put a change into the dead-letter queue, before its number is passed. Raises the errors of SQS."""
    body = {"reason": reason, "image_id": image_id, "change": str(number), "shard": shard}
    queues.send(settings().changes_dead_letter_queue, [json.dumps(body)])
    logger.error("change_set_aside", extra=body)


def _count(shard: str, done: int | None, chunk: Sequence[Step], counted: Counted) -> int | None:
    """Add numbers, and tell of a chunk, once; return how far the shard is followed then."""
    reached = chunk[-1].number
    news: defaultdict[str, list[Change]] = defaultdict(list)
    for step in chunk:
        if step.news:
            news[step.news.owner].append(step.news.change)
    for attempt in range(_ATTEMPTS):
        transaction = Transaction()
        expires = time.time() + _CHECKPOINT_SECONDS
        transaction.replace(_checkpoint(shard), "number", _text(done), str(reached), expires)
        for owner, batch in news.items():
            change_feed.append(transaction, owner, change_feed.head(owner), batch)
        for key, numbers in counters.spread(counted).items():
            transaction.add(key, numbers)
        try:
            if transaction.commit():
                return reached
        except TooLargeError as error:
            logger.exception("counters_full", extra={"keys": sorted(map("/".join, error.keys))})
            counted = {key: numbers for key, numbers in counted.items() if key not in error.keys}
        standing = _reached(shard)
        if standing == reached:
            return reached  # the same records came twice, and the other was faster
        if standing != done:
            raise BusyError(f"{shard} is followed by another, too")
        time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311  it only spreads
    raise BusyError(f"the counts of {shard} are written by too many")


def _reached(shard: str) -> int | None:
    found = index_table.get(*_checkpoint(shard))
    return int(found.attributes["number"]["S"]) if found else None


def _checkpoint(shard: str) -> Key:
    return f"*#stream#{shard}", "reached"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
