"""Webhooks and deliveries as their owner sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chalicelib.extensions.integrations import deliveries, event, webhooks

if TYPE_CHECKING:
    from chalicelib.api.call import Call
    from chalicelib.api.schemas import webhook_responses
    from chalicelib.db.models import Delivery, Webhook


def webhook(call: Call, item: Webhook) -> webhook_responses.Webhook:
    """Return a webhook without its secret."""
    path = f"/v1/webhooks/{item.webhook_id}"
    shown: webhook_responses.Webhook = {
        "webhook_id": item.webhook_id,
        "url": item.url,
        "types": sorted(item.types),
        "state": "enabled" if item.enabled else "disabled",
        "created": item.created,
        "public_keys": [item.public_key],
        "links": {"self": call.link(path), "deliveries": call.link(f"{path}/deliveries")},
    }
    if item.description:
        shown["description"] = item.description
    if not item.enabled:
        shown["disabled_because"] = cast("Any", item.disabled_because or webhooks.BY_OWNER)
    if former := webhooks.former(item):
        shown["rotated_until"] = former[0].until
        shown["public_keys"] += [one.public_key for one in former]
    if item.failing_since:
        shown["failing_since"] = item.failing_since
        shown["failures"] = int(item.failures or 0)
    if webhooks.is_paused(item):
        shown["paused_until"] = item.paused_until
    return shown


def new_webhook(call: Call, made: webhooks.Made) -> webhook_responses.NewWebhook:
    """Return a webhook with its secret, which is shown once."""
    return {**webhook(call, made.item), "secret": made.keys.secret}


def delivery(call: Call, webhook_id: str, item: Delivery) -> webhook_responses.Delivery:
    """Return a delivery without its event."""
    path = f"/v1/webhooks/{webhook_id}/deliveries/{item.entry}"
    shown: webhook_responses.Delivery = {
        "event_id": item.entry,
        "type": item.type,
        "state": cast("Any", item.state),
        "time": event.read(deliveries.body_of(item))["timestamp"],
        "tries": int(item.tries),
        "attempts": [_attempt(one) for one in deliveries.attempts_of(item)],
        "links": {"self": call.link(path)},
    }
    if item.due:
        shown["next_attempt"] = item.due
    return shown


def delivery_record(call: Call, webhook_id: str, item: Delivery) -> webhook_responses.DeliveryRecord:
    """Return a delivery with its event."""
    return {**delivery(call, webhook_id, item), "event": event.read(deliveries.body_of(item))}


def _attempt(one: deliveries.Attempt) -> webhook_responses.DeliveryAttempt:
    shown: webhook_responses.DeliveryAttempt = {
        "time": one.time,
        "status": one.status,
        "milliseconds": one.milliseconds,
    }
    if one.error:
        shown["error"] = one.error
    if one.beginning:
        shown["answer"] = one.beginning
    return shown
