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
    "invalid_request": (400, "Invalid request"),
    "invalid_cursor": (400, "Invalid cursor"),
    "endpoint_not_allowed": (400, "Endpoint not allowed"),
    "unauthorized": (401, "Authentication required"),
    "invalid_credentials": (401, "Wrong user name or password"),
    "invalid_code": (403, "Wrong or expired code"),
    "forbidden": (403, "Not permitted"),
    "second_factor_required": (403, "Second factor required"),
    "forged_request": (403, "Cross-site request refused"),
    "account_disabled": (403, "Account disabled"),
    "quota_exceeded": (403, "Quota exceeded"),
    "image_not_found": (404, "Image not found"),
    "share_not_found": (404, "Share link not found"),
    "file_not_available": (404, "No file to publish"),
    "user_not_found": (404, "Account not found"),
    "queue_not_found": (404, "Queue not found"),
    "thumbnail_not_found": (404, "Thumbnail not found"),
    "analysis_not_available": (404, "Image has no analysis"),
    "picture_not_found": (404, "Picture not found"),
    "annotation_not_found": (404, "Annotation not found"),
    "webhook_not_found": (404, "Webhook not found"),
    "delivery_not_found": (404, "Delivery not found"),
    "key_not_found": (404, "API key not found"),
    "users_elsewhere": (404, "Users are managed elsewhere"),
    "meaning_not_available": (404, "Search by meaning not available"),
    "masks_not_available": (404, "Image has no masks"),
    "size_not_available": (404, "Image has no known size"),
    "asset_not_found": (404, "Asset not found"),
    "route_not_found": (404, "Route not found"),
    "method_not_allowed": (405, "Method not allowed"),
    "key_taken": (409, "Key in use"),
    "account_not_active": (409, "Account not active"),
    "image_not_ready": (409, "Image not processed yet"),
    "image_not_read": (409, "Image without content"),
    "faces_not_known": (409, "Faces not known"),
    "recognition_disabled": (409, "Recognition disabled"),
    "request_in_progress": (409, "Request in progress"),
    "too_many_tags": (409, "Too many tags"),
    "too_many_annotations": (409, "Too many annotations"),
    "too_many_shares": (409, "Too many share links"),
    "too_many_webhooks": (409, "Too many webhooks"),
    "webhook_disabled": (409, "Webhook disabled"),
    "delivery_pending": (409, "Delivery in progress"),
    "own_account": (409, "Own account cannot be changed"),
    "account_deleted": (409, "Account deleted"),
    "changes_not_kept": (410, "Changes expired"),
    "precondition_failed": (412, "Resource has changed"),
    "body_too_large": (413, "Body too large"),
    "unsupported_media_type": (415, "Unsupported content type"),
    "body_not_binary": (415, "Body arrived as text"),
    "idempotency_key_reused": (422, "Idempotency key reused"),
    "too_many_requests": (429, "Too many requests"),
    "internal_error": (500, "Internal error"),
    "format_not_offered": (501, "Format not offered"),
    "not_ready": (503, "Service not ready"),
    "meaning_temporarily_unavailable": (503, "Search by meaning temporarily unavailable"),
    "over_capacity": (503, "Service over capacity"),
}
"""Every code an answer may carry, with its status and title."""

CHALLENGE = 'Bearer realm="janus"'
"""`WWW-Authenticate` of a 401 that tells no error of a token; RFC 9110, section 15.5.2, requires one of each."""

HIDDEN = "{token}"  # part of a route's path that no log may have

INTERNAL = "The error is logged under the request id."
TICKETS = "Ask for an upload ticket instead: POST /v1/images with a JSON body, then send the file to S3."

GATEWAY: dict[str, str] = {
    "route_not_found": "No route has this method and path. GET /docs lists the routes.",
    "method_not_allowed": "The route does not allow this method. The Allow header lists the allowed methods.",
    "body_too_large": f"The body exceeds 10 MB. {TICKETS}",
    "invalid_request": "This is not a valid HTTP request. The connection is closed.",
    "too_many_requests": "The service is over capacity. Wait a moment, then try again.",
    "internal_error": "The function did not answer. Try again; the cause is logged under the request id.",
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
    return Problem(
        "over_capacity", "Wait a moment, then send the same request again.", headers={"Retry-After": "2"}
    )


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
    """Return the problem as Chalice's response; a 401 without a challenge of its own gets the usual one.

    API Gateway renames WWW-Authenticate to x-amzn-Remapped-WWW-Authenticate: the body repeats the challenge.
    """
    status = CODES[code][0]
    sent: dict[str, Any] = {"Content-Type": CONTENT_TYPE, **(headers or {})}
    if status == 401:
        extensions["challenge"] = sent.setdefault("WWW-Authenticate", CHALLENGE)
    return Response(body=json.dumps(body(code, detail, **extensions)), status_code=status, headers=sent)


def as_response(problem: Problem) -> Response:
    """Return a problem that was raised as Chalice's response."""
    return response(problem.code, problem.detail, headers=problem.headers, **problem.extensions)


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
        return as_response(problem)
    except Exception:
        logger.exception("request_failed", extra=_told(request))
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
