"""The searchable attributes of an image, from documents of which any part may be nonsense."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chalicelib.catalogue.index import cards
from chalicelib.config import settings
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


@pytest.mark.parametrize(
    ("place", "country", "city", "located"),
    [
        ({"gps_country_code": "PT", "gps_city": "Lisbon"}, "PT", "Lisbon", "PT\tLisbon"),
        ({"gps_country_code": "DZ"}, "DZ", None, "DZ\t"),
        ({"gps_city": "Azoia"}, None, None, ""),  # at sea: the city that it is off
        ({"country_code": "PT", "city": "Lisbon"}, None, None, ""),  # the file's words are of the place shown
        ({}, None, None, ""),
    ],
)
def test_country_and_city_are_those_of_the_position(
    place: dict[str, Any], country: str | None, city: str | None, located: str
) -> None:
    """A city is known where its country is."""
    found = cards.facts({"metadata": {"place": {"gps_latitude": 1.0, "gps_longitude": 2.0, **place}}}, None)
    assert (found.country, found.city, found.located) == (country, city, located)


def test_without_a_position_there_is_no_country() -> None:
    """The names follow from it."""
    place = {"gps_latitude": 91.0, "gps_longitude": 2.0, "gps_country_code": "PT", "gps_city": "Lisbon"}
    found = cards.facts({"metadata": {"place": place}}, None)
    assert (found.country, found.city) == (None, None)


def test_names_of_cameras_have_no_separator_and_an_end() -> None:
    """For any file, make, model and lens can be told apart again."""
    camera = {"make": " A\tB \n", "model": "x" * 500, "lens_model": "\t"}
    found = cards.facts({"metadata": {"camera": camera}}, None)
    assert found.gear.split(cards.SEPARATOR) == ["A B", "x" * cards.MAX_TEXT, ""]
    assert cards.facts({}, None).gear == ""


def test_a_card_survives_its_packed_form() -> None:
    """Whose and which it is, the keys of an entry say."""
    facts = cards.facts({"analysis": {"dominant": "#00fe01"}}, "f" * 64)
    card = cards.Card(
        "id", "me", "ready", "uploads/me/a.jpg", "2026-01-01T00:00:00.000Z", 5, "JPEG", 1, 2, None, "T", None,
        "private", facts,
    )  # fmt: skip
    assert cards.unpack(cards.pack(card), "me", "id") == card
    assert facts.dominant == "#00fe01"


IMAGE_ID = "abcdefghijklmnopqrstuvwxyz"
FOLDER = "00112233445566778899aabbccddeeff0011223344556677"


def thumbnails_of(width: int, height: int, folder: str = FOLDER) -> dict[str, Any]:
    """Return the thumbnails of a document whose largest has this size."""
    key = f"derived/0123456789abcdef0123456789abcdef/{folder}/large.webp"
    return {"thumbnails": {"large": {"width": width, "height": height, "key": key}}}


def card_of(document: dict[str, Any]) -> cards.Card:
    """Return the card of a document, as it comes back from an index entry."""
    facts = cards.facts(document, None)
    made = cards.Card(
        IMAGE_ID, "me", "ready", "uploads/me/a.jpg", "2026", 5, "JPEG", 1, 2, None, None, None, "private", facts
    )
    return cards.unpack(cards.pack(made), "me", IMAGE_ID)


@pytest.mark.parametrize(
    ("largest", "sizes"),
    [
        ((1280, 960), {"large": (1280, 960), "medium": (640, 480), "small": (256, 192)}),
        ((853, 1280), {"large": (853, 1280), "medium": (426, 640), "small": (170, 256)}),
        ((1280, 1), {"large": (1280, 1), "medium": (640, 1), "small": (256, 1)}),
        (
            (1280, 7),
            {"large": (1280, 7), "medium": (640, 4), "small": (256, 2)},
        ),  # of 7 itself, small would have 1
        ((300, 200), {"large": (300, 200), "medium": (300, 200), "small": (256, 171)}),
        ((16, 16), {"large": (16, 16), "medium": (16, 16), "small": (16, 16)}),
    ],
)
def test_a_card_knows_its_thumbnails(
    monkeypatch: pytest.MonkeyPatch, largest: tuple[int, int], sizes: dict[str, tuple[int, int]]
) -> None:
    """Key and size of each, from the folder and the size of the largest alone."""
    monkeypatch.setitem(settings().__dict__, "cursor_secret", b"secret")
    found = card_of(thumbnails_of(*largest)).thumbnails()
    assert {name: tuple(thumbnail.size) for name, thumbnail in found.items()} == sizes
    prefix = "derived/317c2abe840a2a67ef61f4fbef68a8b7/"  # by openssl dgst -sha256 -hmac
    assert {name: thumbnail.key for name, thumbnail in found.items()} == {
        name: f"{prefix}{FOLDER}/{name}.webp" for name in ("large", "medium", "small")
    }


def test_a_card_without_thumbnails_tells_of_none() -> None:
    """Of a document without, of one whose files lie in a folder of an early version, and of old facts."""
    assert card_of({}).thumbnails() == card_of({"thumbnails": {}}).thumbnails() == {}
    assert card_of(thumbnails_of(10, 10, "0055AA-0123456789abcdef")).thumbnails() == {}
    older = msgspec.msgpack.encode(["2014-10-31T13:32:37", *[None] * 17])
    image = Image("id", facts=older, owner="me", state="ready", key="uploads/me/a.jpg", uploaded="2026-01-01")
    assert cards.card(image).thumbnails() == {}
    assert cards.card(image).facts.thumbhash is None


def test_a_card_carries_the_placeholder_in_few_bytes() -> None:
    """Those of the ThumbHash; and it takes 60 bytes with all that it tells of thumbnails."""
    text = "mCcGDYJodnmHd4iFdwiHdmeAcScI"
    facts = cards.facts({"analysis": {"placeholder": {"thumbhash": text}}, **thumbnails_of(1280, 960)}, None)
    assert facts.thumbhash == base64.b64decode(text)
    assert len(cards.pack_facts(facts)) - len(cards.pack_facts(cards.Facts())) == 21 + 1 + 24 + 1 + 7


def test_facts_of_an_older_version_are_completed() -> None:
    """With those that the document has; what was known stays, and nothing is said where nothing is missing."""
    older = msgspec.msgpack.encode(["2014-10-31T13:32:37", *[None] * 14, "a.jpg", None, 60])
    document = {
        "metadata": {"camera": {"make": "Canon"}, "time": {"date_taken": "2020-01-01"}},
        **thumbnails_of(9, 8),
    }
    packed = cards.completed(older, document, "0" * 15 + "1" + "f" * 48)
    assert packed is not None
    assert msgspec.msgpack.decode(packed) == [
        "2014-10-31T13:32:37", "Canon", *[None] * 12, 1, "a.jpg", None, 60, [bytes.fromhex(FOLDER), 9, 8],
        *[None] * 4,
    ]  # fmt: skip
    assert cards.completed(packed, document, None) is None
    assert cards.completed(None, {}, None) is None


DOCUMENT: dict[str, Any] = {
    "metadata": {
        "camera": {"make": "Canon", "model": "EOS 5D", "lens_model": "EF 50mm f/1.8"},
        "exposure": {"iso": 200.4, "f_number": 2.8, "focal_length": 50},
        "time": {"date_taken": "2014-10-31T13:32:37", "date_offset": "+02:00"},
        "place": {"gps_latitude": 10.1234567, "gps_longitude": -20.7654321},
        "description": {"rating": 3.0},
        "provenance": {"provenance": "edited"},
    },
    "analysis": {
        "dominant": "#336699",
        "fingerprint": {"phash": "00000000000000ff", "pixels": "abcdef0123456789ff"},
    },
}


def test_every_fact_comes_from_its_place_in_the_document() -> None:
    """And the hash of the bytes, and the file's name, from beside it."""
    assert cards.facts(DOCUMENT, f"{'0' * 15}1{'f' * 48}", "a b.jpg") == cards.Facts(
        taken="2014-10-31T13:32:37",
        make="Canon",
        model="EOS 5D",
        lens="EF 50mm f/1.8",
        iso=200,
        f_number=2.8,
        focal_length=50.0,
        rating=3,
        provenance="edited",
        latitude=10.12346,
        longitude=-20.76543,
        colour=0x336699,
        phash=255,
        pixels=0xABCDEF0123456789,
        sha256=1,
        name="a b.jpg",
        expires=None,
        offset=120,
    )
    assert cards.facts({}, None) == cards.Facts()


@pytest.mark.parametrize(
    ("group", "name", "fact", "right", "wrong"),
    [
        ("exposure", "iso", "iso", [1, 10_000_000], [0, 0.9, 10_000_001, True, "100", None]),
        ("exposure", "f_number", "f_number", [0, 10_000], [-0.1, 10_000.1, False, "2.8", float("nan")]),
        ("exposure", "focal_length", "focal_length", [0, 100_000], [-0.1, 100_000.1, True, "50"]),
        ("description", "rating", "rating", [-1, 0, 5], [-1.1, 5.1, True, "5"]),
        ("camera", "make", "make", ["a", "a" * 80], ["", " ", None]),
    ],
)
def test_a_number_out_of_bounds_is_not_known(
    group: str, name: str, fact: str, right: list[Any], wrong: list[Any]
) -> None:
    """At the bound, and just beyond it; other values are None."""
    for value in right:
        assert getattr(cards.facts({"metadata": {group: {name: value}}}, None), fact) == value
    for value in wrong:
        assert getattr(cards.facts({"metadata": {group: {name: value}}}, None), fact) is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "there"),
    [
        (90, 180, True),
        (-90, -180, True),
        (0, 0, True),
        (90.001, 180, False),
        (-90.001, 0, False),
        (0, 180.001, False),
        (0, -180.001, False),
    ],
)
def test_a_place_lies_on_earth(latitude: float, longitude: float, *, there: bool) -> None:
    """Bounds included."""
    found = cards.facts({"metadata": {"place": {"gps_latitude": latitude, "gps_longitude": longitude}}}, None)
    assert (found.latitude, found.longitude) == ((latitude, longitude) if there else (None, None))


def test_a_card_is_made_of_a_record_and_of_an_item_of_an_index_alike() -> None:
    """The item is in DynamoDB's JSON; numbers of either are whole, and what is absent is None."""
    facts = cards.pack_facts(cards.Facts(make="Canon"))
    record = Image(
        "id", owner="me", state="ready", key="uploads/me/a.jpg", uploaded="2026-01-01", size=5, width=1, height=2,
        format="JPEG", title="T", alt="A" * 251, tags={"b", "a"}, visibility="public", facts=facts,
    )  # fmt: skip
    item: dict[str, Any] = {
        **{
            name: {"S": value}
            for name, value in (
                ("image_id", "id"), ("owner", "me"), ("state", "ready"), ("key", "uploads/me/a.jpg"),
                ("uploaded", "2026-01-01"), ("format", "JPEG"), ("title", "T"), ("alt", "A" * 251),
                ("visibility", "public"),
            )
        },
        "size": {"N": "5"},
        "width": {"N": "1"},
        "height": {"N": "2"},
        "tags": {"SS": ["b", "a"]},
        "facts": {"B": facts},
    }  # fmt: skip
    card = cards.Card(
        "id", "me", "ready", "uploads/me/a.jpg", "2026-01-01", 5, "JPEG", 1, 2, None, "T", f"{'A' * 249}…",
        "public", cards.Facts(make="Canon"), ("a", "b"),
    )  # fmt: skip
    assert cards.card(record) == card
    assert cards.from_item(item) == card
    bare = Image("id", owner="me", state="failed", key="uploads/me/a.jpg", uploaded="2026-01-01", alt="A" * 250)
    assert cards.card(bare) == cards.Card(
        "id", "me", "failed", "uploads/me/a.jpg", "2026-01-01", None, None, None, None, None, None, "A" * 250,
        "private", cards.Facts(), (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "moment", "name", "offset"),
    [
        (cards.Facts(), "2026-01-01T02:03:04", "a.jpg", None),
        (cards.Facts(taken="2014-10-31T13:32:37", name="b c.jpg", offset=-570), "2014-10-31T13:32:37", "b c.jpg",
         "-09:30"),
    ],
)  # fmt: skip
def test_a_card_tells_where_it_lies_and_what_it_is_called(
    facts: cards.Facts, moment: str, name: str, offset: str | None
) -> None:
    """By date taken, or by upload; as the file was called, or as its key is."""
    card = cards.Card(
        "id", "me", "ready", "uploads/me/x/a.jpg", "2026-01-01T02:03:04.567Z", 5, "JPEG", 1, 2, None, None, None,
        "private", facts,
    )  # fmt: skip
    assert (card.moment, card.position, card.name, card.facts.taken_offset) == (
        moment,
        f"{moment}#id",
        name,
        offset,
    )
