"""A change of a record: its index entries, terms, counters and the change feed's entry, before and after."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import MsgspecError

from chalicelib.catalogue import cards, changes, counts, edges, words
from chalicelib.catalogue.changes import Change
from chalicelib.db import documents, keys
from chalicelib.db.models import FAILED, READY, Image
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chalicelib.catalogue.cards import Card
    from chalicelib.catalogue.counts import Counted
    from chalicelib.catalogue.words import Word
    from chalicelib.db.facets import Key

_NONE: tuple[None, tuple[Word, ...]] = (None, ())


@dataclass(frozen=True)
class Step:
    """One change of an item: its number in the stream, and the image before and after, if any."""

    number: int
    time: float
    before: tuple[Card | None, tuple[Word, ...]]
    after: tuple[Card | None, tuple[Word, ...]]
    again: bool = False  # nothing changed: the record was touched, so that all its facets are written anew

    @cached_property
    def counted(self) -> Counted:
        """The contribution of the change to the counters."""
        parts = [(counts.contribution(card, said), sign) for (card, said), sign in self._both() if card]
        return counts.merge(*parts)

    @property
    def told(self) -> tuple[str, Change] | None:
        """The owner and the entry of the change feed, or None."""
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


def of(record: Mapping[str, Any]) -> Step:
    """Return the change that a record of Lambda's DynamoDB event describes."""
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
        name=card.facts.name or keys.file_name(image.key),
    )
    return card, tuple(said)
