"""The filters of a search, and whether an image's card matches them.

Structs rather than dataclasses, whose making costs a cold start milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from chalicelib.catalogue.index import colour_cells, geohash, palettes, terms

if TYPE_CHECKING:
    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.record_change import Indexed

Orientation = Literal["portrait", "landscape", "square"]


class Span(Struct, frozen=True):
    """Numbers from one to another, both included; None is open."""

    least: float | None
    most: float | None

    def holds(self, number: float | None) -> bool:
        """Tell whether a number lies in the span; None does not."""
        if number is None:
            return False
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


class Dates(Struct, frozen=True):
    """Times from one to another as text, both included to the precision that is given; None is open."""

    first: str | None
    last: str | None

    def holds(self, time: str | None) -> bool:
        """Tell whether a time lies in the span; None does not."""
        if time is None:
            return False
        after = self.first is None or time >= self.first
        return after and (self.last is None or time[: len(self.last)] <= self.last)


class Circle(Struct, frozen=True):
    """A circle around a place: degrees north and east, kilometres."""

    latitude: float
    longitude: float
    radius: float


class Box(Struct, frozen=True):
    """A box between meridians and parallels, in degrees; across the date line where west is above east."""

    west: float
    south: float
    east: float
    north: float


class Colour(Struct, frozen=True):
    """The colours near a colour: `#rrggbb`, a distance, and its metric; or all that have a name of CSS.

    `share`, 0 to 1, is the least part of an image that these colours of its palette make up together. One of them
    must be a main colour, unless the share asks for `small` parts.
    """

    hex: str
    within: float
    metric: Literal["ciede2000", "oklab"]
    name: str | None = None
    share: float = 0.0

    @property
    def small(self) -> bool:
        """Whether parts are asked for that are smaller than main colours: only cards tell of these."""
        return 0 < self.share < palettes.MAIN / 100

    def takes(self, colour: str) -> bool:
        """Tell whether `#rrggbb` is one of the colours."""
        if self.name is not None:
            return colour_cells.css_name(colour) == self.name
        return colour_cells.matches(colour, self.hex, self.within, self.metric)


class Question(Struct, frozen=True):
    """Filters that all must hold; None asks nothing."""

    uploaded: Dates | None = None
    taken: Dates | None = None
    make: str | None = None  # this and the next two: empty where the file names none
    model: str | None = None
    lens: str | None = None
    name: str | None = None  # of the file
    format: str | None = None
    state: str | None = None
    orientation: Orientation | None = None
    provenance: str | None = None
    size: Span | None = None  # bytes
    megapixels: Span | None = None
    iso: Span | None = None
    f_number: Span | None = None
    focal_length: Span | None = None
    rating: Span | None = None
    colour: Colour | None = None
    near: Circle | None = None
    box: Box | None = None
    country: str | None = None  # code, of the position
    city: str | None = None
    tag: str | None = None
    words: tuple[str, ...] = ()
    people: str | None = None  # 0, 1, 2+

    @property
    def needs_lists(self) -> bool:
        """Whether there is a filter that cards do not tell of, but lists by date taken: tag, words, people."""
        return self.tag is not None or bool(self.words) or self.people is not None

    @property
    def asks(self) -> bool:
        """Whether there is any filter."""
        return any(getattr(self, name) not in (None, ()) for name in self.__struct_fields__)

    def matches(self, card: Card) -> bool:
        """Tell whether a card is there and holds to the filters; its tags, words and people it does not tell."""
        facts = card.facts
        return (
            not card.expired
            and _same(self.make, facts.make or "")
            and _same(self.model, facts.model or "")
            and _same(self.lens, facts.lens or "")
            and _same(self.name, card.name)
            and _same(self.format, card.format)
            and _same(self.state, card.state)
            and _same(self.provenance, facts.provenance)
            and _same(self.orientation, orientation(card))
            and (self.uploaded is None or self.uploaded.holds(card.uploaded))
            and (self.taken is None or self.taken.holds(facts.taken))
            and _holds(self.size, card.size)
            and _holds(self.megapixels, megapixels(card))
            and _holds(self.iso, facts.iso)
            and _holds(self.f_number, facts.f_number)
            and _holds(self.focal_length, facts.focal_length)
            and _holds(self.rating, facts.rating)
            and _same(self.country, facts.country)
            and (self.city is None or _same_city(self.city, facts.city))
            and self._is_there(card)
            and self._is_coloured(card)
        )

    def matches_apart(self, indexed: Indexed) -> bool:
        """Tell whether a record holds to the filters that its card does not tell of: tag, words and people."""
        return (
            (self.tag is None or (self.tag, True) in indexed.words)
            and (self.people is None or self.people == indexed.people)
            and all(any(self.takes(asked, word.text) for word in indexed.words) for asked in self.words)
        )

    def takes(self, asked: str, word: str) -> bool:
        """Tell whether a word of an image is one that is asked for: a single one may be the beginning of it."""
        return word == asked or (len(self.words) == 1 and word.startswith(asked))

    def _is_there(self, card: Card) -> bool:
        latitude, longitude = card.facts.latitude, card.facts.longitude
        if self.near is None and self.box is None:
            return True
        if latitude is None or longitude is None:
            return False
        box, near = self.box, self.near
        return (box is None or geohash.in_box(latitude, longitude, box.west, box.south, box.east, box.north)) and (
            near is None or geohash.distance(near.latitude, near.longitude, latitude, longitude) <= near.radius
        )

    def _is_coloured(self, card: Card) -> bool:
        wanted = self.colour
        if wanted is None:
            return True
        if not wanted.small and not any(map(wanted.takes, card.facts.main_colours)):
            return False
        shares = (swatch.share for swatch in card.facts.colours if wanted.takes(swatch.hex))
        return not wanted.share or sum(shares) >= round(100 * wanted.share, 6)


def orientation(card: Card) -> str | None:
    """Return how an image lies, as displayed; None where its size is not known."""
    if not card.width or not card.height:
        return None
    if card.width == card.height:
        return "square"
    return "landscape" if card.width > card.height else "portrait"


def megapixels(card: Card) -> float | None:
    """Return how many million pixels an image has; None where that is not known."""
    return card.width * card.height / 1e6 if card.width and card.height else None


def _same(asked: str | None, found: str | None) -> bool:
    return asked is None or (found is not None and asked.casefold() == found.casefold())


def _same_city(asked: str, found: str | None) -> bool:
    return found is not None and terms.place_key(asked) == terms.place_key(found)


def _holds(span: Span | None, number: float | None) -> bool:
    return span is None or span.holds(number)
