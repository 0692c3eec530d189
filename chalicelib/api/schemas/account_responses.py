"""The answers about accounts, API keys and login. The annotations are types, as in `image_responses`."""

from typing import Literal, NotRequired, TypedDict, final

from chalicelib.api.schemas.image_responses import Links


@final
class Tokens(TypedDict):
    """The tokens of a login (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int  # seconds
    refresh_token: NotRequired[str]


@final
class Challenge(TypedDict):
    """The second step of a login, which `POST /v1/auth/second-factor` takes with a code within three minutes."""

    challenge: Literal["totp"]  # a code of an authenticator app (RFC 6238)
    username: str
    session: str


class SecondFactor(TypedDict):
    """Whether the account's logins need a second factor."""

    enabled: bool


class Enrolment(TypedDict):
    """The secret of a second factor that is being set up."""

    secret: str  # in base 32
    uri: str  # otpauth://, the secret as authenticator apps take it


class Told(TypedDict):
    """The acceptance of a request; the text is the same whether the account exists or not."""

    detail: str


class Quota(TypedDict):
    """The quota of an account."""

    images: int
    bytes: int


class Month(TypedDict):
    """The usage of the uploads of one month."""

    month: str  # such as 2026-11
    images: int
    bytes: int


class Usage(TypedDict):
    """The usage of an account by month of upload, oldest first, and its quota."""

    images: int
    bytes: int
    months: list[Month]
    quota: Quota


class Person(TypedDict):
    """The caller's account."""

    owner: str  # id of the account, in keys and records
    name: NotRequired[str]  # name for login
    display_name: NotRequired[str]
    role: Literal["user", "admin"]
    created: str
    quota: Quota
    recognition: bool  # whether models may look at the account's images, where the stage has them
    links: Links


class Leaving(TypedDict):
    """An account that is being deleted."""

    state: Literal["deleting"]


class Key(TypedDict):
    """An API key, without its secret."""

    key_id: str
    prefix: str  # the first characters of the key
    name: str
    scopes: list[str]  # `read`, `write`
    created: str
    expires: NotRequired[str]
    last_used: NotRequired[str]  # accurate to an hour
    links: Links


class NewKey(Key):
    """A new API key with its secret, the value of `X-API-Key`, which no other answer shows."""

    key: str


class Keys(TypedDict):
    """The API keys of an account."""

    keys: list[Key]
