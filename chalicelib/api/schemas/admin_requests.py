"""Requests of admins, as typed structs with bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.schemas.image_requests import Listing, Profile, Written
from chalicelib.api.schemas.search_query import Filters

MAX_QUOTA = 10**15  # a petabyte
MAX_REPROCESSED = 100

Owner = Annotated[str, Meta(min_length=1, max_length=128)]
ImageId = Annotated[
    str, Meta(pattern="^[a-z2-7]{26}$", description="The id of an image", examples=["mfrggzdfmztwq2lknnwg23tpoa"])
]
Quota = Annotated[int, Meta(ge=0, le=MAX_QUOTA)]


class UserListing(Listing):
    """Query of the list of users: those whose names begin with `search`."""

    search: Annotated[str, Meta(max_length=128)] = ""


class ImageListing(Filters):
    """Query of the list of all images, or those of one owner: `tag`, `text` and `people` need `owner`."""

    owner: Owner | None = None  # needed for `tag`, `text` and `people`
    flagged: bool | None = None  # true: the flagged alone; not with `tag`, `text` and `people`


class UnsettledListing(Listing):
    """Query of the list of failed or expected images."""

    state: Literal["expected", "failed"] = "failed"


class AuditListing(Listing):
    """Query of the audit trail: only the actions of an actor, or those on a target."""

    actor: Owner | None = None
    target: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class UserChange(Struct, forbid_unknown_fields=True):
    """Body of `PATCH /v1/admin/users/{owner}`: omitted fields stay, and null restores the default."""

    state: Literal["active", "disabled"] | UnsetType = UNSET
    role: Literal["user", "admin"] | UnsetType | None = UNSET
    quota_images: Quota | UnsetType | None = UNSET
    quota_bytes: Quota | UnsetType | None = UNSET


class Reprocessing(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/admin/images/reprocess`."""

    images: Annotated[list[ImageId], Meta(min_length=1, max_length=MAX_REPROCESSED)]


class Judging(Written, forbid_unknown_fields=True):
    """Body of `PUT /v1/admin/images/{image_id}/judgement`."""

    verdict: Literal["safe", "unsafe"]  # unsafe: nobody but the owner sees the image
    note: Annotated[str, Meta(min_length=1, max_length=500)] | None = None  # the owner sees it
    sha256: (
        Annotated[
            str,
            Meta(
                pattern="^[0-9a-f]{64}$",
                description="The SHA-256 of the content that the admin looked at, as the record has it.",
            ),
        ]
        | None
    ) = None


class Backfill(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/admin/backfill`: the objects to process, and the rate."""

    prefix: Annotated[
        str,
        Meta(
            max_length=1024,
            pattern="^uploads/",
            description="A prefix that begins with `uploads/`",
            examples=["uploads/"],
        ),
    ] = "uploads/"
    profile: Profile | None = None  # overrides the profile of the object and of the stage
    per_second: Annotated[int, Meta(ge=1, le=1000)] = 100  # images to queue in a second, at most
    again: bool = False  # process objects with current records again, too


class Peek(Struct, forbid_unknown_fields=True):
    """Query of the messages of a dead-letter queue."""

    limit: Annotated[int, Meta(ge=1, le=50)] = 10


class Redrive(Struct, forbid_unknown_fields=True):
    """Query of a redrive: the number of messages at most."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 100
