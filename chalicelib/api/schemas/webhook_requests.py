"""Requests about webhooks, as typed structs with bounds."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  msgspec reads the annotations
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

    since: datetime | None = None
