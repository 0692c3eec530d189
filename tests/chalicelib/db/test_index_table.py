"""The table of the catalogue: lists in order, items that stay, transactions that are done as a whole."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from chalicelib.config import settings
from chalicelib.db import index_table
from chalicelib.db.index_table import Item, RefusedError, TooLargeError, Transaction
from chalicelib.db.models import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.db.slices import Slice

pytestmark = pytest.mark.usefixtures("aws")


def entries(owner: str, *letters: str) -> None:
    """Put an entry for each letter, whose card is the letter."""
    index_table.write({(owner, letter): letter.encode() for letter in letters})


def shown(found: Slice[Item]) -> tuple[list[str], bool]:
    return [item.entry for item in found.items], found.more


def numbers(owner: str, entry: str) -> dict[str, int] | None:
    found = index_table.get(owner, entry)
    return None if found is None else found.numbers()


def test_a_list_is_read_between_two_entries(owner: str) -> None:
    """Both included; in either order; as many as are wanted, and whether more follow."""
    entries(owner, *"dbaec")
    assert shown(index_table.read(owner)) == (["a", "b", "c", "d", "e"], False)
    assert shown(index_table.read(owner, "b", "d")) == (["b", "c", "d"], False)
    assert shown(index_table.read(owner, "b", "d", descending=True)) == (["d", "c", "b"], False)
    assert shown(index_table.read(owner, "b", limit=2)) == (["b", "c"], True)
    assert shown(index_table.read(owner, "b", after="c", limit=3)) == (["d", "e"], False)
    assert shown(index_table.read(owner, "f")) == ([], False)
    assert [item.card for item in index_table.read(owner, "d").items] == [b"d", b"e"]


def test_a_long_list_is_read_to_its_end(owner: str) -> None:
    """DynamoDB answers with 1 MB at a time."""
    for letter in "abcde":
        index_table.write({(owner, letter): letter.encode() * 300_000})
    assert index_table.read(owner).more
    assert [item.card[:1] for item in index_table.every(owner)] == [b"a", b"b", b"c", b"d", b"e"]
    assert [item.entry for item in index_table.every(owner, "b", "c")] == ["b", "c"]


def test_a_key_that_is_named_twice_is_read_once(owner: str) -> None:
    """DynamoDB refuses such a request, and an image is in a list twice while its entry moves."""
    entries(owner, "a", "b")
    fetched = index_table.fetch([(owner, "a"), (owner, "b"), (owner, "a"), (owner, "none"), (owner, "none")])
    assert {key: item.card for key, item in fetched.items.items()} == {(owner, "a"): b"a", (owner, "b"): b"b"}
    items, _ = index_table.read_batch(settings().facets_table, [{"facet": {"S": owner}, "entry": {"S": "a"}}] * 3)
    assert [item["card"] for item in items] == [{"B": b"a"}]


def test_more_are_written_and_deleted_than_one_request_takes(owner: str) -> None:
    """BatchWriteItem takes 25."""
    entries(owner, *(f"{number:02}" for number in range(60)))
    index_table.write({(owner, "x"): b"x"}, [(owner, f"{number:02}") for number in range(58)])
    assert shown(index_table.read(owner)) == (["58", "59", "x"], False)


def test_a_note_leaves_an_item_that_is_there(owner: str) -> None:
    """Its attributes stay; other items are made."""
    entries(owner, "a")
    index_table.note([(owner, "a"), (owner, "b")])
    first, second = index_table.read(owner).items
    assert first.card == b"a"
    assert second.attributes == {"facet": {"S": owner}, "entry": {"S": "b"}}


def test_a_transaction_does_all_of_it(owner: str) -> None:
    """Numbers are added, texts set, items put, noted and removed."""
    entries(owner, "gone", "also gone")
    first = Transaction()
    first.add((owner, "counts"), {"images": 2, "bytes": 70})
    first.replace((owner, "head"), "number", None, "7", 2e9)
    first.put((owner, "put"), {"text": {"S": "x"}})
    first.note((owner, "noted"))
    first.remove((owner, "gone"))
    assert first.commit()
    second = Transaction()
    second.add((owner, "counts"), {"images": -1, "refused": 1})
    second.replace((owner, "head"), "number", "7", "8", None)
    second.remove((owner, "put"), "text", "x")
    assert second.commit()
    assert numbers(owner, "counts") == {"images": 1, "bytes": 70, "refused": 1}
    head = index_table.get(owner, "head")
    assert head is not None
    assert (head.attributes["number"], head.attributes["expires"]) == ({"S": "8"}, {"N": "2000000000"})
    assert shown(index_table.read(owner)) == (["also gone", "counts", "head", "noted"], False)


@pytest.mark.parametrize("refused", ["standing", "not there", "there", "removed"])
def test_a_transaction_does_nothing_where_a_condition_fails(owner: str, refused: str) -> None:
    """A text that is another by now; an item that is there already."""
    begun = Transaction()
    begun.replace((owner, "head"), "number", None, "7", None)
    assert begun.commit()
    late = Transaction()
    late.add((owner, "counts"), {"images": 1})
    if refused == "standing":
        late.replace((owner, "head"), "number", "6", "8", None)
    elif refused == "not there":
        late.replace((owner, "head"), "number", None, "8", None)
    elif refused == "there":
        late.put((owner, "head"), {})
    else:
        late.remove((owner, "head"), "number", "6")
    assert not late.commit()
    assert numbers(owner, "counts") is None
    head = index_table.get(owner, "head")
    assert head is not None
    assert head.attributes["number"] == {"S": "7"}


@pytest.mark.parametrize(
    ("codes", "full"),
    [
        (("None", "ValidationError"), {"second"}),
        (("ValidationError", "ConditionalCheckFailed"), {"first"}),
        (("ValidationError", "ValidationError"), {"first", "second"}),
    ],
)
def test_items_without_room_are_named(owner: str, codes: tuple[str, str], full: set[str]) -> None:
    """By the reasons that DynamoDB gives for each action (moto refuses the whole transaction with one)."""
    transaction = Transaction()
    for entry in ("first", "second"):
        transaction.add((owner, entry), {"images": 1})
    with answered(codes), pytest.raises(TooLargeError) as raised:
        transaction.commit()
    assert raised.value.keys == {(owner, entry) for entry in full}


@pytest.mark.parametrize(
    "codes", [("None", "ConditionalCheckFailed"), ("TransactionConflict", "None"), ("TransactionConflict",)]
)
def test_a_transaction_in_the_way_of_another_may_come_again(owner: str, codes: tuple[str, ...]) -> None:
    """It was not done."""
    transaction = Transaction()
    transaction.note((owner, "a"))
    with answered(codes):
        assert not transaction.commit()


def test_a_transaction_that_was_throttled_is_an_error(owner: str) -> None:
    """None of a condition, and none of the transaction."""
    transaction = Transaction()
    transaction.note((owner, "a"))
    with answered(("ProvisionedThroughputExceeded",)), pytest.raises(ClientError, match="TransactionCanceled"):
        transaction.commit()


@contextmanager
def answered(codes: Sequence[str]) -> Iterator[None]:
    """Let DynamoDB cancel the next transaction for reasons, one for each action."""
    with Stubber(connection(settings().region).client) as stub:
        reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
        stub.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=reasons)
        yield


def test_a_transaction_that_can_never_be_done_is_refused(owner: str) -> None:
    """Two actions of one item, as an example."""
    twice = Transaction()
    twice.note((owner, "a"))
    twice.add((owner, "a"), {"images": 1})
    with pytest.raises(RefusedError):
        twice.commit()
