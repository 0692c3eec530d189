"""The catalogue agrees with the records, despite any interruption."""

from __future__ import annotations

import base64
import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.catalogue.index import change_feed, counters, entries, stream_consumer
from chalicelib.catalogue.index.record_change import Indexed, Step
from chalicelib.catalogue.search import planner, result_page
from chalicelib.catalogue.search.filters import Question
from chalicelib.config import settings
from chalicelib.db import images, index_table
from chalicelib.db.models import Image, connection
from tests import delivery, histories
from tests.chalicelib.catalogue.collection import Library, recount, should_be, stored_entries
from tests.chalicelib.catalogue.literals import image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.change_feed import Change
    from chalicelib.catalogue.index.terms import Word

    Follow = Callable[[], None]


def news(owner: str) -> list[Change]:
    """Return all changes that an owner is told of."""
    return [change for batch in change_feed.since(owner, 0).items for change in batch.changes]


def held(owner: str) -> dict[tuple[str, str], bytes]:
    """Return the facets that the catalogue holds of an owner's images."""
    return {key: item["card"]["B"] for key, item in stored_entries(owner).items() if "card" in item}


def counted(owner: str) -> dict[tuple[str, str], dict[str, int]]:
    """Return the counters that the catalogue holds of an owner, without zeros."""
    found = {
        key: {name: int(value["N"]) for name, value in item.items() if value.get("N", "0") != "0"}
        for key, item in stored_entries(owner).items()
        if key[0] == f"{owner}#count"
    }
    return {key: numbers for key, numbers in found.items() if numbers}


@pytest.mark.medium
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_the_catalogue_is_what_the_records_are(stream: Follow, owner: str, seed: int) -> None:
    """After any history of uploads, overwrites, edits and removals, facets and counts equal a recount."""
    chosen, library = random.Random(seed), Library(owner)
    for step in range(15):
        at_random = chosen.random()
        if at_random < 0.6 or not library.images:
            library.add(chosen, f"{chosen.randrange(15)}.jpg")
        elif at_random < 0.8:
            image_id = chosen.choice(sorted(library.images))
            tags = set(chosen.sample(["sea", "Sunset", "golden gate"], chosen.randrange(3))) or None
            library.edit(image_id, tags=tags, title=chosen.choice([None, "Fog over the harbour"]))
        else:
            library.remove(chosen.choice(sorted(library.images)))
        if step % 7 == 0:
            stream()
    stream()
    assert held(owner) == should_be(library)
    assert counted(owner) == recount(library)


def step(number: int, **changes: Any) -> Step:
    """Return the step by which an image came to be."""
    return Step(number, 0.0, Indexed(), Indexed(image(**changes)), again=False)


@pytest.mark.parametrize(
    ("steps", "sizes"),
    [
        ([], []),
        # 500 of one owner
        ([step(number) for number in range(501)], [500, 1]),
        # 99 items: 8 of each owner, and 2 that all share; 8 * 12 + 2 = 98
        ([step(number, owner=f"owner-{number}") for number in range(30)], [12, 12, 6]),
        # 200 names in an item
        ([step(number, model=f"EOS {number}") for number in range(401)], [200, 200, 1]),
    ],
)
def test_a_chunk_fits_into_one_transaction(steps: list[Step], sizes: list[int]) -> None:
    """In order, and none is left out."""
    chunks = list(stream_consumer._chunks(steps))
    assert [len(chunk) for chunk in chunks] == sizes
    assert [one.number for chunk in chunks for one in chunk] == [one.number for one in steps]


def test_an_image_without_any_hash_has_no_duplicates_to_tell_of() -> None:
    """Nor has one that has not changed."""
    assert stream_consumer._identities(step(1), changed=True) == {}
    hashed = step(1, phash=0, pixels=5)
    assert stream_consumer._identities(hashed, changed=True) == {("me#band#0#0", "0000000000000005#"): "me"}
    assert stream_consumer._identities(hashed, changed=False) == {}


def test_words_that_the_table_calls_its_own_attributes_are_counted(stream: Follow, owner: str) -> None:
    """An image may be called as a key of the table is: DynamoDB lets nobody add to that."""
    library = Library(owner)
    library.edit(
        library.add(random.Random(1), "entry.jpg"), title="facet expires", tags={"facet", "+facet", "#entry"}
    )
    stream()
    known = [numbers for item in counters.of_owner(owner, "tag").values() for numbers in item.items()]
    assert {("+facet", 1), ("++facet", 1), ("+#entry", 1)} <= {*known}
    question = Question(words=("facet", "entry", "expires"))
    assert len(result_page.page(planner.plan(owner, question), question, limit=5).cards) == 1


@pytest.mark.medium
def test_a_change_that_cannot_be_counted_keeps_no_other_from_it(
    stream: Follow, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that DynamoDB always refuses is logged, found, and left to a recount."""
    library, chosen = Library(owner), random.Random(2)
    names = ["a.jpg", "zebra.jpg", "b.jpg"]
    ids = [library.add(chosen, name) for name in names]
    real = counters.contribution

    def refused(card: Card, said: Iterable[Word], people: str | None) -> counters.Counted:
        made = real(card, said, people)
        if card.key.endswith("zebra.jpg"):
            made[counters.holder(owner), "more#"] = {"facet": 1}  # a key, which nobody may add to
        return made

    with monkeypatch.context() as patched:
        patched.setattr(counters, "contribution", refused)
        stream()
    assert [change.image_id for change in news(owner)] == ids
    assert held(owner) == should_be(library)
    del library.records[ids[1]]
    assert counted(owner) == recount(library)


def set_aside() -> list[dict[str, Any]]:
    """Take the messages about changes that were set aside; a change's number and its shard are any."""
    told = [json.loads(message["body"]) for message in delivery.receive(settings().changes_dead_letter_queue)]
    assert all(item.pop("change").isdecimal() and item.pop("shard").startswith("shard") for item in told)
    return told


@pytest.mark.medium
def test_a_poison_record_is_set_aside_and_keeps_no_other_from_the_catalogue(stream: Follow, owner: str) -> None:
    """An attribute of another type: the image is absent until its record is mended, and the counts agree."""
    set_aside()
    library, chosen = Library(owner), random.Random(2)
    ids = [library.add(chosen, name) for name in ("a.jpg", "zebra.jpg")]
    stream()
    client = connection(settings().region).client
    table, key = settings().images_table, {"image_id": {"S": ids[1]}}
    good = client.get_item(TableName=table, Key=key)["Item"]
    client.put_item(TableName=table, Item={**good, "width": {"S": "wide"}})
    library.add(chosen, "b.jpg")
    stream()
    assert set_aside() == [{"reason": "record_unreadable", "image_id": ids[1]}]
    without = Library(owner)
    without.images = {name: image for name, image in library.images.items() if name != ids[1]}
    without.records = {name: record for name, record in library.records.items() if name != ids[1]}
    assert held(owner) == should_be(without)
    assert counted(owner) == recount(without)
    client.put_item(TableName=table, Item=good)
    stream()
    assert set_aside() == []
    assert held(owner) == should_be(library)
    assert counted(owner) == recount(library)


@pytest.mark.medium
def test_a_change_that_cannot_be_written_is_set_aside_alone(
    stream: Follow, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB takes no key of over 1,024 bytes; all other changes of the batch are followed."""
    set_aside()
    library, chosen = Library(owner), random.Random(2)
    ids = [library.add(chosen, name) for name in ("a.jpg", "zebra.jpg", "b.jpg", "c.jpg")]
    real = entries.entries_of

    def long(
        card: Card, said: Iterable[Word], people: str | None, *, flagged: bool
    ) -> dict[tuple[str, str], bytes]:
        made = real(card, said, people, flagged=flagged)
        return {**made, (card.owner, "z" * 1025): b""} if card.key.endswith("zebra.jpg") else made

    with monkeypatch.context() as patched:
        patched.setattr(entries, "entries_of", long)
        stream()
    assert set_aside() == [{"reason": "change_refused", "image_id": ids[1]}]
    assert [change.image_id for change in news(owner)] == ids
    del library.records[ids[1]]
    assert counted(owner) == recount(library)


def test_a_document_that_is_no_json_keeps_no_other_from_the_catalogue(stream: Follow, owner: str) -> None:
    """The image is found by its other attributes."""
    library, chosen = Library(owner), random.Random(2)
    ids = [library.add(chosen, name) for name in ("zebra.jpg", "b.jpg")]
    library.spoil(ids[0])
    stream()
    assert [change.image_id for change in news(owner)] == [*ids, ids[0]]
    assert held(owner) == should_be(library)


def test_changing_one_tag_rewrites_each_entry_once(
    stream: Follow, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As any text of its owner does: a tag more is one entry more, a tag less one deleted."""
    library = Library(owner)
    image_id = library.add(random.Random(1), "a.jpg")
    library.edit(image_id, tags={"alpha"})
    stream()
    number = len(held(owner))
    written: list[tuple[int, int]] = []
    real = index_table.write

    def write(puts: Any, deletes: Any = ()) -> None:
        written.append((len(puts), len(deletes)))
        real(puts, deletes)

    monkeypatch.setattr(index_table, "write", write)
    library.edit(image_id, tags={"alpha", "beta"})
    stream()
    library.edit(image_id, tags={"beta"})
    stream()
    assert [pair for pair in written if pair != (0, 0)] == [(number + 1, 0), (number, 1)]


def records(owner: str, library: Library) -> list[dict[str, Any]]:
    """Return a history as the stream tells of it: an image, an overwrite, an edit, a double, a removal."""
    chosen = random.Random(7)
    steps: list[tuple[Image | None, Image | None]] = []

    def note(image_id: str, act: Callable[[], Any]) -> None:
        before = images.get(image_id, consistent=True)
        act()
        steps.append((before, images.get(image_id, consistent=True)))

    first = library.add(chosen, "a.jpg")
    steps.append((None, images.get(first, consistent=True)))
    note(first, lambda: library.add(chosen, "a.jpg"))
    note(first, lambda: library.edit(first, tags={"sea", "fog"}))
    second = library.add(chosen, "b.jpg")
    steps.append((None, images.get(second, consistent=True)))
    note(first, lambda: library.edit(first, tags={"sea"}, title="Boats"))
    note(second, lambda: library.remove(second))
    return [
        {
            "dynamodb": {
                "Keys": {"image_id": {"S": (after or before).image_id}},
                "SequenceNumber": str(number),
                "ApproximateCreationDateTime": 1.7e9,
                **({} if before is None else {"OldImage": as_event(before)}),
                **({} if after is None else {"NewImage": as_event(after)}),
            }
        }
        for number, (before, after) in enumerate(steps, 1)
    ]


def as_event(image: Image) -> dict[str, Any]:
    """Return an item as a Lambda event has it."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in image.serialize(null_check=False).items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_call_leaves_nothing_wrong(
    aws: str, owner: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Killed before or after each single call of DynamoDB, and tried again, the outcome is the same."""
    client = connection(settings().region).client
    nth, expected = 1, None
    while True:
        library = Library(f"{owner}-{nth}")
        told = records(library.owner, library)
        shard = f"shard-{library.owner}"
        crashed = False
        with monkeypatch.context() as patched:
            failing = histories.failing_once(client._make_api_call, nth, moment)
            patched.setattr(client, "_make_api_call", failing)
            for _ in range(2):
                try:
                    stream_consumer.follow(shard, told)
                except ConnectionError:
                    crashed = True
        assert held(library.owner) == should_be(library)
        assert counted(library.owner) == recount(library)
        kinds = [change.kind for change in news(library.owner)]
        expected = expected or kinds
        assert kinds == expected
        if not crashed:
            break
        nth += 1
    assert nth > 3


@pytest.mark.medium
def test_what_comes_twice_counts_once(aws: str, owner: str) -> None:
    """The stream may bring the same records again, alone or with others behind them."""
    library = Library(owner)
    told = records(owner, library)
    for part in (told[:2], told[:3], told, told, told[4:]):
        stream_consumer.follow(f"shard-{owner}", part)
    assert counted(owner) == recount(library)
    assert held(owner) == should_be(library)


@pytest.mark.medium
@pytest.mark.parametrize("named", [True, False])
def test_two_shards_are_counted_whatever_their_numbers(aws: str, owner: str, *, named: bool) -> None:
    """Sequence numbers order the changes of one shard: a lower one of another shard is new, and counts once.

    A tumbling window has the event name its shard. Without one, batches of both come under no name, in any order
    and again in other pieces.
    """
    low, high = Library(f"{owner}-low"), Library(f"{owner}-high")
    early = records(low.owner, low)
    late = [{"dynamodb": {**one["dynamodb"], "SequenceNumber": str(number)}} for number, one in
            enumerate(records(high.owner, high), 1000)]  # fmt: skip
    shards = (f"first-{owner}", f"second-{owner}") if named else (None, None)
    for shard, part in zip(
        (*shards, *shards, *shards), (late[:4], early[:3], late, early[1:], late[2:4], early), strict=False
    ):
        stream_consumer.follow(shard, part)
    for library in (low, high):
        assert counted(library.owner) == recount(library)
        assert held(library.owner) == should_be(library)
        assert [change.kind for change in news(library.owner)] == [
            "created", "updated", "updated", "created", "updated", "removed",
        ]  # fmt: skip


@pytest.mark.medium
def test_an_event_without_a_shard_is_followed(app: Any, owner: str) -> None:
    """A source without a tumbling window brings records alone; they are counted once, however often they come."""
    library = Library(owner)
    event = {"Records": records(owner, library)}
    for _ in range(2):
        assert app.handler_map["follow_images"](event, delivery.CONTEXT) == {"state": {}}
    assert counted(owner) == recount(library)


def test_how_far_a_shard_is_followed_is_kept_for_three_days(aws: str, owner: str) -> None:
    """The stream has its records for one; a change comes again within it, and counts once."""
    before = time.time()
    stream_consumer.follow(owner, records(owner, Library(owner)))
    key = {"facet": {"S": f"*#stream#{owner}"}, "entry": {"S": "reached"}}
    item = connection(settings().region).client.get_item(TableName=settings().facets_table, Key=key)["Item"]
    assert -1 < float(item["expires"]["N"]) - before - 259_200 < 60  # whole seconds


def test_news_come_in_order_and_say_what_happened(stream: Follow, owner: str) -> None:
    """Created, updated, removed: told once, behind a number that only grows."""
    library, chosen = Library(owner), random.Random(3)
    assert change_feed.head(owner) == 0
    image_id = library.add(chosen, "a.jpg")
    stream()
    (first,) = change_feed.since(owner, 0).items
    assert [(change.image_id, change.kind) for change in first.changes] == [(image_id, "created")]
    library.edit(image_id, title="x")
    library.remove(image_id)
    stream()
    (later,) = change_feed.since(owner, first.number).items
    assert [change.kind for change in later.changes] == ["updated", "removed"]
    assert not change_feed.since(owner, later.number).items
    with pytest.raises(change_feed.LostError):
        change_feed.since(owner, later.number + 1)


@pytest.mark.medium
def test_counts_over_all_owners_are_the_sum(stream: Follow, owner: str) -> None:
    """An owner's contributions to the counters are added to those over all, too."""
    before = counters.of_everybody("month")
    library, chosen = Library(owner), random.Random(5)
    for number in range(5):
        library.add(chosen, f"{number}.jpg")
    stream()
    after = counters.of_everybody("month")
    mine = counters.of_owner(owner, "month")
    for month, numbers in mine.items():
        grown = {name: after[month].get(name, 0) - before.get(month, {}).get(name, 0) for name in numbers}
        assert grown == numbers
