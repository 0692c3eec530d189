"""The results of looking at a picture, from models and services, before they join the findings of its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from chalicelib.db.annotation_codec import Box, Findings, Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from image_processing.recognition.types import Annotation


BUDGET, UNAVAILABLE, REFUSED = "budget", "unavailable", "refused"
UPLOAD, TOO_SMALL, UNREADABLE = "upload", "too_small", "unreadable"
FINAL = frozenset({UPLOAD, TOO_SMALL, UNREADABLE})
"""Reasons why a run of a service gave nothing that hold for a content for good: it is not asked about again."""


class Seen(NamedTuple):
    """Findings of some runs, and the runs that gave none, with the reason."""

    models: Mapping[str, str] = {}  # "model/version" by run
    found: tuple[Found, ...] = ()
    skipped: Mapping[str, str] = {}
    cost: int = 0  # micro-dollars

    def __add__(self, other: Seen) -> Seen:  # type: ignore[override]
        """Return both results, of different runs."""
        return Seen(
            {**self.models, **other.models},
            (*self.found, *other.found),
            {**self.skipped, **other.skipped},
            self.cost + other.cost,
        )

    def after(self, before: Findings) -> Findings:
        """Return the findings of a content after those before: each run replaces its own alone."""
        kept = tuple(one for one in before.found if (one.run or one.kind) not in self.models)
        skipped = {run: reason for run, reason in before.skipped.items() if run not in self.models}
        return replace(
            before,
            models={**before.models, **self.models},
            found=(*kept, *self.found),
            cut=before.cut if kept else 0,
            skipped={**skipped, **self.skipped},
            cost=before.cost + self.cost,
        )


def skipped(runs: Iterable[str], reason: str) -> Seen:
    """Return that some runs gave nothing, and why."""
    return Seen(skipped=dict.fromkeys(runs, reason))


def as_found(annotations: Iterable[Annotation], run: str = "") -> tuple[Found, ...]:
    """Return annotations as a record carries them, those of a `run` that is not named by their kind."""
    return tuple(
        Found(
            one.kind,
            one.value,
            _fraction(one.score),
            _box(one),
            one.language,
            dict(one.details),
            run if run != one.kind else "",
        )
        for one in annotations
    )


def _box(one: Annotation) -> Box | None:
    if one.box is None:
        return None
    return Box(*(_fraction(side) for side in (one.box.left, one.box.top, one.box.width, one.box.height)))


def _fraction(number: float) -> float:
    """Return a number within 0 to 1, to five digits: a model's may lie beyond, and has many more."""
    return round(min(max(float(number), 0.0), 1.0), 5)
