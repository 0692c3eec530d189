"""Every question is answered as a plain comprehension over the same images would answer it."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.api import search_filters
from chalicelib.api.schemas import search_query
from chalicelib.catalogue.index import entries
from chalicelib.catalogue.search import cursors, planner, result_page, similar
from chalicelib.catalogue.search.filters import Question, Span
from tests import delivery
from tests.chalicelib.catalogue import collection as made
from tests.chalicelib.catalogue import plain, plain_answers
from tests.chalicelib.catalogue.collection import Library

if TYPE_CHECKING:
    from collections.abc import Callable

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


WITHIN = ["100..400", "..200", "400..", "3200"]
DATES = [
    ("2019", "2020"),
    (None, "2016-06"),
    ("2018-03-01", None),
    ("2017-05", "2017-05"),
    ("2019-12-31T12", None),
]
UPLOADS = [*DATES, ("2020-01-02", "2020-01-03")]
ASKED: dict[str, list[dict[str, str]]] = {
    "uploaded": [made.between("uploaded", *ends) for ends in UPLOADS],
    "taken": [made.between("taken", *ends) for ends in DATES],
    "make": [{"make": "canon"}, {"make": "Apple"}, {"make": "Leica"}],
    "model": [{"model": "EOS 5D"}, {"model": "iphone 6"}],
    "lens": [{"lens": "ef 24-70mm"}, {"lens": "EF 50mm f/1.8"}],
    "format": [{"format": "JPEG"}, {"format": "png"}, {"format": "jpg"}, {"format": "HEIC"}],
    "state": [{"state": "ready"}, {"state": "failed"}],
    "orientation": [{"orientation": name} for name in ("portrait", "landscape", "square")],
    "provenance": [{"provenance": "captured"}, {"provenance": "edited"}],
    "size": [{"size": "1000000..5000000"}],
    "megapixels": [{"megapixels": "..5"}],
    "iso": [{"iso": span} for span in WITHIN],
    "f_number": [{"f_number": "2.8.."}],
    "focal_length": [{"focal_length": "50"}],
    "rating": [{"rating": "3..5"}],
    "color": [
        *({"color": colour} for colour in made.COLOURS),
        *({"color": colour, "within": within} for colour in made.COLOURS for within in ("0", "40")),
        *({"color": colour, "metric": "oklab", "within": "0.3"} for colour in made.COLOURS),
        *({"color": name} for name in plain.NAMES.values()),
        *({"color": "steelblue", "share": share} for share in ("0.16", "0.17", "0.6")),
        {"color": "#777777", "within": "40", "share": "0.3"},
    ],
    "near": [
        {"near": f"{latitude},{longitude}", "radius": radius}
        for latitude in ("48.9", "-17.0", "89.0")
        for longitude in ("2.3", "180.0", "-170.0")
        for radius in ("5", "50", "3000")
    ],
    "bbox": [{"bbox": "170,-40,-170,0"}, {"bbox": "0,40,10,60"}, {"bbox": "-180,-90,180,90"}],
    "country": [{"country": code} for code in ("GB", "fr", "FJ", "PT")],
    "city": [{"city": "Cardiff"}, {"city": "paris", "country": "FR"}, {"city": "Paris", "country": "GB"}],
    "tag": [{"tag": text} for text in ("sea", "golden gate", "Ärger", "unknown")],
    "text": [
        {"text": text} for text in ("sea", "su", "golden gate", "boat fog", "sunset", "ärg", "fog.jpg", "7.JPG")
    ]
    + [{"text": text} for text in ("paris", "card", "united kingdom", "île france", "ile marais", "meerst")],
}
"""The search query of `GET /v1/images`, parameter by parameter."""


def asked() -> st.SearchStrategy[dict[str, str]]:
    """Return parameters of a few filters: with many, hardly any image is left."""
    names = st.lists(st.sampled_from(sorted(ASKED)), min_size=0, max_size=3, unique=True)
    return names.flatmap(lambda kept: st.tuples(*(st.sampled_from(ASKED[name]) for name in kept))).map(
        lambda parts: {name: value for part in parts for name, value in part.items()}
    )


def question_of(parameters: dict[str, str]) -> Question:
    """Return the question that a request with these parameters asks."""
    return search_filters.question(msgspec.convert(parameters, search_query.Search, strict=False))


def expected(library: Library, parameters: dict[str, str]) -> list[str]:
    """Return the images that a plain comprehension finds, by date taken."""
    found = [record for record in library.records.values() if plain_answers.matches(record, parameters)]
    return [record.image_id for record in plain.in_order(found)]


def pages(
    plan: planner.Plan, question: Question, limit: int, *, descending: bool = True
) -> list[result_page.TwoWayPage]:
    """Return all pages of an answer, one behind the other."""
    found, start = [], None
    while True:
        found.append(page := result_page.page(plan, question, limit=limit, descending=descending, start=start))
        if page.after is None:
            return found
        start = page.after
        assert len(found) < 500


def check(  # noqa: PLR0913  a page is asked for in as many ways
    library: Library,
    parameters: dict[str, str],
    limit: int,
    *,
    by_upload: bool,
    descending: bool,
    order: planner.Order | None,
) -> None:
    """Compare all pages of an answer with the result of a comprehension."""
    speaks = "tag" in parameters or "text" in parameters
    if by_upload and speaks:
        return
    question = question_of(parameters)
    plan = (
        planner.by_upload(library.owner, question)
        if by_upload
        else planner.plan(library.owner, question, order=order)
    )
    answer = [card.image_id for page in pages(plan, question, limit, descending=descending) for card in page.cards]
    wanted = expected(library, parameters)
    assert sorted(answer) == sorted(wanted)
    if by_upload:
        wanted.sort(key=lambda name: (library.records[name].uploaded, name), reverse=True)
    if by_upload or speaks or (plan.order == "taken" and not parameters.keys() & {"near", "bbox"}):
        assert answer == (wanted if descending else wanted[::-1])


RANDOM = {
    "parameters": asked(),
    "limit": st.sampled_from([7, 50]),
    "by_upload": st.sampled_from([False, False, False, True]),
    "descending": st.booleans(),
    "order": st.sampled_from([None, "taken", "colour"]),
}
NO_SHRINKING = [Phase.explicit, Phase.generate]


@pytest.mark.medium
@settings(max_examples=20, deadline=None, phases=NO_SHRINKING)
@given(**RANDOM)
def test_a_question_is_answered_as_a_comprehension_would(library: Library, **drawn: Any) -> None:
    """All pages together show the result of a comprehension, each image once, in the requested order."""
    check(library, **drawn)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(**RANDOM)
def test_every_question_is_answered_as_a_comprehension_would(library: Library, **drawn: Any) -> None:
    """So are a hundred others."""
    check(library, **drawn)


@pytest.mark.medium
@settings(max_examples=6, deadline=None, phases=NO_SHRINKING)
@given(parameters=asked(), limit=st.sampled_from([4, 9]), order=RANDOM["order"])
def test_pages_lead_back_the_way_they_came(
    library: Library, parameters: dict[str, str], limit: int, order: planner.Order | None
) -> None:
    """From the last page, those before it show the same images in the same order."""
    question = question_of(parameters)
    plan = planner.plan(library.owner, question, order=order)
    there = pages(plan, question, limit)
    shown = [card.image_id for page in there[:-1] for card in page.cards]
    back: list[str] = []
    before = there[-1].before
    while before is not None:
        page = result_page.page(plan, question, limit=limit, start=before, backwards=True)
        back = [card.image_id for card in page.cards] + back
        before = page.before
    assert back == shown


@settings(max_examples=8, deadline=None, phases=NO_SHRINKING)
@given(parameters=asked())
def test_a_page_costs_no_more_than_it_may(library: Library, parameters: dict[str, str]) -> None:
    """Whatever is asked, a page of 50 costs what its plan says, and what its first look at every list does."""
    question = question_of(parameters)
    plan = planner.plan(library.owner, question)
    lists = sum(len(group.sources) for group in plan.parts[0].groups) if plan.parts else 0
    for page in pages(plan, question, 50):
        assert page.units <= max(plan.units + 1, lists)


def test_a_page_over_many_lists_is_cut_short_and_goes_on(library: Library) -> None:
    """However many cells of colours, or ranges of places, lie behind each other."""
    parameters = {"color": "#777777", "within": "100"}
    question = question_of(parameters)
    plan = planner.plan(library.owner, question, order="colour")
    assert len(plan.parts) > 20
    found = pages(plan, question, 50)
    assert all(page.units <= plan.units + 1 for page in found)
    assert len(found) > 1
    assert [page.ended for page in found] == [*["budget"] * (len(found) - 1), "end"]
    shown = [card.image_id for page in found for card in page.cards]
    assert sorted(shown) == sorted(expected(library, parameters))


@pytest.mark.medium
def test_pages_are_stable_while_images_come_and_go(app: Any, stream: Follow, owner: str) -> None:
    """Images there throughout are shown once, wherever others are added, changed or removed between two pages."""
    library, chosen = Library(owner), random.Random(2)
    there = {library.add(chosen, f"{number}.jpg") for number in range(12)}
    stream()
    question, start, shown = Question(), None, []
    while True:
        page = result_page.page(planner.plan(owner, question), question, limit=4, start=start)
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


@pytest.mark.medium
def test_what_differs_in_three_bits_is_always_found(library: Library) -> None:
    """Of all images, those whose perceptual hash is so near are listed, the nearest first, and none twice."""
    for card in library.cards()[:8]:
        found = similar.similar(card, 3, 100)
        hashes = {name: record.phash for name, record in library.records.items()}
        mine = hashes.pop(card.image_id)
        near = {name for name, phash in hashes.items() if (phash ^ mine).bit_count() <= 3}
        assert {one.card.image_id for one in found} == near
        distances: list[Any] = [one.distance for one in found]
        assert distances == sorted(distances)


def test_duplicates_come_in_whole_groups(library: Library) -> None:
    """Page by page, every group of images with the same pixels is shown once, and whole."""
    groups: dict[str, set[str]] = {}
    for record in library.records.values():
        groups.setdefault(record.pixels, set()).add(record.image_id)
    wanted = sorted(sorted(group) for group in groups.values() if len(group) > 1)
    for limit in (1, 5, 100):
        shown, after = [], None
        while True:
            page = similar.duplicates(library.owner, limit, after)
            shown += [sorted(card.image_id for card in group) for group in page.items]
            after = page.after
            if after is None:
                break
        assert sorted(shown) == wanted


@pytest.mark.medium
def test_an_empty_page_where_a_list_begins_leads_back_to_the_list_before(stream: Follow, owner: str) -> None:
    """Unread images do not lie before it; nor after it, on the way back."""
    library, chosen = Library(owner), random.Random(3)
    for number in range(30):
        library.add(chosen, f"{number}.jpg")
    stream()
    found = sorted(library.cards(), key=lambda card: card.position)
    taken = cursors.IndexList(owner, entries.taken(owner))
    halves = taken._replace(low=found[15].position), taken._replace(high=found[14].position)
    plan = planner.Plan([cursors.AllOf([cursors.AnyOf([half])]) for half in halves], units=0.5)
    last, first = (Question(size=Span(card.size, card.size)) for card in (found[0], found[-1]))
    page = result_page.page(plan, last, limit=1, start=result_page.Position(1, None))
    assert not page.cards
    assert not result_page.page(plan, last, limit=1, start=page.before, backwards=True).cards
    page = result_page.page(plan, first, limit=1, start=result_page.Position(0, None), backwards=True)
    assert not page.cards
    assert not result_page.page(plan, first, limit=1, start=page.after).cards
