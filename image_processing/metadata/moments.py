"""When an image was taken: date, fraction, offset and zone that belong to one moment.

An offset comes, in this order, from where the date is from; from the difference to the UTC of a GPS receiver or of
the phone; from another date in the file that tells the same moment; from the time zone of the place.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from image_processing import time_zones
from image_processing.metadata import convert, dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from image_processing.metadata.findings import Findings

    Tags = Mapping[str, Mapping[str, Any]]

SOURCES = (
    "Exif:DateTimeOriginal",
    "Exif:DateTimeDigitized",
    "XMP-exif:DateTimeOriginal",
    "XMP-photoshop:DateCreated",
    "XMP-xmp:CreateDate",
    "XMP-exif:DateTimeDigitized",
    "IPTC:DateCreated",
    "IPTC:DigitalCreationDate",
    "Exif:DateTime",
    "XMP-xmp:ModifyDate",
)
"""Dates that may tell the moment of taking once more, with its fraction or offset."""

_PLACES = tuple((source, *source.split(":")) for source in SOURCES)  # with its group and tag

_CREATED = (SOURCES[0], SOURCES[2], SOURCES[3], SOURCES[6])
"""Those that mean the same thing as one another (MWG Guidelines 2.0, "Original Date/Time")."""

DAY = timedelta(hours=15)
"""More than the local time of any zone is from UTC."""

FROM_ZONE = "derived:time zone of the position"


def settle(values: dict[str, Any], origins: dict[str, str], findings: Findings) -> None:
    """Add to `values` the precision, fraction, offset and time zone of `date_taken`, and `taken_at`."""
    position = (values.get("gps_latitude"), values.get("gps_longitude"))
    if None not in position and (zone := time_zones.at(*position)):  # type: ignore[arg-type]
        values["time_zone"], origins["time_zone"] = zone, "derived:GPS position"
    if "date_taken" not in values:
        return
    tags = findings.tags
    origin = origins["date_taken"]
    told = read(tags, origin)
    if told is None:
        return
    if told.precision not in ("minute", "second"):
        origin, told = _finer(tags, origin, told)
        values["date_taken"], origins["date_taken"] = told.local, origin
    values["date_precision"], origins["date_precision"] = told.precision, origin
    if told.precision in ("minute", "second"):
        same = () if told.fraction and told.offset else tuple(_same(tags, told, origin))
        _fraction(values, origins, told, same)
        _offset(values, origins, findings, told, same)
    values["taken_at"] = dates.joined(told.local, values.get("date_subsec"), values.get("date_offset"))
    origins["taken_at"] = "derived:date_taken, date_subsec, date_offset"


def read(tags: Tags, source: str) -> dates.Moment | None:
    """Read a date by its source, "Group:Tag"; None where it is not there, or is no date."""
    group, tag = _split(source)
    beside = tags.get(group)
    return None if beside is None or tag not in beside else convert.moment(beside[tag], beside, tag, group)


@cache
def _split(source: str) -> tuple[str, str]:
    group, _, tag = source.partition(":")
    return group, tag


def _finer(tags: Tags, origin: str, told: dates.Moment) -> tuple[str, dates.Moment]:
    """Give the same date with its time where another source has it; midnight means that it has none."""
    for source in _CREATED if origin in _CREATED else ():
        other = read(tags, source)
        finer = other is not None and other.local != told.local and other.local.startswith(told.local)
        if other and finer and not other.local.endswith("T00:00:00"):
            return source, other
    return origin, told


def _same(tags: Tags, told: dates.Moment, origin: str) -> Iterator[tuple[str, dates.Moment]]:
    """Go through the other dates of the file that tell the same moment, to the second."""
    for source, group, tag in _PLACES:
        if source != origin and group in tags and tag in tags[group]:
            other = convert.moment(tags[group][tag], tags[group], tag, group)
            if other and other.local == told.local:
                yield source, other


def _fraction(
    values: dict[str, Any], origins: dict[str, str], told: dates.Moment, same: Sequence[tuple[str, dates.Moment]]
) -> None:
    for source, moment in ((origins["date_taken"], told), *same):
        if moment.fraction:
            values["date_subsec"], origins["date_subsec"] = moment.fraction, source
            return


def _offset(
    values: dict[str, Any],
    origins: dict[str, str],
    findings: Findings,
    told: dates.Moment,
    same: Sequence[tuple[str, dates.Moment]],
) -> None:
    local = _local(values, told.local)
    received, source = _received(values, findings.tags)
    if told.offset is not None:
        values["date_offset"], origins["date_offset"] = told.offset, origins["date_taken"]
        if received not in (None, told.offset) or told.offset not in (local or (told.offset,)):
            findings.warn("time_zone", f"The offset {told.offset} of date_taken contradicts the GPS data.")
        return
    if received and (not local or received in local):
        values["date_offset"], origins["date_offset"] = received, source
        return
    if local and dates.apart(values["date_taken"], values.get("gps_timestamp", "")) > DAY:
        findings.warn("time_zone", "The GPS data is of another day: the zone of its position gives no offset.")
        return
    if received:  # the clock showed another zone's time, or the fix is stale: nobody can tell which
        findings.warn("time_zone", "GPS time and position contradict each other: date_taken has no offset.")
        return
    for other, moment in same:
        if moment.offset and (not local or moment.offset in local):
            values["date_offset"], origins["date_offset"] = moment.offset, other
            return
    if len(local) == 1:
        values["date_offset"], origins["date_offset"] = local[0], FROM_ZONE


def offsets(tags: Tags, values: Mapping[str, Any], origins: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give the offsets that `date_offset` might have, by source, where they differ; empty where they agree."""
    if values.get("date_precision") not in ("minute", "second"):
        return []
    told = read(tags, origins["date_taken"])
    local = _local(values, values["date_taken"])
    received, source = _received(values, tags)
    found = [(origins["date_taken"], told and told.offset), (source, received)]
    found += [(FROM_ZONE, offset) for offset in local if not {told and told.offset, received} & set(local)]
    claims = {offset: source for source, offset in reversed(found) if offset}
    return [(source, offset) for offset, source in reversed(claims.items())] if len(claims) > 1 else []


def _local(values: Mapping[str, Any], taken: str) -> tuple[str, ...]:
    """Give the offsets that clocks at the position may have shown; none where that is not known."""
    if "time_zone" not in values:
        return ()
    return time_zones.offsets_at(values["gps_latitude"], values["gps_longitude"], taken)


def _received(values: Mapping[str, Any], tags: Tags) -> tuple[str | None, str]:
    """Give the offset that a UTC of the same moment makes, and where that is from."""
    utc = values.get("gps_timestamp", "")
    if "T" in utc:
        return dates.difference(values["date_taken"], utc), "derived:GPS time"
    utc = dates.from_milliseconds(tags.get("Samsung", {}).get("TimeStamp"))
    return (dates.difference(values["date_taken"], utc), "derived:Samsung:TimeStamp") if utc else (None, "")
