"""Numbers, sizes and dates as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_KILO = 1000
_UNITS = (("day", 24 * 3600), ("hour", 3600), ("minute", 60), ("second", 1))
_DAY, _MONTH = len("2024-05-01"), len("2024-05")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def size(number: float) -> str:
    """Return a number of bytes with its unit: `9.8 MB`."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if number < _KILO or unit == "TB":
            break
        number /= _KILO
    return f"{number:,.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"


def duration(seconds: int) -> str:
    """Return a length of time in the largest unit of which it is a whole number: `15 minutes`, `30 days`."""
    unit, length = next(((name, size) for name, size in _UNITS if seconds % size == 0))
    return count(seconds // length, unit)


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number and the word for so many: `1 image`, `8 images`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def date(text: str) -> str:
    """Return a date or time of a record as far as it is known: `14 October 2023, 16:42`, `October 2023`."""
    if len(text) < _MONTH:
        return text
    month = f"{_MONTHS[int(text[5:7]) - 1]} {text[:4]}"
    if len(text) < _DAY:
        return month
    day = f"{int(text[8:10])} {month}"
    return day if len(text) < _DAY + len("T16:42") else f"{day}, {text[11:16]}"


def moment(text: str) -> str:
    """Return a time (RFC 3339, UTC) to the second: `14 October 2023, 16:42:07 UTC`."""
    return f"{date(text)}:{text[17:19]} UTC"


def month(text: str) -> str:
    """Return the name of a month: `2023-10` is October 2023."""
    return date(text[:_MONTH])


_FAILURES = {
    "not_an_image": "This is not an image.",
    "format_not_accepted": "Files of this kind are not taken.",
    "truncated": "The file ends too early. Send it again.",
    "corrupt": "The file is damaged. Send it again.",
    "not_decodable": "Its pixels cannot be read here.",
    "too_many_pixels": "It has too many pixels.",
    "too_complex": "It takes too long to read.",
    "too_large": "The file is too large.",
    "quota_exceeded": "The account was full. The file is in the trash.",
    "account_not_active": "The account was not active. The file is in the trash.",
}
_AGAIN = frozenset({"truncated", "corrupt"})
_PROVENANCE = {
    "captured": "Captured, no edits found",
    "edited": "Edited",
    "ai_assisted": "Edited with AI",
    "ai_generated": "Made by a machine",
    "unknown": "Origin unknown",
}


def failure(code: str | None) -> str:
    """Return why an image failed, and what to do where something can be done."""
    return _FAILURES.get(code or "", "It could not be read.")


def again(code: str | None) -> bool:
    """Tell whether sending the file once more may help, so that the details of its fault are of no use."""
    return code in _AGAIN


def camera(make: str, model: str) -> str:
    """Return a camera's name; many models name their make themselves: `NIKON D40` of NIKON CORPORATION."""
    named = make and model.casefold().startswith(make.partition(" ")[0].casefold())
    return model if named else f"{make} {model}".strip()


def provenance(value: str) -> str:
    """Return how an image was made: `ai_generated` is "Made by a machine"."""
    return _PROVENANCE.get(value, value)


FILTERS: dict[str, Callable[..., Any]] = {
    "size": size,
    "count": count,
    "duration": duration,
    "date": date,
    "month": month,
    "moment": moment,
    "provenance": provenance,
}
"""The filters that templates may use."""
