"""Walks along lists that are in memory: literal places in, literal places out, at a price that is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from chalicelib.catalogue.search import cursors, result_page
from chalicelib.catalogue.search.cursors import AllOf, AnyOf, Budget, Cursor, Entry, SpentError, Start
from chalicelib.catalogue.search.filters import Question, Span
from chalicelib.catalogue.search.planner import Plan
from chalicelib.catalogue.search.result_page import Position
from chalicelib.db.slices import Slice
from tests.chalicelib.catalogue.literals import image

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass
class Shelf:
    """An ordered list of cards at places of one letter each, of which a query costs half a unit."""

    places: str
    asked: list[int] = field(default_factory=list)

    def read(self, start: Start, limit: int, *, descending: bool) -> Slice[Entry]:
        """Return what comes from a place on."""
        self.asked.append(limit)
        places = sorted(self.places, reverse=descending)
        if start.position is not None:
            at = start.position
            beyond = [place for place in places if (place < at if descending else place > at)]
            places = [at] * (start.included and at in places) + beyond
        entries = [Entry(place, image(image_id=place, size=ord(place))) for place in places[:limit]]
        return Slice(entries, len(places) > limit, 0.5)


def part(*groups: Sequence[Shelf]) -> AllOf:
    """Return a part of groups of lists."""
    return AllOf([AnyOf(group) for group in groups])


def places(entries: Iterable[Entry]) -> str:
    """Return the places of what has a card, and a dot for each entry that has none."""
    return "".join(entry.position if entry.card else "." for entry in entries)


def test_a_budget_ends_where_no_query_is_left() -> None:
    """Half a unit is one; the first query of a list is made in any case."""
    budget = Budget(1.0)
    budget.require()
    budget.take(0.5)
    budget.require()
    assert (budget.left, budget.spent) == (0.5, 0.5)
    budget.take(0.01)
    with pytest.raises(SpentError):
        budget.require()
    with pytest.raises(SpentError):
        budget.fetch(first=False)
    with pytest.raises(SpentError):
        budget.entries(9, first=False)
    assert budget.entries(9, first=True) == 6
    budget.fetch(first=True)
    assert (round(budget.left, 2), budget.spent) == (-0.01, 0.51)  # reserved: spent is what DynamoDB counts later


@pytest.mark.parametrize(
    ("units", "wanted", "entries"), [(1.0, 50, 12), (1.0, 12, 12), (1.0, 9, 9), (0.5, 50, 6), (0.04, 50, 1)]
)
def test_a_query_asks_for_no_more_entries_than_are_paid_for(units: float, wanted: int, entries: int) -> None:
    """An entry is 0.08 units; one is always asked for."""
    assert Budget(units).entries(wanted, first=True) == entries


def test_each_query_of_a_list_is_twice_as_long_as_the_one_before() -> None:
    """Up to a most; and the next begins after the last entry."""
    shelf = Shelf("abcdefghijklmnopqrstuvwxyz")
    budget = Budget(100.0)
    cursor = Cursor(shelf, budget, Start(), 3, 8, descending=False)
    seen = ""
    while (entry := cursor.peek()) is not None:
        assert cursor.peek() is entry
        seen += entry.position
        cursor.step()
    assert seen == "abcdefghijklmnopqrstuvwxyz"
    assert shelf.asked == [3, 6, 8, 8, 8]
    assert budget.spent == 2.5
    assert cursor.peek() is None


@pytest.mark.parametrize(
    ("start", "descending", "seen"),
    [
        (Start(), False, "abcde"),
        (Start("b"), False, "cde"),
        (Start("b", included=True), False, "bcde"),
        (Start("e"), False, ""),
        (Start(), True, "edcba"),
        (Start("b"), True, "a"),
        (Start("b", included=True), True, "ba"),
    ],
)
def test_a_list_is_read_from_a_place_on(start: Start, seen: str, *, descending: bool) -> None:
    """After it, or at it."""
    assert places(cursors.entries(part([Shelf("abcde")]), Budget(100), start, 2, descending=descending)) == seen


@pytest.mark.parametrize(
    ("read", "sought", "descending", "after"),
    [
        (1, "d", False, "d"),  # within what was read
        (1, "a", False, "b"),  # a place that is behind
        (1, "p", False, "p"),  # far beyond: one query leaps there
        (1, "z", False, ""),
        (0, "p", False, "p"),
        (1, "w", True, "w"),
        (1, "c", True, "c"),
        (1, "z", True, "w"),
    ],
)
def test_a_place_is_sought_without_reading_what_lies_between(
    read: int, sought: str, after: str, *, descending: bool
) -> None:
    """Never backwards: what was passed stays behind."""
    shelf = Shelf("abcdefghijklmnopqrstuvwx")
    cursor = Cursor(shelf, Budget(100), Start(), 4, 4, descending=descending)
    for _ in range(read):
        cursor.peek()
        cursor.step()
    cursor.seek(sought)
    entry = cursor.peek()
    assert (entry.position if entry else "") == after
    assert len(shelf.asked) <= 2


@pytest.mark.parametrize(
    ("lists", "start", "descending", "seen"),
    [
        (["ace", "bdf"], Start(), False, "abcdef"),
        (["ace", "bdf"], Start(), True, "fedcba"),
        (["abc", "bcd", "c"], Start(), False, "abcd"),  # each once
        (["abc", "bcd"], Start("b"), False, "cd"),
        (["abc", "bcd"], Start("c"), True, "ba"),
        (["", "a"], Start(), False, "a"),
        (["", ""], Start(), False, ""),
    ],
)
def test_lists_are_merged(lists: Sequence[str], start: Start, seen: str, *, descending: bool) -> None:
    """In the order of their places, each place once."""
    found = cursors.entries(part([Shelf(one) for one in lists]), Budget(100), start, 2, descending=descending)
    assert places(found) == seen


@pytest.mark.parametrize(
    ("groups", "start", "descending", "seen"),
    [
        ([["abcde"], ["bd"]], Start(), False, "bd"),
        ([["abcde"], ["bd"]], Start(), True, "db"),
        ([["abcde"], ["bd"], ["d"]], Start(), False, "d"),
        ([["ab", "cd"], ["bc"]], Start(), False, "bc"),  # a group is merged
        ([["ab", "bc"], ["b"]], Start(), False, "b"),
        ([["abc"], ["xyz"]], Start(), False, ""),
        ([["abc"], [""]], Start(), False, ""),
        ([["abcd"], ["abcd"]], Start("b"), False, "cd"),
        ([["abcd"], ["abcd"]], Start("b"), True, "a"),
        ([["abcd"], ["abcd"]], Start("b", included=True), True, "ba"),
    ],
)
def test_lists_are_joined(groups: Sequence[Sequence[str]], start: Start, seen: str, *, descending: bool) -> None:
    """What all groups have, in the order of their places."""
    shelves = part(*([Shelf(one) for one in group] for group in groups))
    found = cursors.entries(shelves, Budget(100), start, 2, descending=descending)
    assert places(found).replace(".", "") == seen


def test_a_join_leaps_to_where_the_rarest_list_is() -> None:
    """And says, in between, how far it has come."""
    frequent, rare = Shelf("abcdefghijklmnopqrstuvwxyz"), Shelf("bz")
    found = list(cursors.entries(part([frequent], [rare]), Budget(100), Start(), 2, descending=False))
    assert [(entry.position, entry.card is not None) for entry in found] == [
        ("b", False), ("b", True), ("z", False), ("z", True),
    ]  # fmt: skip
    assert frequent.asked == [7, 14]  # up to g, and from z on
    assert rare.asked == [7]


def test_a_walk_ends_where_the_budget_is_spent() -> None:
    """After the first query of each list, which is made in any case."""
    found = cursors.entries(part([Shelf("abcdefgh")]), Budget(0.5), Start(), 3, descending=False)
    assert [next(found).position for _ in range(3)] == ["a", "b", "c"]
    with pytest.raises(SpentError):
        next(found)


EVERYTHING = Question()


def page(parts: Sequence[AllOf], **options: object) -> tuple[str, object, object, float]:
    """Return what a page shows, where it leads to in both directions, and its cost."""
    found = result_page.page(Plan(parts, 100.0), EVERYTHING, **options)  # type: ignore[arg-type]
    return "".join(card.image_id for card in found.cards), found.before, found.after, found.units


def test_pages_follow_each_other_and_lead_back() -> None:
    """The last one leads nowhere, nor does the first one lead back."""
    parts = [part([Shelf("abcde")])]
    assert page(parts, limit=2) == ("ed", None, Position(0, "d"), 0.5)
    assert page(parts, limit=2, start=Position(0, "d")) == ("cb", Position(0, "c"), Position(0, "b"), 0.5)
    assert page(parts, limit=2, start=Position(0, "b")) == ("a", Position(0, "a"), None, 0.5)
    assert page(parts, limit=2, start=Position(0, "a"), backwards=True) == (
        "cb", Position(0, "c"), Position(0, "b"), 0.5,
    )  # fmt: skip
    assert page(parts, limit=2, start=Position(0, "c"), backwards=True)[:2] == ("ed", None)
    assert page(parts, limit=5) == ("edcba", None, None, 0.5)
    assert page(parts, limit=2, descending=False) == ("ab", None, Position(0, "b"), 0.5)
    assert page([], limit=2) == ("", None, None, 0.0)


def test_a_page_goes_on_in_the_next_list() -> None:
    """In the order of the lists, whatever their places; backwards, too."""
    parts = [part([Shelf("mn")]), part([Shelf("xyz")]), part([Shelf("a")])]
    assert page(parts, limit=3)[::2] == ("nmz", Position(1, "z"))
    assert page(parts, limit=3, start=Position(1, "z"))[::2] == ("yxa", None)
    assert page(parts, limit=2, start=Position(1, "z"), backwards=True)[0] == "nm"
    assert page(parts, limit=9, start=Position(2, None))[0] == "a"
    assert page(parts, limit=9, start=Position(2, "a"), backwards=True)[0] == "nmzyx"


def test_what_a_question_does_not_ask_for_is_left_out() -> None:
    """By the cards; such a page goes on where it ended."""
    plan = Plan([part([Shelf("abcdefghijklmno")])], 100.0)
    vowels = Question(size=Span(ord("e"), ord("e")))
    found = result_page.page(plan, vowels, limit=1, descending=False)
    assert [card.image_id for card in found.cards] == ["e"]
    assert found.after is None


def test_a_page_that_has_spent_its_budget_leads_on() -> None:
    """Though nothing is on it yet; the next one begins where it ended, and what is before it was seen."""
    nothing = Question(size=Span(0, 0))
    parts = [part([Shelf("abcdefghij")]), part([Shelf("xy")])]
    found = result_page.page(Plan(parts, 0.5), nothing, limit=3, descending=False)
    assert (found.cards, found.before, found.after) == ([], None, Position(0, "d"))
    found = result_page.page(Plan(parts, 0.5), nothing, limit=3, descending=False, start=Position(0, "h"))
    assert (found.cards, found.before, found.after) == ([], Position(0, "h", included=True), Position(1, None))
    found = result_page.page(Plan(parts, 0.5), nothing, limit=3, descending=False, start=Position(1, None))
    assert (found.cards, found.before, found.after) == ([], Position(0, None), None)


@pytest.mark.parametrize(
    ("start", "backwards", "other"),
    [
        (Position(1, "z"), False, Position(1, "z", included=True)),
        (Position(1, "z", included=True), False, Position(1, "z")),
        (Position(1, "0"), True, Position(1, "0", included=True)),
        (Position(1, "0", included=True), True, Position(1, "0")),
    ],
)
def test_an_empty_page_leads_back_to_where_it_began(start: Position, other: Position, *, backwards: bool) -> None:
    """An image at the very position is shown on one side of it, and on one only."""
    plan = Plan([part([Shelf("")])] * 3, 100)
    found = result_page.page(plan, Question(), limit=1, descending=False, start=start, backwards=backwards)
    assert (found.after if backwards else found.before) == other


@pytest.mark.parametrize(
    ("source", "backwards", "expected"),
    [(0, False, None), (1, False, 0), (2, True, None), (1, True, 2)],
)
def test_a_walk_turns_into_the_list_beside(source: int, backwards: bool, expected: int | None) -> None:  # noqa: FBT001
    """Of three: the other direction begins in the list before the whole one that lies ahead, if there is one."""
    turned = result_page._turned(Position(source, None), 3, backwards=backwards)
    assert (turned and turned.source) == expected
