"""Raw values to the normalized ones of the table of fields: one converter a kind of field.

A converter takes the raw value, the tags beside it, its own tag and its group; None means that it is no value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_processing.metadata import dates, gps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Converter = Callable[[Any, Mapping[str, Any], str, str], Any]

MAX_TEXT = 10_000  # characters of a normalized text
MAX_NUMBER = 1e15  # nothing that a camera measures is more; NaN is not less either
MAX_ITEMS = 500  # of a normalized list
MAX_SHORT = 0xFFFF
MAX_SPEED = 100_000  # km/h: a space station's is a third of it
MAX_COUNT = 0x7FFFFFFF
_NUMBERS = (int, float)  # the types of nearly all that are read
_PERCENTS = (1, 13, 38, 63, 88)  # the least of one star to five


def text(value: Any, *_: Any) -> str | None:
    """Give one text: of languages the default or English one, of a list all items."""
    if isinstance(value, str):
        return value[:MAX_TEXT] or None
    if isinstance(value, dict):
        chosen = value.get("x-default") or value.get("en") or next(iter(value.values()), None)
        return text(chosen) if not isinstance(chosen, dict) else None
    if isinstance(value, list | tuple):
        return "; ".join(part for item in value[:MAX_ITEMS] if (part := text(item)))[:MAX_TEXT] or None
    if isinstance(value, bytes):
        return None
    return None if value is None else str(value)


def texts(value: Any, *_: Any) -> list[str] | None:
    """Give a list of texts, without empty and doubled ones."""
    if isinstance(value, dict):
        value = text(value)
    items = value if isinstance(value, list | tuple) else [value]
    found = dict.fromkeys(part for item in items[:MAX_ITEMS] if (part := text(item)))
    return list(found) or None


def semicolons(value: Any, *_: Any) -> list[str] | None:
    """Split a Windows XP list at its semicolons; other lists stay as they are."""
    if isinstance(value, str) and ";" in value:
        value = [item.strip() for item in value.split(";")]
    return texts(value)


def number(value: Any, *_: Any) -> float | None:
    """Give a finite number, of text too ("28/10" in XMP), the first of several."""
    if type(value) not in _NUMBERS:
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        if isinstance(value, str):
            value = _parse(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
    return value if abs(value) < MAX_NUMBER else None


def _parse(value: str) -> float | None:
    top, slash, bottom = value.strip().partition("/")
    try:
        if slash:
            return float(top) / float(bottom)
        return float(top)
    except (ValueError, ZeroDivisionError):
        return None


def integer(value: Any, *_: Any) -> int | None:
    """Give a whole number."""
    if type(value) is int:
        return value if abs(value) < MAX_NUMBER else None
    found = number(value[0] if isinstance(value, bytes) and len(value) == 1 else value)
    return None if found is None else int(found)


def count(value: Any, *_: Any) -> int | None:
    """Give a whole number above zero; all bits set say "unknown"."""
    found = integer(value)
    return found if found is not None and 0 < found < MAX_COUNT else None


def within(least: float, most: float) -> Converter:
    """Make a converter to a number from `least` to `most`; fields use values outside to say "unknown"."""

    def bounded(value: Any, *_: Any) -> float | None:
        found = number(value)
        return found if found is not None and least <= found <= most else None

    return bounded


def above_zero(most: float) -> Converter:
    """Make a converter to a number above zero, up to `most`; fields write 0, or all bits set, for "unknown"."""

    def bounded(value: Any, *_: Any) -> float | None:
        found = number(value)
        return found if found is not None and 0 < found <= most else None

    return bounded


def code(value: Any, *_: Any) -> int | None:
    """Give the number of an entry in one of Exif's lists, an unsigned SHORT."""
    found = integer(value)
    return found if found is not None and 0 <= found <= MAX_SHORT else None


def rating(value: Any, _: Mapping[str, Any], tag: str, group: str) -> float | None:
    """Give stars; Microsoft counts in percent, by the ranges of Windows (System.Rating)."""
    found = number(value)
    if found is None or not (tag == "RatingPercent" or group == "XMP-MicrosoftPhoto"):
        return found if found is not None and -1 <= found <= 5 else None
    if not 0 <= found <= 100:
        return None
    return sum(found >= least for least in _PERCENTS)


def boolean(value: Any, *_: Any) -> bool | None:
    """Give true or false."""
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    return bool(value) if isinstance(value, bool | int) else None


def present(*_: Any) -> bool:
    """Say that there is such a tag."""
    return True


def orientation(value: Any, *_: Any) -> int | None:
    """Give an Exif orientation, 1 to 8."""
    found = integer(value)
    return found if found in range(1, 9) else None


def area(value: Any, *_: Any) -> list[int] | None:
    """Give left, top, width and height of a rectangle of pixels."""
    return value if isinstance(value, list) and len(value) == 4 else None


def flash(value: Any, *_: Any) -> int | None:
    """Give Exif's flash bits, of XMP's structure too (Exif 3.0, Flash)."""
    if not isinstance(value, dict):
        return integer(value)
    bits = [
        (boolean(value.get(name)) or False) << at
        for name, at in (("Fired", 0), ("Function", 5), ("RedEyeMode", 6))
    ]
    return sum(bits) + ((integer(value.get("Return")) or 0) << 1) + ((integer(value.get("Mode")) or 0) << 3)


def flash_bit(shift: int, mask: int) -> Converter:
    """Return a converter of some bits of Exif's Flash."""

    def bit(value: Any, *_: Any) -> int | None:
        found = flash(value)
        return None if found is None else found >> shift & mask

    return bit


def flash_fired(value: Any, *_: Any) -> bool | None:
    """Say whether the flash fired."""
    found = flash(value)
    return None if found is None else bool(found & 1)


def date(value: Any, beside: Mapping[str, Any], tag: str, group: str) -> str | None:
    """Give a local date and time."""
    found = moment(value, beside, tag, group)
    return found.local if found else None


def moment(value: Any, beside: Mapping[str, Any], tag: str, group: str) -> dates.Moment | None:
    """Give a date with the fraction and the offset that belong to it: in its text, or in the tags beside it."""
    written = text(value)
    if not written:
        return None
    if group == "IPTC":
        return dates.iptc(written, text(beside.get(tag.replace("Date", "Time"))))
    found = dates.parse(written)
    kind = _EXIF_DATES.get(tag)
    if found is None or kind is None or found.precision not in ("second", "minute"):
        return found
    if found.fraction is None and (digits := text(beside.get(f"SubSecTime{kind}"))):
        found = found._replace(fraction=dates.fraction(digits))
    if found.offset is None and (zone := text(beside.get(f"OffsetTime{kind}"))):
        found = found._replace(offset=dates.offset(zone))
    return found


_EXIF_DATES = {"DateTimeOriginal": "Original", "DateTimeDigitized": "Digitized", "DateTime": ""}
"""How the tags of its fraction and its offset end (Exif 3.0, 4.6.6.4 and following)."""


def dpi(value: Any, beside: Mapping[str, Any], _: str, group: str) -> float | None:
    """Give pixels an inch, from the unit of the group; without a unit it is none."""
    found = number(value)
    if found is None or found <= 0:
        return None
    if group == "JFIF":
        factor = {1: 1.0, 2: 2.54}.get(beside.get("ResolutionUnit", 0))
    elif group == "PNG-pHYs":
        factor = 0.0254 if beside.get("PixelUnits") == 1 else None
    elif group == "BMP" or group.startswith("JP2"):
        factor = 0.0254
    elif group == "Photoshop":
        factor = 1.0
    else:
        factor = {2: 1.0, 3: 2.54}.get(integer(beside.get("ResolutionUnit", 2)) or 0)
    return round(found * factor, 4) or None if factor else None


def latitude(value: Any, beside: Mapping[str, Any], tag: str, _: str) -> float | None:
    """Give degrees north."""
    return gps.coordinate(value, beside.get(tag + "Ref"), 90)


def longitude(value: Any, beside: Mapping[str, Any], tag: str, _: str) -> float | None:
    """Give degrees east."""
    return gps.coordinate(value, beside.get(tag + "Ref"), 180)


def altitude(value: Any, beside: Mapping[str, Any], tag: str, _: str) -> float | None:
    """Give metres above sea level."""
    found = number(value)
    return None if found is None else gps.altitude(found, beside.get(tag + "Ref"))


def gps_time(value: Any, beside: Mapping[str, Any], _: str, __: str) -> str | None:
    """Give the time of the GPS receiver, UTC."""
    return gps.timestamp(value, beside.get("GPSDateStamp"))


def speed(value: Any, beside: Mapping[str, Any], tag: str, _: str) -> float | None:
    """Give kilometres an hour, from miles an hour or knots too."""
    found = number(value)
    factor = {"K": 1.0, "M": 1.609344, "N": 1.852}.get(str(beside.get(tag + "Ref") or "K")[:1], 1.0)
    return round(found * factor, 3) if found is not None and 0 <= found * factor <= MAX_SPEED else None


def lens(value: Any, *_: Any) -> str | None:
    """Name a lens by least and greatest focal length and the f-number at each: "18-200mm f/3.5-5.6"."""
    if isinstance(value, str):  # XMP: "18/1 200/1 35/10 56/10"
        value = tuple(_parse(part) for part in value.split(None, 4))
    if not isinstance(value, tuple) or len(value) != 4 or not all(isinstance(part, int | float) for part in value):
        return None
    short, long, wide, tele = (f"{part:.1f}".removesuffix(".0") if part else "" for part in value)
    if not short:
        return None
    focal = f"{short}-{long}" if long and long != short else short
    if not wide:
        return f"{focal}mm"
    return f"{focal}mm f/{wide}-{tele}" if tele and tele != wide else f"{focal}mm f/{wide}"


def place(value: Any, *_: Any) -> dict[str, str] | None:
    """Give the first of the places of an IPTC structure, its parts as texts."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return None
    return {name: part for name, item in first.items() if (part := text(item))} or None


def history(value: Any, *_: Any) -> list[str] | None:
    """Give action, program and time, a line each (XMP ResourceEvent)."""
    events = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
    lines = [
        [text(event.get(name)) for name in ("action", "softwareAgent", "when")] for event in events[:MAX_ITEMS]
    ]
    return [", ".join(filter(None, line)) for line in lines if any(line)] or None


def regions(value: Any, *_: Any) -> list[dict[str, Any]] | None:
    """Give marked regions: name, kind, centre and size as parts of the image (MWG Guidelines 2.0, 5.9)."""
    items = value if isinstance(value, list) else [value]
    return [_region(item) for item in items[:MAX_ITEMS] if isinstance(item, dict)] or None


def _region(item: dict[str, Any]) -> dict[str, Any]:
    area = item.get("Area")
    region: dict[str, Any] = {
        "name": text(item.get("Name") or item.get("PersonDisplayName")),
        "kind": text(item.get("Type")),
    }
    if isinstance(area, dict):
        region |= {name: number(area.get(name)) for name in ("x", "y", "w", "h")}
    edges = [number(part) for part in (text(item.get("Rectangle")) or "").split(",")]
    if len(edges) == 4 and None not in edges:  # Microsoft: "left, top, width, height"
        left, top, width, height = (edge or 0 for edge in edges)
        region |= {"x": left + width / 2, "y": top + height / 2, "w": width, "h": height, "kind": "Face"}
    return {name: part for name, part in region.items() if part is not None}


def region_names(value: Any, *_: Any) -> list[str] | None:
    """Give the names in marked regions."""
    return texts([region["name"] for region in regions(value) or () if "name" in region])
