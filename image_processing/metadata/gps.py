"""Places: coordinates in decimal degrees (WGS 84), altitudes, times and references of Exif GPS and XMP."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import Any

from image_processing.metadata import dates

_NUMBER = r"\d+(?:\.\d*)?(?:/\d+)?"
_TEXT = re.compile(  # "61 deg 49' 12.3\" N", "61,49.2N", "N 61.82", "-61.82"
    rf"(?P<before>[NSEW])?\s*(?P<sign>[+\-\u2212])?\s*(?P<degrees>{_NUMBER})"
    rf"(?:\s*(?:°|º|deg(?:rees)?\.?|[,;:\s])\s*(?P<minutes>{_NUMBER})"
    rf"(?:\s*(?:['\u2032\u2019]|min(?:utes)?\.?|[,;:\s])\s*(?P<seconds>{_NUMBER}))?)?"
    r"\s*(?:°|º|deg(?:rees)?\.?|['\u2032\u2019]{1,2}|[\"\u2033\u201d]|min(?:utes)?\.?|sec(?:onds)?\.?)?\s*(?P<after>[NSEW])?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:(\d{4}[-:/.]\d{1,2}[-:/.]\d{1,2})[T ]+)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d+)?)\s*(Z|[+-]\d\d:?\d\d)?$"
)
_DATE = re.compile(r"(\d{4})[:\-/.]? ?(\d{1,2})[:\-/.]? ?(\d{1,2})(?!\d)")

MAX_TEXT = 100  # characters of a text that is looked at
_HIGHEST = 1_000_000  # metres: above any aircraft and every space station that people photograph from
_WRAPPED = 1 << 32  # an unsigned field that a signed number was written to
_DENOMINATORS = (1, 10, 100, 1000)


def coordinate(value: Any, reference: Any, limit: float) -> float | None:
    """Give signed decimal degrees within ±limit, from Exif degrees, minutes, seconds or XMP text.

    `limit` is 90 for a latitude, 180 for a longitude. Zero is a value. A coordinate without its hemisphere says
    too little and is refused, and so is one of the other axis. A sign and a hemisphere do not count twice:
    12.5 degrees south, -12.5 and -12.5 degrees south are the same.
    """
    if isinstance(value, str):
        parts, written = _from_text(value)
        signed = ("N" if limit == 90 else "E") if len(parts) == 1 else None  # a decimal number needs no hemisphere
        reference = written or reference or signed
    else:
        parts = value if isinstance(value, tuple) else (value,)
    if not parts or not isinstance(parts[0], int | float):
        return None
    known = [part or 0 for part in parts[:3]]
    if not all(isinstance(part, int | float) and math.isfinite(part) for part in known):
        return None
    degrees = sum(abs(part) / unit for part, unit in zip(known, (1, 60, 3600), strict=False))
    hemisphere = str(reference or "").strip()[:1].upper()
    if hemisphere not in (("N", "S") if limit == 90 else ("E", "W")) or hemisphere == "" or degrees > limit:
        return None
    negative = hemisphere in ("S", "W") or any(part < 0 for part in known)
    return round(-degrees if negative else degrees, 9)


def _from_text(value: str) -> tuple[tuple[float, ...], str | None]:
    """Give degrees, minutes and seconds, and the hemisphere that the text names."""
    found = _TEXT.fullmatch(value[:MAX_TEXT].strip())
    if found is None or (found["before"] and found["after"]):
        return (), None
    try:
        parts = [_fraction(found[part]) for part in ("degrees", "minutes", "seconds") if found[part]]
    except (ValueError, ZeroDivisionError, OverflowError):
        return (), None
    if any(part > 60 for part in parts[1:]):
        return (), None
    if found["sign"] in ("-", "\u2212"):
        parts = [-part for part in parts]
    return tuple(parts), found["before"] or found["after"]


def _fraction(text: str) -> float:
    top, slash, bottom = text.partition("/")
    return float(top) / float(bottom) if slash else float(top)


def altitude(value: float, reference: Any) -> float | None:
    """Give metres above sea level; a reference of 1 (or 3) means below, once, regardless of the sign.

    A negative number written to the unsigned field is told as it was meant: 4,294,967,284 m are -12 m. All bits
    set and anything still beyond 1,000 km is no altitude.
    """
    if _HIGHEST < value < _WRAPPED - 1:
        meant = [value - _WRAPPED / unit for unit in _DENOMINATORS]
        value = next((metres for metres in meant if -_HIGHEST < metres < 0), value)
    if abs(value) > _HIGHEST:
        return None
    below = reference in (1, 3, "1", "3", b"\1", b"\3")
    return round(-abs(value) if below else value, 4)


def timestamp(value: Any, date: Any) -> str | None:
    """Give UTC as "YYYY-MM-DDTHH:MM:SS[.fff]Z", or the time alone where the date is not known.

    Fractions of hours and minutes count; hour 24 is the next day's first, and no time at all without a date.
    """
    seconds, written, zone = _seconds(value)
    if seconds is None or not 0 <= seconds <= 86_460:
        return None
    day = _DATE.match(written or (date if isinstance(date, str) else ""))
    at = timedelta(milliseconds=round(seconds * 1000))
    try:
        midnight = datetime(*map(int, day.groups())) if day else None  # type: ignore[arg-type] # noqa: DTZ001
        moment = midnight and midnight + at - (zone or timedelta())
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        return _iso(datetime(1, 1, 1) + at) if at < timedelta(days=1) else None  # noqa: DTZ001
    return f"{moment.date().isoformat()}T{_iso(moment)}Z"


def _iso(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S") + (f".{moment.microsecond // 1000:03d}" if moment.microsecond else "")


def _seconds(value: Any) -> tuple[float | None, str | None, timedelta | None]:
    """Give the seconds since midnight of the three numbers of Exif, or of XMP's text with its date and zone."""
    if isinstance(value, str):
        found = _CLOCK.match(value[:MAX_TEXT].strip())
        if not found:
            return None, None, None
        zone = datetime.strptime(dates.offset(found[5]) or "+00:00", "%z").utcoffset() if found[5] else None
        parts: tuple[Any, ...] = (float(found[2]), float(found[3]), float(found[4]))
        written = found[1]
    else:
        parts, written, zone = value if isinstance(value, tuple) else (), None, None
    if len(parts) != 3 or not all(isinstance(part, int | float) and math.isfinite(part) for part in parts):
        return None, None, None
    hours, minutes, seconds = parts
    if not (0 <= hours < 25 and 0 <= minutes < 61 and 0 <= seconds < 61):
        return None, None, None
    return hours * 3600 + minutes * 60 + seconds, written, zone
