"""Cards as lists show them: with all tags, those that are too long for an index entry read in one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from chalicelib.catalogue.index import cards, entries
from chalicelib.db import index_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.catalogue.index.cards import Card


class Completed(NamedTuple):
    """Cards with their tags, and the cost of reading those in RRU."""

    cards: list[Card]
    units: float


def complete(found: Sequence[Card]) -> Completed:
    """Return cards with their tags. Cost: 0.5 RRU per 4 KB of the tags of each that has them apart."""
    apart = [(entries.tags(card.owner), card.image_id) for card in found if card.apart]
    fetched = index_table.fetch(apart)
    tags = {entry: cards.unpack_tags(item.card) for (_, entry), item in fetched.items.items()}
    whole = [replace(card, tags=tags.get(card.image_id), apart=False) if card.apart else card for card in found]
    return Completed(whole, fetched.units)
