"""Uploads by month as a caller sees them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from chalicelib.api.presenters import analytics
from chalicelib.api.schemas.image_requests import Series
from chalicelib.catalogue.index import counters

CALL: Any = SimpleNamespace(tagged=lambda body: body)


def test_a_month_that_has_lost_its_images_counts_for_none(monkeypatch: Any) -> None:
    """Counters keep no zeros."""
    months = {"2026-10": {"format:JPEG": 1}, "2026-11": {"images": 2, "bytes": 300, "colour:navy": 2}}
    monkeypatch.setattr(counters, "of_owner", lambda _owner, _kind: months)
    others: dict[str, dict[str, int]] = {"state": {}, "provenance": {}, "people": {}}
    assert analytics.series(CALL, "anna", Series()) == {
        "images": 2,
        "bytes": 300,
        "months": [
            {
                "month": "2026-10", "images": 0, "bytes": 0,
                "values": {**others, "format": {"JPEG": 1}, "color": {}},
            },
            {
                "month": "2026-11", "images": 2, "bytes": 300,
                "values": {**others, "format": {}, "color": {"navy": 2}},
            },
        ],
    }  # fmt: skip
