"""The decisions of an owner about annotations: confirm, correct, remove, add, and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from chalicelib.db import keys
from chalicelib.db.annotation_codec import ADDED, CORRECTED, REMOVED, Box, Decision, Decisions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.catalogue.index.image_annotations import Annotation, Annotations


class UnknownAnnotationError(Exception):
    """No annotation of the image has this id."""


class Verdict(NamedTuple):
    """A decision about one annotation: confirmed, corrected (with a value), removed; None undoes it."""

    annotation_id: str
    verdict: str | None
    value: str | None = None


class Addition(NamedTuple):
    """An annotation of the owner's own."""

    kind: str
    value: str
    box: Box | None = None
    language: str | None = None


def decide(
    standing: Annotations, decisions: Decisions, verdicts: Iterable[Verdict], additions: Iterable[Addition]
) -> Decisions:
    """Return an owner's decisions after some more: of several about one annotation, the last holds.

    Undone, an annotation is as its model found it, and an added one is gone, as it is when it is removed. Raises
    UnknownAnnotationError.
    """
    made = {one.annotation_id: one for one in decisions.made}
    undecided = (standing.undecided,) if standing.undecided else ()
    known = {one.annotation_id: one for one in (*standing.all, *undecided)}
    for verdict in verdicts:
        if verdict.annotation_id not in known:
            raise UnknownAnnotationError(verdict.annotation_id)
        decided = _decided(known[verdict.annotation_id], made.get(verdict.annotation_id), verdict)
        made.pop(verdict.annotation_id, None)
        if decided is not None:
            made[verdict.annotation_id] = decided
    for addition in additions:
        name = keys.new_id()
        made[name] = Decision(name, ADDED, addition.kind, addition.value, addition.box, None, addition.language)
    return replace(decisions, made=tuple(made.values()))


def _decided(known: Annotation, before: Decision | None, verdict: Verdict) -> Decision | None:
    """Return the decision that takes the place of the one before; None for none."""
    if verdict.verdict is None:
        return None
    if before is not None and before.verdict == ADDED:
        if verdict.verdict == REMOVED:
            return None
        return replace(before, found=verdict.value) if verdict.value is not None else before
    value = verdict.value if verdict.verdict == CORRECTED else None
    if before is not None:
        return replace(before, verdict=verdict.verdict, value=value)
    return Decision(
        known.annotation_id, verdict.verdict, known.kind, known.value, known.box, value, known.language
    )
