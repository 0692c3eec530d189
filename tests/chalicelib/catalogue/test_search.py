"""Every question is answered as a plain comprehension over the same images would answer it."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.catalogue import alike, edges, plans, search, steps, walks, words
from chalicelib.catalogue.questions import Box, Circle, Colour, Dates, Question, Span
from tests import delivery
from tests.chalicelib.catalogue import collection as made
from tests.chalicelib.catalogue.collection import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.catalogue.cards import Card

    Follow = Callable[[], None]


@pytest.fixture(scope="module")
def library(app: Any) -> Library:
    """Return a library with a history behind it, which the catalogue has followed."""
    stream = delivery.following(app)
    library, chosen = Library(f"owner-{uuid.uuid4().hex[:12]}"), random.Random(11)
    for number in range(30):
        image_id = library.add(chosen, f"{number}.jpg")
        if number % 3 == 0:
            library.edit(image_id, tags=set(chosen.sample(["sea", "golden gate", "Ärger"], 2)))
        if number % 9 == 8:
            library.remove(chosen.choice(sorted(library.images)))
            library.add(chosen, f"{chosen.randrange(number)}.jpg")
    stream()
    return library


SPANS = st.sampled_from([(100.0, 400.0), (None, 200.0), (400.0, None), (3200.0, 3200.0)]).map(
    lambda ends: Span(*ends)
)
DATES = st.sampled_from(
    [("2019", "2020"), (None, "2016-06"), ("2018-03-01", None), ("2017-05", "2017-05"), ("2019-12-31T12", None)]
).map(lambda ends: Dates(*ends))
QUESTIONS = st.builds(
    Question,
    uploaded=st.none() | DATES | st.just(Dates("2020-01-02", "2020-01-03")),
    taken=st.none() | DATES,
    make=st.none() | st.sampled_from(["canon", "Apple", "Leica"]),
    model=st.none() | st.sampled_from(["EOS 5D", "iphone 6"]),
    lens=st.none() | st.sampled_from(["ef 24-70mm", "EF 50mm f/1.8"]),
    format=st.none() | st.sampled_from(["JPEG", "png"]),
    state=st.none() | st.sampled_from(["ready", "failed"]),
    orientation=st.none() | st.sampled_from(["portrait", "landscape", "square"]),
    provenance=st.none() | st.sampled_from(["captured", "edited"]),
    size=st.none() | st.just(Span(1_000_000, 5_000_000)),
    megapixels=st.none() | st.just(Span(None, 5)),
    iso=st.none() | SPANS,
    f_number=st.none() | st.just(Span(2.8, None)),
    focal_length=st.none() | st.just(Span(50, 50)),
    rating=st.none() | st.just(Span(3, 5)),
    colour=st.none()
    | st.builds(Colour, st.sampled_from(made.COLOURS), st.sampled_from([0.0, 10.0, 40.0]), st.just("ciede2000"))
    | st.builds(Colour, st.sampled_from(made.COLOURS), st.sampled_from([0.05, 0.3]), st.just("oklab")),
    near=st.none()
    | st.builds(
        Circle,
        *(st.sampled_from(ends) for ends in ([48.9, -17.0, 89.0], [2.3, 180.0, -170.0])),
        st.sampled_from([5.0, 50.0, 3000.0]),
    ),
    box=st.none() | st.sampled_from([Box(170, -40, -170, 0), Box(0, 40, 10, 60), Box(-180, -90, 180, 90)]),
    tag=st.none() | st.sampled_from(["sea", "golden gate", "Ärger", "unknown"]).map(words.tag),
    words=st.just(())
    | st.sampled_from(["sea", "su", "golden gate", "boat fog", "sunset", "ärg"]).map(
        lambda text: tuple(words.asked(text))
    ),
)


def one_or_two() -> st.SearchStrategy[Question]:
    """Return questions with few filters: with many, hardly any image is left."""
    names = list(Question.__struct_fields__)
    return st.builds(
        lambda whole, kept: Question(**{name: getattr(whole, name) for name in kept}),
        QUESTIONS,
        st.lists(st.sampled_from(names), min_size=0, max_size=3, unique=True),
    )


def expected(library: Library, question: Question) -> list[Card]:
    """Return what a plain comprehension finds, by date taken."""
    found = []
    for image in library.images.values():
        card, said = steps.facets_of(image)
        assert card is not None
        texts = {word.text for word in said}
        tagged = question.tag is None or any(word.tag and word.text == question.tag for word in said)
        if len(question.words) == 1:
            spoken = any(text.startswith(question.words[0]) for text in texts)
        else:
            spoken = texts.issuperset(question.words)
        if tagged and spoken and question.matches(card):
            found.append(card)
    return sorted(found, key=lambda card: card.place, reverse=True)


def pages(plan: plans.Plan, question: Question, limit: int, *, descending: bool = True) -> list[search.Page]:
    """Return all pages of an answer, one behind the other."""
    found, start = [], None
    while True:
        found.append(page := search.page(plan, question, limit=limit, descending=descending, start=start))
        if page.after is None:
            return found
        start = page.after
        assert len(found) < 500


def check(library: Library, question: Question, limit: int, *, by_upload: bool, descending: bool) -> None:
    """Compare all pages of an answer with what a comprehension finds."""
    if by_upload and (question.tag is not None or question.words):
        return
    plan = plans.by_upload(library.owner, question) if by_upload else plans.plan(library.owner, question)
    answer = [card for page in pages(plan, question, limit, descending=descending) for card in page.cards]
    wanted = expected(library, question)
    assert sorted(card.image_id for card in answer) == sorted(card.image_id for card in wanted)
    if by_upload:
        wanted.sort(key=lambda card: (card.uploaded, card.image_id), reverse=True)
    if by_upload or not (plans.by_place(question) or question.colour is not None):
        ordered = wanted if descending else wanted[::-1]
        assert [card.image_id for card in answer] == [card.image_id for card in ordered]


ASKED = {
    "question": one_or_two(),
    "limit": st.sampled_from([7, 50]),
    "by_upload": st.sampled_from([False, False, False, True]),
    "descending": st.booleans(),
}
NO_SHRINKING = [Phase.explicit, Phase.generate]


@settings(max_examples=20, deadline=None, phases=NO_SHRINKING)
@given(**ASKED)
def test_a_question_is_answered_as_a_comprehension_would(library: Library, **asked: Any) -> None:
    """All pages together show what a comprehension finds, each image once, in the order that was asked for."""
    check(library, **asked)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(**ASKED)
def test_every_question_is_answered_as_a_comprehension_would(library: Library, **asked: Any) -> None:
    """So are a hundred others."""
    check(library, **asked)


@settings(max_examples=6, deadline=None, phases=NO_SHRINKING)
@given(question=one_or_two(), limit=st.sampled_from([4, 9]))
def test_pages_lead_back_the_way_they_came(library: Library, question: Question, limit: int) -> None:
    """From the last page, those before it show the same images in the same order."""
    plan = plans.plan(library.owner, question)
    there = pages(plan, question, limit)
    shown = [card.image_id for page in there[:-1] for card in page.cards]
    back: list[str] = []
    before = there[-1].before
    while before is not None:
        page = search.page(plan, question, limit=limit, start=before, backwards=True)
        back = [card.image_id for card in page.cards] + back
        before = page.before
    assert back == shown


@settings(max_examples=8, deadline=None, phases=NO_SHRINKING)
@given(question=one_or_two())
def test_a_page_costs_no_more_than_it_may(library: Library, question: Question) -> None:
    """Whatever is asked, a page of 50 costs what its plan says, and what its first look at every list does."""
    plan = plans.plan(library.owner, question)
    lists = sum(len(group) for group in plan.parts[0]) if plan.parts else 0
    for page in pages(plan, question, 50):
        assert page.units <= max(plan.units + 1, lists)


def test_a_page_over_many_lists_is_cut_short_and_goes_on(library: Library) -> None:
    """However many cells of colours, or ranges of places, lie behind each other."""
    question = Question(colour=Colour("#777777", 100.0, "ciede2000"))
    plan = plans.plan(library.owner, question)
    assert len(plan.parts) > 20
    found = pages(plan, question, 50)
    assert all(page.units <= plan.units + 1 for page in found)
    assert len(found) > 3
    shown = [card.image_id for page in found for card in page.cards]
    assert sorted(shown) == sorted(card.image_id for card in expected(library, question))


def test_pages_are_stable_while_images_come_and_go(app: Any, stream: Follow, owner: str) -> None:
    """What is there throughout is shown once, wherever others are added, changed or removed between two pages."""
    library, chosen = Library(owner), random.Random(2)
    there = {library.add(chosen, f"{number}.jpg") for number in range(12)}
    stream()
    question, start, shown = Question(), None, []
    while True:
        page = search.page(plans.plan(owner, question), question, limit=4, start=start)
        shown += [card.image_id for card in page.cards]
        start = page.after
        if start is None:
            break
        added = library.add(chosen, f"new-{len(shown)}.jpg")
        gone = chosen.choice(sorted(there - set(shown)) or [added])
        there.discard(gone)
        library.remove(gone)
        stream()
    assert there <= set(shown)
    assert len(shown) == len(set(shown))


def test_what_differs_in_three_bits_is_always_found(library: Library) -> None:
    """Of all images, those whose perceptual hash is so near are listed, the nearest first, and none twice."""
    for card in library.cards()[:8]:
        found = alike.similar(card, 3, 100)
        hashes: dict[str, Any] = {
            other.image_id: other.facts.phash for other in library.cards() if other.image_id != card.image_id
        }
        near = {name for name, phash in hashes.items() if (phash ^ card.facts.phash).bit_count() <= 3}
        assert {one.card.image_id for one in found} == near
        distances: list[Any] = [one.distance for one in found]
        assert distances == sorted(distances)


def test_duplicates_come_in_whole_groups(library: Library) -> None:
    """Page by page, every group of images with the same pixels is shown once, and whole."""
    groups: dict[int | None, set[str]] = {}
    for card in library.cards():
        groups.setdefault(card.facts.pixels, set()).add(card.image_id)
    wanted = sorted(sorted(group) for group in groups.values() if len(group) > 1)
    for limit in (1, 5, 100):
        shown, after = [], None
        while True:
            page = alike.duplicates(library.owner, limit, after)
            shown += [sorted(card.image_id for card in group) for group in page.groups]
            after = page.after
            if after is None:
                break
        assert sorted(shown) == wanted


def test_an_empty_page_where_a_list_begins_leads_back_to_the_list_before(stream: Follow, owner: str) -> None:
    """What has not been read yet does not lie before it; nor behind it, on the way back."""
    library, chosen = Library(owner), random.Random(3)
    for number in range(30):
        library.add(chosen, f"{number}.jpg")
    stream()
    found = sorted(library.cards(), key=lambda card: card.place)
    taken = walks.Facet(owner, edges.taken(owner))
    plan = plans.Plan(
        [[[taken._replace(low=found[15].place)]], [[taken._replace(high=found[14].place)]]], units=0.5
    )
    last, first = (Question(size=Span(card.size, card.size)) for card in (found[0], found[-1]))
    page = search.page(plan, last, limit=1, start=search.Position(1, None))
    assert not page.cards
    assert not search.page(plan, last, limit=1, start=page.before, backwards=True).cards
    page = search.page(plan, first, limit=1, start=search.Position(0, None), backwards=True)
    assert not page.cards
    assert not search.page(plan, first, limit=1, start=page.after).cards
