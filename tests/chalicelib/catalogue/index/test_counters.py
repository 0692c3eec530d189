"""Every counter: a literal image in, literal numbers out."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.index import counters
from chalicelib.catalogue.index.terms import Word
from tests.chalicelib.catalogue.literals import image

MONTH, ALL = ("me#count", "month#2024-05"), ("*", "month#2024-05")
UNKNOWN = (
    "taken", "make", "model", "lens", "iso", "f_number", "focal_length", "rating", "provenance", "latitude",
    "longitude", "colour", "format", "country", "city",
)  # fmt: skip
BARE: dict[str, Any] = dict.fromkeys(UNKNOWN)


def test_an_image_counts_once_in_each_of_its_items() -> None:
    """Month of upload, total, camera, year taken and place; over all owners month and camera without its lens."""
    in_month = {
        "images": 1,
        "bytes": 1000,
        "state:ready": 1,
        "format:JPEG": 1,
        "provenance:edited": 1,
        "colour:steelblue": 1,
    }
    assert counters.contribution(image(), [Word("beach", tag=True), Word("fog", tag=False)]) == {
        MONTH: in_month,
        ALL: in_month,
        ("me#count", "total#"): {"images": 1, "bytes": 1000, "spread": 1, "cell:232": 1},
        ("me#count", "camera#"): {"Canon\tEOS 5D\tEF 50mm f/1.8": 1},
        ("*", "camera#"): {"Canon\tEOS 5D": 1},
        ("me#count", "tag#0"): {"+beach": 1},
        ("me#count", "taken#2014"): {"2014-10": 1},
        ("me#count", "place#s3"): {"s3y0": 1, "FR\tBesançon": 1},
    }


def test_an_image_of_which_nothing_is_known_counts_by_its_upload_alone() -> None:
    """One that has no size has no bytes."""
    in_month = {"images": 1, "bytes": 0, "state:failed": 1}
    assert counters.contribution(image(**BARE, state="failed", code="corrupt", size=None), []) == {
        MONTH: in_month,
        ALL: in_month,
        ("me#count", "total#"): {"images": 1, "bytes": 0, "spread": 1},
    }


@pytest.mark.parametrize("code", ["quota_exceeded", "account_not_active"])
def test_a_refused_image_takes_up_no_quota(code: str) -> None:
    """It counts by month as refused, without its bytes, and not in the total."""
    in_month = {"images": 1, "refused": 1, "state:failed": 1}
    assert counters.contribution(image(**BARE, state="failed", code=code), []) == {MONTH: in_month, ALL: in_month}


@pytest.mark.parametrize("code", [None, "truncated", "interrupted", "too_large"])
def test_any_other_image_takes_up_its_bytes(code: str | None) -> None:
    """A failed one, too: its object is in the bucket."""
    found = counters.contribution(image(code=code, size=7), [])
    assert found["me#count", "total#"] == {"images": 1, "bytes": 7, "spread": 1, "cell:232": 1}
    assert (found[MONTH]["bytes"], "refused" in found[MONTH]) == (7, False)


GEAR = [
    # make, model, lens, name of the owner's count, name of the count over all owners
    ("Canon", "EOS 5D", None, "Canon\tEOS 5D\t", "Canon\tEOS 5D"),
    ("Canon", None, None, "Canon\t\t", "Canon\t"),
    (None, "EOS 5D", None, "\tEOS 5D\t", "\tEOS 5D"),
    (None, None, "EF 50mm f/1.8", "\t\tEF 50mm f/1.8", None),
    (None, None, None, None, None),
]


@pytest.mark.parametrize(("make", "model", "lens", "mine", "everybody"), GEAR)
def test_a_lens_alone_is_no_camera_over_all_owners(
    make: str | None, model: str | None, lens: str | None, mine: str | None, everybody: str | None
) -> None:
    """Nor are other owners told which lenses there are."""
    found = counters.contribution(image(make=make, model=model, lens=lens), [])
    assert found.get(("me#count", "camera#")) == (None if mine is None else {mine: 1})
    assert found.get(("*", "camera#")) == (None if everybody is None else {everybody: 1})


def test_tags_are_spread_over_eight_items_and_words_are_not_counted() -> None:
    """By the CRC-32 of their UTF-8, so that none grows without bounds."""
    tags = ["sea", "sunset", "fog", "golden gate", "ärger", "alpha"]
    said = [*(Word(text, tag=True) for text in tags), Word("gate", tag=False)]
    found = counters.contribution(image(), said)
    assert {key[1]: numbers for key, numbers in found.items() if key[1].startswith("tag#")} == {
        "tag#2": {"+alpha": 1},
        "tag#3": {"+fog": 1},
        "tag#5": {"+sunset": 1},
        "tag#7": {"+golden gate": 1, "+sea": 1, "+ärger": 1},
    }


@pytest.mark.parametrize(
    ("latitude", "longitude", "item", "cell"),
    [
        # cells as geohash.org has them
        (57.64911, 10.40744, "place#u4", "u4pr"),
        (-25.382708, -49.265506, "place#6g", "6gkz"),
        (0.0, 0.0, "place#s0", "s000"),
        (None, 10.0, None, None),
        (10.0, None, None, None),
    ],
)
def test_a_place_counts_in_its_cell_of_four_characters(
    latitude: float | None, longitude: float | None, item: str | None, cell: str | None
) -> None:
    """Half of a place is none."""
    found = counters.contribution(image(latitude=latitude, longitude=longitude, country=None, city=None), [])
    assert {key[1]: numbers for key, numbers in found.items() if key[1].startswith("place#")} == (
        {} if item is None else {item: {cell: 1}}
    )


@pytest.mark.parametrize(
    ("country", "city", "name"),
    [("PT", "Lisbon", "PT\tLisbon"), ("DZ", None, "DZ\t"), (None, None, None)],
)
def test_country_and_city_are_counted_together(country: str | None, city: str | None, name: str | None) -> None:
    """Beside the cell of the place, so that they cost no item of their own; over all owners never."""
    found = counters.contribution(image(country=country, city=city), [])
    assert found["me#count", "place#s3"] == ({"s3y0": 1, name: 1} if name else {"s3y0": 1})
    assert {item for holder, item in found if holder == "*"} == {"month#2024-05", "camera#"}


@pytest.mark.parametrize(
    ("colour", "name"), [(0xFF0000, "red"), (0x000000, "black"), (0xCC2020, "crimson"), (0x777777, "grey")]
)
def test_a_colour_counts_under_the_nearest_name_of_css(colour: int, name: str) -> None:
    """Black is a colour, too."""
    assert counters.contribution(image(colour=colour), [])[MONTH][f"colour:{name}"] == 1


def test_an_image_counts_under_each_of_its_main_colours() -> None:
    """Once under each name and in each cell, however many shades it has; not under those of less than 16 %."""
    shades = image(palette=bytes.fromhex("ff0000 11  fe0000 11  0000ff 10  00ff00 0f"))
    found = counters.contribution(shades, [])
    assert {name: number for name, number in found[MONTH].items() if name.startswith("colour:")} == {
        "colour:red": 1,
        "colour:blue": 1,
    }
    total = found["me#count", "total#"]
    assert {name for name in total if name.startswith("cell:")} == {"cell:354", "cell:230"}
    assert all(number == 1 for name, number in total.items() if name != "bytes")


@pytest.mark.parametrize(
    ("numbers", "spread"),
    [
        ({"images": 3, "bytes": 9, "spread": 3, "cell:232": 2, "cell:033": 0}, (3, {"232": 2})),
        ({"images": 3, "bytes": 9, "spread": 2, "cell:232": 2}, (3, None)),  # one is of before
        ({"images": 2, "bytes": 9, "spread": -1, "cell:232": -1}, (2, None)),
        ({"images": 3, "bytes": 9}, (3, None)),
        ({}, (0, None)),
    ],
)
def test_colours_are_told_by_cell_where_every_image_was_counted_so(
    numbers: dict[str, int], spread: tuple[int, dict[str, int] | None]
) -> None:
    """Until a recount of images of before, a cell without a count may have some."""
    assert counters.colour_spread(numbers) == spread


def test_contributions_are_added_with_their_signs() -> None:
    """Numbers that come to nothing are left out, and so are items without numbers."""
    one = {("a", "x"): {"n": 2, "m": 1}, ("a", "y"): {"n": 1}}
    two = {("a", "x"): {"n": 3, "m": 1}, ("b", "x"): {"n": 4}}
    assert counters.merge([one, two]) == {
        ("a", "x"): {"n": 5, "m": 2},
        ("a", "y"): {"n": 1},
        ("b", "x"): {"n": 4},
    }
    assert counters.merge([two], [one]) == {("a", "x"): {"n": 1}, ("a", "y"): {"n": -1}, ("b", "x"): {"n": 4}}
    assert counters.merge([one], [one]) == {}
    assert counters.merge([]) == {}


def test_counts_over_all_owners_are_spread_over_sixteen_items() -> None:
    """Of one batch they go into one of them; an owner's own stay where they are."""
    assert counters.shards() == [
        "*#count#0", "*#count#1", "*#count#2", "*#count#3", "*#count#4", "*#count#5", "*#count#6", "*#count#7",
        "*#count#8", "*#count#9", "*#count#10", "*#count#11", "*#count#12", "*#count#13", "*#count#14",
        "*#count#15",
    ]  # fmt: skip
    counted = {("me#count", "total#"): {"images": 1}, ("*", "month#2024-05"): {"a": 1}, ("*", "camera#"): {"b": 2}}
    used = set()
    for _ in range(200):
        found = counters.spread(counted)
        ((everybody, _),) = {(key[0], 0) for key in found if key[0] != "me#count"}
        used.add(everybody)
        assert found == {
            ("me#count", "total#"): {"images": 1},
            (everybody, "month#2024-05"): {"a": 1},
            (everybody, "camera#"): {"b": 2},
        }
    assert used <= {*counters.shards()}
    assert len(used) > 8


def test_people_count_by_the_month_of_upload() -> None:
    """By three numbers, where somebody has looked for any."""
    without, with_one = counters.contribution(image(), ()), counters.contribution(image(), (), "1")
    key = ("me#count", "month#2024-05")
    assert with_one[key] == {**without[key], "people:1": 1}
    assert not any(name.startswith("people") for name in without[key])
