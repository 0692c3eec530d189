"""The trash: an image that was deleted or refused stays for 30 days, and can be restored.

Each version of an object has two objects there, which S3 expires by a lifecycle rule:

    trash/{owner}/{image_id}/{version}        the file, as it was under its key
    trash/{owner}/{image_id}/{version}.json   `Facts`: its key, the reason, the owner's texts and decisions, an
                                              admin's judgement

A version is the time and the ETag of the object, so that a copy that is made twice is the same. The facts are
written first, so that no file is without them; the object under its key goes last, so that it is never gone in
between. Nothing is kept in DynamoDB, and nothing here is an event: only `uploads/` is told of.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib import storage
from chalicelib.db import accounts, images, judgements, keys
from chalicelib.db.models import REFUSALS, REMOVED, Image
from chalicelib.db.slices import Page
from chalicelib.logs import logger
from chalicelib.processing import copies

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from chalicelib.storage import ObjectSummary

KEPT_DAYS = 30  # the lifecycle rule `trash` of .chalice/resources.yaml has the same
KEPT_SECONDS = KEPT_DAYS * 24 * 3600
MAX_BYTES = 1024**3  # five times the limit of an image; S3 copies so much within an API request's 29 seconds
SLICE = 1000  # objects
SORTED = 1000  # files of a trash that are sorted by the time of their deletion
READERS = 8  # of facts, at once
ATTEMPTS = 5
_FACTS = ".json"


class TakenError(Exception):
    """Another object has the key of the image that is to be restored."""


class Facts(Struct, frozen=True, omit_defaults=True):
    """The facts about a file in the trash that the file itself does not hold."""

    key: str  # where it was, and is restored to
    etag: str  # that it had there
    code: str | None = None  # why it was refused, one of models.REFUSALS; none where its owner deleted it
    title: str | None = None
    description: str | None = None
    alt: str | None = None
    tags: list[str] | None = None
    visibility: str | None = None
    decisions: bytes | None = None  # about annotations (db.annotation_codec), as the item carried them
    judgement: str | None = None  # an admin's (db.judgements), likewise

    def edits(self) -> dict[str, Any]:
        """Return the owner's texts and decisions by attribute of the record."""
        names = ("title", "description", "alt", "visibility", "decisions")
        wrote = {name: getattr(self, name) for name in names}
        wrote["tags"] = set(self.tags or ()) or None
        return {name: value for name, value in wrote.items() if value is not None}


class Entry(NamedTuple):
    """A file in the trash."""

    owner: str
    image_id: str
    version: str
    path: str  # key of the file in the trash
    size: int
    etag: str
    trashed: datetime
    facts: Facts

    @property
    def expires(self) -> datetime:
        """When it is gone."""
        return self.trashed + timedelta(days=KEPT_DAYS)


def keep(image: Image) -> str | None:
    """Copy an image's object into the trash; return the object's ETag, or None when there is no object.

    One of more than `MAX_BYTES` is not copied, and the log says so. Raises storage.ObjectChangedError when the
    object is not the one that the record tells of.
    """
    found = storage.find(image.key)
    if found is None:
        return None
    if image.etag not in (found.etag, None):
        raise storage.ObjectChangedError(f"{image.key} was overwritten")
    told = {"image_id": image.image_id, "key": image.key, "size": found.size}
    if found.size > MAX_BYTES:
        logger.warning("too_large_for_the_trash", extra=told)
        return found.etag
    path = f"{_prefix(image.owner, image.image_id)}{keys.order_at(found.last_modified)}-{found.etag}"
    facts = Facts(
        image.key,
        found.etag,
        image.code if image.code in REFUSALS else None,
        image.title,
        image.description,
        image.alt,
        sorted(image.tags) if image.tags else None,
        image.visibility,
        image.decisions,
        image.judgement,
    )
    storage.put(path + _FACTS, msgspec.json.encode(facts), "application/json")
    if not copies.copy_version(image.key, path, found.etag):
        return None
    logger.info("moved_to_the_trash", extra=told)
    return found.etag


def page(owner: str, limit: int, after: str | None = None) -> Page[Entry]:
    """Return a page of an owner's trash, in the order of image ids, older versions of an image first."""
    found = list(islice(_files(_prefix(owner), after or ""), limit + 1))
    return Page(_entries(found[:limit]), found[limit - 1].key if len(found) > limit else None)


def newest(owner: str, limit: int, after: str | None = None) -> Page[Entry]:
    """Return a page of an owner's trash, the file that was deleted last first.

    S3 lists by keys alone, so all of the trash is listed: two requests for `SORTED` files. One that has more is
    shown in the order of `page`.
    """
    found = list(islice(_files(_prefix(owner)), SORTED + 1))
    if len(found) > SORTED or (after or "").startswith(keys.TRASH):
        return page(owner, limit, after if (after or "").startswith(keys.TRASH) else None)
    ordered = sorted(((_position(item), item) for item in found), reverse=True)
    rest = [(position, item) for position, item in ordered if after is None or position < after]
    shown = rest[:limit]
    return Page(_entries([item for _, item in shown]), shown[-1][0] if len(rest) > limit else None)


def find(owner: str, image_id: str, version: str | None = None) -> Entry | None:
    """Return a version of an image in an owner's trash, the newest unless told which; None when there is none."""
    wanted = [
        item
        for item in _files(_prefix(owner, image_id))
        if version is None or item.key == f"{_prefix(owner, image_id)}{version}"
    ]
    return _entry(wanted[-1]) if wanted else None


def restore(entry: Entry) -> bool:
    """Put a file back under its key, with all that was decided about it; its event has it processed anew.

    An interrupted restoration continues. Returns False when the file is no longer in the trash. Raises TakenError
    when another object has the key by now.
    """
    standing = storage.find(entry.facts.key)
    if standing is None:
        try:
            if not copies.copy_version(entry.path, entry.facts.key, entry.etag, replace=False):
                return False
        except storage.ObjectChangedError:
            raise TakenError(entry.facts.key) from None
    elif standing.etag not in (entry.etag, entry.facts.etag):
        raise TakenError(entry.facts.key)
    _write_back(entry)
    storage.delete([entry.path, entry.path + _FACTS])
    logger.info("restored_from_the_trash", extra={"image_id": entry.image_id, "key": entry.facts.key})
    return True


def delete(owner: str, image_id: str) -> bool:
    """Delete all versions of an image in an owner's trash for good; return whether there was one."""
    was_there = next(_files(_prefix(owner, image_id)), None) is not None
    storage.delete_prefix(_prefix(owner, image_id))
    return was_there


def empty(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Delete a slice of the trash of `owner` for good, from `after` on; return the next slice.

    Files trashed after `until` (seconds since 1970) stay.
    """
    prefix, until = _prefix(arguments["owner"]), arguments["until"]
    found = list(islice(storage.list_objects(prefix, arguments.get("after", "")), SLICE))
    storage.delete(item.key for item in found if item.last_modified.timestamp() <= until)
    return {**arguments, "after": found[-1].key} if len(found) == SLICE else None


def _write_back(entry: Entry) -> None:
    """Give an image back its texts, decisions and judgement, processed by now or not; a newer edit stays.

    Until it is processed, a ticket has them, in the place of the tombstone. An owner who has switched recognition
    off has deleted all decisions with it. A judgement that the item has by now may be about other bytes.
    """
    wrote = entry.facts.edits()
    account = accounts.get(entry.owner, consistent=True) if "decisions" in wrote else None
    if account is not None and account.recognition is False:
        del wrote["decisions"]
    for _ in range(ATTEMPTS):
        standing = images.get(entry.image_id, consistent=True)
        judgement = judgements.prevailing(entry.facts.judgement, standing.judgement if standing else None)
        if standing is None or standing.state == REMOVED:
            ticket = Image(entry.image_id, owner=entry.owner, key=entry.facts.key, judgement=judgement, **wrote)
            if images.revive(ticket, standing):
                return
        else:
            missing = {name: value for name, value in wrote.items() if getattr(standing, name) is None}
            if judgement != standing.judgement:
                missing["judgement"] = judgement
            if not missing or images.edit(standing, missing):
                return
    raise RuntimeError(f"the record of {entry.facts.key} changes all the time; the file is still in the trash")


def _files(prefix: str, after: str = "") -> Iterator[ObjectSummary]:
    """Yield the files under a prefix of the trash that have not expired; S3 removes those within a day."""
    oldest = keys.now() - timedelta(days=KEPT_DAYS)
    for item in storage.list_objects(prefix, after):
        if not item.key.endswith(_FACTS) and item.last_modified > oldest:
            yield item


def _position(item: ObjectSummary) -> str:
    return f"{keys.order_at(item.last_modified)}#{item.key}"


def _entries(items: list[ObjectSummary]) -> list[Entry]:
    with ThreadPoolExecutor(READERS) as pool:
        return [entry for entry in pool.map(_entry, items) if entry]


def _entry(item: ObjectSummary) -> Entry | None:
    facts = storage.read_small(item.key + _FACTS)
    if facts is None:  # restored or deleted meanwhile
        return None
    _, owner, image_id, version = item.key.split("/")
    decoded = msgspec.json.decode(facts, type=Facts)
    return Entry(owner, image_id, version, item.key, item.size, item.etag, item.last_modified, decoded)


def _prefix(owner: str, image_id: str | None = None) -> str:
    return f"{keys.TRASH}{owner}/" if image_id is None else f"{keys.TRASH}{owner}/{image_id}/"
