"""Counters by owner and over all, by month, camera, format, colour, tag and place.

An image counts in a few items, each for a bounded vocabulary, so that none grows without bounds and facets are
listed by one query::

    owner#count   total#                 images, bytes, spread, cell:232 ...: those in the bucket
                  month#2026-11          images, bytes, refused, format:JPEG, state:ready, colour:red ...
                  taken#2014             2014-10 ...
                  camera#                make, model, lens (cards.Facts.gear) ...
                  tag#bucket             +beach ...: a tag may be called as the keys of the table are
                  place#u4               u4pr: geohash cells of 4 characters; country, city (cards.Facts.located)
    *#count#shard month#, camera#        the same over all owners; tags and places are nobody else's business

There are few, since all that a batch of changes adds to one costs as much as a single number. None grows beyond
DynamoDB's 400 KB: names that would are not counted.
"""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, colour_cells, entries, geohash
from chalicelib.db import index_table
from chalicelib.db.models import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.terms import Word
    from chalicelib.db.index_table import Key

EVERYBODY = "*"
SHARDS = 16  # of the counters over all owners, so that no item takes the writes of all
TOTAL, CAMERA = "total#", "camera#"
_BUCKETS = 8  # of tags
_CELL = 4  # characters of a geohash that places are counted by: 39 by 20 km at the equator

_CELL_COUNT = "cell:"
_SPREAD = "spread"  # number of images whose main colours are counted by cell
Counted = dict["Key", dict[str, int]]
"""Numbers by item and name."""


class ColourSpread(NamedTuple):
    """The number of an owner's images, and how many of them have a main colour in each cell.

    The cells are None where some images were followed by a version that did not count them, until a recount.
    """

    images: int
    cells: dict[str, int] | None


def contribution(card: Card, said: Iterable[Word], people: str | None = None) -> Counted:
    """Return one image's contribution to counters, by its owner's items; `*` stands for those over all owners."""
    facts, month = card.facts, card.uploaded[:7]
    there = {"images": 1, "bytes": card.size or 0}
    refused = card.code in REFUSALS
    in_month = {"images": 1, "refused": 1} if refused else {**there}
    in_month[f"state:{card.state}"] = 1
    if card.format:
        in_month[f"format:{card.format}"] = 1
    if facts.provenance:
        in_month[f"provenance:{facts.provenance}"] = 1
    if people is not None:
        in_month[f"people:{people}"] = 1
    in_month |= {f"colour:{colour_cells.css_name(colour)}": 1 for colour in facts.main_colours}
    mine = holder(card.owner)
    found: Counted = {(mine, f"month#{month}"): in_month, (EVERYBODY, f"month#{month}"): in_month}
    if not refused:
        cells = {f"{_CELL_COUNT}{colour_cells.cell(colour)}": 1 for colour in facts.main_colours}
        found[mine, TOTAL] = {**there, _SPREAD: 1, **cells}
    if facts.gear:
        found[mine, CAMERA] = {facts.gear: 1}
    if facts.make or facts.model:
        found[EVERYBODY, CAMERA] = {camera_of(facts.gear): 1}
    for word in said:
        if word.tag:
            bucket = zlib.crc32(word.text.encode()) % _BUCKETS
            found.setdefault((mine, f"tag#{bucket}"), {})[f"{entries.TAG}{word.text}"] = 1
    if facts.taken:
        found[mine, f"taken#{facts.taken[:4]}"] = {facts.taken[:7]: 1}
    if facts.latitude is not None and facts.longitude is not None:
        cell = geohash.geohash(facts.latitude, facts.longitude, _CELL)
        found[mine, f"place#{cell[:2]}"] = {cell: 1, **({facts.located: 1} if facts.located else {})}
    return found


def camera_of(gear: str) -> str:
    """Return the name of a camera, regardless of its lens, in the counters over all owners."""
    return gear.rpartition(cards.SEPARATOR)[0]


def merge(added: Iterable[Counted], removed: Iterable[Counted] = ()) -> Counted:
    """Return the sum of contributions, less those of the removed, without zeros."""
    sums: defaultdict[Key, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for contributions, sign in ((added, 1), (removed, -1)):
        for counted in contributions:
            for key, numbers in counted.items():
                for name, number in numbers.items():
                    sums[key][name] += sign * number
    whole = {key: {name: number for name, number in numbers.items() if number} for key, numbers in sums.items()}
    return {key: numbers for key, numbers in whole.items() if numbers}


def spread(counted: Counted) -> Counted:
    """Return counts with those over all owners in one of their items."""
    everybody = random.choice(shards())  # noqa: S311  it only spreads
    return {
        (everybody if counts == EVERYBODY else counts, item): numbers
        for (counts, item), numbers in counted.items()
    }


def holder(owner: str) -> str:
    """Return the hash key of an owner's counts."""
    return f"{owner}#count"


def shards() -> list[str]:
    """Return the hash keys of the counts over all owners."""
    return [f"{EVERYBODY}#count#{shard}" for shard in range(SHARDS)]


def standing(hash_key: str, kind: str = "") -> dict[str, dict[str, int]]:
    """Return the counts under a hash key as they stand now, all of them or those of a kind, by item.

    Cost: 1 RRU per 4 KB.
    """
    low, high = (f"{kind}#", f"{kind}#{index_table.MOST}") if kind else (index_table.LEAST, index_table.MOST)
    found = {item.entry: item.numbers() for item in index_table.every(hash_key, low, high, consistent=True)}
    whole = {
        entry: {name: number for name, number in counted.items() if number} for entry, counted in found.items()
    }
    return {entry: counted for entry, counted in whole.items() if counted}


def colour_spread(numbers: Mapping[str, int]) -> ColourSpread:
    """Return what the item `total#` of an owner tells of colours.

    Every change adds the same to `spread` and `images`: they differ by the number of images there were when this
    began to be counted, until a recount.
    """
    whole = numbers.get(_SPREAD, 0) == numbers.get("images", 0) > 0
    cells = {
        name.removeprefix(_CELL_COUNT): number
        for name, number in numbers.items()
        if name.startswith(_CELL_COUNT) and number > 0
    }
    return ColourSpread(numbers.get("images", 0), cells if whole else None)


def of_owner(owner: str, kind: str) -> dict[str, dict[str, int]]:
    """Return an owner's counters of a kind (`month`, `camera` ...) by the text after its `#`.

    Cost: 0.5 RRU per 4 KB.
    """
    return _read([holder(owner)], kind)


def of_everybody(kind: str) -> dict[str, dict[str, int]]:
    """Return the counts over all owners of `month` or `camera`. Cost: 16 queries."""
    return _read(shards(), kind)


def _read(holders: Iterable[str], kind: str) -> dict[str, dict[str, int]]:
    sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for hash_key in holders:
        for item in index_table.every(hash_key, f"{kind}#", f"{kind}#{index_table.MOST}"):
            for name, number in item.numbers().items():
                sums[item.entry.partition("#")[2]][name] += number
    return {
        item: {name: number for name, number in numbers.items() if number}
        for item, numbers in sums.items()
        if any(numbers.values())
    }
