"""Lists that are merged, joined and read one after the other: literal lists in memory in, literal cards out."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from chalicelib.catalogue import search, walks
from chalicelib.catalogue.plans import Plan
from chalicelib.catalogue.questions import Question
from chalicelib.catalogue.search import Position
from chalicelib.catalogue.walks import AllOf, AnyOf, Budget, Entry, SpentError, Start
from chalicelib.db.slices import Slice
from tests.chalicelib.catalogue.literals import image


class Shelf(NamedTuple):
    """A list in memory, an image at each of some letters; each read costs half a unit."""

    places: str

    def read(self, start: Start, limit: int, *, descending: bool) -> Slice[Entry]:
        """Return the entries from a position on."""
        there = sorted(self.places, reverse=descending)
        if start.place is not None:
            place = start.place
            there = [at for at in there if (at != place and (at < place) is descending) or at == place]
            there = [at for at in there if at != place or start.included]
        return Slice([Entry(at, image(image_id=at)) for at in there[:limit]], len(there) > limit, 0.5)


def part(*groups: tuple[str, ...]) -> AllOf:
    """Return a part of groups of lists."""
    return AllOf([AnyOf([Shelf(places) for places in group]) for group in groups])


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ([("abc",)], "abc"),
        ([("ace", "bde")], "abcde"),  # each once
        ([("abcde",), ("bdf",)], "bd"),
        ([("ac", "bdz"), ("abcdz",)], "abcdz"),  # one list of a group ends before the other
        ([("ac", ""), ("bc",)], "c"),
        ([("abc",), ("",)], ""),
    ],
)
@pytest.mark.parametrize("descending", [False, True])
def test_lists_are_merged_and_joined(groups: list[tuple[str, ...]], shown: str, *, descending: bool) -> None:
    """An image is in any list of each group."""
    found = walks.entries(part(*groups), Budget(100), Start(), 2, descending=descending)
    places = "".join(entry.place for entry in found if entry.card is not None)
    assert places == (shown[::-1] if descending else shown)


@pytest.mark.parametrize(("units", "spent"), [(0.5, False), (0.49, True), (0.0, True)])
def test_a_budget_pays_for_a_query_of_half_a_unit(units: float, *, spent: bool) -> None:
    """Exactly that is enough."""
    if spent:
        with pytest.raises(SpentError):
            Budget(units).require()
    else:
        Budget(units).require()


def shown(plan: Plan, start: Position | None, *, backwards: bool, limit: int = 9) -> str:
    """Return the places on a page, in the order of the answer."""
    found = search.page(plan, Question(), limit=limit, descending=False, start=start, backwards=backwards)
    return "".join(card.image_id for card in found.cards)


THREE = Plan([part(("ab",)), part(("cd",)), part(("ef",))], 100)


def test_parts_are_read_one_after_the_other_in_both_directions() -> None:
    """None is left out on the way back."""
    assert shown(THREE, None, backwards=False) == "abcdef"
    assert shown(THREE, Position(2, "f", included=True), backwards=True) == "abcdef"
    assert shown(THREE, Position(1, "d"), backwards=True) == "abc"
    assert shown(THREE, Position(1, "c", included=True), backwards=False) == "cdef"


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
    plan = Plan([part(("",)), part(("",)), part(("",))], 100)
    found = search.page(plan, Question(), limit=1, descending=False, start=start, backwards=backwards)
    assert (found.after if backwards else found.before) == other
