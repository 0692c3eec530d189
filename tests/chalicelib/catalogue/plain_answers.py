"""What `GET /v1/images` finds, as docs/api.md promises it, said plainly of plain records.

As `plain`, it imports nothing of `chalicelib.catalogue`. Colours go by coloraide, distances by the angle between
two vectors.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from coloraide import Color

from tests.chalicelib.catalogue.plain import NAMES, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.chalicelib.catalogue.plain import Record


NICKNAMES = {"JPG": "JPEG", "JPE": "JPEG", "HEIC": "HEIF", "HIF": "HEIF"}
"""Of formats, by the extensions of their files."""


def matches(record: Record, asked: Mapping[str, str]) -> bool:
    """Tell whether an image matches the parameters of `GET /v1/images`."""
    camera, exposure = ("camera", "exposure")
    name = {
        "make": record.said(camera, "make"),
        "model": record.said(camera, "model"),
        "lens": record.said(camera, "lens_model"),
        "format": NICKNAMES.get(record.format, record.format),
        "state": record.state,
        "provenance": record.said("provenance", "provenance"),
        "orientation": "square"
        if record.width == record.height
        else "landscape"
        if record.width > record.height
        else "portrait",
    }
    number = {
        "size": record.size,
        "megapixels": record.width * record.height / 1_000_000,
        "iso": record.said(exposure, "iso"),
        "f_number": record.said(exposure, "f_number"),
        "focal_length": record.said(exposure, "focal_length"),
        "rating": record.said("description", "rating"),
    }
    date = {"taken": record.taken, "uploaded": record.uploaded}
    for parameter, value in asked.items():
        kind, _, end = parameter.rpartition("_")
        if parameter in name:
            value = NICKNAMES.get(value.upper(), value)  # noqa: PLW2901
            holds = (name[parameter] or "").casefold() == value.casefold()
        elif parameter in number:
            holds = _within(number[parameter], value)
        elif kind in date:
            known = (date[kind] or "")[: len(value)]
            holds = bool(known) and (known >= value if end == "from" else known <= value)
        elif parameter == "color":
            near = {colour for colour in record.colours if _takes(asked, colour)}
            share = sum(record.colours[colour] for colour in near)
            holds = bool(near & record.main) and share >= 100 * float(asked.get("share", "0"))
        elif parameter == "near":
            holds = record.place is not None and _kilometres(record.place, value) <= float(
                asked.get("radius", "10")
            )
        elif parameter in {"country", "city"}:
            known = dict(zip(("country", "city"), record.located or ("", ""), strict=True))[parameter] or ""
            holds = known.casefold() == value.casefold()
        elif parameter == "bbox":
            holds = record.place is not None and _in_box(record.place, value)
        elif parameter == "tag":
            holds = record.words().get(value.casefold(), False)
        elif parameter == "text":
            stem = re.sub(r"(?i)\.(jpe?g|png|heic)$", "", value)
            holds = _speaks(record.words(), words_in(stem))
            if stem != value and not words_in(stem):
                holds = record.name.rpartition("/")[2].casefold() == value.casefold()
        else:
            assert parameter in {"within", "metric", "share", "radius"}, parameter
            continue
        if not holds:
            return False
    return True


@cache
def apart(one: str, other: str, metric: str) -> float:
    """Return how far two colours are apart."""
    if metric == "oklab":
        return Color(one).distance(other, space="oklab")
    return Color(one).delta_e(other, method="2000")


def _takes(asked: Mapping[str, str], colour: str) -> bool:
    """Tell whether a colour has the name that is asked for, or is within the distance of it."""
    value, metric = asked["color"], asked.get("metric", "ciede2000")
    if not value.startswith("#") and "within" not in asked:
        return NAMES[colour] == value
    usual = {"ciede2000": "10", "oklab": "0.1"}
    return apart(colour, value, metric) <= float(asked.get("within", usual[metric]))


def _within(number: float | None, span: str) -> bool:
    if number is None:
        return False
    least, dots, most = span.partition("..")
    if not dots:
        return number == float(least)
    return not (least and number < float(least)) and not (most and number > float(most))


def _kilometres(place: tuple[float, float], near: str) -> float:
    one, other = (_vector(*where) for where in (place, tuple(map(float, near.split(",")))))
    cosine = sum(x * y for x, y in zip(one, other, strict=True))
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def _vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    up, around = math.radians(latitude), math.radians(longitude)
    return math.cos(up) * math.cos(around), math.cos(up) * math.sin(around), math.sin(up)


def _in_box(place: tuple[float, float], box: str) -> bool:
    latitude, longitude = place
    west, south, east, north = map(float, box.split(","))
    width = (east - west) % 360 or (360 if west != east else 0)
    return south <= latitude <= north and (longitude - west) % 360 <= width


def _speaks(known: Iterable[str], asked: list[str]) -> bool:
    if len(asked) == 1:  # the tests have fewer than eight words with one beginning
        return any(word.startswith(asked[0]) for word in known)
    return {*asked} <= {*known}
