"""The annotations that count: findings under thresholds and decisions, literal values in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.catalogue.index import image_annotations
from chalicelib.config import settings
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found
from chalicelib.db.judgements import Judgement

if TYPE_CHECKING:
    from chalicelib.catalogue.index.image_annotations import Annotations

CONTENT = "ab" * 32
HERE = Box(0.2, 0.2, 0.2, 0.2)
NEAR = Box(0.22, 0.2, 0.2, 0.2)  # 0.18 of 0.22 are common: 0.82
FAR = Box(0.6, 0.6, 0.2, 0.2)
MODELS = {"text": "reader/1", "face": "finder/1"}


def merged(found: list[Found], *made: Decision, stopped: bool = False) -> Annotations:
    return image_annotations.merged(Findings(CONTENT, MODELS, tuple(found), 3), Decisions(CONTENT, made, stopped))


def told(annotations: Annotations) -> list[tuple[Any, ...]]:
    return [(one.kind, one.value, one.score, one.box, one.decision) for one in annotations.shown]


def face(box: Box = HERE, score: float = 0.9) -> Found:
    return Found("face", "", score, box)


def decision(verdict: str, kind: str = "face", found: str = "", box: Box | None = HERE, **more: Any) -> Decision:
    return Decision("d" * 16, verdict, kind, found, box, **more)


@pytest.mark.parametrize("kind", ["text", "face", "code", "label", "unsafe"])
@pytest.mark.parametrize(("score", "counts"), [(0.49999, False), (0.5, True)])
def test_a_finding_counts_from_its_threshold_on(kind: str, score: float, *, counts: bool) -> None:
    """Those below are stored, since a threshold may change."""
    assert bool(merged([Found(kind, "a", score, HERE)]).shown) is counts


def test_without_findings_there_is_nothing() -> None:
    """Neither people nor their number."""
    nothing = image_annotations.merged(None, None)
    assert tuple(nothing) == ({}, (), 0, False, {}, 0, None, ())
    assert (nothing.counts, nothing.people, nothing.words) == ({}, None, "")


def test_annotations_come_by_kind_then_as_one_reads() -> None:
    """From top to bottom, then from left to right."""
    found = [
        face(),
        Found("text", "three", 0.6, Box(0.5, 0.9, 0.1, 0.1)),
        Found("text", "two", 0.6, Box(0.5, 0.1, 0.1, 0.1)),
        Found("text", "one", 0.6, Box(0.1, 0.1, 0.1, 0.1)),
        Found("unsafe", "", 0.6),
        Found("label", "boat", 0.6),
        Found("code", "123", 0.6, HERE),
    ]
    shown = merged(found)
    assert [(one.kind, one.value) for one in shown.shown] == [
        ("text", "one"),
        ("text", "two"),
        ("text", "three"),
        ("face", ""),
        ("code", "123"),
        ("label", "boat"),
        ("unsafe", ""),
    ]
    assert shown.counts == {"text": 3, "face": 1, "code": 1, "label": 1, "unsafe": 1}
    assert shown.words == "one two three 123 boat"
    assert (shown.models, shown.cut, shown.stopped) == (MODELS, 3, False)


@pytest.mark.parametrize(
    ("found", "made", "right"),
    [
        ([face(NEAR)], decision("removed"), []),  # of a later model, whose box differs a little
        ([face(NEAR), face(HERE, 0.6)], decision("removed"), []),
        ([face(FAR)], decision("removed"), [("face", "", 0.9, FAR, None)]),
        ([Found("text", "a", 0.9, HERE)], decision("removed"), [("text", "a", 0.9, HERE, None)]),
        ([face(NEAR, 0.1)], decision("confirmed"), [("face", "", 0.1, HERE, "confirmed")]),
        ([], decision("confirmed"), [("face", "", None, HERE, "confirmed")]),  # no model finds it any more
        ([face(NEAR), face(HERE, 0.8)], decision("confirmed"), [("face", "", 0.9, HERE, "confirmed")]),
        (
            [Found("text", "0pen now", 0.7, NEAR)],
            decision("corrected", "text", "0pen", value="Open"),
            [("text", "Open", 0.7, HERE, "corrected")],
        ),
        ([], decision("added", "label", "boat", None), [("label", "boat", None, None, "added")]),
        (
            [Found("label", "boat", 0.8)],
            decision("added", "label", "boat", None),
            [("label", "boat", 0.8, None, "added")],
        ),
        ([Found("label", "boat", 0.8)], decision("removed", "label", "boat", None), []),
        (
            [Found("label", "ship", 0.8)],
            decision("removed", "label", "boat", None),
            [("label", "ship", 0.8, None, None)],
        ),
        (
            [Found("code", "boat", 0.8, HERE)],
            decision("removed", "code", "boat", None),
            [("code", "boat", 0.8, HERE, None)],
        ),  # one has a place, the other has none
        # a service gives a label a place in one version, and none in another; the owner need not remove it twice
        ([Found("label", "Boat", 0.8, HERE)], decision("removed", "label", "boat", None), []),
        ([Found("label", "boat", 0.8)], decision("removed", "label", "Boat", HERE), []),
        ([Found("label", "boat", 0.8, NEAR)], decision("removed", "label", "boat", HERE), []),
        (
            [Found("label", "boat", 0.8, FAR)],
            decision("removed", "label", "boat", HERE),
            [("label", "boat", 0.8, FAR, None)],
        ),  # another boat
        (
            [Found("label", "ship", 0.8, HERE)],
            decision("removed", "label", "boat", HERE),
            [("label", "ship", 0.8, HERE, None)],
        ),  # one thing may have two labels
    ],
)
def test_a_decision_holds_for_the_findings_of_any_model(
    found: list[Found], made: Decision, right: list[tuple[Any, ...]]
) -> None:
    """Those of its kind that overlap it by half, or have its value where there are no boxes."""
    assert told(merged(found, made)) == right


def test_the_decision_about_a_place_has_the_label_that_is_there() -> None:
    """Before one about the label as a whole."""
    made = [
        Decision("a" * 16, "confirmed", "label", "boat", None),
        Decision("b" * 16, "removed", "label", "boat", HERE),
    ]
    shown = merged([Found("label", "boat", 0.9, NEAR), Found("label", "boat", 0.8)], *made)
    assert [(one.annotation_id, one.score) for one in shown.all] == [("a" * 16, 0.8), ("b" * 16, 0.9)]


@pytest.mark.parametrize("order", [(0.9, 0.6), (0.6, 0.9)])
def test_two_models_of_unsafe_content_make_one_annotation(order: tuple[float, float]) -> None:
    """With the higher score, and the model that gave it."""
    findings = Findings(
        "ab" * 32,
        {"unsafe": "open-nsfw/1", "moderation": "rekognition/7.0"},
        (
            Found("unsafe", "", order[0]),
            Found("unsafe", "", order[1], details={"category": "Explicit"}, run="moderation"),
        ),
    )
    (one,) = image_annotations.merged(findings, None).shown
    by_service = order[1] == 0.9
    assert (one.score, one.model) == (0.9, "rekognition/7.0" if by_service else "open-nsfw/1")
    assert one.details == ({"category": "Explicit"} if by_service else {})
    removed = Decisions("ab" * 32, (Decision(one.annotation_id, "removed", "unsafe", ""),))
    assert image_annotations.merged(findings, removed).shown == ()


def test_a_removed_annotation_is_still_told() -> None:
    """So that its owner can undo that."""
    (one,) = merged([face()], decision("removed")).all
    assert (one.annotation_id, one.decision, one.counts) == ("d" * 16, "removed", False)


def test_each_of_two_decisions_has_the_finding_nearest_to_it() -> None:
    """Faces in a row overlap their neighbours."""
    beside = Box(0.25, 0.2, 0.2, 0.2)
    made = [
        Decision("a" * 16, "removed", "face", "", HERE),
        Decision("b" * 16, "confirmed", "face", "", beside),
    ]
    shown = merged([face(Box(0.24, 0.2, 0.2, 0.2), 0.9), face(Box(0.21, 0.2, 0.2, 0.2), 0.8)], *made)
    assert [(one.annotation_id, one.score) for one in shown.all] == [("a" * 16, 0.8), ("b" * 16, 0.9)]
    assert shown.people == 1


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        (HERE, HERE, 1.0),
        (HERE, FAR, 0.0),
        (HERE, Box(0.4, 0.2, 0.2, 0.2), 0.0),  # they touch
        (HERE, Box(0.2, 0.2, 0.2, 0.4), 0.5),
        (HERE, Box(0.3, 0.2, 0.2, 0.2), 1 / 3),
        (HERE, Box(0.2, 0.3, 0.2, 0.2), 1 / 3),
        (Box(0.5, 0.5, 0, 0), Box(0.5, 0.5, 0, 0), 1.0),  # of no size
        (Box(0.5, 0.5, 0, 0), Box(0.6, 0.5, 0, 0), 0.0),
    ],
)
def test_overlap_is_the_common_part_of_both(one: Box, other: Box, right: float) -> None:
    """Intersection over union."""
    assert image_annotations.overlap(one, other) == pytest.approx(right)
    assert image_annotations.overlap(other, one) == pytest.approx(right)


@pytest.mark.parametrize(("share", "same"), [(0.49, False), (0.51, True)])
def test_half_of_two_boxes_makes_them_one(share: float, *, same: bool) -> None:
    """Just below and just above."""
    narrow = Box(HERE.left, HERE.top, HERE.width * share, HERE.height)
    assert (told(merged([face(narrow)], decision("removed"))) == []) is same


@pytest.mark.parametrize(("people", "right"), [(None, None), (0, "0"), (1, "1"), (2, "2+"), (3, "2+"), (90, "2+")])
def test_people_are_listed_by_three_numbers(people: int | None, right: str | None) -> None:
    """Unless nobody has looked for any."""
    assert image_annotations.people_list(people) == right


def test_people_are_the_faces_that_count() -> None:
    """None where no model looked and nobody marked one; an owner's own count without a model."""
    found = Findings(CONTENT, {"text": "reader/1"}, (Found("text", "a", 0.9, HERE),))
    assert image_annotations.merged(found, None).people is None
    assert image_annotations.merged(found, Decisions(CONTENT, (decision("added"),))).people == 1
    assert merged([]).people == 0
    assert merged([face(), face(FAR), face(Box(0, 0, 0.1, 0.1), 0.4)]).people == 2


@pytest.mark.parametrize(
    ("models", "score", "verdict", "withheld"),
    [
        ({"text": "reader/1"}, None, None, True),  # nobody has looked
        ({"unsafe": "judge/1"}, None, None, False),
        ({"unsafe": "judge/1"}, 0.29999, None, False),
        ({"unsafe": "judge/1"}, 0.3, None, True),
        ({"unsafe": "judge/1"}, 0.99, "removed", False),
        ({"unsafe": "judge/1"}, 0.99, "confirmed", True),
        ({"unsafe": "judge/1"}, 0.1, "confirmed", True),
        ({}, None, "removed", False),
    ],
)
def test_an_unsafe_image_is_withheld(
    monkeypatch: pytest.MonkeyPatch,
    models: dict[str, str],
    score: float | None,
    verdict: str | None,
    *,
    withheld: bool,
) -> None:
    """From the stage's threshold on, and until models have looked; the owner's word is the last."""
    found = () if score is None else (Found("unsafe", "", score),)
    made = () if verdict is None else (decision(verdict, "unsafe", "", None),)
    findings, decisions = Findings(CONTENT, models, found), Decisions(CONTENT, made)
    assert not image_annotations.merged(findings, decisions).withheld
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.3)
    assert image_annotations.merged(findings, decisions).withheld is withheld


@pytest.mark.parametrize("threshold", [None, 0.3])
@pytest.mark.parametrize(
    "found",
    [
        image_annotations.merged(None, None),  # nobody has looked
        image_annotations.merged(Findings(CONTENT, {"unsafe": "judge/1"}, (Found("unsafe", "", 0.1),)), None),
        image_annotations.merged(Findings(CONTENT, {"unsafe": "judge/1"}, (Found("unsafe", "", 0.9),)), None),
        merged([Found("unsafe", "", 0.9)], decision("removed", "unsafe", "", None)),
        merged([Found("unsafe", "", 0.1)], decision("confirmed", "unsafe", "", None)),
    ],
)
def test_an_admin_decides_in_place_of_models_and_owner(
    monkeypatch: pytest.MonkeyPatch, threshold: float | None, found: Annotations
) -> None:
    """On a stage without a threshold, too."""
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", threshold)
    assert found._replace(judgement=Judgement(CONTENT, "unsafe")).withheld
    assert not found._replace(judgement=Judgement(CONTENT, "safe")).withheld


@pytest.mark.parametrize(
    ("models", "score", "verdict", "judged", "flagged"),
    [
        ({}, None, None, False, False),
        ({"unsafe": "judge/1"}, 0.49, None, False, False),
        ({"unsafe": "judge/1"}, 0.5, None, False, True),
        ({"unsafe": "judge/1"}, 0.9, "removed", False, True),  # an owner may be wrong
        ({}, None, "removed", False, True),
        ({}, None, None, True, True),
    ],
)
def test_an_image_is_flagged_for_admins(
    *, models: dict[str, str], score: float | None, verdict: str | None, judged: bool, flagged: bool
) -> None:
    """Found unsafe, whatever its owner decided, decided about by the owner alone, or judged."""
    found = () if score is None else (Found("unsafe", "", score),)
    made = () if verdict is None else (decision(verdict, "unsafe", "", None),)
    seen = image_annotations.merged(Findings(CONTENT, models, found), Decisions(CONTENT, made))
    assert seen._replace(judgement=Judgement(CONTENT, "safe") if judged else None).flagged is flagged
    assert seen._replace(of_other_contents=(Judgement("cd" * 32, "unsafe"),)).flagged
    of_others = seen._replace(of_other_contents=(Judgement("cd" * 32, "safe"),))
    assert of_others._replace(judgement=Judgement(CONTENT, "safe") if judged else None).flagged is flagged


@pytest.mark.parametrize(
    ("models", "score", "verdict", "undecided"),
    [
        ({}, None, None, True),
        ({"text": "reader/1"}, None, None, True),
        ({"unsafe": "judge/1"}, None, None, False),
        ({"moderation": "rekognition/7.0"}, None, None, False),
        ({}, None, "removed", False),
        ({}, None, "confirmed", False),
        ({"unsafe": "judge/1"}, 0.9, None, False),
    ],
)
def test_nobody_has_looked_for_unsafe_content(
    monkeypatch: pytest.MonkeyPatch,
    *,
    models: dict[str, str],
    score: float | None,
    verdict: str | None,
    undecided: bool,
) -> None:
    """The annotation has the id that a finding of any model would have; without a threshold nobody needs it."""
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    found = () if score is None else (Found("unsafe", "", score),)
    made = () if verdict is None else (decision(verdict, "unsafe", "", None),)
    seen = image_annotations.merged(Findings(CONTENT, models, found), Decisions(CONTENT, made))
    assert (seen.undecided is not None) is undecided
    if seen.undecided:
        assert tuple(seen.undecided) == ("o7andrgeysujskqp", "unsafe", "", None, None, None, {}, None, None)
    assert seen._replace(judgement=Judgement(CONTENT, "unsafe")).undecided is None
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", None)
    assert seen.undecided is None
