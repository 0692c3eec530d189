"""The annotations that count: findings above the threshold of their kind, under the decisions of the owner.

A decision describes its annotation, so that it holds for the findings of a later model, too: those of its kind
that overlap it, or have its value where there are no boxes. What an owner removed stays removed, and what an
owner confirmed, corrected or added is there whether a model finds it or not.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.config import settings
from chalicelib.db import annotation_codec, judgements
from chalicelib.db.annotation_codec import ADDED, CORRECTED, REMOVED, Found
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings
    from chalicelib.db.judgements import Judgement
    from chalicelib.db.models import Image

KINDS = ("text", "face", "code", "label", "unsafe")
FACE, UNSAFE, LABEL = "face", "unsafe", "label"
MODERATION = "moderation"  # the run of a service that looks for unsafe content, as the local model does
SEARCHED = ("text", "code", "label")  # kinds whose words an image is found by
THRESHOLDS = {"text": 0.5, "face": 0.5, "code": 0.5, "label": 0.5, "unsafe": 0.5}
"""The least score, by kind, of a finding that counts; all that models return is stored. A stage may have another
for unsafe content (`settings().unsafe_threshold`)."""
OVERLAP = 0.5  # intersection over union from which two boxes are of one thing
PEOPLE = ("0", "1", "2+")
"""The numbers of people by which images are listed."""


class Annotation(NamedTuple):
    """An annotation as its owner sees it."""

    annotation_id: str
    kind: str
    value: str
    score: float | None  # None where no model says it (any more)
    box: Box | None
    language: str | None
    details: Mapping[str, Any]
    decision: str | None  # confirmed, corrected, removed, added
    model: str | None = None  # "model/version" of the finding

    @property
    def counts(self) -> bool:
        """Whether it is there for the owner."""
        return self.decision != REMOVED


class Annotations(NamedTuple):
    """All annotations of an image's present content."""

    models: Mapping[str, str]  # "model/version" by run: the kinds that were looked for, and `moderation`
    all: tuple[Annotation, ...]  # the removed ones, too
    cut: int
    stopped: bool
    skipped: Mapping[str, str] = {}  # runs of services that gave no findings, and why
    cost: int = 0  # of services, micro-dollars
    judgement: Judgement | None = None  # an admin's
    of_other_contents: tuple[Judgement, ...] = ()  # judgements of bytes that the image had before

    @property
    def shown(self) -> tuple[Annotation, ...]:
        """The annotations that count."""
        return tuple(one for one in self.all if one.counts)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind that has some."""
        counted = Counter(one.kind for one in self.shown)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}

    @property
    def people(self) -> int | None:
        """How many faces there are; None where nobody has looked for any."""
        faces, looked = self.counts.get(FACE, 0), FACE in self.models and FACE not in self.skipped
        return faces if faces or looked else None

    @property
    def withheld(self) -> bool:
        """Whether others than the owner must not see the image: the one rule for every public and shared view.

        An admin's judgement decides alone, on every stage. Without one, a stage that has a threshold shows the
        image once models have looked for unsafe content and found none, or the owner decided that there is none.
        """
        if self.judgement is not None:
            return self.judgement.verdict != judgements.SAFE
        if settings().unsafe_threshold is None:
            return False
        return self.undecided is not None or any(one.counts for one in self.all if one.kind == UNSAFE)

    @property
    def undecided(self) -> Annotation | None:
        """The annotation `unsafe` that the owner may decide about before any model has made it.

        None once a model has looked, or the owner or an admin has decided, and where nothing is withheld for it.
        Some images no model will ever look at.
        """
        if self.judgement is not None or settings().unsafe_threshold is None:
            return None
        looked = {UNSAFE, MODERATION} & self.models.keys() or any(one.kind == UNSAFE for one in self.all)
        return None if looked else _as_found(Found(UNSAFE, "", 0.0), self.models)._replace(score=None)

    @property
    def flagged(self) -> bool:
        """Whether admins should look at the image.

        It was found unsafe, whatever the owner decided, or was judged, or is what came in place of a content that
        was judged unsafe: the same picture may be back with a byte more.
        """
        found = any(one.kind == UNSAFE for one in self.all)
        hidden_before = any(one.verdict == judgements.UNSAFE for one in self.of_other_contents)
        return found or self.judgement is not None or hidden_before

    @property
    def searched(self) -> tuple[Annotation, ...]:
        """The annotations whose words the image is found by."""
        return tuple(one for kind in SEARCHED for one in self.shown if one.kind == kind)

    @property
    def words(self) -> str:
        """The texts that the image is found by."""
        return " ".join(one.value for one in self.searched)


def of(image: Image) -> Annotations:
    """Return the annotations of an image as it is now: none, as if nobody had looked, where decisions are damaged.

    Findings alone would show what an owner removed, and lack the faces that an owner added. Findings that cannot
    be read count as none.
    """
    decisions, damaged = decided(image)
    findings = None if damaged else annotation_codec.findings_of(image.annotations, image.sha256)
    return merged(findings, decisions)._replace(
        judgement=judgements.judgement_of(image.judgement, image.sha256),
        of_other_contents=tuple(judgements.of_other_contents(image.judgement, image.sha256)),
    )


def decided(image: Image) -> tuple[Decisions | None, bool]:
    """Return the owner's decisions about an image's present content, and whether they are damaged: None then."""
    try:
        return annotation_codec.decisions_of(image.decisions, image.sha256), False
    except annotation_codec.DamagedDecisionsError:
        logger.exception("decisions_unreadable", extra={"image_id": image.image_id})
        return None, True


def merged(findings: Findings | None, decisions: Decisions | None) -> Annotations:
    """Return findings under decisions: each decision once, with the finding nearest to it; the rest as found."""
    made = decisions.made if decisions else ()
    models = findings.models if findings else {}
    thresholds = {**THRESHOLDS, UNSAFE: settings().unsafe_threshold or THRESHOLDS[UNSAFE]}
    nearest: dict[str, Found] = {}
    rest: list[Annotation] = []
    for found in sorted(findings.found if findings else (), key=lambda one: -one.score):
        decision = max(made, key=lambda one: _likeness(found, one), default=None)
        if decision is not None and _likeness(found, decision) > 0:
            nearest.setdefault(decision.annotation_id, found)
        elif found.score >= thresholds.get(found.kind, 0.0):
            rest.append(_as_found(found, models))
    unique: dict[str, Annotation] = {}
    for one in rest:  # two models may find the same: the higher score counts
        unique.setdefault(one.annotation_id, one)
    unique |= {one.annotation_id: _as_decided(one, nearest.get(one.annotation_id), models) for one in made}
    return Annotations(
        models,
        tuple(sorted(unique.values(), key=_reading_order)),
        findings.cut if findings else 0,
        decisions is not None and decisions.stopped,
        findings.skipped if findings else {},
        findings.cost if findings else 0,
    )


def people_list(people: int | None) -> str | None:
    """Return the number of people (`PEOPLE`) that an image is listed under; None where it is not known."""
    return None if people is None else PEOPLE[min(people, len(PEOPLE) - 1)]


def _likeness(found: Found, decision: Decision) -> float:
    """Return how far a finding is the thing that a decision is about: 0 if not at all, 1 if exactly."""
    if found.kind != decision.kind:
        return 0.0
    is_label = found.kind == LABEL
    if is_label and found.value.casefold() != decision.found.casefold():
        return 0.0  # things of other names may share a box
    if found.box is None and decision.box is None:
        return float(is_label or found.value == decision.found)
    if found.box is None or decision.box is None:  # a removed label: none of its name is to be shown again
        return OVERLAP / 2 if is_label and decision.verdict == REMOVED else 0.0
    likeness = overlap(found.box, decision.box)
    return likeness if likeness >= OVERLAP else 0.0


def overlap(one: Box, other: Box) -> float:
    """Return the intersection of two boxes over their union, 0 to 1."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    common = max(across, 0.0) * max(down, 0.0)
    union = one.width * one.height + other.width * other.height - common
    return common / union if union > 0 else float(one == other)


def _as_found(found: Found, models: Mapping[str, str]) -> Annotation:
    return Annotation(
        annotation_codec.finding_id(found),
        found.kind,
        found.value,
        found.score,
        found.box,
        found.language,
        found.details,
        None,
        models.get(found.run or found.kind),
    )


def _as_decided(decision: Decision, found: Found | None, models: Mapping[str, str]) -> Annotation:
    value = decision.value if decision.verdict == CORRECTED and decision.value is not None else decision.found
    return Annotation(
        decision.annotation_id,
        decision.kind,
        value,
        found.score if found else None,
        decision.box,
        decision.language,
        found.details if found and decision.verdict != ADDED else {},
        decision.verdict,
        models.get(found.run or found.kind) if found else None,
    )


def _reading_order(one: Annotation) -> tuple[int, float, float, str]:
    """Sort by kind, then from top to bottom and left to right."""
    kind = KINDS.index(one.kind) if one.kind in KINDS else len(KINDS)
    return (kind, one.box.top, one.box.left, "") if one.box else (kind, 0.0, 0.0, one.annotation_id)
