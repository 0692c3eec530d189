"""Webhooks and deliveries in words: why one is disabled, how an attempt went, how long it took."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from chalicelib.extensions.integrations import address_guard, webhooks
from chalicelib.web import wording

ERRORS = {
    "name_not_resolved": "Its name has no address.",
    "connection_failed": "No connection: refused, unreachable or too slow.",
    "certificate_invalid": "Its certificate is not valid for its name.",
    "tls_failed": "It does not speak TLS 1.2 or later.",
    "connection_lost": "It closed the connection without an answer.",
    "timed_out": f"No answer within {address_guard.DEADLINE_SECONDS:g} seconds.",
    "answer_malformed": "Its answer is not HTTP.",
    "address_not_public": "Its name has an address that is not public.",
}
"""Why an attempt has no status, by its code; the other codes are those of a URL that is not allowed."""
_URL_REFUSED = "Its URL is not allowed. Change it."
_FAILED_FOR = wording.count(webhooks.FAILING_DAYS, "day")
_DISABLED = {
    "owner": "You have disabled it. Events that occur meanwhile are not kept for it.",
    "gone": "Its endpoint answered 410 Gone, so nothing is sent to it any more. Enable it once it is back.",
    "failing": f"Its endpoint failed for {_FAILED_FOR}. Enable it once it works, then deliver again what failed.",
}
_STATES = {"delivered": ("good", "Delivered"), "failed": ("bad", "Failed"), "pending": ("", "Waiting")}


class State(NamedTuple):
    """A state: the kind of its badge, the badge, and a sentence about it, empty where there is no more to say."""

    kind: str
    name: str
    more: str


def webhook_state(enabled: bool, because: str, failures: int, since: str, paused_until: str) -> State:  # noqa: FBT001  a template gives them
    """Return the state of a webhook; `failures` in a row, `since` and `paused_until` are RFC 3339 or empty."""
    if not enabled:
        return State("bad", "Disabled", _DISABLED.get(because, _DISABLED["owner"]))
    if not since:
        return State("good", "Enabled", "")
    failed = wording.count(failures, "attempt has", "attempts in a row have")
    wait = f" The next one is made after {wording.moment(paused_until)}." if paused_until else ""
    return State("warn", "Failing", f"{failed} failed since {wording.moment(since)}.{wait}")


def delivery_state(state: str, tries: int, following: str) -> State:
    """Return the state of a delivery after so many attempts; `following` is the time of the next one, or empty."""
    kind, name = _STATES[state]
    if state == "pending" and tries:
        return State("warn", "Tried again", f"The next attempt is made after {wording.moment(following)}.")
    return State(kind, name, "")


def result(status: int | None, error: str) -> str:
    """Return how an attempt ended: `204 No Content`, or why there was no answer."""
    if status is None:
        return ERRORS.get(error, _URL_REFUSED)
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:  # a status that is not registered
        return str(status)


def duration(milliseconds: int) -> str:
    """Return a time that something took: `84 ms`, `15.0 s`."""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
