"""Search page by page: lists are read as planned, other filters are applied to their cards.

A page ends when it is full, when the answer ends, or when its budget is spent; then it may be short, even empty,
and still has a cursor from which the next one continues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from chalicelib.catalogue.search import cursors, whole_cards
from chalicelib.catalogue.search.cursors import Budget, SpentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.search.filters import Question
    from chalicelib.catalogue.search.planner import Plan

Ended = Literal["limit", "budget", "end"]


class Position(NamedTuple):
    """A position in an answer: in which of its lists, after which entry, or at it."""

    source: int
    at: str | None
    included: bool = False


class TwoWayPage(NamedTuple):
    """Cards in their order, where the answer goes on in both directions (None: nowhere), and its cost in RRU.

    `ended` says why it has no more: its limit, its budget, or the end of the answer in the direction of reading.
    No `Slice`: it goes on before its first card, too, and its last card may stand before others left out.
    """

    cards: list[Card]
    before: Position | None
    after: Position | None
    units: float
    ended: Ended


class _Reached(NamedTuple):
    """The position that a walk has reached, and the card there; without a card, it marks progress."""

    position: Position
    card: Card | None


def page(  # noqa: PLR0913  an answer has as many sides
    plan: Plan,
    question: Question,
    *,
    limit: int,
    descending: bool = True,
    start: Position | None = None,
    backwards: bool = False,
) -> TwoWayPage:
    """Return the cards after a position, or those before it, in the order of the answer.

    No image is shown twice, and none left out that was there all the time: a position names the last image seen,
    not a number of images. Cost: `units` of the plan, and half a unit.
    """
    budget = Budget(plan.units)
    shown: list[Card] = []
    first: Position | None = None
    reached: Position | None = start
    ended = False
    try:
        for position, card in _walk(
            plan, budget, start, limit + 1, descending=descending != backwards, backwards=backwards
        ):
            if card is not None and question.matches(card) and plan.shows(card, position.source):
                if len(shown) == limit:
                    break
                if card.apart:
                    budget.fetch(first=not shown)
                shown.append(card)
                first = first or position
            reached = position
        else:
            ended = True
    except SpentError:
        pass
    onward = None if ended else reached or Position(0, None)  # only the first page begins at no position
    origin = (first or _turned(start, len(plan.parts), backwards=backwards)) if start is not None else None
    why: Ended = "end" if ended else "limit" if len(shown) == limit else "budget"
    found, units = whole_cards.complete(shown)
    if backwards:
        return TwoWayPage(found[::-1], onward, origin, budget.spent + units, why)
    return TwoWayPage(found, origin, onward, budget.spent + units, why)


def _turned(start: Position | None, parts: int, *, backwards: bool) -> Position | None:
    """Return where a walk in the other direction begins; None where it has nowhere to go."""
    if start is None or start.at is not None:
        return start and Position(start.source, start.at, included=not start.included)
    source = start.source + (1 if backwards else -1)  # a whole list lies ahead, and none of it behind
    return Position(source, None) if 0 <= source < parts else None


def _walk(  # noqa: PLR0913
    plan: Plan, budget: Budget, start: Position | None, wanted: int, *, descending: bool, backwards: bool
) -> Iterator[_Reached]:
    """Yield the cards after a position, and how far the walk has come. Raises SpentError."""
    order = range(len(plan.parts))
    sources = order[::-1] if backwards else order
    first = start.source if start is not None else (sources[0] if sources else 0)
    for number in sources:
        if (number > first) if backwards else (number < first):
            continue
        begin = (
            cursors.Start(start.at, start.included) if start is not None and number == first else cursors.Start()
        )
        for entry in cursors.entries(plan.parts[number], budget, begin, wanted, descending=descending):
            yield _Reached(Position(number, entry.position, included=entry.card is None), entry.card)
        if number != sources[-1]:
            yield _Reached(Position(number + (-1 if backwards else 1), None), None)
            budget.require()
