"""Annotations as an item carries them: bounded, for one content, readable for good."""

from __future__ import annotations

import json
import random
import zlib

import msgspec
import pytest

from chalicelib.db import annotation_codec
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found

CONTENT = "ab" * 32


def text(number: int, score: float = 0.9, value: str | None = None) -> Found:
    return Found(
        "text", value or f"line {number}", score, Box(0.1, number / 1000, 0.5, 0.001), "en", {"height": 0.03}
    )


def read(packed: bytes, content: str = CONTENT) -> Findings:
    found = annotation_codec.findings_of(packed, content)
    assert found is not None
    return found


def test_a_packed_item_stays_readable() -> None:
    """Items that are stored name their fields by position alone: these bytes were written by the first version."""
    written = zlib.compress(
        msgspec.msgpack.encode(
            [CONTENT, {"code": "zxing-cpp/3.1"}, [["code", "4006381333931", 1.0, [0.25, 0.5, 0.25, 0.125]]], 2]
        )
    )
    assert read(written) == Findings(
        CONTENT,
        {"code": "zxing-cpp/3.1"},
        (Found("code", "4006381333931", 1.0, Box(0.25, 0.5, 0.25, 0.125)),),
        2,
    )
    decided = zlib.compress(
        msgspec.msgpack.encode([CONTENT, [["a" * 16, "corrected", "text", "0pen", None, "Open"]]])
    )
    assert annotation_codec.decisions_of(decided, CONTENT) == Decisions(
        CONTENT, (Decision("a" * 16, "corrected", "text", "0pen", None, "Open"),)
    )


def test_annotations_are_of_one_content() -> None:
    """Under another object, and where no content was read, there are none."""
    packed = annotation_codec.pack_findings(Findings(CONTENT, {"text": "reader/1"}, (text(1),)))
    decided = annotation_codec.pack_decisions(Decisions(CONTENT, stopped=True))
    assert annotation_codec.findings_of(packed, "cd" * 32) is None
    assert annotation_codec.findings_of(packed, None) is None
    assert annotation_codec.findings_of(None, CONTENT) is None
    assert annotation_codec.decisions_of(decided, "cd" * 32) is None
    assert annotation_codec.decisions_of(decided, CONTENT) == Decisions(CONTENT, (), stopped=True)


@pytest.mark.parametrize(("number", "cut"), [(199, 0), (200, 0), (201, 1), (500, 300)])
def test_two_hundred_findings_are_kept(number: int, cut: int) -> None:
    """Those of the highest scores, in the order in which they came; the rest is counted."""
    found = [text(place, score=1 - place / 1000) for place in range(number)]
    random.Random(1).shuffle(found)
    standing = read(annotation_codec.pack_findings(Findings(CONTENT, {}, tuple(found))))
    assert standing.cut == cut
    assert standing.found == tuple(one for one in found if one.score > 1 - 199.5 / 1000)


def test_twenty_kilobytes_are_kept() -> None:
    """Findings that no compression makes small are left out, those of the lowest scores first."""
    noise = random.Random(2)
    found = tuple(
        text(place, 1 - place / 1000, "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(400)))
        for place in range(100)
    )
    packed = annotation_codec.pack_findings(Findings(CONTENT, {"text": "reader/1"}, found))
    standing = read(packed)
    assert len(packed) <= 20_000
    assert 10 < len(standing.found) < 40
    assert standing.found == found[: len(standing.found)]
    assert standing.cut == 100 - len(standing.found)


def test_no_finding_alone_is_too_large() -> None:
    """Values have 2,000 characters, details 1,000 bytes of JSON; a lone surrogate becomes `?`."""
    exact, over = {"a": "x" * 992}, {"a": "x" * 993}
    assert [len(json.dumps(one, separators=(",", ":"))) for one in (exact, over)] == [1000, 1001]
    found = (
        Found("code", "y" * 2001, 1.0, None, None, exact),
        Found("code", "y" * 2000, 1.0, None, None, over),
        Found("text", "a\ud800b", 1.0, None, None, {"b": {1, 2}}),
    )
    one, two, three = read(annotation_codec.pack_findings(Findings(CONTENT, {}, found))).found
    assert (one.value, one.details) == ("y" * 2000, exact)
    assert (two.value, two.details) == ("y" * 2000, {})
    assert (three.value, three.details) == ("a?b", {"b": [1, 2]})


@pytest.mark.parametrize(("number", "right"), [(200, True), (201, False)])
def test_two_hundred_decisions_are_kept(number: int, *, right: bool) -> None:
    """More are refused: nothing that a person wrote is left out unasked."""
    made = tuple(Decision(f"{place:016d}", "confirmed", "face", "") for place in range(number))
    if right:
        assert annotation_codec.decisions_of(annotation_codec.pack_decisions(Decisions(CONTENT, made)), CONTENT)
    else:
        with pytest.raises(annotation_codec.TooManyDecisionsError):
            annotation_codec.pack_decisions(Decisions(CONTENT, made))


def test_decisions_beyond_twenty_kilobytes_are_refused() -> None:
    """However few they are."""
    noise = random.Random(3)
    made = tuple(
        Decision(
            f"{place:016d}", "added", "label", "".join(chr(noise.randrange(0x4E00, 0x9FFF)) for _ in range(500))
        )
        for place in range(50)
    )
    with pytest.raises(annotation_codec.TooManyDecisionsError):
        annotation_codec.pack_decisions(Decisions(CONTENT, made))


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"no zlib",
        zlib.compress(b"\xc1"),
        zlib.compress(msgspec.msgpack.encode({"a": 1})),
        zlib.compress(msgspec.msgpack.encode([CONTENT, {}, [["text", "a", "high"]]])),
        zlib.compress(msgspec.msgpack.encode([CONTENT, {}, [["text", "a" * (2 << 20), 1.0]]])),
    ],
    ids=["empty", "no zlib", "no MessagePack", "no array", "another type", "a bomb"],
)
def test_damaged_annotations_are_told(packed: bytes) -> None:
    """Decisions by an error of their own, since nobody but their owner can make them again; findings are none."""
    assert annotation_codec.findings_of(packed, CONTENT) is None
    with pytest.raises(annotation_codec.DamagedDecisionsError):
        annotation_codec.decisions_of(packed, CONTENT)


def test_labels_do_not_crowd_out_what_an_image_is_hidden_or_blurred_for() -> None:
    """Eleven labels of twenty boxes each, all surer: the face and the unsafe score are among the 200 that stay."""
    labels = [
        Found("label", f"Thing {name}", 0.97, Box(place / 20, name / 11, 0.04, 0.09))
        for name in range(11)
        for place in range(20)
    ]
    box = Box(0.4, 0.2, 0.1, 0.2)
    found = (*labels, Found("face", "", 0.71, box), Found("unsafe", "", 0.61))
    kept = annotation_codec.findings_of(annotation_codec.pack_findings(Findings(CONTENT, {}, found)), CONTENT)
    assert kept is not None
    assert (len(kept.found), kept.cut) == (200, 22)
    assert kept.found[-2:] == (Found("face", "", 0.71, box), Found("unsafe", "", 0.61))


def test_a_finding_keeps_its_name() -> None:
    """Ids are given to clients: the same kind, value and place to a thousandth have the same, in every version."""
    box = Box(0.1, 0.2, 0.3, 0.4)
    name = annotation_codec.finding_id(Found("face", "", 0.9, box))
    assert name == "mztxtfuyjafqp5rx"
    assert annotation_codec.finding_id(Found("face", "", 0.4, Box(0.1002, 0.2, 0.3, 0.4), "en", {"a": 1})) == name
    others = [
        Found("text", "", 0.9, box),
        Found("face", "a", 0.9, box),
        Found("face", "", 0.9, None),
        Found("face", "", 0.9, Box(0.101, 0.2, 0.3, 0.4)),
        Found("face", "", 0.9, Box(0.1, 0.201, 0.3, 0.4)),
        Found("face", "", 0.9, Box(0.1, 0.2, 0.301, 0.4)),
        Found("face", "", 0.9, Box(0.1, 0.2, 0.3, 0.401)),
    ]
    assert len({name, *map(annotation_codec.finding_id, others)}) == 8


def test_findings_without_any_left_are_packed_however_long_the_rest_is() -> None:
    """Names of models are never cut: leaving findings out comes to an end."""
    random_ = random.Random(7)
    models = {f"run{number}": random_.randbytes(500).hex() for number in range(60)}
    packed = annotation_codec.pack_findings(Findings(CONTENT, models, (text(1), text(2))))
    assert len(packed) > annotation_codec.MAX_BYTES
    assert (read(packed).models, read(packed).found, read(packed).cut) == (models, (), 2)
