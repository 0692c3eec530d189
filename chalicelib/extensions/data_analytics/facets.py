"""Facets: the values of attributes with their numbers of images, from the catalogue's counters."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.catalogue.index import cards, counters, entries, geohash, terms
from image_processing import countries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VALUED = ("format", "state", "provenance", "color", "people")
"""Facets that are counted month by month, as the API names them."""
_COUNTED = {"color": "colour"}  # names that differ in the API


class Valued(NamedTuple):
    """A value, and how many images have it."""

    value: str
    images: int


class Camera(NamedTuple):
    """A camera, regardless of the lens."""

    make: str
    model: str
    images: int


class Country(NamedTuple):
    """A country by its ISO 3166-1 code, and its English name."""

    value: str
    name: str
    images: int


class City(NamedTuple):
    """A city, and the code of its country."""

    value: str
    country: str
    images: int


class Cell(NamedTuple):
    """A geohash cell of the map, in degrees: the outermost positions that cards in it can have."""

    geohash: str
    images: int
    west: float
    south: float
    east: float
    north: float


class Places(NamedTuple):
    """Where images were taken."""

    countries: list[Country]
    cities: list[City]
    cells: list[Cell]


class Facets(NamedTuple):
    """All facets of an owner; those of `VALUED` by their name. Months are in their order, people by number."""

    cameras: list[Camera]
    lenses: list[Valued]
    valued: dict[str, list[Valued]]
    tags: list[Valued]
    taken: list[Valued]
    uploaded: list[Valued]
    places: Places


def of(owner: str, limit: int) -> Facets:
    """Return an owner's facets, at most `limit` values of each but months and people. Cost: five queries."""
    months = counters.of_owner(owner, "month")
    named = {name: summed(months.values(), name) for name in VALUED}
    gear = _all(owner, "camera")
    uploaded = {month: numbers.get("images", 0) for month, numbers in months.items()}
    valued = {name: _values(counted.most_common(limit)) for name, counted in named.items() if name != "people"}
    return Facets(
        _cameras(gear, limit),
        _values(_of_lenses(gear).most_common(limit)),
        {**valued, "people": _values(sorted(named["people"].items()))},
        _values(_of_tags(_all(owner, "tag")).most_common(limit)),
        months_taken(owner),
        _values(sorted(uploaded.items())),
        _places(_all(owner, "place"), limit),
    )


def months_taken(owner: str) -> list[Valued]:
    """Return the months in which an owner's images were taken, in their order, with counts. Cost: one query."""
    return _values(sorted(_all(owner, "taken").items()))


def all_cameras(limit: int) -> list[Camera]:
    """Return the cameras of all owners, at most `limit`. Cost: one query for each of 16 shards."""
    return _cameras(_together(counters.of_everybody("camera")), limit)


def summed(months: Iterable[Mapping[str, int]], name: str) -> Counter[str]:
    """Return the numbers of a facet of `VALUED` over some months, by value."""
    prefix = f"{_COUNTED.get(name, name)}:"
    sums: Counter[str] = Counter()
    for numbers in months:
        sums.update(
            {key.removeprefix(prefix): number for key, number in numbers.items() if key.startswith(prefix)}
        )
    return sums


def _places(counted: Mapping[str, int], limit: int) -> Places:
    """Return the countries, the cities and the geohash cells, at most `limit` of each."""
    located: Counter[tuple[str, str]] = Counter()
    cells: Counter[str] = Counter()
    for name, number in counted.items():
        code, is_located, city = name.partition(cards.SEPARATOR)
        if is_located:
            located[code, city] += number
        else:
            cells[name] += number
    by_country: Counter[str] = Counter()
    cities: Counter[tuple[str, str]] = Counter()
    spelling: dict[tuple[str, str], tuple[str, str]] = {}
    for (code, city), number in located.most_common():
        by_country[code] += number
        if city:
            cities[spelling.setdefault((code, terms.place_key(city)), (code, city))] += number
    return Places(
        [
            Country(code, countries.NAMES.get(code, code), number)
            for code, number in by_country.most_common(limit)
            if number > 0
        ],
        [City(city, code, number) for (code, city), number in cities.most_common(limit) if number > 0],
        [_cell(name, number) for name, number in cells.most_common(limit)],
    )


def _all(owner: str, kind: str) -> Counter[str]:
    return _together(counters.of_owner(owner, kind))


def _together(items: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for numbers in items.values():
        sums.update(numbers)
    return sums


def _values(numbers: Iterable[tuple[str, int]]) -> list[Valued]:
    return [Valued(name, number) for name, number in numbers if number > 0]


def _cameras(gear: Mapping[str, int], limit: int) -> list[Camera]:
    """Return the counted cameras, regardless of the lens, at most `limit`."""
    sums: Counter[str] = Counter()
    for name, number in gear.items():
        sums[counters.camera_of(name)] += number
    del sums[cards.SEPARATOR]  # lenses without a camera
    counted = _regardless_of_case(sums).most_common(limit)
    parts = ((*name.partition(cards.SEPARATOR), number) for name, number in counted if number > 0)
    return [Camera(make, model, number) for make, _, model, number in parts]


def _regardless_of_case(sums: Mapping[str, int]) -> Counter[str]:
    """Return counts of names that filters tell apart, each in its most frequent spelling."""
    whole: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for name, number in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])):
        whole[spelling.setdefault(name.casefold(), name)] += number
    return whole


def _of_lenses(gear: Mapping[str, int]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for name, number in gear.items():
        sums[name.rpartition(cards.SEPARATOR)[2]] += number
    del sums[""]
    return _regardless_of_case(sums)


def _of_tags(counted: Mapping[str, int]) -> Counter[str]:
    return Counter({name.removeprefix(entries.TAG): number for name, number in counted.items()})


def _cell(name: str, number: int) -> Cell:
    """Return a cell by the positions in it: its eastern and northern bounds belong to the next cells."""
    cell = geohash.bounds(name)
    return Cell(
        name,
        number,
        _first(cell.west) / cards.PLACE_STEPS,
        _first(cell.south) / cards.PLACE_STEPS,
        180.0 if cell.east == 180 else (_first(cell.east) - 1) / cards.PLACE_STEPS,
        90.0 if cell.north == 90 else (_first(cell.north) - 1) / cards.PLACE_STEPS,
    )


def _first(degrees: float) -> int:
    """Return the first position that is not before a bound, in the steps of positions on cards."""
    return math.ceil(degrees * cards.PLACE_STEPS)
