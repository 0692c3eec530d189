"""What every route goes through: one decorator that registers a view, and the call that the view is given."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from chalice import CORSConfig, Response

from chalicelib.api.auth import Caller, authenticate
from chalicelib.api.problems import Problem
from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalice import Blueprint
    from chalice.app import Request

T = TypeVar("T")
View = TypeVar("View", bound="Callable[..., Response]")

JSON = "application/json"
CORS = CORSConfig(
    allow_origin=settings().allowed_origin,
    allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"],
    expose_headers=["ETag", "Location", "Retry-After", "X-Request-Id"],
    max_age=3600,
)


class OpenCallError(Exception):
    """A view without authentication asked who calls: a mistake in the code."""


@dataclass(frozen=True)
class Call:
    """One request to a view."""

    request: Request
    verified: Caller | None

    @property
    def caller(self) -> Caller:
        """Who calls; only of views that are not open."""
        if self.verified is None:
            raise OpenCallError(self.request.path)
        return self.verified

    @property
    def content_type(self) -> str:
        """Media type of the body, without its parameters."""
        return str(self.request.headers.get("content-type", JSON)).partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """The body as it was sent."""
        raw = self.request.raw_body or b""
        return raw if isinstance(raw, bytes) else raw.encode()

    def header(self, name: str) -> str | None:
        """Return a header of the request, or None."""
        value: str | None = self.request.headers.get(name)
        return value

    def query(self, kind: type[T]) -> T:
        """Return the query string as a struct; raise Problem (400) where it does not fit."""
        found = self.request.query_params
        pairs = {} if found is None else {name: found.getlist(name)[-1] for name in found}
        try:
            return msgspec.convert(pairs, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Problem("invalid_request", f"In the query: {error}.") from None

    def json(self, kind: type[T]) -> T:
        """Return the JSON body as a struct; raise Problem (400) where it does not fit."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem("invalid_request", f"In the body: {error}.") from None

    def link(self, path: str) -> str:
        """Return a path of this API as a reference that works where it is served: API Gateway adds its stage."""
        served = str(self.request.context.get("path", "")).rstrip("/").split("/")
        return "/".join(served[: -str(self.request.path).count("/")]) + path

    def answer(self, body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Return a JSON answer."""
        text = json.dumps(body, ensure_ascii=False)
        return Response(body=text, status_code=status, headers={"Content-Type": JSON, **(headers or {})})

    def tagged(self, body: Any) -> Response:
        """Return a JSON answer with its ETag, or 304 where If-None-Match names it (RFC 9110, section 13.1.2)."""
        return self.unchanged(tag := etag(body)) or self.answer(body, headers={"ETag": tag})

    def tagged_text(self, text: str, content_type: str, *, headers: dict[str, str]) -> Response:
        """Return an answer of another type with its ETag, or 304."""
        tag = etag(text)
        known = self.unchanged(tag)
        return known or Response(
            text, status_code=200, headers={**headers, "Content-Type": content_type, "ETag": tag}
        )

    def unchanged(self, tag: str) -> Response | None:
        """Return 304 where If-None-Match names an entity tag, None elsewhere."""
        if _names(self.header("if-none-match"), tag):
            return Response(body="", status_code=304, headers={"ETag": tag})
        return None

    def require_match(self, body: Any) -> None:
        """Raise Problem (412) where If-Match is given and does not name this state of things."""
        expected = self.header("if-match")
        if expected is not None and not _names(expected, etag(body)):
            raise Problem("precondition_failed", "Read the image again, and repeat the change on what it is now.")


def endpoint(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    public: bool = False,
    content_types: Sequence[str] = (JSON,),
) -> Callable[[View], View]:
    """Register a view `(call, **path_parameters) -> Response`; unless public, only for a verified caller."""

    def register(view: View) -> View:
        @functools.wraps(view)
        def answer(**parameters: str) -> Response:
            request = blueprint.current_request
            caller = None if public else authenticate(request.headers)
            return view(Call(request, caller), **parameters)

        options = {"content_types": list(content_types)} if method in ("POST", "PUT", "PATCH") else {}
        blueprint.route(path, methods=[method], cors=CORS, **options)(answer)
        return view

    return register


def etag(body: Any) -> str:
    """Return the strong entity tag of a JSON value."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _names(header: str | None, tag: str) -> bool:
    """Tell whether a list of entity tags names one (weakly compared: a gateway may have marked it so)."""
    if header is None:
        return False
    tags = {candidate.strip().removeprefix("W/") for candidate in header.split(",")}
    return "*" in tags or tag in tags
