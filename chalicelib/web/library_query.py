"""The query of the library: filters as they were asked for, the faults of those that do not fit, and links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from msgspec import structs

from chalicelib.api import search_filters
from chalicelib.api.http import validate
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import search_query
from chalicelib.web import wording
from chalicelib.web.page import LIBRARY
from image_processing import countries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalice.app import MultiDict

    from chalicelib.web.page import PageCall

NAMES = tuple(field.encode_name for field in structs.fields(search_query.Search))
_CODE = re.compile("`([^`]*)`")
_PAGING = ("cursor", "limit")
_SORTED = (
    "taken_from",
    "taken_to",
    "make",
    "model",
    "lens",
    "country",
    "city",
    "tag",
    "text",
    "people",
)  # whose lists go by date taken
_TEXTS = ("make", "model", "lens", "city", "tag", "text")
_GROUPS = (
    ("text",),
    ("taken_from", "taken_to"),
    ("uploaded_from", "uploaded_to"),
    ("make", "model"),
    ("lens",),
    ("color", "within", "metric", "share"),
    ("tag",),
    ("country",),
    ("city",),
    ("people",),
    ("near", "radius"),
    ("bbox",),
    ("provenance",),
    ("format",),
    ("state",),
    ("orientation",),
    ("rating",),
    ("iso",),
    ("f_number",),
    ("focal_length",),
    ("megapixels",),
    ("size",),
)  # parameters that are one filter to people, in the order of the chips
_RANGES = {
    "rating": ("Rating", ""),
    "iso": ("ISO", ""),
    "f_number": ("f/", ""),
    "focal_length": ("", " mm"),
    "megapixels": ("", " megapixels"),
    "size": ("", " bytes"),
}
STATES = {"ready": "Ready", "failed": "Failed"}
SHAPES = {"landscape": "Landscape", "portrait": "Portrait", "square": "Square"}
PEOPLE = {"0": "Nobody", "1": "One person", "2+": "Several people"}
_WORDS = {**STATES, **SHAPES, **PEOPLE}


class Chip(NamedTuple):
    """A filter that is active: its words, the address without it, and its colour if it is one."""

    words: str
    without: str
    colour: str


class Asked(NamedTuple):
    """A query: the part of it that can be answered, all as it was given, and the faults by parameter."""

    query: search_query.Search
    values: dict[str, str]
    faults: dict[str, str]

    @property
    def order(self) -> str | None:
        """The order of the answer: that asked for; by date taken, but for the nearest places and colours first."""
        query = self.query
        by_place = (query.near or query.bbox) and not (query.tag or query.text or query.people)
        by_colour = query.color and not any(getattr(query, name) for name in _SORTED)
        return query.sort or (None if by_place or by_colour else "-taken")

    @property
    def filters(self) -> dict[str, str]:
        """The sound parameters besides those of paging."""
        return {name: value for name, value in self.values.items() if name not in (*_PAGING, *self.faults)}


def read(given: MultiDict | None) -> Asked:
    """Return the query of a page: empty fields of a form say nothing, and other parameters are left alone."""
    values = {name: given.getlist(name)[-1].strip() for name in given or () if name in NAMES} if given else {}
    values = {name: value for name, value in values.items() if value}
    faults: dict[str, str] = {}
    while True:
        sound = {name: value for name, value in values.items() if name not in faults}
        try:
            query = validate.form({name: [value] for name, value in sound.items()}, search_query.Search)
            for name in _TEXTS:  # which msgspec takes for null, if they are `null`
                if name in sound:
                    setattr(query, name, sound[name])
            search_filters.question(query)
        except Problem as problem:
            found = faults_of(problem)
            if not found.keys() & sound.keys():
                raise
            faults.update(found)
        else:
            return Asked(query, values, faults)


def faults_of(problem: Problem) -> dict[str, str]:
    """Return the faults of a query by parameter, as people read them."""
    errors = problem.extensions.get("errors")
    if not errors:
        name, _, detail = problem.detail.partition(": ")
        return {name: _sentence(detail)}
    told = ((one.get("parameter") or one.get("pointer", "").removeprefix("#/"), one["detail"]) for one in errors)
    return {name: _sentence(detail) for name, detail in told}


def _sentence(detail: str) -> str:
    """Return a detail as a sentence, with quotation marks for those of code."""
    quoted = _CODE.sub("“\\1”", detail).rstrip(".")
    return f"{quoted[:1].upper()}{quoted[1:]}."


def address(call: PageCall, values: Mapping[str, str], path: str = LIBRARY) -> str:
    """Return the address of the library under some filters."""
    told = urlencode({name: value for name, value in values.items() if value})
    return call.link(f"{path}?{told}" if told else path)


def carried(filters: Mapping[str, str]) -> str:
    """Return filters as the query that an image's address carries, so that it knows the list that it is in."""
    return f"?{urlencode(filters)}" if filters else ""


def chips(call: PageCall, asked: Asked) -> list[Chip]:
    """Return the active filters."""
    values, found = asked.filters, []
    for group in _GROUPS:
        if group[0] in values or (len(group) > 1 and group[1] in values and group[0] not in ("color", "near")):
            rest = {name: value for name, value in values.items() if name not in group}
            colour = _colour(asked) if group[0] == "color" else ""
            found.append(Chip(_words(group, values), address(call, rest), colour))
    return found


def _colour(asked: Asked) -> str:
    """Return a colour of CSS, which is a name or `#rrggbb`, as the query's check has found."""
    return asked.filters.get("color", "").lower()


def _words(group: tuple[str, ...], values: Mapping[str, str]) -> str:
    name, value = group[0], values.get(group[0], "")
    if name in ("taken_from", "uploaded_from"):
        dates = _dates(value, values.get(group[1], ""))
        return dates if name == "taken_from" else f"Added {dates[:1].lower()}{dates[1:]}"
    if name == "make":
        return wording.camera(value, values.get("model", ""))
    if name in _RANGES:
        before, after = _RANGES[name]
        low, dots, high = value.partition("..")
        told = (
            (f"{low} to {high}" if high else f"from {low}") if dots and low else f"up to {high}" if dots else low
        )
        return f"{before} {told}{after}".strip()
    said = {
        "text": f"“{value}”",
        "near": f"Within {values.get('radius', '10')} km of {value}",
        "bbox": "Place",
        "country": countries.NAMES.get(value.upper(), value),
        "city": value,
        "provenance": wording.provenance(value),
        "tag": f"#{value}",
    }
    return said.get(name) or _WORDS.get(value, value)


def _dates(first: str, last: str) -> str:
    begin, end = (wording.date(text) for text in (first, last))
    if first == last:
        return begin
    return f"{begin} to {end}" if begin and end else f"From {begin}" if begin else f"Until {end}"
