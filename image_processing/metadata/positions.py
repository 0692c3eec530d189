"""Let everything about a place come from one source: never a latitude from Exif and a longitude from XMP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from image_processing import place_names
from image_processing.metadata import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from image_processing.metadata.findings import Findings

SOURCES = ("GPS", "XMP-exif")
AGREES = 0.001
"""Degrees that writers round off, some 100 m."""
NAMED = "derived:GPS position, GeoNames"
"""The origin of the names of a place: GeoNames' licence asks to be named."""


class Position(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float

    def agrees(self, other: Position) -> bool:
        """Tell whether both mean the same place."""
        return all(abs(one - two) <= AGREES for one, two in zip(self, other, strict=True))


def position(tags: Mapping[str, Any], group: str, prefix: str = "GPS") -> Position | None:
    """Give the position that a group of tags has whole; receivers without a fix write (0, 0)."""
    north, east = f"{prefix}Latitude", f"{prefix}Longitude"
    if north not in tags or east not in tags:
        return None
    latitude = convert.latitude(tags[north], tags, north, group)
    longitude = convert.longitude(tags[east], tags, east, group)
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        return None
    return Position(latitude, longitude)


def refused(findings: Findings) -> frozenset[tuple[str, str]]:
    """Give the GPS tags, by group and name, that describe no whole place, or another than the one that is told."""
    found: set[tuple[str, str]] = set()
    if not any(group in findings.tags for group in SOURCES):
        return frozenset()
    for prefix in ("GPS", "GPSDest"):
        axes = (f"{prefix}Latitude", f"{prefix}Longitude")
        groups = [group for group in SOURCES if not findings.group(group).keys().isdisjoint(axes)]
        if not groups:
            continue
        there = {group: position(findings.group(group), group, prefix) for group in groups}
        told = next(filter(None, there.values()), None)
        found.update((group, axis) for group, here in there.items() if here is None for axis in axes)
        elsewhere = [group for group, here in there.items() if told and not (here and here.agrees(told))]
        if prefix == "GPS":
            found.update((group, tag) for group in elsewhere for tag in findings.group(group) if tag[:3] == "GPS")
    return frozenset(found)


def name(values: dict[str, Any], origins: dict[str, str]) -> None:
    """Add to `values` the names of the place at their position."""
    position = (values.get("gps_latitude"), values.get("gps_longitude"))
    found = place_names.find(*position) if None not in position else None  # type: ignore[arg-type]
    if found is None:
        return
    told = {
        "gps_country_code": found.country_code,
        "gps_country": found.country,
        "gps_region": found.region,
        "gps_city": found.city,
        "gps_district": found.district,
        "gps_city_population": found.population,
        "gps_city_distance": found.distance,
    }
    for field, value in told.items():
        if value is not None:
            values[field], origins[field] = value, NAMED
