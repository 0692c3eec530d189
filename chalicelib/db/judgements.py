"""Admins' verdicts whether an image is safe to show, as its item carries them: JSON, one for each content judged.

One says nothing about other bytes under the same key, and holds again once the judged bytes are back: replacing
the file for a moment gets nobody around it.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import MsgspecError, Struct

from chalicelib.logs import logger

SAFE: Final = "safe"
UNSAFE: Final = "unsafe"
"""Verdicts."""

MOST: Final = 10  # contents of an image whose judgements are kept, those judged last: 25 KB with the longest notes


class Judgement(Struct, frozen=True, omit_defaults=True):
    """The verdict of an admin about one content."""

    content: str  # SHA-256 of the object
    verdict: Literal["safe", "unsafe"]
    by: str = ""  # owner id of the admin
    time: str = ""  # RFC 3339
    note: str | None = None


def judgement_of(stored: str | None, content: str | None) -> Judgement | None:
    """Return the judgement that an item carries of a content, or None.

    Judgements that cannot be read count as unsafe, so that damage shows nothing that an admin has hidden.
    """
    if stored is None or content is None:
        return None
    try:
        return next((one for one in _read(stored) if one.content == content), None)
    except MsgspecError:
        logger.exception("judgement_unreadable", extra={"content": content})
        return Judgement(content, UNSAFE)


def of_other_contents(stored: str | None, content: str | None) -> list[Judgement]:
    """Return the judgements that an item carries of all contents but one, the latest first."""
    return [one for one in _readable(stored) if one.content != content]


def written(stored: str | None, made: Judgement) -> str:
    """Return the form in which an item carries a judgement beside those of other contents."""
    return _pack([made, *of_other_contents(stored, made.content)])


def withdrawn(stored: str | None, content: str | None) -> str | None:
    """Return the form in which an item carries its judgements but that of one content; None for none."""
    others = of_other_contents(stored, content)
    return _pack(others) if others else None


def prevailing(filed: str | None, standing: str | None) -> str | None:
    """Return the judgements of an item that a file comes back to: those filed with the file, and the item's.

    Of two about the same content it is the item's, which is the later one. An item's that cannot be read stay.
    """
    if filed is None or standing is None:
        return filed or standing
    try:
        known = _read(standing)
    except MsgspecError:
        return standing
    contents = {one.content for one in known}
    return _pack([*known, *(one for one in _readable(filed) if one.content not in contents)])


def _pack(judgements: list[Judgement]) -> str:
    return msgspec.json.encode(judgements[:MOST]).decode()


def _read(stored: str) -> list[Judgement]:
    return msgspec.json.decode(stored, type=list[Judgement])


def _readable(stored: str | None) -> list[Judgement]:
    try:
        return [] if stored is None else _read(stored)
    except MsgspecError:
        return []
