"""Requests through CloudFront: right addresses and the real caller, and neither for anybody who only says so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from chalice import Response
from chalice.app import CaseInsensitiveMapping

from chalicelib import aws, presigned
from chalicelib.api.http import edge
from chalicelib.config import settings
from chalicelib.web import page
from tests.packaging import lambda_events

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE, GATEWAY = "images.example.org", "abc123.execute-api.eu-central-1.amazonaws.com"
SECRET = "s" * 64
CLOUDFRONT, VIEWER = "130.176.0.1", "203.0.113.9"


@pytest.fixture
def site(app: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Configure a domain."""
    monkeypatch.setitem(settings().__dict__, "public_host", SITE)
    monkeypatch.setitem(settings().__dict__, "edge_secret", SECRET)
    presigned._signer.cache_clear()
    yield
    presigned._signer.cache_clear()


def restored(
    forwarded: str, *, proof: str | None = SECRET, source: str = CLOUDFRONT, path: str = "/api/p/x"
) -> Any:
    """Return a request after the middleware."""
    headers = {"Host": GATEWAY, "X-Forwarded-For": forwarded, **({"X-Janus-Edge": proof} if proof else {})}
    context = {"path": path, "stage": "api", "domainName": GATEWAY, "identity": {"sourceIp": source}}
    request: Any = SimpleNamespace(headers=CaseInsensitiveMapping(headers), context=context)
    edge.middleware(request, lambda _: Response(""))
    return request


def test_a_request_of_cloudfront_is_one_to_the_site(site: None) -> None:
    """Host, path and caller; the proof goes no further."""
    request = restored(f"{VIEWER}, {CLOUDFRONT}")
    assert request.context["domainName"] == request.headers["host"] == SITE
    assert (request.context["path"], request.context["identity"]["sourceIp"]) == ("/p/x", VIEWER)
    assert set(request.headers) == {"host", "x-forwarded-for"}


@pytest.mark.parametrize("path", ["/api", "/api/"])
def test_the_start_page_has_a_path(site: None, path: str) -> None:
    """The slash."""
    assert restored(VIEWER, path=path).context["path"] == "/"


@pytest.mark.parametrize(
    ("forwarded", "viewer"),
    [
        (f"{VIEWER}, {CLOUDFRONT}", VIEWER),
        (VIEWER, VIEWER),
        (f"192.0.2.1, {VIEWER}, {CLOUDFRONT}", VIEWER),
        (f"192.0.2.1,{VIEWER}", VIEWER),
        (f"{CLOUDFRONT}, {VIEWER}, {CLOUDFRONT}", VIEWER),
        ("2001:db8::9, 130.176.0.1", "2001:db8::9"),
        (CLOUDFRONT, CLOUDFRONT),
        ("", CLOUDFRONT),
        ("unknown", CLOUDFRONT),
    ],
)
def test_the_caller_is_the_one_that_cloudfront_saw(site: None, forwarded: str, viewer: str) -> None:
    """Whether API Gateway adds CloudFront's address or not; entries of the caller's own come before."""
    assert restored(forwarded).context["identity"]["sourceIp"] == viewer


@pytest.mark.parametrize("proof", [None, "", "wrong", SECRET[:-1], SECRET + "s", "\u00e9"])
def test_nobody_else_moves_addresses_or_hides_the_caller(site: None, proof: str | None) -> None:
    """Without the secret, all of it stays as API Gateway says."""
    request = restored(f"{VIEWER}, {CLOUDFRONT}", proof=proof)
    assert request.context["domainName"] == request.headers["host"] == GATEWAY
    assert (request.context["path"], request.context["identity"]["sourceIp"]) == ("/api/p/x", CLOUDFRONT)


@pytest.mark.parametrize("missing", ["public_host", "edge_secret"])
def test_without_a_domain_no_proof_counts(site: None, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """An empty secret proves nothing."""
    monkeypatch.setitem(settings().__dict__, missing, None)
    assert restored(VIEWER, proof=SECRET if missing == "public_host" else "").context["domainName"] == GATEWAY


@pytest.mark.parametrize(("proof", "base"), [(SECRET, ""), ("wrong", "/api")])
def test_the_links_of_pages_work_where_they_are_served(app: Any, site: None, proof: str, base: str) -> None:
    """At the site without the stage, at API Gateway's own address with it."""
    event = lambda_events.request("GET", "/sign-in")
    sent = {"x-janus-edge": proof, "x-forwarded-proto": "https", "x-forwarded-for": VIEWER, "host": GATEWAY}
    event["headers"], event["multiValueHeaders"] = sent, {name: [value] for name, value in sent.items()}
    event["requestContext"].update(domainName=GATEWAY)
    answer = app(event, SimpleNamespace(aws_request_id="x"))
    assert answer["statusCode"] == 200
    assert f'href="{base}/static/' in answer["body"]
    assert f'action="{base}/sign-in' in answer["body"]


def test_pictures_are_signed_for_the_bucket_and_served_by_the_site(
    app: Any, site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFront asks the bucket under the signed host, so that only the origin differs; pages allow both."""
    here, at = presigned.address("derived/a/small.webp", presigned.OTHERS, 1e9), urlsplit(aws.bucket_url())
    (images,) = [part for part in page.policy().split("; ") if part.startswith("img-src")]
    assert images.endswith(f" {at.scheme}://{at.netloc} https://{SITE}")
    monkeypatch.setitem(settings().__dict__, "public_host", None)
    presigned._signer.cache_clear()
    there = presigned.address("derived/a/small.webp", presigned.OTHERS, 1e9)
    assert here.startswith(f"https://{SITE}/")
    assert there.startswith(f"{at.scheme}://{at.netloc}/")
    assert here.removeprefix(f"https://{SITE}") == there.removeprefix(f"{at.scheme}://{at.netloc}")
    assert page.policy().count("https://") == 0
