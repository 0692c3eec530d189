"""Decisions of an owner about annotations: what each verdict makes of the decision before it."""

from __future__ import annotations

import pytest

from chalicelib.catalogue.index.image_annotations import merged
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found
from chalicelib.extensions.machine_learning.decisions import UnknownAnnotationError, Verdict, decide

BOX = Box(0.1, 0.1, 0.2, 0.1)
FOUND = Findings("c0", {"text": "reader/1"}, (Found("text", "Fish", 0.9, BOX, "en"),))


def before(verdict: str, value: str | None = None) -> Decision:
    """Return a decision about the line that a model read, or about one that the owner added."""
    return Decision("d1", verdict, "text", "Fish", BOX, value, "en")


def after(made: Decision, *verdicts: Verdict) -> tuple[Decision, ...]:
    """Return the decisions that the owner has after some verdicts."""
    decisions = Decisions("c0", (made,))
    return decide(merged(FOUND, decisions), decisions, verdicts, ()).made


@pytest.mark.parametrize(
    ("made", "verdict", "expected"),
    [
        (before("confirmed"), Verdict("d1", "removed"), (before("removed"),)),
        (before("confirmed"), Verdict("d1", "corrected", "Fisch"), (before("corrected", "Fisch"),)),
        (before("corrected", "Fisch"), Verdict("d1", "confirmed"), (before("confirmed"),)),
        (before("corrected", "Fisch"), Verdict("d1", "corrected", "Fish!"), (before("corrected", "Fish!"),)),
        (before("removed"), Verdict("d1", "confirmed"), (before("confirmed"),)),
        (before("removed"), Verdict("d1", None), ()),
        (before("added"), Verdict("d1", "confirmed"), (before("added"),)),
        (before("added"), Verdict("d1", "removed"), ()),
        (before("added"), Verdict("d1", None), ()),
        (
            before("added"),
            Verdict("d1", "corrected", "Fisch"),
            (Decision("d1", "added", "text", "Fisch", BOX, None, "en"),),
        ),
    ],
)
def test_a_verdict_takes_the_place_of_the_one_before(
    made: Decision, verdict: Verdict, expected: tuple[Decision, ...]
) -> None:
    """One about a finding stays a decision; an added annotation is changed itself, and gone when it is removed."""
    assert after(made, verdict) == expected


def test_of_several_verdicts_about_one_annotation_the_last_holds() -> None:
    """In the order of the request."""
    assert after(before("confirmed"), Verdict("d1", "removed"), Verdict("d1", "confirmed")) == (
        before("confirmed"),
    )


def test_an_unknown_annotation_is_refused() -> None:
    """No other decision of the request is made then."""
    with pytest.raises(UnknownAnnotationError, match="d2"):
        after(before("confirmed"), Verdict("d1", "removed"), Verdict("d2", "removed"))
