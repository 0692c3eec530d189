"""Requests through CloudFront, as if they had come straight to the site.

CloudFront asks API Gateway under API Gateway's own host and below its stage, from an address of its own. It proves
itself by a secret in a header, which only it and the API function know. Then the host is the site's, the path has
no stage, and the caller is the one that CloudFront saw; of any other request, no header says who called and where.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Any

from chalice.app import CaseInsensitiveMapping

from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

PROOF = "x-janus-edge"


def middleware(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer a request; of one that CloudFront sent, the address and the caller are the original ones."""
    host, secret = settings().public_host, settings().edge_secret
    sent = request.headers.get(PROOF)
    if host and secret and sent and hmac.compare_digest(sent.encode(), secret.encode()):
        _restore(request, host)
    return get_response(request)


def _restore(request: Request, host: str) -> None:
    context: dict[str, Any] = request.context
    known = {name: value for name, value in request.headers.items() if name != PROOF}
    request.headers = CaseInsensitiveMapping({**known, "host": host})
    context["domainName"] = host
    context["path"] = str(context["path"]).removeprefix(f"/{context['stage']}") or "/"
    identity = context["identity"]
    identity["sourceIp"] = _viewer(known.get("x-forwarded-for", ""), identity["sourceIp"])


def _viewer(forwarded: str, source: str) -> str:
    """Return the address that CloudFront was called from: the last of X-Forwarded-For but for CloudFront's own.

    Those before it are the caller's own words. Source: "Request and response behavior for custom origins", Amazon
    CloudFront Developer Guide.
    """
    addresses = [one.strip() for one in forwarded.split(",")]
    if addresses[-1] == source:
        addresses.pop()
    try:
        return str(ipaddress.ip_address(addresses[-1]))
    except (IndexError, ValueError):
        return source
