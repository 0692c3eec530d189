"""Entity tags of answers (RFC 9110, section 8.8.3)."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec


def of_json(body: Any) -> str:
    """Return the strong entity tag of a JSON value."""
    return of(msgspec.json.encode(body))


def of(data: bytes) -> str:
    """Return the strong entity tag of an answer's bytes."""
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def names(header: str | None, tag: str) -> bool:
    """Tell whether a list of entity tags names one (weakly compared: a gateway may have marked it so)."""
    if header is None:
        return False
    tags = {candidate.strip().removeprefix("W/") for candidate in header.split(",")}
    return "*" in tags or tag in tags
