"""By which lists a question is answered: literal questions in, literal lists out."""

from __future__ import annotations

import pytest

from chalicelib.catalogue import plans
from chalicelib.catalogue.questions import Box, Circle, Colour, Dates, Question, Span
from chalicelib.catalogue.walks import Facet, Uploads

LEAST, MOST = "\x01", "\U0010ffff"


def lists(question: Question, *, ordered: bool = False) -> list[list[list[str]]]:
    """Return the names of the lists of a plan."""
    return [
        [[source.key for source in group] for group in part]
        for part in plans.plan("me", question, ordered=ordered).parts
    ]


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
    assert lists(question) == names


def test_a_colour_goes_by_date_where_that_is_asked_for() -> None:
    """Else the nearest cells come first."""
    question = Question(colour=Colour("#777777", 30.0, "ciede2000"))
    assert lists(question, ordered=True) == [[["me#taken"]]]
    assert lists(question)[0] == [["me#colour#233"]]
    assert len(lists(question)) > 1


@pytest.mark.parametrize(
    "question", [Question(near=Circle(10.0, 20.0, 1.0)), Question(box=Box(19.9, 9.9, 20.1, 10.1), iso=Span(1, 2))]
)
def test_a_place_is_answered_by_ranges_one_after_the_other(question: Question) -> None:
    """Each a list of its own, between two geohashes; such a page may cost more."""
    plan = plans.plan("me", question)
    assert 1 <= len(plan.parts) <= 8
    sources = [source for part in plan.parts for group in part for source in group]
    assert {source.key for source in sources} == {"me#place"}
    assert any(source.low <= "s3y0zh7w1z0g#" <= source.high for source in sources)  # 10 degrees north, 20 east
    assert all(source.low <= source.high for source in sources)
    assert plan.units == 9.5


def test_lists_by_date_are_read_between_the_dates_that_are_asked_for() -> None:
    """Those of tags give entries with the mark of one."""
    dates = Dates("2024", "2024-05")
    assert plans.plan("me", Question(taken=dates)) == plans.Plan(
        [[[Facet("me", "me#taken", "2024", f"2024-05{MOST}", tags=False)]]], 4.5
    )
    assert plans.plan("me", Question(taken=dates, tag="sea", words=("fog", "sun"))).parts == [
        [
            [Facet("me", "me#word#fog", "2024", f"2024-05{MOST}", tags=False)],
            [Facet("me", "me#word#sun", "2024", f"2024-05{MOST}", tags=False)],
            [Facet("me", "me#word#sea", "2024", f"2024-05{MOST}", tags=True)],
        ]
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
    assert plans.by_upload("me", Question(uploaded=dates)).parts == [[[Uploads("by_owner", "me", low, high)]]]
    assert plans.bounds(dates) == (low, high)


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
    assert plans.by_place(question) is right
