"""No key takes more writes than a partition gives, at a thousand uploads a second of one owner."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import libraries
from chalicelib.catalogue import edges

UPLOADS = 4000
MOST = {  # writes of the busiest key, for each upload, by kind: docs/catalogue.md has the arithmetic
    "taken": 1.0,
    "camera": 0.4,
    "word": 0.6,
    "place": 1.0,
    "colour": 0.4,
    "band": 0.05,
}


@pytest.fixture(scope="module")
def writes() -> Counter[str]:
    """Return how often each key is written."""
    found: Counter[str] = Counter()
    for image in libraries.collection("owner", UPLOADS):
        found.update(facet for facet, _ in edges.edges(image.card, image.said))
    return found


@pytest.mark.parametrize("kind", MOST)
def test_the_busiest_key_of_a_kind_takes_its_share(writes: Counter[str], kind: str) -> None:
    """Of a thousand uploads a second, no key is written more than a thousand times."""
    busiest = max(number for facet, number in writes.items() if facet.split("#")[1] == kind)
    assert busiest / UPLOADS <= MOST[kind]


def test_every_kind_of_facet_is_held_to_a_share(writes: Counter[str]) -> None:
    """A new facet says how busy its keys are."""
    assert {facet.split("#")[1] for facet in writes} == set(MOST)


def test_a_card_is_one_write(aws: str) -> None:
    """The item of a facet, with its keys, has less than 1 KB: what one WRU writes."""
    for image in libraries.collection("00000000-0000-4000-8000-000000000001", 300):
        for (facet, entry), packed in edges.edges(image.card, image.said).items():
            assert len(f"facetentrycard{facet}{entry}".encode()) + len(packed) < 700
