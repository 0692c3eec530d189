"""Dates and times as cameras, XMP, IPTC, PNG and GPS write them, to ISO 8601.

A local time stays local: no offset is never taken for UTC. A date is as precise as it was written, and a date that
cannot be (31 February, month 13) is none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache
from typing import NamedTuple

MAX_TEXT = 100  # characters of a text that is looked at
_DATE = re.compile(r"(\d{4})(?:[:\-/. ] ?(\d{1,2})(?:[:\-/. ] ?(\d{1,2})(?!\d))?)?")
_USUAL = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")  # Exif's and XMP's own form
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)|(\d{4})(\d\d)(\d\d)(?=\d{4,6}(?!\d))")
_YEAR_LAST = re.compile(r"(\d{1,2})[/\-.:](\d{1,2})[/\-.:](\d{4})(?!\d)")  # 22/08/2015 or 08/22/2015
_TIME = re.compile(
    r"(?:\s*[T_,;]\s*|\s+|-(?=\d\d-\d\d-\d\d)|:(?=\d\d:\d\d:\d\d)|(?=\d{4,6}(?!\d)))"
    r"(?P<before>[ap]\.?m\.?|[上下]午|午[前後]|오[전후])?\s*"
    r"(?:(\d{1,2})[:.\-h] ?(\d{1,2})(?:[:.\-m] ?(\d{1,2})(?:[.,:](\d+))?)?"
    r"|(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d+))?)?(?!\d))"
    r"[^\W\d_]*?\s*(?P<after>[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_AFTERNOON = re.compile("p|下|後|후", re.IGNORECASE)
_CLOCK = re.compile(r"\d:\d\d(?::\d\d)?")
_BLANK = re.compile(r"[\s:\-/.0]*")  # what is left of a date whose later parts were not filled in
_EAST_ASIAN = str.maketrans({"年": "-", "月": "-", "日": " ", "時": ":", "时": ":", "分": ":", "秒": " "})
_OFFSET = re.compile(
    r"\s*(?:(?:UTC|GMT)(?=\s*(?:[+\-\u2212]|$))\s*)?(?:(?P<utc>Z\b|(?<=UTC)$|(?<=GMT)$)|"
    r"(?P<sign>[+\-\u2212])\s?(?P<hours>\d\d?)(?::\s?|(?=\d)|(?![\d:]))(?P<minutes>\d{0,2})(?!\d))",
    re.IGNORECASE,
)
_CUT_MINUTES = {"": 0, "0": 0, "1": 15, "3": 30, "4": 45}  # the only ones that zones have, by their first digit
_IPTC_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_IPTC_TIME = re.compile(r"(\d\d):?(\d\d):?(\d\d)?")
_IPTC_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)$")
_DIGITS = re.compile(r"\d{1,9}")

_LATEST = 253_402_300_800_000  # milliseconds until the year 10,000
EARLIEST, LATEST = timedelta(hours=-12), timedelta(hours=14)  # of the zones that exist
_ODD_OFFSETS = frozenset((-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825))
"""Minutes of the offsets in use since 1970 that are no whole hours, summer times included (IANA tz database)."""


class Moment(NamedTuple):
    """A date as it was written: "YYYY[-MM[-DD[THH:MM:SS]]]", its precision, subseconds and offset."""

    local: str
    precision: str  # year, month, day, minute or second
    fraction: str | None = None  # digits of the fraction of the second
    offset: str | None = None  # "±HH:MM"


def parse(value: str) -> Moment | None:
    """Read a date with or without time, fraction and offset; None where it is none, or cannot be."""
    return _parse(value[:MAX_TEXT].strip())


@lru_cache(64)  # a file tells the same date in several places
def _parse(value: str) -> Moment | None:
    if usual := _USUAL.fullmatch(value):
        numbers = [int(part) for part in usual.groups()]
        if numbers[0] > 1 and numbers[1] and numbers[2] and numbers[3] < 24:
            return _moment((numbers[0], numbers[1], numbers[2]), (numbers[3], numbers[4], numbers[5]), None)
    if not value.isascii():
        value = value.translate(_EAST_ASIAN)
    date, rest = _date(value)
    if date is None:
        return _with_month_name(value)
    year, month, day = date
    if year < 2 or (day and not month):  # programs write 0001-01-01 where they know no date
        return None
    if not day:
        if not _BLANK.fullmatch(rest):
            return None
        return (Moment(f"{year:04d}-{month:02d}", "month") if month <= 12 else None) if month else _year(year)
    time = _TIME.match(rest)
    if time is None:
        blank = not rest or not rest[0].isdigit()
        found = _moment((year, month, day), None, None)
        return found._replace(offset=offset(rest)) if found and blank else None
    groups = time.groups()
    hour, minute, second, fraction = groups[1:5] if groups[1] else groups[5:9]
    hour = _hour(int(hour), time["before"] or time["after"])
    clock = (hour, int(minute), None if second is None else int(second))
    found = _moment((year, month, day), clock, fraction)
    return found and found._replace(offset=offset(rest[time.end() :].lstrip()))


def _date(value: str) -> tuple[tuple[int, int, int] | None, str]:
    """Give year, month and day (0 where not written), and the text after them."""
    if found := _COMPACT_DATE.match(value):
        return tuple(int(part) for part in found.groups() if part), value[found.end() :]  # type: ignore[return-value]
    if found := _DATE.match(value):
        year, month, day = (int(part or 0) for part in found.groups())
        return (year, month, day), value[found.end() :]
    if found := _YEAR_LAST.match(value):
        first, second, year = map(int, found.groups())
        if first > 12 >= second or first == second:
            return (year, second, first), value[found.end() :]
        if second > 12 >= first:
            return (year, first, second), value[found.end() :]
    return None, ""


def _year(year: int) -> Moment:
    return Moment(f"{year:04d}", "year")


def _hour(hour: int, half: str | None) -> int:
    """Give the hour of the day. Cameras that write hour 24 mean the hour after midnight of the day they name."""
    if half and hour <= 12:
        return hour % 12 + (12 if _AFTERNOON.match(half) else 0)
    return 0 if hour == 24 else hour


def _moment(
    date: tuple[int, int, int], clock: tuple[int, int, int | None] | None, fraction: str | None
) -> Moment | None:
    """Join the parts of a day and a time that exist. Second 60 is rounded up, or a leap second."""
    hour, minute, second = clock or (0, 0, 0)
    late = second == 60
    try:
        moment = datetime(*date, hour, minute, 59 if late else second or 0)  # noqa: DTZ001
        if late:
            moment += timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None
    if clock is None:
        return Moment(moment.strftime("%Y-%m-%d").zfill(10), "day")
    return Moment(
        moment.isoformat(),
        "minute" if second is None else "second",
        fraction[:9] if fraction and not late else None,
    )


def _with_month_name(value: str) -> Moment | None:
    """Read the form that PNG recommends for Creation Time (RFC 1123, RFC 2822), and its kin."""
    clock = _CLOCK.search(value)
    try:
        parts = parsedate_tz(value if clock else value + " 00:00")
    except (ValueError, IndexError, TypeError):
        return None
    if parts is None or parts[0] < 1800:
        return None
    if clock is None:
        return _moment(parts[:3], None, None)
    found = _moment(parts[:3], parts[3:6], None)
    zone = value[clock.end() :].strip()
    named = parts[9] if zone[:1].isalpha() else None  # the library says UTC where there is no zone
    return found and found._replace(
        offset=offset(zone) or (None if named is None else _offset(timedelta(seconds=named)))
    )


def fraction(value: str) -> str | None:
    """Give the digits of a SubSecTime, without blanks and letters after them."""
    found = _DIGITS.match(value[:MAX_TEXT].strip())
    return found[0] if found else None


def offset(value: str) -> str | None:
    """Give "±HH:MM" of an offset from UTC, also of one whose minutes or last digit are missing; else None.

    -12:00 to +14:00 are offsets of zones; anything else is none.
    """
    match = _OFFSET.match(value[:MAX_TEXT])
    if match is None:
        return None
    if match["utc"] is not None:
        return "+00:00"
    hours, minutes = match["hours"], match["minutes"]
    if len(minutes) == 1 and int(hours) > LATEST // timedelta(hours=1):  # +530
        hours, minutes = hours[0], hours[1] + minutes
    minute = int(minutes) if len(minutes) == 2 else _CUT_MINUTES.get(minutes)
    if minute is None or minute >= 60:
        return None
    difference = timedelta(hours=int(hours), minutes=minute)
    return _offset(difference if match["sign"] == "+" else -difference)


def _offset(difference: timedelta) -> str | None:
    if not EARLIEST <= difference <= LATEST:
        return None
    minutes = round(difference / timedelta(minutes=1))
    hours, minutes, sign = *divmod(abs(minutes), 60), "-" if minutes < 0 else "+"
    return f"{sign}{hours:02d}:{minutes:02d}"


def iptc(date: str, time: str | None) -> Moment | None:
    """Join an IPTC date (CCYYMMDD) and time (HHMMSS±HHMM), IIM 4.2, 2:55 and 2:60.

    "+0000" says nothing: the standard asks for an offset, and programs that know none write this one.
    """
    day = _IPTC_DATE.match(date)
    if day is None:
        return None
    joined = "-".join(day.groups())
    clock = _IPTC_TIME.match(time or "")
    if clock is None:
        return parse(joined)
    found = parse(f"{joined}T{clock[1]}:{clock[2]}:{clock[3] or '00'}")
    zone = _IPTC_OFFSET.search(time or "")
    told = offset(f"{zone[1]}:{zone[2]}") if zone else None
    return found and found._replace(offset=None if told == "+00:00" else told)


def difference(local: str, utc: str) -> str | None:
    """Give the offset between a local time and the UTC of the same moment; None where no zone has such an offset.

    Up to two minutes are allowed for a slow GPS fix; a fix that is older makes no offset of a zone, or a wrong one
    of those a quarter of an hour apart, which therefore do not count unless a zone has them.
    """
    found = _between(local, utc)
    if found is None:
        return None
    quarters = round(found / timedelta(minutes=15))
    if abs(found - quarters * timedelta(minutes=15)) > timedelta(minutes=2):
        return None
    if quarters % 4 and quarters * 15 not in _ODD_OFFSETS:
        return None
    return _offset(quarters * timedelta(minutes=15))


def from_milliseconds(since: object) -> str | None:
    """Give the UTC of milliseconds since 1970, as phones count; None where that is no such number."""
    if not isinstance(since, int) or not 0 < since < _LATEST:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=since)).isoformat()


def apart(local: str, utc: str) -> timedelta:
    """Give the difference of a local time from UTC in any zone; nothing where one of them has no date."""
    return abs(_between(local, utc) or timedelta())


def _between(local: str, utc: str) -> timedelta | None:
    try:
        return datetime.fromisoformat(local[:19]) - datetime.fromisoformat(utc[:19])
    except ValueError:
        return None


def joined(local: str, fraction: str | None, zone: str | None) -> str:
    """Join date, fraction and offset to one RFC 3339 text; without an offset it stays local."""
    if len(local) < 19:
        return local
    return local + (f".{fraction}" if fraction and fraction.strip("0") else "") + (zone or "")
