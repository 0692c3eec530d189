"""Idempotency-Key: a request that is sent again is answered as it was the first time, and does nothing again.

After draft-ietf-httpapi-idempotency-key-header-07. A key is its caller's own, and belongs to one request: method,
path, query and body. A refused or failed request has changed nothing, so its key is free again; only successful
answers are kept.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

from chalice import Response

from chalicelib.api.http.problems import Problem
from chalicelib.db import claims, keys
from chalicelib.db.models import Replay
from chalicelib.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.api.call import Call

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"  # of an answer that was kept: `true`; a first answer lacks it
KEY = r"[!-~]{1,255}"
KEPT_HOURS = 24
CLAIM_SECONDS = 60  # twice the function's time: who has not answered by then was killed
MAX_PACKED_BYTES = 128 << 10  # of a kept body, compressed; an item of DynamoDB has 400 KB
PROBLEMS = ("request_in_progress", "idempotency_key_reused")  # codes that `first` may raise


def first(call: Call, key: str, make: Callable[[], Response]) -> Response:
    """Return the first answer to a request with a key: of long ago, or made now.

    Raises Problem: 400 for a malformed key, 422 for the key of another request, 409 while the first answer is
    being made, and the errors of `make`. An answer too large to be kept is given once: a second request waits
    until the claim has expired, and then does its work anew. Cost: 1 WRU, and 1 WRU per KB of the kept answer.
    """
    if re.fullmatch(KEY, key) is None:
        raise Problem("invalid_request", f"{HEADER} must be 1 to 255 visible ASCII characters.")
    claim = Replay(
        f"replay#{_digest(call.caller.owner, key)}",
        fingerprint=_fingerprint(call),
        expires=keys.now() + timedelta(seconds=CLAIM_SECONDS),
    )
    if not claims.claim(claim):
        return _again(claim)
    try:
        answer = make()
    except BaseException:
        claims.release(claim)
        raise
    _keep(claim, answer)
    return answer


def seed(call: Call, number: int = 0) -> str | None:
    """Return a text from which a request with a key names its new items; None for a request without a key.

    It is the same whenever the very same request comes again, also after its claim has expired: the items of a
    killed attempt are found, and not made twice. `number` counts the items of one request.
    """
    key = call.header(HEADER)
    return None if key is None else _digest(call.caller.owner, key, _fingerprint(call), str(number))


def _again(claim: Replay) -> Response:
    """Return the answer that was kept for a claim that another holds."""
    kept = claims.get_replay(claim.id)
    if kept is not None and kept.fingerprint != claim.fingerprint:
        raise Problem(
            "idempotency_key_reused",
            "Use a new key for each request. Repeat a key only with an identical request.",
        )
    if kept is None or kept.status is None:
        raise Problem(
            "request_in_progress",
            "The first request with this key is being processed. Try again with the same key.",
            headers={"Retry-After": "2"},
        )
    body = zlib.decompress(kept.body).decode()
    return Response(body, status_code=int(kept.status), headers={**json.loads(kept.headers), REPLAYED: "true"})


def _keep(claim: Replay, answer: Response) -> None:
    """Keep an answer; where that fails, the request is done all the same, and its answer must arrive."""
    body = zlib.compress(str(answer.body).encode())
    if len(body) > MAX_PACKED_BYTES:
        logger.warning("answer_too_large_to_keep", extra={"bytes": len(body)})
        return
    claim.expires = keys.now() + timedelta(hours=KEPT_HOURS)
    claim.status, claim.headers, claim.body = answer.status_code, json.dumps(answer.headers), body
    try:
        claims.keep(claim)
    except Exception:
        logger.exception("answer_not_kept")


def _fingerprint(call: Call) -> str:
    request, given = call.request, call.request.query_params
    query = {} if given is None else {name: given.getlist(name) for name in given}
    asked = [request.method, request.path, request.uri_params, query, call.content_type]
    return _digest(json.dumps(asked, sort_keys=True), hashlib.sha256(call.body).hexdigest())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
