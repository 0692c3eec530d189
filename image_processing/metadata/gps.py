"""Places: coordinates in decimal degrees (WGS 84), altitudes, times and references of Exif GPS and XMP."""

from __future__ import annotations

import re
from typing import Any

_XMP = re.compile(r"([\d.]+),([\d.]+)(?:,([\d.]+))?\s*([NSEWnsew])$")
_SIGNED = re.compile(r"[+-]?\d+(?:\.\d+)?$")
_DATE = re.compile(r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})")
_CLOCK = re.compile(r"(?:(\d{4}-\d\d-\d\d)[T ])?(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?Z?$")


def coordinate(value: Any, reference: Any, limit: float) -> float | None:
    """Give signed decimal degrees within ±limit, from Exif degrees, minutes, seconds or XMP text.

    Zero is a value. A coordinate without its hemisphere says too little and is refused.
    """
    if isinstance(value, str):
        degrees, reference = _from_text(value, reference)
    else:
        parts = value if isinstance(value, tuple) else (value,)
        if not parts or not isinstance(parts[0], int | float):
            return None
        degrees = sum((part or 0) / unit for part, unit in zip(parts, (1, 60, 3600), strict=False))
    hemisphere = str(reference or "").strip()[:1].upper()
    if degrees is None or hemisphere not in ("N", "S", "E", "W") or not 0 <= abs(degrees) <= limit:
        return None
    return round(-degrees if hemisphere in ("S", "W") else degrees, 9)


def _from_text(value: str, reference: Any) -> tuple[float | None, Any]:
    found = _XMP.match(value.strip())
    try:
        if found:
            degrees = float(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
            return degrees, found[4]
        if _SIGNED.match(value.strip()):
            return float(value), reference or "N"
    except ValueError:
        pass
    return None, None


def altitude(value: float, reference: Any) -> float:
    """Give metres above sea level; a reference of 1 (or 3) means below."""
    below = reference in (1, 3, "1", "3", b"\1", b"\3")
    return round(-value if below else value, 4)


def timestamp(value: Any, date: Any) -> str | None:
    """Give UTC as "YYYY-MM-DDTHH:MM:SS[.fff]Z", or the time alone where the date is not known."""
    if isinstance(value, str):
        found = _CLOCK.match(value.strip())
        if not found:
            return None
        clock = f"{int(found[2]):02d}:{int(found[3]):02d}:{int(found[4]):02d}{found[5] or ''}"
        return f"{found[1]}T{clock}Z" if found[1] else clock
    if not isinstance(value, tuple) or len(value) != 3 or any(part is None for part in value):
        return None
    hours, minutes, seconds = value
    if not (0 <= hours < 25 and 0 <= minutes < 61 and 0 <= seconds < 61):
        return None
    clock = f"{int(hours):02d}:{int(minutes):02d}:{seconds:06.3f}".removesuffix(".000")
    day = _DATE.match(date) if isinstance(date, str) else None
    if day and int(day[1]):
        return f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}T{clock}Z"
    return clock
