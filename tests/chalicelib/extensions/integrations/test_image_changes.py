"""The events that follow from a change of an image's record: literal items in, literal events out."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.catalogue.index import cards
from chalicelib.config import settings
from chalicelib.db import annotation_codec, document_codec, index_table
from chalicelib.db.annotation_codec import Box, Decision, Decisions, Findings, Found
from chalicelib.extensions.integrations import image_changes

if TYPE_CHECKING:
    from collections.abc import Iterable

ID = "mzxw6ytboi4dqnrshe2tgmzuga"
VERSION = "0000000000000000000000000000000000004711"
ALWAYS = {
    "image_id": ID,
    "version": VERSION,
    "name": "harbour.jpg",
    "links": {"image": f"/v1/images/{ID}"},
}
TICKET = {
    "image_id": {"S": ID},
    "owner": {"S": "anna"},
    "key": {"S": "uploads/anna/1/harbour.jpg"},
    "state": {"S": "expected"},
    "changed": {"S": "2026-11-29T12:00:00.000Z"},
    "expires": {"N": "1795954500"},
}
READY = {
    "image_id": {"S": ID},
    "owner": {"S": "anna"},
    "key": {"S": "uploads/anna/1/harbour.jpg"},
    "state": {"S": "ready"},
    "changed": {"S": "2026-11-29T12:00:01.000Z"},
    "uploaded": {"S": "2026-11-29T12:00:00.000Z"},
    "sequencer": {"S": "0" * 32},
    "size": {"N": "1000"},
    "sha256": {"S": "ab" * 32},
    "format": {"S": "JPEG"},
    "mime_type": {"S": "image/jpeg"},
    "width": {"N": "600"},
    "height": {"N": "400"},
}
FAILED = {
    **{name: READY[name] for name in ("image_id", "owner", "key", "changed", "uploaded", "sequencer", "size")},
    "state": {"S": "failed"},
    "code": {"S": "corrupt"},
    "reason": {"S": "The image data is broken."},
}
TOMBSTONE = {
    **{name: READY[name] for name in ("image_id", "owner", "key", "changed")},
    "state": {"S": "removed"},
    "sequencer": {"S": "1" * 32},
}


def change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """Return Lambda's record of a change."""
    told: dict[str, Any] = {"SequenceNumber": "4711", "ApproximateCreationDateTime": 1795953600.0}
    told |= {name: item for name, item in (("OldImage", before), ("NewImage", after)) if item is not None}
    kind = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    return {"eventName": kind, "dynamodb": told}


def told(record: dict[str, Any], without: Iterable[str] = ("duplicate.found",)) -> dict[str, dict[str, Any]]:
    """Return the data of the events of a change by their type."""
    found = list(image_changes.events_of(record, lambda kind: kind not in without))
    assert all(one.owner == "anna" for one in found)
    return {one.type: json.loads(one.body)["data"] for one in found}


def analysed(*colours: str) -> dict[str, Any]:
    """Return the attribute of a document whose analysis has a palette."""
    share = round(1 / len(colours), 3)
    palette = [{"hex": colour, "share": share} for colour in colours]
    packed = document_codec.pack({"analysis": {"palette": palette}})
    assert packed is not None
    return {"B": base64.b64encode(packed).decode()}


def test_a_ticket_is_expected() -> None:
    assert told(change(None, TICKET)) == {
        "image.expected": {**ALWAYS, "expires": "2026-11-29T12:15:00.000Z"},
    }


def test_a_ticket_that_expires_tells_nothing() -> None:
    assert told(change(TICKET, None)) == {}


@pytest.mark.parametrize(("before", "replaces"), [(None, False), (TICKET, False), (FAILED, True)])
def test_a_record_is_ready(before: dict[str, Any] | None, *, replaces: bool) -> None:
    assert told(change(before, READY)) == {
        "image.ready": {
            **ALWAYS,
            "format": "JPEG",
            "mime_type": "image/jpeg",
            "width": 600,
            "height": 400,
            "size": 1000,
            "sha256": "ab" * 32,
            "taken": None,
            "color": None,
            "replaces": replaces,
        }
    }


def test_the_same_reading_written_again_tells_nothing() -> None:
    assert told(change(READY, {**READY, "touched": {"S": "2026-11-29T13:00:00.000Z"}})) == {}


def test_another_object_under_the_key_is_ready_again() -> None:
    assert set(told(change(READY, {**READY, "sequencer": {"S": "2" * 32}}))) == {"image.ready"}


@pytest.mark.parametrize("before", [None, TICKET, READY])
def test_a_record_that_failed(before: dict[str, Any] | None) -> None:
    assert told(change(before, FAILED)) == {
        "image.failed": {**ALWAYS, "code": "corrupt", "reason": "The image data is broken."}
    }


def test_an_edit_names_the_changed_fields() -> None:
    edited = {
        **READY,
        "edits": {"N": "1"},
        "title": {"S": "Harbour"},
        "tags": {"SS": ["red", "boats"]},
        "visibility": {"S": "private"},
    }
    assert told(change(READY, edited)) == {
        "image.updated": {
            **ALWAYS,
            "changed": ["tags", "title"],
            "title": "Harbour",
            "description": None,
            "alt": None,
            "tags": ["boats", "red"],
            "visibility": "private",
        }
    }


def test_an_edit_that_changes_nothing_tells_nothing() -> None:
    assert told(change(READY, {**READY, "edits": {"N": "1"}})) == {}


@pytest.mark.parametrize("before", [READY, FAILED])
@pytest.mark.parametrize("after", [TOMBSTONE, None])
def test_a_removal(before: dict[str, Any], after: dict[str, Any] | None) -> None:
    assert told(change(before, after)) == {"image.removed": ALWAYS}


@pytest.mark.parametrize("before", [None, TICKET])
def test_a_tombstone_of_no_record_tells_nothing(before: dict[str, Any] | None) -> None:
    assert told(change(before, TOMBSTONE)) == {}


def test_another_content_with_other_colours_changes_the_theme() -> None:
    blue, red = {**READY, "document": analysed("#1f4e79")}, {**READY, "document": analysed("#8a1c1c")}
    red = {**red, "sequencer": {"S": "2" * 32}, "sha256": {"S": "cd" * 32}}
    found = told(change(blue, red))
    assert set(found) == {"image.ready", "theme.changed"}
    theme = found["theme.changed"]
    assert theme["links"] == {
        "image": f"/v1/images/{ID}",
        "theme": f"/v1/images/{ID}/theme?format=dtcg",
    }
    changes = {one["path"]: (one["before"], one["after"]) for one in theme["changes"]}
    before, after = changes["light.color.primary"]
    assert int(before[5:], 16) > int(before[1:3], 16), "the first primary is blue"
    assert int(after[1:3], 16) > int(after[5:], 16), "the second primary is red"
    assert theme["truncated"] is False
    assert len(json.dumps(theme)) < 20_000


def test_another_content_with_the_same_colours_leaves_the_theme() -> None:
    before = {**READY, "document": analysed("#1f4e79")}
    after = {**before, "sequencer": {"S": "2" * 32}, "sha256": {"S": "cd" * 32}}
    assert set(told(change(before, after))) == {"image.ready"}


def test_a_first_analysis_gives_a_theme_where_none_was() -> None:
    """Every token is new: before, the image was read without its pixels."""
    after = {**READY, "document": analysed("#1f4e79"), "sequencer": {"S": "2" * 32}, "sha256": {"S": "cd" * 32}}
    changes = told(change(READY, after))["theme.changed"]["changes"]
    assert {one["before"] for one in changes} == {None}
    assert {"light.color.primary", "dark.color.primary"} <= {one["path"] for one in changes}
    assert all(re.fullmatch("#[0-9a-f]{6}", one["after"]) for one in changes)


@pytest.mark.parametrize(("others", "told_of"), [(0, None), (1, 1), (19, 19), (20, 20), (21, 20), (30, 20)])
@pytest.mark.usefixtures("aws")
def test_up_to_20_duplicates_are_told(owner: str, others: int, told_of: int | None) -> None:
    """The image itself, which may lie among them, is none."""
    ids = [f"{number:026}" for number in range(others)]
    list_key, prefix = f"{owner}#bytes#{'ab' * 8}", f"{'ab' * 8}#"
    index_table.write({(list_key, prefix + one): b"card" for one in [*ids, ID]})
    facts = base64.b64encode(cards.pack_facts(cards.Facts(sha256=int("ab" * 8, 16)))).decode()
    record = change(None, {**READY, "owner": {"S": owner}, "facts": {"B": facts}})
    found = [json.loads(one.body)["data"] for one in image_changes.events_of(record, "duplicate.found".__eq__)]
    assert [one["duplicates"] for one in found] == ([ids[:20]] if told_of else [])
    assert [len(one["duplicates"]) for one in found] == ([told_of] if told_of else [])


def test_only_wanted_types_are_told() -> None:
    assert list(image_changes.events_of(change(READY, TOMBSTONE), lambda kind: kind == "image.ready")) == []


def test_an_item_that_cannot_be_read_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert told(change(READY, {**READY, "state": {"N": "1"}})) == {}
    assert "change_not_told" in caplog.text


def test_the_owner_is_known_without_reading_the_item() -> None:
    assert image_changes.owner_of(change(READY, None)) == "anna"
    assert image_changes.owner_of(change(None, {"owner": {"S": "bert"}})) == "bert"
    assert image_changes.owner_of(change(None, {})) is None


def test_a_damaged_document_costs_its_own_event_alone(caplog: pytest.LogCaptureFixture) -> None:
    """The theme before cannot be known; that the image is ready can."""
    before = {**READY, "document": {"B": base64.b64encode(b"no document").decode()}}
    after = {**READY, "document": analysed("#8a1c1c"), "sequencer": {"S": "2" * 32}, "sha256": {"S": "cd" * 32}}
    assert set(told(change(before, after))) == {"image.ready"}
    assert "change_not_told" in caplog.text


def test_a_long_description_is_cut() -> None:
    """An event links to the rest, and stays under 20 KB."""
    tags = {"SS": [f"{number:02}" + "\u00e4" * 62 for number in range(40)]}
    texts = {"description": {"S": "\u20ac" * 5000}, "alt": {"S": "\u20ac" * 1000}, "title": {"S": "\u20ac" * 200}}
    found = told(change(READY, {**READY, "edits": {"N": "1"}, "tags": tags, **texts}))["image.updated"]
    assert found["description"] == "\u20ac" * 2000
    assert found["tags"] == sorted(tags["SS"])
    assert len(json.dumps(found, ensure_ascii=False).encode()) < 20_000


@pytest.mark.parametrize(
    ("before", "after", "read"),
    [
        (None, READY, True),
        (TICKET, READY, True),
        (READY, READY, False),
        (None, TICKET, False),
        (READY, None, False),
    ],
)
def test_an_image_is_read_once(before: dict[str, Any] | None, after: dict[str, Any] | None, *, read: bool) -> None:
    assert image_changes.is_read(change(before, after)) is read


def annotated(item: dict[str, Any], found: Iterable[Found], content: str = "ab" * 32) -> dict[str, Any]:
    """Return an item with findings."""
    models = {"text": "reader/1", "face": "finder/2"}
    packed = annotation_codec.pack_findings(Findings(content, models, tuple(found)))
    return {**item, "annotations": {"B": base64.b64encode(packed).decode()}}


def test_an_image_that_models_have_looked_at_is_told() -> None:
    """In numbers alone; a run of the same findings, an edit and a deletion tell nothing."""
    line, face = Found("text", "Fish & Chips", 0.9, None), Found("face", "", 0.8, Box(0, 0, 0.5, 0.5))
    seen = annotated(READY, [line, face, Found("label", "boat", 0.2)])
    assert told(change(READY, seen)) == {
        "image.annotated": {
            **ALWAYS,
            "counts": {"text": 1, "face": 1},
            "people": 1,
            "models": ["finder/2", "reader/1"],
        }
    }
    assert told(change(seen, annotated(READY, [])))["image.annotated"]["counts"] == {}
    edited = {**seen, "title": {"S": "A title"}, "edits": {"N": "1"}}
    assert set(told(change(seen, edited))) == {"image.updated"}
    for after in (seen, READY, {**TOMBSTONE}, annotated(READY, [line], "cd" * 32)):
        assert "image.annotated" not in told(change(seen, after))
    damaged = {**READY, "annotations": {"B": base64.b64encode(b"damaged").decode()}}
    assert told(change(READY, damaged)) == {}


def test_an_image_that_a_model_finds_unsafe_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, from the stage's threshold on; without a threshold nothing is flagged."""
    worse, bad, good = (annotated(READY, [Found("unsafe", "", score)]) for score in (0.95, 0.8, 0.79))
    assert set(told(change(READY, bad))) == {"image.annotated"}
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    assert told(change(READY, bad))["image.flagged"] == {**ALWAYS, "score": 0.8, "threshold": 0.8}
    assert told(change(good, worse))["image.flagged"]["score"] == 0.95
    for before, after in ((READY, good), (bad, worse), (worse, good), (bad, bad), (bad, READY), (bad, TOMBSTONE)):
        assert "image.flagged" not in told(change(before, after))
    judged = {"judgement": {"S": f'[{{"content":"{READY["sha256"]["S"]}","verdict":"safe"}}]'}}
    assert "image.flagged" not in told(change({**READY, **judged}, {**bad, **judged}))  # others see it


def test_a_decision_of_the_owner_flags_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """To take back the removal of a finding is no news of a model."""
    monkeypatch.setitem(settings().__dict__, "unsafe_threshold", 0.8)
    found = Found("unsafe", "", 0.9)
    bad = annotated(READY, [found])
    removed = Decision(annotation_codec.finding_id(found), "removed", "unsafe", "", None, None, None)
    packed = annotation_codec.pack_decisions(Decisions(READY["sha256"]["S"], (removed,)))
    before = {**bad, "decisions": {"B": base64.b64encode(packed).decode()}}
    assert "image.flagged" not in told(change(READY, before))
    assert "image.flagged" not in told(change(before, bad))
