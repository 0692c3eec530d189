"""Every error is a problem with a stable code, the request's id, and the headers that let a browser read it."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import requests

from chalicelib import logs
from chalicelib.api.http import problems
from chalicelib.db import owner_lists
from tests import delivery
from tests.packaging import lambda_events


def check(answer: requests.Response, code: str) -> None:
    problem = answer.json()
    status, title = problems.CODES[code]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"], problem["title"]) == (
        status,
        status,
        code,
        title,
    )
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.fixture
def log() -> Any:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    logs.logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.logger.removeHandler(handler)


def test_errors_of_views_are_problems(api: str, user: Any) -> None:
    """Raised by a view."""
    check(user.http.get(f"{api}/v1/images/{'a' * 26}"), "image_not_found")
    check(requests.get(f"{api}/v1/images", timeout=10), "unauthorized")


def test_errors_of_chalice_are_problems_too(api: str, user: Any) -> None:
    """A method that a route does not know, a content type that it does not take."""
    answer = user.http.post(f"{api}/v1/images", data=b"x", headers={"Content-Type": "text/plain"})
    check(answer, "unsupported_media_type")
    assert (answer.status_code, "Allow" in answer.headers) == (415, False)
    answer = user.http.put(f"{api}/v1/images")
    check(answer, "method_not_allowed")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


def test_a_method_that_reaches_the_app_is_refused_with_those_that_it_knows(app: Any) -> None:
    """API Gateway lets none through that is not declared; the refusal of Chalice itself is the same."""
    answer = app(lambda_events.request("PUT", "/v1/images"), delivery.CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (405, "method_not_allowed")
    assert set(answer["headers"]["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_an_unexpected_error_is_logged_and_tells_nothing(api: str, user: Any, monkeypatch: Any, log: Any) -> None:
    """500, with the id under which the log has the whole of it."""

    def broken(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(owner_lists, "read", broken)
    answer = user.http.get(f"{api}/v1/images")
    check(answer, "internal_error")
    assert "inside" not in answer.text
    logged = [line for line in log() if line["level"] == "error"]
    assert logged, "nothing was logged"
    assert any("the inside" in line.get("exception", "") for line in logged)


def test_every_request_is_logged_under_its_id(api: str, log: Any) -> None:
    """One line, with the request and the answer."""
    answer = requests.get(f"{api}/v1/status", timeout=10)
    (line,) = [line for line in log() if line["event"] == "request"]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/v1/status", 200)


@pytest.mark.parametrize("code", problems.GATEWAY)
def test_what_api_gateway_refuses_looks_the_same(aws: str, code: str) -> None:
    """The same shape and headers, from the table that the template's texts come from."""
    status, headers, body = problems.gateway(code, "request-1")
    assert status == problems.CODES[code][0]
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Request-Id"] == json.loads(body)["request_id"] == "request-1"
    assert headers["Access-Control-Allow-Origin"] == "*"
