"""Every fault of every route's query and body is told in words that fit a form's field."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from chalice.app import MultiDict

from chalicelib.api.endpoint import ROUTES
from chalicelib.api.http import validate, wording
from chalicelib.api.http.problems import Problem
from chalicelib.api.schemas import image_requests
from scripts.document.openapi import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = json.loads((PROJECT / "chalicelib/static/openapi.json").read_text())
WRONG = [None, True, -1, 10**30, 0.5, "", " ", "no, that is none\n", "\u200b", "x" * 10_000, ["", 7, []], {"x": 1}]
"""Values of every kind, of which each type admits few."""

MACHINE = re.compile(
    r"regex|pattern|\\[sdwux]|\[\^|\(\?|\^\[|\]\+|\]\*|\$`|\{\d+,|enum|`(str|int|float|array|object|bool)`"
)
"""Texts for programmers only: regular expressions, the names of types in Python."""


def schemas_of(operation: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and schema of each parameter of the query and each field of a JSON body."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            yield parameter["name"], parameter["schema"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for schema in [body, *body.get("anyOf", []), *body.get("oneOf", [])]:
        if "$ref" in schema:
            yield from (
                DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]].get("properties", {}).items()
            )


def patterns(schema: Any) -> Iterator[str]:
    """Yield all regular expressions in a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for part in schema.values():
            yield from patterns(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from patterns(part)


OPERATIONS = [
    (method, path, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]
PATTERNS = set(patterns(DOCUMENT))


def details(kind: Any, part: str, given: Any) -> Iterator[str]:
    """Yield the names of a struct's faults, of a body or of a query."""
    try:
        if part == "query":
            validate.query(MultiDict({name: [str(value)] for name, value in given.items()}), kind)
        else:
            validate.body(json.dumps(given).encode(), kind)
    except Problem as problem:
        yield problem.detail
        yield from (error["detail"] for error in problem.extensions["errors"])


@pytest.mark.parametrize("route", [pytest.param(one, id=f"{one[0]} {one[1]}") for one in OPERATIONS])
def test_no_fault_shows_a_regular_expression(app: Any, route: tuple[str, str, Any]) -> None:
    """For any value of each field of each route: words, and the values of an enumeration."""
    method, path, operation = route
    (known,) = (one for one in ROUTES if (one.method.lower(), one.path) == (method, path))
    for name, schema in schemas_of(operation):
        of_query = any(parameter["name"] == name for parameter in operation.get("parameters", []))
        kind, part = (known.query, "query") if of_query else (known.body, "body")
        choices = schema.get("enum") or [c for other in schema.get("anyOf", []) for c in other.get("enum", [])]
        tag = {"action": "show"} if path.endswith("/actions") else {}
        for value in WRONG:
            given = {**tag, name: value}
            for detail in details(kind, part, given):
                assert not MACHINE.search(detail), detail
                assert not any(pattern in detail for pattern in PATTERNS if len(pattern) > 3), detail
            told = " ".join(details(kind, part, given))
            if value == " " and choices and name != "content_type":
                assert all(f"`{choice}`" in told for choice in choices if choice is not None), told


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (image_requests.Signup, {"email": "ada", "password": "a" * 12}, "an e-mail address, up to 128 characters"),
        (
            image_requests.Signup,
            {"email": "ada@example.org", "password": "short"},
            "a password or passphrase that neither begins nor ends with white space, 12 to 256 characters, got 5",
        ),
        (image_requests.Edit, {"visibility": "secret"}, "`private` or `public`, got `secret`"),
        (image_requests.ShareRequest, {"scope": 7}, "`thumbnails` or `original`, got `7`"),
        (image_requests.ShareRequest, {"expires_in": "soon"}, "a whole number from 60 to 31622400, got `soon`"),
        (image_requests.BulkAction, {"action": "burn"}, "`delete`, `tag`, `untag` or `show`, got `burn`"),
        (image_requests.BulkAction, {"images": ["a"]}, "Missing: `delete`, `tag`, `untag` or `show`"),
        (image_requests.KeyRequest, {"name": "a", "scopes": []}, "a list of 1 to 2 items, got 0"),
        (image_requests.KeyRequest, {"name": "a", "scopes": {}}, "a list of 1 to 2 items, got an object"),
    ],
)
def test_faults_in_words(kind: Any, given: Any, told: str) -> None:
    """The expected value, with its bounds and choices, and the received one where that helps; never a secret."""
    assert list(details(kind, "body", given))[1].removeprefix("Expected ") == told


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (int, [], "Expected a whole number, got a list"),
        (float, [], "Expected a number, got a list"),
        (int | None, [], "Expected a whole number or `null`, got a list"),
        (int | None, "seven", "Expected a whole number, got `seven`"),  # of a query, which has no null
    ],
)
def test_a_fault_of_a_value_in_words(kind: Any, given: Any, told: str) -> None:
    """Where nothing may be null, nothing says so."""
    assert wording.fault(kind, given) == told
