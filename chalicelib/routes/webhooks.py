"""The caller's webhooks: make, change, rotate, test, delete; their deliveries: list, replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice import Blueprint, Response

from chalicelib.api import paging, webhooks
from chalicelib.api.endpoint import Answer, endpoint
from chalicelib.api.presenters import webhook as presenter
from chalicelib.api.schemas import webhook_requests, webhook_responses
from chalicelib.api.security import rate_limit
from chalicelib.api.security.access import Access
from chalicelib.extensions.integrations import deliveries
from chalicelib.extensions.integrations import webhooks as stored

if TYPE_CHECKING:
    from chalicelib.api.call import Call

routes = Blueprint(__name__)
SECRET = {"Cache-Control": "no-store"}


@endpoint(
    routes,
    "POST",
    "/v1/webhooks",
    Access.ACCOUNT,
    answers={201: Answer(webhook_responses.NewWebhook, headers=("Location",))},
    problems=["endpoint_not_allowed", "too_many_webhooks"],
    replayed=False,
)
def post_webhook(call: Call, body: webhook_requests.WebhookRequest) -> Response:
    """Create a webhook; only this answer shows its secret. It gets all events from 30 seconds later on."""
    made = presenter.new_webhook(call, webhooks.make(call, body))
    return call.answer(made, status=201, headers={**SECRET, "Location": made["links"]["self"]})


@endpoint(routes, "GET", "/v1/webhooks", Access.ACCOUNT, answers={200: webhook_responses.Webhooks})
def list_webhooks(call: Call) -> Response:
    """List the caller's webhooks, oldest first, without their secrets."""
    answer: webhook_responses.Webhooks = {
        "webhooks": [presenter.webhook(call, item) for item in stored.of(call.caller.owner)]
    }
    return call.answer(answer)


@endpoint(
    routes,
    "GET",
    "/v1/webhooks/{webhook_id}",
    Access.ACCOUNT,
    answers={200: webhook_responses.Webhook},
    problems=["webhook_not_found"],
)
def get_webhook(call: Call, webhook_id: str) -> Response:
    """Return a webhook, with its failures if there are any."""
    return call.answer(presenter.webhook(call, webhooks.find(call, webhook_id)))


@endpoint(
    routes,
    "PATCH",
    "/v1/webhooks/{webhook_id}",
    Access.ACCOUNT,
    answers={200: webhook_responses.Webhook},
    problems=["webhook_not_found", "endpoint_not_allowed"],
)
def patch_webhook(call: Call, webhook_id: str, body: webhook_requests.WebhookChange) -> Response:
    """Change a webhook; enabling it ends a pause and forgets its failures."""
    return call.answer(presenter.webhook(call, webhooks.change(call, webhook_id, body)))


@endpoint(
    routes,
    "DELETE",
    "/v1/webhooks/{webhook_id}",
    Access.ACCOUNT,
    answers={204: None},
    problems=["webhook_not_found"],
)
def delete_webhook(call: Call, webhook_id: str) -> Response:
    """Delete a webhook; what was on its way to it is not delivered."""
    webhooks.delete(call, webhook_id)
    return call.done()


@endpoint(
    routes,
    "POST",
    "/v1/webhooks/{webhook_id}/secret",
    Access.ACCOUNT,
    answers={200: webhook_responses.NewWebhook},
    problems=["webhook_not_found"],
    replayed=False,
)
def post_secret(call: Call, webhook_id: str) -> Response:
    """Give a webhook a new secret, which only this answer shows; the last three before it sign, too, for a day."""
    return call.answer(presenter.new_webhook(call, webhooks.rotate(call, webhook_id)), headers=SECRET)


@endpoint(
    routes,
    "POST",
    "/v1/webhooks/{webhook_id}/test",
    Access.ACCOUNT,
    answers={202: webhook_responses.SentEvent},
    problems=["webhook_not_found", "webhook_disabled"],
    replayed=False,
    rate=rate_limit.SEND,
)
def post_test(call: Call, webhook_id: str) -> Response:
    """Send a signed test event, whose delivery shows how the endpoint answered."""
    return _sent(call, webhook_id, webhooks.test(call, webhook_id))


@endpoint(
    routes,
    "GET",
    "/v1/webhooks/{webhook_id}/deliveries",
    Access.ACCOUNT,
    answers={200: webhook_responses.DeliveryPage},
    problems=["webhook_not_found", "invalid_cursor"],
)
def list_deliveries(call: Call, webhook_id: str, query: webhook_requests.DeliveryListing) -> Response:
    """List the deliveries to a webhook, newest first, with their attempts; they are kept for 30 days."""
    item = webhooks.find(call, webhook_id)
    after = paging.start(call, query)
    found = deliveries.page(item.owner, webhook_id, query.limit, after, failed=query.state == deliveries.FAILED)
    answer: webhook_responses.DeliveryPage = {
        **paging.following(call, query, found.after),
        "deliveries": [presenter.delivery(call, webhook_id, one) for one in found.items],
    }
    return call.answer(answer)


@endpoint(
    routes,
    "GET",
    "/v1/webhooks/{webhook_id}/deliveries/{event_id}",
    Access.ACCOUNT,
    answers={200: webhook_responses.DeliveryRecord},
    problems=["delivery_not_found"],
)
def get_delivery(call: Call, webhook_id: str, event_id: str) -> Response:
    """Return a delivery with the event as the endpoint gets it."""
    found = webhooks.find_delivery(call, webhook_id, event_id)
    return call.answer(presenter.delivery_record(call, webhook_id, found))


@endpoint(
    routes,
    "POST",
    "/v1/webhooks/{webhook_id}/deliveries/{event_id}/replay",
    Access.ACCOUNT,
    answers={202: webhook_responses.SentEvent},
    problems=["webhook_not_found", "webhook_disabled", "delivery_not_found", "delivery_pending"],
    replayed=False,
    rate=rate_limit.SEND,
)
def post_replay(call: Call, webhook_id: str, event_id: str) -> Response:
    """Deliver an event again, with the same `webhook-id`."""
    webhooks.replay(call, webhook_id, event_id)
    return _sent(call, webhook_id, event_id)


@endpoint(
    routes,
    "POST",
    "/v1/webhooks/{webhook_id}/replay",
    Access.ACCOUNT,
    answers={202: webhook_responses.Replaying},
    problems=["webhook_not_found", "webhook_disabled"],
    replayed=False,
    rate=rate_limit.SEND,
)
def post_replays(call: Call, webhook_id: str, body: webhook_requests.ReplayRequest) -> Response:
    """Deliver again every event since a time, and before another if one is given, or all that failed, in a job."""
    webhooks.replay_many(call, webhook_id, webhooks.period(body))
    answer: webhook_responses.Replaying = {"job": "replay_deliveries"}
    return call.answer(answer, status=202)


def _sent(call: Call, webhook_id: str, event_id: str) -> Response:
    """Return the answer that an event is being delivered."""
    sent: webhook_responses.SentEvent = {
        "event_id": event_id,
        "links": {"self": call.link(f"/v1/webhooks/{webhook_id}/deliveries/{event_id}")},
    }
    return call.answer(sent, status=202)
