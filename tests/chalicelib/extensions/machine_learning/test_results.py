"""Results of several runs, and what they make of the findings before them."""

from __future__ import annotations

from chalicelib.db.annotation_codec import Findings, Found
from chalicelib.extensions.machine_learning.results import Seen, skipped

LINE, OTHER = Found("text", "Fish", 0.9), Found("text", "Chips", 0.8)
FACE = Found("face", "", 0.7)
BEFORE = Findings("c0", {"text": "reader/1", "face": "finder/1"}, (LINE, FACE), 5, {"moderation": "budget"}, 7)


def test_a_run_replaces_its_own_findings_alone() -> None:
    """Those of other runs stay, with the number of those that were left out; costs add up."""
    seen = Seen({"text": "reader/2"}, (OTHER,), {"embedding": "unavailable"}, 3)
    assert seen.after(BEFORE) == Findings(
        "c0",
        {"text": "reader/2", "face": "finder/1"},
        (FACE, OTHER),
        5,
        {"moderation": "budget", "embedding": "unavailable"},
        10,
    )


def test_nothing_is_left_out_of_findings_that_are_all_new() -> None:
    """The number was about those before."""
    seen = Seen({"text": "reader/2", "face": "finder/2"}, (OTHER,))
    assert (seen.after(BEFORE).found, seen.after(BEFORE).cut) == ((OTHER,), 0)


def test_a_run_that_gives_something_is_skipped_no_more() -> None:
    """Its reason goes."""
    assert Seen({"moderation": "judge/1"}).after(BEFORE).skipped == {}


def test_results_of_different_runs_are_added() -> None:
    """Models, findings, reasons and costs."""
    one, other = Seen({"text": "reader/2"}, (OTHER,), {}, 3), Seen({}, (FACE,), {"moderation": "budget"}, 4)
    assert one + other == Seen({"text": "reader/2"}, (OTHER, FACE), {"moderation": "budget"}, 7)
    assert skipped(["moderation", "embedding"], "budget").skipped == {
        "moderation": "budget",
        "embedding": "budget",
    }
