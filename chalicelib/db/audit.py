"""The audit trail of admins' actions. Entries are written before the action, and never changed."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from chalicelib.db import keys
from chalicelib.db.models import AuditEntry
from chalicelib.db.slices import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

SEARCHED = 500  # entries that one page of a filtered list looks through


def write(actor: str, action: str, target: str, detail: Mapping[str, Any]) -> None:
    """Write an entry: actor, action, target, and details. Cost: 1 WRU per KB."""
    time = keys.timestamp(keys.now())
    AuditEntry(
        keys.AUDIT,
        f"{time}#{uuid.uuid4().hex}",
        time=time,
        actor=actor,
        action=action,
        target=target,
        detail=json.dumps(detail, ensure_ascii=False) if detail else None,
    ).save()


def newest(
    limit: int, after: str | None = None, *, actor: str | None = None, target: str | None = None
) -> Page[AuditEntry]:
    """Return a page of entries, newest first; those of an actor, or that name a target, only.

    A filtered page looks through 500 entries at most: it may have few or none, and still an `after`.
    """
    searched = limit if actor is None and target is None else SEARCHED
    query = AuditEntry.query(
        keys.AUDIT,
        None if after is None else AuditEntry.item < after,
        scan_index_forward=False,
        limit=searched,
    )
    found: list[AuditEntry] = []
    last = None
    for entry in query:
        last = entry.item
        if (actor is None or entry.actor == actor) and (target is None or _names(entry, target)):
            found.append(entry)
            if len(found) == limit:
                break
    return Page(found, last if query.last_evaluated_key is not None else None)


def _names(entry: AuditEntry, target: str) -> bool:
    return entry.target == target or json.dumps(target, ensure_ascii=False) in (entry.detail or "")
