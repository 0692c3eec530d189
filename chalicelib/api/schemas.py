"""What comes from outside, as typed structs with bounds; unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from image_processing import formats

MAX_TICKETS = 100
UNKNOWN_TYPE = "application/octet-stream"
IMAGE_TYPES = sorted({known.mime_type for known in formats.FORMATS.values()} | {"image/heic"}) + [UNKNOWN_TYPE]
"""Media types that an image may be sent as; what it is, its bytes tell."""

Profile = Literal["metadata", "standard", "full"]
ImageType = Annotated[str, Meta(max_length=100, extra_json_schema={"enum": IMAGE_TYPES})]
Filename = Annotated[str, Meta(min_length=1, max_length=255)]


class Expected(Struct, forbid_unknown_fields=True):
    """A file that will be uploaded."""

    filename: Filename
    content_type: ImageType | None = None  # told by the file name's ending, if absent
    profile: Profile | None = None  # the stage's own, if absent


class TicketRequest(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/images`: a ticket for each of the files."""

    images: Annotated[list[Expected], Meta(min_length=1, max_length=MAX_TICKETS)]


class SentImage(Struct, forbid_unknown_fields=True):
    """Query of `POST /v1/images` with an image as its body."""

    filename: Filename = "image"
    profile: Profile | None = None


class Listing(Struct, forbid_unknown_fields=True):
    """Query of a list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=2048)] | None = None


class Redirected(Struct, forbid_unknown_fields=True):
    """Query of a route that leads to a file: by a redirect, or by its address as JSON."""

    redirect: bool = True


class SizedThumbnail(Redirected):
    """Query of a thumbnail."""

    size: Literal["small", "medium", "large"] = "medium"


PICTURES = ("palette", "histogram", "luminosity", "clusters", "edges", "placement", "theme")
"""Names of the pictures of an analysis: those of `image_processing.pictures`, which is not imported for them."""


class ThemeQuery(Struct, forbid_unknown_fields=True):
    """Query of an image's theme: the names are those of `image_processing.theme.exports`."""

    format: Literal["css", "tailwind", "json", "dtcg", "figma", "contrast", "contrast-page"] = "json"
    contrast: Literal["aa", "aaa"] = "aa"
    mode: Literal["both", "light", "dark"] = "both"


class PictureQuery(Struct, forbid_unknown_fields=True):
    """Query of a picture: the contrast that text in it is to have."""

    contrast: Literal["aa", "aaa"] = "aa"


class Credentials(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/auth/login`."""

    username: Annotated[str, Meta(min_length=1, max_length=128)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]
