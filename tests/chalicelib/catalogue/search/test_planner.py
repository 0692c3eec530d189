"""By which lists a question is answered: literal questions in, literal lists out."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.catalogue.search import planner
from chalicelib.catalogue.search.cursors import AllOf, AnyOf, Facet, Uploads
from chalicelib.catalogue.search.filters import Box, Circle, Colour, Dates, Question, Span
from chalicelib.db import index_table
from chalicelib.db.index_table import Transaction

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
        (Question(words=("golden", "gate"), box=Box(0, 0, 1, 1)), [[["me#word#golden"], ["me#word#gate"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab")), [[["me#colour#033"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab"), iso=Span(1, 2)), [[["me#colour#033"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab"), tag="sea"), [[["me#word#sea"]]]),
        (Question(colour=Colour("#000000", 0.0, "oklab"), taken=Dates("2024", None)), [[["me#taken"]]]),
    ],
)
def test_the_list_that_answers_a_question_is_read(question: Question, names: list[list[list[str]]]) -> None:
    """Several are joined; all else is filtered."""
    assert lists(planner.plan("me", question)) == names


def test_a_colour_goes_by_date_where_that_is_asked_for() -> None:
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
    """Each a list of its own, between two geohashes; such a page may cost more."""
    plan = planner.plan("me", question)
    assert 1 <= len(plan.parts) <= 8
    sources: Any = [source for part in plan.parts for group in part.groups for source in group.sources]
    assert {source.key for source in sources} == {"me#place"}
    assert any(source.low <= "s3y0zh7w1z0g#" <= source.high for source in sources)  # 10 degrees north, 20 east
    assert all(source.low <= source.high for source in sources)
    assert plan.units == 9.5


def test_lists_by_date_are_read_between_the_dates_that_are_asked_for() -> None:
    """Those of tags give entries with the mark of one."""
    dates = Dates("2024", "2024-05")
    assert planner.plan("me", Question(taken=dates)) == planner.Plan(
        [AllOf([AnyOf([Facet("me", "me#taken", "2024", f"2024-05{MOST}", tags=False)])])], 4.5
    )
    assert planner.plan("me", Question(taken=dates, tag="sea", words=("fog", "sun"))).parts == [
        AllOf(
            [
                AnyOf([Facet("me", "me#word#fog", "2024", f"2024-05{MOST}", tags=False)]),
                AnyOf([Facet("me", "me#word#sun", "2024", f"2024-05{MOST}", tags=False)]),
                AnyOf([Facet("me", "me#word#sea", "2024", f"2024-05{MOST}", tags=True)]),
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
    assert planner.plan(shelf, Question(make="canon")).units == 3.5
    assert planner.plan(shelf, Question(make="canon", words=("su",))).units == 2.5
    assert planner.plan(shelf, Question(tag="sea")).units == 4.5


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
