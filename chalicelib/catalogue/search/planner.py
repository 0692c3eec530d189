"""How a question is answered: by which lists, the most selective ones, and in which order."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from chalicelib.catalogue.index import cards, colour_cells, counters, entries, geohash, terms
from chalicelib.catalogue.search.cursors import AllOf, AnyOf, IndexList, Uploads
from chalicelib.catalogue.search.filters import Box, Circle
from chalicelib.db import index_table
from image_processing import countries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.geohash import Range
    from chalicelib.catalogue.search.cursors import Source
    from chalicelib.catalogue.search.filters import Colour, Dates, Question

UNITS = 7.0  # RRU of a page; the last query may go half a unit beyond
_QUERY_UNITS = 0.5  # RRU of a query, at the least
_CARD_UNITS = 0.05  # RRU of a usual entry
_KEPT = 256  # covers of places, and of colours, that a process remembers
_MERGED = 8  # lists, of cameras and lenses, or of words with one beginning
_SELECTIVE = 0.3  # of the images, up to which a list of cameras is worth joining


Order = Literal["taken", "colour"]


class Plan(NamedTuple):
    """Parts that are read one after the other, and the RRU that a page may cost.

    Where the parts are `cells` of colours, an image that several cells hold is shown in the first of them.
    """

    parts: Sequence[AllOf]
    units: float = UNITS
    cells: tuple[str, ...] = ()

    @property
    def looked(self) -> float:
        """The RRU that planning took."""
        return UNITS - self.units

    @property
    def order(self) -> Order:
        """What the parts are in the order of, where a question leaves both open."""
        return "colour" if self.cells else "taken"

    def shows(self, card: Card, part: int) -> bool:
        """Tell whether an image is to be shown in a part that holds it."""
        if not self.cells:
            return True
        own = {colour_cells.cell(colour) for colour in card.facts.main_colours}
        return not own.intersection(self.cells[:part])


def by_upload(owner: str, question: Question) -> Plan:
    """Return how images that a question asks for are found by upload; tags, words and people are not."""
    low, high = bounds(question.uploaded)
    return Plan([_alone(Uploads(owner, low, high))])


def plan(owner: str, question: Question, *, ordered: bool = False, order: Order | None = None) -> Plan:
    """Return how an owner's images that a question asks for are found: by place, by date taken, or by colour.

    Images near a place come in the order of their geohashes; a search by colour alone by date taken where few
    queries answer it so, else in the order of distance. It is by date where they are to be `ordered` by it; a page
    that continues another has the `order` of that. Cost: 0.5 RRU to look up the beginning of a word, or the counts
    of colours; 0.5 per 4 KB of the counts of cameras and lenses to choose among these.
    """
    if by_place(question):
        near = [IndexList(owner, entries.place(owner), part.low, part.high) for part in _ranges(question)]
        return Plan([_alone(source) for source in near])
    look = _Look(owner, question.taken)
    wanted, gear = _wanted(look, question), _gear(look, question)
    if gear is not None:
        wanted.append(gear)
    wanted = wanted or _located(look, question)
    if not all(group.sources for group in wanted):
        return Plan([], UNITS - look.units)
    cells: tuple[str, ...] = ()
    if wanted:
        parts = [AllOf(wanted)]
    elif question.colour is not None:
        parts, cells = _coloured(look, question.colour, "taken" if question.taken or ordered else order)
    else:
        parts = [_alone(look.index_list(entries.taken(owner)))]
    return Plan(parts, UNITS - look.units, cells)


def _coloured(look: _Look, colour: Colour, order: Order | None) -> tuple[list[AllOf], tuple[str, ...]]:
    """Return the parts that a colour is found in, and the cells where these are in the order of distance.

    Small parts of images are in no list of a colour: the cards of all are read, as far as a page's budget goes.
    By date, the lists of a few cells are merged where the list of all images is longer. A cell that has no image
    costs no query.
    """
    by_date = [_alone(look.index_list(entries.taken(look.owner)))]
    if colour.small:
        return by_date, ()
    cells = _cells(colour)
    spread = look.colours()
    by_cell = dict.fromkeys(cells, 0) if spread.cells is None else spread.cells
    used = [cell for cell in cells if spread.cells is None or by_cell.get(cell)]
    held = sum(by_cell.get(cell, 0) for cell in used)
    lists = {cell: look.index_list(entries.colour(look.owner, cell)) for cell in used}
    shorter = 0 < _CARD_UNITS * spread.images <= _QUERY_UNITS * len(used) + _CARD_UNITS * held
    if order is None:
        order = "taken" if shorter else "colour"
    if order == "taken":
        merged = spread.cells is not None and len(used) <= _MERGED and not shorter
        return [AllOf([AnyOf(list(lists.values()))])] if merged else by_date, ()
    return [AllOf([AnyOf([lists[cell]] if cell in lists else [])]) for cell in cells], cells


def _alone(source: Source) -> AllOf:
    """Return a part that is one list."""
    return AllOf([AnyOf([source])])


def by_place(question: Question) -> bool:
    """Tell whether the answer comes in the order of places, which tell nothing of tags, words and people."""
    return (question.near or question.box) is not None and not question.needs_lists


class _Look:
    """An owner's counters, as far as read, and the cost in RRU."""

    def __init__(self, owner: str, taken: Dates | None) -> None:
        self.owner = owner
        self.units = 0.0
        self._low, self._high = bounds(taken)

    def index_list(self, key: str, *, tags: bool = False) -> IndexList:
        """Return a list by date taken, as far as it is asked for."""
        return IndexList(self.owner, key, self._low, self._high, tags)

    def words(self, begin: str) -> list[str]:
        """Return the first words with a beginning, in alphabetical order."""
        found = index_table.read(entries.words(self.owner), begin, begin + index_table.MOST, limit=_MERGED)
        self.units += found.units
        return [item.entry for item in found.items]

    def colours(self) -> counters.ColourSpread:
        """Return the number of images, and how many have a main colour in which cell."""
        found = index_table.read(counters.holder(self.owner), counters.TOTAL, counters.TOTAL)
        self.units += found.units
        return counters.colour_spread(found.items[0].numbers() if found.items else {})

    def gear(self) -> dict[str, int]:
        """Return the cameras with their lenses, and how many images are from each."""
        found = index_table.read(counters.holder(self.owner), counters.CAMERA, counters.CAMERA)
        self.units += found.units
        numbers = found.items[0].numbers() if found.items else {}
        return {gear: number for gear, number in numbers.items() if number > 0}


def _wanted(look: _Look, question: Question) -> list[AnyOf]:
    """Return the lists of tags, words and numbers of people, which no card tells of."""
    one = len(question.words) == 1
    groups = [look.words(text) if one else [text] for text in question.words]
    wanted = [AnyOf([look.index_list(entries.word(look.owner, text)) for text in group]) for group in groups]
    if question.tag is not None:
        wanted.append(AnyOf([look.index_list(entries.word(look.owner, question.tag), tags=True)]))
    if question.people is not None:
        wanted.append(AnyOf([look.index_list(entries.people(look.owner, question.people))]))
    return wanted


def _gear(look: _Look, question: Question) -> AnyOf | None:
    """Return the lists of the cameras and lenses that are asked for; None where cards tell them as well.

    Cards suffice for the camera of most images, if another list leads already, and for more than can be merged.
    Only they tell of images without any camera or lens, which empty names alone ask for.
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
    keys = sorted({entries.camera(look.owner, gear) for gear in those})
    led = question.needs_lists
    frequent = sum(those.values()) > _SELECTIVE * sum(known.values())
    if len(keys) > _MERGED or (led and keys and frequent):
        return None
    return AnyOf([look.index_list(key) for key in keys])


def _located(look: _Look, question: Question) -> list[AnyOf]:
    """Return the list of a word of the city or country that is asked for; the cards tell the rest.

    Every image that has a city or a country is found by each word of its name. No list for a name without words.
    """
    name = question.city or countries.NAMES.get((question.country or "").upper(), "")
    words = terms.of_place(name)
    return [AnyOf([look.index_list(entries.word(look.owner, max(words, key=len)))])] if words else []


def _ranges(question: Question) -> tuple[Range, ...]:
    where = question.near or question.box
    assert where is not None
    return _covered(where)


@lru_cache(maxsize=_KEPT)  # one page after the other asks for the same
def _covered(where: Circle | Box) -> tuple[Range, ...]:
    if isinstance(where, Circle):
        return tuple(geohash.near(where.latitude, where.longitude, where.radius))
    return tuple(geohash.box(where.west, where.south, where.east, where.north))


@lru_cache(maxsize=_KEPT)
def _cells(colour: Colour) -> tuple[str, ...]:
    if colour.name is not None:
        return tuple(colour_cells.near_name(colour.name))
    return tuple(colour_cells.near(colour.hex, colour.within, colour.metric))


def bounds(dates: Dates | None) -> tuple[str, str]:
    """Return between which range keys a span of dates lies."""
    if dates is None:
        return index_table.LEAST, index_table.MOST
    return dates.first or index_table.LEAST, f"{dates.last or ''}{index_table.MOST}"
