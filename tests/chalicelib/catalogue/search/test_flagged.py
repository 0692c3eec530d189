"""The list of flagged images: how much of it a page reads, and what it leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.catalogue.index import entries
from chalicelib.catalogue.search import flagged
from chalicelib.db import annotation_codec, images, index_table, keys
from chalicelib.db.annotation_codec import Findings, Found
from chalicelib.db.models import Image
from tests.chalicelib.dynamodb import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

UNSAFE = annotation_codec.pack_findings(Findings("c0", {"unsafe": "judge/1"}, (Found("unsafe", "", 0.9),)))


@pytest.fixture(autouse=True)
def _no_others(aws: str) -> Iterator[None]:
    """Begin and end with an empty list: it is that of all owners."""
    index_table.write({}, [(entries.FLAGGED, item.entry) for item in index_table.every(entries.FLAGGED)])
    yield
    index_table.write({}, [(entries.FLAGGED, item.entry) for item in index_table.every(entries.FLAGGED)])


def flag(owner: str, minute: int, *, recorded: bool = True) -> str:
    """List an unsafe image of an owner, with its record or without; return its id."""
    uploaded = f"2026-01-01T00:{minute:02}:00.000Z"
    image_id = keys.image_id("bucket", f"uploads/{owner}/{minute}.jpg")
    if recorded:
        image = Image(image_id, owner=owner, key=f"uploads/{owner}/{minute}.jpg", state="ready", sequencer="01")
        image.uploaded, image.sha256 = uploaded, "c0"
        assert images.put_newer(image)
        assert images.annotate(image, {"annotations": UNSAFE})
    index_table.write({(entries.FLAGGED, f"{uploaded}#{image_id}"): owner.encode()})
    return image_id


def shown(page: Any) -> list[str]:
    return [image.image_id for image in page.items]


def test_a_page_of_all_owners_reads_no_more_entries_than_it_may_show(owner: str) -> None:
    """Each entry costs a record besides."""
    ids = [flag(owner, minute) for minute in range(4)]
    with asked("Query") as queries:
        page = flagged.page(2)
    assert (shown(page), [query["Limit"] for query in queries]) == ([ids[3], ids[2]], [2])
    assert shown(flagged.page(2, page.after)) == [ids[1], ids[0]]


def test_a_page_of_one_owner_looks_past_the_others(owner: str) -> None:
    """Its images may lie far down in the list of all."""
    mine = [flag(owner, minute) for minute in range(2)]
    for minute in range(2, 6):
        flag(f"{owner}-other", minute)
    page = flagged.page(1, owner=owner)
    assert shown(page) == [mine[1]]
    assert shown(flagged.page(1, page.after, owner)) == [mine[0]]


def test_an_entry_whose_record_is_gone_is_left_out(owner: str) -> None:
    """It may be there for a moment after the record."""
    flag(owner, 1, recorded=False)
    there = flag(owner, 2)
    assert shown(flagged.page(5)) == [there]
