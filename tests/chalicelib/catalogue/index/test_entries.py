"""Every index entry: a literal image in, its keys and packed cards out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.catalogue.index import cards, entries
from chalicelib.catalogue.index.terms import Word
from tests.chalicelib.catalogue.literals import IMAGE, image

ID = "abcdefghijklmnopqrstuvwxyz"
AT = f"2014-10-31T13:32:37#{ID}"
CELLS = {
    0x336699: "232",
    0xFF0000: "354",
    0xFFFFFF: "433",
    0x000000: "033",
    0x00FF00: "414",
    0x0000FF: "230",
    0xCC2020: "254",
}
"""Of OKLab as coloraide has it, in boxes of 0.2 by 0.12 by 0.12."""

PACKED: list[Any] = [
    "", "", "ready", "a.jpg", "2024-05-31T12:30:15.250Z", 1000, "JPEG", 4000, 3000, None, None, None, "private",
    [
        "2014-10-31T13:32:37", "Canon", "EOS 5D", "EF 50mm f/1.8", 200, 2.8, 50.0, 3, "edited", 10.0, 20.0,
        0x336699, None, None, None, None, None, None, None, None, None, "FR", "Besançon",
    ],
    None, False,
]  # fmt: skip


def keys(said: list[Word] | None = None, **changes: Any) -> set[tuple[str, str]]:
    return {*entries.entries_of(image(**changes), said or [])}


def test_a_card_is_packed_as_it_always_was() -> None:
    """The next version must read stored cards: an array whose fields keep their places."""
    assert msgspec.msgpack.decode(cards.pack(IMAGE)) == PACKED
    assert cards.unpack(msgspec.msgpack.encode(PACKED), "me", ID) == IMAGE
    older = [*PACKED[:13], PACKED[13][:18], None]  # before palettes, tags and names of places
    assert cards.unpack(msgspec.msgpack.encode(older), "me", ID) == image(country=None, city=None)


@pytest.mark.parametrize(
    ("tags", "packed", "apart"),
    [
        ((), [], None),
        (("Sea", "fog"), ["Sea", "fog"], None),
        (("a" * 253,), ["a" * 253], None),  # with two bytes for its length and one for that of the list: 256
        (("a" * 254,), None, ["a" * 254]),
        (tuple(f"{number:032}" for number in range(9)), None, [f"{number:032}" for number in range(9)]),
    ],
)
def test_tags_lie_in_every_entry_unless_they_are_too_long(
    tags: tuple[str, ...], packed: list[str] | None, apart: list[str] | None
) -> None:
    """Then they have an item of their own, of which the card tells."""
    found = entries.entries_of(image(tags=tags), [])
    own = found.pop(("me#tags", ID), None)
    assert own == (None if apart is None else msgspec.msgpack.encode(apart))
    for card in found.values():
        assert msgspec.msgpack.decode(card)[14:] == [packed, apart is not None]
        read = cards.unpack(card, "me", ID)
        assert (read.tags, read.apart) == (None if apart else tags, apart is not None)


def test_an_image_lies_in_the_cells_of_its_main_colours() -> None:
    """Of those that make up 16 per cent of it or more, and of the dominant one; in a cell once."""
    found = keys(palette=bytes.fromhex("336699 0f  000000 10  010101 10  ffffff 0f  cc2020 11"))
    cells = {list_key.split("#")[2] for list_key, _ in found if "#colour#" in list_key}
    assert cells == {CELLS[0x336699], CELLS[0x000000], CELLS[0xCC2020]}


def test_every_entry_of_an_image_holds_its_card() -> None:
    """By date taken, camera, words, place, colour, the hash of the pixels."""
    said = [Word("golden gate", tag=True), Word("golden", tag=False)]
    # blocks of 15, 7 and 7 bits, each a code word with these three ones; 17 bits with the first, 18 with the first
    phash = 7 | 7 << 15 | 7 << 22 | 1 << 29 | 1 << 46
    found = entries.entries_of(image(phash=phash, pixels=0xABC, sha256=0xDEF), said)
    assert {*found} == {
        ("me#taken", AT),
        ("me#camera#canon\teos 5d\tef 50mm f/1.8", AT),
        ("me#word#golden gate", f"{AT}+"),
        ("me#word#golden", AT),
        ("me#place", f"s3y0zh7w1z0g#{ID}"),
        ("me#colour#232", AT),
        ("me#band#0#1c38007", f"0000000000000abc#{ID}"),
        ("me#band#1#1", f"0000000000000abc#{ID}"),
        ("me#band#2#1", f"0000000000000abc#{ID}"),
    }
    wanted = [*PACKED[:13], [*PACKED[13][:12], phash, 0xABC, 0xDEF, *[None] * 6, "FR", "Besançon"], None, False]
    assert all(msgspec.msgpack.decode(packed) == wanted for packed in found.values())


def test_an_image_lies_under_its_number_of_people() -> None:
    """Once somebody has looked for any."""
    before, after = entries.entries_of(image(), ()), entries.entries_of(image(), (), "0")
    assert after == {**before, ("me#people#0", AT): before["me#taken", AT]}


def test_a_flagged_image_lies_in_the_list_of_all_owners() -> None:
    """By its upload, with its owner in place of a card."""
    before, after = entries.entries_of(image(), ()), entries.entries_of(image(), (), flagged=True)
    assert after == {**before, ("*#flagged", f"2024-05-31T12:30:15.250Z#{ID}"): b"me"}


@pytest.mark.parametrize(
    ("changes", "gone"),
    [
        ({"make": None, "model": None, "lens": None}, "camera"),
        ({"latitude": None}, "place"),
        ({"longitude": None}, "place"),
        ({"colour": None}, "colour"),
    ],
)
def test_an_image_is_in_no_list_of_what_is_not_known_of_it(changes: dict[str, Any], gone: str) -> None:
    """In all others, still."""
    kinds = {list_key.split("#")[1] for list_key, _ in keys(**changes)}
    assert kinds == {"taken", "camera", "place", "colour"} - {gone}


def test_an_image_without_a_date_lies_at_its_upload() -> None:
    """To the second, in every list by date taken."""
    found = keys([Word("sea", tag=True)], taken=None)
    at = f"2024-05-31T12:30:15#{ID}"
    assert {("me#taken", at), ("me#word#sea", f"{at}+"), ("me#colour#232", at)} <= found


@pytest.mark.parametrize(
    ("changes", "entry"),
    [
        ({"make": "Canon", "model": None, "lens": None}, "me#camera#canon\t\t"),
        ({"make": None, "model": "EOS 5D", "lens": None}, "me#camera#\teos 5d\t"),
        ({"make": None, "model": None, "lens": "EF 50mm"}, "me#camera#\t\tef 50mm"),
        ({"make": "STRASSE", "model": "ß", "lens": None}, "me#camera#strasse\tss\t"),
    ],
)
def test_any_part_of_the_gear_is_enough_for_a_list(changes: dict[str, Any], entry: str) -> None:
    """Case folded."""
    assert (entry, AT) in keys(**changes)


@pytest.mark.parametrize(("colour", "cell"), CELLS.items())
def test_a_colour_lies_in_its_cell(colour: int, cell: str) -> None:
    """Black is a colour, too, and white lies in the last cell of lightness."""
    assert {list_key for list_key, _ in keys(colour=colour) if "#colour#" in list_key} == {f"me#colour#{cell}"}


@pytest.mark.parametrize(
    ("changes", "lists", "identity"),
    [
        ({}, set(), None),
        ({"phash": 0, "pixels": 0}, {"band"}, ("me#band#0#0", "0000000000000000#")),
        ({"phash": 0, "pixels": 0, "sha256": 1}, {"band"}, ("me#band#0#0", "0000000000000000#")),
        (
            {"phash": 8, "pixels": 1 << 63},
            {"band"},
            ("me#band#0#0", "8000000000000000#"),
        ),  # rounded to a code word
        ({"sha256": 255}, {"bytes"}, ("me#bytes#00000000000000ff", "00000000000000ff#")),
        ({"sha256": 255, "phash": 5}, {"bytes"}, ("me#bytes#00000000000000ff", "00000000000000ff#")),
        ({"sha256": 255, "pixels": 5}, {"bytes"}, ("me#bytes#00000000000000ff", "00000000000000ff#")),
        ({"sha256": 0}, {"bytes"}, ("me#bytes#0000000000000000", "0000000000000000#")),
        ({"phash": 5}, set(), None),
        ({"pixels": 5}, set(), None),
    ],
)
def test_images_with_the_same_pixels_lie_together(
    changes: dict[str, Any], lists: set[str], identity: tuple[str, str] | None
) -> None:
    """Where no pixels are known, those with the same bytes."""
    found = keys(**changes)
    assert {list_key.split("#")[1] for list_key, _ in found} - {"taken", "camera", "place", "colour"} == lists
    assert entries.identity(image(**changes)) == identity
    if identity is not None:
        assert (identity[0], f"{identity[1]}{ID}") in found


def test_an_entry_tells_its_image() -> None:
    """By the last 26 characters, without the mark of a tag."""
    assert entries.image_id(AT) == entries.image_id(f"{AT}+") == entries.image_id(f"u4pruydqqvj8#{ID}") == ID


def test_lists_are_called_as_they_always_were() -> None:
    """Their names are stored."""
    assert entries.taken("me") == "me#taken"
    assert entries.camera("me", "Canon\tEOS 5D\tEF") == "me#camera#canon\teos 5d\tef"
    assert entries.word("me", "golden gate") == "me#word#golden gate"
    assert entries.words("me") == "me#words"
    assert entries.people("me", "2+") == "me#people#2+"
    assert entries.colour("me", "232") == "me#colour#232"
    assert entries.place("me") == "me#place"
    assert entries.band("me", "1#ff") == "me#band#1#ff"
    assert entries.same("me") == "me#same"
