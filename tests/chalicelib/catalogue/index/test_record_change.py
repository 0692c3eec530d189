"""A change of a record: literal records of the stream in, literal words and news out."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.index import cards, record_change
from chalicelib.catalogue.index.cards import Facts
from chalicelib.db.models import Image


def record(**changes: Any) -> Image:
    """Return the record of an image."""
    attributes = {
        "owner": "me",
        "key": "uploads/me/harbour.jpg",
        "state": "ready",
        "uploaded": "2024-05-31T12:30:15.250Z",
        "changed": "2024-05-31T12:30:16.000Z",
    }
    return Image("abcdefghijklmnopqrstuvwxyz", **{**attributes, **changes})


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (None, [("harbour", False)]),
        (Facts(), [("harbour", False)]),
        (Facts(name="lighthouse.jpg"), [("lighthouse", False)]),
    ],
)
def test_an_image_is_found_by_its_name(aws: str, facts: Facts | None, words: list[tuple[str, bool]]) -> None:
    """That of the file, where the key has another."""
    found = record_change.indexed(record(facts=None if facts is None else cards.pack_facts(facts)))
    assert list(found.words) == words


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, {}, "created"),
        ({}, {}, "updated"),
        ({}, None, "removed"),
        (
            {"touched": "2024-01-01"},
            {"touched": "2024-01-01"},
            "updated",
        ),  # after a touch, a change like any other
        ({}, {"touched": "2024-01-01"}, None),
        ({"touched": "2024-01-01"}, {"touched": "2024-01-02"}, None),
    ],
)
def test_a_touch_is_no_news(
    aws: str, before: dict[str, Any] | None, after: dict[str, Any] | None, kind: str | None
) -> None:
    """All else is told."""
    images = {"OldImage": before, "NewImage": after}
    told = {name: record(**changes).serialize() for name, changes in images.items() if changes is not None}
    step = record_change.of({"dynamodb": {"SequenceNumber": "7", "ApproximateCreationDateTime": 1.7e9, **told}})
    assert (step.news and step.news.change.kind) == kind
    assert step.again is (kind is None)


GOOD = {
    "image_id": {"S": "abcdefghijklmnopqrstuvwxyz"},
    "owner": {"S": "me"},
    "key": {"S": "uploads/me/harbour.jpg"},
    "state": {"S": "ready"},
    "uploaded": {"S": "2024-05-31T12:30:15.250Z"},
    "changed": {"S": "2024-05-31T12:30:16.000Z"},
}


@pytest.mark.parametrize(
    "poison",
    [
        {"width": {"S": "wide"}},
        {"width": {"N": "wide"}},
        {"owner": {"N": "7"}},
        {"owner": {"NULL": True}},
        {"tags": {"S": "sea"}},
        {"facts": {"S": "AAAA"}},
        {"document": {"B": "A"}},
        {"key": {"NULL": True}},
        {"uploaded": {"NULL": True}},
        {"uploaded": {"BOOL": True}},
        {"key": {"L": []}},
        {"unknown": {"S": "an attribute of another version"}},
    ],
    ids=str,
)
def test_a_record_that_cannot_be_read_counts_as_absent(aws: str, poison: dict[str, Any]) -> None:
    """After the change it is reported, with its image; before a change nothing is assumed of it."""
    told = {"SequenceNumber": "7", "ApproximateCreationDateTime": 1.7e9}
    spoilt = record_change.of({"dynamodb": {**told, "OldImage": GOOD, "NewImage": {**GOOD, **poison}}})
    if "unknown" in poison:
        assert (spoilt.unreadable, spoilt.news and spoilt.news.change.kind) == (None, "updated")
        return
    assert spoilt.unreadable == "abcdefghijklmnopqrstuvwxyz"
    assert (spoilt.after.card, spoilt.entries().after) == (None, {})
    assert spoilt.counted["me#count", "total#"]["images"] == -1
    mended = record_change.of({"dynamodb": {**told, "OldImage": {**GOOD, **poison}, "NewImage": GOOD}})
    assert (mended.unreadable, mended.before.card) == (None, None)
    assert mended.news is not None
    assert mended.news.change.kind == "created"
