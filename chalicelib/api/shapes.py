"""The JSON bodies of answers, as typed dictionaries: views are checked against them, the document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

ImageId = Annotated[
    str,
    Meta(
        pattern="^[a-z2-7]{26}$",
        description="Id of an image: 128 bits of SHA-256 over bucket and key",
        examples=["mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
Time = Annotated[
    str,
    Meta(
        description="Time in UTC (RFC 3339)",
        examples=["2026-11-05T09:30:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]

Links = dict[str, str]
"""References by relation, such as `self`; they work where the API is served."""

State = Literal["expected", "ready", "failed"]


class Warned(TypedDict):
    """What was odd about a file, but no reason to refuse it."""

    code: str
    detail: str


class Thumbnail(TypedDict):
    """A thumbnail: its size in pixels, and where it is."""

    width: int
    height: int
    href: str


class Reference(TypedDict):
    """Where something is."""

    href: str


class Summary(TypedDict):
    """An image as a list shows it."""

    image_id: ImageId
    state: State
    name: str  # of the file
    key: str  # of the object in the bucket
    uploaded: NotRequired[Time]
    size: NotRequired[int]  # bytes
    format: NotRequired[str]
    width: NotRequired[int]  # pixels, as displayed
    height: NotRequired[int]
    code: NotRequired[str]  # why it failed
    links: Links


class Record(Summary):
    """The whole record of an image."""

    owner: str
    revision: NotRequired[str]
    changed: Time
    expires: NotRequired[Time]  # of a ticket
    reason: NotRequired[str]  # why it failed, for people
    sha256: NotRequired[str]
    mime_type: NotRequired[str]
    metadata: NotRequired[dict[str, dict[str, Any]]]
    analysis: NotRequired[dict[str, Any]]
    origins: NotRequired[dict[str, str]]
    warnings: NotRequired[list[Warned]]
    thumbnails: dict[str, Thumbnail]
    pictures: NotRequired[dict[str, Reference]]


class ImagePage(TypedDict):
    """A page of a list of images; without a cursor it is the last."""

    images: list[Summary]
    cursor: NotRequired[str]
    links: Links


class Upload(TypedDict):
    """A form to send: `fields` first, and the file last, as multipart/form-data."""

    method: Literal["POST"]
    url: str
    fields: dict[str, str]


class Ticket(TypedDict):
    """Leave to upload one file, for a short time."""

    image_id: ImageId
    key: str
    expires: Time
    upload: Upload
    links: Links


class Tickets(TypedDict):
    """A ticket for each of the files that were named, in their order."""

    images: list[Ticket]


class Tags(TypedDict):
    """Everything that was read raw, by group and tag name of its standard."""

    image_id: ImageId
    tags: dict[str, dict[str, Any]]


class Address(TypedDict):
    """A signed address of a file, which works until it expires."""

    url: str
    expires: Time


class Tokens(TypedDict):
    """What logging in gives (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int  # seconds
    refresh_token: NotRequired[str]


class Alive(TypedDict):
    """That the function runs."""

    status: Literal["alive"]
    stage: str


class Part(TypedDict):
    """Whether a part of the system is reached, and how fast."""

    reached: bool
    milliseconds: float


class Ready(TypedDict):
    """That the system is ready, part by part."""

    status: Literal["ready"]
    parts: dict[str, Part]


class Fault(TypedDict):
    """One fault of what was sent: in the body at `pointer` (RFC 6901, as a URI fragment), or in the query."""

    pointer: NotRequired[str]
    parameter: NotRequired[str]
    detail: str


class Problem(TypedDict):
    """An error (RFC 9457): `code` is stable, `detail` is for people and may change."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None  # the logs have it, too
    errors: NotRequired[list[Fault]]  # of a body or a query that does not fit
