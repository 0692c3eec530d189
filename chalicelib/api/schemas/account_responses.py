"""The answers about accounts, keys and logging in. The annotations are types, as in `shapes`."""

from typing import Literal, NotRequired, TypedDict

from chalicelib.api.schemas.image_responses import Links


class Tokens(TypedDict):
    """The answer of a log-in (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int  # seconds
    refresh_token: NotRequired[str]


class Told(TypedDict):
    """The acceptance of a request, in the same words for every account."""

    detail: str


class Quota(TypedDict):
    """How much an account may have."""

    images: int
    bytes: int


class Month(TypedDict):
    """The usage by the uploads of one month."""

    month: str  # such as 2026-11
    images: int
    bytes: int


class Usage(TypedDict):
    """How much an account has, by month of upload, the oldest first; and how much it may have."""

    images: int
    bytes: int
    months: list[Month]
    quota: Quota


class Person(TypedDict):
    """The caller's account."""

    owner: str  # names the account, in keys and records
    name: NotRequired[str]  # the login name
    display_name: NotRequired[str]
    role: Literal["user", "admin"]
    created: str
    quota: Quota
    links: Links


class Leaving(TypedDict):
    """That an account is being deleted."""

    state: Literal["deleting"]


class Key(TypedDict):
    """An API key, without its secret."""

    key_id: str
    prefix: str  # the first characters of the key
    name: str
    scopes: list[str]  # of "read" and "write"
    created: str
    expires: NotRequired[str]
    last_used: NotRequired[str]  # within an hour
    links: Links


class NewKey(Key):
    """A new API key with its secret, the value of `X-API-Key`: shown this once."""

    key: str


class Keys(TypedDict):
    """The API keys of an account."""

    keys: list[Key]
