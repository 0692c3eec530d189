"""The checks of S3 that moto lacks: the signatures of forms and links, and the policy of a form.

Requests with an Authorization header of any signer are let through, for a developer's tools; a web page, whose
browser sends its `Origin`, only with forms and links that this box itself has signed.

Sources: Amazon S3 API Reference, "Browser-based uploads using POST (Signature Version 4)" and "Authenticating
requests: using query parameters (Signature Version 4)".
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4PostAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chalicelib.offline import provisioning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

_CREDENTIALS = Credentials(provisioning.ACCESS_KEY, provisioning.SECRET_KEY)
_ALGORITHM = "AWS4-HMAC-SHA256"
_FIELDS_BYTES = 20_000  # S3's limit for all of a form but its file
_BUFFER_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16
_PARTS = 100
_LARGEST_BYTES = 5 << 30  # S3's limit for one POST
_LONGEST_LINK = timedelta(days=7)
_SKEW = timedelta(minutes=15)
_STATUS = {400: "400 Bad Request", 403: "403 Forbidden", 405: "405 Method Not Allowed", 411: "411 Length Required"}
_UNLISTED = {"x-amz-signature", "file", "policy"}


class RefusedError(Exception):
    """S3 answers this request with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Guard:
    """A WSGI application in front of moto's; it passes on the requests that S3 would not refuse."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, a refused one as S3 does."""
        with tempfile.SpooledTemporaryFile(_BUFFER_BYTES) as body:
            try:
                if _admit(environ, body):
                    environ["wsgi.input"] = body
            except RefusedError as refused:
                return _answer(refused, start_response)
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer


def _admit(environ: dict[str, Any], body: Any) -> bool:
    """Raise RefusedError where the request may not go on; tell whether its body was read, and is in `body` now."""
    method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
    if method == "OPTIONS":
        return False
    if method == "POST" and _media_type(environ) == "multipart/form-data":
        _check_form(environ, body)
        return True
    if re.search("(?:^|&)X-Amz-Signature=", query):
        _check_link(environ, query)
    elif "HTTP_ORIGIN" in environ:
        _deny("A web page needs a presigned link or form.")
    elif method == "POST" and not environ.keys() & {"HTTP_AUTHORIZATION", "HTTP_X_AMZ_TARGET"}:
        _deny("Access Denied")
    return False


def _media_type(environ: dict[str, Any]) -> str:
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def _check_link(environ: dict[str, Any], query: str) -> None:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_PARTS)
        given = dict(pairs)
        began, lasts = _time(given["X-Amz-Date"]), timedelta(seconds=int(given["X-Amz-Expires"]))
        region, names = _region(given["X-Amz-Credential"], given["X-Amz-Date"]), given["X-Amz-SignedHeaders"]
    except (KeyError, ValueError, OverflowError):
        _reject("The query parameters are malformed.", "AuthorizationQueryParametersError")
    if given.get("X-Amz-Algorithm") != _ALGORITHM or not timedelta() < lasts <= _LONGEST_LINK:
        _reject("The query parameters are malformed.", "AuthorizationQueryParametersError")
    if not began - _SKEW <= datetime.now(UTC) < began + lasts:
        _deny("Request has expired")
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~")
    signed = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs if name != "X-Amz-Signature"
    )
    headers = {name: _header(environ, name) for name in names.split(";")}
    url = f"http://{environ.get('HTTP_HOST', '')}{path}?{signed}"
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=url, headers=headers)
    request.context["timestamp"] = given["X-Amz-Date"]
    signer = S3SigV4QueryAuth(_CREDENTIALS, "s3", region)
    _compare(
        signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request),
        given["X-Amz-Signature"],
    )


def _header(environ: dict[str, Any], name: str) -> str:
    key = name.upper().replace("-", "_")
    return str(environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}", ""))


def _check_form(environ: dict[str, Any], body: Any) -> None:
    """Check the fields when the file begins, its length when it ends; copy the whole into `body`."""
    bucket = environ["PATH_INFO"].strip("/")
    if not bucket or "/" in bucket or environ.get("QUERY_STRING"):
        raise RefusedError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    fields: dict[str, str] = {}
    smallest, largest, size = 0, _LARGEST_BYTES, -1
    for name, data in _parts(environ, body):
        if size >= 0 and name != "file":
            _reject("The file must be the last field.")
        if name != "file":
            if name in fields:
                _reject(f"The field {name} is there twice.")
            fields[name] = data.decode(errors="replace")
            continue
        if size < 0:
            smallest, largest = _check_policy(fields, bucket)
            size = 0
        size += len(data)
        if size > largest:
            _reject("Your proposed upload exceeds the maximum allowed size", "EntityTooLarge")
    if size < 0:
        _reject("POST requires exactly one file upload per request.")
    if size < smallest:
        _reject("Your proposed upload is smaller than the minimum allowed size", "EntityTooSmall")
    body.seek(0)


def _parts(environ: dict[str, Any], body: Any) -> Iterator[tuple[str, bytes]]:
    """Yield the name, in lower case, and the value of each field, then the file in pieces."""
    from werkzeug.exceptions import RequestEntityTooLarge  # noqa: PLC0415  moto's server has it, Janus does not
    from werkzeug.http import parse_options_header  # noqa: PLC0415
    from werkzeug.sansio import multipart  # noqa: PLC0415

    boundary = parse_options_header(environ["CONTENT_TYPE"])[1].get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        _reject("The form has no boundary.")
    decoder = multipart.MultipartDecoder(boundary, _BUFFER_BYTES, max_parts=_PARTS)
    chunks = _chunks(environ, body)
    name, value, left, files = "", b"", _FIELDS_BYTES, 0
    try:
        while True:
            event = decoder.next_event()
            if isinstance(event, multipart.NeedData):
                decoder.receive_data(next(chunks, None))
            elif isinstance(event, multipart.Field | multipart.File):
                name, value = (event.name or "").lower(), b""
                files += name == "file"
                if files > 1 or (name != "file" and isinstance(event, multipart.File)):
                    _reject("POST requires exactly one file upload per request.")
            elif isinstance(event, multipart.Data) and name == "file":
                yield name, event.data
            elif isinstance(event, multipart.Data):
                value += event.data
                left -= len(event.data)
                if left < 0:
                    _reject("The fields are too long.", "MaxPostPreDataLengthExceeded")
                if not event.more_data:
                    yield name, value
            elif isinstance(event, multipart.Epilogue):
                return
    except (ValueError, AttributeError, RequestEntityTooLarge):  # werkzeug's errors for anything but a form
        _reject("The body of your POST request is not well-formed multipart/form-data.")


def _chunks(environ: dict[str, Any], body: Any) -> Iterator[bytes]:
    text = environ.get("CONTENT_LENGTH") or ""
    if not re.fullmatch("[0-9]{1,19}", text):
        raise RefusedError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    stream: BinaryIO = environ["wsgi.input"]
    left = int(text)
    while left and (chunk := stream.read(min(left, _CHUNK_BYTES))):
        left -= len(chunk)
        body.write(chunk)
        yield chunk


def _check_policy(fields: dict[str, str], bucket: str) -> tuple[int, int]:
    """Return the least and the most bytes of the file; raise RefusedError where a rule is broken."""
    try:
        encoded, given, date = fields["policy"], fields["x-amz-signature"], fields["x-amz-date"]
        region = _region(fields["x-amz-credential"], date)
    except (KeyError, ValueError):
        _deny("Access Denied")
    if fields.get("x-amz-algorithm") != _ALGORITHM:
        _deny("Access Denied")
    request = AWSRequest(method="POST")
    request.context["timestamp"] = date
    _compare(S3SigV4PostAuth(_CREDENTIALS, "s3", region).signature(encoded, request), given)
    try:
        policy = json.loads(base64.b64decode(encoded, validate=True))
        expires = datetime.fromisoformat(policy["expiration"])
        rules = list(_rules(policy["conditions"]))
        expired = expires <= datetime.now(UTC)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        _reject("Invalid Policy: it cannot be read.", "InvalidPolicyDocument")
    if expired:
        _deny("Invalid according to Policy: Policy expired.")
    return _apply(rules, {**fields, "bucket": bucket})


def _rules(conditions: Any) -> Iterator[tuple[str, Any, Any]]:
    for condition in conditions:
        if isinstance(condition, dict):
            yield from (("eq", name.lower(), str(value)) for name, value in condition.items())
        elif condition[0] == "content-length-range":
            yield condition[0], int(condition[1]), int(condition[2])
        elif condition[0] in ("eq", "starts-with"):
            yield condition[0], condition[1].removeprefix("$").lower(), str(condition[2])
        else:
            raise ValueError(condition)


def _apply(rules: list[tuple[str, Any, Any]], values: dict[str, str]) -> tuple[int, int]:
    smallest, largest, listed = 0, _LARGEST_BYTES, set()
    for kind, first, second in rules:
        if kind == "content-length-range":
            smallest, largest = max(smallest, first), min(largest, second)
            continue
        listed.add(first)
        value = values.get(first, "")
        if not (value == second if kind == "eq" else value.startswith(second)):
            shown = json.dumps([kind, f"${first}", second])
            _deny(f"Invalid according to Policy: Policy Condition failed: {shown}")
    extra = sorted(name for name in values.keys() - listed - _UNLISTED if not name.startswith("x-ignore-"))
    if extra:
        _deny(f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")
    return smallest, largest


def _region(credential: str, date: str) -> str:
    """Return the region of a credential scope; raise ValueError or RefusedError where it is not this box's."""
    key, day, region, service, ending = credential.rsplit("/", 4)
    _time(date)
    if (day, service, ending) != (date[:8], "s3", "aws4_request"):
        raise ValueError(credential)
    if key != provisioning.ACCESS_KEY:
        text = "The AWS Access Key Id you provided does not exist in our records."
        raise RefusedError(403, "InvalidAccessKeyId", text)
    return region


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _compare(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
        text = "The request signature we calculated does not match the signature you provided."
        raise RefusedError(403, "SignatureDoesNotMatch", text)


def _deny(message: str) -> NoReturn:
    raise RefusedError(403, "AccessDenied", message)


def _reject(message: str, code: str = "MalformedPOSTRequest") -> NoReturn:
    raise RefusedError(400, code, message)


def _answer(refused: RefusedError, start_response: Callable[..., Any]) -> list[bytes]:
    text = f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(errors="replace")
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    headers.append(("Access-Control-Allow-Origin", "*"))  # as the bucket's CORS rule says: a page reads why
    start_response(_STATUS[refused.status], headers)
    return [body]
