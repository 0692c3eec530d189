"""The time zone of a position, and the offsets from UTC that its clocks show.

Which zone covers a position is looked up in tzfpy (the boundaries of timezone-boundary-builder, © OpenStreetMap
contributors, ODbL); which offset a zone has at a time, in the pinned package tzdata, for a system may have no zone
data, or older. Both are loaded at the first question: 34 MB and 90 ms that only images with a position cost.

An offset is told only where it is certain:

- Where zones overlap (disputed land, Xinjiang, a border) each counts: `offsets_at` names the offsets of all.
- At sea the zone is nautical (`Etc/GMT+2`), and ships keep a time of their own: it is named, and has no offset.
- Before 1970 the zone data does not tell neighbours apart that have agreed since: no offset.
- A wall time that is skipped when clocks go forward has no offset, one that is shown twice has two.
- An offset that is no whole number of minutes (Liberia until 1972) is none: Exif and RFC 3339 cannot write it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from zoneinfo import ZoneInfo

FIRST_YEAR: Final = 1970
"""Since when zones are told apart (tzdata, theory.html, "Scope of the tz database")."""

_LAST_YEAR = 9998  # whose UTC can be written, too, everywhere


def at(latitude: float, longitude: float) -> str | None:
    """Return the IANA name of the zone that covers a position in degrees; None for an invalid position.

    Of several the first by name, a zone of the land before one of the sea.
    """
    return next(iter(covering(latitude, longitude)), None)


def offsets_at(latitude: float, longitude: float, local: str) -> tuple[str, ...]:
    """Return the offsets that clocks at a position may show at a wall time: exactly one where it is certain.

    `local` and the offsets are as for `offsets`. At sea there are none.
    """
    found = (offset for zone in covering(latitude, longitude) for offset in offsets(zone, local))
    return tuple(dict.fromkeys(found))


def offset(zone: str, local: str) -> str | None:
    """Return the offset that a zone has at a wall time, None unless there is exactly one (see `offsets`)."""
    found = offsets(zone, local)
    return found[0] if len(found) == 1 else None


def offsets(zone: str, local: str) -> tuple[str, ...]:
    """Return the offsets ("+HH:MM") that a zone has at a wall time ("YYYY-MM-DDTHH:MM:SS"), the earlier first.

    None in a gap, two in a fold, none where it is not certain: see the module. A date without a time has none.
    """
    moment = _parsed(local)
    if moment is None or not FIRST_YEAR <= moment.year <= _LAST_YEAR or is_nautical(zone):
        return ()
    clocks = _zone(zone)
    shown = [moment.replace(tzinfo=clocks, fold=fold) for fold in (0, 1)]
    if shown[0].utcoffset() != shown[1].utcoffset():  # in a gap or a fold (PEP 495)
        shown = [time for time in shown if _passes(time)]
    found = (_told(time.utcoffset() or timedelta()) for time in shown)
    return tuple(dict.fromkeys(text for text in found if text is not None))


def _passes(time: datetime) -> bool:
    """Tell whether clocks show a time: in a gap they do not."""
    passed = time.astimezone(UTC).astimezone(time.tzinfo)
    return passed.replace(tzinfo=None, fold=0) == time.replace(tzinfo=None, fold=0)


def is_nautical(zone: str) -> bool:
    """Tell whether a zone belongs to no land: to the sea, or to the part of Antarctica that nobody claims."""
    return zone.startswith("Etc/")


def covering(latitude: float, longitude: float) -> list[str]:
    """Return every zone that covers a position; those of the land first, by name."""
    import tzfpy  # noqa: PLC0415  most images have no position

    return sorted(tzfpy.get_tzs(longitude, latitude), key=lambda zone: (is_nautical(zone), zone))


@cache
def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  see `covering`

    with (_data() / name).open("rb") as file:
        return ZoneInfo.from_file(file, name)


@cache
def _data() -> Traversable:
    from importlib import resources  # noqa: PLC0415  see `covering`

    return resources.files("tzdata") / "zoneinfo"


def _parsed(local: str) -> datetime | None:
    if len(local) < len("2014-10-31T13:32"):
        return None
    try:
        return datetime.fromisoformat(local[:19])
    except ValueError:
        return None


def _told(offset: timedelta) -> str | None:
    minutes, rest = divmod(abs(offset), timedelta(minutes=1))
    sign = "-" if offset < timedelta() else "+"
    return None if rest else f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
