"""The facts of an image in groups and in words, each with the source in the file that tells it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.web import wording
from chalicelib.web.image import exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIMES = "\u00d7"
_ADDRESS = re.compile(r"https?://[!-~]+")  # of a value that a file brings: of no other scheme may a link be
SIGNS = {"+": "+", "-": "\u2212"}
FAR = 5  # km from the centre of a city, from which on the distance is told
MAX_TEXT = 2000  # characters of a value on the page; the record has all of it


class Fact(NamedTuple):
    """A line: label, value, a note beside it, the field that it is from, and an address for the value."""

    label: str
    value: str
    note: str = ""
    field: str = ""
    href: str = ""


class Group(NamedTuple):
    """Facts under a heading; `sources` has the source of each fact that has one, by its label."""

    heading: str
    facts: list[Fact]
    sources: list[tuple[str, str]]


def groups(
    metadata: Mapping[str, Mapping[str, Any]], origins: Mapping[str, str], words: Mapping[str, Mapping[str, str]]
) -> list[Group]:
    """Return the groups that have facts: how it was taken, what the file says of it, and whose it is."""
    found = {
        "Taken": [
            *_when(_group(metadata, "time"), origins),
            *_where(_group(metadata, "place")),
            *_how(metadata, words),
        ],
        "Described in the file": _simple(_group(metadata, "description"), _DESCRIPTION),
        "Rights": _simple(_group(metadata, "rights"), _RIGHTS),
    }
    return [group(heading, facts, origins) for heading, facts in found.items() if facts]


def group(heading: str, facts: list[Fact], origins: Mapping[str, str]) -> Group:
    """Return facts under a heading, with their sources."""
    return Group(
        heading, facts, [(one.label, source(origins[one.field])) for one in facts if one.field in origins]
    )


def file(record: Mapping[str, Any], metadata: Mapping[str, Any], analysis: Mapping[str, Any]) -> list[Fact]:
    """Return the facts of the file itself."""
    colour = _group(metadata, "colour")
    facts = (
        Fact("Name", str(record["name"])),
        Fact("Format", str(record.get("format") or "")),
        Fact("Size", wording.size(record["size"]) if record.get("size") else ""),
        dimensions(record, metadata),
        Fact("Colour profile", text(colour.get("icc_profile") or ""), field="icc_profile"),
        Fact("HDR", "yes" if colour.get("hdr") else "", field="hdr"),
        Fact("Uploaded", f"{wording.date(record['uploaded'])} UTC" if record.get("uploaded") else ""),
        Fact("SHA-256", str(record.get("sha256") or "")),
        Fact("of the pixels", str((analysis.get("fingerprint") or {}).get("pixels") or "")),
    )
    return [one for one in facts if one.value]


def dimensions(record: Mapping[str, Any], metadata: Mapping[str, Any]) -> Fact:
    """Return the width and height of a picture, with its megapixels; without a value where they are unknown."""
    width, height = record.get("width"), record.get("height")
    pixels = _group(metadata, "image").get("megapixels")
    told = f"{width} {TIMES} {height}" if width and height else ""
    return Fact("Dimensions", told, f"{pixels} megapixels" if pixels else "")


def everything(
    metadata: Mapping[str, Mapping[str, Any]], origins: Mapping[str, str], words: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, list[Fact]]]:
    """Return every field of the record by its group, an enumeration with its words; its source is the note."""
    return [
        (
            label(name),
            [
                Fact(
                    label(field),
                    _worded(value, words.get(name, {}).get(field)),
                    source(origins.get(field, "")),
                    field,
                )
                for field, value in values.items()
            ],
        )
        for name, values in metadata.items()
        if values
    ]


def conflicts(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return each contradiction within the file as a sentence or two."""
    return [_conflict(one) for one in found]


def text(value: Any) -> str:
    """Return any value of a record as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list | tuple):
        told = "; ".join(text(part) for part in value)
    elif isinstance(value, dict):
        told = ", ".join(f"{label(str(name))}: {text(part)}" for name, part in value.items())
    else:
        told = str(value)
    return told if len(told) <= MAX_TEXT else f"{told[: MAX_TEXT - 1]}…"


def label(name: str) -> str:
    """Return the name of a field in words: `gps_altitude` is GPS altitude."""
    words = [word.upper() if word in _ABBREVIATED else word for word in name.split("_") if word]
    told = " ".join(words)
    return told[:1].upper() + told[1:]


def source(origin: str) -> str:
    """Return the source of a field in words."""
    return f"from {origin.removeprefix('derived:')}" if origin.startswith("derived:") else origin


def offset(found: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    """Return the offset from UTC of the date taken, and how it is known: `UTC+1, from the place`."""
    told = str(found.get("date_offset"))
    if not _OFFSET.fullmatch(told):
        return "time zone unknown"
    hours, minutes = int(told[1:3]), told[4:]
    zone = (
        "UTC"
        if told[1:] == "00:00"
        else f"UTC{SIGNS[told[0]]}{hours}" + (f":{minutes}" if minutes != "00" else "")
    )
    origin = origins.get("date_offset", "")
    known = (
        "from the GPS time" if origin == "derived:GPS time"
        else "from the place" if origin.startswith("derived:")
        else ""
    )  # fmt: skip
    return f"{zone}, {known}" if known else zone


def _when(found: Mapping[str, Any], origins: Mapping[str, str]) -> list[Fact]:
    taken = found.get("date_taken")
    if not taken:
        return []
    note = offset(found, origins) if len(str(taken)) > len("2024-05-01") else ""
    return [Fact("When", wording.date(str(taken)), note, "date_taken")]


def _where(found: Mapping[str, Any]) -> list[Fact]:
    names = [text(found[name]) for name in ("sublocation", "city", "state", "country") if found.get(name)]
    facts = [Fact("Where", ", ".join(names), field="city")] if names else []
    if place := _place(found):
        facts.append(place)
    latitude, longitude = found.get("gps_latitude"), found.get("gps_longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        told = f"{_degrees(latitude, 'NS')}, {_degrees(longitude, 'EW')}"
        at = f"{latitude:.5f}/{longitude:.5f}"
        mark = f"mlat={latitude:.5f}&mlon={longitude:.5f}"
        facts.append(
            Fact("Position", told, "", "gps_latitude", f"https://www.openstreetmap.org/?{mark}#map=15/{at}")
        )
    altitude = found.get("gps_altitude")
    if isinstance(altitude, int | float):
        side = "below" if altitude < 0 else "above"
        facts.append(Fact("Altitude", f"{abs(altitude):,.0f} m {side} the sea", field="gps_altitude"))
    return facts


def _place(found: Mapping[str, Any]) -> Fact | None:
    """Return the names of the place at the position, or those of the nearest at sea; None where there is none."""
    city, country, district = (found.get(f"gps_{name}") for name in ("city", "country", "district"))
    distance = found.get("gps_city_distance")
    away = f"{distance:,.0f} km" if isinstance(distance, int | float) else ""
    if not country:
        return Fact("Place", f"{away} off {text(city)}", field="gps_city") if city and away else None
    names = dict.fromkeys(text(name) for name in (district, city, found.get("gps_region"), country) if name)
    note = f"{away} from {text(district or city)}" if city and away and distance >= FAR else ""  # type: ignore[operator]
    return Fact("Place", ", ".join(names), note, "gps_country")


def _worded(value: Any, words: str | None) -> str:
    return f"{text(value)} ({words})" if words else text(value)


def _degrees(value: float, ends: str) -> str:
    return f"{abs(value):.5f}° {ends[value < 0]}"


def _how(metadata: Mapping[str, Mapping[str, Any]], words: Mapping[str, Any]) -> list[Fact]:
    camera, settings = _group(metadata, "camera"), _group(metadata, "exposure")
    facts = [
        Fact(
            "Camera",
            exposure.camera(camera),
            field="model",
        ),
        Fact("Lens", text(camera.get("lens_model") or ""), field="lens_model"),
        Fact("Exposure", exposure.line(settings), field="exposure_time"),
        *(
            Fact(name, told, field=field)
            for name, told, field in exposure.settings(settings, words.get("exposure", {}))
        ),
    ]
    return [one for one in facts if one.value]


def _simple(found: Mapping[str, Any], labels: Mapping[str, str]) -> list[Fact]:
    return [
        Fact(name, told := text(found[field]), field=field, href=told if _ADDRESS.fullmatch(told) else "")
        for field, name in labels.items()
        if found.get(field)
    ]


def _conflict(found: Mapping[str, Any]) -> str:
    claims = [(str(claim["source"]), text(claim["value"])) for claim in found.get("claims") or ()]
    number = {2: "Two", 3: "Three", 4: "Four"}.get(len(claims), str(len(claims)))
    told = ", ".join(f"{source(origin).removeprefix('from ')} says “{value}”" for origin, value in claims)
    chosen = source(str(found.get("chosen") or "")).removeprefix("from ")
    rest = f"Shown is that of {chosen}." if chosen else "None of them is trusted."
    return f"{number} sources disagree about the field “{label(str(found['field']))}”: {told}. {rest}"


def _group(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = metadata.get(name)
    return found if isinstance(found, dict) else {}


_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
_ABBREVIATED = frozenset({"gps", "icc", "iso", "dpi", "url", "hdr", "c2pa", "cicp", "id", "dop"})
_DESCRIPTION = {
    "title": "Title", "headline": "Headline", "caption": "Caption", "alt_text": "Text alternative",
    "keywords": "Keywords", "event": "Event", "people": "People", "rating": "Rating", "comment": "Comment",
    "user_comment": "Comment (Exif)",
}  # fmt: skip
_RIGHTS = {
    "creator": "Creator", "artist": "Artist", "copyright": "Copyright", "credit": "Credit",
    "usage_terms": "Terms of use", "license": "Licence", "web_statement": "About the rights",
    "licensor": "Licensor", "source": "Source", "instructions": "Instructions",
}  # fmt: skip
