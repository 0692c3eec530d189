"""A change of a record: its index entries, terms, counters and the change feed's entry, before and after."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import MsgspecError

from chalicelib.catalogue.index import cards, change_feed, counters, entries, image_annotations, sources
from chalicelib.catalogue.index.change_feed import Change
from chalicelib.db.models import FAILED, READY, Image
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.counters import Counted
    from chalicelib.catalogue.index.terms import Word
    from chalicelib.db.index_table import Key


@dataclass(frozen=True)
class Indexed:
    """A record in the catalogue: its card, the words that the image is found by, and the number of its people.

    A ticket and a tombstone have none. What follows from them is made once: a record is proven with it first.
    """

    card: Card | None = None
    words: tuple[Word, ...] = ()
    people: str | None = None  # 0, 1, 2+ where somebody has looked for any
    flagged: bool = False  # whether admins should look at it

    @cached_property
    def entries(self) -> dict[Key, bytes]:
        """The index entries: a packed card by key."""
        if self.card is None:
            return {}
        return entries.entries_of(self.card, self.words, self.people, flagged=self.flagged)

    @cached_property
    def contribution(self) -> Counted:
        """The contribution to counters."""
        return counters.contribution(self.card, self.words, self.people) if self.card else {}


class News(NamedTuple):
    """An entry of the change feed, and its owner."""

    owner: str
    change: Change


class Entries(NamedTuple):
    """Index entries before and after a change."""

    before: dict[Key, bytes]
    after: dict[Key, bytes]


@dataclass(frozen=True)
class Step:
    """One change of an item: its number in the stream, and the image before and after, if any."""

    number: int
    time: float
    before: Indexed
    after: Indexed
    again: bool  # nothing changed: the record was touched, so that all its index entries are written again
    unreadable: str | None = None  # the image whose record makes no sense after the change: it counts as absent

    @cached_property
    def counted(self) -> Counted:
        """The contribution of the change to the counters."""
        return counters.merge([self.after.contribution], [self.before.contribution])

    @property
    def news(self) -> News | None:
        """The entry of the change feed; None for a change that it does not tell of."""
        before, after = self.before.card, self.after.card
        if self.again:
            return None
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time))
        if after is not None:
            kind = change_feed.CREATED if before is None else change_feed.UPDATED
            return News(after.owner, Change(after.image_id, kind, when, after.state))
        if before is not None:
            return News(before.owner, Change(before.image_id, change_feed.REMOVED, when, None))
        return None

    @property
    def words(self) -> set[Key]:
        """The words that the image is found by now, and was not before, in the list of its owner's words."""
        card, known = self.after.card, () if self.again else self.before.words
        new = {*self.after.words} - {*known}
        return {(entries.words(card.owner), word.text) for word in new} if card else set()

    def entries(self) -> Entries:
        """Return the index entries before and after; before a touch, none that can be relied on."""
        return Entries({} if self.again else self.before.entries, self.after.entries)


def of(record: Mapping[str, Any]) -> Step:
    """Return the change that a record of Lambda's DynamoDB event describes."""
    told = record["dynamodb"]
    old, new = (_read(told.get(name)) for name in ("OldImage", "NewImage"))
    unreadable = told["NewImage"]["image_id"]["S"] if new is None else None
    before, after = (old or _Read()), (new or _Read())
    again = bool(before.image and after.image and after.touched not in (None, before.touched))
    number, when = int(told["SequenceNumber"]), float(told["ApproximateCreationDateTime"])
    return Step(number, when, before.indexed, after.indexed, again, unreadable)


class _Read(NamedTuple):
    """An item of the table of images, and what the catalogue holds of it."""

    image: Image | None = None
    indexed: Indexed = Indexed()

    @property
    def touched(self) -> str | None:
        return self.image.touched if self.image else None


def _read(item: dict[str, Any] | None) -> _Read | None:
    """Return an item read, or None for one that cannot be, such as one with an attribute of another type.

    Nothing here but the item can be wrong, and its change must not block the shard: so every error is caught.
    """
    try:
        image = image_of(item)
        made = indexed(image)
        if made.card and None in (made.card.owner, made.card.key, made.card.uploaded):
            raise ValueError("the record lacks its owner, key or time of upload")
        _ = made.entries, made.contribution
    except Exception:
        logger.exception("record_unreadable", extra={"image_id": (item or {}).get("image_id")})
        return None
    return _Read(image, made)


def image_of(item: dict[str, Any] | None) -> Image | None:
    """Return an item of a Lambda event as a model; its binary values are Base64 there."""
    if not item:
        return None
    decoded = {
        name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()
    }
    return Image.from_raw_data(decoded)


def indexed(image: Image | None) -> Indexed:
    """Return the card of an image and the words that it is found by; nothing for a ticket and a tombstone."""
    if image is None or image.state not in (READY, FAILED):
        return Indexed()
    try:
        card = cards.card(image)
    except MsgspecError:
        logger.exception("facts_unreadable", extra={"image_id": image.image_id})
        return Indexed()
    seen = image_annotations.of(image)
    said = sources.said(sources.of(image, card.facts, seen))
    return Indexed(card, tuple(said), image_annotations.people_list(seen.people), seen.flagged)
