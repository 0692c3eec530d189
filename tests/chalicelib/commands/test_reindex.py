"""Entries that were lost are written anew, and those that no record has are removed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest

from chalicelib.catalogue.index import change_feed, entries, stream_consumer
from chalicelib.commands import reindex, stages
from chalicelib.db import images, index_table
from chalicelib.db.models import Image
from tests.chalicelib.catalogue.collection import Library, filled, recount, should_be, stored_entries
from tests.chalicelib.catalogue.index.test_stream_consumer import counted, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Follow = Callable[[], None]

IMAGES = 8


@pytest.fixture
def library(stream: Follow, owner: str) -> Library:
    """Return an owner's images, some of them alike, which the catalogue has followed."""
    library = filled(stream, owner, IMAGES, seed=5)
    assert held(owner) == should_be(library)
    return library


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every list take several pages."""
    monkeypatch.setattr(reindex, "PAGE", 5)


@pytest.mark.medium
def test_a_lost_table_is_filled_anew(library: Library, stream: Follow) -> None:
    """Every entry and every word; no count is changed, and nobody is told of news."""
    owner = library.owner
    words = {key for key in stored_entries(owner) if key[0] == entries.words(owner)}
    index_table.write({}, {*held(owner), *words})
    assert held(owner) == {}
    head = change_feed.head(owner)
    assert reindex.reindex(owner) == reindex.Outcome(IMAGES, 0)
    stream()
    assert held(owner) == should_be(library)
    assert {key for key in stored_entries(owner) if key[0] == entries.words(owner)} == words
    assert counted(owner) == recount(library)
    assert change_feed.head(owner) == head


@pytest.mark.medium
def test_what_the_stream_has_lost_is_put_right(
    library: Library, stream: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removals, overwrites, edits and uploads that were never followed."""
    owner, chosen = library.owner, random.Random(6)
    first, second, third, *_ = library.images
    with monkeypatch.context() as patched:
        patched.setattr(stream_consumer, "_write_entries", lambda _chunk: None)
        library.remove(first)
        library.add(chosen, "2.jpg")
        library.edit(third, tags={"new"})
        library.remove(second)
        library.add(chosen, "1.jpg")
        library.add(chosen, "more.jpg")
        stream()
    assert held(owner) != should_be(library)
    assert reindex.reindex(owner).removed > 0
    stream()
    assert held(owner) == should_be(library)
    assert reindex.reindex(owner) == reindex.Outcome(len(library.images), 0)


@pytest.mark.medium
def test_facts_that_an_older_version_did_not_make_are_made(library: Library, stream: Follow) -> None:
    """Of a record without a palette only the dominant colour is known, until it is made from its document."""
    owner = library.owner
    for image_id, image in library.images.items():
        older = msgspec.msgpack.encode(msgspec.msgpack.decode(image.facts)[:18])
        Image(image_id).update([Image.facts.set(older)])
    stream()
    assert held(owner) != should_be(library)
    assert reindex.reindex(owner) == reindex.Outcome(IMAGES, 0)
    stream()
    assert held(owner) == should_be(library)
    assert counted(owner) == recount(library)
    for image_id, image in library.images.items():
        now = images.get(image_id, consistent=True)
        assert now is not None
        assert now.facts == image.facts


@pytest.mark.medium
def test_long_tags_of_which_no_record_knows_are_removed(library: Library, stream: Follow) -> None:
    """They are found in the list of such tags alone."""
    owner = library.owner
    index_table.write({(entries.tags(owner), "z" * 26): msgspec.msgpack.encode(["sea"] * 99)})
    assert reindex.reindex(owner).removed == 1
    stream()
    assert held(owner) == should_be(library)


@pytest.mark.medium
def test_what_is_left_in_a_single_list_is_found_there(library: Library, stream: Follow) -> None:
    """Though no other list tells of it, and its image is gone."""
    owner = library.owner
    cards = {key[0].split("#")[1]: (key[0], card) for key, card in held(owner).items()}
    for number, kind in enumerate(("camera", "word", "colour", "place")):
        list_key, card = cards[kind]
        index_table.write({(list_key, f"2020-01-01T00:00:00#{number}{'z' * 25}"): card})
    assert reindex.reindex(owner).removed > 0
    stream()
    assert held(owner) == should_be(library)


@pytest.mark.medium
@pytest.mark.parametrize("lagging", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 2, 3))])
def test_what_changes_meanwhile_is_followed(
    library: Library, stream: Follow, monkeypatch: pytest.MonkeyPatch, seed: int, *, lagging: bool
) -> None:
    """An image comes back, another changes, just before what they had not is removed; their index may lag."""
    if lagging:
        monkeypatch.setattr(reindex, "_records", lambda _owner: iter(()))
    owner, chosen = library.owner, random.Random(seed)
    first = next(iter(library.images))
    with monkeypatch.context() as patched:
        patched.setattr(stream_consumer, "_write_entries", lambda _chunk: None)
        library.remove(first)
        library.add(chosen, "1.jpg")
        stream()
    real, changed = index_table.write, []

    def late(puts: Mapping[index_table.Key, bytes], deletes: Iterable[index_table.Key] = ()) -> None:
        if deletes and not changed:
            changed.append(True)
            with pytest.MonkeyPatch.context() as unpatched:
                unpatched.setattr(index_table, "write", real)
                library.add(random.Random(5), "0.jpg")  # as it was
                library.add(chosen, "1.jpg")
                stream()
        real(puts, deletes)

    monkeypatch.setattr(index_table, "write", late)
    reindex.reindex(owner)
    monkeypatch.setattr(index_table, "write", real)
    assert changed
    stream()
    assert held(owner) == should_be(library)


@pytest.mark.medium
def test_what_comes_back_while_it_is_removed_is_written_again(
    library: Library, stream: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tag that its owner gives again just before its stale entry goes; the index of records lags behind."""
    monkeypatch.setattr(reindex, "_records", lambda _owner: iter(()))
    owner, first = library.owner, next(iter(library.images))  # it has the tags sea and Fog
    with monkeypatch.context() as patched:
        patched.setattr(stream_consumer, "_write_entries", lambda _chunk: None)
        library.edit(first, tags=None)
        stream()
    real, changed = index_table.write, []

    def late(puts: Mapping[index_table.Key, bytes], deletes: Iterable[index_table.Key] = ()) -> None:
        if deletes and not changed:
            changed.append(True)
            with pytest.MonkeyPatch.context() as unpatched:
                unpatched.setattr(index_table, "write", real)
                library.edit(first, tags={"sea", "Fog"})
                stream()
        real(puts, deletes)

    monkeypatch.setattr(index_table, "write", late)
    reindex.reindex(owner)
    monkeypatch.setattr(index_table, "write", real)
    assert changed
    stream()
    assert held(owner) == should_be(library)


@pytest.mark.medium
def test_images_that_are_flagged_no_more_leave_the_list(
    library: Library, stream: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone, or below another threshold; one that is flagged while its entry is deleted is indexed again."""
    kept, calm, late = ids = list(library.images)[:3]
    verdict = f'{{"content":"{"ab" * 32}","verdict":"safe"}}'

    def mine() -> set[str]:
        return {item.entry[-26:] for item in index_table.every(entries.FLAGGED)} & {*ids, "z" * 26}

    for image_id in ids:
        Image(image_id).update([Image.sha256.set("ab" * 32)])
    Image(kept).update([Image.judgement.set(verdict)])
    stream()
    index_table.write({(entries.FLAGGED, f"2020-01-01T00:00:00.000Z#{name}"): b"" for name in (calm, "z" * 26)})
    assert mine() == {kept, calm, "z" * 26}
    assert reindex.sweep_flagged() >= 2
    assert mine() == {kept}
    real, judged = index_table.write, []
    uploaded = library.images[late].uploaded
    index_table.write({(entries.FLAGGED, f"{uploaded}#{late}"): b""})

    def slow(puts: Mapping[index_table.Key, bytes], deletes: Iterable[index_table.Key] = ()) -> None:
        if deletes and not judged:
            judged.append(True)
            Image(late).update([Image.judgement.set(verdict)])
            with pytest.MonkeyPatch.context() as unpatched:
                unpatched.setattr(index_table, "write", real)
                stream()
        real(puts, deletes)

    monkeypatch.setattr(index_table, "write", slow)
    reindex.sweep_flagged()
    monkeypatch.setattr(index_table, "write", real)
    assert (judged, mine()) == ([True], {kept})
    stream()
    assert mine() == {kept, late}


@pytest.mark.medium
def test_a_record_that_is_gone_is_not_touched(library: Library) -> None:
    """Nor does a touch bring a removed image back."""
    gone = next(iter(library.images))
    library.remove(gone)
    before = images.get(gone, consistent=True)
    assert not images.touch(gone)
    assert not images.touch("nothing-of-that-name")
    after = images.get(gone, consistent=True)
    assert before is not None
    assert after is not None
    assert after.serialize() == before.serialize()


def test_the_program_tells_what_it_did(
    library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Owner by owner; who is no owner cannot be reindexed."""
    assert reindex.main(["a/b"]) == 2
    assert "'a/b' cannot be an owner." in capsys.readouterr().err
    monkeypatch.setattr(stages, "enter", lambda _stage, _owners: None)
    assert reindex.main([library.owner]) == 0
    told = capsys.readouterr().out
    assert (
        told.splitlines()[0] == f"{library.owner}: 0 index entries deleted, {IMAGES} records to be indexed again"
    )
    assert len(told.splitlines()) == 2  # and nobody who was not named
    monkeypatch.setattr(reindex, "everybody", lambda: iter(()))
    assert reindex.main([]) == 0
    assert capsys.readouterr().out.startswith("flagged images of all owners: ")
