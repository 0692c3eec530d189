"""From a change of a record to its facets, counts and news.

The stream of the table of images brings every change of an item at least once, in order, shard by shard, with the
item as it was and as it is. Facets are written first, and may be written twice; then counts, news, and the number
of the last change are written in one transaction, on the condition that no one else has come so far. So whatever
is interrupted anywhere is done again, and counted once.
"""

from __future__ import annotations

import base64
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import MsgspecError

from chalicelib.catalogue import cards, changes, counts, edges, words
from chalicelib.catalogue.changes import Change
from chalicelib.db import documents, facets
from chalicelib.db.facets import BusyError, RefusedError, TooLargeError, Transaction
from chalicelib.db.models import FAILED, READY, Image
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from chalicelib.catalogue.cards import Card
    from chalicelib.catalogue.counts import Counted
    from chalicelib.catalogue.words import Word
    from chalicelib.db.facets import Key

CHUNK = 500  # changes that are written together, at most
_ACTIONS = facets.Transaction.MAX_ACTIONS - 1  # one says how far the stream is followed
_NAMES = 200  # that are added to in one item; an expression may have 300 operators, and 4 KB
_ATTEMPTS = 10
_DUPLICATES = 100  # of one content that are told of; each change of one reads them all
_CHECKPOINT_SECONDS = 3 * 24 * 3600  # a stream keeps its records for one day
_NONE: tuple[None, tuple[Word, ...]] = (None, ())


@dataclass(frozen=True)
class Step:
    """One change of an item: its number in the stream, and the image before and after, where it was or is one."""

    number: int
    time: float
    before: tuple[Card | None, tuple[Word, ...]]
    after: tuple[Card | None, tuple[Word, ...]]
    again: bool = False  # nothing changed: the record was touched, so that all its facets are written anew

    @cached_property
    def counted(self) -> Counted:
        """What the change adds to the counts."""
        parts = [(counts.contribution(card, said), sign) for (card, said), sign in self._both() if card]
        return counts.merge(*parts)

    @property
    def told(self) -> tuple[str, Change] | None:
        """Whose news the change is, and what they say."""
        before, after = self.before[0], self.after[0]
        if self.again:
            return None
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time))
        if after is not None:
            kind = changes.CREATED if before is None else changes.UPDATED
            return after.owner, Change(after.image_id, kind, when, after.state)
        if before is not None:
            return before.owner, Change(before.image_id, changes.REMOVED, when, None)
        return None

    @property
    def words(self) -> set[Key]:
        """The words that the image is found by now, and was not before, in the list of its owner's words."""
        card, said = self.after
        known = () if self.again else self.before[1]
        return {(edges.words(card.owner), word.text) for word in {*said} - {*known}} if card else set()

    def edges(self) -> tuple[dict[Key, bytes], dict[Key, bytes]]:
        """Return the facets before and after; before a touch, none that can be relied on."""
        before, after = (edges.edges(card, said) if card else {} for card, said in (self.before, self.after))
        return {} if self.again else before, after

    def _both(self) -> Iterator[tuple[tuple[Card | None, tuple[Word, ...]], int]]:
        yield self.before, -1
        yield self.after, 1


def follow(shard: str, records: Iterable[Mapping[str, Any]]) -> int:
    """Write what records of one shard of the stream lead to; return how many had not been followed before.

    `records` are those of a DynamoDB event of Lambda, in their order. Raises BusyError, and what DynamoDB raises;
    the same records should then come again. Cost: 1 WRU a facet; 2 an item of counts in each chunk.
    """
    done = _reached(shard)
    steps = [step for step in map(_step, records) if done is None or step.number > done]
    for chunk in _chunks(steps):
        _write_facets(chunk)
        done = _counted(shard, done, chunk)
    return len(steps)


def _step(record: Mapping[str, Any]) -> Step:
    told = record["dynamodb"]
    old, new = (_image(told.get(name)) for name in ("OldImage", "NewImage"))
    again = old is not None and new is not None and new.touched is not None and new.touched != old.touched
    number, when = int(told["SequenceNumber"]), float(told["ApproximateCreationDateTime"])
    return Step(number, when, facets_of(old), facets_of(new), again)


def _image(item: dict[str, Any] | None) -> Image | None:
    """Return an item of a Lambda event as a model; its binary values are Base64 there."""
    if not item:
        return None
    decoded = {
        name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()
    }
    return Image.from_raw_data(decoded)


def facets_of(image: Image | None) -> tuple[Card | None, tuple[Word, ...]]:
    """Return the card of an image and the words that it is found by; nothing for a ticket and a tombstone."""
    if image is None or image.state not in (READY, FAILED):
        return _NONE
    try:
        written = documents.unpack(image.document).get("metadata", {}).get("description", {})
    except (documents.DocumentError, MsgspecError):  # no fault of this process's: the stream must not stand still
        logger.exception("a record's document cannot be read", extra={"image_id": image.image_id})
        written = {}
    try:
        card = cards.card(image)
    except MsgspecError:
        logger.exception("a record's facts cannot be read", extra={"image_id": image.image_id})
        return _NONE
    said = words.said(
        title=f"{image.title or ''} {written.get('title') or ''}",
        caption=f"{image.description or ''} {written.get('caption') or ''}",
        keywords=written.get("keywords") or (),
        tags=image.tags or (),
        name=image.key.rpartition("/")[2],
    )
    return card, tuple(said)


def _chunks(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield what fits into one transaction each, in order."""
    chunk: list[Step] = []
    touched: defaultdict[Key, set[str]] = defaultdict(set)
    for step in steps:
        more: dict[Key, set[str]] = {key: {*numbers} for key, numbers in step.counted.items()}
        if step.told:
            more |= {
                (step.told[0], "changes"): set(),
                (step.told[0], "head"): set(),
                (step.told[0], "noted"): set(),
            }
        crowded = any(len(touched.get(key, set()) | names) > _NAMES for key, names in more.items())
        if chunk and (len(chunk) == CHUNK or len(touched.keys() | more.keys()) > _ACTIONS or crowded):
            yield chunk
            chunk, touched = [], defaultdict(set)
        chunk.append(step)
        for key, names in more.items():
            touched[key] |= names
    if chunk:
        yield chunk


def _write_facets(chunk: Sequence[Step]) -> None:
    puts: dict[Key, bytes] = {}
    deletes: set[Key] = set()
    identities: set[tuple[str, str, str]] = set()
    for step in chunk:
        before, after = step.edges()
        for key in before.keys() - after.keys():
            puts.pop(key, None)
            deletes.add(key)
        for key, card in after.items():
            if before.get(key) != card:
                puts[key] = card
                deletes.discard(key)
        identities |= _identities(step, changed=before != after)
    facets.note({key for step in chunk for key in step.words})
    facets.write(puts, deletes)
    for owner, facet, prefix in sorted(identities):
        _tell_duplicates(owner, facet, prefix)


def _identities(step: Step, *, changed: bool) -> set[tuple[str, str, str]]:
    found = {(card.owner, edges.identity(card)) for card, _ in (step.before, step.after) if card and changed}
    return {(owner, *identity) for owner, identity in found if identity}


def _tell_duplicates(owner: str, facet: str, prefix: str) -> None:
    """Let the list of what is there more than once have all images of one content, or none.

    What two processes do at once is right in the end: each writes its own facets first, then reads all of them,
    and reads again what it took away.
    """
    listed = edges.same(owner)
    for _ in range(_ATTEMPTS):
        there = {item.entry: item.card for item in _all(facet, prefix)}
        shown = {item.entry: item.card for item in _all(listed, prefix)}
        wanted = there if len(there) > 1 else {}
        if shown == wanted:
            return
        puts = {(listed, entry): card for entry, card in wanted.items() if shown.get(entry) != card}
        facets.write(puts, [(listed, entry) for entry in shown.keys() - wanted.keys()])
    raise BusyError(f"the duplicates under {facet} keep changing")


def _all(facet: str, prefix: str) -> list[facets.Item]:
    return facets.read(facet, prefix, prefix + facets.MOST, limit=_DUPLICATES, consistent=True).items


def _counted(shard: str, done: int | None, chunk: Sequence[Step]) -> int | None:
    """Count a chunk; one change of it that cannot be counted must not keep all others from it, for a day."""
    try:
        return _count(shard, done, chunk, counts.merge(*((step.counted, 1) for step in chunk)))
    except RefusedError:
        if len(chunk) > 1:
            for step in chunk:
                done = _counted(shard, done, [step])
            return done
        logger.exception("a change cannot be counted", extra={"change": chunk[0].number})
        return _count(shard, done, chunk, {})


def _count(shard: str, done: int | None, chunk: Sequence[Step], counted: Counted) -> int | None:
    """Add numbers, and tell of a chunk, once; return how far the shard is followed then."""
    reached = chunk[-1].number
    news: defaultdict[str, list[Change]] = defaultdict(list)
    for step in chunk:
        if step.told:
            news[step.told[0]].append(step.told[1])
    for attempt in range(_ATTEMPTS):
        transaction = Transaction()
        expires = time.time() + _CHECKPOINT_SECONDS
        transaction.replace(_checkpoint(shard), "number", _text(done), str(reached), expires)
        for owner, batch in news.items():
            changes.append(transaction, owner, changes.head(owner), batch)
        for key, numbers in counts.spread(counted).items():
            transaction.add(key, numbers)
        try:
            if transaction.commit():
                return reached
        except TooLargeError as error:
            logger.exception("counts are full: an owner has more names than are counted")
            counted = {key: numbers for key, numbers in counted.items() if key not in error.keys}
        standing = _reached(shard)
        if standing == reached:
            return reached  # the same records came twice, and the other was faster
        if standing != done:
            raise BusyError(f"{shard} is followed by another, too")
        time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311  it only spreads
    raise BusyError(f"the counts of {shard} are written by too many")


def _reached(shard: str) -> int | None:
    found = facets.get(*_checkpoint(shard))
    return int(found.attributes["number"]["S"]) if found else None


def _checkpoint(shard: str) -> Key:
    return f"*#stream#{shard}", "reached"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
