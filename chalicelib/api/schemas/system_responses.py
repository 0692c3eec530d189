"""The answers about the system, and every error. The annotations are types, as in `image_responses`."""

from typing import Literal, NotRequired, TypedDict


class Alive(TypedDict):
    """The function runs."""

    status: Literal["alive"]
    stage: str
    version: str  # of Janus, as in the OpenAPI document and on the command line


class Part(TypedDict):
    """The connection to a part of the system, and its latency."""

    reached: bool
    milliseconds: float


class Ready(TypedDict):
    """The readiness of the system, part by part."""

    status: Literal["ready"]
    parts: dict[str, Part]


class Fault(TypedDict):
    """A validation error: in the body at `pointer` (RFC 6901, a URI fragment), or in the query at `parameter`."""

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
    request_id: str | None  # as in the logs
    errors: NotRequired[list[Fault]]  # validation errors of the body or the query
    challenge: NotRequired[str]  # of a 401: WWW-Authenticate, which API Gateway renames
