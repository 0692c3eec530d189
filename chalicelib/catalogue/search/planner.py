"""How a question is answered: by which lists, the most selective ones, and in which order."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, colour_cells, counters, entries, geohash
from chalicelib.catalogue.search.cursors import AllOf, AnyOf, Facet, Uploads
from chalicelib.catalogue.search.filters import Box, Circle
from chalicelib.db import index_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.catalogue.index.geohash import Range
    from chalicelib.catalogue.search.cursors import Source
    from chalicelib.catalogue.search.filters import Colour, Dates, Question

UNITS = 4.5  # RRU of a page; the last query may go half a unit beyond
PLACE_UNITS = 9.5
_KEPT = 256  # covers of places, and of colours, that a process remembers
_MERGED = 8  # lists, of cameras and lenses, or of words with one beginning
_SELECTIVE = 0.3  # of the images, up to which a list of cameras is worth joining


class Plan(NamedTuple):
    """Parts that are read one after the other, and the RRU that a page may cost."""

    parts: Sequence[AllOf]
    units: float = UNITS


def by_upload(owner: str, question: Question) -> Plan:
    """Return how images that a question asks for are found by upload, which tells nothing of words and tags."""
    low, high = bounds(question.uploaded)
    return Plan([_alone(Uploads(owner, low, high))])


def plan(owner: str, question: Question, *, ordered: bool = False) -> Plan:
    """Return how an owner's images that a question asks for are found: by place, by date taken, or by colour.

    Images near a place come in the order of their geohashes; a search by colour alone in the order of distance,
    unless they are to be `ordered` by date. Cost: 0.5 RRU to look up the beginning of a word, and 0.5 per 4 KB of
    the counts of cameras and lenses to choose among these.
    """
    if by_place(question):
        near = [Facet(owner, entries.place(owner), part.low, part.high) for part in _ranges(question)]
        return Plan([_alone(source) for source in near], PLACE_UNITS)
    look = _Look(owner, question.taken)
    wanted, gear = _wanted(look, question), _gear(look, question)
    if gear is not None:
        wanted.append(gear)
    if not all(group.sources for group in wanted):
        return Plan([])
    if wanted:
        parts = [AllOf(wanted)]
    elif question.colour is not None and question.taken is None and not ordered:
        parts = [_alone(Facet(owner, entries.colour(owner, cell))) for cell in _cells(question.colour)]
    else:
        parts = [_alone(look.facet(entries.taken(owner)))]
    return Plan(parts, UNITS - look.units)


def _alone(source: Source) -> AllOf:
    """Return a part that is one list."""
    return AllOf([AnyOf([source])])


def by_place(question: Question) -> bool:
    """Tell whether the answer comes in the order of places: of tags and words, a list by place tells nothing."""
    return (question.near or question.box) is not None and question.tag is None and not question.words


class _Look:
    """An owner's counters, as far as read, and the cost in RRU."""

    def __init__(self, owner: str, taken: Dates | None) -> None:
        self.owner = owner
        self.units = 0.0
        self._low, self._high = bounds(taken)

    def facet(self, key: str, *, tags: bool = False) -> Facet:
        """Return a list by date taken, as far as it is asked for."""
        return Facet(self.owner, key, self._low, self._high, tags)

    def words(self, begin: str) -> list[str]:
        """Return the first words with a beginning, in alphabetical order."""
        found = index_table.read(entries.words(self.owner), begin, begin + index_table.MOST, limit=_MERGED)
        self.units += found.units
        return [item.entry for item in found.items]

    def gear(self) -> dict[str, int]:
        """Return the cameras with their lenses, and how many images are from each."""
        found = index_table.read(counters.holder(self.owner), counters.CAMERA, counters.CAMERA)
        self.units += found.units
        numbers = found.items[0].numbers() if found.items else {}
        return {gear: number for gear, number in numbers.items() if number > 0}


def _wanted(look: _Look, question: Question) -> list[AnyOf]:
    """Return the lists of tags and words, which no card tells of."""
    one = len(question.words) == 1
    groups = [look.words(text) if one else [text] for text in question.words]
    wanted = [AnyOf([look.facet(entries.word(look.owner, text)) for text in group]) for group in groups]
    if question.tag is not None:
        wanted.append(AnyOf([look.facet(entries.word(look.owner, question.tag), tags=True)]))
    return wanted


def _gear(look: _Look, question: Question) -> AnyOf | None:
    """Return the lists of the cameras and lenses that are asked for; None where cards tell them as well.

    Cards suffice for the camera of most images, if another list leads already, and for more than can be merged.
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
    led = question.tag is not None or question.words
    frequent = sum(those.values()) > _SELECTIVE * sum(known.values())
    if len(keys) > _MERGED or (led and keys and frequent):
        return None
    return AnyOf([look.facet(key) for key in keys])


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
    return tuple(colour_cells.near(colour.hex, colour.within, colour.metric))


def bounds(dates: Dates | None) -> tuple[str, str]:
    """Return between which range keys a span of dates lies."""
    if dates is None:
        return index_table.LEAST, index_table.MOST
    return dates.first or index_table.LEAST, f"{dates.last or ''}{index_table.MOST}"
