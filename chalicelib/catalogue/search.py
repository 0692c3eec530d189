"""Answers to questions, page by page: the most selective facets drive, other filters go by the cards they bring.

A page ends when it is full, or when it has cost what a page may; then it may be short, even empty, and still has a
place from which the next goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue import counts, edges, hues, places, walks
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
COUNT_UNITS = 0.5  # RRU of a look at one item of the counts
_KEPT = 256  # covers of places, and of colours, that a process remembers
_NAMES = 4  # cameras of one make, words of one beginning, that are merged; beyond it, cards are gone through
_SELECTIVE = 0.5  # of what the others have, which makes a facet worth joining


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


@dataclass(frozen=True)
class Plan:
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
    behind = start and Position(start.source, start.place, included=not start.included)
    origin = found[0][0] if found else behind
    shown = [card for _, card in found]
    if backwards:
        return Page(shown[::-1], onward, origin if start is not None else None, budget.spent)
    return Page(shown, origin if start is not None else None, onward, budget.spent)


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
    they are to be `ordered` by date. Cost: 0.5 RRU for each facet that must be chosen among.
    """
    if by_place(question):
        return Plan(
            [[[Facet(owner, edges.place(owner), low, high)]] for low, high in _ranges(question)], PLACE_UNITS
        )
    wanted, choices = _wanted(owner, question), _choices(owner, question)
    if wanted is None or any(not choice.sources for choice in choices):
        return Plan([])
    if choices and (not wanted or _least(choices) < _SELECTIVE * _least(wanted)):
        wanted = [*wanted, min(choices, key=lambda group: group.number)]
    looks = len(choices) + len(question.words) + (question.tag is not None)
    if wanted:
        return Plan([[group.sources for group in wanted]], UNITS - COUNT_UNITS * looks)
    if question.colour is not None and question.taken is None and not ordered:
        return Plan([[[Facet(owner, edges.colour(owner, cell))]] for cell in _cells(question.colour)])
    low, high = bounds(question.taken)
    return Plan([[[Facet(owner, key, low, high) for key in edges.taken(owner)]]])


def by_place(question: Question) -> bool:
    """Tell whether the answer comes in the order of places: of tags and words, a list by place tells nothing."""
    return (question.near or question.box) is not None and question.tag is None and not question.words


class _Choice(NamedTuple):
    """Lists that have all images of a facet between them, and how many these are."""

    sources: list[Facet]
    number: int


def _wanted(owner: str, question: Question) -> list[_Choice] | None:
    """Return the lists of tags and words, which no card tells of; None where one has no image."""
    low, high = bounds(question.taken)

    def choice(texts: Sequence[str], number: int, *, tags: bool = False) -> _Choice:
        listed = [key for text in texts for key in edges.word(owner, text)]
        return _Choice([Facet(owner, key, low, high, tags) for key in listed], number)

    wanted = []
    asked = [(question.tag, True)] if question.tag is not None else []
    asked += [(text, False) for text in question.words]
    for text, is_tag in asked:
        assert text is not None
        numbers = _numbers(owner, counts.word_item(text))
        if is_tag:
            known = {text: numbers.get(f"{edges.TAG}{text}", 0)}
        elif len(question.words) == 1:  # the beginning of words: of the most frequent
            begun = {name: number for name, number in numbers.items() if name.startswith(text)}
            known = dict(sorted(begun.items(), key=lambda item: (item[0] != text, -item[1]))[:_NAMES])
        else:
            known = {text: numbers.get(text, 0)}
        known = {name: number for name, number in known.items() if number > 0}
        if not known:
            return None
        wanted.append(choice(list(known), sum(known.values()), tags=is_tag))
    return wanted


def _choices(owner: str, question: Question) -> list[_Choice]:
    """Return the lists of what cards tell, too."""
    low, high = bounds(question.taken)
    choices = []
    if question.lens is not None:
        number = _named(_numbers(owner, counts.bucket("lens", question.lens)), question.lens)
        sources = [Facet(owner, key, low, high) for key in edges.lens(owner, question.lens)]
        choices.append(_Choice(sources, number))
    if question.make is not None or question.model is not None:
        cameras = _cameras(owner, question)
        if len(cameras) <= _NAMES:
            keys = {key for name in cameras for key in edges.camera(owner, *name.split("|", 1))}
            choices.append(_Choice([Facet(owner, key, low, high) for key in sorted(keys)], sum(cameras.values())))
    return choices


def _cameras(owner: str, question: Question) -> dict[str, int]:
    """Return the owner's cameras of a make or a model, and how many images are from each."""
    if question.make is not None and question.model is not None:
        name = counts.camera_name(question.make, question.model)
        return {name: _named(_numbers(owner, counts.bucket("camera", name)), name)}
    asked = [part and part.casefold() for part in (question.make, question.model)]
    return {
        name: number
        for numbers in counts.of_owner(owner, "camera").values()
        for name, number in numbers.items()
        if all(text in (None, part) for text, part in zip(asked, name.casefold().split("|", 1), strict=True))
    }


def _named(numbers: dict[str, int], name: str) -> int:
    return sum(number for known, number in numbers.items() if known.casefold() == name.casefold())


def _numbers(owner: str, item: str) -> dict[str, int]:
    found = facets.read(f"{owner}#count", item, item)
    return found.items[0].numbers() if found.items else {}


def _least(choices: Sequence[_Choice]) -> int:
    return min(choice.number for choice in choices)


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
