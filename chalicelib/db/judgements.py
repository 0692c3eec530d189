"""An admin's verdict whether an image is safe to show, as its item carries it: JSON, bound to the content judged.

Under another object it means nothing, and holds again once the judged bytes are back. A tombstone keeps it:
neither replacing the file for a moment nor deleting the image gets an owner around it.
"""

from __future__ import annotations

import msgspec
from msgspec import MsgspecError, Struct

from chalicelib.logs import logger

SAFE, UNSAFE = "safe", "unsafe"
"""Verdicts."""


class Judgement(Struct, frozen=True, omit_defaults=True):
    """The verdict of an admin about one content."""

    content: str  # SHA-256 of the object
    verdict: str
    by: str = ""  # owner id of the admin
    time: str = ""  # RFC 3339
    note: str | None = None


def pack(judgement: Judgement) -> str:
    """Return the form in which an item carries a judgement."""
    return msgspec.json.encode(judgement).decode()


def judgement_of(stored: str | None, content: str | None) -> Judgement | None:
    """Return the judgement that an item carries of a content, or None.

    One that cannot be read counts as unsafe, so that damage shows nothing that an admin has hidden.
    """
    if stored is None or content is None:
        return None
    try:
        read = msgspec.json.decode(stored, type=Judgement)
    except MsgspecError:
        logger.exception("judgement_unreadable", extra={"content": content})
        return Judgement(content, UNSAFE)
    return read if read.content == content else None


def prevailing(filed: str | None, standing: str | None) -> str | None:
    """Return the judgement of an item that a file comes back to: the one filed with the file, or the item's.

    Of two about the same content it is the item's, which is the later one; else the file's. An item's that cannot
    be read stays.
    """
    if filed is None or standing is None:
        return filed or standing
    try:
        content = msgspec.json.decode(standing, type=Judgement).content
    except MsgspecError:
        return standing
    return filed if judgement_of(filed, content) is None else standing
