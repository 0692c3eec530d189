"""Facets from literal counters: sums, spellings, orders and bounds."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.index import counters
from chalicelib.extensions.data_analytics import facets, uploads
from chalicelib.extensions.data_analytics.facets import Camera, Cell, City, Country, Valued

MONTHS = {
    "2026-10": {"images": 2, "bytes": 300, "format:JPEG": 2, "colour:navy": 1, "people:0": 1, "people:2+": 1},
    "2026-09": {"images": 1, "bytes": 50, "format:PNG": 1, "state:failed": 1},
    "2026-11": {"images": 3, "bytes": 70, "format:PNG": 3, "people:1": 3},
}
HELD: dict[str, dict[str, dict[str, int]]] = {
    "month": MONTHS,
    "camera": {
        "c": {"Canon\tEOS R5\tRF 50mm": 2, "canon\teos r5\t": 1, "Canon\tEOS R5\tRF 85mm": 3, "\t\tRF 50mm": 4},
        "d": {"Leica\tQ3\t": 0},
    },
    "tag": {"s": {"+sea": 2, "+fog": 5, "+gone": 0}},
    "taken": {"2": {"2026-08": 1, "2025-12": 4}},
    "place": {
        "s0": {"s000": 2, "ES\tMálaga": 2, "ES\tMalaga": 3, "ES\t": 1, "PT\tFaro": 1, "FR\tLyon": 0},
        "zz": {"zzzz": 1},
    },
}


@pytest.fixture(autouse=True)
def _held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give an owner, and all, these counters."""
    monkeypatch.setattr(counters, "of_owner", lambda _owner, kind: HELD[kind])
    monkeypatch.setattr(counters, "of_everybody", lambda kind: HELD[kind])


def test_cameras_are_summed_whatever_their_lens_and_case() -> None:
    """In their most frequent spelling; lenses alone are no camera, and what nobody has is left out."""
    found = facets.of("anna", 10)
    assert found.cameras == [Camera("Canon", "EOS R5", 6)]
    assert found.lenses == [Valued("RF 50mm", 6), Valued("RF 85mm", 3)]
    assert facets.all_cameras(10) == found.cameras


def test_places_are_countries_cities_and_cells() -> None:
    """Spellings of a city are one; an image whose city is unknown counts for its country."""
    places = facets.of("anna", 10).places
    assert places.countries == [Country("ES", "Spain", 6), Country("PT", "Portugal", 1)]
    assert places.cities == [City("Malaga", "ES", 5), City("Faro", "PT", 1)]
    assert (
        places.cells
        == [  # 45 / 128 degrees wide, 45 / 256 high; the bounds in the east and north are the next cell's
            Cell("s000", 2, 0.0, 0.0, 0.35156, 0.17578),
            Cell("zzzz", 1, 179.64844, 89.82422, 180.0, 90.0),
        ]
    )


def test_values_are_sorted_by_number_months_and_people_by_themselves() -> None:
    """Each facet has its own order, and none a value without images."""
    found = facets.of("anna", 10)
    assert found.tags == [Valued("fog", 5), Valued("sea", 2)]
    assert found.taken == [Valued("2025-12", 4), Valued("2026-08", 1)]
    assert found.uploaded == [Valued("2026-09", 1), Valued("2026-10", 2), Valued("2026-11", 3)]
    assert found.valued == {
        "format": [Valued("PNG", 4), Valued("JPEG", 2)],
        "state": [Valued("failed", 1)],
        "provenance": [],
        "color": [Valued("navy", 1)],
        "people": [Valued("0", 1), Valued("1", 3), Valued("2+", 1)],
    }


def test_a_limit_holds_for_each_facet_but_months_and_people() -> None:
    """The most frequent stay."""
    found = facets.of("anna", 1)
    assert [len(one) for one in (found.cameras, found.lenses, found.tags, found.places.countries)] == [1, 1, 1, 1]
    assert [len(one) for one in (found.places.cities, found.places.cells, found.valued["format"])] == [1, 1, 1]
    assert [len(one) for one in (found.valued["people"], found.taken, found.uploaded)] == [3, 2, 3]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (None, None, ["2026-09", "2026-10", "2026-11"]),
        ("2026-10", None, ["2026-10", "2026-11"]),
        (None, "2026-10", ["2026-09", "2026-10"]),
        ("2026-10", "2026-10", ["2026-10"]),
        ("2027-01", None, []),
    ],
)
def test_uploads_come_by_month_in_order(first: str | None, last: str | None, months: list[str]) -> None:
    """Both bounds included; the same for all owners."""
    for owner in ("anna", None):
        assert list(uploads.by_month(owner, first, last)) == months


def test_whose_uploads_are_asked_for_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """An owner's own, or those of all."""
    all_: dict[str, Any] = {"2026-12": {"images": 9}}
    monkeypatch.setattr(counters, "of_everybody", lambda _kind: all_)
    assert list(uploads.by_month("anna")) == ["2026-09", "2026-10", "2026-11"]
    assert uploads.by_month(None) == all_


def test_a_table_has_a_column_for_each_value_of_any_month() -> None:
    """As spreadsheets read it."""
    assert uploads.as_csv(uploads.by_month("anna", "2026-09", "2026-10")).splitlines() == [
        "month,images,bytes,colour:navy,format:JPEG,format:PNG,people:0,people:2+,state:failed",
        "2026-09,1,50,0,0,1,0,0,1",
        "2026-10,2,300,1,2,0,1,1,0",
    ]
