"""A recount finds and corrects wrong counters, and leaves alone those that change meanwhile."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import jobs, storage
from chalicelib.catalogue.index import change_feed, counters
from chalicelib.catalogue.repair import owners, recount_owner, recount_totals
from chalicelib.commands import recount, stages
from chalicelib.db import index_table
from chalicelib.db.index_table import TooLargeError, Transaction
from tests import delivery, histories
from tests.chalicelib.catalogue.collection import Library, filled
from tests.chalicelib.catalogue.collection import recount as true_counts

if TYPE_CHECKING:
    from collections.abc import Callable

    Follow = Callable[[], None]

ITEM = "month#2020-01"
IMAGES = 5


@pytest.fixture
def library(stream: Follow, owner: str) -> Library:
    """Return an owner's images, which the catalogue has followed."""
    return filled(stream, owner, IMAGES, seed=11)


@pytest.fixture
def alone(owner: str, monkeypatch: Any) -> None:
    """Let "all owners" be one, apart from those of other tests."""
    monkeypatch.setattr(counters, "EVERYBODY", f"*{owner}")
    monkeypatch.setattr(counters, "SHARDS", 2)


@pytest.fixture(autouse=True)
def small(monkeypatch: Any) -> None:
    """Let every recount take several slices."""
    monkeypatch.setattr(recount_owner, "PAGE", 2)
    monkeypatch.setattr(recount_owner, "PAGES", 1)


def spoil(holder: str, item: str, numbers: dict[str, int]) -> None:
    transaction = Transaction()
    transaction.add((holder, item), numbers)
    assert transaction.commit()


def mine(owner: str) -> dict[tuple[str, str], dict[str, int]]:
    """Return an owner's counts as they stand."""
    holder = counters.holder(owner)
    return {(holder, item): numbers for item, numbers in counters.standing(holder).items()}


def outcome(owner: str, **options: Any) -> recount_owner.Outcome:
    """Recount an owner without waiting."""
    ((_, found),) = recount.recount([owner], settle_seconds=0, **options)
    return found


@pytest.mark.medium
def test_nothing_is_changed_where_nothing_is_wrong(library: Library) -> None:
    """Not a number, and no news."""
    owner = library.owner
    before, head = mine(owner), change_feed.head(owner)
    assert before == true_counts(library)
    assert outcome(owner) == recount_owner.Outcome(IMAGES, [])
    assert (mine(owner), change_feed.head(owner)) == (before, head)
    assert storage.read_small(f"system/recount/{owner}") is None


@pytest.mark.medium
def test_what_is_wrong_is_told_and_mended(library: Library) -> None:
    """Too much, too little, and numbers that should not exist."""
    owner = library.owner
    holder = counters.holder(owner)
    spoil(holder, ITEM, {"images": 2, "bytes": -5, "format:BMP": 1})
    spoil(holder, "tag#3", {"zzz": 4})
    told = outcome(owner, write=False).differences
    assert [(wrong.item, wrong.name, wrong.counted - wrong.true) for wrong in told] == [
        (ITEM, "bytes", -5),
        (ITEM, "format:BMP", 1),
        (ITEM, "images", 2),
        ("tag#3", "zzz", 4),
    ]
    assert mine(owner) != true_counts(library)
    head = change_feed.head(owner)
    assert outcome(owner).differences == told
    assert mine(owner) == true_counts(library)
    assert change_feed.since(owner, head).items == [(head + 1, [])]
    assert not change_feed.since(owner, head).more
    assert outcome(owner).differences == []


@pytest.mark.medium
def test_an_owner_whose_counts_were_lost_gets_them_anew(library: Library) -> None:
    """All of them, in more transactions than one."""
    owner, holder = library.owner, counters.holder(library.owner)
    index_table.write({}, [(holder, item) for item in counters.standing(holder)])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recount_owner, "_ITEMS", 4)
        patched.setattr(recount_owner, "_NAMES", 2)
        assert outcome(owner).differences
    assert mine(owner) == true_counts(library)


@pytest.mark.medium
@pytest.mark.parametrize("slices", [1, 2, *(pytest.param(n, marks=pytest.mark.slow) for n in (3, 4, 5))])
def test_a_change_at_any_moment_is_noticed(
    stream: Follow, library: Library, monkeypatch: Any, slices: int
) -> None:
    """It begins again, and reports nothing about changes on their way."""
    owner, done = library.owner, 0
    spoil(counters.holder(owner), ITEM, {"images": 1})
    advance = recount_owner.advance

    def after_some(*told: Any, **named: Any) -> Any:
        nonlocal done
        found = advance(*told, **named)
        done += 1
        if done == slices:
            library.add(random.Random(1), "new.jpg")
            stream()
        return found

    monkeypatch.setattr(recount_owner, "advance", after_some)
    found = outcome(owner)
    assert [(wrong.name, wrong.counted - wrong.true) for wrong in found.differences] == [("images", 1)]
    assert mine(owner) == true_counts(library)
    assert (done > 5) == (slices < 5)  # the fifth was the last


@pytest.mark.medium
def test_a_change_while_it_writes_is_counted_once(stream: Follow, library: Library, monkeypatch: Any) -> None:
    """The transaction fails, and all is counted again: between reading the counts and writing them, too."""
    owner = library.owner
    spoil(counters.holder(owner), ITEM, {"images": 1})
    commit, changed = Transaction.commit, False

    def late(self: Transaction) -> bool:
        nonlocal changed
        if not changed:
            changed = True
            library.add(random.Random(1), "new.jpg")
            stream()
        return commit(self)

    monkeypatch.setattr(Transaction, "commit", late)
    assert len(outcome(owner).differences) == 1
    assert changed
    assert mine(owner) == true_counts(library)


@pytest.mark.medium
def test_images_that_keep_changing_are_given_up(stream: Follow, library: Library, monkeypatch: Any) -> None:
    """After a number of attempts, with a word that nothing is known."""
    head = change_feed.head
    moving = iter(range(1000, 2000))
    monkeypatch.setattr(change_feed, "head", lambda _owner: next(moving))
    found = outcome(library.owner)
    assert (found.settled, found.differences) == (False, [])
    monkeypatch.setattr(change_feed, "head", head)
    assert storage.read_small(f"system/recount/{library.owner}") is None


@pytest.mark.medium
@pytest.mark.parametrize("moment", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_it_goes_on_wherever_it_is_interrupted(library: Library, monkeypatch: Any, moment: str) -> None:
    """At each place where it writes down how far it is."""
    owner, nth = library.owner, 1
    while True:
        spoil(counters.holder(owner), ITEM, {"images": 1})
        with monkeypatch.context() as patched:
            patched.setattr(storage, "put", histories.failing_once(storage.put, nth, moment))
            try:
                outcome(owner)
                break
            except ConnectionError:
                found = outcome(owner)
        assert len(found.differences) == 1
        assert (found.images, mine(owner)) == (IMAGES, true_counts(library))
        nth += 1
    assert nth > 3


@pytest.mark.medium
def test_an_item_that_is_full_keeps_nothing_else_from_being_mended(library: Library, monkeypatch: Any) -> None:
    """It stays wrong, and the rest does not."""
    owner, holder = library.owner, counters.holder(library.owner)
    spoil(holder, ITEM, {"images": 1})
    spoil(holder, "tag#3", {"zzz": 1})
    commit = Transaction.commit

    def full(self: Transaction) -> bool:
        if (holder, ITEM) in self._keys:
            raise TooLargeError(frozenset({(holder, ITEM)}))
        return commit(self)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "commit", full)
        assert len(outcome(owner).differences) == 2
    assert [wrong.item for wrong in outcome(owner).differences] == [ITEM]


@pytest.mark.medium
def test_it_waits_before_and_after_on_its_own_clock(library: Library) -> None:
    """For records to reach their index, and the catalogue to follow; others are counted meanwhile."""
    now, owners = [0.0], [library.owner, f"{library.owner}-none"]
    waits = list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    found = dict(recount.recount(owners, settle_seconds=60, clock=lambda: now[0], sleep=sleep))
    assert found == {owners[0]: recount_owner.Outcome(IMAGES, []), owners[1]: recount_owner.Outcome(0, [])}
    assert waits == [60.0, 60.0]


@pytest.mark.medium
def test_the_job_ends_with_a_word_in_the_log(app: Any, library: Library, monkeypatch: Any, caplog: Any) -> None:
    """Slice by slice; what is left over of a message that came twice does nothing."""
    owner = library.owner
    spoil(counters.holder(owner), ITEM, {"images": 1})
    left = recount_owner.recount({"owner": owner})
    assert left == {"owner": owner, "begun": True, "delay": 60}
    recount_owner.forget(owner)
    assert recount_owner.recount({"owner": owner, "begun": True}) is None
    assert len(outcome(owner, write=False).differences) == 1
    monkeypatch.setattr(recount_owner, "SETTLE_SECONDS", 0.0)
    jobs.send("recount", owner=owner)
    delivery.run_jobs(app)
    assert mine(owner) == true_counts(library)
    (told,) = [record for record in caplog.records if record.message == "recounted"]
    assert (told.levelname, told.owner, told.wrong, told.images) == ("WARNING", owner, 1, IMAGES)


@pytest.mark.medium
def test_counts_over_all_owners_are_held_against_their_sum(alone: None, library: Library) -> None:
    """The correction is added to one shard."""
    owners = [library.owner]
    assert recount_totals.compare(lambda: owners) == recount_totals.Compared([], 0)
    spoil(counters.shards()[1], ITEM, {"images": -3})
    spoil(counters.shards()[0], "camera#", {"None\tSuch": 2})
    found = recount_totals.compare(lambda: owners, write=False).differences
    assert [(wrong.item, wrong.name, wrong.counted - wrong.true) for wrong in found] == [
        ("camera#", "None\tSuch", 2),
        (ITEM, "images", -3),
    ]
    assert recount_totals.compare(lambda: owners).differences == found
    assert recount_totals.compare(lambda: owners) == recount_totals.Compared([], 0)


@pytest.mark.medium
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_changes_while_totals_are_read_is_left_out(
    alone: None, stream: Follow, library: Library, when: str
) -> None:
    """Whether the owner was read before or after: the number is right, and stays as it is."""

    def owners() -> Any:
        if when == "after":
            yield library.owner
        library.add(random.Random(1), "new.jpg")
        stream()
        if when == "before":
            yield library.owner

    found = recount_totals.compare(owners)
    assert found.differences == []
    assert found.left_out
    assert recount_totals.compare(lambda: [library.owner]) == recount_totals.Compared([], 0)


@pytest.mark.medium
def test_an_owner_that_moves_while_totals_do_not_is_left_out(
    alone: None, stream: Follow, library: Library
) -> None:
    """An image that came after the counts were read, and went before the totals were: its owner says so."""

    def owners() -> Any:
        yield f"{library.owner}-none"
        image_id = library.add(random.Random(1), "new.jpg")
        stream()
        yield library.owner
        library.remove(image_id)
        stream()

    found = recount_totals.compare(owners)
    assert found.differences == []
    assert found.left_out
    assert recount_totals.compare(lambda: [library.owner]) == recount_totals.Compared([], 0)


@pytest.mark.medium
def test_the_program_ends_with_what_it_found(
    stream: Follow, library: Library, monkeypatch: Any, capsys: Any
) -> None:
    """1 when anything was wrong; who is no owner cannot be recounted."""
    assert recount.main(["a/b"]) == 2
    monkeypatch.setattr(stages, "enter", lambda _stage, _owners: None)
    monkeypatch.setattr(recount, "OFFLINE_SETTLE_SECONDS", 0.0)
    owner = library.owner
    spoil(counters.holder(owner), ITEM, {"images": 1})
    right = true_counts(library)[counters.holder(owner), ITEM]["images"]
    for arguments, status in ((["--check", owner], 1), ([owner], 1), ([owner], 0)):
        assert recount.main(arguments) == status
        out = capsys.readouterr().out
        assert (f"{owner}: {ITEM} images: {right + 1} counted, {right} there\n" in out) == (status == 1)
        assert ("1 owner, nothing wrong" in out) == (status == 0)


@pytest.mark.medium
def test_everybody_is_recounted_where_nobody_is_named(
    stream: Follow, library: Library, monkeypatch: Any, capsys: Any
) -> None:
    """Those with an account, those without, and then the counts over all of them."""
    with_account = f"{library.owner}-account"
    histories.change_account(with_account, state="active")
    everybody = list(owners.everybody())
    assert everybody.count(library.owner) == everybody.count(with_account) == 1
    monkeypatch.setattr(stages, "enter", lambda _stage, _owners: None)
    monkeypatch.setattr(recount, "OFFLINE_SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(recount, "everybody", lambda: iter([library.owner, with_account]))
    compared = recount_totals.Compared([recount_owner.Difference(ITEM, "images", 2, 1)], 3)
    monkeypatch.setattr(recount_totals, "compare", lambda _owners, **_options: compared)
    assert recount.main([]) == 1
    out = capsys.readouterr().out
    assert f"over all owners: {ITEM} images: 2 counted, 1 there" in out
    assert "3 numbers have just changed" in out
    assert out.splitlines()[-1] == "done: 2 owners, 1 number wrong, now mended"
