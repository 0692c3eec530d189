"""How many WRU an image costs, counted by dynalite while the real functions write it, and how many KB it takes.

A part of `catalog`.

dynalite has no transactions: their items are written one by one, and counted twice, as DynamoDB bills.
Nor does it count an update's writes into indexes: these are added.
"""

from __future__ import annotations

import math
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.meter import Meter
    from chalicelib.db.models import Image
    from tests import libraries

BEFORE = 1_000  # images that the owner has already
SAMPLES = Path(__file__).parents[1] / "samples"


def documents() -> list[dict[str, Any]]:
    """Return the documents of the sample photographs, as extraction makes them, but for their facts."""
    from chalicelib.db import document_codec as packed  # noqa: PLC0415
    from image_processing import analysis, metadata  # noqa: PLC0415
    from image_processing.decode import pixels  # noqa: PLC0415
    from image_processing.source import FileSource  # noqa: PLC0415

    found = []
    for path in sorted(SAMPLES.glob("*.jpg")):
        with path.open("rb") as file:
            source = FileSource(file)
            read = metadata.read(source)
            seen = analysis.analyse(pixels.decode(source, read, pixels.MAX_SIDE))
        document = {
            "metadata": read.to_dict(),
            "origins": dict(read.origins),
            "warnings": [],
            "thumbnails": {},
            "analysis": seen,
            "tags": {group: dict(tags) for group, tags in read.raw.items()},
        }
        found.append({"document": packed.pack(document)})
    return found


def records(owner: str, number: int) -> Iterator[tuple[Image, Any]]:
    """Yield records of images that are uploaded one after the other, and the words of each.

    Each has a date, a camera with its lens, a place, colours, a perceptual hash, three keywords, and as many tags.
    """
    from chalicelib.catalogue.index import cards  # noqa: PLC0415
    from chalicelib.db import keys  # noqa: PLC0415
    from chalicelib.db.models import READY, Image  # noqa: PLC0415
    from tests import libraries  # noqa: PLC0415

    described = documents()
    made = (one for one in libraries.collection(owner, 20 * number, seed=99) if _is_whole(one))
    for index, (card, said) in enumerate(islice(made, number)):
        image = Image(
            card.image_id,
            owner=owner,
            key=card.key,
            state=READY,
            sequencer=keys.order(f"{index:010X}"),
            uploaded=keys.timestamp(libraries.END + timedelta(seconds=index)),
            size=card.size,
            etag="0123456789abcdef0123456789abcdef",
            sha256="0" * 64,
            format=card.format,
            mime_type="image/jpeg",
            width=card.width,
            height=card.height,
            facts=cards.pack_facts(card.facts),
            tags=set(card.tags or ()),
            **described[index % len(described)],
        )
        yield image, said


def _is_whole(image: libraries.Image) -> bool:
    facts = image.card.facts
    return None not in (facts.taken, facts.latitude) and image.card.title is None and len(image.said) == 3


@contextmanager
def transactions(meter: Meter) -> Iterator[None]:
    """Write the items of transactions, action by action, and count them twice."""
    from chalicelib.db import index_table  # noqa: PLC0415

    def commit(self: Any) -> bool:
        client = index_table._client()  # noqa: SLF001
        before = meter.writes
        for action in self._actions:
            for kind, parameters in action.items():
                (client.put_item if kind == "Put" else client.update_item)(**parameters)
        meter.writes += meter.writes - before
        return True

    with patch.object(index_table.Transaction, "commit", commit):
        yield


def _entries(image: Image) -> list[dict[str, Any]]:
    """Return the entries that a new record has in indexes."""
    written, found = image.serialize(), []
    for index, key in ((image.by_owner, "owner"), (image.by_day, "day")):
        names = {"image_id", "listed", key, *index.Meta.projection.non_key_attributes}
        found.append({name: written[name] for name in names & written.keys()})
    return found


def _size(item: dict[str, Any]) -> int:
    """Return the bytes of an item as DynamoDB counts them (Developer Guide, "DynamoDB Item sizes and formats")."""
    return sum(len(name) + _value_size(*next(iter(value.items()))) for name, value in item.items())


def _value_size(kind: str, value: Any) -> int:
    if kind == "N":
        return len(value) // 2 + 2
    if kind in {"SS", "NS", "BS"}:
        return sum(_value_size(kind[0], one) for one in value)
    return len(value.encode() if kind == "S" else value)


def stored(number: int) -> float:
    """Return the mean KB that an image takes in the tables: its record, its entries in indexes, its index entries.

    Each has 100 bytes more, which DynamoDB bills as storage.
    """
    from chalicelib.catalogue.index import cards, entries  # noqa: PLC0415
    from chalicelib.db import images  # noqa: PLC0415

    total = 0
    for image, said in records("00000000-0000-4000-8000-stored000000", number):
        assert images.put_newer(image)
        made = entries.entries_of(cards.card(image), said)
        items = [
            image.serialize(),
            *_entries(image),
            *({"facet": {"S": key[0]}, "entry": {"S": key[1]}, "card": {"B": card}} for key, card in made.items()),
        ]
        total += sum(_size(item) + 100 for item in items)
    return total / number / 1024


def count(meter: Meter, number: int, batch: int) -> dict[str, float]:
    """Return the mean WRU of an image, by writer: in batches of the stream of so many.

    Its owner has others already, so that most of its words, cameras and places are not new.
    """
    from chalicelib import aws  # noqa: PLC0415
    from chalicelib.catalogue.index import cards, counters, stream_consumer  # noqa: PLC0415
    from chalicelib.catalogue.index.record_change import Indexed, Step  # noqa: PLC0415
    from chalicelib.db import images  # noqa: PLC0415

    owner = f"00000000-0000-4000-8000-writes{batch:06}"
    sums = dict.fromkeys(("record and indexes", "index entries", "counts and news"), 0.0)
    steps = []
    for index, (image, said) in enumerate(records(owner, BEFORE + number), 1):
        meter.clear()
        assert images.put_newer(image)
        if index > BEFORE:
            indexes = sum(math.ceil(_size(entry) / 1024) for entry in _entries(image))
            sums["record and indexes"] += meter.writes + indexes
        steps.append(Step(index, time.time(), Indexed(), Indexed(cards.card(image), tuple(said)), again=False))
    done = None
    with transactions(meter):
        for chunk in (steps[:BEFORE], *aws.batches(steps[BEFORE:], batch)):
            for part in stream_consumer._chunks(chunk):  # noqa: SLF001
                counted = part[0].number > BEFORE
                meter.clear()
                stream_consumer._write_entries(part)  # noqa: SLF001
                sums["index entries"] += counted * meter.writes
                meter.clear()
                numbers = counters.merge(step.counted for step in part)
                done = stream_consumer._count(f"bench-{batch}", done, part, numbers)  # noqa: SLF001
                sums["counts and news"] += counted * meter.writes
    return {name: units / number for name, units in sums.items()}


if __name__ == "__main__":
    sys.exit("This is a part of benchmarks/catalog.py.")
