"""What an image is searched by, from documents of which any part may be nonsense."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.catalogue import cards
from chalicelib.db.models import Image


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("2014-10-31T13:32:37.123+02:00", "2014-10-31T13:32:37"),
        ("2014-10-31T13:32", "2014-10-31T13:32:00"),
        ("2014-10-31", "2014-10-31T00:00:00"),
        ("2014-10", None),
        ("20141-10-31T13:32:37", None),
        ("2014:10:31 13:32:37", None),
        ("٢٠١٤-10-31T13:32:37", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_known_to_the_second_or_not_at_all(said: str | None, taken: str | None) -> None:
    """Lists are in the order of texts, which is that of times only in one form."""
    assert cards.facts({"metadata": {"time": {"date_taken": said}}}, None).taken == taken


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("+02:00", 120),
        ("-03:30", -210),
        ("-00:30", -30),
        ("+00:00", 0),
        ("+14:00", 840),
        ("+02:60", None),
        ("Z", None),
        ("+0200", None),
        ("", None),
        (None, None),
    ],
)
def test_an_offset_is_known_in_minutes(said: str | None, minutes: int | None) -> None:
    """And shown as it was said; without a date it says nothing."""
    time = {"date_taken": "2014-10-31T13:32:37", "date_offset": said}
    found = cards.facts({"metadata": {"time": time}}, None)
    assert found.offset == minutes
    assert found.taken_offset == (None if minutes is None else said)
    assert cards.facts({"metadata": {"time": {"date_offset": said}}}, None).offset is None


def test_facts_that_an_older_version_wrote_have_no_offset() -> None:
    """They end where they ended then."""
    older = msgspec.msgpack.encode(["2014-10-31T13:32:37", *[None] * 16])
    image = Image("id", facts=older, owner="me", state="ready", key="uploads/me/a.jpg", uploaded="2026-01-01")
    assert (cards.card(image).facts.taken, cards.card(image).facts.taken_offset) == ("2014-10-31T13:32:37", None)


@pytest.mark.parametrize(
    "place",
    [
        {"gps_latitude": float("nan"), "gps_longitude": 1.0},
        {"gps_latitude": 90.1, "gps_longitude": 1.0},
        {"gps_latitude": 1.0, "gps_longitude": float("inf")},
        {"gps_latitude": True, "gps_longitude": 1.0},
        {"gps_latitude": "1", "gps_longitude": 1.0},
        {"gps_latitude": 1.0},
    ],
)
def test_a_place_that_is_none_is_left_out(place: dict[str, Any]) -> None:
    """Half of a place is none either."""
    found = cards.facts({"metadata": {"place": place}}, None)
    assert (found.latitude, found.longitude) == (None, None)


def test_names_of_cameras_have_no_separator_and_an_end() -> None:
    """Whatever a file says, make, model and lens can be told apart again."""
    camera = {"make": " A\tB \n", "model": "x" * 500, "lens_model": "\t"}
    found = cards.facts({"metadata": {"camera": camera}}, None)
    assert found.gear.split(cards.SEPARATOR) == ["A B", "x" * cards.MAX_TEXT, ""]
    assert cards.facts({}, None).gear == ""


def test_a_card_survives_its_packed_form() -> None:
    """Whose and which it is, the keys of a facet say."""
    facts = cards.facts({"analysis": {"dominant": "#00fe01"}}, "f" * 64)
    card = cards.Card(
        "id", "me", "ready", "uploads/me/a.jpg", "2026-01-01T00:00:00.000Z", 5, "JPEG", 1, 2, None, "T", None,
        "private", facts,
    )  # fmt: skip
    assert cards.unpack(cards.pack(card), "me", "id") == card
    assert facts.dominant == "#00fe01"
