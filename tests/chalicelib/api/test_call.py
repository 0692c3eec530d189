"""A call as a route sees it: the origin that its links and forms are held against."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.api.call import Call


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"host": "janus.example", "x-forwarded-proto": "https"}, "https://janus.example"),
        ({"host": "127.0.0.1:8000"}, "http://127.0.0.1:8000"),
        ({"host": "janus.example", "x-forwarded-proto": "http"}, "http://janus.example"),
        ({"host": "janus.example", "x-forwarded-proto": "HTTPS://evil"}, "http://janus.example"),
    ],
)
def test_the_origin_is_that_of_the_gateway(headers: dict[str, str], origin: str) -> None:
    """API Gateway and CloudFront tell the scheme; offline there is none but http."""
    request: Any = SimpleNamespace(method="GET", path="/", headers=headers, context={})
    assert Call(request).origin == origin
