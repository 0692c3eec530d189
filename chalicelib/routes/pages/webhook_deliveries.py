"""Deliveries on a webhook's pages: one with its event and attempts, a test, and replays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import webhooks
from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.presenters import webhook as presenter
from chalicelib.api.schemas import page_requests
from chalicelib.api.security import rate_limit
from chalicelib.routes.pages.webhooks import WEBHOOKS, shown
from chalicelib.web import notices, webhook_words
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)


@page(routes, "POST", "/account/webhooks/{webhook_id}/test", account_rate=rate_limit.SEND)
def post_test(call: PageCall, webhook_id: str) -> Response:
    """Send a test event, and lead to its delivery."""
    try:
        event_id = webhooks.test(call, webhook_id)
    except Problem as problem:
        return _refused(call, webhook_id, problem)
    return call.go(f"{WEBHOOKS}/{webhook_id}/deliveries/{event_id}?{notices.query('webhook-test')}")


@page(routes, "POST", "/account/webhooks/{webhook_id}/replay", account_rate=rate_limit.SEND)
def post_replays(call: PageCall, webhook_id: str) -> Response:
    """Deliver again all that failed, or every event since a time in UTC."""
    text = call.form(page_requests.Replays).since
    try:
        since = None if text is None else _in_utc(datetime.fromisoformat(text))
    except ValueError:
        item = webhooks.find(call, webhook_id)
        return shown(call, item, 400, since=text, since_fault="Give a date and a time, as 2026-11-29T14:30.")
    try:
        webhooks.replay_many(call, webhook_id, webhooks.Period(since))
    except Problem as problem:
        return _refused(call, webhook_id, problem)
    return call.go(f"{WEBHOOKS}/{webhook_id}?{notices.query('webhook-replays')}")


@page(routes, "GET", "/account/webhooks/{webhook_id}/deliveries/{event_id}")
def get_delivery(call: PageCall, webhook_id: str, event_id: str) -> Response:
    """Show a delivery: its event, its attempts, and how the endpoint answered."""
    return _delivery(call, webhook_id, event_id)


@page(routes, "POST", "/account/webhooks/{webhook_id}/deliveries/{event_id}/replay", account_rate=rate_limit.SEND)
def post_replay(call: PageCall, webhook_id: str, event_id: str) -> Response:
    """Deliver an event again."""
    try:
        webhooks.replay(call, webhook_id, event_id)
    except Problem as problem:
        if CODES[problem.code][0] != 409:
            raise
        return _delivery(call, webhook_id, event_id, problem)
    return call.go(f"{WEBHOOKS}/{webhook_id}/deliveries/{event_id}?{notices.query('webhook-replay')}")


def _in_utc(time: datetime) -> datetime:
    """Return a time of a form, which is in UTC unless it says otherwise."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _delivery(call: PageCall, webhook_id: str, event_id: str, problem: Problem | None = None) -> Response:
    found = presenter.delivery_record(call, webhook_id, webhooks.find_delivery(call, webhook_id, event_id))
    return call.render(
        "webhook_delivery.html",
        status=CODES[problem.code][0] if problem else 200,
        webhook_id=webhook_id,
        delivery=found,
        event=json.dumps(found["event"], indent=2, ensure_ascii=False),
        notice=notices.read(call.request.query_params),
        fault=problem.detail if problem else "",
        words=webhook_words,
    )


def _refused(call: PageCall, webhook_id: str, problem: Problem) -> Response:
    """Show the webhook's page with the reason why it is not in a state for that; raise any other problem."""
    if CODES[problem.code][0] != 409:
        raise problem
    return shown(call, webhooks.find(call, webhook_id), 409, fault=problem.detail)
