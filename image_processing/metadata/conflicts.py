"""Contradictions: for which fields the sources of a file tell different things, and which of them was chosen.

Only sources that mean the same thing are compared. A difference of rounding, of case and blanks, of precision, or
of a text that IIM's length limits cut, is no contradiction.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import json_safe, moments, positions
from image_processing.metadata.fields import FIELDS
from image_processing.metadata.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Tags = Mapping[str, Mapping[str, Any]]
    Agree = Callable[[Any, Any], bool]

MAX_TEXT = 200  # characters of a value that a conflict shows
MAX_ITEMS = 20  # of a list that it shows
SHORTEST_CUT = 32  # characters: the least length at which IIM cuts a text (By-line)


class Claim(NamedTuple):
    """The value of one source."""

    source: str  # "Group:Tag"
    value: Any


class Conflict(NamedTuple):
    """A field for which sources contradict each other."""

    field: str
    chosen: str  # the source whose value the record has, as in its origins; "" where none was
    claims: tuple[Claim, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the conflict as JSON shows it; `chosen` is left out where no source was."""
        claims = {"claims": [claim._asdict() for claim in self.claims]}
        return {name: value for name, value in self._asdict().items() if value} | claims


def _number(one: float, other: float) -> bool:
    return abs(one - other) <= 0.01 * max(abs(one), abs(other))


def _metres(one: float, other: float) -> bool:
    return abs(one - other) <= 1


def _date(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one) or {one[10:], other[10:]} & {"T00:00:00"} != set()


def _text(one: str, other: str) -> bool:
    short, long = sorted((_plain(one), _plain(other)), key=len)
    return short == long or (len(short) >= SHORTEST_CUT - 1 and long.startswith(short))


def _texts(one: list[str], other: list[str]) -> bool:
    fewer, more = sorted((one, other), key=len)
    return len(fewer) == len(more) and all(any(_text(item, match) for match in more) for item in fewer)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


_COMPARED: dict[str, Agree] = {
    "date_taken": _date,
    "date_digitized": _date,
    "gps_altitude": _metres,
    "orientation": _equal,
    "rating": _equal,
    "keywords": _texts,
    "creator": _texts,
    **dict.fromkeys(("exposure_time", "f_number", "focal_length", "exposure_bias"), _number),
    **dict.fromkeys(("make", "model", "title", "headline", "caption", "copyright", "credit", "source"), _text),
    **dict.fromkeys(("instructions", "sublocation", "city", "state", "country", "country_code", "job_id"), _text),
}
_OTHER_MEANING = frozenset(  # sources that stand in where a field has no other, and need not agree with it
    (
        *("Exif:DateTimeDigitized", "XMP-xmp:CreateDate", "XMP-exif:DateTimeDigitized", "PNG:Creation Time"),
        *("XMP-xmp:DateCreated", "Exif:UniqueCameraModel", "XMP-Iptc4xmpExt:LocationShown"),
    )
)


def find(tags: Tags, values: Mapping[str, Any], origins: Mapping[str, str]) -> tuple[Conflict, ...]:
    """Give the contradictions of a file, from its raw tags and the values that were chosen."""
    offsets = [Claim(*claim) for claim in moments.offsets(tags, values, origins)]
    found = [
        Conflict(field, origins.get(field, ""), tuple(claims))
        for field, claims in (*_compared(tags, values), ("date_offset", offsets))
        if len(claims) > 1
    ]
    return tuple(found) + _positions(tags, origins)


def _compared(tags: Tags, values: Mapping[str, Any]) -> Iterator[tuple[str, list[Claim]]]:
    for field in FIELDS:
        agree = _COMPARED.get(field.name)
        if agree is None or field.name not in values:
            continue
        claims: list[Claim] = []
        for source in field.sources.split(" | "):
            group, _, tag = source.partition(":")
            beside = tags.get(group)
            if (
                beside is None
                or tag not in beside
                or (source in _OTHER_MEANING and field.name != "date_digitized")
            ):
                continue
            value = KINDS[field.kind].convert(beside[tag], beside, tag, group)
            if value not in (None, "") and not any(agree(claim.value, value) for claim in claims):
                claims.append(Claim(source, value))
        yield field.name, [Claim(claim.source, _shown(claim.value)) for claim in claims]


def _positions(tags: Tags, origins: Mapping[str, str]) -> tuple[Conflict, ...]:
    there = {group: positions.position(tags[group], group) for group in positions.SOURCES if group in tags}
    told = {group: place for group, place in there.items() if place is not None}
    if len(told) < 2 or "gps_latitude" not in origins:
        return ()
    one, other = told.values()
    if one.agrees(other):
        return ()
    return tuple(
        Conflict(
            f"gps_{axis}",
            origins[f"gps_{axis}"],
            tuple(Claim(f"{group}:GPS{axis.capitalize()}", getattr(place, axis)) for group, place in told.items()),
        )
        for axis in ("latitude", "longitude")
    )


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return json_safe.text(value[:MAX_TEXT])
    if isinstance(value, list):
        return [json_safe.text(item[:MAX_TEXT]) for item in value[:MAX_ITEMS]]
    return value
