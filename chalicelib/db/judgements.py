"""An admin's verdict whether an image is safe to show, as its item carries it: JSON, bound to the content judged.

Under another object it means nothing, and holds again once the judged bytes are back: replacing the file for a
moment gets nobody around it.
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
