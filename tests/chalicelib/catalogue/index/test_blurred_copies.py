"""The copies with blurred faces that an image names: of which boxes they are, and where."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.catalogue.index import blurred_copies
from chalicelib.catalogue.index.blurred_copies import Copies
from chalicelib.db import annotation_codec
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found
from chalicelib.db.models import Image

ONE, TWO, OWN = Box(0.1, 0.1, 0.2, 0.2), Box(0.6, 0.4, 0.2, 0.2), Box(0.4, 0.7, 0.1, 0.1)
LINE = Found("text", "Fish", 0.9, Box(0.3, 0.3, 0.1, 0.1))
MODELS = {"face": "finder/1"}


def image(*found: Found, models: dict[str, str] = MODELS, decided: tuple[Any, ...] = (), **more: Any) -> Image:
    """Return an image with findings and decisions about its content."""
    findings = annotation_codec.pack_findings(Findings("c0", models, found))
    decisions = annotation_codec.pack_decisions(Decisions("c0", decided)) if decided else None
    return Image("a" * 26, **{"sha256": "c0", "annotations": findings, "decisions": decisions, **more})


def face(box: Box, score: float = 0.9) -> Found:
    return Found("face", "", score, box)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (image(face(ONE), face(TWO), LINE), {ONE, TWO}),
        (image(LINE), set()),
        (image(face(ONE), face(TWO, 0.4)), {ONE}),  # below the threshold
        (image(LINE, models={"text": "reader/1"}), None),
        (image(face(ONE), sha256="c1"), None),  # of another content
        (image(annotations=None), None),
        (image(annotations=b"broken"), None),
        (image(face(ONE), decided=(Decision("x", "removed", "face", "", ONE),)), set()),
        (image(face(ONE), decided=(Decision("x", "confirmed", "face", "", ONE),)), {ONE}),
        (image(decided=(Decision("x", "confirmed", "face", "", ONE),)), {ONE}),  # which no model finds any more
        (image(face(ONE), decided=(Decision("x", "added", "face", "", OWN),)), {ONE, OWN}),
        (image(annotations=None, decided=(Decision("x", "added", "face", "", OWN),)), {OWN}),
        (image(annotations=None, decided=(Decision("x", "removed", "face", "", ONE),)), None),
    ],
)
def test_the_boxes_are_those_that_the_owner_sees(made: Image, expected: set[Box] | None) -> None:
    """Not the removed ones; where nobody has looked for faces, that is said, and is not the same as none."""
    faces = blurred_copies.boxes(made)
    assert (faces if faces is None else {(one.left, one.top, one.width, one.height) for one in faces}) == (
        expected if expected is None else {(one.left, one.top, one.width, one.height) for one in expected}
    )


def test_copies_hold_for_their_boxes_alone() -> None:
    """In any order; one box more, less or moved, and they are outdated, as they are where nobody has looked."""
    copies = Copies(blurred_copies.digest((ONE, TWO)), "derived/a/b/c/", {"file": (30, 20), "small": (3, 2)})
    named: dict[str, Any] = {"blurred": blurred_copies.pack(copies)}
    moved = Box(0.6, 0.4, 0.2, 0.21)
    for found, holds in (
        ([face(ONE), face(TWO)], True),
        ([face(TWO), face(ONE), LINE], True),
        ([face(ONE)], False),
        ([face(ONE), face(TWO), face(OWN)], False),
        ([face(ONE), face(moved)], False),
        ([], False),
    ):
        assert blurred_copies.current(image(*found, **named)) == (copies if holds else None)
        assert blurred_copies.of(image(*found, **named)) == copies
    assert blurred_copies.current(image(face(ONE), face(TWO), sha256="c1", **named)) is None
    assert blurred_copies.current(image(face(ONE), face(TWO))) is None


def test_another_method_makes_other_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a better one replaces the copies that are there."""
    before = blurred_copies.digest((ONE,))
    monkeypatch.setattr(blurred_copies, "METHOD", 2)
    assert blurred_copies.digest((ONE,)) != before


def test_where_copies_are() -> None:
    """The full size in JPEG, the others in WebP, in one folder."""
    copies = Copies("d", "derived/a/b/c/", {"file": (3000, 2000), "large": (1280, 853), "small": (256, 171)})
    assert copies.objects == ["derived/a/b/c/file.jpg", "derived/a/b/c/large.webp", "derived/a/b/c/small.webp"]
    assert copies.thumbnails == {
        "large": {"width": 1280, "height": 853, "key": "derived/a/b/c/large.webp"},
        "small": {"width": 256, "height": 171, "key": "derived/a/b/c/small.webp"},
    }


@pytest.mark.usefixtures("aws")
def test_copies_lie_beside_the_other_derived_files() -> None:
    """Each state of an image has its folder: of other faces, and of the same after a change."""
    made = image(sequencer="5" * 32, changed="2026-01-02T03:04:05.006Z")
    folders = {blurred_copies.folder(made, faces) for faces in ("0123", "4567")}
    made.changed = "2026-01-02T03:04:05.007Z"
    folders.add(blurred_copies.folder(made, "0123"))
    assert len(folders) == 3
    assert {len(one.split("/")) for one in folders} == {5}
    assert len({one.rpartition("/")[0].rpartition("/")[0] for one in folders}) == 1


@pytest.mark.parametrize("side", ["left", "top", "width", "height"])
def test_each_side_of_a_box_counts_for_the_name_of_a_set(side: str) -> None:
    """A box that was moved or resized makes other copies."""
    moved = msgspec.structs.replace(ONE, **{side: getattr(ONE, side) + 0.05})
    assert blurred_copies.digest((moved, TWO)) != blurred_copies.digest((ONE, TWO))
    assert blurred_copies.digest((TWO, ONE)) == blurred_copies.digest((ONE, TWO))
