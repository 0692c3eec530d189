"""Terms: an image is found by the words that people would use, for any texts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue.index import terms
from chalicelib.catalogue.index.terms import Word

anything = st.text(st.characters(codec=None), max_size=300)


def said(**of):
    nothing = {"title": None, "caption": None, "keywords": (), "tags": (), "name": ""}
    return terms.said(**{**nothing, **of})


def texts(**of):
    return [word.text for word in said(**of)]


def test_tags_and_keywords_are_whole_and_their_words_besides():
    """Folded and normalised; a word that is a tag, too, is one."""
    found = said(tags={"Golden  Gate", "BRIDGE"}, keywords=["\uff33\uff46 bridge", "Straße"], title="A bridge")
    assert found == [
        Word("bridge", tag=True),
        Word("golden gate", tag=True),
        Word("sf bridge", tag=True),
        Word("strasse", tag=True),
        Word("golden", tag=False),
        Word("gate", tag=False),
        Word("sf", tag=False),
    ]


def test_title_file_name_and_caption_follow_in_this_order():
    """Single words, without those that stand in every title, and without single characters."""
    found = texts(title="The Port of Oslo", caption="A ferry, at 5 p.m.", name="uploads/me/x/evening-light.jpeg")
    assert found == ["port", "oslo", "evening", "light", "ferry"]


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1234.JPG",
        "DSC01234.ARW",
        "DSCN0042.jpg",
        "_DSF1234.RAF",
        "DSCF9999.jpg",
        "PXL_20240131_123456789.jpg",
        "MVIMG_20180101_000000.jpg",
        "P1040567.RW2",
        "IMG-20200101-WA0001.jpg",
        "Screenshot 2024-01-31.png",
        "image (1).png",
        "photo.jpg",
        "1920x1080.png",
        "20240131T120000Z.jpg",
        "550e8400-e29b-41d4-a716-446655440000.jpg",
        "cafeface-e29b-abcd-abcd-446655440000.jpg",
        "d41d8cd98f00b204e9800998ecf8427e.png",
        "1699999999.jpg",
        "",
    ],
)
def test_what_cameras_and_programs_call_a_file_is_no_word(name):
    """Prefixes, numbers, dates, sizes, identifiers: nobody looks for them, and each would cost a write."""
    assert texts(name=name) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_1234 Lofoten.jpg", ["lofoten"]),
        ("lofoten2.jpg", ["lofoten2"]),
        ("a.b/C:\\pictures\\red fox.final.tiff", ["red", "fox", "final"]),
        ("no extension", ["no", "extension"]),
        ("facade.jpg", ["facade"]),
    ],
)
def test_what_people_call_a_file_is_found(name, expected):
    """Without folder and extension."""
    assert texts(name=name) == expected


def test_texts_without_spaces_are_found_by_any_two_characters():
    """Bigrams, in titles as in queries; other scripts beside them are words as ever."""
    assert texts(title="東京タワーの夜景 Tokyo") == [
        "東京", "京タ", "タワ", "ワー", "ーの", "の夜", "夜景", "tokyo",
    ]  # fmt: skip
    assert terms.asked("タワー") == ["タワ", "ワー"]
    assert set(terms.asked("東京タワー")) <= set(texts(title="夜の東京タワー"))
    assert terms.asked("山") == []
    assert said(tags=["山"]) == [Word("山", tag=True)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Golden gate, SUNSET golden", ["golden", "gate", "sunset"]),
        ("the port of oslo", ["port", "oslo"]),
        ("the", ["the"]),
        ("x", []),
        (" \0\ud800 ", []),
        ("Cafe\u0301", ["café"]),
        ("E\u200bO\u202eS", ["eos"]),
    ],
)
def test_a_query_is_its_words(query, expected):
    """Each once; the commonest words count only where there is no other."""
    assert terms.asked(query) == expected


@given(anything, anything, st.lists(anything, max_size=8), st.lists(anything, max_size=60), anything)
def test_whatever_the_texts_hold_words_are_few_short_and_clean(title, caption, keywords, tags, name):
    """At most 40, each once, of 1 to 64 characters, writable as UTF-8, without NUL, tags before others."""
    found = said(title=title, caption=caption, keywords=keywords, tags=tags, name=name)
    assert len(found) <= terms.MAX_WORDS
    assert len({word.text for word in found}) == len(found)
    assert [word.tag for word in found] == sorted((word.tag for word in found), reverse=True)
    for text, is_tag in found:
        assert (1 if is_tag else terms.LEAST) <= len(text) <= terms.MAX_LENGTH
        assert text.encode().decode() == text == " ".join(text.split())
        assert not set(text) & {"\0", "\n", "\u202e", "\u200b"}


@given(anything)
def test_a_tag_is_normalised_once_and_for_all(text):
    """`tag` is idempotent; and an image is found by its result."""
    once = terms.tag(text)
    assert terms.tag(once) == once
    assert said(tags=[text])[:1] == ([Word(once, tag=True)] if once else [])


@given(anything)
def test_what_a_title_says_can_be_asked_for(title):
    """Every word of a short title matches the title itself as a query."""
    found = set(texts(title=title))
    if 0 < len(found) < terms.MAX_WORDS:
        assert set(terms.asked(title)) == found


@pytest.mark.medium
def test_enormous_texts_cost_little():
    """Ten megabytes of anything, in every field, take no longer than the first thousands of characters."""
    started = time.process_time()
    for unit in ("word ", "e\u0301\u0323", "\u0301\u0323", "ﷺ", "東", "\ud800", "\0", "a", "\u202e", "-"):
        text = unit * (10_000_000 // len(unit))
        found = said(title=text, caption=text, keywords=[text] * 50, tags=[text] * 50, name=text)
        assert len(found) <= terms.MAX_WORDS
        assert len(terms.asked(text)) <= terms.MAX_WORDS
    assert time.process_time() - started < 20


def test_tags_come_before_all_else():
    """An owner's own words are the last to be left out."""
    tags = [f"tag {number:02}" for number in range(38)]
    found = said(tags=reversed(tags), title="some more words than there is room for")
    assert [word.text for word in found[:38]] == tags
    assert len(found) == 40


def test_an_image_is_found_by_the_names_of_its_place():
    """By each word without accents, then as it is written; no commonest words, each once, and never as a tag."""
    assert said(places=["Zürich", "Switzerland", None, "Rive-de-Gier"], title="Zurich") == [
        Word("zurich", tag=False),
        Word("switzerland", tag=False),
        Word("rive", tag=False),
        Word("gier", tag=False),
        Word("zürich", tag=False),
    ]


def test_a_tag_that_is_a_place_stays_a_tag():
    """It is one word."""
    assert said(tags={"Lisbon"}, places=["Lisbon", "Portugal"]) == [
        Word("lisbon", tag=True),
        Word("portugal", tag=False),
    ]


def test_the_names_of_a_place_are_never_crowded_out():
    """An image with more words than are kept has them besides, at most twelve."""
    tags = [f"tag{number:02}" for number in range(60)]
    found = texts(tags=tags, places=["Łódź", "Poland", " ".join(f"quarter{letter}" for letter in "abcdefghijklm")])
    assert len(found) == terms.MAX_WORDS + 12
    assert found[40:43] == ["lodz", "poland", "quartera"]


@pytest.mark.parametrize(
    ("name", "words", "key"),
    [
        ("Zürich", ["zurich"], "zurich"),
        ("São Paulo", ["sao", "paulo"], "saopaulo"),
        ("Łódź", ["lodz"], "lodz"),
        ("Tromsø", ["tromso"], "tromso"),
        ("Nuku\u2018alofa", ["nuku", "alofa"], "nukualofa"),
        ("Diyarbak\u0131r", ["diyarbakir"], "diyarbakir"),
        ("Đà Nẵng", ["nang"], "danang"),
        ("Ħamrun", ["hamrun"], "hamrun"),
        ("Ærøskøbing", ["aeroskobing"], "aeroskobing"),
        ("Garðabær", ["gardabaer"], "gardabaer"),
        ("Þorlákshöfn", ["thorlakshofn"], "thorlakshofn"),
        ("Œuilly", ["oeuilly"], "oeuilly"),
        ("Rio de Janeiro", ["rio", "janeiro"], "riodejaneiro"),
        ("Å", [], "a"),
        ("", [], ""),
    ],
)
def test_names_of_places_are_compared_without_accents(name, words, key):
    """People write them as their keyboards can."""
    assert terms.of_place(name) == words
    assert terms.place_key(name) == key
