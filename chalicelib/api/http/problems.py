"""Errors as RFC 9457 problem details, every one with a stable code.

A view raises `Problem`; the middleware turns it, and the errors of Chalice itself, into the same form. API
Gateway's own refusals (`GATEWAY`) take it too: from the deployment's template, and from `chalice local`.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from chalice import Response
from chalice.app import ChaliceUnhandledError

from chalicelib import aws
from chalicelib.api.http import headers as common
from chalicelib.logs import logger, request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

CONTENT_TYPE = "application/problem+json"
HTML = "text/html; charset=utf-8"  # of pages, which tell errors in their own way

CODES: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "The request is not valid"),
    "invalid_cursor": (400, "The cursor is not valid"),
    "unauthorized": (401, "A valid access token is needed"),
    "invalid_credentials": (401, "User name or password is wrong"),
    "invalid_code": (403, "The code is wrong or has expired"),
    "forbidden": (403, "The caller may not do this"),
    "forged_request": (403, "The request does not come from a page of Janus"),
    "account_disabled": (403, "The account is disabled"),
    "quota_exceeded": (403, "The account's quota is used up"),
    "image_not_found": (404, "There is no such image"),
    "share_not_found": (404, "There is no such share link"),
    "file_not_available": (404, "There is no file that could be published"),
    "user_not_found": (404, "There is no such user"),
    "queue_not_found": (404, "There is no such queue"),
    "thumbnail_not_found": (404, "There is no such thumbnail"),
    "analysis_not_available": (404, "The image has no analysis"),
    "picture_not_found": (404, "There is no such picture"),
    "key_not_found": (404, "There is no such API key"),
    "users_elsewhere": (404, "Users are kept elsewhere"),
    "masks_not_available": (404, "The image has no masks"),
    "asset_not_found": (404, "The pages have no such file"),
    "route_not_found": (404, "There is no such route"),
    "method_not_allowed": (405, "The route does not know this method"),
    "key_taken": (409, "Another file has the image's key"),
    "account_not_active": (409, "The account is not active"),
    "image_not_ready": (409, "The image is not processed yet"),
    "request_in_progress": (409, "The first request with this key is being answered"),
    "too_many_tags": (409, "The image would have too many tags"),
    "too_many_shares": (409, "The image has too many share links"),
    "own_account": (409, "An admin cannot do this to the own account"),
    "account_deleted": (409, "The account is deleted"),
    "changes_not_kept": (410, "So far back, changes are not kept"),
    "precondition_failed": (412, "It has changed meanwhile"),
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The content type is not accepted"),
    "idempotency_key_reused": (422, "The Idempotency-Key belongs to another request"),
    "too_many_requests": (429, "Too many requests"),
    "internal_error": (500, "Something went wrong here"),
    "not_ready": (503, "A part of the system is not reached"),
    "over_capacity": (503, "The service is over capacity"),
}
"""Every code an answer may carry, with its status and title."""

CHALLENGE = 'Bearer realm="janus"'
"""`WWW-Authenticate` of a 401 that tells no error of a token; RFC 9110, section 15.5.2, requires one of each."""

HIDDEN = "{token}"  # part of a route's path that no log may have

INTERNAL = "The error has been logged; the request id helps to find it."
TICKETS = "Ask for an upload ticket instead: POST /v1/images with a JSON body, then send the file straight to S3."

GATEWAY: dict[str, str] = {
    "route_not_found": "No route has this method and path; docs/api.md lists them.",
    "method_not_allowed": "The route does not take this method; the Allow header names those it takes.",
    "body_too_large": f"A body of more than 10 MB does not get through. {TICKETS}",
    "invalid_request": "What came is no proper HTTP request; the connection is closed.",
    "too_many_requests": "The whole system has as many requests as it takes. Wait a moment, then try again.",
    "internal_error": "The function did not answer. Please try again; the request id helps to find out why.",
}
"""Refusals of API Gateway before the function sees the request."""

GATEWAY_HEADERS: dict[str, dict[str, str]] = {"too_many_requests": {"Retry-After": "1"}}
"""Further headers of such a refusal."""


class Problem(ChaliceUnhandledError):
    """An error for the caller: a code of `CODES`, and a sentence with the reason and the remedy."""

    def __init__(
        self, code: str, detail: str, *, headers: dict[str, str] | None = None, **extensions: Any
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.headers, self.extensions = code, detail, headers or {}, extensions


def over_capacity(error: Exception) -> Problem | None:
    """Return the problem (503) of an error by which AWS takes no more requests for now, logged; else None."""
    if not aws.is_throttled(error):
        return None
    logger.error("over_capacity", extra={"cause": str(error)})
    return Problem("over_capacity", "Wait a moment, then send the same again.", headers={"Retry-After": "2"})


def body(code: str, detail: str, **extensions: Any) -> dict[str, Any]:
    """Return the problem details of a code (RFC 9457, section 3)."""
    status, title = CODES[code]
    return {
        "type": f"urn:janus:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id.get(),
        **extensions,
    }


def response(code: str, detail: str, *, headers: dict[str, str] | None = None, **extensions: Any) -> Response:
    """Return the problem as Chalice's response; a 401 without a challenge of its own gets the usual one."""
    status = CODES[code][0]
    challenge = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    return Response(
        body=json.dumps(body(code, detail, **extensions)),
        status_code=status,
        headers={"Content-Type": CONTENT_TYPE, **challenge, **(headers or {})},
    )


class Refusal(NamedTuple):
    """The answer of API Gateway to a request that reaches no view."""

    status: int
    headers: dict[str, str]
    body: bytes


def gateway(code: str, request: str) -> Refusal:
    """Return the answer to a request that API Gateway refuses, for `chalice local` to answer the same."""
    token = request_id.set(request)
    try:
        refused = response(code, GATEWAY[code], headers=GATEWAY_HEADERS.get(code))
    finally:
        request_id.reset(token)
    own = {name: str(value) for name, value in refused.headers.items()}
    headers = {**common.gateway(), **own, "X-Request-Id": request}
    return Refusal(refused.status_code, headers, str(refused.body).encode())


def middleware(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Give a request its id, and every answer its common headers; turn errors into problem details."""
    identifier = request.context.get("requestId") or getattr(request.lambda_context, "aws_request_id", None)
    token = request_id.set(identifier or str(uuid.uuid4()))
    try:
        answer = _answer(request, get_response)
        answer.headers.setdefault("X-Request-Id", str(request_id.get()))
        https = request.headers.get("x-forwarded-proto") == "https"
        for name, value in common.common(request.headers.get("origin"), https=https).items():
            answer.headers.setdefault(name, value)
        logger.info("request", extra={**_told(request), "status": answer.status_code})
        return answer
    finally:
        request_id.reset(token)


def _answer(request: Request, get_response: Callable[[Request], Response]) -> Response:
    try:
        answer = get_response(request)
    except Problem as problem:
        return response(problem.code, problem.detail, headers=problem.headers, **problem.extensions)
    except Exception:
        logger.exception("request failed", extra=_told(request))
        return response("internal_error", INTERNAL)
    own = answer.headers.get("Content-Type") in (CONTENT_TYPE, HTML)
    return answer if answer.status_code < 400 or own else _translate(answer)


def _told(request: Request) -> dict[str, Any]:
    """Return the fields of a request for the logs: its path, without the secrets in it."""
    path = request.path if HIDDEN in request.path else request.context.get("path")
    return {"method": request.method, "path": path}


def _translate(answer: Response) -> Response:
    """Return a refusal of Chalice itself as a problem: its code by the status, its words as the detail."""
    code = {405: "method_not_allowed", 413: "body_too_large", 415: "unsupported_media_type"}.get(
        answer.status_code, "invalid_request" if answer.status_code < 500 else "internal_error"
    )
    detail = INTERNAL
    if code != "internal_error" and isinstance(answer.body, dict):
        detail = str(answer.body.get("Message", CODES[code][1]))
    if code == "unsupported_media_type":
        detail += (
            ". Send JSON as `application/json`, and an image, where one is taken, as its type (`image/jpeg`)."
        )
    allow = {"Allow": str(answer.headers["Allow"])} if "Allow" in answer.headers else None
    return response(code, detail, headers=allow)
