"""Drafts of text alternatives: what is known in, one literal sentence out."""

from __future__ import annotations

import pytest

from chalicelib.catalogue.index import image_annotations
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found
from chalicelib.extensions.machine_learning import alt_draft

CONTENT = "ab" * 32


def face(left: float) -> Found:
    return Found("face", "", 0.9, Box(left, 0.1, 0.1, 0.1))


def text(value: str, top: float = 0.5) -> Found:
    return Found("text", value, 0.9, Box(0.1, top, 0.5, 0.04))


def label(value: str, score: float = 0.9) -> Found:
    return Found("label", value, score)


CAPTURED = {"provenance": {"provenance": "captured"}}
LISBON = {"place": {"gps_city": "Lisbon", "gps_country": "Portugal", "gps_district": "Baixa"}}
AT_SEA = {"place": {"gps_country": "Portugal"}}
SHARES = {"sky blue": 0.6, "sand": 0.15, "red": 0.14}
BLUE = {"palette": [{"name": name, "share": share} for name, share in SHARES.items()]}
MADE = "Picture made by a generator with the text \u201cHi!\u201d."
WHOLE = (
    "Photograph taken in Lisbon, Portugal of boat and quay with a face and the text \u201cFish & Chips\u201d, "
    "mostly sky blue and sand."
)


@pytest.mark.parametrize(
    ("metadata", "analysis", "found", "sentence"),
    [
        ({}, {}, [], None),
        (CAPTURED, {}, [], None),
        ({}, BLUE, [], "Picture, mostly sky blue and sand."),
        (CAPTURED | LISBON, {}, [], "Photograph taken in Lisbon, Portugal."),
        (CAPTURED | AT_SEA, {}, [face(0.1)], "Photograph taken in Portugal with a face."),
        ({"exposure": {"exposure_time": 0.01}}, {}, [face(0.1), face(0.5)], "Photograph with 2 faces."),
        ({"provenance": {"provenance": "ai_generated"}}, {}, [text("Hi!")], MADE),
        (
            CAPTURED | LISBON,
            BLUE,
            [
                *(text("Chips", 0.6), text("Fish &", 0.5), face(0.1)),
                *(label("quay", 0.9), label("boat", 0.95), label("dog", 0.89)),
            ],
            WHOLE,
        ),
    ],
)
def test_a_draft_says_what_is_known_and_nothing_else(metadata, analysis, found, sentence):
    merged = image_annotations.merged(Findings(CONTENT, {"face": "finder/1"}, tuple(found)), None)
    assert alt_draft.draft(metadata, analysis, merged) == sentence


def test_what_the_owner_removed_is_not_told() -> None:
    """A face that is none."""
    findings = Findings(CONTENT, {"face": "finder/1"}, (face(0.1),))
    removed = image_annotations.merged(findings, None).shown[0].annotation_id
    decisions = Decisions(CONTENT, (Decision(removed, "removed", "face", "", Box(0.1, 0.1, 0.1, 0.1)),))
    assert alt_draft.draft({}, {}, image_annotations.merged(findings, decisions)) is None


def test_long_texts_are_cut_after_a_word():
    words = " ".join(["seven77"] * 30)
    merged = image_annotations.merged(Findings(CONTENT, {}, (text(words),)), None)
    drafted = alt_draft.draft({}, {}, merged)
    assert drafted == f"Picture with the text \u201c{' '.join(['seven77'] * 15)} \u2026\u201d."
