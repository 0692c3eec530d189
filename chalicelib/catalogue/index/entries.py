"""The index entries of an image: each holds its card, in a list that is read in order.

======== ============================== ====================
list     hash key                       range key
======== ============================== ====================
taken    owner#taken                    moment#id
camera   owner#camera#gear              moment#id
word     owner#word#word                moment#id, and `+` after that of a tag
words    owner#words                    word, of all that images were ever found by; no card
people   owner#people#number            moment#id; the number is 0, 1 or 2+
colour   owner#colour#cell              moment#id
place    owner#place                    geohash#id
band     owner#band#number#bits         hash of the pixels#id; three bands (`phash_bands`)
bytes    owner#bytes#hash               hash of the bytes#id, where no pixels are known
same     owner#same                     the same hash#id, where another image has it, too (written by `follow`)
tags     owner#tags                     id; no card, but the tags of an image that has too many for its card
flagged  *#flagged                      time of upload#id, of all owners; no card, but its owner (`FLAGGED`)
======== ============================== ====================

A moment has 19 characters and an id has 26, so that positions compare as they sort. Every key takes at most one
write an image: a partition of DynamoDB gives 1,000 a second, as much as the index of an owner's uploads takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, colour_cells, geohash, phash_bands
from chalicelib.db import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.terms import Word
    from chalicelib.db.index_table import Key

TAG = "+"
FLAGGED = "*#flagged"
"""Hash key of the images of all owners that were found unsafe, or judged by an admin: few of all."""
_ID = 26


class Identity(NamedTuple):
    """A list in which images of the same content lie together, and how their range keys begin there."""

    list_key: str
    prefix: str


def taken(owner: str) -> str:
    """Return the hash key of all of an owner's images by date taken."""
    return f"{owner}#taken"


def camera(owner: str, gear: str) -> str:
    """Return the hash key of the images that were taken with some gear (`cards.Facts.gear`)."""
    return f"{owner}#camera#{gear.casefold()}"


def word(owner: str, text: str) -> str:
    """Return the hash key of the images that a word says something of, tags among them."""
    return f"{owner}#word#{text}"


def words(owner: str) -> str:
    """Return the hash key of an owner's words, in alphabetical order."""
    return f"{owner}#words"


def people(owner: str, number: str) -> str:
    """Return the hash key of the images that show `0`, `1` or `2+` people."""
    return f"{owner}#people#{number}"


def colour(owner: str, cell: str) -> str:
    """Return the hash key of the images of which a main colour lies in a cell."""
    return f"{owner}#colour#{cell}"


def tags(owner: str) -> str:
    """Return the hash key of the tags of an owner's images that have too many for their cards."""
    return f"{owner}#tags"


def place(owner: str) -> str:
    """Return the hash key of an owner's images by place."""
    return f"{owner}#place"


def band(owner: str, name: str) -> str:
    """Return the hash key of the images that have a band of their perceptual hash in common (`phash_bands`)."""
    return f"{owner}#band#{name}"


def identity(card: Card) -> Identity | None:
    """Return where images with the same pixels lie.

    Where no pixels are known, those with the same bytes; None where neither is.
    """
    facts = card.facts
    if facts.phash is not None and facts.pixels is not None:
        return Identity(band(card.owner, phash_bands.stored(facts.phash)[0]), f"{facts.pixels:016x}#")
    if facts.sha256 is not None:
        return Identity(f"{card.owner}#bytes#{facts.sha256:016x}", f"{facts.sha256:016x}#")
    return None


def same(owner: str) -> str:
    """Return the hash key of an owner's images that are there more than once, by their hash."""
    return f"{owner}#same"


def image_id(entry: str) -> str:
    """Return the image that a range key of this table is for."""
    return entry.removesuffix(TAG)[-_ID:]


def entries_of(
    card: Card, said: Iterable[Word], persons: str | None = None, *, flagged: bool = False
) -> dict[Key, bytes]:
    """Return an image's index entries: a packed card by key.

    `said` are the terms that it is found by, `persons` how many people it shows (`0`, `1`, `2+`; None: not known),
    `flagged` tells whether admins should look at it.
    """
    owner, facts, packed = card.owner, card.facts, cards.pack(card)
    found = {(taken(owner), card.position): packed}
    if facts.gear:
        found[camera(owner, facts.gear), card.position] = packed
    for text, is_tag in said:
        found[word(owner, text), f"{card.position}{TAG if is_tag else ''}"] = packed
    if persons is not None:
        found[people(owner, persons), card.position] = packed
    if facts.latitude is not None and facts.longitude is not None:
        found[place(owner), f"{geohash.geohash(facts.latitude, facts.longitude)}#{card.image_id}"] = packed
    for hexadecimal in facts.main_colours:
        found[colour(owner, colour_cells.cell(hexadecimal)), card.position] = packed
    if flagged and card.uploaded is not None:
        found[FLAGGED, keys.listed(card.uploaded, card.image_id)] = owner.encode()
    if len(packed_tags := cards.pack_tags(card)) > cards.MAX_TAG_BYTES:
        found[tags(owner), card.image_id] = packed_tags
    if facts.phash is not None and facts.pixels is not None:
        for name in phash_bands.stored(facts.phash):
            found[band(owner, name), f"{facts.pixels:016x}#{card.image_id}"] = packed
    elif facts.sha256 is not None:
        found[f"{owner}#bytes#{facts.sha256:016x}", f"{facts.sha256:016x}#{card.image_id}"] = packed
    return found
