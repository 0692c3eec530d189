"""What is told of an owner's images, batch by batch: none is lost without a word."""

from __future__ import annotations

import time

import pytest

from chalicelib.catalogue.index import change_feed
from chalicelib.catalogue.index.change_feed import Change, LostError
from chalicelib.db import index_table
from chalicelib.db.index_table import Transaction
from tests.chalicelib.dynamodb import asked

NEWS = [Change(letter * 26, "created", "2026-01-01T00:00:00Z", "ready") for letter in "abc"]


def told(owner: str, *batch: Change) -> int:
    """Tell of a batch; return its number."""
    transaction = Transaction()
    number = change_feed.append(transaction, owner, change_feed.head(owner), batch)
    assert transaction.commit()
    return number


def page(owner: str, number: int) -> tuple[list[Change], int, bool]:
    """Return the changes after a number, the number to go on from, and whether there are more."""
    found = change_feed.since(owner, number)
    batches = [change for batch in found.items for change in batch.changes]
    return batches, found.items[-1].number if found.items else number, found.more


def test_an_owners_first_number_is_the_time_and_the_next_one_more(aws: str, owner: str) -> None:
    """In milliseconds: who was forgotten and comes back meets none of the old numbers."""
    assert change_feed.head(owner) == 0
    before = int(time.time() * 1000)
    first = told(owner, NEWS[0])
    assert before <= first <= time.time() * 1000
    assert told(owner, NEWS[1]) == first + 1
    assert change_feed.head(owner) == first + 1
    assert list(change_feed.owners()).count(owner) == 1


def test_changes_come_after_the_number_that_is_known(aws: str, owner: str) -> None:
    """All of them, some or none; a number that was never given is lost."""
    assert page(owner, 0) == ([], 0, False)
    first = told(owner, NEWS[0])
    told(owner, *NEWS[1:])
    assert page(owner, 0) == (NEWS, first + 1, False)
    assert page(owner, first) == (NEWS[1:], first + 1, False)
    assert page(owner, first + 1) == ([], first + 1, False)
    for number in (first + 2, first - 2):
        with pytest.raises(LostError):
            change_feed.since(owner, number)
    with asked("Query") as requests, pytest.raises(LostError):
        change_feed.since(owner, first + 2)
    assert requests == []  # DynamoDB refuses a range from a number to a lower one; moto finds nothing in it


def test_batches_that_are_no_longer_kept_are_missed(aws: str, owner: str) -> None:
    """By those who had not read them; who asks for all gets those that are left, while any is."""
    first = told(owner, NEWS[0])
    for news in NEWS[1:]:
        told(owner, news)
    index_table.write({}, [(f"{owner}#changes", f"{first:015}"), (f"{owner}#changes", f"{first + 1:015}")])
    with pytest.raises(LostError):
        change_feed.since(owner, first)
    assert page(owner, first + 1)[0] == NEWS[2:]
    assert page(owner, 0)[0] == NEWS[2:]
    index_table.write({}, [(f"{owner}#changes", f"{first + 2:015}")])
    for number in (0, first + 1):
        with pytest.raises(LostError):
            change_feed.since(owner, number)


def test_a_page_has_twenty_batches(aws: str, owner: str) -> None:
    """And says whether more have happened."""
    first = told(owner, NEWS[0])
    for _ in range(20):
        told(owner, NEWS[1])
    batches, number, more = page(owner, 0)
    assert (len(batches), number, more) == (20, first + 19, True)
    assert page(owner, number) == ([NEWS[1]], first + 20, False)


def test_a_batch_is_told_once_whoever_comes_second(aws: str, owner: str) -> None:
    """The number is taken on the condition that nobody else has."""
    standing = told(owner, NEWS[0])
    first, second = Transaction(), Transaction()
    for transaction in (first, second):
        change_feed.append(transaction, owner, standing, NEWS[1:])
    assert first.commit()
    assert not second.commit()


def test_an_owner_is_forgotten(aws: str, owner: str) -> None:
    """News, number, and that it is known."""
    told(owner, NEWS[0])
    assert change_feed.forget(owner)
    assert change_feed.head(owner) == 0
    assert owner not in list(change_feed.owners())
    assert page(owner, 0) == ([], 0, False)
    assert change_feed.forget(owner)  # again, which does nothing
