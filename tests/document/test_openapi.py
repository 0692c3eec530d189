"""The OpenAPI document equals the code: complete, valid, and current."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.endpoint import ROUTES
from chalicelib.api.http import problems
from chalicelib.api.schemas import image_responses
from chalicelib.api.security.access import Access
from chalicelib.web.page import PAGES
from scripts.document import operations
from scripts.document.__main__ import files
from scripts.document.openapi import PROJECT
from scripts.document.schemas import comments

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = json.loads((PROJECT / "chalicelib/static/openapi.json").read_text())
OPERATIONS = {
    (method.upper(), path): operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


@pytest.mark.medium
def test_what_is_committed_is_what_the_code_says() -> None:
    """`make docs` would write the same."""
    stale = [name for name, text in files().items() if (PROJECT / name).read_text() != text]
    assert stale == [], "run `make docs`"


@pytest.mark.medium
def test_it_is_valid() -> None:
    """By the OpenAPI 3.1 schema, references and all."""
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_has_every_route_and_no_other(app: Any) -> None:
    """Every path and method that Chalice serves, but the pages, preflights, and HEAD, which every GET has."""
    beside = {"OPTIONS", "HEAD"}
    served = {(method, path) for path, methods in app.routes.items() for method in methods if method not in beside}
    assert set(OPERATIONS) == served - {(one.method, one.path) for one in PAGES}
    assert {path for path, methods in app.routes.items() if "OPTIONS" in methods} == set(DOCUMENT["paths"])


def test_no_schema_is_named_by_its_module() -> None:
    """As msgspec names two that have one name: what clients generate would change when a module moves."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "." in name] == []


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_view_says_what_it_does(route: Any) -> None:
    """By a docstring; no two views share a name, which is the operation's id."""
    assert route.view.__doc__
    assert [other.view.__name__ for other in ROUTES].count(route.view.__name__) == 1


OF_PAGES = ("forged_request",)  # what only a page answers


@pytest.mark.parametrize("code", problems.CODES)
def test_every_code_is_answered_by_some_route(code: str) -> None:
    """Or by the gateway, before any route is found; or for one item of a bulk action."""
    item = DOCUMENT["components"]["schemas"]["ItemResult"]["properties"]["code"]["enum"]
    assert code in [*problems.GATEWAY, *item, *OF_PAGES] or any(
        code in operations.codes(route) for route in ROUTES
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_asks_for_the_credentials_that_it_takes(route: Any) -> None:
    """Nothing of anybody, an API key with a scope or a token, or a token alone."""
    security = OPERATIONS[route.method, route.path]["security"]
    expected = {
        Access.PUBLIC: [],
        Access.READ: [{"accessToken": []}, {"apiKey": ["read"]}],
        Access.WRITE: [{"accessToken": []}, {"apiKey": ["write"]}],
    }
    assert security == expected.get(route.access, [{"accessToken": []}])


def content() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield every body of the document that has an example: its name, example, and schema."""
    for (method, path), operation in OPERATIONS.items():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for item in (media for body in bodies for media in body.get("content", {}).values()):
            name = f"{method} {path}"
            if "example" in item:
                yield name, item["example"], item["schema"]
            for reference in item.get("examples", {}).values():
                example = DOCUMENT["components"]["examples"][reference["$ref"].rpartition("/")[2]]
                yield name, example["value"], item["schema"]


def test_every_example_fits_its_schema() -> None:
    """Bodies and problems alike."""
    shown = list(content())
    assert len(shown) > 3 * len(OPERATIONS)
    for name, example, schema in shown:
        validator = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
        assert not list(validator.iter_errors(example)), name


def test_links_lead_from_what_is_made_to_what_reads_it() -> None:
    """A ticket's image can be read, and each link fills in the identifiers that its route needs."""
    links = OPERATIONS["POST", "/v1/images"]["responses"]["201"]["links"]
    assert links["get_image"]["parameters"] == {"image_id": "$response.body#/images/0/image_id"}
    by_id = {operation["operationId"]: path for (_, path), operation in OPERATIONS.items()}
    for operation in OPERATIONS.values():
        for response in operation["responses"].values():
            for link in response.get("links", {}).values():
                needed = re.findall(r"{(\w+_id)}", by_id[link["operationId"]])
                assert set(needed) <= set(link["parameters"])


def test_fields_are_described_by_the_comments_beside_them() -> None:
    """Where the source describes a field, the document does."""
    assert comments(image_responses.Record)["size"] == "bytes"
    assert DOCUMENT["components"]["schemas"]["Record"]["properties"]["size"]["description"] == "Bytes"


def test_metadata_and_analysis_have_the_library_s_own_shape() -> None:
    """Every field with its meaning and unit."""
    record = DOCUMENT["components"]["schemas"]["Record"]["properties"]
    assert record["metadata"] == {"$ref": "#/components/schemas/Metadata"}
    assert record["analysis"] == {"$ref": "#/components/schemas/Analysis"}
    assert "palette" in DOCUMENT["components"]["schemas"]["Analysis"]["properties"]
