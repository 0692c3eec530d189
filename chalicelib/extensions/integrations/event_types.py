"""The one table of event types: name, meaning, the data that an event carries, an example.

The documentation (docs/events.md), the schemas and the types that a webhook may ask for follow from it. Data links
to what is large, and stays far below 20 KB. A field may be added to a type; any other change is a new version.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET, Struct, UnsetType

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA_VERSION = 1
MAX_BYTES = 20_000  # of the data of one event
VERSION_DIGITS = 40  # of a number in a stream (DynamoDB Streams API, StreamRecord)
MAX_CHANGES = 200  # of tokens in one event, more than a theme has: a larger one would be cut, and say so


class Links(Struct, frozen=True):
    """Where the rest is: paths below the API's address."""

    image: str  # the record
    theme: str | UnsetType = UNSET  # the design tokens


class ImageData(Struct, frozen=True, kw_only=True):
    """An image that an event is about.

    Of two events of one image, the one whose `version` comes later as text tells of the later state.
    """

    image_id: str  # the same for each object under one key
    version: str  # 40 digits; the later text is the later state
    name: str  # of the file
    links: Links  # where the rest is


class ExpectedData(ImageData, frozen=True, kw_only=True):
    """An image whose upload ticket was given out."""

    expires: str | None  # RFC 3339; the ticket's, after which no upload is accepted


class ReadyData(ImageData, frozen=True, kw_only=True):
    """An image that was read: the record has everything else."""

    format: str | None  # as the record names it
    mime_type: str | None  # the registered media type
    width: int | None  # pixels, as displayed
    height: int | None  # pixels, as displayed
    size: int | None  # bytes
    sha256: str | None  # of the object, hexadecimal
    taken: str | None  # local time of the camera
    color: str | None  # the dominant one, as #rrggbb
    replaces: bool  # an earlier object under the same key had a record


class FailedData(ImageData, frozen=True, kw_only=True):
    """An image that could not be read, or was refused."""

    code: str | None  # why, for programs
    reason: str | None  # the same, for people


class UpdatedData(ImageData, frozen=True, kw_only=True):
    """Texts of an image after its owner changed some of them."""

    changed: list[str]  # names of the fields below
    title: str | None  # as it is now
    description: str | None  # as it is now
    alt: str | None  # the text alternative, as it is now
    tags: list[str]  # all that there are now
    visibility: str  # private or public


class RemovedData(ImageData, frozen=True, kw_only=True):
    """An image that is no longer there."""


class AnnotatedData(ImageData, frozen=True, kw_only=True):
    """An image that models have looked at: numbers alone. Text in the picture is told to its owner, who asks."""

    counts: dict[str, int]  # annotations by kind (text, face, code, label, unsafe), the owner's decisions applied
    people: int | None  # faces; null where no model has looked for any
    models: list[str]  # model/version of each that has looked at the image


class FlaggedData(ImageData, frozen=True, kw_only=True):
    """An image that is hidden from all but its owner, because of a model's score."""

    score: float  # of the model, 0 to 1
    threshold: float  # of the stage


class TokenChange(Struct, frozen=True):
    """A design token (DTCG) by its path, with its value before and after; None where there was, or is, none."""

    path: str  # names of its groups and its own, with dots
    before: Any  # value, null where there was none
    after: Any  # value, null where there is none


class ThemeData(ImageData, frozen=True, kw_only=True):
    """The difference of a theme's design tokens between two contents of an image."""

    changes: list[TokenChange]  # up to 200, by their paths
    truncated: bool  # more tokens changed than `changes` has


class DuplicateData(ImageData, frozen=True, kw_only=True):
    """An image whose content another image of the owner has, too."""

    duplicates: list[str]  # ids of up to 20 others


class ShareData(Struct, frozen=True, kw_only=True):
    """A share link. Its token is in no event: whoever has it sees the image.

    Of two events of one link, the one whose `version` comes later as text tells of the later state.
    """

    image_id: str  # the image that the link shows
    version: str  # 40 digits, of the link; the later text is the later state
    share_id: str  # by which its owner revokes it
    scope: str  # thumbnails or original
    expires: str | None  # RFC 3339
    links: Links  # where the rest is


class QuotaData(Struct, frozen=True, kw_only=True):
    """The use of a quota that is nearly exhausted."""

    images: int  # of the account
    quota_images: int  # the most that it may have
    bytes: int  # of its originals
    quota_bytes: int  # the most that they may have
    percent: int  # of the quota that is nearer to its end


class JobData(Struct, frozen=True, kw_only=True):
    """A job that has ended."""

    job: str  # empty_trash or replay_deliveries
    slices: int  # messages that it took


class AccountData(Struct, frozen=True, kw_only=True):
    """An account that is deleted with everything in it."""

    owner: str  # the account's id, the `sub` of its tokens


class TestData(Struct, frozen=True, kw_only=True):
    """A test of one webhook, asked for by its owner."""

    webhook_id: str  # the webhook that is tested
    message: str  # for people


class EventType(NamedTuple):
    """A type of event."""

    name: str
    meaning: str
    data: type[Struct]
    example: Struct


_LINKS = Links("/v1/images/mzxw6ytboi4dqnrshe2tgmzuga")
_IMAGE: dict[str, Any] = {
    "image_id": "mzxw6ytboi4dqnrshe2tgmzuga",
    "version": "0000000000000000000000000000000000004711",
    "name": "harbour.jpg",
    "links": _LINKS,
}
_SHARE: dict[str, Any] = {
    "image_id": _IMAGE["image_id"],
    "share_id": "nbswy3dpeb3w64tmmqqho2lumu",
    "scope": "thumbnails",
    "expires": "2026-12-06T12:00:00.000Z",
    "links": _LINKS,
}
_EXPECTED = "An upload ticket was given out: the image has an id, and no object yet."
_READY = (
    "The image was read: its record, thumbnails and theme can be asked for. Sent for each new object of its key."
)
_UPDATED = "The owner changed texts, tags or visibility."
_REMOVED = "The image was deleted, or its object disappeared from the bucket."
_ANNOTATED = (
    "Models have looked at the image: its annotations can be asked for. Sent for each content and new model."
)
_FLAGGED = (
    "A model's score hides the image as unsafe from others, until its owner or an admin decides. "
    "The admins' list of flagged images is wider: it has every image that was found unsafe, or judged."
)
_THEME = "The image has a new object, and its theme other design tokens than before."
_DUPLICATE = "An image came whose pixels, or bytes where no pixels are known, another image of the owner has."
_REVOKED = "A share link was revoked before it expired."
_QUOTA = "An upload brought the account over 90 % of its quota of images or bytes; sent once a day at most."
_JOB = "Work that the owner asked for and that takes longer than a request has ended."
_DELETED = "The account and everything in it is deleted. The last event: its webhooks end with it."
_TEST = "A test that the owner asked for (`POST /v1/webhooks/{webhook_id}/test`); sent whatever types are chosen."

_TABLE = (
    EventType(
        "image.expected", _EXPECTED, ExpectedData, ExpectedData(**_IMAGE, expires="2026-11-29T12:15:00.000Z")
    ),
    EventType(
        "image.ready",
        _READY,
        ReadyData,
        ReadyData(
            **_IMAGE,
            format="JPEG",
            mime_type="image/jpeg",
            width=6000,
            height=4000,
            size=8_231_004,
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            taken="2026-06-21T19:04:31",
            color="#2a6f97",
            replaces=False,
        ),
    ),
    EventType(
        "image.failed",
        "The file could not be read, or the upload was refused.",
        FailedData,
        FailedData(**_IMAGE, code="corrupt", reason="The image data is broken."),
    ),
    EventType(
        "image.updated",
        _UPDATED,
        UpdatedData,
        UpdatedData(
            **_IMAGE,
            changed=["tags", "title"],
            title="Harbour at dusk",
            description=None,
            alt="Boats in a harbour under a red sky",
            tags=["harbour", "red"],
            visibility="private",
        ),
    ),
    EventType(
        "image.annotated",
        _ANNOTATED,
        AnnotatedData,
        AnnotatedData(**_IMAGE, counts={"text": 3, "face": 1}, people=1, models=["blazeface/1", "pp-ocr/5"]),
    ),
    EventType("image.flagged", _FLAGGED, FlaggedData, FlaggedData(**_IMAGE, score=0.93, threshold=0.8)),
    EventType("image.removed", _REMOVED, RemovedData, RemovedData(**_IMAGE)),
    EventType(
        "image.shared", "A share link was made.", ShareData, ShareData(**_SHARE, version=f"{1:0{VERSION_DIGITS}}")
    ),
    EventType("share.revoked", _REVOKED, ShareData, ShareData(**_SHARE, version=f"{2:0{VERSION_DIGITS}}")),
    EventType(
        "theme.changed",
        _THEME,
        ThemeData,
        ThemeData(
            **{**_IMAGE, "links": Links(_LINKS.image, f"{_LINKS.image}/theme?format=dtcg")},
            changes=[TokenChange("light.color.primary", "#2a6f97", "#8a3b12")],
            truncated=False,
        ),
    ),
    EventType(
        "duplicate.found",
        _DUPLICATE,
        DuplicateData,
        DuplicateData(**_IMAGE, duplicates=["ijqxgzjtgi4dcnbvgyztqojxgm"]),
    ),
    EventType(
        "quota.near",
        _QUOTA,
        QuotaData,
        QuotaData(images=91_000, quota_images=100_000, bytes=45_000_000_000, quota_bytes=10**11, percent=91),
    ),
    EventType("job.finished", _JOB, JobData, JobData(job="empty_trash", slices=3)),
    EventType("account.deleted", _DELETED, AccountData, AccountData(owner="0b9d7a52-8f0e-4c7b-9d53-3f5a1f4b2c10")),
    EventType(
        "webhook.test", _TEST, TestData, TestData(webhook_id="mfrggzdfmztwq2lk", message="A test of this webhook.")
    ),
)

TYPES: dict[str, EventType] = {kind.name: kind for kind in _TABLE}
"""Every event type by its name."""

TEST = "webhook.test"
CHOICES = tuple(name for name in TYPES if name != TEST)
"""The types that a webhook may ask for; `webhook.test` comes when it is asked for."""


def is_pattern(text: str) -> bool:
    """Tell whether a text names a type, or several with `*` for any part of a name (`image.*`)."""
    return any(fnmatch.fnmatchcase(name, text) for name in CHOICES) and not set("[]?!") & set(text)


def matches(patterns: Iterable[str], name: str) -> bool:
    """Tell whether a type is asked for by some of the patterns; a test always is."""
    return name == TEST or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
