"""Answers to questions, page by page: the most selective facets drive, other filters go by the cards they bring.

A page ends when it is full, or when it has cost what a page may; then it may be short, even empty, and still has a
place from which the next goes on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue import cards, counts, edges, hues, places, walks
from chalicelib.catalogue.questions import Box, Circle
from chalicelib.catalogue.walks import Budget, Facet, SpentError, Uploads
from chalicelib.db import facets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.catalogue.cards import Card
    from chalicelib.catalogue.questions import Colour, Dates, Question
    from chalicelib.catalogue.walks import Source

UNITS = 4.5  # RRU of a page; the last query may go half a unit beyond
PLACE_UNITS = 9.5
_KEPT = 256  # covers of places, and of colours, that a process remembers
_MERGED = 8  # lists, of cameras and lenses, or of words with one beginning
_SELECTIVE = 0.3  # of the images, up to which a list of cameras is worth joining


class Position(NamedTuple):
    """A place in an answer: in which of its lists, behind which entry, or at it."""

    source: int
    place: str | None
    included: bool = False


class Page(NamedTuple):
    """Cards in their order, where the answer goes on in both directions (None: nowhere), and its cost in RRU."""

    cards: list[Card]
    before: Position | None
    after: Position | None
    units: float


class Plan(NamedTuple):
    """How a question is answered: lists one behind the other, each a join of groups of merged lists."""

    parts: Sequence[Sequence[Sequence[Source]]]
    units: float = UNITS


def page(  # noqa: PLR0913  an answer has as many sides
    plan: Plan,
    question: Question,
    *,
    limit: int,
    descending: bool = True,
    start: Position | None = None,
    backwards: bool = False,
) -> Page:
    """Return the cards behind a place, or those before it, in the order of the answer.

    Nothing is shown twice, and nothing left out that was there all the time: a place says what has been seen, not
    how much. Cost: `units` of the plan, and half a unit.
    """
    budget = Budget(plan.units)
    found: list[tuple[Position, Card]] = []
    reached: Position | None = start
    ended = False
    try:
        for position, card in _walk(
            plan, budget, start, limit + 1, descending=descending != backwards, backwards=backwards
        ):
            if card is not None and question.matches(card):
                if len(found) == limit:
                    break
                found.append((position, card))
            reached = position
        else:
            ended = True
    except SpentError:
        pass
    onward = None if ended else reached or Position(len(plan.parts) - 1 if backwards else 0, None)
    origin = found[0][0] if found else _turned(start, len(plan.parts), backwards=backwards)
    shown = [card for _, card in found]
    if backwards:
        return Page(shown[::-1], onward, origin if start is not None else None, budget.spent)
    return Page(shown, origin if start is not None else None, onward, budget.spent)


def _turned(start: Position | None, parts: int, *, backwards: bool) -> Position | None:
    """Return where a walk in the other direction begins; None where it has nowhere to go."""
    if start is None or start.place is not None:
        return start and Position(start.source, start.place, included=not start.included)
    source = start.source + (1 if backwards else -1)  # a whole list lies ahead, and none of it behind
    return Position(source, None) if 0 <= source < parts else None


def _walk(  # noqa: PLR0913
    plan: Plan, budget: Budget, start: Position | None, wanted: int, *, descending: bool, backwards: bool
) -> Iterator[tuple[Position, Card | None]]:
    """Yield the cards behind a place, and how far the walk has come. Raises SpentError."""
    order = range(len(plan.parts))
    sources = order[::-1] if backwards else order
    first = start.source if start is not None else (sources[0] if sources else 0)
    for number in sources:
        if (number > first) if backwards else (number < first):
            continue
        begin = (
            walks.Start(start.place, start.included) if start is not None and number == first else walks.Start()
        )
        groups = plan.parts[number]
        if len(groups) == 1:
            entries = walks.merged(groups[0], budget, begin, wanted, descending=descending)
        else:
            entries = walks.joined(groups, budget, begin, descending=descending)
        for entry in entries:
            yield Position(number, entry.place, included=entry.card is None), entry.card
        if number != sources[-1]:
            yield Position(number + (-1 if backwards else 1), None), None
            budget.require()


def by_upload(owner: str, question: Question) -> Plan:
    """Return how images that a question asks for are found by upload, which tells nothing of words and tags."""
    low, high = bounds(question.uploaded)
    return Plan([[[Uploads("by_owner", owner, low, high)]]])


def plan(owner: str, question: Question, *, ordered: bool = False) -> Plan:
    """Return how an owner's images that a question asks for are found: by place, by date taken, or by colour.

    Images near a place come in the order of their places; what only a colour is asked of, by its nearness, unless
    they are to be `ordered` by date. Cost: 0.5 RRU to look up the beginning of a word, and 0.5 per 4 KB of the
    counts of cameras and lenses to choose among these.
    """
    if by_place(question):
        return Plan(
            [[[Facet(owner, edges.place(owner), low, high)]] for low, high in _ranges(question)], PLACE_UNITS
        )
    look = _Look(owner, question.taken)
    wanted, gear = _wanted(look, question), _gear(look, question)
    if gear is not None:
        wanted.append(gear)
    if not all(wanted):
        return Plan([])
    if wanted:
        parts = [wanted]
    elif question.colour is not None and question.taken is None and not ordered:
        parts = [[[Facet(owner, edges.colour(owner, cell))]] for cell in _cells(question.colour)]
    else:
        parts = [[[look.facet(edges.taken(owner))]]]
    return Plan(parts, UNITS - look.units)


def by_place(question: Question) -> bool:
    """Tell whether the answer comes in the order of places: of tags and words, a list by place tells nothing."""
    return (question.near or question.box) is not None and question.tag is None and not question.words


class _Look:
    """A look at what an owner has, and what it has cost in RRU."""

    def __init__(self, owner: str, taken: Dates | None) -> None:
        self.owner = owner
        self.units = 0.0
        self._low, self._high = bounds(taken)

    def facet(self, key: str, *, tags: bool = False) -> Facet:
        """Return a list by date taken, as far as it is asked for."""
        return Facet(self.owner, key, self._low, self._high, tags)

    def words(self, begin: str) -> list[str]:
        """Return the first words with a beginning, in alphabetical order."""
        found = facets.read(edges.words(self.owner), begin, begin + facets.MOST, limit=_MERGED)
        self.units += found.units
        return [item.entry for item in found.items]

    def gear(self) -> dict[str, int]:
        """Return the cameras with their lenses, and how many images are from each."""
        found = facets.read(counts.holder(self.owner), counts.CAMERA, counts.CAMERA)
        self.units += found.units
        numbers = found.items[0].numbers() if found.items else {}
        return {gear: number for gear, number in numbers.items() if number > 0}


def _wanted(look: _Look, question: Question) -> list[list[Facet]]:
    """Return the lists of tags and words, which no card tells of."""
    one = len(question.words) == 1
    groups = [look.words(text) if one else [text] for text in question.words]
    wanted = [[look.facet(edges.word(look.owner, text)) for text in group] for group in groups]
    if question.tag is not None:
        wanted.append([look.facet(edges.word(look.owner, question.tag), tags=True)])
    return wanted


def _gear(look: _Look, question: Question) -> list[Facet] | None:
    """Return the lists of the cameras and lenses that are asked for; None where cards tell them as well.

    That is so of what most images are from, where something else leads already, and of more than can be merged.
    """
    asked = [part and part.casefold() for part in (question.make, question.model, question.lens)]
    if not any(asked):
        return None
    known = look.gear()
    those = {
        gear: number
        for gear, number in known.items()
        if all(
            text in (None, part) for text, part in zip(asked, gear.casefold().split(cards.SEPARATOR), strict=True)
        )
    }
    keys = sorted({edges.camera(look.owner, gear) for gear in those})
    led = question.tag is not None or question.words
    frequent = sum(those.values()) > _SELECTIVE * sum(known.values())
    if len(keys) > _MERGED or (led and keys and frequent):
        return None
    return [look.facet(key) for key in keys]


def _ranges(question: Question) -> tuple[tuple[str, str], ...]:
    where = question.near or question.box
    assert where is not None
    return _covered(where)


@lru_cache(maxsize=_KEPT)  # one page after the other asks for the same
def _covered(where: Circle | Box) -> tuple[tuple[str, str], ...]:
    if isinstance(where, Circle):
        found = places.near(where.latitude, where.longitude, where.radius)
    else:
        found = places.box(where.west, where.south, where.east, where.north)
    return tuple((part.low, part.high) for part in found)


@lru_cache(maxsize=_KEPT)
def _cells(colour: Colour) -> tuple[str, ...]:
    return tuple(hues.near(colour.hex, colour.within, colour.metric))


def bounds(dates: Dates | None) -> tuple[str, str]:
    """Return between which range keys a span of dates lies."""
    if dates is None:
        return facets.LEAST, facets.MOST
    return dates.first or facets.LEAST, f"{dates.last or ''}{facets.MOST}"
