"""By which lists a question is answered: literal questions in, literal lists out."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.search import planner
from chalicelib.catalogue.search.cursors import AllOf, AnyOf, IndexList, Uploads
from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Question, Span
from chalicelib.db import index_table
from chalicelib.db.index_table import Transaction
from tests.chalicelib.catalogue.literals import image

LEAST, MOST = "\x01", "\U0010ffff"


def lists(plan: planner.Plan) -> list[list[list[str]]]:
    """Return the names of the lists of a plan."""
    parts: Any = plan.parts
    return [[[source.key for source in group.sources] for group in part.groups] for part in parts]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (Question(), [[["me#taken"]]]),
        (Question(iso=Span(100, 400), format="PNG"), [[["me#taken"]]]),  # of which there are no lists
        (Question(tag="sea"), [[["me#word#sea"]]]),
        (Question(words=("golden", "gate")), [[["me#word#golden"], ["me#word#gate"]]]),
        (Question(words=("golden", "gate"), tag="sea"), [[["me#word#golden"], ["me#word#gate"], ["me#word#sea"]]]),
        (Question(tag="sea", near=Circle(0, 0, 1)), [[["me#word#sea"]]]),
        (Question(people="2+"), [[["me#people#2+"]]]),
        (
            Question(people="0", words=("golden", "gate")),
            [[["me#word#golden"], ["me#word#gate"], ["me#people#0"]]],
        ),
        (Question(people="1", near=Circle(0, 0, 1), iso=Span(1, 2)), [[["me#people#1"]]]),
        (Question(words=("golden", "gate"), box=Box(0, 0, 1, 1)), [[["me#word#golden"], ["me#word#gate"]]]),
        (Question(country="pt"), [[["me#word#portugal"]]]),
        (Question(country="CD"), [[["me#word#democratic"]]]),  # of the longest word
        (Question(country="ZZ"), [[["me#taken"]]]),
        (Question(city="S\u00e3o Paulo", country="BR"), [[["me#word#paulo"]]]),
        (Question(city="\u00c5"), [[["me#taken"]]]),  # by no word
        (Question(country="PT", tag="sea"), [[["me#word#sea"]]]),
        (Question(country="PT", colour=Colour("#000000", 0.0, "oklab")), [[["me#word#portugal"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab")), [[["me#colour#033"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab"), iso=Span(1, 2)), [[["me#colour#033"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab"), tag="sea"), [[["me#word#sea"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab"), taken=Dates("2024", None)), [[["me#taken"]]]),
    ],
)
def test_the_list_that_answers_a_question_is_read(
    aws: str, question: Question, names: list[list[list[str]]]
) -> None:
    """Several are joined; all else is filtered."""
    assert lists(planner.plan("me", question)) == names


def test_a_colour_goes_by_date_where_that_is_asked_for(aws: str) -> None:
    """Else the nearest cells come first."""
    question = Question(colour=Colour("#777777", 30.0, "ciede2000"))
    assert lists(planner.plan("me", question, ordered=True)) == [[["me#taken"]]]
    found = lists(planner.plan("me", question))
    assert found[0] == [["me#colour#233"]]
    assert len(found) > 1


@pytest.mark.parametrize(
    "question", [Question(near=Circle(10.0, 20.0, 1.0)), Question(box=Box(19.9, 9.9, 20.1, 10.1), iso=Span(1, 2))]
)
def test_a_place_is_answered_by_ranges_one_after_the_other(question: Question) -> None:
    """Each a list of its own, between two geohashes."""
    plan = planner.plan("me", question)
    assert 1 <= len(plan.parts) <= 8
    sources: Any = [source for part in plan.parts for group in part.groups for source in group.sources]
    assert {source.key for source in sources} == {"me#place"}
    assert any(source.low <= "s3y0zh7w1z0g#" <= source.high for source in sources)  # 10 degrees north, 20 east
    assert all(source.low <= source.high for source in sources)
    assert plan.units == 7.0


def test_lists_by_date_are_read_between_the_dates_that_are_asked_for() -> None:
    """Those of tags give entries with the mark of one."""
    dates = Dates("2024", "2024-05")
    assert planner.plan("me", Question(taken=dates)) == planner.Plan(
        [AllOf([AnyOf([IndexList("me", "me#taken", "2024", f"2024-05{MOST}", tags=False)])])], 7.0
    )
    assert planner.plan("me", Question(taken=dates, tag="sea", words=("fog", "sun"))).parts == [
        AllOf(
            [
                AnyOf([IndexList("me", "me#word#fog", "2024", f"2024-05{MOST}", tags=False)]),
                AnyOf([IndexList("me", "me#word#sun", "2024", f"2024-05{MOST}", tags=False)]),
                AnyOf([IndexList("me", "me#word#sea", "2024", f"2024-05{MOST}", tags=True)]),
            ]
        )
    ]


@pytest.mark.parametrize(
    ("dates", "low", "high"),
    [
        (None, LEAST, MOST),
        (Dates("2024", None), "2024", MOST),
        (Dates(None, "2024-05"), LEAST, f"2024-05{MOST}"),
        (Dates("2023-12", "2024"), "2023-12", f"2024{MOST}"),
    ],
)
def test_uploads_are_read_between_dates(dates: Dates | None, low: str, high: str) -> None:
    """The later one with all that it begins."""
    assert planner.by_upload("me", Question(uploaded=dates)).parts == [AllOf([AnyOf([Uploads("me", low, high)])])]
    assert planner.bounds(dates) == (low, high)


@pytest.mark.parametrize(
    ("question", "right"),
    [
        (Question(near=Circle(0, 0, 1)), True),
        (Question(box=Box(0, 0, 1, 1)), True),
        (Question(near=Circle(0, 0, 1), make="Canon"), True),
        (Question(near=Circle(0, 0, 1), tag="sea"), False),
        (Question(box=Box(0, 0, 1, 1), words=("sea",)), False),
        (Question(box=Box(0, 0, 1, 1), people="0"), False),
        (Question(make="Canon"), False),
        (Question(), False),
    ],
)
def test_an_answer_comes_by_place_unless_words_are_asked_for(question: Question, *, right: bool) -> None:
    """A list by place knows no words."""
    assert planner.by_place(question) is right


SHELF = {
    "Canon\tEOS 5D\tEF 50mm f/1.8": 20,
    "Canon\tEOS 5D\t": 10,
    "Apple\tiPhone 6\t": 71,
    "\t\tEF 50mm f/1.8": 0,  # of which none is left
}
CANON = ["#camera#canon\teos 5d\t", "#camera#canon\teos 5d\tef 50mm f/1.8"]
PHONE = ["#camera#apple\tiphone 6\t"]


@pytest.fixture
def shelf(aws: str, owner: str) -> str:
    """Return an owner whose counts tell of two cameras, a lens, and some words."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "camera#"), SHELF)
    assert transaction.commit()
    index_table.note({(f"{owner}#words", f"su{letter}") for letter in "nkmabcdefg"} | {(f"{owner}#words", "st")})
    return owner


@pytest.mark.parametrize(
    ("question", "names"),
    [
        (Question(make="canon"), [[CANON]]),
        (Question(make="CANON", model="eos 5d"), [[CANON]]),
        (Question(lens="ef 50MM f/1.8"), [[CANON[1:]]]),
        (Question(model="iphone 6"), [[PHONE]]),
        (Question(make="canon", model="iphone 6"), []),  # of which there is none
        (Question(make="Leica"), []),
        (Question(make="canon", tag="sea"), [[["#word#sea"], CANON]]),  # 30 of 101 images: worth joining
        (Question(make="apple", tag="sea"), [[["#word#sea"]]]),  # 71 of 101: the cards tell it
        (Question(make="apple", words=("golden", "gate")), [[["#word#golden"], ["#word#gate"]]]),
        (Question(make="Leica", tag="sea"), []),
        (Question(words=("st",)), [[["#word#st"]]]),
        (Question(words=("sun",)), [[["#word#sun"]]]),
        (Question(words=("nothing",)), []),
        # the first eight in the alphabet
        (Question(words=("su",)), [[[f"#word#su{letter}" for letter in "abcdefgk"]]]),
    ],
)
def test_counts_and_words_say_which_lists_there_are(
    shelf: str, question: Question, names: list[list[list[str]]]
) -> None:
    """A value that was never used needs no list."""
    assert lists(planner.plan(shelf, question)) == [[[shelf + name for name in g] for g in part] for part in names]


def test_a_look_at_what_there_is_comes_off_the_page(shelf: str) -> None:
    """The cost of cameras, and of the beginning of a word: of moto, a unit for each query."""
    assert planner.plan(shelf, Question(make="canon")).units == 6.0
    assert planner.plan(shelf, Question(make="canon", words=("su",))).units == 5.0
    assert planner.plan(shelf, Question(tag="sea")).units == 7.0


@pytest.mark.parametrize(("number", "names"), [(8, 8), (9, None)])
def test_more_lists_than_can_be_merged_are_left_to_the_cards(
    aws: str, owner: str, number: int, names: int | None
) -> None:
    """Of one make, up to eight cameras."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "camera#"), {f"Canon\tEOS {name}\t": 1 for name in range(number)})
    assert transaction.commit()
    ((group,),) = lists(planner.plan(owner, Question(make="canon")))
    assert group == [f"{owner}#taken"] if names is None else len(group) == names


@pytest.mark.parametrize(("shared", "joined"), [(3, True), (4, False)])
def test_a_list_of_more_than_three_in_ten_images_is_not_joined(
    aws: str, owner: str, shared: int, *, joined: bool
) -> None:
    """Exactly three in ten are."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "camera#"), {"A\tA\t": shared, "B\tB\t": 10 - shared})
    assert transaction.commit()
    (part,) = lists(planner.plan(owner, Question(make="a", tag="sea")))
    assert (len(part) == 2) is joined


GREYS = {"cell:233": 30, "cell:033": 20, "cell:133": 10}


def count_colours(owner: str, numbers: dict[str, int]) -> None:
    """Count an owner's images, and the cells of their main colours."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "total#"), numbers)
    assert transaction.commit()


GREY = Question(colour=Colour("#777777", 20.0, "ciede2000"))  # in 25 cells, black in none of them


def cells_of(owner: str, **ways: Any) -> list[list[str]]:
    """Return which lists of colours each part reads for grey."""
    (found,) = zip(*lists(planner.plan(owner, GREY, **ways)), strict=True)
    return [[name.removeprefix(f"{owner}#") for name in group] for group in found]


@pytest.mark.parametrize(
    ("numbers", "order", "read"),
    [
        # 1,000 images: the cells that have some, the nearest first
        ({"images": 1000, "spread": 1000, **GREYS}, None, [["colour#233"], ["colour#133"]]),
        # 61 images, in 40 entries of two cells, which cost 1.0 + 2.0 RRU: 3.05 by date
        ({"images": 61, "spread": 61, **GREYS}, None, [["colour#233"], ["colour#133"]]),
        ({"images": 60, "spread": 60, **GREYS}, None, [["taken"]]),
        ({"images": 60, "spread": 60, **GREYS}, "colour", [["colour#233"], ["colour#133"]]),
        # by date, their lists are merged
        ({"images": 61, "spread": 61, **GREYS}, "taken", [["colour#233", "colour#133"]]),
        ({"images": 60, "spread": 60, **GREYS}, "taken", [["taken"]]),
        # one image of before: any cell may have it
        ({"images": 1000, "spread": 999, "cell:233": 999}, "taken", [["taken"]]),
    ],
)
def test_counts_of_colours_say_which_lists_are_worth_reading(
    aws: str, owner: str, numbers: dict[str, int], order: planner.Order | None, read: list[list[str]]
) -> None:
    """A cell without an image costs no query, and a short list by date is read instead of many."""
    count_colours(owner, numbers)
    assert [part for part in cells_of(owner, order=order) if part] == read
    if order != "colour":
        by_date = [part for part in cells_of(owner, ordered=True) if part]
        assert by_date == (read if order or read == [["taken"]] else [["colour#233", "colour#133"]])


@pytest.mark.parametrize(("share", "read"), [(0.159, "taken"), (0.16, "colour#233")])
def test_small_parts_are_looked_for_in_all_cards(aws: str, owner: str, share: float, read: str) -> None:
    """No list of a colour has them."""
    count_colours(owner, {"images": 1000, "spread": 1000, "cell:233": 30})
    asked = Question(colour=Colour("#777777", 20.0, "ciede2000", share=share))
    found = [part for part in lists(planner.plan(owner, asked)) if part != [[]]]
    assert found == [[[f"{owner}#{read}"]]]


def test_every_cell_is_read_where_some_image_was_not_counted(aws: str, owner: str) -> None:
    """Until a recount."""
    count_colours(owner, {"images": 1000, "spread": 999, "cell:233": 999})
    read = cells_of(owner)
    assert read[0] == ["colour#233"]
    assert len(read) > 2
    assert all(len(part) == 1 for part in read)


def test_an_image_of_two_colours_is_shown_once() -> None:
    """In the first cell that has one of its main colours, though both hold it."""
    plan = planner.Plan([], cells=("233", "033", "433"))
    grey_and_black = image(colour=0x777777, palette=bytes.fromhex("7777773c 0000001e"))
    assert [plan.shows(grey_and_black, part) for part in range(3)] == [True, False, False]
    black_and_white = image(colour=0x000000, palette=bytes.fromhex("0000003c ffffff10"))
    assert [plan.shows(black_and_white, part) for part in range(3)] == [True, True, False]
    assert planner.Plan([]).shows(grey_and_black, 0)


@pytest.mark.parametrize(
    ("names", "lists_read"),
    [
        ({"make": ""}, ["taken"]),  # an image without any camera, too, of which there is no list
        ({"make": "", "model": "", "lens": ""}, ["taken"]),
        ({"make": "Canon", "model": ""}, ["camera#canon\t\t"]),
    ],
)
def test_an_empty_name_asks_for_images_that_name_none(
    aws: str, owner: str, names: dict[str, Any], lists_read: list[str]
) -> None:
    """By the lists of cameras where another part is named."""
    transaction = Transaction()
    transaction.add((f"{owner}#count", "camera#"), {"Canon\t\t": 1, "Canon\tEOS 5D\t": 2, "\tD40\t": 3})
    assert transaction.commit()
    ((group,),) = lists(planner.plan(owner, Question(**names)))
    assert group == [f"{owner}#{name}" for name in lists_read]
