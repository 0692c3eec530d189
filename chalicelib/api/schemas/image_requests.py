"""Requests as typed structs with bounds; unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib import texts
from chalicelib.api.http import media

MAX_TICKETS = 100
Profile = Literal["metadata", "standard", "full"]
Recognition = Literal["local"]  # keep the image from services that the stage asks, such as Rekognition
ImageType = Annotated[str, Meta(max_length=100, extra_json_schema={"enum": media.ACCEPTED_IMAGES})]
Filename = Annotated[str, Meta(min_length=1, max_length=255)]


class Written(Struct):
    """Texts that people write: all are stored in Unicode's Normalization Form C."""

    def __post_init__(self) -> None:
        """Put every text, and every text of a list, into its normal form."""
        for name in self.__struct_fields__:
            setattr(self, name, _composed(getattr(self, name)))


def _composed(value: Any) -> Any:
    if isinstance(value, str):
        return texts.composed(value)
    return [_composed(part) for part in value] if isinstance(value, list) else value


class Expected(Written, forbid_unknown_fields=True):
    """A file that will be uploaded."""

    filename: Filename
    content_type: ImageType | None = None  # by default from the extension of the file name
    profile: Profile | None = None  # by default that of the stage
    recognition: Recognition | None = None  # by default as stage and account let


class TicketRequest(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/images`: a ticket for each of the files."""

    images: Annotated[list[Expected], Meta(min_length=1, max_length=MAX_TICKETS)]


class SentImage(Written, forbid_unknown_fields=True):
    """Query of `POST /v1/images` with an image as its body."""

    filename: Filename = "image"
    profile: Profile | None = None
    recognition: Recognition | None = None


class Listing(Struct, forbid_unknown_fields=True):
    """Query of a list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=2048)] | None = None


class Alike(Struct, forbid_unknown_fields=True):
    """Query of similar images: the number of bits, of 64, in which perceptual hashes may differ."""

    distance: Annotated[int, Meta(ge=0, le=16)] = 8
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class FacetLimit(Struct, forbid_unknown_fields=True):
    """Query of the facets: the number of values of each."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


Month = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}$", description="A month", examples=["2026-11"])]


class Series(Struct, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """Query of a time series: its first and its last month, and its format."""

    first: Month | None = None
    last: Month | None = None
    format: Literal["json", "csv"] = "json"


class Since(Struct, forbid_unknown_fields=True):
    """Query of the changes since the answer that gave the cursor."""

    since: Annotated[str, Meta(max_length=2048)] | None = None


MAX_TAGS = 40  # of an image: as many terms of tags as the catalogue indexes (catalogue.index.terms)

# Neither space nor control character, said so that Python's \s and that of JSON Schema's regular expressions agree
_SOLID = r"[^\s\x00-\x1f\x7f-\x9f\ufeff]"
_WITHIN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"  # spaces, too
_SEEN = "A text with a visible character"  # not of spaces, zero-width characters and other blanks alone
MOST_OF_TAG = 64  # characters
Tag = Annotated[str, Meta(min_length=1, max_length=MOST_OF_TAG, pattern=texts.VISIBLE, description=_SEEN)]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=texts.VISIBLE, description=_SEEN)]
Description = Annotated[str, Meta(min_length=1, max_length=5000, pattern=texts.VISIBLE, description=_SEEN)]
Alt = Annotated[str, Meta(min_length=1, max_length=1000, pattern=texts.VISIBLE, description=_SEEN)]
DisplayName = Annotated[str, Meta(min_length=1, max_length=100, pattern=texts.VISIBLE, description=_SEEN)]
Visibility = Literal["private", "public"]


class Edit(Written, forbid_unknown_fields=True):
    """Body of `PATCH /v1/images/{image_id}`: omitted fields stay, null removes (RFC 7396)."""

    title: Title | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    alt: Alt | UnsetType | None = UNSET  # text alternative
    tags: Annotated[list[Tag], Meta(max_length=MAX_TAGS)] | UnsetType | None = UNSET
    visibility: Visibility | UnsetType | None = UNSET


Selected = Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(min_length=1, max_length=100)]
"""Ids of the images that a bulk action is for."""


class Deletion(Struct, forbid_unknown_fields=True, tag_field="action", tag="delete"):
    """Delete images."""

    images: Selected


class Tagging(Written, forbid_unknown_fields=True, tag_field="action", tag="tag"):
    """Add tags to images."""

    images: Selected
    tags: Annotated[list[Tag], Meta(min_length=1, max_length=MAX_TAGS)]


class Untagging(Written, forbid_unknown_fields=True, tag_field="action", tag="untag"):
    """Remove tags from images."""

    images: Selected
    tags: Annotated[list[Tag], Meta(min_length=1, max_length=MAX_TAGS)]


class Showing(Struct, forbid_unknown_fields=True, tag_field="action", tag="show"):
    """Make images public, or private again."""

    images: Selected
    visibility: Visibility


BulkAction = Deletion | Tagging | Untagging | Showing
"""Body of `POST /v1/images/actions`."""


class ShareRequest(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/images/{image_id}/shares`: scope of the link, validity in seconds, and what it blurs."""

    scope: Literal["thumbnails", "original"] = "thumbnails"
    blur: Literal["faces"] | None = None
    expires_in: Annotated[int, Meta(ge=60, le=366 * 24 * 3600)] = 7 * 24 * 3600


class TrashedVersion(Struct, forbid_unknown_fields=True):
    """Query of the restoration of an image: the version, by default the newest."""

    version: Annotated[str, Meta(min_length=1, max_length=256)] | None = None


class Redirected(Struct, forbid_unknown_fields=True):
    """Query of a route to a file: answer with a redirect, or with its address as JSON."""

    redirect: bool = True


class SizedThumbnail(Redirected):
    """Query of a thumbnail."""

    size: Literal["small", "medium", "large"] = "medium"


PICTURES = ("theme", "palette", "placement", "clusters", "luminosity", "histogram", "edges")
"""Names of the pictures of an analysis, as in `image_processing.pictures`, which is imported only to draw."""


class Embedding(Struct, forbid_unknown_fields=True):
    """Query of oEmbed 1.0: the address of a page, and the most pixels that its picture may have."""

    url: Annotated[str, Meta(min_length=1, max_length=2048)]
    maxwidth: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    maxheight: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    format: Annotated[str, Meta(max_length=20)] = "json"


class ThemeQuery(Struct, forbid_unknown_fields=True):
    """Query of an image's theme: the names are those of `image_processing.theme.exports`."""

    format: Literal["css", "tailwind", "json", "dtcg", "figma", "contrast", "contrast-page"] = "json"
    contrast: Literal["aa", "aaa"] = "aa"
    mode: Literal["both", "light", "dark"] = "both"


class PictureQuery(Struct, forbid_unknown_fields=True):
    """Query of a picture: the contrast of text in it."""

    contrast: Literal["aa", "aaa"] = "aa"


class Named(Struct, forbid_unknown_fields=True):
    """Body of the routes of `/v1/auth` that need only a user name."""

    username: Annotated[
        str,
        Meta(min_length=1, max_length=128, pattern=f"^{_SOLID}+$", description="A user name without white space"),
    ]


Password = Annotated[str, Meta(min_length=1, max_length=256)]


class Credentials(Named):
    """Body of `POST /v1/auth/login`."""

    password: Password


LEAST_SECRET = 12  # characters, as in .chalice/resources.yaml
NewSecret = Annotated[
    str,
    Meta(
        min_length=LEAST_SECRET,
        max_length=256,
        pattern=f"^{_SOLID}{_WITHIN}*{_SOLID}$",
        description="A password or passphrase that neither begins nor ends with white space",
    ),
]
"""A password to be set: its rule is that of the user pool, which has its own for white space at the ends."""


class Signup(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/auth/signup`; e-mail addresses follow the HTML standard (section 4.10.5.1.5)."""

    email: Annotated[
        str,
        Meta(
            max_length=128,
            description="An e-mail address",
            pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
            r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
        ),
    ]
    password: NewSecret


class Confirmation(Named):
    """Body of `POST /v1/auth/confirm`: the code that was sent."""

    code: Annotated[
        str, Meta(min_length=1, max_length=64, pattern=f"^{_SOLID}+$", description="A code without white space")
    ]


Digits = Annotated[
    str,
    Meta(
        min_length=6,
        max_length=7,
        pattern="^[0-9]{3} ?[0-9]{3}$",
        description="The six digits that the app shows",
        examples=["123456"],
    ),
]


class Totp(Struct, forbid_unknown_fields=True):
    """Body of `PUT /v1/users/me/second-factor`: a code of an authenticator app."""

    code: Digits

    @property
    def digits(self) -> str:
        """The code without the space that apps show in its middle."""
        return self.code.replace(" ", "")


class Proof(Totp):
    """Body of `POST /v1/users/me/second-factor/remove`: the account's password, and a code of its present app."""

    password: Password


class SetUp(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/users/me/second-factor`: empty, or password and a code of the app that is replaced."""

    password: Password | None = None
    code: Digits | None = None

    @property
    def digits(self) -> str | None:
        """The code without the space that apps show in its middle."""
        return self.code and self.code.replace(" ", "")


class SecondStep(Totp):
    """Body of `POST /v1/auth/second-factor`: `username` and `session` from `login`, and the code."""

    username: Annotated[
        str, Meta(min_length=1, max_length=128, pattern=f"^{_SOLID}+$", description="From `login`")
    ]
    session: Annotated[
        str, Meta(min_length=20, max_length=2048, pattern=r"^[A-Za-z0-9_=.+/-]+$", description="From `login`")
    ]


class NewPassword(Confirmation):
    """Body of `POST /v1/auth/reset`."""

    password: NewSecret


class Refresh(Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/auth/logout`, and a part of that of `refresh`."""

    refresh_token: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=8192,
            pattern=r"^[A-Za-z0-9_=.-]+$",
            description="A refresh token from `login`",
        ),
    ]


class Renewal(Refresh):
    """Body of `POST /v1/auth/refresh`; clients may still send a `username`, which is no longer needed."""

    username: Annotated[str, Meta(max_length=128)] = ""


class ProfileChange(Written, forbid_unknown_fields=True):
    """Body of `PATCH /v1/users/me`: omitted fields stay, null removes the name."""

    display_name: DisplayName | UnsetType | None = UNSET
    recognition: bool | UnsetType = UNSET  # false: no model looks at the images, and all annotations are deleted


class Export(Struct, forbid_unknown_fields=True):
    """Query of the export of one's own records."""

    format: Literal["jsonl", "csv"] = "jsonl"
    cursor: Annotated[str, Meta(max_length=2048)] | None = None


class KeyRequest(Written, forbid_unknown_fields=True):
    """Body of `POST /v1/users/me/keys`: an API key's name, scopes and validity in seconds (default: unlimited)."""

    name: DisplayName
    scopes: Annotated[list[Literal["read", "write"]], Meta(min_length=1, max_length=2)]
    expires_in: Annotated[int, Meta(ge=60, le=10 * 366 * 86400)] | None = None
