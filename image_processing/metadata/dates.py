"""Dates and times as cameras, XMP, IPTC and PNG write them, to ISO 8601.

A local time stays local: no offset is never taken for UTC.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.utils import parsedate

_DATE = re.compile(
    r"(\d{4})[:\-/. ](\d{1,2})(?:[:\-/. ](\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:[.,](\d+))?)?)?"
    r"\s*(Z|[+-]\d{1,2}:?\d{2})?(?![\d:])"
)
_IPTC_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_IPTC_TIME = re.compile(r"(\d\d):?(\d\d):?(\d\d)?")
_OFFSET = re.compile(r"(Z)|([+-])(\d{1,2}):?(\d{2})?")
_IPTC_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)$")


def local(value: str) -> str | None:
    """Give "YYYY-MM-DDTHH:MM:SS" (or as much of it as is there), or None where it is no date."""
    found = _DATE.match(value.strip())
    if found is None:
        return _rfc2822(value)
    year, month, day, hour, minute, second = (None if part is None else int(part) for part in found.groups()[:6])
    if not _plausible(year, month, day, hour, minute, second):
        return None
    if day is None:
        return f"{year:04d}-{month:02d}"
    date = f"{year:04d}-{month:02d}-{day:02d}"
    return date if hour is None else f"{date}T{hour:02d}:{minute:02d}:{second or 0:02d}"


def _plausible(year: int | None, month: int | None, day: int | None, *time: int | None) -> bool:
    hour, minute, second = (part or 0 for part in time)
    if not year or not month or month > 12 or (day is not None and not 1 <= day <= 31):
        return False
    return hour < 24 and minute < 60 and second <= 60


def _rfc2822(value: str) -> str | None:
    """Read the form that PNG's Creation Time recommends (RFC 2822)."""
    try:
        parts = parsedate(value)
    except (ValueError, IndexError, TypeError):
        return None
    if parts is None or not _plausible(*parts[:6]) or parts[0] < 1800:
        return None
    return "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}".format(*parts[:6])


def subsecond(value: str) -> str | None:
    """Give the digits behind the decimal point: of a date with a fraction, or of a SubSecTime itself."""
    if value.strip().isdigit():
        return value.strip()[:9]
    found = _DATE.match(value.strip())
    return found[7][:9] if found and found[7] else None


def offset(value: str) -> str | None:
    """Give "+HH:MM" of an offset, or of a date that carries one; None where there is none."""
    value = value.strip()
    if value[:4].isdigit():
        found = _DATE.match(value)
        value = found[8] or "" if found else ""
    match = _OFFSET.match(value)
    if match is None:
        return None
    if match[1]:
        return "+00:00"
    hours, minutes = int(match[3]), int(match[4] or 0)
    return f"{match[2]}{hours:02d}:{minutes:02d}" if hours <= 14 and minutes < 60 else None


def iptc(date: str, time: str | None) -> str | None:
    """Join an IPTC date (CCYYMMDD) and time (HHMMSS±HHMM)."""
    day = _IPTC_DATE.match(date)
    if day is None:
        return None
    joined = "-".join(day.groups())
    clock = _IPTC_TIME.match(time or "")
    if clock:
        joined += f"T{clock[1]}:{clock[2]}:{clock[3] or '00'}"
        zone = _IPTC_OFFSET.search(time or "")
        joined += f"{zone[1]}:{zone[2]}" if zone else ""
    return joined


def offset_from_utc(taken: str, utc: str) -> str | None:
    """Derive a zone's offset from a local time and the UTC of a GPS receiver at the same moment.

    Only a whole quarter of an hour within the zones that exist counts, with two minutes for a slow GPS fix.
    """
    try:
        difference = datetime.fromisoformat(taken[:19]) - datetime.fromisoformat(utc[:19])
    except ValueError:
        return None
    quarters = round(difference / timedelta(minutes=15))
    if abs(difference - quarters * timedelta(minutes=15)) > timedelta(minutes=2) or not -48 <= quarters <= 56:
        return None
    sign, quarters = ("-", -quarters) if quarters < 0 else ("+", quarters)
    return f"{sign}{quarters // 4:02d}:{quarters % 4 * 15:02d}"


def moment(taken: str, fraction: str | None, zone: str | None) -> str:
    """Join date, fraction and offset to one RFC 3339 text; without an offset it stays local."""
    if len(taken) < 19:
        return taken
    return taken + (f".{fraction}" if fraction and fraction.strip("0") else "") + (zone or "")
