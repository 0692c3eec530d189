"""Invalid input is refused with every fault and its place."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import pytest
from chalice.app import MultiDict
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct, ValidationError, convert

from chalicelib.api.http import validate
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import image_requests, search_query


class Inner(Struct, forbid_unknown_fields=True):
    """A part."""

    count: Annotated[int, Meta(ge=0)]
    note: str | None = None


class Outer(Struct, forbid_unknown_fields=True):
    """A body of every kind of part."""

    parts: Annotated[list[Inner], Meta(max_length=100)]
    by_name: dict[str, Inner] | None = None
    name: Annotated[str, Meta(max_length=3)] = ""


def refused(text: bytes, kind: Any = Outer) -> Problem:
    with pytest.raises(Problem) as caught:
        validate.body(text, kind)
    assert caught.value.code == "invalid_request"
    return caught.value


def places(problem: Problem) -> dict[str, str]:
    return {error["pointer"]: error["detail"] for error in problem.extensions["errors"]}


def test_every_fault_is_told_with_its_pointer() -> None:
    """At once: wrong types, bounds, missing and unknown fields, at any depth."""
    body = {
        "parts": [{"count": -1}, {}, {"count": 1}, 7],
        "by_name": {"a/b~c d": {"count": "one", "note": 3}},
        "name": "long",
        "more": 1,
    }
    assert places(refused(json.dumps(body).encode())) == {
        "#/parts/0/count": "Expected a whole number of 0 or more, got `-1`",
        "#/parts/1/count": "Missing",
        "#/parts/3": "Expected an object, got `7`",
        "#/by_name/a~1b~0c%20d/count": "Expected a whole number of 0 or more, got `one`",
        "#/by_name/a~1b~0c%20d/note": "Expected a text or `null`, got `3`",
        "#/name": "Expected a text of up to 3 characters, got 4",
        "#/more": "Unknown field",
    }


def test_a_whole_number_is_an_integer_however_it_is_written() -> None:
    """1.0 and 1e1, as JSON Schema has it; 1.5 is none."""
    assert validate.body(b'{"parts": [{"count": 1.0}, {"count": 1e1}]}', Outer).parts[1].count == 10
    assert places(refused(b'{"parts": [{"count": 1.5}]}')) == {
        "#/parts/0/count": "Expected a whole number of 0 or more, got `1.5`"
    }


def test_a_whole_number_is_exact() -> None:
    """From 2**53 on, a float skips whole numbers: which one was meant is unknown (RFC 8259, section 6)."""
    assert validate.body(b'{"parts": [{"count": 9007199254740991.0}]}', Outer).parts[0].count == 2**53 - 1
    assert places(refused(b'{"parts": [{"count": 9007199254740992.0}]}')).keys() == {"#/parts/0/count"}


def test_of_several_bodies_the_one_that_the_tag_names_is_gone_through() -> None:
    """A bulk action reports its faults, too, and so does a change with omitted and null fields."""
    body = {"action": "tag", "images": ["a", 1], "more": 2}
    assert places(refused(json.dumps(body).encode(), image_requests.BulkAction)) == {
        "#/images/1": "Expected a text of 1 to 64 characters, got `1`",
        "#/tags": "Missing",
        "#/more": "Unknown field",
    }
    assert list(places(refused(b'{"tags": ["a", ""], "title": ""}', image_requests.Edit))) == [
        "#/title",
        "#/tags/1",
    ]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ('{"parts": {"count": 1}}', "#/parts", "Expected a list of up to 100 items, got an object"),
        ('{"parts": [[]]}', "#/parts/0", "Expected an object, got a list"),
        ('{"parts": [], "by_name": []}', "#/by_name", "Expected an object or `null`, got a list"),
        ('{"parts": [], "name": {"count": 1}}', "#/name", "Expected a text of up to 3 characters, got an object"),
        ('{"parts": [{"count": {}}]}', "#/parts/0/count", "Expected a whole number of 0 or more, got an object"),
    ],
)
def test_a_part_of_another_kind_is_one_fault(body: str, pointer: str, detail: str) -> None:
    """An object for a list, a list for an object, and either for a value."""
    assert places(refused(body.encode())) == {pointer: detail}


def test_an_object_for_one_of_several_words_is_a_fault() -> None:
    """The words are named."""
    assert places(refused(b'{"visibility": {"public": true}}', image_requests.Edit)) == {
        "#/visibility": "Expected `private` or `public` or `null`, got an object"
    }


def test_the_whole_has_the_empty_pointer() -> None:
    """A body that is no object is at fault itself."""
    assert places(refused(b"[1]")) == {"#": "Expected an object, got a list"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken"),
        pytest.param(b'{"parts": NaN}', id="nan"),
        pytest.param(b'{"parts": [1e999]}', id="infinite"),
        pytest.param(b'{"name": "\xff"}', id="not utf-8"),
        pytest.param(b'{"x": 1, "name": "\xff"}', id="not utf-8 behind a fault"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"parts": ' * 5000, id="deep objects"),
    ],
)
def test_what_is_no_json_is_one_fault(text: bytes) -> None:
    """Broken text, numbers that JSON has not, and nesting without end are refused as the rest is."""
    assert len(refused(text).extensions["errors"]) == 1


def test_the_faults_told_are_bounded() -> None:
    """However many there are, and however long their names, the answer stays small, and soon made."""
    start = time.process_time()
    many = refused(json.dumps({"parts": [{"count": -1}] * 100_000}).encode())
    assert len(many.extensions["errors"]) == validate.MAX_FAULTS
    assert time.process_time() - start < 2
    long = refused(json.dumps({"parts": [], "x" * 1_000_000: 1}).encode())
    assert len(json.dumps(long.extensions)) < 300


def test_a_query_tells_every_fault_with_its_parameter() -> None:
    """Bounds, unknown parameters, and repeated ones."""
    given_twice = MultiDict({"limit": ["0"], "more": ["1"], "cursor": ["a", "b"]})
    with pytest.raises(Problem) as caught:
        validate.query(given_twice, image_requests.Listing)
    assert caught.value.extensions["errors"] == [
        {"parameter": "cursor", "detail": "Given more than once"},
        {"parameter": "limit", "detail": "Expected a whole number from 1 to 100, got `0`"},
        {"parameter": "more", "detail": "Unknown field"},
    ]


def test_null_is_a_text_where_texts_are_taken() -> None:
    """A tag, or a camera, may be called so; in the case that was sent."""
    found = validate.query(MultiDict({"tag": ["null"], "make": ["NULL"]}), search_query.Search)
    assert (found.tag, found.make, found.model) == ("null", "NULL", None)
    with pytest.raises(Problem) as caught:
        validate.query(MultiDict({"tag": ["null"], "within": ["null"]}), search_query.Search)
    assert caught.value.extensions["errors"] == [{"parameter": "within", "detail": "Expected a value, got `null`"}]


def test_null_is_no_value_of_a_parameter() -> None:
    """Absent parameters are omitted; the word would otherwise pass as an absence."""
    with pytest.raises(Problem) as caught:
        validate.query(MultiDict({"profile": ["null"]}), image_requests.SentImage)
    assert caught.value.extensions["errors"] == [
        {"parameter": "profile", "detail": "Expected a value, got `null`"}
    ]


class Filled(Struct, forbid_unknown_fields=True):
    """A form."""

    name: Annotated[str, Meta(max_length=3)]
    scopes: Annotated[list[str], Meta(max_length=2)] = []
    days: int = 1


def test_a_form_has_the_last_value_of_a_field_and_all_of_a_list() -> None:
    """Texts are read as what they are meant to be."""
    found = validate.form({"name": ["a", "b"], "scopes": ["read", "write"], "days": ["7"]}, Filled)
    assert (found.name, found.scopes, found.days) == ("b", ["read", "write"], 7)
    assert validate.form({"name": ["a"], "scopes": ["read"]}, Filled).scopes == ["read"]


@pytest.mark.parametrize(
    "fields", [{}, {"name": ["long"]}, {"name": ["a"], "days": ["x"]}, {"name": ["a"], "more": ["1"]}]
)
def test_a_form_that_does_not_fit_is_refused(fields: dict[str, list[str]]) -> None:
    """A field that is missing, out of bounds, of another kind, or unknown."""
    with pytest.raises(Problem) as caught:
        validate.form(fields, Filled)
    assert caught.value.code == "invalid_request"
    assert len(caught.value.extensions["errors"]) == 1


def test_over_http_the_errors_are_part_of_the_problem(api: str, user: Any) -> None:
    """In the body of the answer, beside the code; for a query that a route does not take, too."""
    answer = user.http.post(f"{api}/v1/images", json={"images": [{"filename": ""}, {"file": "a"}]})
    assert answer.status_code == 400
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["#/images/0/filename", "#/images/1/filename", "#/images/1/file"]
    twice = user.http.get(f"{api}/v1/images?limit=1&limit=2").json()
    assert twice["errors"] == [{"parameter": "limit", "detail": "Given more than once"}]
    none = user.http.get(f"{api}/v1/images/{'a' * 26}?a=1&b=2").json()
    assert [error["parameter"] for error in none["errors"]] == ["a", "b"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["parts", "by_name", "name", "count", "note", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.medium
@given(JSON)
def test_whatever_is_refused_has_a_fault(value: Any) -> None:
    """The pass that tells the faults agrees with the one that reads, on any JSON value."""
    text = json.dumps(value).encode()
    if not fits(value):
        assert all(place.startswith("#") for place in places(refused(text)))
    else:
        assert isinstance(validate.body(text, Outer), Outer)


def fits(value: Any) -> bool:
    """Tell whether msgspec takes a value."""
    try:
        convert(value, Outer)
    except ValidationError:
        return False
    return True
