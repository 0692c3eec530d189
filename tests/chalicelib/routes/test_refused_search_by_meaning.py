"""A search by meaning without an answer: each cause has its code or words, and nothing is asked in vain."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib import aws
from chalicelib.db import accounts, keys, spending
from tests.chalicelib.routes.test_catalogue import Place, place
from tests.chalicelib.routes.test_search_by_meaning import scores, server

if TYPE_CHECKING:
    from tests.embeddings import Server

__all__ = ["place", "server"]


def refused(place: Place, query: str) -> tuple[int, str, str]:
    """Return status, code and detail of the answer to a query."""
    answer = place.get(f"/v1/images?{query}")
    return answer.status_code, answer.json()["code"], answer.json()["detail"]


def test_a_stage_without_it_says_so(place: Place) -> None:
    """Before anything else: a switch of the account would not help."""
    accounts.standing(place.owner)
    accounts.change(place.owner, recognition=False)
    accounts.forget(place.owner)
    status, code, detail = refused(place, "about=red")
    assert (status, code) == (404, "meaning_not_available")
    assert "stage" in detail
    assert "account" not in detail


def test_an_account_without_recognition_sends_no_text(server: Server, place: Place) -> None:
    """Nothing of it goes to the service, its words neither."""
    accounts.standing(place.owner)
    accounts.change(place.owner, recognition=False)
    accounts.forget(place.owner)
    status, code, detail = refused(place, "about=red")
    assert (status, code) == (409, "recognition_disabled")
    assert "your account" in detail
    assert server.asked == []


@pytest.mark.parametrize("text", ["", "%20", "%E2%80%8B", "a" * 201])
def test_a_text_has_something_to_see_and_an_end(server: Server, place: Place, text: str) -> None:
    """A zero-width space is nothing; 200 characters are the most."""
    assert refused(place, f"about={text}")[:2] == (400, "invalid_request")
    assert server.asked == []


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), "2026-12-01"),
        (datetime(2026, 12, 1, tzinfo=UTC), "2027-01-01"),
    ],
)
def test_a_spent_budget_says_until_when(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch, now: datetime, begins: str
) -> None:
    """The next month; no client is to wait for it, and nothing is asked."""
    server.change(embeddings_budget=2)
    monkeypatch.setattr(keys, "now", lambda: now)
    answer = place.get("/v1/images?about=red+blue")
    assert (answer.status_code, answer.json()["code"]) == (503, "meaning_temporarily_unavailable")
    assert "Retry-After" not in answer.headers
    assert "budget" in answer.json()["detail"]
    assert f"begins on {begins} (UTC)" in answer.json()["detail"]
    assert (server.asked, spending.spent("embeddings")) == ([], 0)


def test_a_budget_of_nothing_is_a_pause(server: Server, place: Place) -> None:
    """No month ends it, so that none is named."""
    server.change(embeddings_budget=0)
    answer = place.get("/v1/images?about=red")
    assert (answer.status_code, answer.json()["code"]) == (503, "meaning_temporarily_unavailable")
    assert "Retry-After" not in answer.headers
    assert "the operator has paused search by meaning" in answer.json()["detail"]
    assert "month" not in answer.json()["detail"]
    assert server.asked == []


@pytest.mark.parametrize("action", ["InvokeModel", "QueryVectors"])
@pytest.mark.parametrize(
    "failure", [(500, "InternalServerException"), (429, "ThrottlingException"), (403, "AccessDeniedException")]
)
def test_a_service_that_fails_is_named_as_the_cause(
    server: Server, place: Place, action: str, failure: tuple[int, str]
) -> None:
    """With the time to try again; lists without `about` work on."""
    server.failures[action] = [failure] * 3
    answer = place.get("/v1/images?about=red")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (
        503,
        "meaning_temporarily_unavailable",
        "10",
    )
    assert "service" in answer.json()["detail"]
    assert place.get("/v1/images?text=red").status_code == 200
    server.failures.clear()
    assert scores(place, "about=red") == []


def test_a_service_without_an_answer_is_not_waited_for(
    server: Server, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been charged, so it counts."""
    monkeypatch.setitem(aws.HURRIED, "bedrock-runtime", (1, 0.2, 1))
    aws.client.cache_clear()
    server.silent.add("InvokeModel")
    assert refused(place, "about=red")[:2] == (503, "meaning_temporarily_unavailable")
    assert spending.spent("embeddings") == 3


def test_a_text_that_the_model_refuses_is_the_callers_fault(server: Server, place: Place) -> None:
    """Such as one of too many tokens."""
    server.failures["InvokeModel"] = [(400, "ValidationException")]
    assert refused(place, "about=red")[:2] == (400, "invalid_request")


@pytest.mark.parametrize("embedding", [[0.1] * 1023, [float("nan")] + [0.1] * 1023, ["x"] * 1024, None, 3])
def test_an_embedding_of_another_shape_is_none(server: Server, place: Place, embedding: Any) -> None:
    """The index is not asked with it."""
    server.embeddings = [embedding]
    assert refused(place, "about=red")[:2] == (503, "meaning_temporarily_unavailable")
    assert server.actions == ["InvokeModel"]


@pytest.mark.medium
def test_it_counts_towards_the_limit_of_requests_to_others(server: Server, place: Place) -> None:
    """That of costly routes, which answers name beside that of reads; plain lists have theirs."""
    server.change(rate_limits={"read": (100, 60), "meaning": (2, 3600)})
    for left in (1, 0):
        answer = place.get("/v1/images?about=red")
        assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (
            200,
            '"read";q=100;w=60, "meaning";q=2;w=3600',
        )
        assert re.fullmatch(rf'"read";r=\d+;t=\d+, "meaning";r={left};t=\d+', answer.headers["RateLimit"])
    answer = place.get("/v1/images?about=red")
    assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (429, '"meaning";q=2;w=3600')
    assert int(answer.headers["Retry-After"]) > 60
    answer = place.get("/v1/images")
    assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (200, '"read";q=100;w=60')


def test_a_refusal_names_both_limits_too(server: Server, place: Place) -> None:
    """It has counted towards both."""
    server.change(embeddings_budget=0, rate_limits={"read": (100, 60), "meaning": (2, 3600)})
    answer = place.get("/v1/images?about=red")
    assert (answer.status_code, answer.headers["RateLimit-Policy"]) == (
        503,
        '"read";q=100;w=60, "meaning";q=2;w=3600',
    )
