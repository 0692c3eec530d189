"""No key takes more writes than a partition gives, at a thousand uploads a second of one owner."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from chalicelib.catalogue.index import entries
from tests import libraries

DOCUMENT = Path(__file__).parents[4] / "docs" / "catalogue.md"
UPLOADS = 4000
A_SECOND = 1000  # uploads, of which the table in docs/catalogue.md speaks
KINDS = ("taken", "camera", "word", "place", "colour", "band")


def documented() -> dict[str, int]:
    """Return the writes a second of the busiest key of each kind, as docs/catalogue.md has them."""
    rows = re.findall(r"^\| entries: `(\w+)` \| ([0-9,]+) \|", DOCUMENT.read_text(), re.MULTILINE)
    return {kind: int(number.replace(",", "")) for kind, number in rows}


@pytest.fixture(scope="module")
def writes() -> Counter[str]:
    """Return how often each key is written."""
    found: Counter[str] = Counter()
    for image in libraries.collection("owner", UPLOADS):
        found.update(list_key for list_key, _ in entries.entries_of(image.card, image.said))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_busiest_key_of_a_kind_takes_what_the_table_says(writes: Counter[str], kind: str) -> None:
    """Never more than a partition gives; and no less than two thirds of what the table says."""
    busiest = max(number for list_key, number in writes.items() if list_key.split("#")[1] == kind)
    a_second = busiest * A_SECOND / UPLOADS
    assert a_second <= documented()[kind] <= 1.5 * a_second
    assert documented()[kind] <= 1000


def test_the_share_of_the_busiest_key_is_the_documented_one(writes: Counter[str]) -> None:
    """In per cent of the images, wherever the table gives a reason by a share; 1.5 are two deviations of 4,000."""
    rows = re.findall(r"^\| entries: `(\w+)` \| .*?([0-9]+) %", DOCUMENT.read_text(), re.MULTILINE)
    assert {kind for kind, _ in rows} == {"camera", "word", "place", "colour"}
    for kind, per_cent in rows:
        busiest = max(number for list_key, number in writes.items() if list_key.split("#")[1] == kind)
        assert abs(100 * busiest / UPLOADS - int(per_cent)) < 1.5


def test_every_kind_of_list_has_a_line_in_the_table(writes: Counter[str]) -> None:
    """A new list says how busy its keys are."""
    assert {list_key.split("#")[1] for list_key in writes} == {*KINDS} == {*documented()}


def test_a_card_is_one_write(aws: str) -> None:
    """An index entry, with its keys, has less than 1 KB, so one WRU writes it."""
    for image in libraries.collection("00000000-0000-4000-8000-000000000001", 300):
        for (list_key, entry), packed in entries.entries_of(image.card, image.said).items():
            assert len(f"facetentrycard{list_key}{entry}".encode()) + len(packed) < 700
