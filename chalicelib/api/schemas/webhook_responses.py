"""The answers about webhooks and deliveries. The annotations are types, as in `image_responses`."""

from typing import Any, Literal, NotRequired, TypedDict

from chalicelib.api.schemas.image_responses import Links, Paged


class Webhook(TypedDict):
    """An endpoint that events are delivered to."""

    webhook_id: str
    url: str
    types: list[str]
    description: NotRequired[str]
    state: Literal["enabled", "disabled"]
    disabled_because: NotRequired[Literal["owner", "gone", "failing"]]  # gone: its endpoint answered 410
    created: str
    public_keys: list[str]  # `whpk_...`, of the signatures `v1a`; two while both sign
    rotated_until: NotRequired[str]  # until then the keys before the last rotation sign, too
    failing_since: NotRequired[str]
    failures: NotRequired[int]  # in a row
    paused_until: NotRequired[str]  # no attempt before
    links: Links


class NewWebhook(Webhook):
    """A new webhook, or one with a new secret, which only this answer shows."""

    secret: str  # `whsec_...`, of the signatures `v1`


class Webhooks(TypedDict):
    """The webhooks of an account."""

    webhooks: list[Webhook]


class DeliveryAttempt(TypedDict):
    """An attempt to deliver an event."""

    time: str
    status: int | None  # of HTTP; null where there was no answer
    error: NotRequired[str]  # code, where there was none
    milliseconds: int
    answer: NotRequired[str]  # the beginning of it, up to 1 KB


class Delivery(TypedDict):
    """An event on its way to a webhook."""

    event_id: str  # the header `webhook-id`
    type: str
    state: Literal["pending", "delivered", "failed"]
    time: str  # of the event
    tries: int  # since the event, or its last replay
    next_attempt: NotRequired[str]
    attempts: list[DeliveryAttempt]  # the last 20, oldest first
    links: Links


class DeliveryRecord(Delivery):
    """A delivery with the event that the receiver gets."""

    event: dict[str, Any]


class DeliveryPage(Paged):
    """A page of the deliveries to a webhook, newest first; those that failed, oldest first."""

    deliveries: list[Delivery]


class SentEvent(TypedDict):
    """An event that is being delivered."""

    event_id: str
    links: Links


class Replaying(TypedDict):
    """A job that delivers events again."""

    job: Literal["replay_deliveries"]
