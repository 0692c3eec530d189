"""Facets with counts, and time series, as JSON and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from typing import TYPE_CHECKING, TypedDict

from chalicelib.catalogue.index import cards, counters, entries, geohash, terms
from image_processing import countries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalice import Response

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import catalogue_responses, image_requests

CSV = "text/csv"


class _Places(TypedDict):
    """The part of the facets that tells of places."""

    countries: list[catalogue_responses.Country]
    cities: list[catalogue_responses.City]
    places: list[catalogue_responses.Cell]


VALUED = ("format", "state", "provenance", "color", "people")
_COUNTED = {"color": "colour"}  # names that differ in the API


def facets(call: Call, query: image_requests.FacetLimit) -> catalogue_responses.Facets:
    """Return the values of an owner's facets with the numbers of images, at most `limit` of each."""
    owner, limit = call.caller.owner, query.limit
    months = counters.of_owner(owner, "month")
    named = {name: _summed(months.values(), name) for name in VALUED}
    gear = _all(owner, "camera")
    uploaded = {month: numbers.get("images", 0) for month, numbers in months.items()}
    return {
        "cameras": _cameras(gear, limit),
        "lenses": _values(_of_lenses(gear).most_common(limit)),
        "formats": _values(named["format"].most_common(limit)),
        "states": _values(named["state"].most_common(limit)),
        "provenance": _values(named["provenance"].most_common(limit)),
        "people": _values(sorted(named["people"].items())),
        "colors": _values(named["color"].most_common(limit)),
        "tags": _values(_of_tags(_all(owner, "tag")).most_common(limit)),
        "taken": months_taken(owner),
        "uploaded": _values(sorted(uploaded.items())),
        **_places(_all(owner, "place"), limit),
        "links": {"images": call.link("/v1/images")},
    }


def _places(counted: Mapping[str, int], limit: int) -> _Places:
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
    return {
        "countries": [
            {"value": code, "name": countries.NAMES.get(code, code), "images": number}
            for code, number in by_country.most_common(limit)
            if number > 0
        ],
        "cities": [
            {"value": city, "country": code, "images": number}
            for (code, city), number in cities.most_common(limit)
            if number > 0
        ],
        "places": [_cell(name, number) for name, number in cells.most_common(limit)],
    }


def months_taken(owner: str) -> list[catalogue_responses.Valued]:
    """Return the months in which an owner's images were taken, in their order, with counts. Cost: one query."""
    return _values(sorted(_all(owner, "taken").items()))


def all_cameras(limit: int) -> catalogue_responses.Cameras:
    """Return the cameras of all owners, at most `limit`."""
    return {"cameras": _cameras(_together(counters.of_everybody("camera")), limit)}


def uploads(call: Call, owner: str | None, query: image_requests.Series) -> Response:
    """Return the uploads of an owner, or of all, by month, as JSON or CSV."""
    months = counters.of_everybody("month") if owner is None else counters.of_owner(owner, "month")
    chosen = {
        month: months[month]
        for month in sorted(months)
        if (query.first or "") <= month and (query.last is None or month <= query.last)
    }
    if query.format == "csv":
        text = _csv(chosen)
        return call.tagged_text(text, CSV, headers={"Content-Disposition": 'attachment; filename="uploads.csv"'})
    body: catalogue_responses.Analytics = {
        "images": sum(numbers.get("images", 0) for numbers in chosen.values()),
        "bytes": sum(numbers.get("bytes", 0) for numbers in chosen.values()),
        "months": [
            {
                "month": month,
                "images": numbers.get("images", 0),
                "bytes": numbers.get("bytes", 0),
                "values": {name: dict(_summed([numbers], name).most_common()) for name in VALUED},
            }
            for month, numbers in chosen.items()
        ],
    }
    return call.tagged(body)


def _csv(months: Mapping[str, Mapping[str, int]]) -> str:
    names = sorted({name for numbers in months.values() for name in numbers if ":" in name})
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["month", "images", "bytes", *names])
    for month, numbers in months.items():
        rows.writerow([month, *(numbers.get(name, 0) for name in ("images", "bytes", *names))])
    return file.getvalue()


def _summed(months: Iterable[Mapping[str, int]], name: str) -> Counter[str]:
    prefix = f"{_COUNTED.get(name, name)}:"
    sums: Counter[str] = Counter()
    for numbers in months:
        sums.update(
            {key.removeprefix(prefix): number for key, number in numbers.items() if key.startswith(prefix)}
        )
    return sums


def _all(owner: str, kind: str) -> Counter[str]:
    return _together(counters.of_owner(owner, kind))


def _together(items: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for numbers in items.values():
        sums.update(numbers)
    return sums


def _values(numbers: Iterable[tuple[str, int]]) -> list[catalogue_responses.Valued]:
    return [{"value": name, "images": number} for name, number in numbers if number > 0]


def _cameras(gear: Mapping[str, int], limit: int) -> list[catalogue_responses.Camera]:
    """Return the counted cameras, regardless of the lens, at most `limit`."""
    sums: Counter[str] = Counter()
    for name, number in gear.items():
        sums[counters.camera_of(name)] += number
    del sums[cards.SEPARATOR]  # lenses without a camera
    counted = _regardless_of_case(sums).most_common(limit)
    parts = ((*name.partition(cards.SEPARATOR), number) for name, number in counted if number > 0)
    return [{"make": make, "model": model, "images": number} for make, _, model, number in parts]


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


def _cell(name: str, number: int) -> catalogue_responses.Cell:
    """Return a cell by the positions in it: its eastern and northern edges belong to the next cells."""
    cell = geohash.bounds(name)
    return {
        "geohash": name,
        "images": number,
        "west": _first(cell.west) / cards.PLACE_STEPS,
        "south": _first(cell.south) / cards.PLACE_STEPS,
        "east": 180.0 if cell.east == 180 else (_first(cell.east) - 1) / cards.PLACE_STEPS,
        "north": 90.0 if cell.north == 90 else (_first(cell.north) - 1) / cards.PLACE_STEPS,
    }


def _first(degrees: float) -> int:
    """Return the first position that is not before an edge, in the steps of positions on cards."""
    return math.ceil(degrees * cards.PLACE_STEPS)
