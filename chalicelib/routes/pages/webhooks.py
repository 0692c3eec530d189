"""The pages of one's own webhooks: make, change, rotate, disable, test, delete; with their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response

from chalicelib.api import paging, webhooks
from chalicelib.api.http import validate
from chalicelib.api.http.problems import CODES, Problem
from chalicelib.api.presenters import webhook as presenter
from chalicelib.api.schemas import page_requests, webhook_requests
from chalicelib.extensions.integrations import deliveries, event_types
from chalicelib.extensions.integrations import webhooks as stored
from chalicelib.web import notices, webhook_words
from chalicelib.web.forms import faults
from chalicelib.web.page import page

if TYPE_CHECKING:
    from chalicelib.db.models import Webhook
    from chalicelib.extensions.integrations.webhooks import Made
    from chalicelib.web.page import PageCall

routes = Blueprint(__name__)

WEBHOOKS = "/account/webhooks"
SECRET = {"Cache-Control": "no-store"}
SHOWN = 20  # deliveries on a page


@page(routes, "GET", WEBHOOKS)
def get_webhooks(call: PageCall) -> Response:
    """List the webhooks, with the form for another one."""
    return _list(call)


@page(routes, "POST", WEBHOOKS)
def post_webhook(call: PageCall) -> Response:
    """Make a webhook; this page alone shows its secret."""
    try:
        made = webhooks.make(call, _asked(call))
    except Problem as problem:
        return _list(call, problem)
    return _with_secret(call, made, 201)


@page(routes, "GET", "/account/webhooks/{webhook_id}")
def get_webhook(call: PageCall, webhook_id: str) -> Response:
    """Show a webhook and its deliveries, all or those that failed."""
    return shown(call, webhooks.find(call, webhook_id))


@page(routes, "GET", "/account/webhooks/{webhook_id}/edit")
def get_edit(call: PageCall, webhook_id: str) -> Response:
    """Show the form that changes a webhook."""
    return _edited(call, webhooks.find(call, webhook_id))


@page(routes, "POST", "/account/webhooks/{webhook_id}")
def post_edit(call: PageCall, webhook_id: str) -> Response:
    """Change a webhook's address, types and description."""
    item = webhooks.find(call, webhook_id)
    try:
        asked = _asked(call)
        change = webhook_requests.WebhookChange(asked.url, asked.types, asked.description)
        webhooks.change(call, webhook_id, change)
    except Problem as problem:
        return _edited(call, item, problem)
    return call.go(f"{WEBHOOKS}/{webhook_id}?{notices.query('webhook-saved')}")


@page(routes, "POST", "/account/webhooks/{webhook_id}/state")
def post_state(call: PageCall, webhook_id: str) -> Response:
    """Enable or disable a webhook."""
    state = call.form(page_requests.WebhookState).state
    webhooks.change(call, webhook_id, webhook_requests.WebhookChange(state=state))
    return call.go(f"{WEBHOOKS}/{webhook_id}?{notices.query(f'webhook-{state}')}")


@page(routes, "POST", "/account/webhooks/{webhook_id}/secret")
def post_secret(call: PageCall, webhook_id: str) -> Response:
    """Give a webhook a new secret; this page alone shows it."""
    return _with_secret(call, webhooks.rotate(call, webhook_id), 200)


@page(routes, "GET", "/account/webhooks/{webhook_id}/delete")
def get_delete(call: PageCall, webhook_id: str) -> Response:
    """Ask whether a webhook is to be deleted."""
    return call.render("webhook_delete.html", hook=presenter.webhook(call, webhooks.find(call, webhook_id)))


@page(routes, "POST", "/account/webhooks/{webhook_id}/delete")
def post_delete(call: PageCall, webhook_id: str) -> Response:
    """Delete a webhook."""
    webhooks.delete(call, webhook_id)
    return call.go(f"{WEBHOOKS}?{notices.query('webhook-deleted')}")


def shown(call: PageCall, item: Webhook, status: int = 200, **given: Any) -> Response:
    """Return the page of a webhook; an answer to a form shows the first deliveries."""
    is_list = call.request.method == "GET"
    asked = call.query(page_requests.WebhookPage) if is_list else page_requests.WebhookPage()
    query = webhook_requests.DeliveryListing(SHOWN, asked.cursor, asked.state)
    here = f"{WEBHOOKS}/{item.webhook_id}"
    try:
        after = paging.start(call, query)
    except Problem:
        return call.go(here)
    failed = query.state == deliveries.FAILED
    found = deliveries.page(item.owner, item.webhook_id, SHOWN, after, failed=failed)
    context = {
        "hook": presenter.webhook(call, item),
        "deliveries": [presenter.delivery(call, item.webhook_id, one) for one in found.items],
        "failed_only": failed,
        "links": paging.following(call, query, found.after)["links"] if is_list else {},
        "notice": notices.read(call.request.query_params),
        "words": webhook_words,
        "overlap_hours": stored.OVERLAP_HOURS,
        "kept_days": deliveries.KEPT_DAYS,
        "secret": "",
        "fault": "",
        "since": "",
        "since_fault": "",
        **given,
    }
    return call.render("webhook.html", status=status, headers=SECRET if context["secret"] else None, **context)


def _with_secret(call: PageCall, made: Made, status: int) -> Response:
    return shown(call, made.item, status, secret=made.keys.secret)


def _list(call: PageCall, problem: Problem | None = None) -> Response:
    return call.render(
        "webhooks.html",
        status=CODES[problem.code][0] if problem else 200,
        hooks=[presenter.webhook(call, item) for item in stored.of(call.caller.owner)],
        most=stored.MOST,
        notice=notices.read(call.request.query_params),
        words=webhook_words,
        **_form(call.fields if problem else {}, problem),
    )


def _edited(call: PageCall, item: Webhook, problem: Problem | None = None) -> Response:
    fields = {
        "url": [item.url],
        "types": sorted(item.types),
        "description": [item.description or ""],
    }
    return call.render(
        "webhook_edit.html",
        status=CODES[problem.code][0] if problem else 200,
        webhook_id=item.webhook_id,
        **_form(call.fields if problem else fields, problem),
    )


def _form(fields: dict[str, list[str]], problem: Problem | None) -> dict[str, Any]:
    """Return the fields of a webhook's form for its template: known types are checked, patterns are a text."""
    named = fields.get("types", [])
    offered = {"*", *event_types.CHOICES}
    patterns = [*(text for text in named if text not in offered), *fields.get("patterns", [])]
    told = faults(problem) if problem and "errors" in problem.extensions else {}
    return {
        "values": {"url": fields.get("url", [""])[-1], "description": fields.get("description", [""])[-1]},
        "chosen": set(named),
        "patterns": " ".join(patterns),
        "choices": [event_types.TYPES[name] for name in event_types.CHOICES],
        "faults": told,
        "problem": problem.detail if problem and not told else "",
    }


def _asked(call: PageCall) -> webhook_requests.WebhookRequest:
    """Return the form of a webhook; raise Problem (400) with the faults of its fields."""
    fields = dict(call.fields)
    patterns = " ".join(fields.pop("patterns", [])).replace(",", " ").split()
    fields["types"] = list(dict.fromkeys([*fields.get("types", []), *patterns]))
    asked = validate.form(fields, webhook_requests.WebhookRequest)
    asked.description = asked.description or None
    return asked
