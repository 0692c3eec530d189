"""The facets of an image: under each, its card, in a list that is read in order.

======== ============================================= ==========================
facet    hash key                                      range key begins with
======== ============================================= ==========================
taken    owner#taken#shard                             moment
camera   owner#camera#shard#make|model                 moment
lens     owner#lens#shard#lens                         moment
word     owner#word#shard#first two characters         word, NUL, moment
place    owner#place                                   geohash
colour   owner#colour#cell                             moment
band     owner#band#number#16 bits                     hash of the pixels
======== ============================================= ==========================

and each range key ends with the image's id. Every key takes at most one write an image, a word's half of one;
DynamoDB gives 1,000 a second.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from chalicelib.catalogue import cards, hues, places, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.catalogue.cards import Card

SHARDS = 2
BANDS = 4  # of 16 bits: two hashes that differ in 3 bits have one of them in common
NUL = "\0"

Key = tuple[str, str]
"""Hash and range key of an edge."""


def shards(owner: str, kind: str, value: str = "") -> list[str]:
    """Return the hash keys that hold a facet's images."""
    return [_sharded(owner, kind, shard, value) for shard in range(SHARDS)]


def taken(owner: str) -> list[str]:
    """Return the hash keys of all of an owner's images by date taken."""
    return shards(owner, "taken")


def camera(owner: str, make: str | None, model: str | None) -> list[str]:
    """Return the hash keys of the images from a camera."""
    return shards(owner, "camera", camera_name(make, model))


def camera_name(make: str | None, model: str | None) -> str:
    """Return a camera as facets name it: make and model, in lower case."""
    return f"{make or ''}|{model or ''}".casefold()


def lens(owner: str, name: str) -> list[str]:
    """Return the hash keys of the images from a lens."""
    return shards(owner, "lens", name.casefold())


def word(owner: str, text: str) -> list[str]:
    """Return the hash keys of the images with a word that begins with these two characters, or more."""
    return shards(owner, "word", text[: words.LEAST])


def place(owner: str) -> str:
    """Return the hash key of an owner's images by place."""
    return f"{owner}#place"


def colour(owner: str, cell: str) -> str:
    """Return the hash key of the images whose dominant colour lies in a cell."""
    return f"{owner}#colour#{cell}"


def bands(owner: str, phash: str) -> list[str]:
    """Return the hash keys under which an image lies for its perceptual hash, one for each 16 bits."""
    size = len(phash) // BANDS
    return [f"{owner}#band#{number}#{phash[number * size : (number + 1) * size]}" for number in range(BANDS)]


def edges(card: Card, said: Iterable[words.Word]) -> dict[Key, bytes]:
    """Return what an image's facets hold: a packed card by key. `said` are the words that it is found by."""
    owner, facts, packed = card.owner, card.facts, cards.pack(card)
    shard = zlib.crc32(card.image_id.encode()) % SHARDS
    found = {(taken(owner)[shard], card.place): packed}
    if facts.make or facts.model:
        found[camera(owner, facts.make, facts.model)[shard], card.place] = packed
    if facts.lens:
        found[lens(owner, facts.lens)[shard], card.place] = packed
    for text, tag in said:
        found[word(owner, text)[shard], f"{text}{NUL}{'#' if tag else ' '}{card.place}"] = packed
    if facts.latitude is not None and facts.longitude is not None:
        found[place(owner), f"{places.geohash(facts.latitude, facts.longitude)}#{card.image_id}"] = packed
    if facts.colours:
        found[colour(owner, hues.cell(facts.colours[0])), card.place] = packed
    if facts.phash:
        for band in bands(owner, facts.phash):
            found[band, f"{facts.pixels}#{card.image_id}"] = packed
    return found


def _sharded(owner: str, kind: str, shard: int, value: str) -> str:
    return f"{owner}#{kind}#{shard}#{value}" if value else f"{owner}#{kind}#{shard}"
