"""Images that are the same, or nearly: by the hash of their pixels, and by their perceptual hash."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, entries, phash_bands
from chalicelib.catalogue.search import whole_cards
from chalicelib.db import index_table
from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.db.index_table import Item

_READ = 100  # entries of a band, at most


class Likeness(NamedTuple):
    """An image, and how it resembles another."""

    card: Card
    distance: int | None  # bits in which the perceptual hashes differ
    same_pixels: bool
    same_bytes: bool


def similar(card: Card, distance: int, limit: int) -> list[Likeness]:
    """Return the owner's images that resemble one, the nearest first.

    All within a distance of 3 are found. Of those farther away, up to `distance`, only images in one of the same
    bands: 86 % of those 4 bits apart and 29 % of those 8 apart, where the bits are independent. If more than 100
    share a band, 100 of them are compared: those with the same pixels are always among them. Cost: at most 16
    queries; 8 RRU, and 0.5 more for each further ten images of a band. Without a perceptual hash, the images with
    the same bytes are returned.
    """
    facts = card.facts
    found: dict[str, Card] = {}
    identity = entries.identity(card)
    if identity is None:
        return []
    crowded = facts.phash is None
    if facts.phash is not None:
        for name in phash_bands.alike(facts.phash):
            part = index_table.read(entries.band(card.owner, name), limit=_READ)
            found |= _cards(card.owner, part.items)
            crowded = crowded or part.more
    if crowded:
        same = index_table.read(
            identity.list_key, identity.prefix, identity.prefix + index_table.MOST, limit=_READ
        )
        found |= _cards(card.owner, same.items)
    alike = (_likeness(card, other) for other in found.values() if other.image_id != card.image_id)
    near = [one for one in alike if one.same_pixels or one.same_bytes or (one.distance or 0) <= distance]
    nearest = sorted(near, key=lambda one: (one.distance or 0, not one.same_pixels, one.card.position))[:limit]
    whole = whole_cards.complete([one.card for one in nearest]).cards
    return [one._replace(card=card) for one, card in zip(nearest, whole, strict=True)]


def duplicates(owner: str, limit: int, after: str | None = None) -> Page[list[Card]]:
    """Return groups of an owner's images that have the same pixels, or the same bytes where none are known.

    `limit` bounds the images read: a page holds whole groups, at least one. Cost: 0.5 RRU per 4 KB.
    """
    low = index_table.LEAST if after is None else after + index_table.MOST
    part = index_table.read(entries.same(owner), low, limit=limit)
    items = part.items
    if part.more:
        last = _hash(items[-1])
        whole = [item for item in items if _hash(item) != last]
        rest = (
            [] if whole else index_table.read(entries.same(owner), f"{last}#", f"{last}#{index_table.MOST}").items
        )
        items = whole or rest
    found = [cards.unpack(item.card, owner, entries.image_id(item.entry)) for item in items]
    pairs = zip(items, whole_cards.complete(found).cards, strict=True)
    groups = [[card for _, card in group] for _, group in groupby(pairs, lambda pair: _hash(pair[0]))]
    return Page([group for group in groups if len(group) > 1], _hash(items[-1]) if part.more else None)


def _cards(owner: str, items: list[Item]) -> dict[str, Card]:
    return {(name := entries.image_id(item.entry)): cards.unpack(item.card, owner, name) for item in items}


def _hash(item: Item) -> str:
    return item.entry.partition("#")[0]


def _likeness(card: Card, other: Card) -> Likeness:
    one, two = card.facts, other.facts
    distance = None if one.phash is None or two.phash is None else (one.phash ^ two.phash).bit_count()
    return Likeness(
        other,
        distance,
        same_pixels=one.pixels is not None and one.pixels == two.pixels,
        same_bytes=one.sha256 is not None and one.sha256 == two.sha256,
    )
