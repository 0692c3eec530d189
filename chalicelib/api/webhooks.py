"""Webhooks and deliveries of the caller, as routes and pages need them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from chalicelib import jobs
from chalicelib.api.http.problems import Problem
from chalicelib.config import settings
from chalicelib.db import keys
from chalicelib.extensions.integrations import (
    address_guard,
    deliveries,
    event,
    event_types,
    outbox,
    webhooks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.api.call import Call
    from chalicelib.api.schemas import webhook_requests
    from chalicelib.db.models import Delivery, Webhook

REPLAY_SECONDS = 60  # in which the same replay is queued once


class Period(NamedTuple):
    """The time of the events that are delivered again; without a beginning, those that failed are."""

    since: datetime | None = None
    until: datetime | None = None  # now, unless it is given


def make(call: Call, asked: webhook_requests.WebhookRequest) -> webhooks.Made:
    """Make a webhook of the caller; raise Problem (400 for its address or types, 409 where there are too many)."""
    _check_url(asked.url)
    _check_types(asked.types)
    try:
        return webhooks.make(call.caller.owner, asked.url, asked.types, asked.description)
    except webhooks.TooManyWebhooksError:
        raise Problem(
            "too_many_webhooks",
            f"An account may have up to {webhooks.MOST} webhooks. Delete one first.",
        ) from None


def find(call: Call, webhook_id: str) -> Webhook:
    """Return a webhook of the caller; raise Problem (404) where there is none."""
    item = webhooks.get(call.caller.owner, webhook_id) if keys.is_webhook_id(webhook_id) else None
    if item is None:
        raise _absent()
    return item


def change(call: Call, webhook_id: str, asked: webhook_requests.WebhookChange) -> Webhook:
    """Change a webhook of the caller; raise Problem (400, 404)."""
    item = find(call, webhook_id)
    given: dict[str, Any] = {
        name: value for name in ("url", "types", "description") if (value := getattr(asked, name)) is not UNSET
    }
    if "url" in given:
        _check_url(given["url"])
        given |= webhooks.FRESH  # the failures were those of the former address
    if "types" in given:
        _check_types(given["types"])
        given["types"] = set(given["types"])
    if asked.state is not UNSET:
        given |= webhooks.ENABLED if asked.state == "enabled" else webhooks.DISABLED
    changed = webhooks.change(item.owner, webhook_id, **given) if given else item
    if changed is None:
        raise _absent()
    return changed


def rotate(call: Call, webhook_id: str) -> webhooks.Made:
    """Give a webhook of the caller new keys; raise Problem (404)."""
    made = webhooks.rotate(find(call, webhook_id))
    if made is None:
        raise _absent()
    return made


def delete(call: Call, webhook_id: str) -> None:
    """Delete a webhook of the caller; raise Problem (404)."""
    if not (keys.is_webhook_id(webhook_id) and webhooks.delete(call.caller.owner, webhook_id)):
        raise _absent()


def test(call: Call, webhook_id: str) -> str:
    """Send a test event to a webhook of the caller; return its id; raise Problem (404, 409)."""
    item = _enabled(call, webhook_id)
    now = keys.now()
    data = event_types.TestData(webhook_id=webhook_id, message="A test of this webhook.")
    told = event.make(event_types.TEST, item.owner, now, data, webhook_id, now.isoformat())
    outbox.test(webhook_id, told)
    return told.event_id


def find_delivery(call: Call, webhook_id: str, event_id: str) -> Delivery:
    """Return a delivery of the caller; raise Problem (404)."""
    known = keys.is_webhook_id(webhook_id) and event.is_event_id(event_id)
    found = deliveries.get(keys.deliveries(call.caller.owner, webhook_id), event_id) if known else None
    if found is None:
        raise Problem(
            "delivery_not_found",
            "This webhook has no delivery of an event with this id. Deliveries are kept for "
            f"{deliveries.KEPT_DAYS} days.",
        )
    return found


def replay(call: Call, webhook_id: str, event_id: str) -> None:
    """Deliver an event again, with the same id; raise Problem (404, 409)."""
    item, found = _enabled(call, webhook_id), find_delivery(call, webhook_id, event_id)
    if not outbox.replay(item.owner, webhook_id, found):
        raise Problem("delivery_pending", "This event is being delivered: its next attempt is on its way.")


def replay_many(call: Call, webhook_id: str, period: Period) -> None:
    """Deliver again all that failed, or every event of a period, in a job; raise Problem (404, 409)."""
    item = _enabled(call, webhook_id)
    moments = {name: time.timestamp() for name, time in period._asdict().items() if time is not None}
    jobs.send_once("replay_deliveries", REPLAY_SECONDS, owner=item.owner, webhook_id=webhook_id, **moments)


def period(asked: webhook_requests.ReplayRequest) -> Period:
    """Return the period that a request names; raise Problem (400) for one that is none."""
    since, until = _time_of("since", asked.since), _time_of("until", asked.until)
    if until is not None and since is None:
        raise _fault("invalid_request", "until", "Give `since`, too: the replay begins there.")
    if until is not None and since is not None and until <= since:
        raise _fault("invalid_request", "until", f"Give a time after {asked.since}, where the replay begins.")
    return Period(since, until)


def _time_of(field: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise _fault("invalid_request", field, f"No calendar has the day of {text}.") from None


def _enabled(call: Call, webhook_id: str) -> Webhook:
    """Return a webhook of the caller; raise Problem (404, and 409 for a disabled one)."""
    item = find(call, webhook_id)
    if not item.enabled:
        raise Problem("webhook_disabled", "This webhook is disabled. Enable it first.")
    return item


def _check_url(url: str) -> None:
    try:
        address_guard.check(url, offline=settings().webhooks_allow_loopback)
    except address_guard.RefusedError as error:
        raise _fault("endpoint_not_allowed", "url", str(error)) from None


def _check_types(types: Iterable[str]) -> None:
    for text in types:
        if not event_types.is_pattern(text):
            known = ", ".join(event_types.CHOICES)
            told = f"{text!r} is no event type, nor a pattern of any. The types are: {known}."
            raise _fault("invalid_request", "types", told)


def _fault(code: str, field: str, detail: str) -> Problem:
    errors = [{"pointer": f"#/{field}", "detail": detail}]
    return Problem(code, f"In the body: {field}: {detail}", errors=errors)


def _absent() -> Problem:
    return Problem("webhook_not_found", "You have no webhook with this id.")
