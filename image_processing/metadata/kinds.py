"""The kinds of fields: the JSON type, the bounds and the converter of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing.metadata import convert

if TYPE_CHECKING:
    from image_processing.metadata.convert import Converter


class Kind(NamedTuple):
    """A kind of field: its JSON type and its converter."""

    json: dict[str, Any]
    convert: Converter


_TEXT, _NUMBER, _INTEGER, _BOOLEAN = ({"type": name} for name in ("string", "number", "integer", "boolean"))
_LIST = {"type": "array", "items": {"type": "string"}}


def _within(least: float, most: float) -> Kind:
    return Kind(_NUMBER | {"minimum": least, "maximum": most}, convert.within(least, most))


def _above_zero(most: float) -> Kind:
    return Kind(_NUMBER | {"exclusiveMinimum": 0, "maximum": most}, convert.above_zero(most))


# One place for each kind of value that knows its bounds, and so how a camera writes that it does not know.
KINDS: dict[str, Kind] = {
    "text": Kind(_TEXT, convert.text),
    "list": Kind(_LIST, convert.texts),
    "semicolons": Kind(_LIST, convert.semicolons),
    "integer": Kind(_INTEGER, convert.integer),
    "count": Kind(_INTEGER | {"minimum": 1}, convert.count),
    "number": Kind(_NUMBER, convert.number),
    "seconds": _above_zero(1_000_000),
    "f_number": _above_zero(1_000),
    "millimetres": _above_zero(60_000),
    "metres": _above_zero(1_000_000),  # a focus at infinity is written as 4,294,967,295 m
    "ratio": _above_zero(1_000),
    "exposure_value": _within(-20, 20),
    "brightness": _within(-99.99, 99.99),
    "aperture_value": _within(0, 30),
    "direction": _within(0, 360),
    "rating": Kind(_NUMBER | {"minimum": -1, "maximum": 5}, convert.rating),
    "code": Kind(_INTEGER | {"minimum": 0, "maximum": convert.MAX_SHORT}, convert.code),
    "boolean": Kind(_BOOLEAN, convert.boolean),
    "present": Kind(_BOOLEAN, convert.present),
    "orientation": Kind(_INTEGER | {"minimum": 1, "maximum": 8}, convert.orientation),
    "area": Kind({"type": "array", "items": _INTEGER, "minItems": 4, "maxItems": 4}, convert.area),
    "flash": Kind(_INTEGER, convert.flash),
    "flash_fired": Kind(_BOOLEAN, convert.flash_fired),
    "flash_return": Kind(_INTEGER, convert.flash_bit(1, 3)),
    "flash_mode": Kind(_INTEGER, convert.flash_bit(3, 3)),
    "flash_red_eye": Kind(_INTEGER, convert.flash_bit(6, 1)),
    "date": Kind(_TEXT, convert.date),
    "precision": Kind({"type": "string", "enum": ["year", "month", "day", "minute", "second"]}, convert.text),
    "offset": Kind(_TEXT | {"pattern": r"^[+-]\d\d:\d\d$"}, convert.text),
    "dpi": Kind(_NUMBER | {"exclusiveMinimum": 0}, convert.dpi),
    "latitude": Kind(_NUMBER | {"minimum": -90, "maximum": 90}, convert.latitude),
    "longitude": Kind(_NUMBER | {"minimum": -180, "maximum": 180}, convert.longitude),
    "altitude": Kind(_NUMBER | {"minimum": -1_000_000, "maximum": 1_000_000}, convert.altitude),
    "gps_time": Kind(_TEXT, convert.gps_time),
    "speed": Kind(_NUMBER, convert.speed),
    "regions": Kind({"type": "array", "items": {"type": "object"}}, convert.regions),
    "region_names": Kind(_LIST, convert.region_names),
    "lens": Kind(_TEXT, convert.lens),
    "place": Kind({"type": "object", "additionalProperties": _TEXT}, convert.place),
    "history": Kind(_LIST, convert.history),
}
