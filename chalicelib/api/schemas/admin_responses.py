"""The JSON bodies of answers to an admin. The annotations are types, as in `image_responses`."""

from typing import Any, Literal, NotRequired, TypedDict

from chalicelib.api.schemas.annotation_responses import Annotation
from chalicelib.api.schemas.image_responses import Ended, Judgement, Links, Paged, Record, Summary


class User(TypedDict):
    """An account."""

    owner: str
    name: str
    display_name: NotRequired[str]
    state: Literal["active", "disabled", "deleting", "deleted"]
    created: str
    role: NotRequired[Literal["user", "admin"]]  # if set by an admin; otherwise the token's group decides
    quota_images: int
    quota_bytes: int
    links: Links


class Amount(TypedDict):
    """A number of images, and the sum of their bytes."""

    images: int
    bytes: int


class UserWithUsage(User):
    """An account with its usage, in total and by month of upload."""

    usage: Amount
    months: dict[str, Amount]


class UserPage(Paged):
    """A page of the list of users, by name."""

    users: list[User]


class SignedJudgement(Judgement):
    """A judgement, with the admin who made it."""

    by: NotRequired[str]  # owner id of the admin; absent only where the judgement is damaged


class Moderation(TypedDict):
    """Who sees an image, and why."""

    withheld: bool  # whether nobody but the owner sees it
    unsafe: NotRequired[Annotation]  # what models found, and what the owner decided about it
    judgement: NotRequired[SignedJudgement]  # of an admin, which decides in place of models and owner


class OwnedSummary(Summary):
    """An image in a list over all owners."""

    owner: str
    moderation: NotRequired[Moderation]  # in the list of flagged images


class OwnedRecord(Record):
    """The record of an image of any owner, as the owner reads it: `annotations` says who sees it, and why, too."""

    moderation: Moderation  # as in the list of flagged images, with what only admins read


class OwnedPage(Paged):
    """A page of images of all owners; it may be short or empty and still have a cursor."""

    images: list[OwnedSummary]
    ended: Ended


class UnsettledSummary(OwnedSummary):
    """An image that failed or is expected."""

    changed: str
    expires: NotRequired[str]  # of an upload ticket
    reason: NotRequired[str]  # reason of the failure, for people
    interrupted: NotRequired[str]  # time of an unfinished attempt to process it again


class UnsettledPage(Paged):
    """A page of failed or expected images, newest change first; it may be short and still have a cursor."""

    images: list[UnsettledSummary]


class Depth(TypedDict):
    """The approximate number of messages in a queue."""

    waiting: int
    in_flight: int


class DeadLetters(TypedDict):
    """The dead-letter queues by name."""

    queues: dict[str, Depth]


class Message(TypedDict):
    """A message that could not be processed."""

    message_id: str
    sent: str
    receives: int  # receives from the dead-letter queue, including this one
    body: str
    truncated: bool  # whether the body is cut


class Messages(TypedDict):
    """Some messages of a dead-letter queue, in no order."""

    messages: list[Message]


class Redriven(TypedDict):
    """The number of messages moved back to their queue, and approximately how many remain."""

    moved: int
    passed_over: int  # uploads of inactive accounts, which stay in the dead-letter queue
    left: int


class Queued(TypedDict):
    """A job that starts in a moment; the log of `run_job` has its outcome."""

    job: Literal["backfill", "recount"]


class Entry(TypedDict):
    """An action that an admin requested; the log of the request says whether it was refused."""

    time: str
    actor: str
    action: str
    target: NotRequired[str]
    detail: NotRequired[dict[str, Any]]


class Trail(Paged):
    """A page of the audit trail, newest first; with filters it may be short and still have a cursor."""

    entries: list[Entry]


class Count(TypedDict):
    """A number of images; a lower bound if the count is not complete."""

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
