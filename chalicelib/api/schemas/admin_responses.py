"""The JSON bodies of answers to an admin. The annotations are types, as in `shapes`."""

from typing import Any, Literal, NotRequired, TypedDict

from chalicelib.api.schemas.image_responses import Ended, Links, Paged, Summary


class User(TypedDict):
    """An account."""

    owner: str
    name: str
    display_name: NotRequired[str]
    state: Literal["active", "disabled", "deleting", "deleted"]
    created: str
    role: NotRequired[Literal["user", "admin"]]  # where an admin has set it; else the token's group decides
    quota_images: int
    quota_bytes: int
    links: Links


class Amount(TypedDict):
    """How many images, and how many bytes they have together."""

    images: int
    bytes: int


class UserWithUsage(User):
    """An account, with its usage: in all, and by month of upload."""

    usage: Amount
    months: dict[str, Amount]


class UserPage(Paged):
    """A page of the list of users, by name."""

    users: list[User]


class OwnedSummary(Summary):
    """An image as a list over all owners shows it."""

    owner: str


class OwnedPage(Paged):
    """A page of images of all owners; it may be short, or empty, and still have a cursor."""

    images: list[OwnedSummary]
    ended: Ended


class UnsettledSummary(OwnedSummary):
    """An image that somebody should look at."""

    changed: str
    expires: NotRequired[str]  # of a ticket
    reason: NotRequired[str]  # why it failed, for people
    interrupted: NotRequired[str]  # when an attempt to read it again did not finish


class UnsettledPage(Paged):
    """A page of such images, those that changed last first; it may be short and still have a cursor."""

    images: list[UnsettledSummary]


class Depth(TypedDict):
    """About how many messages a queue holds."""

    waiting: int
    in_flight: int


class DeadLetters(TypedDict):
    """The dead-letter queues by name."""

    queues: dict[str, Depth]


class Message(TypedDict):
    """A message that could not be processed."""

    message_id: str
    sent: str
    receives: int  # from the dead-letter queue, this look included
    body: str
    truncated: bool  # the body is longer


class Messages(TypedDict):
    """Some messages of a dead-letter queue, in no order."""

    messages: list[Message]


class Redriven(TypedDict):
    """How many messages went back to their queue, and about how many are left."""

    moved: int
    passed_over: int  # uploads of accounts that are not active; they stay where they are
    left: int


class Queued(TypedDict):
    """A job that begins in a moment; the log of `run_job` has its outcome."""

    job: Literal["backfill", "recount"]


class Entry(TypedDict):
    """That an admin ordered something; whether it was then refused, the log of the request says."""

    time: str
    actor: str
    action: str
    target: NotRequired[str]
    detail: NotRequired[dict[str, Any]]


class Trail(Paged):
    """A page of the audit trail, newest first; with filters it may be short and still have a cursor."""

    entries: list[Entry]


class Count(TypedDict):
    """How many there are; at least so many where the count is not complete."""

    number: int
    complete: bool


class System(TypedDict):
    """The system's figures."""

    stage: str
    region: str
    time: str
    queues: dict[str, Depth]
    images: dict[str, Count]
    versions: dict[str, str]
    settings: dict[str, Any]
