"""One route as an OpenAPI operation."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from chalicelib.api import idempotency
from chalicelib.api.endpoint import BODIES, ROUTES, Answer, Route
from chalicelib.api.http import problems, validate
from chalicelib.api.http.media import JSON, MERGE_PATCH
from chalicelib.api.schemas import image_requests
from chalicelib.api.security import rate_limit
from chalicelib.api.security.access import Access
from chalicelib.api.security.caller import READ_SCOPE, WRITE_SCOPE
from chalicelib.routes import api_docs
from scripts.document.examples import example

if TYPE_CHECKING:
    from collections.abc import Iterable

SCOPES = {Access.READ: READ_SCOPE, Access.WRITE: WRITE_SCOPE}
METHODS = ("GET", *BODIES, "DELETE")

PATH_PARAMETERS: dict[str, dict[str, Any]] = {
    "{image_id}": {"type": "string", "pattern": "^[a-z2-7]{26}$", "examples": ["mfrggzdfmztwq2lknnwg23tpoa"]},
    "{webhook_id}": {"type": "string", "pattern": "^[a-z2-7]{16}$", "examples": ["mfrggzdfmztwq2lk"]},
    "{event_id}": {
        "type": "string",
        "pattern": "^evt_[0-9a-f]{36}$",
        "examples": ["evt_01a2272dae007b6fdbb3a3a1d2c1e5f0a9c4"],
    },
    "pictures/{name}": {"type": "string", "enum": list(image_requests.PICTURES)},
    "docs/{asset}": {"type": "string", "enum": list(api_docs.ASSETS)},
}
"""Schemas of path parameters, by name, with or without the text before them; all others are any text."""
_ANY_TEXT = {"type": "string", "minLength": 1, "maxLength": 128}

HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Allow": ("Methods that the path allows", {"type": "string"}),
    "Content-Disposition": ("File name for saving (RFC 6266)", {"type": "string"}),
    "ETag": ("Entity tag of this state of the resource, for If-None-Match and If-Match", {"type": "string"}),
    idempotency.REPLAYED: (
        "Sent only if the answer is replayed from the first request with this Idempotency-Key",
        {"type": "string", "const": "true"},
    ),
    "Link": ("Related resources (RFC 8288)", {"type": "string"}),
    "Location": ("Address of the resource", {"type": "string"}),
    "RateLimit": ("Remaining requests, and seconds until the limit is reset", {"type": "string"}),
    "RateLimit-Policy": ("The limit that applies to this request", {"type": "string"}),
    "Retry-After": ("Seconds to wait before the next attempt", {"type": "integer", "minimum": 0}),
    "WWW-Authenticate": ("Accepted credentials, and the fault of those sent (RFC 6750)", {"type": "string"}),
    "X-Request-Id": ("Id of the request, as in the logs", {"type": "string"}),
}
"""Headers of answers: meaning and schema."""

_SENT = {
    "If-Match": "Entity tag that the resource must still have; otherwise 412",
    "If-None-Match": "Entity tag of a stored answer; 304 if it still applies",
    "Idempotency-Key": "Unique text chosen by the client; a request with the same key gets the first answer again",
}
_SENT_AS = {idempotency.HEADER: {"type": "string", "pattern": f"^{idempotency.KEY}$"}}
_WITH_PROBLEM = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
_TEMPORARY = {"image_not_ready", "request_in_progress"}  # of 409: the same request succeeds a moment later


def routes() -> list[Route]:
    """Return every route of the app, in an order independent of imports."""
    return sorted(ROUTES, key=lambda route: (route.path, METHODS.index(route.method)))


def codes(route: Route) -> list[str]:
    """Return every code that a route may answer, in the order of problems.CODES."""
    found = {*route.problems, "invalid_request", "too_many_requests", "internal_error", "over_capacity"}
    if route.access is not Access.PUBLIC:
        found |= {"unauthorized", "account_disabled", "forbidden"}
    if route.access is Access.ADMIN:
        found.add("second_factor_required")
    if route.method in BODIES:
        found |= {"unsupported_media_type", "body_too_large"}
    if route.matched:
        found.add("precondition_failed")
    if route.replayed:
        found |= set(idempotency.PROBLEMS)
    return [code for code in problems.CODES if code in found]


def kinds(route: Route) -> list[Any]:
    """Return the types of a route's query, body and answers."""
    return [
        kind for kind in (route.query, route.body, *(a.kind for a in route.answers.values())) if kind is not None
    ]


def tag(route: Route) -> str:
    """Return the resource that a route belongs to: the module of its view."""
    return route.view.__module__.rpartition(".")[2]


def operation(route: Route, schema_of: dict[int, dict[str, Any]], named: dict[str, Any]) -> dict[str, Any]:
    """Return the operation; `schema_of` has the schema of each type by its `id`."""
    text = inspect.cleandoc(str(route.view.__doc__))
    summary, _, more = text.partition("\n\n")
    made: dict[str, Any] = {
        "operationId": route.view.__name__,
        "tags": [tag(route)],
        "summary": " ".join(summary.split()).rstrip("."),
        "description": "\n\n".join([*([more] if more else []), f"For {route.access.value}."]),
        "security": _security(route.access),
    }
    if parameters := [*_path(route), *_query(route, schema_of, named), *_headers(route)]:
        made["parameters"] = parameters
    if route.body is not None or list(route.content_types) != [JSON]:
        made["requestBody"] = _body(route, schema_of, named)
    answers = {
        str(status): _answer(route, status, answer, schema_of, named) for status, answer in route.answers.items()
    }
    if route.tagged:
        answers["304"] = {"description": "Not modified", "headers": _headers_of(("ETag",))}
    made["responses"] = {**answers, **_problems(route)}
    return made


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access is Access.PUBLIC:
        return []
    token: dict[str, list[str]] = {"accessToken": []}
    return [token, {"apiKey": [SCOPES[access]]}] if access in SCOPES else [token]


def _path(route: Route) -> Iterable[dict[str, Any]]:
    for before, name in re.findall(r"(\w+)/{(\w+)}", route.path):
        known = PATH_PARAMETERS.get(f"{before}/{{{name}}}") or PATH_PARAMETERS.get(f"{{{name}}}")
        yield {"name": name, "in": "path", "required": True, "schema": known or _ANY_TEXT}


def _query(route: Route, schema_of: dict[int, dict[str, Any]], named: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if route.query is None:
        return
    struct = named[schema_of[id(route.query)]["$ref"].rpartition("/")[2]]
    for name, schema in struct["properties"].items():
        shown = _without_null(schema)
        described = {"description": shown.pop("description")} if "description" in shown else {}
        yield {
            "name": name,
            "in": "query",
            "required": name in struct.get("required", []),
            **described,
            "schema": shown,
        }


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without null: a parameter that is not given is not there."""
    bare = {key: value for key, value in schema.items() if key != "default" or value is not None}
    others = [other for other in bare.pop("anyOf", []) if other != {"type": "null"}]
    if "enum" in bare:
        bare["enum"] = [value for value in bare["enum"] if value is not None]
    return {**bare, **(others[0] if len(others) == 1 else {"anyOf": others} if others else {})}


def _headers(route: Route) -> Iterable[dict[str, Any]]:
    heeded = {"If-Match": route.matched, "If-None-Match": route.tagged, "Idempotency-Key": route.replayed}
    for name, is_heeded in heeded.items():
        if is_heeded:
            yield {
                "name": name,
                "in": "header",
                "description": _SENT[name],
                "schema": _SENT_AS.get(name, {"type": "string"}),
            }


def _body(route: Route, schema_of: dict[int, dict[str, Any]], named: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for media in route.content_types:
        if media == JSON and route.body is not None:
            schema = schema_of[id(route.body)]
            content[media] = {"schema": schema, "example": example(schema, named)}
            if route.method == "PATCH":
                content[MERGE_PATCH] = content[media]
        else:
            content[media] = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
    sizes = {
        f"{most:,} bytes of {'JSON' if media == JSON else 'an image'}": None
        for media, most in route.content_types.items()
    }
    return {
        "description": f"Up to {' or '.join(sizes)}",
        "required": not validate.may_be_left_out(route.body),
        "content": content,
    }


def _answer(
    route: Route, status: int, answer: Answer, schema_of: dict[int, dict[str, Any]], named: dict[str, Any]
) -> dict[str, Any]:
    tagged = ("ETag",) if route.tagged and status == 200 else ()
    replayed = (idempotency.REPLAYED,) if route.replayed else ()
    limited = () if status == 302 or route.rate == rate_limit.UNLIMITED else ("RateLimit", "RateLimit-Policy")
    made: dict[str, Any] = {
        "description": _WORDS.get(status, "Done"),
        "headers": _headers_of((*tagged, *answer.headers, *replayed, *limited, "X-Request-Id")),
    }
    if answer.kind is not None:
        schema = schema_of[id(answer.kind)]
        made["content"] = {media: {"schema": schema, "example": example(schema, named)} for media in answer.media}
    elif answer.media != (JSON,):
        made["content"] = {
            media: {"schema": {"type": "object" if media.endswith("json") else "string"}} for media in answer.media
        }
    return made


_WORDS = {200: "OK", 201: "Created", 202: "Accepted; work continues", 204: "Done, without a body", 302: "Redirect"}


def _headers_of(names: Iterable[str]) -> dict[str, Any]:
    unknown = set(names) - set(HEADERS)
    assert not unknown, f"describe these in HEADERS: {unknown}"
    return {name: {"$ref": f"#/components/headers/{name}"} for name in dict.fromkeys(names)}


def _problems(route: Route) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes(route):
        by_status.setdefault(problems.CODES[code][0], []).append(code)
    return {
        str(status): problem(status, those, limited=route.rate != rate_limit.UNLIMITED)
        for status, those in sorted(by_status.items())
    }


def problem(status: int, those: list[str], *, limited: bool = True) -> dict[str, Any]:
    """Return the answer that a status stands for, when it is one of these codes."""
    retry = ("Retry-After",) if _TEMPORARY & {*those} else ()
    limits = ("RateLimit", "RateLimit-Policy") if status == 429 and limited else ()  # the gateway's own has none
    return {
        "description": "; ".join(problems.CODES[code][1] for code in those),
        "headers": _headers_of((*_WITH_PROBLEM.get(status, ()), *limits, *retry, "X-Request-Id")),
        "content": {
            problems.CONTENT_TYPE: {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Problem"},
                        {"type": "object", "properties": {"code": {"enum": those}, "status": {"const": status}}},
                    ]
                },
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in those},
            }
        },
    }
