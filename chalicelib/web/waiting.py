"""Pages that wait for work elsewhere: a browser asks again by itself, more slowly each time, and at last no more.

The event that would end the waiting may be lost. The address counts the attempts, so that no state is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

TRIED = "tried"
MOST, LONGEST_SECONDS = 9, 30  # attempts, and the longest pause between two: two and a half minutes together
_DIGITS = 2


class Again(NamedTuple):
    """When a browser asks again, and at which address."""

    seconds: int
    href: str

    @property
    def refresh(self) -> str:
        """The value of a `Refresh` header, or of a `meta` element that stands for it (HTML standard, 4.2.5.3)."""
        return f"{self.seconds}; url={self.href}"


def again(call: PageCall) -> Again | None:
    """Return when a page that waits is to be asked for again; None once that was tried often enough."""
    path, _, query = call.here.partition("?")
    given = parse_qsl(query, keep_blank_values=True)
    tried = _number(dict(given).get(TRIED, ""))
    if tried >= MOST:
        return None
    rest = [(name, value) for name, value in given if name != TRIED]
    href = call.link(f"{path}?{urlencode([*rest, (TRIED, tried + 1)])}")
    return Again(min(2**tried, LONGEST_SECONDS), href)


def _number(text: str) -> int:
    return int(text) if len(text) <= _DIGITS and text.isascii() and text.isdecimal() else 0
