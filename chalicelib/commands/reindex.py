"""`make reindex`: write the index entries of records again, and delete those without a record.

    JANUS_STAGE=dev python -m chalicelib.commands.reindex [OWNER ...]

It is needed after the loss of stream records (they live for a day) or of the index table, or when the keys or the
cards of index entries have changed. It deletes index entries without a record from every list that it finds; then
it touches every record, so that the stream delivers it again and `stream_consumer.follow` writes all its index
entries. Nothing else writes them: changes in the meantime are followed in their order. Facts that an older version
did not store are made from the record's document. It may be stopped and started again.
"""

from __future__ import annotations

import argparse
import math
import sys
from typing import TYPE_CHECKING, NamedTuple

from msgspec import MsgspecError

from chalicelib import aws
from chalicelib.catalogue.index import cards, colour_cells, counters, entries, image_annotations, record_change
from chalicelib.catalogue.repair.owners import everybody
from chalicelib.commands import stages
from chalicelib.config import settings
from chalicelib.db import document_codec, images, index_table, owner_lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chalicelib.db.index_table import Item, Key
    from chalicelib.db.models import Image

PAGE = 100  # records; BatchGetItem's limit


class Outcome(NamedTuple):
    """The numbers of touched records and of deleted index entries."""

    records: int
    removed: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Reindex the stage that JANUS_STAGE names; return 0 when that was done."""
    owners = _parser().parse_args(arguments).owners
    try:
        stages.enter(settings().stage, owners)
    except stages.StageError as error:
        print(error, file=sys.stderr)
        return 2
    for owner in owners or everybody():
        found = reindex(owner)
        print(
            f"{owner}: {found.removed} index entries deleted, {found.records} records to be indexed again",
            flush=True,
        )
    if not owners:
        print(f"flagged images of all owners: {sweep_flagged()} index entries deleted", flush=True)
    print("done: the stream brings the records within a moment; `make recount` then proves the counts")
    return 0


def reindex(owner: str) -> Outcome:
    """Delete an owner's index entries without a record, and have the records indexed again.

    Cost: 1 RRU per 4 KB of a record for each of its index entries, and once more; then 1 WRU per KB of it, and the
    writes of `follow`.
    """
    removed = sum(_sweep(owner, name) for name in _lists(owner))
    touched = sum(_index_again(image) for image in _records(owner))
    return Outcome(touched, removed)


def sweep_flagged() -> int:
    """Delete the index entries of images that are flagged no more, such as by another threshold; return how many.

    Cost: 1 RRU per 4 KB of a record for each entry.
    """
    removed = 0
    for page in aws.batches(index_table.every(entries.FLAGGED, consistent=True), PAGE):
        wrong = {item.entry for item in page} - {entry for image in _of(page) for entry in _flagged(image)}
        index_table.write({}, [(entries.FLAGGED, entry) for entry in wrong])
        removed += len(wrong)
        for image in _of(item for item in page if item.entry in wrong):
            if _flagged(image):  # since then: its entry may be among the deleted
                images.touch(image.image_id)
    return removed


def _of(items: Iterable[Item]) -> Iterator[Image]:
    return images.get_many({entries.image_id(item.entry) for item in items})


def _flagged(image: Image) -> set[str]:
    return {entry for list_key, entry in record_change.indexed(image).entries if list_key == entries.FLAGGED}


def _index_again(image: Image) -> bool:
    """Have a record indexed again, with facts that its version did not know; tell whether there is one."""
    try:
        facts = cards.completed(image.facts, document_codec.unpack(image.document), image.sha256)
    except (document_codec.DocumentError, MsgspecError):
        facts = None  # the stream's consumer logs it
    return (facts is not None and images.complete(image, facts)) or images.touch(image.image_id)


def _records(owner: str) -> Iterator[Image]:
    after, more = None, True
    while more:
        page = owner_lists.newest(owner, PAGE, after)
        yield from images.get_many(image.image_id for image in page.items)
        after, more = page.after, page.after is not None


def _lists(owner: str) -> Iterator[str]:
    """Yield the lists of an owner that can be found; bands are known by the cards that lie in these."""
    yield from (entries.taken(owner), entries.place(owner), entries.same(owner), entries.tags(owner))
    yield from (entries.colour(owner, cell) for cell in colour_cells.near("#808080", math.inf, "oklab"))
    counted = index_table.get(counters.holder(owner), counters.CAMERA)
    yield from (entries.people(owner, number) for number in image_annotations.PEOPLE)
    yield from (entries.camera(owner, gear) for gear in (counted.numbers() if counted else ()))
    yield from (
        entries.word(owner, item.entry) for item in index_table.every(entries.words(owner), consistent=True)
    )


def _sweep(owner: str, name: str) -> int:
    """Delete a list's entries that their records lack, with all other entries of their cards; return how many."""
    removed = 0
    for page in aws.batches(index_table.every(name, consistent=True), PAGE):
        ids = {entries.image_id(item.entry) for item in page}  # an image may have several entries
        before = {image.image_id: image for image in images.get_many(ids)}
        wrong: set[Key] = set()
        for item in page:
            wrong |= _wrong(owner, name, item, before.get(entries.image_id(item.entry)))
        index_table.write({}, wrong)
        removed += len(wrong)
        for image in images.get_many({entries.image_id(entry) for _, entry in wrong}):
            known = before.get(image.image_id)
            if known is None or known.changed != image.changed:
                images.touch(image.image_id)  # it has other index entries by now; some may be among the deleted
    return removed


def _wrong(owner: str, name: str, item: Item, image: Image | None) -> set[Key]:
    """Return the index entries that an entry of a list implies and that its image does not have."""
    indexed = record_change.indexed(image)
    wanted = indexed.entries.keys() if indexed.card is not None and indexed.card.owner == owner else set()
    if name == entries.tags(owner):
        return {(name, item.entry)} - wanted
    told = entries.entries_of(cards.unpack(item.card, owner, entries.image_id(item.entry)), ()).keys()
    wrong = set(told - wanted)
    if (name, item.entry) not in wanted and (wrong or name != entries.same(owner)):
        wrong.add((name, item.entry))  # that something is there twice no record says: it is right with the others
    return wrong


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.commands.reindex",
        description="Write the index entries of records again, and delete those without a record.",
    )
    parser.add_argument("owners", nargs="*", metavar="OWNER", help="an owner's id (default: all owners)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
