"""The rail of the library: years and months in which images were taken, with counts."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.web import library_query, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.api.schemas.catalogue_responses import Valued
    from chalicelib.web.library_query import Asked
    from chalicelib.web.page import PageCall

_YEAR = len("2026")


class Stop(NamedTuple):
    """A year or a month of the rail."""

    value: str
    name: str
    images: int
    href: str
    here: bool
    months: list[Stop]


def years(call: PageCall, asked: Asked, counted: Sequence[Valued]) -> list[Stop]:
    """Return the years in which images were taken, the latest first, with their months."""
    rest = {name: value for name, value in asked.filters.items() if not name.startswith("taken_")}
    here = (
        asked.filters.get("taken_from") if asked.filters.get("taken_from") == asked.filters.get("taken_to") else ""
    )

    base = library_query.address(call, rest)
    base += "&" if "?" in base else "?"  # once, and not for each of a hundred months

    def stop(value: str, name: str, images: int, months: list[Stop]) -> Stop:
        return Stop(value, name, images, f"{base}taken_from={value}&taken_to={value}", value == here, months)

    found = []
    for year, group in groupby(reversed(counted), lambda one: one["value"][:_YEAR]):
        months = [stop(one["value"], wording.month(one["value"]), one["images"], []) for one in group]
        found.append(stop(year, year, sum(one.images for one in months), months))
    return found
