"""Webhooks and deliveries in words."""

from __future__ import annotations

import re
import runpy

import pytest

from chalicelib.extensions.integrations import address_guard, webhooks
from chalicelib.web import webhook_words
from chalicelib.web.webhook_words import State, delivery_state, duration, result, webhook_state
from tests.system import PROJECT

SINCE, LATER = "2026-11-03T09:05:07.000Z", "2026-11-03T09:20:00.000Z"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((True, "", 0, "", ""), State("good", "Enabled", "")),
        (
            (True, "", 1, SINCE, ""),
            State("warn", "Failing", "1 attempt has failed since 3 November 2026, 09:05:07 UTC."),
        ),
        (
            (True, "", 7, SINCE, LATER),
            State(
                "warn",
                "Failing",
                "7 attempts in a row have failed since 3 November 2026, 09:05:07 UTC. "
                "The next one is made after 3 November 2026, 09:20:00 UTC.",
            ),
        ),
    ],
)
def test_an_enabled_webhook_tells_its_failures(told: tuple[bool, str, int, str, str], expected: State) -> None:
    assert webhook_state(*told) == expected


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ("owner", "You have disabled it."),
        ("gone", "Its endpoint answered 410 Gone"),
        ("failing", "Its endpoint failed for 3 days."),
    ],
)
def test_a_disabled_webhook_tells_why(because: str, words: str) -> None:
    """Its failures are of no more interest."""
    kind, name, more = webhook_state(False, because, 7, SINCE, LATER)
    assert (kind, name) == ("bad", "Disabled")
    assert more.startswith(words)
    assert "attempts" not in more


def test_a_delivery_tells_its_state() -> None:
    """Waiting for its first attempt, or for another one."""
    assert delivery_state("pending", 0, "") == State("", "Waiting", "")
    assert delivery_state("delivered", 2, "") == State("good", "Delivered", "")
    assert delivery_state("failed", 10, "") == State("bad", "Failed", "")
    assert delivery_state("pending", 1, LATER) == State(
        "warn", "Tried again", "The next attempt is made after 3 November 2026, 09:20:00 UTC."
    )


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (204, "", "204 No Content"),
        (410, "", "410 Gone"),
        (599, "", "599"),
        (None, "timed_out", "No answer within 15 seconds."),
        (None, "port_not_allowed", "Its URL is not allowed. Change it."),
    ],
)
def test_an_attempt_tells_its_result(status: int | None, error: str, words: str) -> None:
    """By the name of the status, if it has one."""
    assert result(status, error) == words


def test_words_name_the_limits_that_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an attempt, and the days of failure that disable a webhook."""
    monkeypatch.setattr(address_guard, "DEADLINE_SECONDS", 7.5)
    monkeypatch.setattr(webhooks, "FAILING_DAYS", 4)
    words = runpy.run_path(webhook_words.__file__)
    assert words["result"](None, "timed_out") == "No answer within 7.5 seconds."
    assert words["webhook_state"](False, "failing", 7, SINCE, "").more.startswith(
        "Its endpoint failed for 4 days."
    )


def test_every_error_without_a_status_has_words() -> None:
    """Those of the table of docs/webhooks.md about attempts, and the one of addresses; no others."""
    page = (PROJECT / "docs" / "webhooks.md").read_text()
    table = page.partition("An attempt without a status")[2].partition("Offline,")[0]
    codes = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert len(codes) == 7
    assert set(webhook_words.ERRORS) == codes | {"address_not_public"}


def test_a_time_has_its_unit() -> None:
    """Milliseconds below a second."""
    assert [duration(number) for number in (0, 84, 999, 1000, 15_004)] == [
        "0 ms",
        "84 ms",
        "999 ms",
        "1.0 s",
        "15.0 s",
    ]
