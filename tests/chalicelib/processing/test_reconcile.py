"""Which records are read again, because an older version made them."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.db import document_codec
from chalicelib.db.models import Image
from chalicelib.processing.reconcile import outdated

PARIS = {"gps_latitude": 48.8566, "gps_longitude": 2.3522}
OCEAN = {"gps_latitude": 0.0, "gps_longitude": -30.0}  # no country, no place near
ZONE = {"time_zone": "Europe/Paris"}


def record(place: dict[str, Any], time: dict[str, Any] = ZONE, state: str = "ready") -> Image:
    """Return a record with facts and a document."""
    packed = document_codec.pack({"metadata": {"place": place, "time": time}})
    return Image("a" * 26, state=state, facts=b"facts", document=packed)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (record({**PARIS, "gps_country": "France", "gps_city": "Paris"}), False),
        (record({**PARIS, "gps_country": "France"}), False),
        (record({**PARIS, "gps_city": "Paris"}), False),
        (record(PARIS), True),
        (record(OCEAN), False),  # nothing there has a name
        (record({**PARIS, "gps_city": "Paris"}, {}), True),
        (record({}, {}), False),
        (record({"gps_latitude": 48.8566}, {}), False),
        (record({"gps_longitude": 2.3522}, {}), False),
        (Image("a" * 26, state="ready", facts=b"facts", document=b"broken"), True),
        (Image("a" * 26, state="ready"), True),
        (Image("a" * 26, state="failed", document=b"of some version"), True),
        (Image("a" * 26, state="failed"), False),  # no version could read it
    ],
)
def test_records_of_older_versions_are_outdated(image: Image, expected: bool) -> None:  # noqa: FBT001
    """Those without facts, and those whose position has no time zone, or no names though there are some."""
    assert outdated(image) is expected
