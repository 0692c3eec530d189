"""Images that resemble one, among literal hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.catalogue.index import entries
from chalicelib.catalogue.search import similar
from chalicelib.catalogue.search.similar import Likeness
from chalicelib.db import index_table
from chalicelib.db.slices import Page
from tests.chalicelib.catalogue.literals import image

if TYPE_CHECKING:
    from chalicelib.catalogue.index.cards import Card


def shelved(*cards: Card) -> None:
    for card in cards:
        index_table.write(entries.entries_of(card, ()))


def test_the_nearest_come_first_and_none_is_farther_than_asked_for(aws: str, owner: str) -> None:
    """The same pixels before all; the bits that differ are counted."""
    hashes = {
        "a": (0, 1, 1),
        "b": (0, 1, 2),
        "c": (1 << 63, 2, 3),
        "d": (0b1111 << 60, 3, 1),
        "e": ((1 << 64) - 1, 4, 4),
    }
    one, same, near, far, other = (
        image(
            owner=owner, key=f"uploads/{owner}/a.jpg", image_id=letter * 26, phash=phash, pixels=pixels, sha256=sha
        )
        for letter, (phash, pixels, sha) in hashes.items()
    )
    shelved(one, same, near, far, other)
    of = {
        "same": Likeness(same, 0, same_pixels=True, same_bytes=False),
        "near": Likeness(near, 1, same_pixels=False, same_bytes=False),
        "far": Likeness(far, 4, same_pixels=False, same_bytes=True),
    }
    assert similar.similar(one, 4, 10) == [of["same"], of["near"], of["far"]]
    assert similar.similar(one, 3, 10) == [of["same"], of["near"], of["far"]]  # it has the same bytes
    assert similar.similar(one, 0, 10) == [of["same"], of["far"]]
    assert similar.similar(one, 4, 1) == [of["same"]]
    assert [like.card.image_id[0] for like in similar.similar(far, 3, 10)] == [
        "c",
        "a",
    ]  # of its own bytes, 4 apart
    assert [like.card.image_id[0] for like in similar.similar(near, 2, 10)] == ["a", "b"]
    assert similar.similar(other, 8, 10) == []


def test_without_a_perceptual_hash_the_same_bytes_are_alike(aws: str, owner: str) -> None:
    """And nothing is where not even these are known."""
    one, same, other, bare = (
        image(owner=owner, key=f"uploads/{owner}/a.jpg", image_id=letter * 26, sha256=sha)
        for letter, sha in (("a", 1), ("b", 1), ("c", 2), ("d", None))
    )
    shelved(one, same, other, bare)
    assert similar.similar(one, 8, 10) == [Likeness(same, None, same_pixels=False, same_bytes=True)]
    assert similar.similar(other, 8, 10) == []
    assert similar.similar(bare, 8, 10) == []
    assert similar.duplicates(owner, 10) == Page([], None)
