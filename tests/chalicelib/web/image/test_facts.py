"""The facts of a record in words."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.web.image import facts, provenance


@pytest.mark.parametrize(
    ("offset", "origin", "words"),
    [
        ("+01:00", "derived:time zone of the position", "UTC+1, from the place"),
        ("-04:00", "derived:GPS time", "UTC\u22124, from the GPS time"),
        ("+05:45", "Exif:DateTimeOriginal", "UTC+5:45"),
        ("+00:00", "Exif:DateTimeOriginal", "UTC"),
        (None, "", "time zone unknown"),
        ("+aa:bb", "", "time zone unknown"),
    ],
)
def test_an_offset_says_how_it_is_known(offset: str | None, origin: str, words: str) -> None:
    """Absent is unknown, and never UTC."""
    assert facts.offset({"date_offset": offset}, {"date_offset": origin}) == words


def test_a_date_is_told_as_far_as_it_is_known() -> None:
    """A day alone has no offset."""
    (group,) = facts.groups({"time": {"date_taken": "1925-07"}}, {"date_taken": "XMP-exif:DateTimeOriginal"}, {})
    assert group.facts == [facts.Fact("When", "July 1925", "", "date_taken")]
    assert group.sources == [("When", "XMP-exif:DateTimeOriginal")]


def test_a_place_has_names_and_degrees() -> None:
    """South and west as such, heights below the sea, and a link to a map."""
    place = {
        "city": "Montevideo",
        "country": "Uruguay",
        "gps_latitude": -34.9,
        "gps_longitude": -56.2,
        "gps_altitude": -3.4,
    }
    (group,) = facts.groups({"place": place}, {}, {})
    assert [(one.label, one.value) for one in group.facts] == [
        ("Where", "Montevideo, Uruguay"),
        ("Position", "34.90000° S, 56.20000° W"),
        ("Altitude", "3 m below the sea"),
    ]
    assert group.facts[1].href == (
        "https://www.openstreetmap.org/?mlat=-34.90000&mlon=-56.20000#map=15/-34.90000/-56.20000"
    )


LISBON = {
    "gps_country_code": "PT", "gps_country": "Portugal", "gps_region": "Lisbon", "gps_city": "Lisbon",
    "gps_district": "Baixa", "gps_city_population": 518_000, "gps_city_distance": 0.4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "told", "note"),
    [
        (LISBON, "Baixa, Lisbon, Portugal", ""),
        ({**LISBON, "gps_district": None, "gps_city_distance": 4.9}, "Lisbon, Portugal", ""),
        ({**LISBON, "gps_city_distance": 5.0}, "Baixa, Lisbon, Portugal", "5 km from Baixa"),
        (
            {"gps_country": "Fiji", "gps_region": "Northern", "gps_city": "Labasa", "gps_city_distance": 18.9},
            "Labasa, Northern, Fiji",
            "19 km from Labasa",
        ),
        ({"gps_country": "Algeria"}, "Algeria", ""),
        ({"gps_city": "Azoia", "gps_city_distance": 37.7}, "38 km off Azoia", ""),
    ],
)
def test_a_position_has_the_names_of_its_place(place: dict[str, Any], told: str, note: str) -> None:
    """Each once; with the distance from five kilometres on, and at sea always."""
    (group,) = facts.groups({"place": place}, {"gps_country": "derived:GPS position"}, {})
    (fact,) = group.facts
    assert (fact.label, fact.value, fact.note) == ("Place", told, note)


def test_nothing_is_told_of_a_place_without_names() -> None:
    """A city alone, without its distance, would be taken for the place."""
    assert facts.groups({"place": {"gps_city": "Azoia"}}, {}, {}) == []


def test_sources_that_disagree_are_told() -> None:
    """With the values of all, and the one that is shown."""
    claims = [
        {"source": "Exif:DateTimeOriginal", "value": "-05:00"},
        {"source": "derived:time zone of the position", "value": "-04:00"},
    ]
    told = facts.conflicts([{"field": "date_offset", "chosen": "Exif:DateTimeOriginal", "claims": claims}])
    assert told == [
        (
            "Two sources disagree about the field “Date offset”: Exif:DateTimeOriginal says “-05:00”, "
            "time zone of the position says “-04:00”. Shown is that of Exif:DateTimeOriginal."
        )
    ]
    (none,) = facts.conflicts([{"field": "gps_latitude", "claims": claims}])
    assert none.startswith("Two sources disagree about the field “GPS latitude”")
    assert none.endswith(" None of them is trusted.")


def test_everything_is_told_with_its_source() -> None:
    """Numbers with their words; lists, structures and long texts as text."""
    metadata: dict[str, dict[str, Any]] = {
        "exposure": {"metering_mode": 3, "flash_fired": False},
        "description": {"keywords": ["a", "b"], "regions": [{"name": "Ann", "x": 0.25}], "comment": "x" * 3000},
        "rights": {},
    }
    told = facts.everything(
        metadata,
        {"metering_mode": "Exif:MeteringMode", "keywords": "derived:XMP"},
        {"exposure": {"metering_mode": "Spot"}},
    )
    assert [heading for heading, _ in told] == ["Exposure", "Description"]
    lines = {one.label: (one.value, one.note) for _, group in told for one in group}
    assert lines["Metering mode"] == ("3 (Spot)", "Exif:MeteringMode")
    assert lines["Flash fired"] == ("no", "")
    assert lines["Keywords"] == ("a; b", "from XMP")
    assert lines["Regions"] == ("Name: Ann, X: 0.25", "")
    assert lines["Comment"] == ("x" * 1999 + "…", "")


@pytest.mark.parametrize(
    ("verdict", "words", "tone"),
    [
        ("captured", "Captured, no edits found", "good"),
        ("edited", "Edited", ""),
        ("ai_assisted", "Edited with AI", "warn"),
        ("ai_generated", "Made by a machine", "warn"),
        ("unknown", "Origin unknown", ""),
        (None, "Origin unknown", ""),
    ],
)
def test_provenance_is_an_answer(verdict: str | None, words: str, tone: str) -> None:
    """In words, with a tone that colour only repeats."""
    answer = provenance.answer({"provenance": verdict})
    assert (answer.words, answer.tone) == (words, tone)


def test_evidence_says_who_says_it() -> None:
    """A text of another form is shown as it is."""
    found = ["captured: Exif:Model: Canon: EOS", "edited: Exif:Software: GIMP 2.10", "something else"]
    assert provenance.evidence({"provenance_evidence": found}) == [
        "Captured: Exif:Model says Canon: EOS",
        "Edited: Exif:Software says GIMP 2.10",
        "something else",
    ]
    assert provenance.details(
        {"prompt": "a cat", "c2pa_actions": ["opened", "cropped"], "provenance": "edited"}
    ) == [
        ("Prompt", "a cat"),
        ("Actions", "opened; cropped"),
    ]
