"""Name the place of a position: country, region, city and quarter, from a file of GeoNames' places.

The file `place_names.bin` holds 170,000 places of 1,000 and more people (GeoNames, https://www.geonames.org, CC BY
4.0), written by `scripts/place_names`. It is mapped into memory, not read: only the touched pages are loaded.

The country is that of the time zone (`time_zones`, whose boundaries follow the borders), because the nearest city
may lie across a border; where zones of several countries overlap, the nearest city decides. The city is the
nearest of the country, up to `MAX_DISTANCE`. At sea, beyond territorial waters, there is no country, and the
nearest city of any is named with its distance.

Layout: `MAGIC`, the size of a JSON head (4 bytes), the head, then columns of little-endian numbers, one for each
place: longitude (uint32), latitude within its band (uint16), region (uint16), population (uint16); then the
position of each block of names (uint32), the quarters and their cities (uint32), and the names, each after its
length (1 byte). Places are ordered by bands of half a degree of latitude, and in a band by longitude.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from image_processing import countries, time_zones

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

FILE: Final = Path(__file__).parent / "place_names.bin"
MAGIC: Final = b"places 1"
BANDS: Final = 360
NORTH: Final = 65_535
"""Steps in a band of latitude, each of 0.8 m."""
EAST: Final = 11_930_464
"""Steps in a degree of longitude; 360 degrees fit 32 bits."""
BLOCK: Final = 32  # names, of which the first can be found at once
EARTH_RADIUS: Final = 6371.0088  # km, the mean (IUGG)
MAX_DISTANCE: Final = 50.0  # km, less than a band: the two bands beside that of a position suffice
_KM_A_DEGREE = math.pi * EARTH_RADIUS / 180


class Place(NamedTuple):
    """The names of a place. `distance` is from the position to the centre of the quarter, else of the city."""

    country_code: str | None = None  # ISO 3166-1, or XK
    country: str | None = None
    region: str | None = None
    city: str | None = None
    district: str | None = None  # a quarter of the city
    population: int | None = None  # of the city, to three digits; None where it is not known
    distance: float | None = None  # km


class _Table(NamedTuple):
    """The file, mapped."""

    starts: Sequence[int]
    regions: Sequence[tuple[str, str]]
    zones: dict[str, str]
    east: memoryview
    north: memoryview
    region: memoryview
    population: memoryview
    blocks: memoryview
    quarters: memoryview
    cities: memoryview
    names: memoryview


class _Found(NamedTuple):
    number: int
    distance: float  # km


def find(latitude: float, longitude: float) -> Place | None:
    """Return the names of a place at a position in degrees.

    None for an invalid position, and at sea further than `MAX_DISTANCE` from any city. The first call takes 10 ms
    besides loading the time zones, others 0.1 ms.
    """
    covering = time_zones.covering(latitude, longitude)
    if not covering:
        return None
    table = _table()
    where = {code for zone in covering for code in table.zones.get(zone, "").split()}
    found = _nearest(table, latitude, longitude, where)
    if found is None:
        first = next((table.zones[zone] for zone in covering if zone in table.zones), "").partition(" ")[0]
        return Place(first, countries.NAMES[first]) if first else None
    city = _city(table, found.number)
    code, region = table.regions[table.region[city]]
    code = code.partition(".")[0]
    return Place(
        country_code=code if where else None,
        country=countries.NAMES[code] if where else None,
        region=region or None if where else None,
        city=_name(table, city),
        district=_name(table, found.number) if city != found.number else None,
        population=_population(table, city),
        distance=round(found.distance, 1),
    )


def band(latitude: float) -> int:
    """Return the number of the band that a latitude in degrees lies in, from the south."""
    return min(int((latitude + 90) * BANDS / 180), BANDS - 1)


def kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance of two positions in degrees, in km, on a sphere (haversine; Sinnott 1984)."""
    up = math.sin(math.radians(other_latitude - latitude) / 2) ** 2
    along = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    square = up + math.cos(math.radians(latitude)) * math.cos(math.radians(other_latitude)) * along
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(square)))


def _nearest(table: _Table, latitude: float, longitude: float, where: Collection[str]) -> _Found | None:
    """Return the nearest place of some countries, or of any if there are none; None beyond `MAX_DISTANCE`.

    Each band is read outwards from the longitude, until its meridian is further away than the best.
    """
    best, nearest = MAX_DISTANCE, None
    own = band(latitude)
    for row in (own, own - 1, own + 1):
        edge = (row + (row < own)) * 180 / BANDS - 90
        if not 0 <= row < BANDS or (row != own and abs(edge - latitude) * _KM_A_DEGREE > best):
            continue
        bottom = row * 180 / BANDS - 90
        for number, aside in _outwards(table, row, longitude):
            if aside > _reach(latitude, best):
                break
            up = bottom + table.north[number] / NORTH * 180 / BANDS - latitude
            if abs(up) * _KM_A_DEGREE > best:
                continue
            distance = kilometres(latitude, 0, latitude + up, aside)
            if distance <= best and (not where or table.regions[table.region[number]][0][:2] in where):
                best, nearest = distance, number
    return None if nearest is None else _Found(nearest, best)


def _outwards(table: _Table, row: int, longitude: float) -> Iterator[tuple[int, float]]:
    """Yield the places of a band, and how many degrees of longitude each is away, the least first."""
    first, end = table.starts[row], table.starts[row + 1]
    size = end - first
    if not size:
        return
    here = (longitude + 180) * EAST
    at = bisect_left(table.east, here, first, end) - first
    after, before = at % size, (at - 1) % size
    east, west = _aside(table, first + after, longitude), _aside(table, first + before, longitude)
    for _ in range(size):
        if east <= west:
            yield first + after, east
            after = (after + 1) % size
            east = _aside(table, first + after, longitude)
        else:
            yield first + before, west
            before = (before - 1) % size
            west = _aside(table, first + before, longitude)


def _aside(table: _Table, number: int, longitude: float) -> float:
    """Return the degrees of longitude from a position to a place, by the shorter way."""
    return abs((table.east[number] / EAST - 180 - longitude + 180) % 360 - 180)


def _reach(latitude: float, distance: float) -> float:
    """Return the degrees of longitude within which every position at a distance in km lies."""
    across, angle = math.cos(math.radians(latitude)), math.sin(distance / EARTH_RADIUS)
    return 180.0 if angle >= across else math.degrees(math.asin(angle / across)) + 1e-6


def _city(table: _Table, number: int) -> int:
    """Return the city of a quarter; a place that is none is its own."""
    at = bisect_left(table.quarters, number)
    return table.cities[at] if at < len(table.quarters) and table.quarters[at] == number else number


def _name(table: _Table, number: int) -> str:
    block, further = divmod(number, BLOCK)
    at = table.blocks[block]
    for _ in range(further):
        at += 1 + table.names[at]
    return bytes(table.names[at + 1 : at + 1 + table.names[at]]).decode()


def _population(table: _Table, number: int) -> int | None:
    packed = table.population[number]
    return (packed & 1023) * 10 ** (packed >> 10) or None


@cache
def _table() -> _Table:
    import json  # noqa: PLC0415  most images have no position
    import mmap  # noqa: PLC0415

    with FILE.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    at = len(MAGIC) + 4
    size = int.from_bytes(data[at - 4 : at], "little")
    head: dict[str, Any] = json.loads(bytes(data[at : at + size]))
    at += size
    count, blocks, quarters = head["starts"][-1], -(-head["starts"][-1] // BLOCK), head["quarters"]
    columns = []
    for wide, number in (True, count), *[(False, count)] * 3, (True, blocks), *[(True, quarters)] * 2:
        end = at + number * (4 if wide else 2)
        columns.append(data[at:end].cast("I" if wide else "H"))
        at = end
    east, north, region, population, names_at, those, cities = columns
    return _Table(
        head["starts"], head["regions"], head["zones"],
        east, north, region, population, names_at, those, cities, data[at:],
    )  # fmt: skip
