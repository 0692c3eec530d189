"""The events of images, from the changes of their records that the stream of the table brings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import MsgspecError

from chalicelib.catalogue.index import entries, image_annotations, record_change
from chalicelib.config import settings
from chalicelib.db import document_codec, index_table, keys
from chalicelib.db.models import EXPECTED, FAILED, PRIVATE, READY, REMOVED
from chalicelib.extensions.integrations import event
from chalicelib.extensions.integrations.event_types import (
    MAX_CHANGES,
    VERSION_DIGITS,
    AnnotatedData,
    DuplicateData,
    ExpectedData,
    FailedData,
    FlaggedData,
    Links,
    ReadyData,
    RemovedData,
    ThemeData,
    TokenChange,
    UpdatedData,
)
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from chalicelib.catalogue.index.cards import Card
    from chalicelib.catalogue.index.image_annotations import Annotations
    from chalicelib.db.models import Image
    from chalicelib.extensions.integrations.event import Event

TEXTS = ("title", "description", "alt", "tags", "visibility")
MAX_DUPLICATES = 20
MAX_DESCRIPTION = 2000  # characters of one in an event


@dataclass(frozen=True)
class RecordChange:
    """A change of an image: the item before and after, its number in the stream, its time."""

    before: Image | None
    after: Image | None
    number: int
    time: datetime

    @cached_property
    def card(self) -> Card | None:
        """The card of the image after the change, as the catalogue has it."""
        return record_change.indexed(self.after).card

    @property
    def image(self) -> dict[str, Any]:
        """The fields that every event of the image has."""
        shown = self.after or self.before
        assert shown is not None
        path = f"/v1/images/{shown.image_id}"
        return {
            "image_id": shown.image_id,
            "version": f"{self.number:0{VERSION_DIGITS}}",
            "name": keys.file_name(shown.key),
            "links": Links(path),
        }


def owner_of(record: Mapping[str, Any]) -> str | None:
    """Return the owner of the image that a record of Lambda's DynamoDB event is about."""
    told = record["dynamodb"]
    item = told.get("NewImage") or told.get("OldImage") or {}
    owner: str | None = item.get("owner", {}).get("S")
    return owner


def is_read(record: Mapping[str, Any]) -> bool:
    """Tell whether an image has just been read for the first time, or again after a failure."""
    told = record["dynamodb"]
    before, after = (told.get(name, {}).get("state", {}).get("S") for name in ("OldImage", "NewImage"))
    return bool(after == READY != before)


def events_of(record: Mapping[str, Any], wanted: Callable[[str], bool]) -> Iterator[Event]:
    """Yield the events of one record of Lambda's DynamoDB event whose type is `wanted`.

    An item that cannot be read has none; the catalogue sets its change aside. Raises the errors of DynamoDB. Cost:
    1 RRU for `duplicate.found`, where it is wanted.
    """
    try:
        change = of(record)
    except Exception:  # whatever is wrong with an item, it must not block its shard
        logger.exception("change_not_told", extra={"change": record["dynamodb"].get("SequenceNumber")})
        return
    if change is None:
        return
    shown = change.after or change.before
    assert shown is not None
    for kind, make in _KINDS.items():
        try:
            data = make(change) if wanted(kind) else None
        except _UNREADABLE:
            logger.exception("change_not_told", extra={"change": change.number, "type": kind})
            continue
        if data is not None:
            yield event.make(kind, shown.owner, change.time, data, shown.image_id, str(change.number))


def of(record: Mapping[str, Any]) -> RecordChange | None:
    """Return the change that a record describes; None where no item changed."""
    told = record["dynamodb"]
    before, after = (record_change.image_of(told.get(name)) for name in ("OldImage", "NewImage"))
    if before is None and after is None:
        return None
    return RecordChange(
        before, after, int(told["SequenceNumber"]), keys.at(float(told["ApproximateCreationDateTime"]))
    )


def _state(image: Image | None) -> str | None:
    return image.state if image else None


def _read_anew(change: RecordChange) -> bool:
    """Tell whether the record after a change tells of another reading than before, or of the first one."""
    if change.after is None or change.before is None:
        return True
    return (change.before.state, change.before.sequencer) != (change.after.state, change.after.sequencer)


def _expected(change: RecordChange) -> ExpectedData | None:
    if _state(change.after) != EXPECTED or _state(change.before) == EXPECTED or change.after is None:
        return None
    expires = keys.timestamp(change.after.expires) if change.after.expires else None
    return ExpectedData(**change.image, expires=expires)


def _ready(change: RecordChange) -> ReadyData | None:
    after = change.after
    if after is None or after.state != READY or not _read_anew(change):
        return None
    card = change.card
    return ReadyData(
        **change.image,
        format=after.format,
        mime_type=after.mime_type,
        width=_integer(after.width),
        height=_integer(after.height),
        size=_integer(after.size),
        sha256=after.sha256,
        taken=card.facts.taken if card else None,
        color=card.facts.dominant if card else None,
        replaces=_state(change.before) in (READY, FAILED),
    )


def _failed(change: RecordChange) -> FailedData | None:
    after = change.after
    if after is None or after.state != FAILED or not _read_anew(change):
        return None
    return FailedData(**change.image, code=after.code, reason=after.reason)


def _updated(change: RecordChange) -> UpdatedData | None:
    before, after = change.before, change.after
    if before is None or after is None or (before.edits or 0) == (after.edits or 0) or after.state == REMOVED:
        return None
    old, new = _texts(before), _texts(after)
    changed = sorted(name for name in TEXTS if old[name] != new[name])
    return UpdatedData(**change.image, changed=changed, **new) if changed else None


def _texts(image: Image) -> dict[str, Any]:
    return {
        "title": image.title,
        "description": image.description[:MAX_DESCRIPTION] if image.description else None,
        "alt": image.alt,
        "tags": sorted(image.tags or ()),
        "visibility": image.visibility or PRIVATE,
    }


def _annotated(change: RecordChange) -> AnnotatedData | None:
    before, after = change.before, change.after
    if before is None or after is None or after.state != READY or before.annotations == after.annotations:
        return None
    found = image_annotations.of(after)
    if not found.models:
        return None
    return AnnotatedData(
        **change.image, counts=found.counts, people=found.people, models=sorted(found.models.values())
    )


def _flagged(change: RecordChange) -> FlaggedData | None:
    after, threshold = change.after, settings().unsafe_threshold
    if threshold is None or _annotated(change) is None or after is None:
        return None
    found = image_annotations.of(after)
    score = _unsafe_score(found)
    if score is None or not found.withheld:  # an admin judged it safe
        return None
    if change.before is not None and _unsafe_score(image_annotations.of(change.before)) is not None:
        return None
    return FlaggedData(**change.image, score=score, threshold=threshold)


def _unsafe_score(found: Annotations) -> float | None:
    """Return the highest score by which an image counts as unsafe; None where it does not."""
    scores = (one.score for one in found.shown if one.kind == image_annotations.UNSAFE)
    return max((score for score in scores if score is not None), default=None)


def _removed(change: RecordChange) -> RemovedData | None:
    if _state(change.before) not in (READY, FAILED) or _state(change.after) not in (None, REMOVED):
        return None
    return RemovedData(**change.image)


def _theme(change: RecordChange) -> ThemeData | None:
    before, after = change.before, change.after
    if before is None or after is None or (before.state, after.state) != (READY, READY):
        return None
    if not _read_anew(change) or before.sha256 == after.sha256:
        return None
    old, new = _tokens(before), _tokens(after)
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    if not paths:
        return None
    changes = [TokenChange(path, old.get(path), new.get(path)) for path in paths[:MAX_CHANGES]]
    image = change.image
    links = Links(image["links"].image, f"{image['links'].image}/theme?format=dtcg")
    return ThemeData(**{**image, "links": links}, changes=changes, truncated=len(paths) > MAX_CHANGES)


def _tokens(image: Image) -> dict[str, str]:
    """Return the colours of an image's theme by mode and the path of their DTCG token; none without analysis."""
    from image_processing import theme as themes  # noqa: PLC0415  few changes need it

    analysis = document_codec.unpack(image.document).get("analysis")
    if not isinstance(analysis, dict):
        return {}
    built = themes.build(analysis)
    return {
        f"{mode.name}.color.{role}": colour
        for mode in (built.light, built.dark)
        for role, colour in mode.roles.items()
    }


def _duplicate(change: RecordChange) -> DuplicateData | None:
    after = change.after
    if after is None or after.state != READY or not _read_anew(change):
        return None
    if change.before is not None and change.before.sha256 == after.sha256:
        return None
    identity = entries.identity(change.card) if change.card else None
    if identity is None:
        return None
    found = index_table.read(
        identity.list_key,
        identity.prefix,
        identity.prefix + index_table.MOST,
        limit=MAX_DUPLICATES + 1,
        consistent=True,
    )
    others = [other for item in found.items if (other := entries.image_id(item.entry)) != after.image_id]
    return DuplicateData(**change.image, duplicates=others[:MAX_DUPLICATES]) if others else None


def _integer(number: float | None) -> int | None:
    return None if number is None else int(number)


_UNREADABLE = (
    document_codec.DocumentError,
    MsgspecError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)
"""The errors of a record that makes no sense: its event is left out, and must not block the others."""

_KINDS: dict[str, Callable[[RecordChange], Any]] = {
    "image.expected": _expected,
    "image.ready": _ready,
    "image.failed": _failed,
    "image.updated": _updated,
    "image.annotated": _annotated,
    "image.flagged": _flagged,
    "image.removed": _removed,
    "theme.changed": _theme,
    "duplicate.found": _duplicate,
}
