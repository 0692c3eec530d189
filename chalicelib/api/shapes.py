"""The JSON bodies of answers, as typed dictionaries: views are checked against them, the document shows them."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

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

    image_id: str
    state: State
    name: str  # of the file
    key: str  # of the object in the bucket
    uploaded: NotRequired[str]
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
    changed: str
    expires: NotRequired[str]  # of a ticket, and of the record of a file that was refused and removed
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

    image_id: str
    key: str
    expires: str
    upload: Upload
    links: Links


class Tickets(TypedDict):
    """A ticket for each of the files that were named, in their order."""

    images: list[Ticket]


class Tags(TypedDict):
    """Everything that was read raw, by group and tag name of its standard."""

    image_id: str
    tags: dict[str, dict[str, Any]]


class Address(TypedDict):
    """A signed address of a file, which works until it expires."""

    url: str
    expires: str


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
