"""The one decorator that registers views, and checks each request before its view gets a call (`http.call`).

The OpenAPI document of a route is made from here: the arguments of `endpoint`, the view's docstring, and
the annotations of its parameters `query` and `body`, by which the request is read, too.
"""

from __future__ import annotations

import functools
import http
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from chalice import Response

from chalicelib.api import idempotency
from chalicelib.api.call import Call
from chalicelib.api.http import headers, media, validate
from chalicelib.api.http.media import JSON
from chalicelib.api.http.problems import TICKETS, Problem, over_capacity
from chalicelib.api.security import audit, rate_limit, second_factor
from chalicelib.api.security.access import Access
from chalicelib.api.security.authenticate import authenticate, bearer, costs_a_read
from chalicelib.db import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalice import Blueprint
    from chalice.app import Request

    from chalicelib.api.security.caller import Caller

    View = Callable[..., Response]

BODIES = ("POST", "PUT", "PATCH")  # methods of requests that have a body
SMALL_JSON: Mapping[str, int] = MappingProxyType({JSON: 16 << 10})
"""The bodies that a route takes unless it declares others: bytes by media type."""
IMPERSONAL = ""
"""`audited` of a route by which an admin reads only data about nobody in particular: it adds no audit entry."""


class UnauditedRouteError(Exception):
    """A route for admins has no name for the audit trail: a mistake in the code."""


class Answer(NamedTuple):
    """How a route answers when all is well."""

    kind: Any = None  # a TypedDict of `schemas`; None for no body, or a body of another type than JSON
    media: tuple[str, ...] = (JSON,)
    headers: tuple[str, ...] = ()


class Route(NamedTuple):
    """One route, as the decorator was told of it."""

    method: str
    path: str
    view: View
    access: Access
    answers: Mapping[int, Answer]
    problems: Sequence[str]  # codes of its own; those that every route of its kind may answer are not named
    content_types: Mapping[str, int]  # media types of bodies, with the most bytes that each may have
    query: Any = None  # msgspec struct
    body: Any = None  # msgspec struct
    tagged: bool = False  # gives an ETag, heeds If-None-Match
    matched: bool = False  # heeds If-Match
    replayed: bool = False  # heeds Idempotency-Key
    rate: str = rate_limit.PUBLIC  # class of the limit that its requests count towards
    audited: str | None = None  # its name in the audit trail; before the view runs, an entry is written


ROUTES: list[Route] = []
"""Every route of the app, in the order of registration; importing `app` fills it."""


def endpoint(  # noqa: PLR0913  a declaration, read as one
    blueprint: Blueprint,
    method: str,
    path: str,
    access: Access,
    *,
    answers: Mapping[int, Any],
    problems: Sequence[str] = (),
    content_types: Mapping[str, int] = SMALL_JSON,
    tagged: bool = False,
    matched: bool = False,
    replayed: bool | None = None,
    rate: str | None = None,
    audited: str | None = None,
) -> Callable[[View], View]:
    """Register a view `(call, **path_parameters, [query], [body]) -> Response` for those whom `access` names.

    `answers` holds for each status of success an `Answer`, or the type of its JSON body, or None. A parameter
    named `query` gets the query string, one named `body` the JSON body, as the struct that it is annotated with;
    `body` is None where the route takes bodies of other types, too, and got one. `content_types` has the most
    bytes of a body by its media type: room for the longest that fits the struct, with every character escaped.
    `replayed` says that the route heeds Idempotency-Key: a POST for WRITE does unless told otherwise, as one must
    be whose answer holds a secret. `rate` is the class of the limit that its requests count towards
    (config.RATE_LIMITS), by default that of the access. `audited` names the action in the audit trail; every route
    for admins needs a name, or declares that it reads `IMPERSONAL` data. Raises UnauditedRouteError for one that
    does neither.
    """
    if access is Access.ADMIN and (audited is None or (audited == IMPERSONAL and method != "GET")):
        raise UnauditedRouteError(f"{method} {path}")

    def register(view: View) -> View:
        route = Route(
            method,
            path,
            view,
            access,
            {status: kind if isinstance(kind, Answer) else Answer(kind) for status, kind in answers.items()},
            problems,
            content_types,
            validate.annotated(view, "query"),
            validate.annotated(view, "body"),
            tagged,
            matched,
            method == "POST" and access is Access.WRITE if replayed is None else replayed,
            rate or rate_limit.BY_ACCESS[access],
            audited,
        )
        if path not in {known.path for known in ROUTES}:
            blueprint.route(path, methods=["OPTIONS"])(_preflight(path))
        ROUTES.append(route)

        @functools.wraps(view)
        def answer(**parameters: str) -> Response:
            # the server may have decoded them or not; no parameter here has a percent sign
            decoded = {name: unquote(value) for name, value in parameters.items()}
            return serve(route, blueprint.current_request, decoded, blueprint.current_request.headers)

        taken = [*content_types, media.MERGE_PATCH] if method == "PATCH" else list(content_types)
        options = {"content_types": taken} if method in BODIES else {}
        blueprint.route(path, methods=served(method), **options)(answer)
        return view

    return register


def served(method: str) -> list[str]:
    """Return the methods to register for a view: where GET is, HEAD is, too, of which API Gateway knows nothing.

    The view answers HEAD as GET, so that the headers are the same; gateways leave the body out (RFC 9110, 9.3.2).
    """
    return ["GET", "HEAD"] if method == "GET" else [method]


def _preflight(path: str) -> View:
    """Return a view that tells browsers which requests pages may send; Chalice's own knows one origin only."""

    def preflight(**_parameters: str) -> Response:
        methods = (route.method for route in ROUTES if route.path == path)
        return Response(body="", status_code=204, headers={**headers.preflight(methods)})

    return preflight


def serve(route: Route, request: Request, parameters: dict[str, Any], credentials: Mapping[str, str]) -> Response:
    """Return a route's answer to a request; `credentials` are the headers that name its caller.

    Raises Problem where the request, its caller or its rate is refused, or the view raises it.
    """
    call = Call(request)
    if route.method in BODIES:
        _bound(route, call)
    try:
        call.verified = _admit(route, call, credentials)
        response = _view(route, call, parameters)
    except Problem as problem:
        problem.headers = {**call.limits, **problem.headers}
        raise
    except Exception as error:
        if (busy := over_capacity(error)) is None:
            raise
        busy.headers |= call.limits
        raise busy from error
    if response.status_code != http.HTTPStatus.FOUND:  # low figures might keep a client from following it
        response.headers.update(call.limits)
    return response


def _bound(route: Route, call: Call) -> None:
    """Raise Problem (413) for a larger body than the route takes, before anything is asked or parsed for it."""
    most, sent = route.content_types.get(call.content_type), len(call.body)
    if most is not None and sent > most:
        hint = "Send less at once." if call.content_type == JSON else TICKETS
        raise Problem("body_too_large", f"The body has {sent:,} bytes; up to {most:,} are allowed here. {hint}")


def _admit(route: Route, call: Call, credentials: Mapping[str, str]) -> Caller | None:
    """Return who calls, and have the answer tell of the limit; raise Problem where that may not be.

    Each request counts once: towards its caller's limit, a forbidden one too; where nobody vouches for a caller,
    towards its address's. An address over its limit keeps no caller with a valid token from calling, nor with an
    API key that this process remembers; to look up any other key would let invalid ones cost a read each.
    """
    address = rate_limit.address(call.request)
    if route.access is Access.PUBLIC:
        call.tell_limit(rate_limit.admit(route.rate, address))
        return None
    if costs_a_read(credentials):
        rate_limit.refuse(rate_limit.PUBLIC, address)
    try:
        caller = authenticate(credentials)
    except Problem:
        call.tell_limit(rate_limit.admit(rate_limit.PUBLIC, address))
        raise
    call.tell_limit(rate_limit.admit(route.rate, keys.account(caller.owner)))
    route.access.check(caller)
    if route.access is Access.ADMIN:
        second_factor.require(caller.owner, bearer(credentials))
    return caller


def _view(route: Route, call: Call, parameters: dict[str, Any]) -> Response:
    request = call.request
    if route.query is not None:
        parameters["query"] = validate.query(request.query_params, route.query)
    elif request.query_params:
        validate.refuse_query(request.query_params)
    if route.body is not None:
        parameters["body"] = validate.body(call.body, route.body) if call.content_type == JSON else None
    if route.audited:
        audit.note(call.caller, route.audited, parameters)
    view = functools.partial(route.view, call, **parameters)
    key = call.header(idempotency.HEADER) if route.replayed else None
    return view() if key is None else idempotency.first(call, key, view)
