"""From the query string of a search to the filters of the catalogue."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.api.http.problems import Problem
from chalicelib.catalogue.index import colour_cells, terms
from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Question, Span
from image_processing import formats

if TYPE_CHECKING:
    from chalicelib.api.schemas.search_query import Filters

MAX_WORDS = 4
DAY, SECONDS, MILLISECONDS = len("2024-05-01"), len("10:20:30"), len("10:20:30.400")


class _Text(NamedTuple):
    """The words of a text, or the whole of a file's name that has no word by which images are found."""

    words: tuple[str, ...]
    name: str | None


def question(query: Filters) -> Question:
    """Return the filters of a query. Raises Problem (400) for an invalid format, place, colour or word."""
    words, name = _words(query.text)
    return Question(
        uploaded=_span_of(*(_in_utc(query, name) for name in ("uploaded_from", "uploaded_to"))),
        taken=_span_of(_local(query.taken_from), _local(query.taken_to)),
        make=query.make,
        model=query.model,
        lens=query.lens,
        name=name,
        format=_format(query.format),
        state=query.state,
        orientation=query.orientation,
        provenance=query.provenance,
        size=_span(query.size),
        megapixels=_span(query.megapixels),
        iso=_span(query.iso),
        f_number=_span(query.f_number),
        focal_length=_span(query.focal_length),
        rating=_span(query.rating),
        colour=_colour(query),
        near=_circle(query),
        box=_box(query.bbox),
        country=query.country,
        city=query.city,
        tag=_tag(query.tag),
        words=words,
        people=query.people and query.people.replace(" ", "+"),
    )


def _span_of(first: str | None, last: str | None) -> Dates | None:
    return None if first is last is None else Dates(first, last)


def _in_utc(query: Filters, name: str) -> str | None:
    """Return a parameter's time in UTC as records have it, to milliseconds, as far as it was given."""
    text: str | None = getattr(query, name)
    if text is None or len(text) <= DAY:
        return text
    day, clock, offset = _parted(text)
    if offset in ("", "Z"):
        return f"{day}T{clock[:MILLISECONDS]}"
    try:
        moved = datetime.fromisoformat(f"{day}T{clock}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):  # of no calendar, such as 31 February
        return f"{day}T{clock}"
    return moved.isoformat(timespec="microseconds")[: DAY + 1 + len(clock[:MILLISECONDS])]


def _local(text: str | None) -> str | None:
    """Return a time on the clock of its place as the catalogue has it: to seconds, without its offset."""
    if text is None or len(text) <= DAY:
        return text
    day, clock, _ = _parted(text)
    return f"{day}T{clock[:SECONDS]}"


def _parted(text: str) -> tuple[str, str, str]:
    """Return the day of a time, its clock, and its offset from UTC."""
    clock = re.sub("[Z+ -].*", "", text[DAY + 1 :])
    return text[:DAY], clock, text[DAY + 1 + len(clock) :].replace(" ", "+")


def _span(text: str | None) -> Span | None:
    if text is None:
        return None
    least, dots, most = text.partition("..")
    low = float(least) if least else None
    return Span(low, (float(most) if most else None) if dots else low)


def _colour(query: Filters) -> Colour | None:
    if query.color is None:
        return None
    text = query.color.lower()
    found = text if re.fullmatch("#[0-9a-f]{6}", text) else colour_cells.named(text)
    if found is None:
        raise Problem(
            "invalid_request", f"color: {query.color!r} is neither `#rrggbb` nor the CSS name of a colour."
        )
    if query.within is not None:
        return Colour(found, query.within, query.metric, share=query.share)
    name = colour_cells.css_name(found) if found != text else None
    if name is not None and colour_cells.named(name) != found:  # only the survey has it: no image is counted so
        name = None
    return Colour(found, 10.0 if query.metric == "ciede2000" else 0.1, query.metric, name, query.share)


def _format(text: str | None) -> str | None:
    if text is None:
        return None
    found = formats.named(text)
    if found is None:
        known = ", ".join(f"{item.name} ({', '.join(item.extensions)})" for item in formats.FORMATS.values())
        raise Problem("invalid_request", f"format: {text!r} is not a known format. The known ones are {known}.")
    return found.name


def _circle(query: Filters) -> Circle | None:
    if query.near is None:
        return None
    latitude, longitude = (float(part) for part in query.near.split(","))
    _check(latitude, longitude, name="near")
    return Circle(latitude, longitude, query.radius)


def _box(text: str | None) -> Box | None:
    if text is None:
        return None
    west, south, east, north = (float(part) for part in text.split(","))
    _check(south, west, name="bbox")
    _check(north, east, name="bbox")
    if south > north:
        raise Problem("invalid_request", "bbox: south must not exceed north. The order is west,south,east,north.")
    return Box(west, south, east, north)


def _check(latitude: float, longitude: float, *, name: str) -> None:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Problem("invalid_request", f"{name}: latitude must be from -90 to 90, longitude from -180 to 180.")


def _tag(text: str | None) -> str | None:
    if text is None:
        return None
    asked = terms.tag(text)
    if not asked:
        raise Problem("invalid_request", "tag: must contain a visible character.")
    return asked


def _words(text: str | None) -> _Text:
    if text is None:
        return _Text((), None)
    stem, _, extension = text.rpartition(".")
    is_name = bool(stem.strip()) and formats.named(extension) is not None
    asked = terms.of_file_name(text) if is_name else terms.asked(text)
    if is_name and not asked:
        return _Text((), text.strip())
    if not asked:
        raise Problem("invalid_request", f"text: must contain a word of {terms.LEAST} or more characters.")
    if len(asked) > MAX_WORDS:
        raise Problem("invalid_request", f"text: up to {MAX_WORDS} words are allowed.")
    return _Text(tuple(asked), None)
