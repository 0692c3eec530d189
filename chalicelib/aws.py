"""Clients of AWS services, made at their first use: a cold start has time for none that its request does not need.

They are botocore's. boto3 is only a layer over these clients, and importing it costs 20 ms of CPU time.
"""

from __future__ import annotations

import threading
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from chalicelib.config import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from botocore.credentials import ReadOnlyCredentials
    from botocore.exceptions import ClientError
    from botocore.session import Session

T = TypeVar("T")
TIMEOUT_SECONDS = 10
ATTEMPTS = 3
HURRIED = {"rekognition": (2, 4, 1), "bedrock-runtime": (1, 3, 1), "s3vectors": (1, 2, 1)}
"""Seconds to connect, seconds to answer, and attempts, of services that callers can do without.

`paid.request` repeats what has cost nothing: 13 s for Rekognition then, 12 s for the other two together.
"""
THROTTLED = frozenset(
    {
        "503",  # S3's answer to HEAD, which has no body to name it
        "ProvisionedThroughputExceeded",  # why a transaction was cancelled
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Error codes of a service that takes no more requests for now (DynamoDB, S3, SQS)."""
_one_at_a_time = threading.Lock()  # a session must not make two clients at once


@cache
def _session() -> Session:
    """Return the one session of this process: making another takes as long as a client."""
    from botocore.session import get_session  # noqa: PLC0415  see the module's docstring

    return get_session()


@cache
def client(service: str) -> Any:
    """Return the client of a service ("s3", "sqs", "cognito-idp"), with bounded waiting and retries."""
    from botocore.config import Config  # noqa: PLC0415

    to_connect, to_answer, attempts = HURRIED.get(service, (TIMEOUT_SECONDS, TIMEOUT_SECONDS, ATTEMPTS))
    config = Config(
        region_name=settings().region,
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path" if settings().endpoint_url else "virtual"},
        connect_timeout=to_connect,
        read_timeout=to_answer,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    with _one_at_a_time:
        return _session().create_client(service, config=config)


@cache
def _credentials() -> Any:
    from botocore.credentials import EnvProvider  # noqa: PLC0415  see the module's docstring
    from botocore.session import Session  # noqa: PLC0415

    # Lambda's are in the environment, where a session looks first; but a session takes its time to make
    found = EnvProvider().load() or Session().get_credentials()
    if found is None:
        raise RuntimeError("no AWS credentials: Lambda's role gives them, `chalice local` does offline")
    return found


def credentials() -> ReadOnlyCredentials:
    """Return the credentials of this process as they are now: those that expire are renewed."""
    frozen: ReadOnlyCredentials = _credentials().get_frozen_credentials()
    return frozen


def bucket_url() -> str:
    """Return the address of the bucket of images, to which a presigned address or form adds."""
    bucket, endpoint = settings().images_bucket, settings().endpoint_url
    if endpoint:
        return f"{endpoint.rstrip('/')}/{bucket}"
    return f"https://{bucket}.s3.{settings().region}.amazonaws.com"


def derived_origin() -> str:
    """Return the origin of the addresses of derived files: CloudFront where that is, else the bucket.

    CloudFront hands the query on, and asks the bucket under the host that is signed.
    """
    host = settings().public_host
    return f"https://{host}" if host else "{0.scheme}://{0.netloc}".format(urlsplit(bucket_url()))


def is_throttled(error: BaseException | None) -> bool:
    """Tell whether an error goes back to a service that takes no more requests for now.

    PynamoDB keeps botocore's error as the `cause` of its own.
    """
    while error is not None:
        if getattr(error, "response", {}).get("Error", {}).get("Code") in THROTTLED:
            return True
        error = getattr(error, "cause", None) or error.__cause__
    return False


@cache
def queue_url(name: str) -> str:
    """Return the address of an SQS queue."""
    url: str = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def repeated(error: ClientError) -> bool:
    """Tell whether botocore has repeated a call before this answer: an attempt before it may have been done."""
    metadata: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
    return bool(metadata.get("RetryAttempts"))


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of up to `size` items: most calls of AWS take so many at once."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
