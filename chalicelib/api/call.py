"""The call that a view is given: one request, its caller, and the answers that the view may give."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from chalice import Response

from chalicelib.api.http import entity_tags, media
from chalicelib.api.http.media import JSON
from chalicelib.api.http.problems import TICKETS, Problem

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.api.security.caller import Caller


_TEXT = (
    "API Gateway handed the bytes on as text, which damages an image. "
    "Send Content-Type as the bare media type, such as image/jpeg."
)
_OF_PATHS = "/%:@!$&'()*+,;=~"  # characters of paths as they are sent (RFC 3986, section 3.3)
_HOST = re.compile(r"([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


class OpenCallError(Exception):
    """A view without authentication asked who calls: a mistake in the code."""


class Call:
    """One request to a view."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.verified: Caller | None = None  # until the caller is admitted, and of routes for anybody
        self.limits: dict[str, str] = {}  # the header fields that tell the caller of its limits

    @property
    def caller(self) -> Caller:
        """Who calls; only of views that are not public."""
        if self.verified is None:
            raise OpenCallError(self.request.path)
        return self.verified

    @property
    def content_type(self) -> str:
        """Media type of the body, without its parameters; that of a PATCH is JSON either way."""
        sent = media.bare(self.request.headers.get("content-type", JSON))
        return JSON if sent == media.MERGE_PATCH and self.request.method == "PATCH" else sent

    @property
    def reads(self) -> bool:
        """Whether this is a GET, or HEAD, which is answered as one."""
        return self.request.method in ("GET", "HEAD")

    @property
    def body(self) -> bytes:
        """The body as it was sent."""
        raw = self.request.raw_body or b""
        return raw if isinstance(raw, bytes) else raw.encode()

    @property
    def binary_body(self) -> bytes:
        """The body as it was sent. Raises Problem (415) where API Gateway made a text of its bytes.

        It does so for media types that it does not know as binary: what is no UTF-8 is lost, and a file broken.
        """
        if self.body and not self.request.to_original_event().get("isBase64Encoded"):
            raise Problem("body_not_binary", f"{_TEXT} {TICKETS}")
        return self.body

    def header(self, name: str) -> str | None:
        """Return a header of the request, or None."""
        value: str | None = self.request.headers.get(name)
        return value

    def link(self, path: str) -> str:
        """Return a path of this API as a reference that works where it is served: API Gateway adds its stage."""
        return self._base + path

    @property
    def path(self) -> str:
        """The path of this request with its parameters, percent-encoded, as `link` takes it."""
        served = quote(str(self.request.context.get("path", "")), safe=_OF_PATHS)
        return served[len(self._base) :]

    @functools.cached_property  # a page of images asks for a hundred links
    def _base(self) -> str:
        served = str(self.request.context.get("path", "")).rstrip("/").split("/")
        own = str(self.request.path).rstrip("/").count("/")  # parts of the route; the start page has none
        return "/".join(served[: len(served) - own])

    @property
    def origin(self) -> str:
        """The origin of this site, for addresses that people pass on: `https://host`.

        API Gateway names the host itself. On one machine it is the Host header, which a client writes at will: it
        comes back to that client alone, for no shared cache keeps an answer. Raises Problem (400) for a malformed
        one.
        """
        host = str(self.request.context.get("domainName") or self.header("host"))
        if not _HOST.fullmatch(host):
            raise Problem("invalid_request", "The Host header is not a host name with or without a port.")
        scheme = "https" if self.header("x-forwarded-proto") == "https" else "http"
        return f"{scheme}://{host.lower()}"

    def tell_limit(self, fields: dict[str, str]) -> None:
        """Have the answer tell of one more limit that this request counts towards: the fields are lists."""
        for name, value in fields.items():
            self.limits[name] = f"{self.limits[name]}, {value}" if name in self.limits else value

    def answer(self, body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Return a JSON answer."""
        return _json(msgspec.json.encode(body), status, headers or {})

    def done(self) -> Response:
        """Return the answer that all is done, and there is nothing to say (204)."""
        return Response(body="", status_code=204)

    def tagged(self, body: Any) -> Response:
        """Return a JSON answer with its ETag, or 304 to a read whose If-None-Match names it."""
        data = msgspec.json.encode(body)
        return self.unless_known(_json(data, 200, {"ETag": entity_tags.of(data)}))

    def tagged_text(self, text: str, content_type: str, *, headers: dict[str, str]) -> Response:
        """Return an answer of another type with its ETag, or 304."""
        tag = entity_tags.of(text.encode())
        return self.unless_known(
            Response(text, status_code=200, headers={**headers, "Content-Type": content_type, "ETag": tag})
        )

    def unless_known(self, answer: Response) -> Response:
        """Return an answer that has an ETag, or 304 in its place to a read whose If-None-Match names that.

        A write has happened by now, and is answered as such: 304 is for GET and HEAD (RFC 9110, section 13.1.2).
        The 304 carries every header of the answer: caches put them in place of those that they have kept, the
        page's policy and media type included (RFC 9111, section 3.2).
        """
        if self.reads and entity_tags.names(self.header("if-none-match"), str(answer.headers["ETag"])):
            return Response(body="", status_code=304, headers=answer.headers)
        return answer

    def require_match(self, body: Any, expected: str | None = None) -> None:
        """Raise Problem (412) where If-Match, or `expected`, is given and does not name this state of things."""
        expected = expected or self.header("if-match")
        if expected is not None and not entity_tags.names(expected, entity_tags.of_json(body)):
            raise Problem(
                "precondition_failed", "Read the resource again, then repeat the change on its current state."
            )


def _json(data: bytes, status: int, headers: dict[str, str]) -> Response:
    return Response(body=data.decode(), status_code=status, headers={"Content-Type": JSON, **headers})
