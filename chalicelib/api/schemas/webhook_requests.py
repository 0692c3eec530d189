"""Requests about webhooks, as typed structs with bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.schemas.image_requests import Listing, Written

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2048,
        description="An https address whose host is public",
        examples=["https://hooks.example.org/janus"],
    ),
]
Types = Annotated[
    list[
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=64,
                description="An event type, or a pattern with `*` for any part of it",
                examples=["image.ready", "image.*", "*"],
            ),
        ]
    ],
    Meta(min_length=1, max_length=20),
]
Description = Annotated[str, Meta(max_length=200)]
_SIXTY = "[0-5][0-9]"
_CLOCK = rf"([01][0-9]|2[0-3]):{_SIXTY}:{_SIXTY}(\.[0-9]{{1,9}})?"
Time = Annotated[
    str,
    Meta(
        pattern=rf"^2[0-9]{{3}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T{_CLOCK}(Z|[+-]([01][0-9]|2[0-3]):{_SIXTY})$",
        description="A time with its zone (RFC 3339)",
        examples=["2026-11-29T12:00:00Z"],
    ),
]


class WebhookRequest(Written, forbid_unknown_fields=True):
    """Body of `POST /v1/webhooks`."""

    url: Url
    types: Types
    description: Description | None = None


class WebhookChange(Written, forbid_unknown_fields=True):
    """Body of `PATCH /v1/webhooks/{webhook_id}`: the fields to change."""

    url: Url | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    state: Literal["enabled", "disabled"] | UnsetType = UNSET


class DeliveryListing(Listing, forbid_unknown_fields=True):
    """Query of the deliveries to a webhook: all, or those that failed in the end."""

    state: Literal["failed"] | None = None


class ReplayRequest(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/webhooks/{webhook_id}/replay`: events since a time; without one, all that failed."""

    since: Time | None = None
    until: Annotated[Time, Meta(description="Only with `since`: events before this time")] | None = None
