"""The decorator that registers pages: sessions, forms, headers, and errors as pages with a next step."""

from __future__ import annotations

import functools
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote, unquote, urlencode

from chalice import Response

from chalicelib import aws, storage
from chalicelib.api.call import Call
from chalicelib.api.endpoint import serve, served
from chalicelib.api.http import media, problems, validate
from chalicelib.api.http.problems import CODES, HTML, INTERNAL, Problem, over_capacity
from chalicelib.api.security import rate_limit
from chalicelib.api.security.authenticate import authenticate
from chalicelib.db import keys
from chalicelib.logs import logger
from chalicelib.web import assets, errors, forms, render, session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice import Blueprint
    from chalice.app import Request

    from chalicelib.api.endpoint import Route
    from chalicelib.web.session import Session

    View = Callable[..., Response]

SIGN_IN, LIBRARY = "/sign-in", "/library"
_VARIES = {"Vary": "Cookie, Origin"}  # an answer by a cookie is for those with that cookie
_NONE: Mapping[str, str] = MappingProxyType({})
MAX_NEXT = 2048  # characters of a path that a sign-in leads back to
T = TypeVar("T")


class PageCall(Call):
    """One request for a page: its session, its form, and the answers that a page may give."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.jar = session.Jar(request.headers)
        self.session: Session | None = None

    @property
    def form_token(self) -> str:
        """The token that the page's forms carry; setting its cookie, if need be."""
        return forms.token(self.jar, self.session)

    @property
    def here(self) -> str:
        """The path of this page with its query, as `next` of a sign-in takes it."""
        query = self.request.query_params
        pairs = [(name, value) for name in query or () for value in query.getlist(name)] if query else []
        told = urlencode(pairs)
        return f"{self.path}?{told}" if told else self.path

    def query(self, kind: type[T]) -> T:
        """Return the query string as a struct; raise Problem (400) where it does not fit."""
        return validate.query(self.request.query_params, kind)

    def end_session(self) -> Session | None:
        """End the session in this browser, and return it; the user pool is not told."""
        ended, self.session = self.session, None
        session.end(self.jar)
        return ended

    @functools.cached_property
    def sent(self) -> forms.Sent:
        """The form that was sent; raises Problem (400, 413) for one that is malformed."""
        return forms.read(self.body)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The fields of the form that was sent, without its token."""
        return self.sent.fields

    def form(self, kind: type[T]) -> T:
        """Return the form that was sent as a struct; raise Problem (400) with the faults of its fields."""
        return validate.form(self.fields, kind)

    def asset(self, name: str) -> str:
        """Return the address of a static file."""
        return self.link(f"/static/{assets.version()}/{name}")

    def render(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Response:
        """Return a page from a template; a GET gets an ETag, and 304 where If-None-Match names it."""
        text = render.html(template, call=self, **context)
        told = {"Content-Type": HTML, **(headers or {})}
        if status != 200 or not self.reads:
            return Response(text, status_code=status, headers={**told})
        return self.tagged_text(text, HTML, headers=told)

    def go(self, path: str) -> Response:
        """Lead to another page of ours with GET (303), by its path."""
        return Response("", status_code=303, headers={"Location": self.link(path), "Content-Type": HTML})


class Page(NamedTuple):
    """A page, or a route for the pages' scripts, as the decorator was told of it."""

    method: str
    path: str
    anybody: bool
    module: str  # the name of the module that declares it


PAGES: list[Page] = []
"""Every page and every route for scripts, in the order of registration; importing `app` fills it."""


def page(  # noqa: PLR0913  a declaration, read as one
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    anybody: bool = False,
    stateless: bool = False,
    rate: str | None = None,
    account_rate: str | None = None,
    headers: Mapping[str, str] = _NONE,
) -> Callable[[View], View]:
    """Register a view `(call, **path_parameters) -> Response` of a page, for people who are signed in, or anybody.

    A `stateless` page is for anybody, and the same for everybody: it neither reads nor sets a cookie. Requests of
    an account count towards its limit of reading or writing, or towards `account_rate`, those of visitors towards
    the public one of their address; with a `rate` (config.RATE_LIMITS), all count towards that of their address,
    because who is signed in there vouches for no guess. A POST is a form with a token. All answers get `headers`,
    errors too.
    """
    usual = account_rate or (rate_limit.READ if method == "GET" else rate_limit.WRITE)
    anybody = anybody or stateless

    def register(view: View) -> View:
        def answer(call: PageCall, parameters: dict[str, str]) -> Response:
            address = rate_limit.address(call.request)
            if rate is not None:
                rate_limit.admit(rate, address)
            known = None if stateless else session.load(call.jar, address)
            if known is not None:
                _recognize(call, known, usual, address)
            elif rate is None:
                rate_limit.admit(rate_limit.PUBLIC, address)
            if method == "POST" and (anybody or call.session is not None):
                forms.check(call.request.headers, call.jar, call.session, call.sent.token)
            if call.session is None and not anybody:
                back = call.here if method == "GET" and len(call.here) <= MAX_NEXT else LIBRARY
                return call.go(f"{SIGN_IN}?next={quote(back, safe='')}")
            return view(call, **parameters)

        @functools.wraps(view)
        def shown(**parameters: str) -> Response:
            call = PageCall(blueprint.current_request)
            decoded = {name: unquote(value) for name, value in parameters.items()}
            response = _finished(_caught(call, answer, decoded), headers)
            return response if stateless else _with_cookies(call, response)

        options = {"content_types": [forms.CONTENT_TYPE]} if method == "POST" else {}
        PAGES.append(Page(method, path, anybody, view.__module__))
        blueprint.route(path, methods=served(method), **options)(shown)
        return view

    return register


def for_scripts(blueprint: Blueprint, route: Route, module: str) -> None:
    """Serve a route of the API to the pages' scripts, under `/_` in place of `/v1`: by cookie and form token.

    `module` is the name of the module that declares it.
    """

    def answer(**parameters: str) -> Response:
        call = PageCall(blueprint.current_request)
        request, decoded = call.request, {name: unquote(value) for name, value in parameters.items()}
        found = None
        try:
            found = session.load(call.jar, rate_limit.address(request))
            if route.method != "GET":
                forms.check(request.headers, call.jar, found, request.headers.get(forms.HEADER, ""))
            response = serve(route, request, decoded, found.headers if found else {})
        except Problem as problem:
            response = problems.as_response(problem)
        return _with_cookies(call, response)

    taken = [*route.content_types, media.MERGE_PATCH] if route.method == "PATCH" else list(route.content_types)
    options = {"content_types": taken} if route.method in ("POST", "PUT", "PATCH") else {}
    path = "/_" + route.path.removeprefix("/v1")
    PAGES.append(Page(route.method, path, anybody=False, module=module))
    named = f"script_{route.view.__name__}"
    blueprint.route(path, methods=served(route.method), name=named, **options)(answer)


def _recognize(call: PageCall, known: Session, rate: str, address: str) -> None:
    """Find the caller of a session, and count the request for the account; raise Problem where it may not be.

    A session that was ended elsewhere ends here, too. Until its caller is known, the call has none: the page of an
    error would else show a menu for nobody.
    """
    try:
        call.verified = authenticate(known.headers)
    except Problem as problem:
        rate_limit.admit(rate_limit.PUBLIC, address)
        if CODES[problem.code][0] != 401:
            raise
        call.end_session()
        return
    call.session = known
    rate_limit.admit(rate, keys.account(call.verified.owner))


def _caught(call: PageCall, answer: Callable[..., Response], parameters: dict[str, str]) -> Response:
    try:
        return answer(call, parameters)
    except Problem as problem:
        return _refusal(call, problem)
    except Exception as error:
        busy = over_capacity(error)
        if busy is None:
            logger.exception("request_failed", extra={"path": call.request.path})
        return _refusal(call, busy or Problem("internal_error", INTERNAL))


def _refusal(call: PageCall, problem: Problem) -> Response:
    status = CODES[problem.code][0]
    told = {name: value for name, value in problem.headers.items() if name != "WWW-Authenticate"}
    error = errors.described(problem, signed_in=call.session is not None)
    return call.render("error.html", status=status, headers=told, error=error)


def _finished(response: Response, headers: Mapping[str, str]) -> Response:
    response.headers.update(headers)
    response.headers.setdefault("Content-Security-Policy", policy())
    # not no-referrer: with that, browsers send forms with `Origin: null` (Fetch standard, 3.2)
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def _with_cookies(call: PageCall, response: Response) -> Response:
    response.headers.update(_VARIES)
    if response.status_code >= 500 and call.reads:  # caches may share the failure of a GET, no-store or not
        return response
    if call.jar.set:
        response.headers["Set-Cookie"] = call.jar.set
        response.headers["Cache-Control"] = "no-store"
    if call.jar.ends:  # else the key that leads back would show pages that the browser keeps
        response.headers["Clear-Site-Data"] = '"cache"'
    return response


def policy() -> str:
    """Return the Content-Security-Policy of every page: files from here and pictures from the bucket, no more.

    Attributes may have a style, for sizes and gradients that are computed from numbers; elements may not.
    """
    bucket = storage.origin()
    pictures = " ".join(dict.fromkeys((bucket, aws.derived_origin())))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        f"font-src data:; img-src 'self' data: blob: {pictures}; connect-src 'self' {pictures}; "
        f"form-action 'self' {bucket}; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
