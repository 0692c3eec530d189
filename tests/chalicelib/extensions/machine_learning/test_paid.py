"""A service that is paid by use: one record in the log for each request without an answer, whichever service."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from chalicelib.db import spending
from chalicelib.extensions.machine_learning import paid

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def service(aws: str) -> str:
    """Return the name of a service of one's own."""
    return f"service-{uuid.uuid4().hex[:8]}"


def failing(error: Exception) -> Callable[[], NoReturn]:
    def ask() -> NoReturn:
        raise error

    return ask


def refusal(status: int, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Ask")


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, object], bool]]:
    """Return event, fields and whether there is a traceback, of each record of this log."""
    fields = ("service", "reason", "budget", "image_id")
    found = [
        (one.getMessage(), {name: vars(one)[name] for name in fields if name in vars(one)}, bool(one.exc_info))
        for one in caplog.records
    ]
    caplog.clear()
    return [one for one in found if one[0].startswith("service_")]


THROTTLED = refusal(400, "ThrottlingException")
TIMED_OUT = ConnectTimeoutError(endpoint_url="https://service")


@pytest.mark.parametrize(
    ("errors", "asked", "spent"),
    [
        ([THROTTLED], 2, 7),
        ([refusal(500, "InternalServerError")], 2, 7),
        ([THROTTLED, THROTTLED], 2, 0),  # and no third time
        ([TIMED_OUT], 1, 7),
        ([THROTTLED, TIMED_OUT], 2, 7),
    ],
)
def test_only_a_request_that_cost_nothing_is_repeated(
    service: str, errors: list[Exception], asked: int, spent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no request is charged which was not counted."""
    monkeypatch.setattr(paid, "PAUSE_SECONDS", 0)
    left, times = list(errors), 0

    def ask() -> str:
        nonlocal times
        times += 1
        if left:
            raise left.pop(0)
        return "answer"

    with suppress(paid.NoAnswerError):
        assert paid.request(service, 7, 10, ask) == "answer"
    assert (times, spending.spent(service)) == (asked, spent)


def test_a_budget_without_room_is_logged_with_its_service(service: str, caplog: pytest.LogCaptureFixture) -> None:
    """Asked before, or at the request; a price that fits exactly is not."""
    assert paid.affordable(service, 10, 10)
    assert logged(caplog) == []
    assert not paid.affordable(service, 11, 10)
    spent = ("service_budget_spent", {"service": service, "budget": 10}, False)
    assert logged(caplog) == [spent]
    with pytest.raises(paid.NoAnswerError, match="budget") as raised:
        paid.request(service, 11, 10, failing(ValueError()))
    assert (raised.value.reason, raised.value.cost) == ("budget", 0)
    assert logged(caplog) == [spent]
    assert paid.request(service, 10, 10, lambda: "answer") == "answer"
    assert logged(caplog) == []
    assert spending.spent(service) == 10


@pytest.mark.parametrize(
    ("error", "reason", "charged"),
    [
        (refusal(400, "ThrottlingException"), "unavailable", False),
        (refusal(500, "InternalServerError"), "unavailable", False),
        (refusal(499, "AccessDeniedException"), "refused", True),
        (ConnectTimeoutError(endpoint_url="https://service"), "unavailable", True),
        (ValueError("an answer of another shape"), "refused", True),
    ],
)
def test_a_failure_is_logged_once_with_its_reason(
    service: str, caplog: pytest.LogCaptureFixture, error: Exception, reason: str, *, charged: bool
) -> None:
    """With the fields of the caller and the traceback; only a request that may be charged stays counted."""
    with pytest.raises(paid.NoAnswerError) as raised:
        paid.request(service, 7, 10, failing(error), image_id="a")
    assert (raised.value.reason, raised.value.cost) == (reason, 7 if charged else 0)
    assert raised.value.__cause__ is error
    assert logged(caplog) == [("service_failed", {"service": service, "reason": reason, "image_id": "a"}, True)]
    assert spending.spent(service) == (7 if charged else 0)
