"""Forms and queries of the pages as typed structs with bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, json

from chalicelib.api.schemas.image_requests import Credentials, DisplayName, SecondStep, Selected, Totp, Written
from chalicelib.api.schemas.webhook_requests import DeliveryListing

Next = Annotated[str, Meta(max_length=2048)]


class SignInPage(Struct, forbid_unknown_fields=True):
    """Query of the page to sign in: where to go afterwards."""

    next: Next = ""


class SignIn(Credentials):
    """The form to sign in."""

    next: Next = ""


class SignInCode(SecondStep):
    """The form of a sign-in's second step."""

    next: Next = ""


class SetUpCode(Totp):
    """The form that sets a second factor up: the secret, to be shown again, and a code of it."""

    secret: Annotated[str, Meta(min_length=16, max_length=128, pattern="^[A-Z2-7]+$", description="In base 32")]


class CodePage(Struct, forbid_unknown_fields=True):
    """Query of the pages that take a code: whose it is."""

    username: Annotated[str, Meta(max_length=128)] = ""


class ThemeSheet(Struct, forbid_unknown_fields=True):
    """Query of the style sheet with an image's theme: its contrast, and the version of the image, for caches."""

    contrast: Literal["aa", "aaa"] = "aa"
    v: Annotated[str, Meta(max_length=64)] = ""


class EditedTexts(Struct, forbid_unknown_fields=True):
    """The form that edits an image's texts: `match` names the state that it edits; a blank text removes."""

    match: Annotated[str, Meta(max_length=100)]
    title: str = ""
    description: str = ""
    alt: str = ""
    tags: str = ""  # one on each line
    visibility: Literal["private", "public"] = "private"

    def edit(self) -> bytes:
        """Return the edit as the API's body has it."""
        texts = {"title": self.title, "description": self.description, "alt": self.alt}
        changes = {name: text.replace("\r\n", "\n").strip() or None for name, text in texts.items()}
        tags = [tag for line in self.tags.splitlines() if (tag := line.strip())]
        return json.encode({**changes, "tags": tags, "visibility": self.visibility})


class Arrival(Struct, forbid_unknown_fields=True):
    """Query with which S3 leads back after a form's upload: it adds bucket, key and ETag."""

    key: Annotated[str, Meta(min_length=1, max_length=1024)]
    bucket: Annotated[str, Meta(max_length=255)] = ""
    etag: Annotated[str, Meta(max_length=128)] = ""
    tried: Annotated[str, Meta(max_length=8)] = ""  # by the page itself (web/waiting.py)


class NewKey(Written, forbid_unknown_fields=True):
    """The form that makes an API key; an empty number of days is no end."""

    name: DisplayName
    scopes: Annotated[list[Literal["read", "write"]], Meta(min_length=1, max_length=2)]
    days: Literal["", "30", "90", "365"] = ""


class Leave(Struct, forbid_unknown_fields=True):
    """The form that deletes an account."""

    username: Annotated[str, Meta(max_length=256)]


class Figures(Struct, forbid_unknown_fields=True):
    """Query of the figures of some images: their ids, separated by commas, and the list's order."""

    ids: Annotated[str, Meta(min_length=1, max_length=4096)]
    sort: str = ""


class Selection(Struct, forbid_unknown_fields=True):
    """The form of the library: an action for the images that are checked. Tags are separated by commas."""

    action: Literal["tag", "untag", "show", "hide", "delete"]
    images: Selected
    tags: Annotated[str, Meta(max_length=2600)] = ""
    next: Next = ""


class Download(Struct):
    """The form of the library that asks for files: the images that are checked, and fields of other actions."""

    images: Selected


class Restoration(Struct, forbid_unknown_fields=True):
    """The form that restores an image from the trash."""

    image_id: Annotated[str, Meta(min_length=1, max_length=64)]
    version: Annotated[str, Meta(min_length=1, max_length=256)]


class WebhookState(Struct, forbid_unknown_fields=True):
    """The form that enables or disables a webhook."""

    state: Literal["enabled", "disabled"]


class WebhookPage(DeliveryListing, forbid_unknown_fields=True):
    """Query of a webhook's page: which deliveries, and what a form has done."""

    done: Annotated[str, Meta(max_length=20)] = ""


class Replays(Struct, forbid_unknown_fields=True):
    """The form that delivers again: events since a time in UTC; without one, all that failed."""

    since: Annotated[str, Meta(max_length=32)] | None = None
