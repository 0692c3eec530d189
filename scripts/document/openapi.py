"""The OpenAPI 3.1 document of the whole API."""

from __future__ import annotations

import inspect
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.api.http import problems
from chalicelib.api.schemas import system_responses
from image_processing.version import VERSION
from scripts.document import operations
from scripts.document.schemas import components

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.api.endpoint import Route

PROJECT = Path(__file__).resolve().parents[2]
DESCRIPTION = """\
Put an image into a bucket, and get its description: content, origin, colours.

**Log in** with `POST /v1/auth/login`, then send `Authorization: Bearer ACCESS_TOKEN`; machines send an API key as
`X-API-Key` instead. Items of other users get 404, like missing ones.

**Every error** is a problem (RFC 9457) with a stable `code`; each route lists its own. An unknown path
gets `route_not_found`, a method that the path does not allow gets `method_not_allowed` (on API Gateway,
`route_not_found`). All validation errors are returned together, in `errors`.

**Pages of other origins** may call the API if the stage allows their origin; every path answers preflights.
Answers are private to their caller, and are revalidated by ETag.
"""


def document() -> dict[str, Any]:
    """Return the document of all routes that are registered; import `app` before."""
    kinds = list({id(kind): kind for route in operations.routes() for kind in operations.kinds(route)}.values())
    found, named = components([*kinds, system_responses.Problem])
    schema_of = {id(kind): schema for kind, schema in zip(kinds, found, strict=False)}
    paths: dict[str, dict[str, Any]] = {}
    for route in operations.routes():
        paths.setdefault(route.path, {})[route.method.lower()] = operations.operation(route, schema_of, named)
    _link(paths, named)
    queries = {
        schema_of[id(route.query)]["$ref"].rpartition("/")[2]
        for route in operations.routes()
        if route.query is not None
    }
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Janus",
            "version": VERSION,
            "summary": project["description"],
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "..", "description": "The host that serves this document"}],
        "tags": list(_tags()),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of `POST /v1/auth/login`, or of another OpenID Connect issuer "
                    "that the stage trusts; RS256.",
                },
                "apiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "A user's API key with the scope `read`, `write`, or both.",
                },
            },
            "headers": {
                name: {"description": meaning, "schema": schema}
                for name, (meaning, schema) in operations.HEADERS.items()
            },
            "examples": {code: _example(code) for code in problems.CODES},
            "responses": {
                "RouteNotFound": operations.problem(404, ["route_not_found"]),
                "MethodNotAllowed": operations.problem(405, ["method_not_allowed"]),
            },
            "schemas": {name: schema for name, schema in named.items() if name not in queries},
        },
    }


def _tags() -> Iterator[dict[str, str]]:
    for name, module in sorted({(operations.tag(route), route.view.__module__) for route in operations.routes()}):
        yield {
            "name": name,
            "description": inspect.cleandoc(str(sys.modules[module].__doc__)).partition("\n\n")[0],
        }


def _example(code: str) -> dict[str, Any]:
    value = problems.body(code, problems.GATEWAY.get(code, "The reason and the remedy, for people."))
    return {"summary": value["title"], "value": {**value, "request_id": "5c1f0bd2-7f0b-4c57-9d37-6d5a2f1f4b0e"}}


def _link(paths: dict[str, dict[str, Any]], named: dict[str, Any]) -> None:
    """Link each answer that names new resources to the routes that such a resource has."""
    for route in operations.routes():
        for status, answer in route.answers.items():
            if answer.kind is None or status not in (201, 202):  # what is made; a list may be empty
                continue
            made = paths[route.path][route.method.lower()]["responses"][str(status)]
            schema = made["content"][answer.media[0]]["schema"]
            if links := dict(_links(route, list(_identifiers(schema, named)))):
                made["links"] = links


def _links(route: Route, told: list[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    known = {name: f"$request.path.{name}" for name in re.findall(r"{(\w+)}", route.path)}
    fresh = {name: expression for name, expression in told if name not in known}
    for other in operations.routes():
        wanted = set(re.findall(r"{(\w+)}", other.path))
        filled = {name: expression for name, expression in (known | fresh).items() if name in wanted}
        if wanted & set(fresh) and all(name in filled for name in wanted if name.endswith("_id")):
            yield other.view.__name__, {"operationId": other.view.__name__, "parameters": filled}


def _identifiers(
    schema: dict[str, Any], named: dict[str, Any], place: str = "", depth: int = 0
) -> Iterator[tuple[str, str]]:
    """Yield the names of identifiers in an answer, each with the runtime expression that gives the first of it."""
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    for name, inner in schema.get("properties", {}).items():
        if name.endswith("_id"):
            yield name, f"$response.body#{place}/{name}"
        elif inner.get("type") == "array" and depth == 0:
            yield from _identifiers(inner["items"], named, f"{place}/{name}/0", depth + 1)
